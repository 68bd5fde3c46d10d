//! The pieces that random programs are made of.

use primitive_types::{H160, U256};

/// Who takes part in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    Sender,
    /// An account without code that may delegate.
    Authority,
    /// A contract of the case, by number; there may be fewer.
    Contract(u8),
    Precompile(u16),
    Coinbase,
    /// Nobody has used this address.
    Nobody,
}

impl Party {
    /// Its address.
    pub(crate) fn address(self) -> H160 {
        match self {
            Self::Sender => H160::repeat_byte(0x5e),
            Self::Authority => H160::repeat_byte(0xa0),
            Self::Contract(number) => H160::repeat_byte(0xc0 + number),
            Self::Precompile(number) => H160::from_low_u64_be(number.into()),
            Self::Coinbase => H160::repeat_byte(0xcb),
            Self::Nobody => H160::repeat_byte(0xee),
        }
    }

    /// Its address as a word.
    pub(crate) fn word(self) -> U256 {
        U256::from_big_endian(self.address().as_bytes())
    }
}

/// A number to compute with, and the least number of bytes it is pushed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(crate) value: U256,
    pub(crate) width: u8,
}

/// Whom an instruction is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Party(Party),
    /// Whatever lies on the stack, such as the address of a creation.
    Top,
}

/// Gas that a call asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallGas {
    Fixed(u16),
    /// All but this much.
    AllBut(u16),
    /// More than there can be.
    Most,
}

/// A region of memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    pub(crate) offset: u16,
    pub(crate) len: u16,
}

/// What init code does before it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Init {
    /// Returns these bytes as code.
    Returns([u8; 4], u8),
    /// Writes a slot, then returns this many zeros.
    Stores {
        slot: u8,
        value: u8,
        len: u16,
    },
    Reverts,
    Destroys(Party),
    Breaks,
    Empty,
}

/// How a counted loop counts and jumps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counting {
    /// PUSH 1, SWAP1, SUB, DUP1, PUSH, JUMPI.
    Down,
    /// PUSH 1, ADD, DUP1, PUSH end, GT, PUSH, JUMPI.
    Up,
    /// PUSH 1, ADD, PUSH end, DUP2, LT, ISZERO, PUSH, JUMPI, PUSH, JUMP.
    UpWithExit,
    /// PUSH -1, ADD, DUP1, ISZERO, PUSH, JUMPI, PUSH, JUMP.
    DownWithExit,
    /// As `Down`, the destination computed.
    Computed,
}

/// What a program does next.
#[derive(Clone, Debug)]
pub(crate) enum Fragment {
    Push(Operand),
    /// An instruction without immediate, its operands taken from the stack.
    Op(u8),
    /// An instruction on fresh operands, the last one on top.
    Compute(u8, [Operand; 3]),
    /// DUPn or SWAPn, then an instruction: pairs that decoding joins.
    Pair(u8, u8),
    MemoryOp(u8, u16, Operand),
    Copy(u8, Region, u16),
    Load(u8, u8),
    Store(u8, u8, Operand),
    Hash(Region),
    Log(u8, Region),
    Call {
        op: u8,
        target: Target,
        gas: CallGas,
        value: u8,
        input: Region,
        output: Region,
    },
    Create {
        op: u8,
        init: Init,
        value: u8,
        salt: u8,
    },
    Account(u8, Target),
    ExtCodeCopy(Target, Region, u16),
    BlockHash(u16),
    Destroy(Target),
    Return(u8, Region),
    If {
        op: u8,
        operands: [Operand; 2],
        negate: bool,
        body: Vec<Fragment>,
    },
    IfTop {
        negate: bool,
        body: Vec<Fragment>,
    },
    Loop {
        rounds: u16,
        counting: Counting,
        body: Vec<Fragment>,
    },
    /// Leaves one more item each round.
    Grow {
        rounds: u16,
    },
    /// Takes one item each round, though there may be none.
    Drain {
        rounds: u16,
    },
    JumpTo(u16),
    Noise(Vec<u8>),
}
