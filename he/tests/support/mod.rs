//! Logs and folders for tests.
#![allow(dead_code, reason = "not every test needs all of it")]

use erbium_claims::homomorphic::{CiphertextType, Code, Handle, LoggedOperation, Operation, Place};
use erbium_he::keccak256;
use primitive_types::{H160, U256};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A log in the making.
#[derive(Default)]
pub(crate) struct Log(pub(crate) Vec<LoggedOperation>);

impl Log {
    pub(crate) fn push(&mut self, operation: Operation) -> Handle {
        let place = Place {
            chain_id: 17_778,
            block: 1,
            contract: H160::repeat_byte(0xc0),
            transaction: 0,
            counter: self.0.len() as u32,
        };
        let entry = LoggedOperation::new(operation, place, keccak256);
        self.0.push(entry);
        entry.result
    }

    pub(crate) fn encrypt(&mut self, kind: CiphertextType, value: impl Into<U256>) -> Handle {
        self.push(Operation::encrypt(kind.number().into(), value.into(), U256::zero()).unwrap())
    }

    /// An operation of handles and numbers; `flag` 1 where the right operand is a number.
    pub(crate) fn compute(&mut self, code: Code, flag: u64, target: u64, operands: [U256; 3]) -> Handle {
        let word = U256::from(u64::from(code.number()) | flag << 8 | target << 16);
        self.push(Operation::read(word, operands[0], operands[1], operands[2]).unwrap())
    }

    pub(crate) fn two(&mut self, code: Code, left: Handle, right: Handle) -> Handle {
        self.compute(code, 0, 0, [left.word(), right.word(), U256::zero()])
    }
}

/// A folder that goes with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("erbium-he-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
