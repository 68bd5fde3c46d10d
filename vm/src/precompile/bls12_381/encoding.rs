//! How EIP-2537 writes field elements and points: big-endian, each base field element in 64 bytes of which the first
//! 16 are zero; elements of Fp2 put their real part first; a point is x | y, and infinity all zeros.

use super::ffi::{self, FP_LEN, Point};
use crate::precompile::PrecompileError;
use blst::{blst_fp, blst_fp2};

/// Zero bytes in front of a base field element.
const PADDING: usize = 16;

/// The base field's modulus, big-endian.
const MODULUS: [u8; FP_LEN] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7, //
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, //
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

/// An element of Fp or Fp2 as it stands in an input.
pub(super) trait Coordinate: Copy {
    /// Length in bytes.
    const LEN: usize;

    /// Reads the element from exactly [`Self::LEN`] bytes.
    fn decode(bytes: &[u8]) -> Result<Self, PrecompileError>;
    /// Appends the element's bytes.
    fn encode(&self, output: &mut Vec<u8>);
}

impl Coordinate for blst_fp {
    const LEN: usize = PADDING + FP_LEN;

    fn decode(bytes: &[u8]) -> Result<Self, PrecompileError> {
        let (padding, number) = bytes.split_at_checked(PADDING).ok_or(PrecompileError::FieldElement)?;
        let number: &[u8; FP_LEN] = number.try_into().map_err(|_| PrecompileError::FieldElement)?;
        if padding != [0; PADDING] || *number >= MODULUS {
            return Err(PrecompileError::FieldElement);
        }
        Ok(ffi::fp_from_bytes(number))
    }

    fn encode(&self, output: &mut Vec<u8>) {
        output.extend_from_slice(&[0; PADDING]);
        output.extend_from_slice(&ffi::fp_to_bytes(self));
    }
}

impl Coordinate for blst_fp2 {
    const LEN: usize = 2 * blst_fp::LEN;

    fn decode(bytes: &[u8]) -> Result<Self, PrecompileError> {
        let (real, imaginary) = bytes.split_at_checked(blst_fp::LEN).ok_or(PrecompileError::FieldElement)?;
        Ok(Self { fp: [blst_fp::decode(real)?, blst_fp::decode(imaginary)?] })
    }

    fn encode(&self, output: &mut Vec<u8>) {
        for part in &self.fp {
            part.encode(output);
        }
    }
}

/// Length of a point in bytes.
pub(super) const fn point_len<P: Point<Coordinate: Coordinate>>() -> usize {
    2 * <P::Coordinate as Coordinate>::LEN
}

/// Reads a point of the curve, of the subgroup or not, from exactly [`point_len`] bytes.
pub(super) fn decode_point<P: Point<Coordinate: Coordinate>>(bytes: &[u8]) -> Result<P, PrecompileError> {
    let (x, y) = bytes.split_at_checked(P::Coordinate::LEN).ok_or(PrecompileError::FieldElement)?;
    let point = P::new(P::Coordinate::decode(x)?, P::Coordinate::decode(y)?);
    if point.is_infinity() || point.is_on_curve() { Ok(point) } else { Err(PrecompileError::NotOnCurve) }
}

/// The point's bytes.
pub(super) fn encode_point<P: Point<Coordinate: Coordinate>>(point: &P) -> Vec<u8> {
    let mut output = Vec::with_capacity(point_len::<P>());
    for coordinate in point.coordinates() {
        coordinate.encode(&mut output);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn padded(number: [u8; FP_LEN]) -> Vec<u8> {
        [vec![0; PADDING], number.to_vec()].concat()
    }

    #[test]
    fn elements_stay_below_the_modulus() {
        let mut below = MODULUS;
        below[FP_LEN - 1] -= 1;
        assert!(blst_fp::decode(&padded(below)).is_ok());
        assert_eq!(blst_fp::decode(&padded(MODULUS)), Err(PrecompileError::FieldElement));
        for at in 0..PADDING {
            let mut bytes = padded(below);
            bytes[at] = 1;
            assert_eq!(blst_fp::decode(&bytes), Err(PrecompileError::FieldElement));
        }
    }

    #[test]
    fn elements_have_their_exact_length() {
        for len in [0, 15, 16, 63, 65] {
            assert_eq!(blst_fp::decode(&vec![0; len]), Err(PrecompileError::FieldElement));
            assert_eq!(blst_fp2::decode(&vec![0; 64 + len]), Err(PrecompileError::FieldElement));
        }
    }

    proptest! {
        #[test]
        fn elements_read_back(mut real: [u8; 32], mut imaginary: [u8; 32]) {
            real[0] &= 0x0f;
            imaginary[0] &= 0x0f;
            let bytes = [[0; 32], real, [0; 32], imaginary].concat();
            let mut again = Vec::new();
            prop_assert!(blst_fp2::decode(&bytes).map(|element| element.encode(&mut again)).is_ok());
            prop_assert_eq!(again, bytes);
        }
    }
}
