//! Random numbers for a batch.

use super::equation::Weights;
use super::statement::Statement;
use super::transcript::Transcript;
use crate::signatures::process_seed;
use curve25519_dalek::Scalar;
use erbium_claims::Fault;

/// Numbers that depend on every claim of a batch and on the process's random bytes, so that whoever made the claims
/// cannot foresee them. They decide no verdict but with a chance of 2^-128.
pub struct Draw {
    transcript: Transcript,
}

impl Draw {
    /// The numbers for a batch in this process.
    ///
    /// # Errors
    /// [`Fault::Coprocessor`] where the process has no random bytes.
    pub fn new<'a, 's: 'a>(statements: impl IntoIterator<Item = &'a Statement<'s>>) -> Result<Self, Fault> {
        let seed = process_seed().map_err(|error| Fault::Coprocessor { reason: error.to_string() })?;
        Ok(Self::with_seed(&seed, statements))
    }

    /// The numbers for a batch in a process with these random bytes.
    pub fn with_seed<'a, 's: 'a>(
        seed: &[u8; 32],
        statements: impl IntoIterator<Item = &'a Statement<'s>>,
    ) -> Self {
        let mut transcript = Transcript::new(b"erbium/range/batch/v1");
        transcript.append(b"seed", seed);
        for statement in statements {
            transcript.append(b"claim", &statement.digest);
        }
        Self { transcript }
    }

    /// The next weights, 128 bits each.
    pub fn weights(&mut self) -> Weights {
        Weights { product: self.short(), polynomial: self.short(), excess: self.short() }
    }

    /// The next scalar.
    pub fn scalar(&mut self) -> Scalar {
        self.transcript.challenge_scalar(b"scalar")
    }

    /// The next number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.transcript.challenge(b"place", &mut bytes);
        // Skewed by less than 2^-32 for batches that fit into memory.
        (u64::from_le_bytes(bytes) % end.max(1) as u64) as usize
    }

    fn short(&mut self) -> Scalar {
        let mut bytes = [0; 16];
        self.transcript.challenge(b"weight", &mut bytes);
        Scalar::from(u128::from_le_bytes(bytes))
    }
}
