//! What a block pays without a transaction: rewards of the proof-of-work chain, and withdrawals.

use super::{BlockError, Header, Withdrawal};
use crate::fork::Fork;
use crate::state::Journal;
use erbium_claims::Fault;
use primitive_types::U256;

const ETHER: u64 = 1_000_000_000_000_000_000;
const GWEI: u64 = 1_000_000_000;
/// Oldest ommer that is paid for, in blocks.
const MAX_OMMER_AGE: u64 = 6;

/// Wei for the block alone: EIP-649, EIP-1234; nothing from Paris on (EIP-3675).
fn base_reward(fork: Fork) -> U256 {
    let ether = match fork {
        _ if fork >= Fork::Paris => 0,
        _ if fork >= Fork::Constantinople => 2,
        _ if fork >= Fork::Byzantium => 3,
        _ => 5,
    };
    U256::from(ether * ETHER)
}

/// Pays the block's miner and those of its ommers (yellow paper, section 11.3): an ommer earns an eighth less than the
/// reward for every block of age, the block a thirty-second more for every ommer.
pub(super) fn pay_rewards(
    journal: &mut Journal<'_>,
    fork: Fork,
    header: &Header,
    ommers: &[Header],
) -> Result<Result<(), BlockError>, Fault> {
    let reward = base_reward(fork);
    if reward.is_zero() {
        return Ok(Ok(()));
    }
    journal.begin_transaction();
    for (index, ommer) in ommers.iter().enumerate() {
        let age = header.number.checked_sub(ommer.number).filter(|age| (1..=MAX_OMMER_AGE).contains(age));
        let Some(age) = age else { return Ok(Err(BlockError::OmmerAge { index, number: ommer.number })) };
        let miner = journal.load(&ommer.beneficiary)?;
        journal.add_balance(miner, reward * U256::from(8 - age) / 8);
    }
    let miner = journal.load(&header.beneficiary)?;
    journal.add_balance(miner, reward + reward / 32 * U256::from(ommers.len()));
    journal.finish_transaction(false);
    Ok(Ok(()))
}

/// Credits withdrawals from the beacon chain (EIP-4895). They cannot fail.
pub(super) fn pay_withdrawals(journal: &mut Journal<'_>, withdrawals: &[Withdrawal]) -> Result<(), Fault> {
    journal.begin_transaction();
    for withdrawal in withdrawals {
        let id = journal.load(&withdrawal.address)?;
        journal.note_account(id);
        journal.add_balance(id, U256::from(withdrawal.amount_gwei) * U256::from(GWEI));
    }
    journal.finish_transaction(true);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::state::MemoryState;
    use primitive_types::H160;

    const MINER: H160 = H160::repeat_byte(1);
    const UNCLE: H160 = H160::repeat_byte(2);

    fn header(number: u64, beneficiary: H160) -> Header {
        Header { number, beneficiary, ..Header::default() }
    }

    fn balance(journal: &mut Journal<'_>, address: H160) -> U256 {
        let id = journal.load(&address).unwrap();
        journal.account(id).balance
    }

    #[test]
    fn rewards_shrink_with_the_forks() {
        let state = MemoryState::new();
        for (fork, ether) in [
            (Fork::SpuriousDragon, 5),
            (Fork::Byzantium, 3),
            (Fork::Petersburg, 2),
            (Fork::London, 2),
            (Fork::Paris, 0),
        ] {
            let mut journal = Journal::new(&state);
            pay_rewards(&mut journal, fork, &header(9, MINER), &[]).unwrap().unwrap();
            assert_eq!(balance(&mut journal, MINER), U256::from(ether) * U256::from(ETHER), "{fork}");
        }
    }

    #[test]
    fn ommers_earn_by_age_and_pay_the_nephew() {
        let state = MemoryState::new();
        let mut journal = Journal::new(&state);
        let ommers = [header(8, UNCLE), header(3, UNCLE)];
        pay_rewards(&mut journal, Fork::London, &header(9, MINER), &ommers).unwrap().unwrap();
        let two_ether = U256::from(2 * ETHER);
        assert_eq!(balance(&mut journal, UNCLE), two_ether * 7 / 8 + two_ether * 2 / 8);
        assert_eq!(balance(&mut journal, MINER), two_ether + two_ether / 16);
    }

    #[test]
    fn ommers_of_the_wrong_age_are_refused() {
        let state = MemoryState::new();
        for number in [9, 2, 10] {
            let mut journal = Journal::new(&state);
            let answer = pay_rewards(&mut journal, Fork::London, &header(9, MINER), &[header(number, UNCLE)]);
            assert_eq!(answer.unwrap(), Err(BlockError::OmmerAge { index: 0, number }));
        }
    }

    #[test]
    fn withdrawals_are_gwei_and_nothing_makes_nobody() {
        let state = MemoryState::new();
        let mut journal = Journal::new(&state);
        let to = |address, amount_gwei| Withdrawal { address, amount_gwei, ..Withdrawal::default() };
        pay_withdrawals(&mut journal, &[to(MINER, 2), to(MINER, 1), to(UNCLE, 0)]).unwrap();
        assert_eq!(balance(&mut journal, MINER), U256::from(3 * GWEI));
        assert_eq!(journal.changes().accounts.len(), 1);
    }
}
