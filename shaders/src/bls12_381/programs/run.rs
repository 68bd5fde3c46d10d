//! The kernel that runs programs, and its twin.

use super::super::{Fe, MAX_TRIPS, NUMBER_WORDS, PRODUCT_TRIPS};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Most instructions of a pass, a trip and a product's each: fewer than drivers allow, and so few that small processors of
/// graphics show pictures between two passes.
pub const INSTRUCTIONS_A_PASS: u32 = 900;
const _: () = assert!(INSTRUCTIONS_A_PASS * (1 + PRODUCT_TRIPS) <= MAX_TRIPS);

/// What an instruction does: `d`, `a`, `b`, `c`, `a'`, `b'` are registers, but where it says otherwise.
///
/// An instruction is two words, the lowest bits first: operation, d, c and signs; a, b, a' and b', 8 bits each. A flag is a
/// number whose lowest word is 1 or 0 and whose others are 0; words of other numbers stand in the lowest word too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Operation {
    /// d = a b, where a' may be added to a or taken from it, b' likewise, and c to or from the product: see [`signs`].
    Multiply,
    /// d = a, the same with a' and c.
    Sum,
    /// d = a where flag c is set, else b.
    Select,
    /// Flag d = a is zero.
    IsZero,
    /// Flag d = the words of a, read as an integer, are above those of b.
    IsGreater,
    /// Flag d = a and b.
    And,
    /// d = a or b, on the lowest words.
    Or,
    /// Flag d = a or b, but not both.
    Xor,
    /// Flag d = bit b, a number below 32, of word a.
    Bit,
    /// d = constant a, a number.
    Constant,
    /// d = the number of the source in row a of this step, of block b of this group: all numbers; c where there is none: zero
    /// or one.
    Load,
    /// d = the number of the source in row a, a number, whose column is word b; c as for [`Operation::Load`].
    LookUp,
    /// The target's number in row a, a number, of this step and group, is b from now on.
    Store,
    /// Word d = row a + step times b of this group: numbers.
    Word,
    /// Word of row a + step times c of this group, numbers, is b from now on.
    StoreWord,
    /// The target's word of this lane is a from now on.
    Answer,
}

impl Operation {
    /// All.
    pub(super) const ALL: [Self; 16] = [
        Self::Multiply,
        Self::Sum,
        Self::Select,
        Self::IsZero,
        Self::IsGreater,
        Self::And,
        Self::Or,
        Self::Xor,
        Self::Bit,
        Self::Constant,
        Self::Load,
        Self::LookUp,
        Self::Store,
        Self::Word,
        Self::StoreWord,
        Self::Answer,
    ];
}

/// What is done with the operands beside a and b: two bits each.
pub(super) mod signs {
    /// Where those for a', b' and c begin.
    pub(in super::super) const A: u32 = 0;
    pub(in super::super) const B: u32 = 2;
    pub(in super::super) const C: u32 = 4;
    /// It is added.
    pub(in super::super) const PLUS: u32 = 1;
    /// It is subtracted.
    pub(in super::super) const MINUS: u32 = 2;
    /// The rest is subtracted from it: of c.
    pub(in super::super) const FROM: u32 = 3;
}

/// An instruction, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) operation: Operation,
    pub(super) d: u32,
    pub(super) signs: u32,
    /// a, b, c, a', b'.
    pub(super) operands: [u32; 5],
}

impl Instruction {
    /// Its words; `None` where an operand is too large.
    pub(super) fn words(self) -> Option<[u32; 2]> {
        let Self { operation, d, signs, operands: [a, b, c, a_too, b_too] } = self;
        let fits = [d, signs, a, b, c, a_too, b_too].iter().all(|field| *field < 1 << 8);
        let first = operation as u32 | d << 8 | c << 16 | signs << 24;
        fits.then_some([first, a | b << 8 | a_too << 16 | b_too << 24])
    }

    /// Of its words; `None` where they are no instruction.
    pub(super) fn read([first, second]: [u32; 2]) -> Option<Self> {
        let field = |word: u32, place: u32| word >> (8 * place) & 0xff;
        let operation = *Operation::ALL.get(field(first, 0) as usize)?;
        let operands =
            [field(second, 0), field(second, 1), field(first, 2), field(second, 2), field(second, 3)];
        Some(Self { operation, d: field(first, 1), signs: field(first, 3), operands })
    }
}

