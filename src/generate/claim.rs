//! Claims that contracts make: for each kind how a contract asks, and what it is asked with.
//!
//! A kind more is one more name, one more listing between `claims-begin.easm` and `claims-end.easm`, and one more arm in
//! each method.

use super::GenerateError;
use crate::keys::Key;
use erbium_vm::claims::DilithiumScheme;
use erbium_vm::{ChainSpec, H256, U256};

const BEGIN: &str = include_str!("contracts/claims-begin.easm");
const END: &str = include_str!("contracts/claims-end.easm");
/// Bytes of a signed message.
const MESSAGE: usize = 32;

/// How a contract makes a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClaimKind {
    /// DILITHIUM_VERIFY.
    DilithiumOpcode,
    /// The precompile of EIP-8355 for the scheme.
    DilithiumPrecompile,
}

impl ClaimKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::DilithiumOpcode, Self::DilithiumPrecompile];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DilithiumOpcode => "dilithium-opcode",
            Self::DilithiumPrecompile => "dilithium-precompile",
        }
    }

    /// Source of the contract that makes such claims.
    pub(super) fn source(self) -> String {
        let ask = match self {
            Self::DilithiumOpcode => include_str!("contracts/dilithium-opcode.easm"),
            Self::DilithiumPrecompile => include_str!("contracts/dilithium-precompile.easm"),
        };
        [BEGIN, ask, END].concat()
    }

    /// The two words of the call data that the question needs.
    pub(super) fn words(self, spec: &ChainSpec, scheme: DilithiumScheme) -> [U256; 2] {
        match self {
            Self::DilithiumOpcode => [scheme.number().into(), scheme.public_key_len().into()],
            Self::DilithiumPrecompile => {
                let addresses = &spec.precompiles;
                let address = match scheme.level() {
                    2 => addresses.mldsa44,
                    3 => addresses.mldsa65,
                    _ => addresses.mldsa87,
                };
                [U256::from_big_endian(address.as_bytes()), U256::zero()]
            }
        }
    }

    /// Bytes of a claim.
    pub(super) fn len(self, scheme: DilithiumScheme) -> usize {
        match self {
            Self::DilithiumOpcode | Self::DilithiumPrecompile => {
                scheme.public_key_len() + scheme.signature_len() + MESSAGE
            }
        }
    }

    /// A claim of the holder of `key` that `drawn` determines.
    pub(super) fn claim(self, key: &Key, drawn: H256, holds: bool) -> Result<Vec<u8>, GenerateError> {
        match self {
            Self::DilithiumOpcode | Self::DilithiumPrecompile => {
                let mut signature = key.sign(drawn.as_bytes())?;
                // Within c-tilde, so that everything is computed before it shows.
                if let Some(byte) = signature.get_mut(usize::from(drawn.0[0]) % 32).filter(|_| !holds) {
                    *byte ^= 1 << (drawn.0[1] % 8);
                }
                Ok([key.public_key(), &signature, drawn.as_bytes()].concat())
            }
        }
    }

    /// Gas that a claim costs its contract at most, beyond what the call data costs.
    pub(super) fn gas(self, spec: &ChainSpec, scheme: DilithiumScheme) -> u64 {
        // A warm slot counts; copying and a call's overhead are in the rest.
        match self {
            Self::DilithiumOpcode | Self::DilithiumPrecompile => {
                spec.gas.signature(scheme, MESSAGE as u64) + 10_000
            }
        }
    }
}
