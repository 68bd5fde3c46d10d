//! Where a field stands, what can be wrong with it, and the hexadecimal forms of its value.

use super::shape::{Field, JsonKind, Shape, Text};
use primitive_types::{H160, H256, U256};
use std::borrow::Cow;
use std::fmt;

/// Bytes that are no block file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockFileError {
    /// Not JSON, or an object that has one of its fields twice; the message has line and column.
    #[error("not a JSON block file: {0}")]
    Json(serde_json::Error),
    /// A field is missing or has no value that it could have.
    #[error("{path}: {problem}")]
    Field {
        /// Where, from the outermost object: `block.transactions[17].value`.
        path: String,
        /// What is wrong there.
        problem: FieldProblem,
    },
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum FieldProblem {
    #[error("missing")]
    Missing,
    #[error("{found} where {expected} belongs")]
    WrongKind { expected: JsonKind, found: JsonKind },
    #[error("no 0x before the digits")]
    NoPrefix,
    #[error("no digits")]
    NoDigits,
    #[error("no hexadecimal digit at character {at}")]
    NotHex { at: usize },
    #[error("an odd number of digits")]
    OddDigits,
    #[error("not a decimal number of at most 64 bits")]
    NotDecimal,
    #[error("more than {bits} bits")]
    TooLarge { bits: u32 },
    #[error("{got} digits where {expected} belong")]
    WrongLength { expected: usize, got: usize },
    #[error("there twice")]
    Duplicate,
    #[error("no known transaction type")]
    UnknownType,
    #[error("neither 27, 28 nor of EIP-155 with a 64-bit chain id")]
    InvalidV,
    #[error("neither 0 nor 1")]
    InvalidParity,
    #[error("not 0x45, the type of quantum-signed transactions")]
    NotQuantum,
    #[error("does not agree with {other}")]
    Disagrees { other: &'static str },
}

/// A place in the file; costs nothing until an error needs its name.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Top,
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl<'p> Place<'p> {
    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self::Key(self, key)
    }

    pub(super) fn index(&'p self, index: usize) -> Self {
        Self::Index(self, index)
    }

    pub(super) fn error(&self, problem: FieldProblem) -> BlockFileError {
        BlockFileError::Field { path: self.to_string(), problem }
    }

    fn judge<T>(&self, value: Result<T, FieldProblem>) -> Result<T, BlockFileError> {
        value.map_err(|problem| self.error(problem))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Key(Self::Top, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl<T> Field<T> {
    /// The value of a field that must be there.
    pub(super) fn required<'de>(self, place: &Place<'_>) -> Result<T, BlockFileError>
    where
        T: Shape<'de>,
    {
        match self {
            Self::Is(value) => Ok(value),
            Self::Absent => Err(place.error(FieldProblem::Missing)),
            Self::Other(found) => Err(place.error(FieldProblem::WrongKind { expected: T::KIND, found })),
        }
    }

    /// The value of a field that may be missing or null.
    pub(super) fn optional<'de>(self, place: &Place<'_>) -> Result<Option<T>, BlockFileError>
    where
        T: Shape<'de>,
    {
        match self {
            Self::Absent | Self::Other(JsonKind::Null) => Ok(None),
            present => present.required(place).map(Some),
        }
    }
}

/// What is written as a hexadecimal string.
pub(super) trait FromHex: Sized {
    fn from_hex(text: &str) -> Result<Self, FieldProblem>;
}

impl<'a> Field<Text<'a>> {
    fn text(self, place: &Place<'_>) -> Result<Cow<'a, str>, BlockFileError> {
        self.required(place).map(|Text(text)| text)
    }

    /// The value at `place`, which must be there.
    pub(super) fn read<T: FromHex>(self, place: &Place<'_>) -> Result<T, BlockFileError> {
        place.judge(T::from_hex(&self.text(place)?))
    }

    /// The value at `place`, which may be missing or null.
    pub(super) fn read_optional<T: FromHex>(self, place: &Place<'_>) -> Result<Option<T>, BlockFileError> {
        self.optional(place)?.map(|Text(text)| place.judge(T::from_hex(&text))).transpose()
    }
}

/// The value that a key at `place` stands for.
pub(super) fn read_key<T: FromHex>(key: &str, place: &Place<'_>) -> Result<T, BlockFileError> {
    place.judge(T::from_hex(key))
}

/// The block number that a key at `place` stands for: decimal digits and nothing else.
pub(super) fn read_decimal_key(key: &str, place: &Place<'_>) -> Result<u64, BlockFileError> {
    let digits = key.bytes().all(|byte| byte.is_ascii_digit());
    key.parse().ok().filter(|_| digits).ok_or_else(|| place.error(FieldProblem::NotDecimal))
}

/// Marks the bytes that are no hexadecimal digit.
const NO_DIGIT: u8 = 0xff;

/// Value of each byte as a hexadecimal digit.
const DIGITS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

fn digits(text: &str) -> Result<&[u8], FieldProblem> {
    text.strip_prefix("0x").map(str::as_bytes).ok_or(FieldProblem::NoPrefix)
}

/// Writes the bytes that pairs of `digits` stand for, twice as many as `out` is long.
fn unhex(digits: &[u8], out: &mut [u8]) -> Result<(), FieldProblem> {
    let mut invalid = 0;
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
        *byte = high << 4 | low & 0x0f;
        invalid |= high | low;
    }
    // Values are below 16, so a set high bit comes from NO_DIGIT alone.
    if invalid & 0x80 == 0 { Ok(()) } else { all_hex(digits) }
}

/// Refuses the first of `digits` that is none.
fn all_hex(digits: &[u8]) -> Result<(), FieldProblem> {
    match digits.iter().position(|&digit| DIGITS[usize::from(digit)] == NO_DIGIT) {
        Some(behind) => Err(FieldProblem::NotHex { at: "0x".len() + behind }),
        None => Ok(()),
    }
}

/// A number of at most `N` bytes, however many zeros it starts with, big-endian.
fn number<const N: usize>(text: &str) -> Result<[u8; N], FieldProblem> {
    let all = digits(text)?;
    if all.is_empty() {
        return Err(FieldProblem::NoDigits);
    }
    let zeros = all.iter().take_while(|&&digit| digit == b'0').count();
    let significant = &all[zeros..];
    let mut padded = [[b'0'; 2]; N];
    let padded = padded.as_flattened_mut();
    let Some(start) = padded.len().checked_sub(significant.len()) else {
        all_hex(all)?;
        return Err(FieldProblem::TooLarge { bits: 8 * N as u32 });
    };
    padded[start..].copy_from_slice(significant);
    let mut bytes = [0; N];
    // The error of the padded digits counts from another start.
    unhex(padded, &mut bytes).or_else(|_| all_hex(all))?;
    Ok(bytes)
}

impl FromHex for u8 {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        number(text).map(|[byte]| byte)
    }
}

