//! 0x02 SHA256, 0x03 RIPEMD160 and 0x04 ID (yellow paper, appendix E).

use super::input::words;
use super::{PrecompileError, PrecompileOutput, charge};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

/// A price of `base` and `per_word` for each 32-byte word begun.
fn linear(base: u64, per_word: u64, input: &[u8], gas_limit: u64) -> Result<u64, PrecompileError> {
    charge(base.saturating_add(per_word.saturating_mul(words(input))), gas_limit)
}

pub(super) fn sha256(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let gas_used = linear(60, 12, input, gas_limit)?;
    Ok(PrecompileOutput { gas_used, output: Sha256::digest(input).to_vec() })
}

/// The 20 bytes of the hash stand at the end of a word.
pub(super) fn ripemd160(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let gas_used = linear(600, 120, input, gas_limit)?;
    let mut output = vec![0; 32];
    output[12..].copy_from_slice(&Ripemd160::digest(input));
    Ok(PrecompileOutput { gas_used, output })
}

pub(super) fn identity(input: &[u8], gas_limit: u64) -> Result<PrecompileOutput, PrecompileError> {
    let gas_used = linear(15, 3, input, gas_limit)?;
    Ok(PrecompileOutput { gas_used, output: input.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digests of "abc" from FIPS 180-4's example and from the RIPEMD-160 authors' page.
    #[test]
    fn digests_of_abc() {
        let word =
            |run: super::super::PrecompileFn| run(b"abc", 720).map(|done| (done.gas_used, done.output));
        let sha = hex::decode("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(word(sha256), Ok((72, sha.unwrap_or_default())));
        let ripemd = hex::decode("0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
        assert_eq!(word(ripemd160), Ok((720, ripemd.unwrap_or_default())));
        assert_eq!(word(identity), Ok((18, b"abc".to_vec())));
    }

    #[test]
    fn gas_grows_by_words() {
        for (len, gas) in [(0, 15), (1, 18), (32, 18), (33, 21)] {
            let input = vec![7; len];
            assert_eq!(identity(&input, gas).map(|done| done.gas_used), Ok(gas));
            assert_eq!(identity(&input, gas - 1), Err(PrecompileError::OutOfGas));
        }
    }
}
