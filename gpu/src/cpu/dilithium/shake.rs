//! SHAKE128 and SHAKE256 (FIPS 202) over the permutation of crate `keccak`.

use keccak::{Fn1600, Keccak};

/// Bytes a block of SHAKE128.
pub(super) const RATE_128: usize = 168;
/// Bytes a block of SHAKE256.
pub(super) const RATE_256: usize = 136;

/// SHAKE128, taking in.
pub(super) type Shake128 = Shake<RATE_128>;
/// SHAKE256, taking in.
pub(crate) type Shake256 = Shake<RATE_256>;

/// The output of SHAKE256.
pub(crate) type Output256 = Output<RATE_256>;

/// An extendable-output function, taking in; `RATE` bytes a block.
#[derive(Clone)]
pub(crate) struct Shake<const RATE: usize> {
    lanes: [u64; 25],
    /// Bytes taken into the current block, less than `RATE`.
    at: usize,
}

impl<const RATE: usize> Default for Shake<RATE> {
    fn default() -> Self {
        Self { lanes: [0; 25], at: 0 }
    }
}

impl<const RATE: usize> Shake<RATE> {
    /// Takes in `bytes`.
    #[must_use]
    pub(crate) fn absorb(mut self, bytes: &[u8]) -> Self {
        let mut bytes = bytes;
        // Byte by byte to the next lane, then by lanes.
        while let [first, rest @ ..] = bytes
            && !self.at.is_multiple_of(8)
        {
            self.take_byte(*first);
            bytes = rest;
        }
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.take_lane(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.take_byte(*byte);
        }
        self
    }

    /// Ends the input.
    #[must_use]
    pub(crate) fn finish(mut self) -> Output<RATE> {
        self.xor(self.at, 0x1f);
        self.xor(RATE - 1, 0x80);
        Output { lanes: self.lanes }
    }

    /// Ends the input and gives the first bytes of the output, at most a block of them.
    #[must_use]
    pub(crate) fn digest<const LEN: usize>(self) -> [u8; LEN] {
        const { assert!(LEN <= RATE) };
        let block = self.finish().block();
        std::array::from_fn(|i| block[i])
    }

    fn take_byte(&mut self, byte: u8) {
        self.xor(self.at, byte);
        self.advance(1);
    }

    fn take_lane(&mut self, lane: u64) {
        self.lanes[self.at / 8] ^= lane;
        self.advance(8);
    }

    fn advance(&mut self, by: usize) {
        self.at += by;
        if self.at == RATE {
            permute(&mut self.lanes);
            self.at = 0;
        }
    }

    fn xor(&mut self, at: usize, byte: u8) {
        self.lanes[at / 8] ^= u64::from(byte) << (8 * (at % 8));
    }
}

/// The output of an extendable-output function, block by block.
pub(crate) struct Output<const RATE: usize> {
    lanes: [u64; 25],
}

impl<const RATE: usize> Output<RATE> {
    /// The next `RATE` bytes.
    pub(crate) fn block(&mut self) -> [u8; RATE] {
        permute(&mut self.lanes);
        let mut block = [0; RATE];
        for (bytes, lane) in block.as_chunks_mut::<8>().0.iter_mut().zip(&self.lanes) {
            *bytes = lane.to_le_bytes();
        }
        block
    }
}

fn permute(lanes: &mut [u64; 25]) {
    Keccak::new().with_f1600(|f1600: Fn1600| f1600(lanes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shake::{ExtendableOutput, Update, XofReader};

    fn check<const RATE: usize>(parts: &[Vec<u8>], theirs: &mut impl XofReader) {
        let shake = parts.iter().fold(Shake::<RATE>::default(), |shake, part| shake.absorb(part));
        let mut output = shake.finish();
        for _ in 0..3 {
            let mut expected = [0; RATE];
            theirs.read(&mut expected);
            assert_eq!(output.block(), expected);
        }
    }

    #[test]
    fn the_empty_input() {
        // FIPS 202 example values.
        assert_eq!(hex::encode(Shake128::default().digest::<16>()), "7f9c2ba4e88f827d616045507605853e");
        assert_eq!(hex::encode(Shake256::default().digest::<16>()), "46b9dd2b0ba88d13233b3feb743eeb24");
    }

    proptest! {
        #[test]
        fn another_implementation_gives_the_same(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5),
        ) {
            let whole = parts.concat();
            let mut shake = shake::Shake128::default();
            shake.update(&whole);
            check::<RATE_128>(&parts, &mut shake.finalize_xof());
            let mut shake = shake::Shake256::default();
            shake.update(&whole);
            check::<RATE_256>(&parts, &mut shake.finalize_xof());
        }
    }
}
