//! The interpreter: code, stack and memory of one frame at a time.
//!
//! Instructions are safe functions over the stack slots they name; [`dispatch`] checks a row of the opcode table before
//! each and is, with [`stack`], the only place that works with pointers. Calls and extensions do not recurse: the
//! instruction leaves an [`Action`] and suspends the frame, and the driver in `evm` goes on from there.

mod action;
mod decode;
mod dispatch;
mod memory;
mod ops;
mod stack;
pub(crate) mod word;

pub use action::{Action, Answer, CallKind, CallRequest, CreateRequest, Question};
pub(crate) use decode::{Program, Rules};
pub(crate) use dispatch::{Cursor, Instructions, Step, run};
pub use memory::Memory;
pub(crate) use memory::Window;
pub(crate) use stack::SpareStacks;
pub use stack::{Stack, StackValue};
