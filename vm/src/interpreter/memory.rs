//! Memory: one buffer for all frames of a message, each frame's bytes behind its caller's.

use super::word::{self, Word};
use erbium_claims::Halt;

/// Beyond this end an access costs more gas than any block has: 2^45 for the first byte over it.
const LARGEST: u64 = u32::MAX as u64;

/// Volatile memory of the running frame, and below it that of the frames that wait for it.
#[derive(Debug, Default, Clone)]
pub struct Memory {
    bytes: Vec<u8>,
    /// Where the running frame's memory starts in `bytes`.
    base: usize,
    /// Its size in bytes, a multiple of 32.
    len: usize,
    /// Most bytes a frame may have; local sandboxes only.
    limit: Option<usize>,
}

/// A caller's view, kept while its callee runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    base: usize,
    len: usize,
}

/// Gas for `words` words of memory in all: 3 a word and a 512th of the square (yellow paper, appendix G).
pub(crate) fn cost(words: u64) -> u64 {
    3 * words + words * words / 512
}

impl Memory {
    /// Empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bounds the size of each frame's memory in bytes.
    pub fn set_limit(&mut self, limit: Option<usize>) {
        self.limit = limit;
    }

    /// Size in bytes, a multiple of 32 (MSIZE).
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True before the first access.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All bytes of the running frame.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.base..self.base + self.len).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.base..self.base + self.len).unwrap_or_default()
    }

    /// `size` bytes from `offset`, growing memory as far as needed; free of gas.
    ///
    /// # Errors
    /// [`Halt::OutOfMemory`] past the limit.
    pub fn read(&mut self, offset: usize, size: usize) -> Result<&[u8], Halt> {
        let end = offset.checked_add(size).ok_or(Halt::OutOfMemory)?;
        if size > 0 && end > self.len {
            self.grow(end)?;
        }
        Ok(self.slice(offset, size))
    }

    /// Writes `data` at `offset`, growing memory as far as needed; free of gas.
    ///
    /// # Errors
    /// [`Halt::OutOfMemory`] past the limit.
    pub fn write(&mut self, offset: usize, data: &[u8]) -> Result<(), Halt> {
        let end = offset.checked_add(data.len()).ok_or(Halt::OutOfMemory)?;
        if !data.is_empty() && end > self.len {
            self.grow(end)?;
        }
        self.put(offset, data);
        Ok(())
    }

    /// Bytes that are already there; a range beyond the size reads as far as it goes.
    #[inline]
    pub(crate) fn slice(&self, offset: usize, size: usize) -> &[u8] {
        let bytes = self.bytes();
        let start = offset.min(bytes.len());
        &bytes[start..start.saturating_add(size).min(bytes.len())]
    }

    /// Overwrites bytes that are already there; nothing is written beyond the size.
    #[inline]
    pub(crate) fn put(&mut self, offset: usize, data: &[u8]) {
        if let Some(target) = self.bytes_mut().get_mut(offset..) {
            let len = data.len().min(target.len());
            target[..len].copy_from_slice(&data[..len]);
        }
    }

    /// Copies `source[from..]` to `offset..offset + size`, zeros where the source ends; the range must be there.
    pub(crate) fn put_padded(&mut self, offset: usize, source: &[u8], from: u64, size: usize) {
        let Some(target) = self.bytes_mut().get_mut(offset..offset.saturating_add(size)) else { return };
        let available = usize::try_from(from).ok().and_then(|from| source.get(from..)).unwrap_or_default();
        let len = available.len().min(size);
        target[..len].copy_from_slice(&available[..len]);
        target[len..].fill(0);
    }

    /// As [`Self::put_padded`] from a range of the shared buffer, which ends before the running frame's bytes.
    pub(crate) fn put_shared(&mut self, offset: usize, source: (usize, usize), from: u64, size: usize) {
        let (start, available) = source;
        let Some((callers, own)) = self.bytes.split_at_mut_checked(self.base) else { return };
        let Some(target) = own.get_mut(offset..offset.saturating_add(size)) else { return };
        let source = callers.get(start..start + available).unwrap_or_default();
        let source = usize::try_from(from).ok().and_then(|from| source.get(from..)).unwrap_or_default();
        let len = source.len().min(size);
        target[..len].copy_from_slice(&source[..len]);
        target[len..].fill(0);
    }

    /// Charges for and grows to the range of `size` bytes at `offset`. Answers the range and the gas left.
    #[inline(always)]
    pub(crate) fn reserve(
        &mut self,
        offset: &Word,
        size: &Word,
        gas: i64,
    ) -> Result<(usize, usize, i64), Halt> {
        let size = match word::to_u64(size) {
            Some(0) => return Ok((0, 0, gas)),
            Some(size @ ..=LARGEST) => size as usize,
            _ => return Err(Halt::OutOfGas),
        };
        let (offset, gas) = self.reserve_fixed(offset, size, gas)?;
        Ok((offset, size, gas))
    }

    /// As [`Self::reserve`] for a size above zero that the instruction fixes.
    #[inline(always)]
    pub(crate) fn reserve_fixed(
        &mut self,
        offset: &Word,
        size: usize,
        gas: i64,
    ) -> Result<(usize, i64), Halt> {
        let Some(offset @ ..=LARGEST) = word::to_u64(offset) else { return Err(Halt::OutOfGas) };
        let end = offset as usize + size;
        if end <= self.len {
            return Ok((offset as usize, gas));
        }
        let left = self.charge_and_grow(end, gas);
        match left {
            0.. => Ok((offset as usize, left)),
            OVER_LIMIT => Err(Halt::OutOfMemory),
            _ => Err(Halt::OutOfGas),
        }
    }

    /// Gas left after growing to `end`, or a negative code: plain integers keep the instructions that call this free of
    /// locals with an address.
    #[cold]
    #[inline(never)]
    fn charge_and_grow(&mut self, end: usize, gas: i64) -> i64 {
        let price = cost(end.div_ceil(32) as u64) - cost((self.len / 32) as u64);
        let Some(left) =
            i64::try_from(price).ok().and_then(|price| gas.checked_sub(price)).filter(|&left| left >= 0)
        else {
            return OUT_OF_GAS;
        };
        if self.grow(end).is_err() { OVER_LIMIT } else { left }
    }

    fn grow(&mut self, end: usize) -> Result<(), Halt> {
        let new_len = end.div_ceil(32) * 32;
        if self.limit.is_some_and(|limit| new_len > limit) {
            return Err(Halt::OutOfMemory);
        }
        let (from, to) = (self.base + self.len, self.base + new_len);
        // A frame that ended may have left its bytes here.
        let stale = self.bytes.len().min(to);
        if from < stale {
            self.bytes[from..stale].fill(0);
        }
        if self.bytes.len() < to {
            self.bytes.resize(to, 0);
        }
        self.len = new_len;
        Ok(())
    }

    /// Opens an empty window behind the running frame's bytes.
    pub(crate) fn enter(&mut self) -> Window {
        let caller = Window { base: self.base, len: self.len };
        self.base += self.len;
        self.len = 0;
        caller
    }

    /// Returns to the caller's window.
    pub(crate) fn leave(&mut self, caller: Window) {
        self.base = caller.base;
        self.len = caller.len;
    }

    /// Bytes of any live frame by their place in the shared buffer.
    pub(crate) fn shared(&self, start: usize, len: usize) -> &[u8] {
        self.bytes.get(start..start + len).unwrap_or_default()
    }

    /// Where the running frame's memory starts in the shared buffer.
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// Forgets every frame.
    pub(crate) fn reset(&mut self) {
        self.base = 0;
        self.len = 0;
    }

    /// Overwrites everything with zeros.
    pub fn wipe(&mut self) {
        self.bytes.fill(0);
        std::hint::black_box(&mut self.bytes);
        self.reset();
    }
}

