//! 0x05 MODEXP: base^exponent mod modulus for numbers of any length (EIP-198; gas by EIP-2565 and EIP-7883, lengths
//! bounded by EIP-7823).

use super::input::{padded, padded_vec};
use super::{PrecompileError, PrecompileOutput, charge};
use primitive_types::U256;

/// Length of the three length words in front of the numbers.
const HEADER_LEN: usize = 96;
/// Longest operand from Osaka on, in bytes (EIP-7823).
const OSAKA_MAX_LENGTH: u128 = 1024;
/// Longest operand that is computed with at all. Before Osaka nothing but gas bounds a length; at this one the
/// cheapest case (an exponent over a modulus of one byte, Byzantium) costs over 1.7 billion gas.
const MAX_LENGTH: u128 = u32::MAX as u128;
/// Lengths above this count as this: any price that depends on it exceeds all gas, and no product overflows early.
const SATURATED_LENGTH: u128 = 1 << 100;

/// The declared lengths of the operands in bytes, and the exponent's first 32 bytes.
struct Header {
    base_len: u128,
    exponent_len: u128,
    modulus_len: u128,
    /// First `min(exponent_len, 32)` bytes of the exponent as a number.
    exponent_head: U256,
}

impl Header {
    fn read(input: &[u8]) -> Self {
        let [base_len, exponent_len, modulus_len] = [0, 32, 64].map(|offset| length(padded(input, offset)));
        let head_len = exponent_len.min(32) as usize;
        // A base beyond the address space leaves an exponent of zeros, as one beyond the input's end does.
        let offset = usize::try_from(base_len).unwrap_or(usize::MAX).saturating_add(HEADER_LEN);
        let head = U256::from_big_endian(&padded::<32>(input, offset));
        let exponent_head = if head_len == 0 { U256::zero() } else { head >> (8 * (32 - head_len)) };
        Self { base_len, exponent_len, modulus_len, exponent_head }
    }

    /// Length of the longer of base and modulus.
    fn max_len(&self) -> u128 {
        self.base_len.max(self.modulus_len)
    }

    /// The exponent's bit length less one, with each byte after the 32nd counted as `per_byte` bits; at least one.
    fn iterations(&self, per_byte: u128) -> u128 {
        let head = self.exponent_head.bits().saturating_sub(1) as u128;
        (self.exponent_len.saturating_sub(32) * per_byte + head).max(1)
    }
}

fn length(word: [u8; 32]) -> u128 {
    u128::try_from(U256::from_big_endian(&word)).unwrap_or(u128::MAX).min(SATURATED_LENGTH)
}

/// EIP-198.
pub(super) fn byzantium(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let header = Header::read(input);
    let x = header.max_len();
    let square = x.saturating_mul(x);
    let complexity = match x {
        0..=64 => square,
        65..=1024 => square / 4 + 96 * x - 3_072,
        _ => (square / 16).saturating_add(480 * x) - 199_680,
    };
    run(input, &header, complexity.saturating_mul(header.iterations(8)) / 20, gas_limit)
}

/// EIP-2565.
pub(super) fn berlin(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let header = Header::read(input);
    let words = header.max_len().div_ceil(8);
    let complexity = words.saturating_mul(words);
    run(input, &header, (complexity.saturating_mul(header.iterations(8)) / 3).max(200), gas_limit)
}

/// EIP-7823 and EIP-7883.
pub(super) fn osaka(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let header = Header::read(input);
    if header.max_len().max(header.exponent_len) > OSAKA_MAX_LENGTH {
        return Err(PrecompileError::OperandLength);
    }
    let words = header.max_len().div_ceil(8);
    let complexity = if header.max_len() <= 32 { 16 } else { 2 * words * words };
    run(input, &header, (complexity * header.iterations(16)).max(500), gas_limit)
}

fn run(
    input: &[u8],
    header: &Header,
    cost: u128,
    gas_limit: u64,
) -> Result<PrecompileOutput, PrecompileError> {
    let cost = u64::try_from(cost).map_err(|_| PrecompileError::OutOfGas)?;
    let gas_used = charge(cost, gas_limit)?;
    // Whatever the other lengths are: nothing can come out, so nothing is read.
    if header.modulus_len == 0 {
        return Ok(PrecompileOutput { gas_used, output: Vec::new() });
    }
    let [base_len, exponent_len, modulus_len] =
        [bounded(header.base_len)?, bounded(header.exponent_len)?, bounded(header.modulus_len)?];
    let exponent_at = HEADER_LEN.saturating_add(base_len);
    let modulus_at = exponent_at.saturating_add(exponent_len);
    let output = power(
        &padded_vec(input, HEADER_LEN, base_len),
        &padded_vec(input, exponent_at, exponent_len),
        &padded_vec(input, modulus_at, modulus_len),
    );
    Ok(PrecompileOutput { gas_used, output })
}

