//! What a suspended frame asks for.

use erbium_claims::{Claim, Derivation};
use primitive_types::{H160, H256, U256};
use std::ops::Range;

/// How a call treats its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// CALL.
    Call,
    /// CALLCODE: the target's code on the caller's own account.
    CallCode,
    /// DELEGATECALL: as CALLCODE, with the caller's caller and value (EIP-7).
    DelegateCall,
    /// STATICCALL: no state changes (EIP-214).
    StaticCall,
}

/// A call that a frame wants made. Its gas has been taken from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRequest {
    /// CALL and its relatives.
    pub kind: CallKind,
    /// Whose code runs.
    pub target: H160,
    /// Where that code comes from, when the target delegates (EIP-7702).
    pub delegate: Option<H160>,
    /// Value sent, or shown to the callee by DELEGATECALL.
    pub value: U256,
    /// Gas for the callee, stipend included.
    pub gas: u64,
    /// Call data, as a range of the caller's memory.
    pub input: Range<usize>,
    /// Where the caller wants the output, as a range of its memory.
    pub output: Range<usize>,
}

/// A contract creation that a frame wants made. Its gas has been taken from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRequest {
    /// Value endowed.
    pub value: U256,
    /// CREATE2's salt; `None` for CREATE.
    pub salt: Option<H256>,
    /// Gas for the init code.
    pub gas: u64,
    /// The init code, as a range of the creator's memory.
    pub init_code: Range<usize>,
}

/// What becomes of the answer's bytes. Ranges are of the frame's memory, reserved and paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 32 bytes: the word to push.
    Word,
    /// As many as the range is long: written there, and their number is pushed.
    Length(Range<usize>),
    /// The first 32 are the word to push, the rest, at most as many as the range is long, is written there.
    WordThenBytes(Range<usize>),
    /// So many bytes: what the frame returns. It ends with them; it is a precompile's and has no code.
    Return(usize),
}

/// A question to the coprocessor. The gas for it has been taken from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Answered by a word that is 1 or 0.
    Claim {
        /// What is claimed.
        claim: Claim,
        /// What becomes of the word.
        answer: Answer,
    },
    /// Answered by derived bytes.
    Derive {
        /// What to compute.
        derivation: Derivation,
        /// What becomes of the bytes.
        answer: Answer,
    },
}

/// Why a frame is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Run another frame.
    Call(CallRequest),
    /// Run init code.
    Create(CreateRequest),
    /// Ask the coprocessor.
    Ask(Question),
}
