//! Claims that contracts make: for each kind how a contract asks, and what it is asked with.
//!
//! A kind more is one more name, one more listing between `claims-begin.easm` and `claims-end.easm`, and one more arm in
//! each method.

use super::{GenerateError, proof};
use crate::keys::Key;
use erbium_gpu::CpuDeriver;
use erbium_gpu::cpu::range_proof::{Opening, make_transfer};
use erbium_vm::claims::{Deriver, DilithiumScheme, range_proof_derivation};
use erbium_vm::{ChainSpec, H256, U256, keccak256};

const BEGIN: &str = include_str!("contracts/claims-begin.easm");
const END: &str = include_str!("contracts/claims-end.easm");
/// Bytes of a signed message.
const MESSAGE: usize = 32;
/// Bits of a value that a range proof is about.
const BITS: u8 = 64;

/// How a contract makes a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClaimKind {
    /// DILITHIUM_VERIFY.
    DilithiumOpcode,
    /// The precompile of EIP-8355 for the scheme.
    DilithiumPrecompile,
    /// The precompile for range proofs: one value of 64 bits.
    RangeProof,
    /// CONFIDENTIAL_TX: one note becomes another.
    Confidential,
    /// The precompile for Groth16 proofs: a circuit with one public input.
    Groth16,
}

impl ClaimKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::DilithiumOpcode,
        Self::DilithiumPrecompile,
        Self::RangeProof,
        Self::Confidential,
        Self::Groth16,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DilithiumOpcode => "dilithium-opcode",
            Self::DilithiumPrecompile => "dilithium-precompile",
            Self::RangeProof => "range-proof",
            Self::Confidential => "confidential",
            Self::Groth16 => "groth16",
        }
    }

    /// Source of the contract that makes such claims.
    pub(super) fn source(self) -> String {
        let ask = match self {
            Self::DilithiumOpcode => include_str!("contracts/dilithium-opcode.easm"),
            Self::DilithiumPrecompile | Self::RangeProof | Self::Groth16 => {
                include_str!("contracts/precompile.easm")
            }
            Self::Confidential => include_str!("contracts/confidential.easm"),
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
            Self::RangeProof => {
                let address = spec.precompiles.range_proof;
                [U256::from_big_endian(address.as_bytes()), U256::zero()]
            }
            Self::Groth16 => {
                let address = spec.precompiles.zk_verify;
                [U256::from_big_endian(address.as_bytes()), U256::zero()]
            }
            Self::Confidential => [U256::zero(); 2],
        }
    }

    /// A claim of the holder of `key` that `drawn` determines. Claims of one kind and scheme are of one length.
    pub(super) fn claim(
        self,
        spec: &ChainSpec,
        key: &Key,
        drawn: H256,
        holds: bool,
    ) -> Result<Vec<u8>, GenerateError> {
        // What does not hold is well-formed, so that everything is computed before it shows.
        let spoil = |bytes: &mut [u8], at: usize| {
            if let Some(byte) = bytes.get_mut(at).filter(|_| !holds) {
                *byte ^= 1 << (drawn.0[1] % 8);
            }
        };
        Ok(match self {
            Self::DilithiumOpcode | Self::DilithiumPrecompile => {
                let mut signature = key.sign(drawn.as_bytes())?;
                // Within c-tilde.
                spoil(&mut signature, usize::from(drawn.0[0]) % 32);
                [key.public_key(), &signature, drawn.as_bytes()].concat()
            }
            Self::RangeProof => {
                let (value, blinding) = opening(drawn);
                let derivation =
                    range_proof_derivation(BITS.into(), &word(value), &to_big_endian(&blinding), drawn);
                let derivation = derivation.map_err(GenerateError::Proof)?;
                let answer = CpuDeriver.derive(&derivation)?.map_err(GenerateError::Proof)?;
                // Behind the proof's length.
                let mut claim = [&[BITS, 1], answer.get(32..).unwrap_or_default()].concat();
                // In t_x, behind two counts, a commitment and four points.
                spoil(&mut claim, 2 + 5 * 32);
                claim
            }
            Self::Confidential => {
                let (value, blinding) = opening(drawn);
                let made = keccak256(drawn.as_bytes());
                let (fee, made_blinding) = (value % 1_000, opening(made).1);
                let spent = Opening::from_wide(value, &widened(&blinding));
                let made_opening = Opening::from_wide(value - fee, &widened(&made_blinding));
                let mut body =
                    make_transfer(spec.chain_id, &drawn.0, fee, &[spent], &[made_opening], &made.0)?;
                // In what the transfer is bound to.
                spoil(&mut body, 0);
                body
            }
            Self::Groth16 => {
                let mut input = proof::input(drawn.to_low_u64_be(), &drawn.0)?;
                // In the public input, of which 128 bits are used.
                let last = input.len() - 1;
                spoil(&mut input, last);
                input
            }
        })
    }

    /// Gas that a claim costs its contract at most, beyond what the call data costs.
    pub(super) fn gas(self, spec: &ChainSpec, scheme: DilithiumScheme) -> u64 {
        let price = match self {
            Self::DilithiumOpcode | Self::DilithiumPrecompile => spec.gas.signature(scheme, MESSAGE as u64),
            Self::RangeProof => spec.gas.range_proof(BITS.into()),
            Self::Confidential => spec.gas.confidential_transfer(1, 1),
            Self::Groth16 => spec.gas.proof(1),
        };
        // A warm slot counts; copying and a call's overhead are in the rest.
        price + 10_000
    }
}

/// A value and a blinding.
fn opening(drawn: H256) -> (u64, [u8; 32]) {
    let mut blinding = keccak256(&[drawn.as_bytes(), b"blinding"].concat()).0;
    // Below the group's order, little-endian.
    blinding[31] &= 0x0f;
    (drawn.to_low_u64_be(), blinding)
}

fn word(value: u64) -> [u8; 32] {
    U256::from(value).to_big_endian()
}

fn to_big_endian(little: &[u8; 32]) -> [u8; 32] {
    let mut big = *little;
    big.reverse();
    big
}

fn widened(blinding: &[u8; 32]) -> [u8; 64] {
    let mut wide = [0; 64];
    wide[..32].copy_from_slice(blinding);
    wide
}
