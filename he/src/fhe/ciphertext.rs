//! Ciphertexts in memory and on disk.

use super::{Fhe, SecretKey};
use bincode::Options;
use erbium_claims::homomorphic::CiphertextType;
use primitive_types::U256;
use tfhe::conformance::ParameterSetConformant;
use tfhe::integer::ciphertext::{
    CompressedModulusSwitchedRadixCiphertext, CompressedModulusSwitchedRadixCiphertextConformanceParams,
};
use tfhe::integer::{self, BooleanBlock, IntegerCiphertext, IntegerRadixCiphertext, RadixCiphertext};
use tfhe::shortint::parameters::Degree;
use tfhe::{Unversionize, Versionize};

/// tfhe could not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FheError {
    /// A ciphertext could not be written.
    #[error("a ciphertext cannot be written: {0}")]
    Write(#[from] bincode::Error),
    /// An operation met a ciphertext of a type that the rules do not let through.
    #[error("an operand of another type")]
    Operand,
}

/// A ciphertext: one block for a bool, one for every two bits of a number.
#[derive(Clone)]
pub enum Ciphertext {
    /// 0 or 1.
    Bool(BooleanBlock),
    /// A number or an address.
    Number(RadixCiphertext),
}

impl std::fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(_) => f.write_str("Bool"),
            Self::Number(number) => write!(f, "Number of {} blocks", number.blocks().len()),
        }
    }
}

/// Blocks that hold a type.
pub(super) fn blocks(kind: CiphertextType) -> usize {
    kind.bits().div_ceil(2) as usize
}

/// A word as tfhe has it.
pub(super) fn wide(word: U256) -> integer::U256 {
    let mut wide = integer::U256::ZERO;
    wide.copy_from_be_byte_slice(&word.to_big_endian());
    wide
}

/// As one block, and back: what holds for numbers then holds for a bool.
pub(super) fn as_number(flag: &BooleanBlock) -> RadixCiphertext {
    RadixCiphertext::from_blocks(vec![flag.clone().into_raw_parts()])
}

pub(super) fn as_bool(number: RadixCiphertext) -> Option<BooleanBlock> {
    let mut block = number.into_blocks().into_iter().next()?;
    // It was a bool when it was written, whatever a block could hold.
    block.degree = Degree::new(1);
    Some(BooleanBlock::new_unchecked(block))
}

/// Bytes that a stored ciphertext may have at most: a u256 has about a tenth of it.
const LONGEST: u64 = 4 << 20;

fn format() -> impl Options {
    bincode::DefaultOptions::new().with_fixint_encoding().with_limit(LONGEST)
}

impl Fhe {
    /// The ciphertext in the compressed form, which reading makes whole again by a bootstrap a block.
    pub(super) fn write(&self, ciphertext: &Ciphertext) -> Result<Vec<u8>, FheError> {
        let mut number = match ciphertext {
            Ciphertext::Bool(flag) => as_number(flag),
            Ciphertext::Number(number) => number.clone(),
        };
        for block in number.blocks_mut() {
            // What is known of a block beyond its two bits is forgotten: all that is stored is of one form.
            block.degree = Degree::new(block.message_modulus.0 - 1);
        }
        let compressed = self.key.switch_modulus_and_compress_parallelized(&number);
        Ok(format().serialize(&compressed.versionize())?)
    }

    /// `None` where the bytes are no ciphertext of that type under this key.
    pub(super) fn read_bytes(&self, kind: CiphertextType, bytes: &[u8]) -> Option<Ciphertext> {
        let versioned = format().deserialize(bytes).ok()?;
        let compressed = CompressedModulusSwitchedRadixCiphertext::unversionize(versioned).ok()?;
        let shortint: &tfhe::shortint::ServerKey = self.key.as_ref();
        let expected = CompressedModulusSwitchedRadixCiphertextConformanceParams {
            shortint_params: shortint.compressed_modswitched_conformance_params(),
            num_blocks_per_integer: blocks(kind),
        };
        if !compressed.is_conformant(&expected) {
            return None;
        }
        let number = self.key.decompress_parallelized(&compressed);
        match kind {
            CiphertextType::Bool => as_bool(number).map(Ciphertext::Bool),
            _ => Some(Ciphertext::Number(number)),
        }
    }
}

impl SecretKey {
    /// The number in a ciphertext.
    pub fn decrypt(&self, ciphertext: &Ciphertext) -> U256 {
        match ciphertext {
            Ciphertext::Bool(flag) => U256::from(u8::from(self.0.decrypt_bool(flag))),
            Ciphertext::Number(number) => {
                let wide: integer::U256 = self.0.decrypt_radix(number);
                let mut bytes = [0; 32];
                wide.copy_to_be_byte_slice(&mut bytes);
                U256::from_big_endian(&bytes)
            }
        }
    }

    /// A number of type `kind`, encrypted with the thread's own randomness: what a user sends, and what benches compute on.
    pub fn encrypt(&self, kind: CiphertextType, value: U256) -> Ciphertext {
        match kind {
            CiphertextType::Bool => Ciphertext::Bool(self.0.encrypt_bool(!value.is_zero())),
            _ => Ciphertext::Number(self.0.encrypt_radix(wide(value), blocks(kind))),
        }
    }
}
