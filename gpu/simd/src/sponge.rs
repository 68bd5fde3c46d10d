//! SHAKE256 over one message, SHAKE256 and Keccak-256 over four at once.

use crate::Kernels;
use crate::keccak::States;

/// Bytes that SHAKE256 and Keccak-256 take or give a permutation.
pub const RATE_256: usize = 136;
/// What follows the message: FIPS 202's bits for SHAKE, and Keccak's own, from before FIPS 202.
const SHAKE: u8 = 0x1f;
const KECCAK: u8 = 0x01;

/// A message in parts, without joining them: gives block after block, padded.
struct Blocks<'a, 'b> {
    parts: &'b [&'a [u8]],
    part: &'a [u8],
    /// Blocks left, the padded one among them.
    left: usize,
    /// Byte behind the message.
    suffix: u8,
}

impl<'a, 'b> Blocks<'a, 'b> {
    fn new(parts: &'b [&'a [u8]], suffix: u8) -> Self {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        Self { parts, part: &[], left: len / RATE_256 + 1, suffix }
    }

    /// The next block; only to be asked while some are left.
    fn next(&mut self) -> [u8; RATE_256] {
        let mut block = [0; RATE_256];
        let mut filled = 0;
        while filled < RATE_256 {
            if self.part.is_empty() {
                let Some((first, rest)) = self.parts.split_first() else { break };
                (self.part, self.parts) = (first, rest);
                continue;
            }
            let count = self.part.len().min(RATE_256 - filled);
            let (now, later) = self.part.split_at(count);
            block[filled..filled + count].copy_from_slice(now);
            (self.part, filled) = (later, filled + count);
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            block[filled] ^= self.suffix;
            block[RATE_256 - 1] ^= 0x80;
        }
        block
    }
}

fn words(block: &[u8; RATE_256]) -> impl Iterator<Item = u64> + '_ {
    block.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word))
}

/// SHAKE256's output, a block at a time.
#[derive(Clone, Debug)]
pub struct Shake256 {
    kernels: Kernels,
    state: [u64; 25],
}

impl Shake256 {
    /// The block that is at hand.
    pub fn block(&self) -> [u8; RATE_256] {
        let mut block = [0; RATE_256];
        for (bytes, word) in block.as_chunks_mut::<8>().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        block
    }

    /// Goes on to the next block.
    pub fn advance(&mut self) {
        self.kernels.permute(&mut self.state);
    }

    /// The first bytes of the block at hand, as many as `N` is, 136 at most.
    pub fn first<const N: usize>(&self) -> [u8; N] {
        const { assert!(N <= RATE_256) };
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.block()[..N]);
        bytes
    }
}

/// The lane that a guest has among four states.
const GUEST: usize = 3;

/// A message on its way into SHAKE256, in the lane that [`Kernels::uniform3`] leaves free.
pub struct Absorbing<'a> {
    blocks: Blocks<'a, 'a>,
    state: [u64; 25],
}

impl<'a> Absorbing<'a> {
    /// A message of which nothing is taken in yet.
    pub fn new(message: &'a [u8]) -> Self {
        let blocks = Blocks { parts: &[], part: message, left: message.len() / RATE_256 + 1, suffix: SHAKE };
        Self { blocks, state: [0; 25] }
    }

    /// True while there are blocks to take in.
    pub fn is_hungry(&self) -> bool {
        self.blocks.left > 0
    }

    /// Takes in what is left.
    pub fn finish(mut self, kernels: Kernels) -> Shake256 {
        while self.is_hungry() {
            for (word, new) in self.state.iter_mut().zip(words(&self.blocks.next())) {
                *word ^= new;
            }
            kernels.permute(&mut self.state);
        }
        Shake256 { kernels, state: self.state }
    }

    pub(crate) fn enter(&self, states: &mut States) {
        for (words, word) in states.0.iter_mut().zip(self.state) {
            words[GUEST] = word;
        }
    }

    /// Puts a block into the lane, if there is one.
    pub(crate) fn feed(&mut self, states: &mut States) -> bool {
        if !self.is_hungry() {
            return false;
        }
        for (lane, new) in states.0.iter_mut().zip(words(&self.blocks.next())) {
            lane[GUEST] ^= new;
        }
        true
    }

    pub(crate) fn leave(&mut self, states: &States) {
        self.state = states.0.map(|words| words[GUEST]);
    }
}

impl Kernels {
    /// SHAKE256 of a message in parts.
    pub fn shake256<'a>(self, parts: &'a [&'a [u8]]) -> Shake256 {
        Absorbing { blocks: Blocks::new(parts, SHAKE), state: [0; 25] }.finish(self)
    }

    /// SHAKE256 of four messages, each in parts.
    pub fn shake256_four(self, messages: [&[&[u8]]; 4]) -> [Shake256; 4] {
        self.four(messages, SHAKE)
    }

    /// Keccak-256 of four messages.
    pub fn keccak256_four(self, messages: [&[u8]; 4]) -> [[u8; 32]; 4] {
        let [a, b, c, d] = messages.each_ref().map(std::slice::from_ref);
        self.four([a, b, c, d], KECCAK).map(|sponge| sponge.first())
    }

    fn four(self, messages: [&[&[u8]]; 4], suffix: u8) -> [Shake256; 4] {
        let mut blocks = messages.map(|parts| Blocks::new(parts, suffix));
        let mut done = [const { [0; 25] }; 4];
        let mut states = States::ZERO;
        while blocks.iter().any(|blocks| blocks.left > 0) {
            let mut ends = [false; 4];
            for (lane, blocks) in blocks.iter_mut().enumerate().filter(|(_, blocks)| blocks.left > 0) {
                for (word, new) in states.0.iter_mut().zip(words(&blocks.next())) {
                    word[lane] ^= new;
                }
                ends[lane] = blocks.left == 0;
            }
            self.permute4(&mut states);
            for lane in (0..4).filter(|lane| ends[*lane]) {
                done[lane] = states.0.map(|word| word[lane]);
            }
        }
        done.map(|state| Shake256 { kernels: self, state })
    }
}
