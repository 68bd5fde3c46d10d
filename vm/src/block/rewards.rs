//! What a block pays without a transaction: rewards of the proof-of-work chain, and withdrawals.

use super::{BlockError, Header, Withdrawal};
use crate::fork::Fork;
use crate::state::Journal;
use erbium_claims::Fault;
use primitive_types::{H160, U256};

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

/// What a block pays to its miner and to those of its ommers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reward {
    /// Wei for the block alone.
    pub amount: U256,
    /// Its miner.
    pub beneficiary: H160,
    /// How many blocks older each ommer is, up to 8, and its miner.
    pub ommers: Vec<(u64, H160)>,
}

impl Reward {
    /// What the rules of `fork` pay for this block; `None` where they pay nothing.
    pub(super) fn of_block(
        fork: Fork,
        header: &Header,
        ommers: &[Header],
    ) -> Result<Option<Self>, BlockError> {
        let amount = base_reward(fork);
        if amount.is_zero() {
            return Ok(None);
        }
        let paid = |(index, ommer): (usize, &Header)| {
            let age = header.number.checked_sub(ommer.number).filter(|age| (1..=MAX_OMMER_AGE).contains(age));
            let age = age.ok_or(BlockError::OmmerAge { index, number: ommer.number })?;
            Ok((age, ommer.beneficiary))
        };
        let ommers = ommers.iter().enumerate().map(paid).collect::<Result<_, BlockError>>()?;
        Ok(Some(Self { amount, beneficiary: header.beneficiary, ommers }))
    }

    /// Pays (yellow paper, section 11.3): an ommer earns an eighth less than the reward for every block of age, the block
    /// a thirty-second more for every ommer. A reward of zero touches those that it is for.
    pub(super) fn pay(&self, journal: &mut Journal<'_>, delete_empty: bool) -> Result<(), Fault> {
        journal.begin_transaction();
        for &(age, beneficiary) in &self.ommers {
            let miner = journal.load(&beneficiary)?;
            journal.add_balance(miner, self.amount * U256::from(8u64.saturating_sub(age)) / 8);
        }
        let miner = journal.load(&self.beneficiary)?;
        journal.add_balance(miner, self.amount + self.amount / 32 * U256::from(self.ommers.len()));
        journal.finish_transaction(delete_empty);
        Ok(())
    }
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

    const MINER: H160 = H160::repeat_byte(1);
    const UNCLE: H160 = H160::repeat_byte(2);

    fn header(number: u64, beneficiary: H160) -> Header {
        Header { number, beneficiary, ..Header::default() }
    }

    fn balance(journal: &mut Journal<'_>, address: H160) -> U256 {
        let id = journal.load(&address).unwrap();
        journal.account(id).balance
    }

    /// Pays for block 9 of [`MINER`] with these ommers.
    fn pay(journal: &mut Journal<'_>, fork: Fork, ommers: &[Header]) -> Result<(), BlockError> {
        if let Some(reward) = Reward::of_block(fork, &header(9, MINER), ommers)? {
            reward.pay(journal, false).unwrap();
        }
        Ok(())
    }

    #[test]
    fn a_reward_of_zero_makes_an_account_before_eip_161_only() {
        let state = MemoryState::new();
        for delete_empty in [false, true] {
            let mut journal = Journal::new(&state);
            let reward = Reward { beneficiary: MINER, ommers: vec![(8, UNCLE)], ..Reward::default() };
            reward.pay(&mut journal, delete_empty).unwrap();
            assert_eq!(journal.changes().accounts.len(), if delete_empty { 0 } else { 2 });
        }
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
            pay(&mut journal, fork, &[]).unwrap();
            assert_eq!(balance(&mut journal, MINER), U256::from(ether) * U256::from(ETHER), "{fork}");
        }
    }

    #[test]
    fn ommers_earn_by_age_and_pay_the_nephew() {
        let state = MemoryState::new();
        let mut journal = Journal::new(&state);
        let ommers = [header(8, UNCLE), header(3, UNCLE)];
        pay(&mut journal, Fork::London, &ommers).unwrap();
        let two_ether = U256::from(2 * ETHER);
        assert_eq!(balance(&mut journal, UNCLE), two_ether * 7 / 8 + two_ether * 2 / 8);
        assert_eq!(balance(&mut journal, MINER), two_ether + two_ether / 16);
    }

    #[test]
    fn ommers_of_the_wrong_age_are_refused() {
        let state = MemoryState::new();
        for number in [9, 2, 10] {
            let mut journal = Journal::new(&state);
            let answer = pay(&mut journal, Fork::London, &[header(number, UNCLE)]);
            assert_eq!(answer, Err(BlockError::OmmerAge { index: 0, number }));
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
