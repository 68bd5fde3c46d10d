//! Merlin transcripts: STROBE-128 as far as they use it (merlin 1.0, STROBE 1.0.2).
//!
//! Crate `merlin` wants labels that live for ever; here a label is data of a claim. Everything here is public: nothing is
//! wiped.

use curve25519_dalek::Scalar;
use keccak::{Fn1600, Keccak};

/// Bytes of the state that a block fills: 200 less twice the security level, less two for framing.
const RATE: usize = 166;

/// Flags of STROBE operations: from the prover, additional data, to the caller, framing.
const INBOUND: u8 = 1;
const APPLICATION: u8 = 2;
const CIPHER: u8 = 4;
const META: u8 = 16;

/// A transcript: takes in messages, gives challenges that depend on all of them.
#[derive(Clone)]
pub struct Transcript {
    state: [u8; 200],
    /// Bytes of the current block that are taken.
    at: usize,
    /// Where the current operation began, plus one; 0 where it began before this block.
    begin: u8,
}

impl Transcript {
    /// A transcript of the protocol that `label` names.
    pub fn new(label: &[u8]) -> Self {
        let mut state = [0; 200];
        state[..6].copy_from_slice(&[1, RATE as u8 + 2, 1, 0, 1, 96]);
        state[6..18].copy_from_slice(b"STROBEv1.0.2");
        permute(&mut state);
        let mut transcript = Self { state, at: 0, begin: 0 };
        transcript.operation(META | APPLICATION);
        transcript.absorb(b"Merlin v1.0");
        transcript.append(b"dom-sep", label);
        transcript
    }

    /// Takes in a message.
    pub fn append(&mut self, label: &[u8], message: &[u8]) {
        self.frame(label, message.len());
        self.operation(APPLICATION);
        self.absorb(message);
    }

    /// Takes in a number, as eight bytes, little-endian.
    pub fn append_u64(&mut self, label: &[u8], number: u64) {
        self.append(label, &number.to_le_bytes());
    }

    /// Gives bytes that depend on everything so far.
    pub fn challenge(&mut self, label: &[u8], bytes: &mut [u8]) {
        self.frame(label, bytes.len());
        self.operation(INBOUND | APPLICATION | CIPHER);
        for byte in bytes {
            *byte = std::mem::take(&mut self.state[self.at]);
            self.advance();
        }
    }

    /// A scalar from 64 such bytes, reduced.
    pub fn challenge_scalar(&mut self, label: &[u8]) -> Scalar {
        let mut wide = [0; 64];
        self.challenge(label, &mut wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    }

    /// What is coming: a label and a length.
    fn frame(&mut self, label: &[u8], len: usize) {
        self.operation(META | APPLICATION);
        self.absorb(label);
        // Messages are bounded by the claims that they are parts of: far below 2^32 bytes.
        self.absorb(&(len as u32).to_le_bytes());
    }

    fn operation(&mut self, flags: u8) {
        let before = self.begin;
        // At most RATE.
        self.begin = self.at as u8 + 1;
        self.absorb(&[before, flags]);
        if flags & CIPHER != 0 && self.at != 0 {
            self.close();
        }
    }

    fn absorb(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(RATE - self.at));
            for (slot, byte) in self.state[self.at..].iter_mut().zip(now) {
                *slot ^= byte;
            }
            self.at += now.len();
            if self.at == RATE {
                self.close();
            }
            rest = later;
        }
    }

    fn advance(&mut self) {
        self.at += 1;
        if self.at == RATE {
            self.close();
        }
    }

    /// Ends a block.
    fn close(&mut self) {
        self.state[self.at] ^= self.begin;
        self.state[self.at + 1] ^= 4;
        self.state[RATE + 1] ^= 0x80;
        permute(&mut self.state);
        self.at = 0;
        self.begin = 0;
    }
}

fn permute(state: &mut [u8; 200]) {
    let mut lanes = [0; 25];
    for (lane, bytes) in lanes.iter_mut().zip(state.as_chunks().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    Keccak::new().with_f1600(|f1600: Fn1600| f1600(&mut lanes));
    for (bytes, lane) in state.as_chunks_mut().0.iter_mut().zip(&lanes) {
        *bytes = lane.to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn crate_merlin_gives_the_same_challenges(
            label in prop::collection::vec(any::<u8>(), 0..300),
            steps in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..400), 0usize..400), 0..6),
        ) {
            let mut ours = Transcript::new(&label);
            // A test may leak its labels.
            let mut theirs = merlin::Transcript::new(label.leak());
            for (message, len) in &steps {
                ours.append(b"message", message);
                theirs.append_message(b"message", message);
                ours.append_u64(b"n", *len as u64);
                theirs.append_u64(b"n", *len as u64);
                let (mut our_bytes, mut their_bytes) = (vec![0; *len], vec![0; *len]);
                ours.challenge(b"challenge", &mut our_bytes);
                theirs.challenge_bytes(b"challenge", &mut their_bytes);
                prop_assert_eq!(our_bytes, their_bytes);
            }
            let mut wide = [0; 64];
            theirs.challenge_bytes(b"c", &mut wide);
            prop_assert_eq!(ours.challenge_scalar(b"c"), Scalar::from_bytes_mod_order_wide(&wide));
        }
    }
}