/// x, and what the signs from a bit on say is done with y.
fn signed(x: Fe, signs: u32, from: u32, y: impl Fn() -> Fe) -> Fe {
    match signs >> from & 3 {
        signs::PLUS => x + y(),
        signs::MINUS => x - y(),
        signs::FROM => y() - x,
        _ => x,
    }
}

/// Runs instructions of a program: a lane is a thread, and all do the same.
///
/// Arguments: count of lanes; the first instruction and the one behind the last, by their place in the table of
/// [`Programs`](super::Programs); groups, so that a lane is a group of a step; rows a step and columns of `source`; rows a step
/// of `target`; the word of `target` where its numbers begin.
///
/// Registers keep their numbers until another pass, so that long programs go over many ([`INSTRUCTIONS_A_PASS`]).
pub static RUN: Kernel = Kernel {
    name: "bls12_381_run",
    parts: &[
        parts::BASE_FIELD[0],
        parts::BASE_FIELD[1],
        Part::Same(include_str!("../../../bls12_381/run.wgsl")),
    ],
    bindings: &[
        Binding::read("program"),
        Binding::read("source"),
        Binding::write("words"),
        Binding::write("registers"),
        Binding::write("target_words"),
    ],
    workgroup: 64,
    twin: Twin::Plain(run),
};

fn run(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [program, source, words, registers, target] = buffers else { return };
    let [count, first, end, groups, source_rows, source_columns, target_rows, base] =
        arguments.map(|argument| argument as usize);
    let source_at = |row: usize, column: usize, otherwise: usize| {
        if column < source_columns {
            number(&source[NUMBER_WORDS * (row * source_columns + column)..])
        } else if otherwise == 1 {
            number(program)
        } else {
            [0; NUMBER_WORDS]
        }
    };
    let flag = |value: u32| [value, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for lane in 0..count {
        let (step, group) = (lane / groups, lane % groups);
        for instruction in &program.as_chunks().0[first..end] {
            let Some(Instruction { operation, d, signs, operands }) = Instruction::read(*instruction) else {
                return;
            };
            let (d, [a, b, c, a_too, b_too]) = (d as usize, operands.map(|operand| operand as usize));
            // Registers of a lane are apart in memory: four words side by side, then the next lane's.
            let four = |register: usize, part: usize| 4 * ((3 * register + part) * count + lane);
            let r = |register: usize| {
                let mut number = [0; NUMBER_WORDS];
                for (part, words) in number.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    words.copy_from_slice(&registers[four(register, part)..][..4]);
                }
                number
            };
            let fe = |register: usize| Fe::from_words(&r(register));
            let value = match operation {
                Operation::Multiply => {
                    let left = signed(fe(a), signs, signs::A, || fe(a_too));
                    let right = signed(fe(b), signs, signs::B, || fe(b_too));
                    signed(left * right, signs, signs::C, || fe(c)).words()
                }
                Operation::Sum => {
                    let sum = signed(fe(a), signs, signs::A, || fe(a_too));
                    signed(sum, signs, signs::C, || fe(c)).words()
                }
                Operation::Select => r(if r(c)[0] != 0 { a } else { b }),
                Operation::IsZero => flag((r(a) == [0; NUMBER_WORDS]).into()),
                Operation::IsGreater => flag(r(a).iter().rev().gt(r(b).iter().rev()).into()),
                Operation::And => flag(r(a)[0] & r(b)[0]),
                Operation::Or => flag(r(a)[0] | r(b)[0]),
                Operation::Xor => flag(r(a)[0] ^ r(b)[0]),
                Operation::Bit => flag(r(a)[0] >> b & 1),
                Operation::Constant => number(&program[NUMBER_WORDS * a..]),
                Operation::Load => source_at(step * source_rows + a, b * groups + group, c),
                Operation::LookUp => source_at(a, r(b)[0] as usize, c),
                Operation::Word => flag(words[(a + step * b) * groups + group]),
                Operation::Store => {
                    let to = base + NUMBER_WORDS * ((step * target_rows + a) * groups + group);
                    target[to..to + NUMBER_WORDS].copy_from_slice(&r(b));
                    continue;
                }
                Operation::StoreWord => {
                    words[(a + step * c) * groups + group] = r(b)[0];
                    continue;
                }
                Operation::Answer => {
                    target[lane] = r(a)[0];
                    continue;
                }
            };
            for (part, words) in value.as_chunks::<4>().0.iter().enumerate() {
                registers[four(d, part)..][..4].copy_from_slice(words);
            }
        }
    }
}

/// The first number of some words.
fn number(words: &[u32]) -> [u32; NUMBER_WORDS] {
    words.as_chunks().0[0]
}