fn bounded(len: u128) -> Result<usize, PrecompileError> {
    if len > MAX_LENGTH {
        return Err(PrecompileError::OperandLength);
    }
    usize::try_from(len).map_err(|_| PrecompileError::OperandLength)
}

/// The power in as many bytes as the modulus has; zero where the modulus is zero.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut output = vec![0; modulus.len()];
    let result = aurora_engine_modexp::modexp(base, exponent, modulus);
    // The result may carry zeros in front, or lack them.
    let len = result.len().min(output.len());
    let at = output.len() - len;
    output[at..].copy_from_slice(&result[result.len() - len..]);
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An input with these declared lengths and this body.
    fn encode(lengths: [U256; 3], body: &[u8]) -> Vec<u8> {
        let mut input: Vec<u8> = lengths.iter().flat_map(|len| len.to_big_endian()).collect();
        input.extend_from_slice(body);
        input
    }

    const RULES: [super::super::PrecompileFn; 3] = [byzantium, berlin, osaka];

    #[test]
    fn no_modulus_yields_nothing() {
        for rule in RULES {
            let done = rule(&[], 500).map(|done| done.output);
            assert_eq!(done, Ok(Vec::new()));
        }
    }

    #[test]
    fn zero_modulus_yields_zeros() {
        let input = encode([1.into(), 1.into(), 3.into()], &[5, 2, 0, 0, 0]);
        for rule in RULES {
            assert_eq!(rule(&input, 1_000).map(|done| done.output), Ok(vec![0; 3]));
        }
    }

    #[test]
    fn nothing_to_the_zeroth_power_is_one() {
        let input = encode([0.into(), 0.into(), 2.into()], &[1, 0]);
        for rule in RULES {
            assert_eq!(rule(&input, 1_000).map(|done| done.output), Ok(vec![0, 1]));
        }
    }

    /// EIP-198: with base and modulus empty the complexity is zero, however long the exponent claims to be.
    #[test]
    fn a_huge_exponent_alone_is_free_until_osaka() {
        let input = encode([U256::zero(), U256::MAX, U256::zero()], &[]);
        assert_eq!(byzantium(&input, 0).map(|done| done.gas_used), Ok(0));
        assert_eq!(berlin(&input, 200).map(|done| done.gas_used), Ok(200));
        assert_eq!(osaka(&input, u64::MAX), Err(PrecompileError::OperandLength));
    }

    #[test]
    fn huge_lengths_are_never_affordable() {
        for rule in [byzantium, berlin] {
            for huge in [U256::MAX, U256::one() << 64, U256::from(u64::MAX)] {
                for lengths in [[huge, 1.into(), 1.into()], [1.into(), 1.into(), huge], [huge, huge, huge]] {
                    assert!(rule(&encode(lengths, &[]), u64::MAX).is_err(), "{lengths:?}");
                }
                assert!(rule(&encode([1.into(), huge, 1.into()], &[]), u64::MAX).is_err());
            }
        }
    }

    #[test]
    fn osaka_bounds_each_length() {
        for which in 0..3 {
            let mut lengths = [U256::one(); 3];
            lengths[which] = 1024.into();
            assert!(osaka(&encode(lengths, &[]), u64::MAX).is_ok());
            lengths[which] = 1025.into();
            assert_eq!(osaka(&encode(lengths, &[]), u64::MAX), Err(PrecompileError::OperandLength));
        }
    }

    /// Schoolbook square-and-multiply over one word.
    fn naive(base: u64, exponent: u64, modulus: u64) -> u64 {
        let modulus = u128::from(modulus);
        let mut result = 1 % modulus;
        for bit in (0..64).rev() {
            result = result * result % modulus;
            if exponent >> bit & 1 == 1 {
                result = result * (u128::from(base) % modulus) % modulus;
            }
        }
        result as u64
    }

    proptest! {
        #[test]
        fn agrees_with_square_and_multiply(
            base: u64, exponent: u64, modulus in 1_u64.., zeros in 0_usize..40, shift in 0_u32..64,
        ) {
            let modulus = (modulus >> shift).max(1);
            let wide = |number: u64| [vec![0; zeros], number.to_be_bytes().to_vec()].concat();
            let got = power(&wide(base), &wide(exponent), &wide(modulus));
            prop_assert_eq!(got, wide(naive(base, exponent, modulus)));
        }
    }
}
