//! What is encrypted, and the words that stand for ciphertexts.

use primitive_types::{H256, U256};
use std::fmt;

/// What a ciphertext holds, by the number that handles and operations use for it (those of fhEVM).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "names and widths say it")]
pub enum CiphertextType {
    Bool = 0,
    U8 = 2,
    U16 = 3,
    U32 = 4,
    U64 = 5,
    U128 = 6,
    Address = 7,
    U256 = 8,
}

impl CiphertextType {
    /// Every type, by ascending number.
    pub const ALL: [Self; 8] =
        [Self::Bool, Self::U8, Self::U16, Self::U32, Self::U64, Self::U128, Self::Address, Self::U256];

    /// The type with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// The number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Width in bits: 1, 8, 16, 32, 64, 128, 160 or 256.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Bool => 1,
            Self::U8 => 8,
            Self::U16 => 16,
            Self::U32 => 32,
            Self::U64 => 64,
            Self::U128 => 128,
            Self::Address => 160,
            Self::U256 => 256,
        }
    }

    /// True where `value` has no bits beyond the width.
    pub fn holds(self, value: &U256) -> bool {
        value.bits() <= self.bits() as usize
    }

    /// The low bits of `value` that the width has room for.
    pub fn truncate(self, value: U256) -> U256 {
        let above = 256 - self.bits();
        value << above >> above
    }

    /// True for the unsigned integers: neither bool nor address.
    pub fn is_uint(self) -> bool {
        !matches!(self, Self::Bool | Self::Address)
    }

    /// The name, as in Solidity and Rust.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::Address => "address",
            Self::U256 => "u256",
        }
    }
}

impl fmt::Display for CiphertextType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that stands for a ciphertext, in fhEVM's layout: bytes 0 to 20 of a hash, 0xff, the chain id in bytes 22 to
/// 29, the type's number, and the version, 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(H256);

impl Handle {
    const COMPUTED: u8 = 0xff;
    const VERSION: u8 = 0;

    /// The handle of a result of type `kind` on chain `chain_id`, whose inputs hash to `hash`.
    pub fn new(hash: H256, chain_id: u64, kind: CiphertextType) -> Self {
        let mut bytes = hash.0;
        bytes[21] = Self::COMPUTED;
        bytes[22..30].copy_from_slice(&chain_id.to_be_bytes());
        bytes[30] = kind.number();
        bytes[31] = Self::VERSION;
        Self(H256(bytes))
    }

    /// The word as a handle; `None` where it does not have the layout or names no type.
    pub fn read(word: &U256) -> Option<Self> {
        let bytes = word.to_big_endian();
        let laid_out = bytes[21] == Self::COMPUTED && bytes[31] == Self::VERSION;
        (laid_out && CiphertextType::from_number(bytes[30]).is_some()).then_some(Self(H256(bytes)))
    }

    /// What the ciphertext holds.
    pub fn kind(&self) -> CiphertextType {
        // Both ways to make a handle have made sure of it.
        CiphertextType::from_number(self.0.0[30]).unwrap_or(CiphertextType::U256)
    }

    /// The chain it was made on.
    pub fn chain_id(&self) -> u64 {
        self.0.0[22..30].iter().fold(0, |id, byte| id << 8 | u64::from(*byte))
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0.0
    }

    /// As the word that contracts see.
    pub fn word(&self) -> U256 {
        U256::from_big_endian(&self.0.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_handle_lies_as_fhevm_lays_it() {
        let handle = Handle::new(H256::repeat_byte(0xab), 0x0102_0304_0506_0708, CiphertextType::Address);
        let digits = format!("0x{}ff01020304050607080700", "ab".repeat(21));
        assert_eq!(handle.to_string(), digits);
        assert_eq!((handle.kind(), handle.chain_id()), (CiphertextType::Address, 0x0102_0304_0506_0708));
        assert_eq!(Handle::read(&handle.word()), Some(handle));
        let word = handle.word();
        // Another marker, version, and numbers that are no type.
        for wrong in [word ^ (U256::one() << 80), word ^ U256::one(), word ^ (U256::from(6) << 8)] {
            assert_eq!(Handle::read(&wrong), None, "{wrong:x}");
        }
        assert_eq!(Handle::read(&U256::zero()), None);
    }

    #[test]
    fn types_have_the_numbers_and_widths_of_the_table() {
        let table = [(0, 1), (2, 8), (3, 16), (4, 32), (5, 64), (6, 128), (7, 160), (8, 256)];
        assert_eq!(CiphertextType::ALL.map(|kind| (kind.number(), kind.bits())), table);
        for number in 0..=u8::MAX {
            let known = table.iter().any(|(listed, _)| *listed == number);
            assert_eq!(CiphertextType::from_number(number).is_some(), known);
        }
        for kind in CiphertextType::ALL {
            let most = U256::MAX >> (256 - kind.bits());
            assert!(kind.holds(&most) && kind.truncate(U256::MAX) == most);
            if let Some(more) = most.checked_add(U256::one()) {
                assert!(!kind.holds(&more) && kind.truncate(more).is_zero());
            }
        }
        assert_eq!(CiphertextType::ALL.iter().filter(|kind| kind.is_uint()).count(), 6);
        assert_eq!(CiphertextType::from_number(8).unwrap().to_string(), "u256");
    }
}