impl FromHex for u64 {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        number(text).map(Self::from_be_bytes)
    }
}

impl FromHex for U256 {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        number::<32>(text).map(|bytes| Self::from_big_endian(&bytes))
    }
}

/// A storage key or value: a number where a hash belongs.
pub(super) struct Word(pub(super) H256);

impl FromHex for Word {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        number(text).map(|bytes| Self(H256(bytes)))
    }
}

impl<const N: usize> FromHex for [u8; N] {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        let digits = digits(text)?;
        if digits.len() != 2 * N {
            return Err(FieldProblem::WrongLength { expected: 2 * N, got: digits.len() });
        }
        let mut bytes = [0; N];
        unhex(digits, &mut bytes)?;
        Ok(bytes)
    }
}

impl FromHex for H160 {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        FromHex::from_hex(text).map(Self)
    }
}

impl FromHex for H256 {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        FromHex::from_hex(text).map(Self)
    }
}

impl FromHex for Vec<u8> {
    fn from_hex(text: &str) -> Result<Self, FieldProblem> {
        let digits = digits(text)?;
        if digits.len() % 2 != 0 {
            return Err(FieldProblem::OddDigits);
        }
        let mut bytes = vec![0; digits.len() / 2];
        unhex(digits, &mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_start_with_zeros_but_not_overflow() {
        assert_eq!(u64::from_hex("0x0"), Ok(0));
        assert_eq!(u64::from_hex("0x00000000000000000000000000ffffffffffffffff"), Ok(u64::MAX));
        assert_eq!(u64::from_hex("0x10000000000000000"), Err(FieldProblem::TooLarge { bits: 64 }));
        assert_eq!(U256::from_hex(&format!("0x0{}", "f".repeat(64))), Ok(U256::MAX));
        let long = format!("0x1{}", "0".repeat(64));
        assert_eq!(U256::from_hex(&long), Err(FieldProblem::TooLarge { bits: 256 }));
        assert_eq!(U256::from_hex("0xAbC"), Ok(U256::from(0xabc)));
    }

    #[test]
    fn what_is_no_hexadecimal_number_is_refused() {
        for (text, problem) in [
            ("", FieldProblem::NoPrefix),
            ("12", FieldProblem::NoPrefix),
            ("0X12", FieldProblem::NoPrefix),
            ("-0x1", FieldProblem::NoPrefix),
            ("0x", FieldProblem::NoDigits),
            ("0x+1", FieldProblem::NotHex { at: 2 }),
            ("0x1g", FieldProblem::NotHex { at: 3 }),
            ("0x1 000000000000000000000", FieldProblem::NotHex { at: 3 }),
            ("0x0\u{e9}", FieldProblem::NotHex { at: 3 }),
        ] {
            assert_eq!(u64::from_hex(text), Err(problem), "{text}");
        }
        assert_eq!(Vec::from_hex("0x123"), Err(FieldProblem::OddDigits));
        assert_eq!(Vec::from_hex("0x12x4"), Err(FieldProblem::NotHex { at: 4 }));
        assert_eq!(Vec::from_hex("0x"), Ok(Vec::new()));
        assert_eq!(H160::from_hex("0x12"), Err(FieldProblem::WrongLength { expected: 40, got: 2 }));
    }

    #[test]
    fn block_numbers_are_plain_decimal() {
        let place = Place::Top;
        assert_eq!(read_decimal_key("18446744073709551615", &place).ok(), Some(u64::MAX));
        for bad in ["", "+1", "-1", "0x1", " 1", "18446744073709551616"] {
            assert!(read_decimal_key(bad, &place).is_err(), "{bad}");
        }
    }
}
