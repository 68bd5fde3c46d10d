//! Addresses written as hexadecimal digits, read at compile time.

use primitive_types::H160;

/// The address whose 40 lower-case digits begin at `text[at]`.
pub(super) const fn address_at(text: &[u8], at: usize) -> H160 {
    let mut bytes = [0; 20];
    let mut byte = 0;
    while byte < bytes.len() {
        bytes[byte] = nibble(text[at + 2 * byte]) << 4 | nibble(text[at + 2 * byte + 1]);
        byte += 1;
    }
    H160(bytes)
}

/// The address with these 40 lower-case digits.
pub(super) const fn address(digits: &[u8; 40]) -> H160 {
    address_at(digits, 0)
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => {
            assert!(matches!(digit, b'a'..=b'f'), "not a lower-case hexadecimal digit");
            digit - b'a' + 10
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_bytes() {
        let mut expected = H160::zero();
        (expected.0[0], expected.0[19]) = (0x1f, 0xa9);
        assert_eq!(address(b"1f000000000000000000000000000000000000a9"), expected);
    }
}
