//! A coprocessor that answers a question once: planted differences ask the same questions over and over.

use erbium::Machine;
use erbium_vm::claims::{Bytes, Claim, Derivation, Deriver, Fault, Halt, Verdict, Verifier};
use erbium_vm::evm::Coprocessor;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// The machine's answers so far.
#[derive(Default)]
struct Memory {
    machine: Machine,
    verdicts: Mutex<HashMap<Claim, Verdict>>,
    derived: Mutex<HashMap<Derivation, Result<Bytes, Halt>>>,
}

/// The machine's coprocessor, with a memory that all tests share.
pub(crate) fn coprocessor() -> Coprocessor<'static> {
    static MEMORY: LazyLock<Memory> = LazyLock::new(Memory::default);
    Coprocessor { verifier: &*MEMORY, deriver: &*MEMORY }
}

impl Verifier for Memory {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let one = |claim: &Claim| {
            if let Some(verdict) = self.verdicts.lock().unwrap().get(claim) {
                return Ok(*verdict);
            }
            let verdict = self.machine.coprocessor().verifier.verify(std::slice::from_ref(claim))?[0];
            self.verdicts.lock().unwrap().insert(claim.clone(), verdict);
            Ok(verdict)
        };
        claims.iter().map(one).collect()
    }
}

impl Deriver for Memory {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        if let Some(derived) = self.derived.lock().unwrap().get(derivation) {
            return Ok(derived.clone());
        }
        let derived = self.machine.coprocessor().deriver.derive(derivation)?;
        self.derived.lock().unwrap().insert(derivation.clone(), derived.clone());
        Ok(derived)
    }
}
