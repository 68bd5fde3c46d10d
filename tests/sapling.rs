//! Holds `examples/sapling.rs` to what its header promises.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "../examples/sapling.rs"]
#[allow(dead_code, reason = "its main is for the command line")]
mod sapling;

use erbium::Machine;
use erbium::vm::block::json::BlockFile;
use erbium::vm::claims::{Claim, Fault, Verdict, Verifier};

const FILE: &[u8] = include_bytes!("../examples/zk/sapling.json");

#[test]
fn the_block_is_made_again_byte_for_byte() {
    assert!(sapling::file().unwrap() == FILE, "examples/zk/sapling.json is not what the example makes");
}

#[test]
fn the_block_is_valid() {
    let report = Machine::default().validate(FILE, None).unwrap();
    assert!(report.is_valid(), "{report:?}");
    let file = BlockFile::from_json(FILE).unwrap();
    assert_eq!(file.block.transactions.len(), 18);
    let [spend, spend_too, output, output_too] = sapling::contracts();
    let calls = |to| file.block.transactions.iter().filter(|tx| tx.to == Some(to)).count();
    // Four proofs of each kind, and a negated one of spends.
    assert_eq!([spend, spend_too, output, output_too].map(calls), [5, 5, 4, 4]);
}

/// Answers as the processor does, but for one kind of wrong.
struct Wrong {
    processor: erbium::gpu::CpuVerifier,
    verdict: Verdict,
}

impl Verifier for Wrong {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let mut verdicts = self.processor.verify(claims)?;
        for (claim, verdict) in claims.iter().zip(&mut verdicts) {
            if matches!(claim, Claim::Groth16 { .. }) {
                *verdict = self.verdict;
            }
        }
        Ok(verdicts)
    }
}

#[test]
fn a_verifier_that_always_says_the_same_makes_another_block() {
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        let machine = Machine::default().with_verifier(Wrong { processor: Default::default(), verdict });
        assert!(!machine.validate(FILE, None).unwrap().is_valid(), "{verdict:?}");
    }
}
