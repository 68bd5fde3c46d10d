//! The machine of these tests. Each case runs in many ways that ask the same; the processor answers once.

use erbium::Machine;
use erbium::gpu::CpuVerifier;
use erbium_vm::claims::{Claim, Fault, Verdict, Verifier};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// What the processor has said, by the whole claim.
static ANSWERS: LazyLock<(CpuVerifier, Mutex<HashMap<Claim, Verdict>>)> = LazyLock::new(Default::default);

struct Remembering;

impl Verifier for Remembering {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let (processor, seen) = &*ANSWERS;
        let answer = |claim: &Claim| {
            if let Some(verdict) = seen.lock().unwrap().get(claim) {
                return Ok(vec![*verdict]);
            }
            let verdicts = processor.verify(std::slice::from_ref(claim))?;
            seen.lock().unwrap().insert(claim.clone(), verdicts[0]);
            Ok(verdicts)
        };
        claims.iter().map(answer).collect::<Result<Vec<_>, _>>().map(|verdicts| verdicts.concat())
    }
}

pub(crate) fn machine() -> Machine {
    Machine::default().with_verifier(Remembering)
}
