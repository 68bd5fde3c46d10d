//! A wallet's side of confidential transfers: commitments and transfers from a seed.
//!
//! Every note of a wallet has an index; its blinding is derived from the seed and the index. Whoever pays knows the blindings
//! of what it makes, so knowing one is no proof of ownership: the contract that accepts a transfer has to check who spends
//! (`docs/confidential.md`).

mod plan;

pub use plan::{Note, Plan, PlanError};

use crate::seed::Seed;
use erbium_gpu::CpuVerifier;
use erbium_gpu::cpu::range_proof::{Opening, make_transfer};
use erbium_vm::claims::{Claim, Fault, Verifier};
use zeroize::Zeroizing;

/// Derives openings and makes transfers.
#[derive(Debug)]
pub struct Wallet {
    seed: Seed,
}

/// A transfer that was made. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Commitments that are spent.
    pub inputs: Vec<[u8; 32]>,
    /// Commitments that are made.
    pub outputs: Vec<[u8; 32]>,
    /// What CONFIDENTIAL_TX reads.
    pub body: Vec<u8>,
}

impl Wallet {
    /// The wallet of a seed.
    pub fn new(seed: Seed) -> Self {
        Self { seed }
    }

    /// The opening of a note: its own blinding where it has one, else that of its index.
    ///
    /// # Errors
    /// [`PlanError::Blinding`] where the note's own is not below the group's order.
    pub fn opening(&self, note: &Note) -> Result<Opening, PlanError> {
        if let Some(blinding) = note.blinding() {
            return Opening::from_canonical(note.value, blinding)
                .ok_or(PlanError::Blinding { index: note.index });
        }
        let index = note.index.to_be_bytes();
        let mut wide = Zeroizing::new([0; 64]);
        for (half, number) in wide.chunks_mut(32).zip([0u8, 1]) {
            half.copy_from_slice(&*self.seed.derive("erbium/confidential/blinding/v1", &[&index, &[number]]));
        }
        Ok(Opening::from_wide(note.value, &wide))
    }

    /// The compressed commitment of a note.
    ///
    /// # Errors
    /// As [`Self::opening`].
    pub fn commitment(&self, note: &Note) -> Result<[u8; 32], PlanError> {
        self.opening(note).map(|opening| opening.commit())
    }

    /// The transfer of a plan. The same plan gives the same bytes; another plan has randomness of its own.
    ///
    /// # Errors
    /// [`PlanError`] where the plan is none.
    pub fn transfer(&self, plan: &Plan) -> Result<Transfer, PlanError> {
        let openings =
            |notes: &[Note]| notes.iter().map(|note| self.opening(note)).collect::<Result<Vec<_>, _>>();
        let (spent, made) = (openings(&plan.inputs)?, openings(&plan.outputs)?);
        let commitments = |openings: &[Opening]| openings.iter().map(Opening::commit).collect::<Vec<_>>();
        let (inputs, outputs) = (commitments(&spent), commitments(&made));
        // Commitments and openings decide each other, as far as anybody can tell: they stand for the values.
        let counts = [spent.len(), made.len()].map(|count| (count as u64).to_be_bytes());
        let (chain, fee) = (plan.chain_id.to_be_bytes(), plan.fee.to_be_bytes());
        let parts = [
            &chain[..],
            plan.context(),
            &fee,
            counts.as_flattened(),
            inputs.as_flattened(),
            outputs.as_flattened(),
        ];
        let randomness = self.seed.derive("erbium/confidential/transfer/v1", &parts);
        let body = make_transfer(plan.chain_id, plan.context(), plan.fee, &spent, &made, &randomness)?;
        Ok(Transfer { inputs, outputs, body })
    }
}

/// Whether a transfer holds on the chain with this id, by itself: not whether its inputs are there to be spent.
///
/// # Errors
/// [`Fault`] when machinery failed.
pub fn check(chain_id: u64, body: &[u8]) -> Result<bool, Fault> {
    let claim = Claim::ConfidentialTransfer { chain_id, body: body.to_vec() };
    let verdicts = CpuVerifier::new().verify(&[claim])?;
    Ok(verdicts.first().is_some_and(|verdict| verdict.is_valid()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn wallet(byte: u8) -> Wallet {
        Wallet::new(Seed::new([byte; 32]))
    }

    fn plan(outputs: &str) -> Plan {
        let context = "11".repeat(32);
        Plan::from_json(&format!(
            r#"{{"chainId": 17778, "context": "0x{context}", "fee": 1, "inputs": [{{"index": 0, "value": 100}}], "outputs": [{outputs}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_plan_becomes_a_transfer_that_holds_on_its_chain() {
        let plan = plan(r#"{"index": 1, "value": 60}, {"index": 2, "value": 39}"#);
        let transfer = wallet(1).transfer(&plan).unwrap();
        assert_eq!(transfer, wallet(1).transfer(&plan).unwrap());
        assert_ne!(transfer.body, wallet(2).transfer(&plan).unwrap().body);
        assert_eq!(transfer.inputs, [wallet(1).commitment(&plan.inputs[0]).unwrap()]);
        assert!(check(17_778, &transfer.body).unwrap());
        assert!(!check(1, &transfer.body).unwrap());
        assert!(!check(17_778, &transfer.body[1..]).unwrap());
    }

    #[test]
    fn plans_that_are_none_are_refused() {
        let refused = |outputs: &str| wallet(1).transfer(&plan(outputs)).unwrap_err().to_string();
        assert!(refused(r#"{"index": 1, "value": 60}"#).contains("the fee together"));
        assert!(refused("").contains("1, 2, 4, 8 or 16 outputs"));
        let high = "ff".repeat(32);
        let own = refused(&format!(r#"{{"index": 1, "value": 99, "blinding": "0x{high}"}}"#));
        assert!(own.contains("blinding of note 1"), "{own}");
    }

    #[test]
    fn a_note_with_a_blinding_of_its_own_can_be_spent_by_another() {
        let mut blinding = [0; 32];
        blinding[0] = 9;
        let note = |wallet: &Wallet| wallet.commitment(&Note::with_blinding(5, 60, blinding)).unwrap();
        assert_eq!(note(&wallet(1)), note(&wallet(2)));
    }
}
