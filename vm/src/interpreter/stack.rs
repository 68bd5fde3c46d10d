//! The operand stack: 1,024 words in a block whose address tells the height.
//!
//! Blocks are aligned to [`Stack::ALIGNMENT`], and the pointer to the next free slot is all the interpreter keeps: its
//! low bits are the height in bytes. Instructions whose needs the dispatcher has checked use that pointer directly;
//! everybody else uses the checked methods.
#![allow(
    unsafe_code,
    reason = "slots are addressed by pointer in the dispatch loop; every public method is checked"
)]

use super::word::{Word, ZERO};
use erbium_claims::Halt;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::RefCell;
use std::ptr::NonNull;

/// What a stack holds.
pub type StackValue = Word;

/// Most stacks a thread keeps: 1 MB of them, and deeper than calls usually go.
const POOLED: usize = 32;

thread_local! {
    static POOL: RefCell<Vec<Stack>> = const { RefCell::new(Vec::new()) };
}

/// Stacks not in use. When it is dropped it leaves some to the next one in its thread: a new stack costs clearing 33 KB.
#[derive(Default)]
pub(crate) struct SpareStacks(Vec<Stack>);

impl SpareStacks {
    /// A stack with whatever it held last.
    pub(crate) fn take(&mut self) -> Stack {
        self.0.pop().or_else(|| POOL.with_borrow_mut(Vec::pop)).unwrap_or_default()
    }

    /// Keeps a stack for later.
    pub(crate) fn put(&mut self, stack: Stack) {
        self.0.push(stack);
    }

    /// Overwrites all of them with zeros.
    pub(crate) fn wipe(&mut self) {
        self.0.iter_mut().for_each(Stack::wipe);
    }
}

impl Drop for SpareStacks {
    fn drop(&mut self) {
        // A thread that is ending has no pool any more; the stacks are freed then.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            let room = POOLED.saturating_sub(pool.len()).min(self.0.len());
            pool.extend(self.0.drain(..room));
        });
    }
}

/// An operand stack of at most 1,024 words.
pub struct Stack {
    /// First slot of a zeroed block of `Self::BLOCK` words that this value owns.
    base: NonNull<Word>,
    len: usize,
}

// SAFETY: the block is owned and holds plain integers.
unsafe impl Send for Stack {}

impl Stack {
    /// Most items.
    pub const LIMIT: usize = 1024;
    /// Twice the bytes of a full stack, so that a full one does not read as empty.
    pub(crate) const ALIGNMENT: usize = 2 * Self::LIMIT * size_of::<Word>();
    /// Slots of a block: those of a full stack and as many above it as one instruction's view can cover.
    const BLOCK: usize = Self::LIMIT + 32;

    const LAYOUT: Layout = match Layout::from_size_align(Self::BLOCK * size_of::<Word>(), Self::ALIGNMENT) {
        Ok(layout) => layout,
        Err(_) => panic!("the alignment is a power of two"),
    };

    /// An empty stack.
    pub fn new() -> Self {
        // SAFETY: the layout is not of size zero; all zeros is a valid `Word`.
        let block = unsafe { alloc_zeroed(Self::LAYOUT) }.cast::<Word>();
        match NonNull::new(block) {
            Some(base) => Self { base, len: 0 },
            None => handle_alloc_error(Self::LAYOUT),
        }
    }

    /// Items held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when nothing is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts an item on top.
    ///
    /// # Errors
    /// [`Halt::StackOverflow`] at 1,024 items.
    pub fn push(&mut self, value: StackValue) -> Result<(), Halt> {
        if self.len >= Self::LIMIT {
            return Err(Halt::StackOverflow);
        }
        // SAFETY: `len` is below the block's size.
        unsafe { self.base.as_ptr().add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Takes the top item.
    ///
    /// # Errors
    /// [`Halt::StackUnderflow`] when empty.
    pub fn pop(&mut self) -> Result<StackValue, Halt> {
        self.len = self.len.checked_sub(1).ok_or(Halt::StackUnderflow)?;
        // SAFETY: the slot is inside the block and was initialised when the block was.
        Ok(unsafe { self.base.as_ptr().add(self.len).read() })
    }

    /// The item `depth` below the top, 0 being the top.
    pub fn peek(&self, depth: usize) -> Option<&StackValue> {
        self.items().iter().rev().nth(depth)
    }

    /// All items, bottom first.
    pub fn items(&self) -> &[StackValue] {
        // SAFETY: the first `len` slots are inside the block and initialised.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.len) }
    }

    /// Empties the stack.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Overwrites every slot with zeros and empties the stack.
    pub fn wipe(&mut self) {
        for at in 0..Self::BLOCK {
            // SAFETY: `at` is inside the block. Volatile, so that wiping a block about to be freed is not dropped.
            unsafe { self.base.as_ptr().add(at).write_volatile(ZERO) };
        }
        self.len = 0;
    }

    /// Pointer to the next free slot.
    pub(crate) fn top(&mut self) -> *mut Word {
        // SAFETY: `len` is at most the block's size.
        unsafe { self.base.as_ptr().add(self.len) }
    }

    /// Takes over the height that the dispatch loop left.
    pub(crate) fn set_top(&mut self, top: *const Word) {
        self.len = height_bytes(top) / size_of::<Word>();
        debug_assert!(self.len <= Self::LIMIT);
    }
}

/// Height in bytes of the stack whose next free slot is `top`.
#[inline(always)]
pub(crate) fn height_bytes(top: *const Word) -> usize {
    top.addr() & (Stack::ALIGNMENT - 1)
}

impl Default for Stack {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout in `new`, freed once.
        unsafe { dealloc(self.base.as_ptr().cast(), Self::LAYOUT) };
    }
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.items()).finish()
    }
}

impl Clone for Stack {
    fn clone(&self) -> Self {
        let mut copy = Self::new();
        for &item in self.items() {
            let pushed = copy.push(item);
            debug_assert!(pushed.is_ok());
        }
        copy
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_kept() {
        let mut stack = Stack::new();
        assert_eq!(stack.pop(), Err(Halt::StackUnderflow));
        for at in 0..Stack::LIMIT {
            assert_eq!(height_bytes(stack.top()), at * 32);
            stack.push(Word::from(at)).unwrap();
        }
        assert_eq!(stack.push(ZERO), Err(Halt::StackOverflow));
        assert_eq!(height_bytes(stack.top()), Stack::LIMIT * 32);
        assert_eq!(stack.peek(0), Some(&Word::from(1023)));
        assert_eq!(stack.peek(1023), Some(&ZERO));
        assert_eq!(stack.peek(1024), None);
        assert_eq!(stack.clone().items(), stack.items());
        assert_eq!(stack.pop(), Ok(Word::from(1023)));
        stack.wipe();
        assert!(stack.is_empty());
    }
}
