//! A frame: one piece of code running on one account.

use crate::code::Code;
use crate::interpreter::{Cursor, Stack, Window};
use crate::state::{AccountId, Checkpoint};
use primitive_types::{H160, U256};
use std::ops::Range;
use std::sync::Arc;

/// What is done with the result of a frame.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// Output goes to this range of the caller's memory.
    Call { output: Range<usize> },
    /// Output becomes the code of the new account.
    Create,
}

pub(crate) struct Frame {
    pub(crate) code: Arc<Code>,
    /// Account whose storage is used.
    pub(crate) address: H160,
    pub(crate) account: AccountId,
    pub(crate) caller: H160,
    pub(crate) value: U256,
    pub(crate) is_static: bool,
    /// The cursor is in the code's program, not in its bytes.
    pub(crate) decoded: bool,
    /// Gas it began with, less what has been counted as its code's heat.
    pub(super) gas: u64,
    /// Call data as a place in the shared memory; `None` for the message's own.
    pub(crate) shared_input: Option<(usize, usize)>,
    pub(super) purpose: Purpose,
    /// Undone to when the frame fails.
    pub(super) checkpoint: Checkpoint,
    pub(super) stack: Stack,
    /// The memory of the frame that waits for this one.
    pub(super) caller_memory: Window,
    /// Where to go on, while a callee runs.
    pub(super) resume: Cursor,
}

impl Frame {
    /// Stands for the world outside the first frame.
    pub(crate) fn idle() -> Self {
        Self {
            code: Code::empty(),
            address: H160::zero(),
            account: AccountId::default(),
            caller: H160::zero(),
            value: U256::zero(),
            is_static: false,
            decoded: false,
            gas: 0,
            shared_input: None,
            purpose: Purpose::Create,
            checkpoint: Checkpoint::default(),
            stack: Stack::new(),
            caller_memory: Window::default(),
            resume: Cursor { ip: std::ptr::null(), sp: std::ptr::null_mut(), gas: 0 },
        }
    }
}