const OUT_OF_GAS: i64 = -1;
const OVER_LIMIT: i64 = -2;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn growing_charges_the_difference() {
        let mut memory = Memory::new();
        let (_, gas) = memory.reserve_fixed(&Word::from(0), 32, 1000).unwrap();
        assert_eq!(gas, 997);
        let (_, gas) = memory.reserve_fixed(&Word::from(1), 32, gas).unwrap();
        assert_eq!(gas, 994);
        assert_eq!(memory.len(), 64);
        // 724 words: 2172 + 1023 = 3195.
        let (_, left) = memory.reserve_fixed(&Word::from(723 * 32), 32, 3195 - 6).unwrap();
        assert_eq!(left, 0);
        assert_eq!(memory.reserve_fixed(&Word::from(724 * 32), 1, 2), Err(Halt::OutOfGas));
        assert_eq!(memory.reserve(&Word::MAX, &Word::zero(), 5), Ok((0, 0, 5)));
        assert_eq!(memory.reserve(&Word::MAX, &Word::one(), 5), Err(Halt::OutOfGas));
    }

    #[test]
    fn a_callee_finds_zeros_and_leaves_its_caller_alone() {
        let mut memory = Memory::new();
        memory.write(0, &[7; 32]).unwrap();
        for _ in 0..2 {
            let caller = memory.enter();
            assert_eq!(memory.read(0, 64).unwrap(), [0; 64]);
            memory.write(0, &[9; 64]).unwrap();
            memory.leave(caller);
        }
        assert_eq!(memory.bytes(), [7; 32]);
        assert_eq!(memory.read(32, 32).unwrap(), [0; 32]);
    }

    #[test]
    fn a_limit_holds() {
        let mut memory = Memory::new();
        memory.set_limit(Some(64));
        assert_eq!(memory.write(33, &[1; 32]), Err(Halt::OutOfMemory));
        assert_eq!(memory.write(32, &[1; 32]), Ok(()));
        assert_eq!(memory.reserve_fixed(&Word::from(64), 1, 1 << 40), Err(Halt::OutOfMemory));
    }
}
