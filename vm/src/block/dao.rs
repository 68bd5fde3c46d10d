//! The irregular state change of the DAO fork (EIP-779): mainnet's block 1,920,000.

use super::literal::{address, address_at};
use crate::evm::Evm;
use erbium_claims::Fault;
use primitive_types::H160;

/// Where the fork stands.
pub(super) const BLOCK: u64 = 1_920_000;
/// Who received the ether: the withdrawal contract.
const BENEFICIARY: H160 = address(b"bf4ed7b27f1d666546e30d74d50d173d20bca754");
/// Who lost it: The DAO, its extra-balance account, their children and the children's, in ascending order.
static ACCOUNTS: [H160; 116] = parse(include_bytes!("dao_accounts.txt"));

/// Moves the balances of the DAO's accounts to the withdrawal contract, as before the first transaction of the fork's
/// block. [`super::execute_block`] does so by itself for mainnet's block; test chains fork elsewhere.
///
/// # Errors
/// [`Fault`] when state cannot be read.
pub fn apply_dao_fork(evm: &mut Evm<'_>) -> Result<(), Fault> {
    let journal = &mut evm.journal;
    journal.begin_transaction();
    let beneficiary = journal.load(&BENEFICIARY)?;
    for address in &ACCOUNTS {
        let id = journal.load(address)?;
        let balance = journal.account(id).balance;
        // Both come to exist, even where nothing is moved.
        journal.sub_balance(id, balance);
        journal.add_balance(beneficiary, balance);
    }
    journal.finish_transaction(false);
    Ok(())
}

/// Reads 40 hexadecimal digits a line.
const fn parse<const N: usize>(text: &[u8]) -> [H160; N] {
    const LINE: usize = 41;
    assert!(text.len() == N * LINE, "one address a line");
    let mut accounts = [H160([0; 20]); N];
    let mut at = 0;
    while at < N {
        accounts[at] = address_at(text, at * LINE);
        at += 1;
    }
    accounts
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::code::Code;
    use crate::evm::BlockEnv;
    use crate::fork::Fork;
    use crate::spec::ChainSpec;
    use crate::state::{MemoryState, StateBackend};
    use primitive_types::U256;

    #[test]
    fn the_accounts_are_in_order_and_read_right() {
        assert!(ACCOUNTS.windows(2).all(|pair| pair[0] < pair[1]));
        let the_dao = "bb9bc244d798123fde783fcc1c72d3bb8c189413".parse().unwrap();
        let dark_dao = "304a554a310c7e546dfe434669c62820b7d83490".parse().unwrap();
        assert!(ACCOUNTS.contains(&the_dao) && ACCOUNTS.contains(&dark_dao));
    }

    #[test]
    fn balances_move_and_nothing_else_does() {
        let mut state = MemoryState::new();
        for address in [ACCOUNTS[0], ACCOUNTS[115], H160::zero()] {
            state.insert_account(address, 1, U256::from(5), Code::empty(), []);
        }
        let (spec, block) = (ChainSpec::ethereum(Fork::Homestead), BlockEnv::default());
        let mut evm = Evm::new(&spec, &block, &state);
        apply_dao_fork(&mut evm).unwrap();
        let changes = evm.journal.changes();
        drop(evm);
        state.commit(&changes).unwrap();
        let balance = |address: &H160| state.get_account(address).map(|account| account.balance.as_u64());
        assert_eq!(balance(&BENEFICIARY), Some(10));
        for (address, left) in [(ACCOUNTS[0], 0), (ACCOUNTS[1], 0), (ACCOUNTS[115], 0), (H160::zero(), 5)] {
            assert_eq!(balance(&address), Some(left));
        }
        assert_eq!(state.len(), 118, "all accounts of the list exist, and two others");
    }
}
