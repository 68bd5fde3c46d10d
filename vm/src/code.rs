//! Contract code, prepared once for execution.

use crate::interpreter::{Program, Rules};
use crate::keccak::{EMPTY_CODE_HASH, keccak256};
use primitive_types::{H160, H256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Zero bytes (STOP) behind the code, so that an instruction and its 32-byte immediate can be read at any valid
/// position without a bound check.
const PADDING: usize = 33;
/// What a delegated account's code starts with (EIP-7702).
const DELEGATION_PREFIX: [u8; 3] = [0xef, 0x01, 0x00];

/// Immutable code with its hash; the jump destinations are found at first use.
#[derive(Debug)]
pub struct Code {
    padded: Box<[u8]>,
    len: usize,
    hash: H256,
    jumpdests: OnceLock<Box<[u64]>>,
    /// Gas that frames of this code have used.
    heat: AtomicU64,
    program: OnceLock<Option<Program>>,
}

impl Code {
    /// Gas used per byte of code above which it is decoded. Mainnet blocks on new code ran at 0.99 of revm's speed with
    /// 16, at 1.14 with 64, at 1.25 with 256; code that lasts gets there with any of them.
    pub const WARM: u64 = 256;

    /// Prepares `bytes` and hashes them.
    pub fn new(bytes: &[u8]) -> Arc<Self> {
        let hash = if bytes.is_empty() { EMPTY_CODE_HASH } else { keccak256(bytes) };
        Self::with_hash(bytes, hash)
    }

    /// Prepares `bytes` whose hash is known; init code, which nobody asks for its hash, may pass zero.
    pub fn with_hash(bytes: &[u8], hash: H256) -> Arc<Self> {
        let mut padded = Vec::with_capacity(bytes.len() + PADDING);
        padded.extend_from_slice(bytes);
        padded.resize(bytes.len() + PADDING, 0);
        Arc::new(Self {
            padded: padded.into(),
            len: bytes.len(),
            hash,
            jumpdests: OnceLock::new(),
            heat: AtomicU64::new(0),
            program: OnceLock::new(),
        })
    }

    /// The code of an account that has none.
    pub fn empty() -> Arc<Self> {
        static EMPTY: OnceLock<Arc<Code>> = OnceLock::new();
        Arc::clone(EMPTY.get_or_init(|| Self::with_hash(&[], EMPTY_CODE_HASH)))
    }

    /// The code of an account that delegates to `target` (EIP-7702).
    pub fn delegating_to(target: H160) -> Arc<Self> {
        let mut bytes = [0u8; 23];
        bytes[..3].copy_from_slice(&DELEGATION_PREFIX);
        bytes[3..].copy_from_slice(target.as_bytes());
        Self::new(&bytes)
    }

    /// The bytes, without padding.
    pub fn bytes(&self) -> &[u8] {
        &self.padded[..self.len]
    }

    /// The bytes with at least 33 zero bytes behind them.
    pub(crate) fn padded(&self) -> &[u8] {
        &self.padded
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True for no code.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Keccak-256 of the bytes.
    pub fn hash(&self) -> H256 {
        self.hash
    }

    /// Where the account delegates to, if this is a delegation (EIP-7702).
    pub fn delegation(&self) -> Option<H160> {
        let target = self.bytes().strip_prefix(&DELEGATION_PREFIX)?;
        (target.len() == 20).then(|| H160::from_slice(target))
    }

    /// Notes gas that a frame of this code has used, or will: code known to be hot can be decoded at its first call.
    pub fn heat(&self, gas: u64) {
        self.heat.fetch_add(gas, Ordering::Relaxed);
    }

    /// The decoded form, where there is one.
    #[inline(always)]
    pub(crate) fn program(&self) -> Option<&Program> {
        self.program.get()?.as_ref()
    }

    /// The decoded form under `rules`, made where the code has become warm.
    pub(crate) fn program_for(&self, rules: Rules) -> Option<&Program> {
        if self.program.get().is_none() {
            if self.heat.load(Ordering::Relaxed) <= Self::WARM * self.len as u64 {
                return None;
            }
            self.program.get_or_init(|| Program::decode(self.bytes(), self.jumpdests(), rules));
        }
        self.program().filter(|program| program.rules() == rules)
    }

    /// One bit a byte of code, set where a JUMPDEST stands that is not part of a PUSH's immediate.
    #[inline]
    pub fn jumpdests(&self) -> &[u64] {
        match self.jumpdests.get() {
            Some(found) => found,
            None => self.find_jumpdests(),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_jumpdests(&self) -> &[u64] {
        self.jumpdests.get_or_init(|| jumpdests(self.bytes()))
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

fn jumpdests(code: &[u8]) -> Box<[u64]> {
    let mut bits = vec![0u64; code.len().div_ceil(64)].into_boxed_slice();
    let mut rest = code.iter();
    while let Some(&byte) = rest.next() {
        // PUSH1 to PUSH32 are 0x60 to 0x7f; as signed bytes they are exactly those from 0x60 up.
        if (byte as i8) >= 0x60 {
            rest.nth(usize::from(byte - 0x60));
        } else if byte == 0x5b {
            let at = code.len() - rest.len() - 1;
            bits[at / 64] |= 1 << (at % 64);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumpdests_skip_immediates() {
        let code = Code::new(&[0x5b, 0x60, 0x5b, 0x5b, 0x61, 0x5b]);
        assert_eq!(code.jumpdests(), [0b1001]);
    }

    #[test]
    fn a_delegation_reads_back() {
        let target = H160::repeat_byte(7);
        assert_eq!(Code::delegating_to(target).delegation(), Some(target));
        assert_eq!(Code::new(&[0xef, 0x01, 0x00]).delegation(), None);
        assert_eq!(Code::empty().delegation(), None);
    }
}
