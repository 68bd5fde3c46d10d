//! Precompiled contracts: functions that live at fixed addresses, by fork.
//!
//! A precompile sees its input bytes and a gas limit and answers with output and gas, or fails; a failed call
//! consumes all the gas it was given. Gas is charged before any work or allocation that grows with the input.
//! Contracts that ask a coprocessor do not fit this shape and are no part of [`Precompiles`]: those of the extensions are
//! [`ExtensionPrecompile`]s, which read and charge and leave the answer to the machine's driver.

mod blake2;
mod bls12_381;
mod bn254;
mod ecrecover;
mod extension;
mod hash;
mod input;
mod kzg;
mod modexp;
mod p256;
mod set;

pub use ecrecover::ecrecover;
pub use extension::{ExtensionPrecompile, Prepared, Reply};
pub use set::Precompiles;

use erbium_claims::Halt;

/// What a precompile returns when it succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrecompileOutput {
    /// Gas that the call costs; never above the limit it ran under.
    pub gas_used: u64,
    /// Return data.
    pub output: Vec<u8>,
}

/// Why a precompile fails. The call fails with it and all its gas is consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrecompileError {
    /// The work costs more than the gas limit.
    #[error("out of gas")]
    OutOfGas,
    /// The input is not as long as the contract asks.
    #[error("input of {got} bytes, expected {expected}")]
    InputLength {
        /// The length or the rule it must follow.
        expected: &'static str,
        /// Length of the input in bytes.
        got: usize,
    },
    /// A coordinate is not below its field's modulus, or its padding is not zero.
    #[error("field element is not canonical")]
    FieldElement,
    /// A pair of coordinates is no point of the curve.
    #[error("point is not on the curve")]
    NotOnCurve,
    /// A point of the curve is outside the subgroup of prime order.
    #[error("point is not in the subgroup")]
    NotInSubgroup,
    /// BLAKE2F's last byte is neither 0 nor 1 (EIP-152).
    #[error("final block flag is {0:#04x}")]
    FinalFlag(u8),
    /// An operand of MODEXP is longer than allowed (EIP-7823).
    #[error("operand of MODEXP is too long")]
    OperandLength,
    /// The versioned hash does not belong to the commitment (EIP-4844).
    #[error("versioned hash does not match the commitment")]
    VersionedHash,
    /// The KZG proof does not hold, or one of its parts is malformed (EIP-4844).
    #[error("KZG proof does not hold")]
    KzgProof,
}

impl From<PrecompileError> for Halt {
    fn from(error: PrecompileError) -> Self {
        match error {
            PrecompileError::OutOfGas => Self::OutOfGas,
            _ => Self::PrecompileFailure,
        }
    }
}

/// A precompile: input and gas limit to output or failure.
pub type PrecompileFn = fn(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError>;

/// A precompiled contract under the rules of one fork.
#[derive(Clone, Copy, Debug)]
pub struct Precompile {
    name: &'static str,
    run: PrecompileFn,
}

impl Precompile {
    /// ECDSA over secp256r1 (EIP-7951), as Osaka has it.
    pub(crate) const P256VERIFY: Self = Self::new("P256VERIFY", p256::run);

    const fn new(name: &'static str, run: PrecompileFn) -> Self {
        Self { name, run }
    }

    /// The contract's name as EIP-7910 gives it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the contract.
    ///
    /// # Errors
    /// [`PrecompileError`] when the call fails; all of `gas_limit` is consumed then.
    pub fn call(&self, input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
        (self.run)(input, gas_limit)
    }
}

/// Fails when `cost` exceeds `gas_limit`; otherwise the cost, to be reported as used.
fn charge(cost: u64, gas_limit: u64) -> Result<u64, PrecompileError> {
    if cost > gas_limit { Err(PrecompileError::OutOfGas) } else { Ok(cost) }
}
