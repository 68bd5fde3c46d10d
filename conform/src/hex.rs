//! Numbers and byte strings as test files write them: mostly `0x`-hex, of any length and case.

use primitive_types::{H160, H256, U256};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt;

/// What retesteth writes before a number that does not fit its field.
const BIG_INTEGER: &str = "0x:bigint ";

/// A text that is not what its field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HexError {
    /// Neither hexadecimal nor, for a number without `0x`, decimal.
    #[error("not a number or hex string: wrong character at {at}")]
    Character {
        /// Position in the text, in bytes.
        at: usize,
    },
    /// The value does not fit.
    #[error("longer than {bytes} bytes")]
    TooLong {
        /// What would fit.
        bytes: usize,
    },
}

/// Bytes from hex, with or without `0x`; an odd number of digits gets a zero in front.
///
/// # Errors
/// [`HexError::Character`] with the place of the first character that is no hex digit.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, HexError> {
    let digits = strip_prefix(text);
    let start = text.len() - digits.len();
    let digit = |at: usize, byte: u8| {
        (byte as char).to_digit(16).map(|digit| digit as u8).ok_or(HexError::Character { at: start + at })
    };
    let odd = digits.len() % 2;
    let mut out = Vec::with_capacity(digits.len().div_ceil(2));
    if let (1, Some(&first)) = (odd, digits.as_bytes().first()) {
        out.push(digit(0, first)?);
    }
    for (i, pair) in digits.as_bytes()[odd..].chunks_exact(2).enumerate() {
        let at = odd + 2 * i;
        out.push(digit(at, pair[0])? << 4 | digit(at + 1, pair[1])?);
    }
    Ok(out)
}

/// A number: hex after `0x` or retesteth's `0x:bigint 0x`, else decimal.
///
/// # Errors
/// [`HexError::TooLong`] from 2^256 on; [`HexError::Character`] for other texts.
pub(crate) fn number(text: &str) -> Result<U256, HexError> {
    let text = text.strip_prefix(BIG_INTEGER).unwrap_or(text);
    if strip_prefix(text).len() < text.len() {
        return Ok(U256::from_big_endian(&fixed::<32>(text)?));
    }
    match text.bytes().position(|byte| !byte.is_ascii_digit()) {
        Some(at) => Err(HexError::Character { at }),
        None if text.is_empty() => Err(HexError::Character { at: 0 }),
        None => U256::from_dec_str(text).map_err(|_| HexError::TooLong { bytes: 32 }),
    }
}

/// `N` bytes from hex, with zeros in front of a shorter text. Surplus zeros in front are dropped.
fn fixed<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let bytes = bytes(text)?;
    let significant = bytes.iter().position(|&byte| byte != 0).map_or(&[][..], |start| &bytes[start..]);
    let start = N.checked_sub(significant.len()).ok_or(HexError::TooLong { bytes: N })?;
    let mut out = [0; N];
    out[start..].copy_from_slice(significant);
    Ok(out)
}

fn strip_prefix(text: &str) -> &str {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

/// A 256-bit number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(pub(crate) U256);

/// A 64-bit number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity64(pub(crate) u64);

/// A number that need not fit 256 bits: transactions that no client can read are tests too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unbounded(pub(crate) Option<U256>);

/// An address; short ones are numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(pub(crate) H160);

/// 32 bytes; short ones are numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word(pub(crate) H256);

/// A byte string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

/// Reads strings, and plain JSON numbers where a number is meant.
struct TextVisitor<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, HexError>,
}

impl<T> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(|error| {
            let short: String = text.chars().take(80).collect();
            E::custom(format_args!("{}, got `{short}`: {error}", self.expected))
        })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

macro_rules! deserialize_text {
    ($($name:ident: $expected:literal, $parse:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextVisitor { expected: $expected, parse: $parse })
            }
        }
    )*};
}

deserialize_text! {
    Quantity: "a number of up to 256 bits", |text| number(text).map(Self);
    Quantity64: "a number of up to 64 bits", |text| {
        u64::try_from(number(text)?).map(Self).map_err(|_| HexError::TooLong { bytes: 8 })
    };
    Unbounded: "a number", |text| match number(text) {
        Ok(number) => Ok(Self(Some(number))),
        Err(HexError::TooLong { .. }) => Ok(Self(None)),
        Err(error) => Err(error),
    };
    Address: "an address", |text| fixed(text).map(H160).map(Self);
    Word: "32 bytes", |text| fixed(text).map(H256).map(Self);
    Bytes: "a byte string", |text| bytes(text).map(Self);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lenient_forms_are_read() {
        assert_eq!(number("0x"), Ok(U256::zero()));
        assert_eq!(number("0X0fF"), Ok(U256::from(255)));
        assert_eq!(number("255"), Ok(U256::from(255)));
        assert_eq!(number(&format!("0x{}ff", "0".repeat(80))), Ok(U256::from(255)));
        assert_eq!(bytes("0xabc"), Ok(vec![0x0a, 0xbc]));
        assert_eq!(bytes(""), Ok(vec![]));
        let address: Address = serde_json::from_str("\"0xABC\"").unwrap();
        assert_eq!(address.0, H160::from_low_u64_be(0xabc));
        let plain: Quantity64 = serde_json::from_str("17").unwrap();
        assert_eq!(plain.0, 17);
    }

    #[test]
    fn wrong_forms_are_errors_with_a_place() {
        assert_eq!(bytes("0x12g4"), Err(HexError::Character { at: 4 }));
        assert_eq!(bytes("0x1\u{e9}"), Err(HexError::Character { at: 3 }));
        assert_eq!(number("12a"), Err(HexError::Character { at: 2 }));
        assert_eq!(number(""), Err(HexError::Character { at: 0 }));
        assert_eq!(number(&format!("0x1{}", "0".repeat(64))), Err(HexError::TooLong { bytes: 32 }));
        let error = serde_json::from_str::<Quantity64>("\"0x10000000000000000\"").unwrap_err().to_string();
        assert!(error.contains("64 bits") && error.contains("0x10000000000000000"), "{error}");
        assert!(serde_json::from_str::<Word>("true").is_err());
    }

    #[test]
    fn a_number_beyond_its_field_is_kept_as_such() {
        let text = format!("\"0x:bigint 0x1{}\"", "0".repeat(64));
        assert_eq!(serde_json::from_str::<Unbounded>(&text).unwrap(), Unbounded(None));
        assert_eq!(serde_json::from_str::<Unbounded>("\"0x5\"").unwrap(), Unbounded(Some(U256::from(5))));
        assert!(serde_json::from_str::<Unbounded>("\"0xx\"").is_err());
    }

    proptest! {
        #[test]
        fn bytes_round_trip(data in prop::collection::vec(any::<u8>(), 0..100), upper in any::<bool>()) {
            let text = if upper { hex::encode_upper(&data) } else { hex::encode(&data) };
            prop_assert_eq!(bytes(&text), Ok(data.clone()));
            prop_assert_eq!(bytes(&format!("0x{text}")), Ok(data));
        }

        #[test]
        fn numbers_round_trip(limbs in any::<[u64; 4]>()) {
            let value = U256(limbs);
            prop_assert_eq!(number(&format!("{value:#x}")), Ok(value));
            prop_assert_eq!(number(&value.to_string()), Ok(value));
        }

        #[test]
        fn any_text_is_a_value_or_an_error(text in ".{0,100}") {
            let _ = (bytes(&text), number(&text), fixed::<20>(&text));
            let _ = (bytes(&format!("0x{text}")), number(&format!("0x:bigint {text}")));
        }
    }
}
