//! Programs: straight lines of operations on numbers, of which [`RUN`] runs the instructions, a lane each.
//!
//! Compiled as they stand, the formulas for pairings would take drivers hours. So they are written down once as instructions
//! in a table ([`Programs`]), the same for all lanes, and one small kernel runs them. The formulas are plain Rust over anything
//! that can be added and multiplied; over numbers of a program they give its instructions.
//!
//! A lane is a group of a step. Sources and targets hold numbers in rows of columns, step after step; a group is a column of
//! the target, and has the columns group, group + groups, .. of the source: its blocks. Where there is no such column, there
//! is 1, infinity or whatever else changes nothing. Beside them stand words, a column a group.
//!
//! | program | steps | rows of the source | rows of the target |
//! | --- | --- | --- | --- |
//! | decode_g1 | A, C | x as an integer below p | x, y, z |
//! | decode_g2 | | x, two numbers | x, y, two each, and z, 1 or 0 |
//! | subgroup_g1 | A, C | x, y, z | |
//! | subgroup_g2 | | six others, those of decode_g2 | |
//! | weigh | A, C | x, y, z | those of r times the point |
//! | flags | | | a word a proof at the target's beginning |
//! | sum_points | | three others, x, y, z | x, y, z |
//! | sum_sums | | x, y, z | x, y, z |
//! | lines | | x, y, z of r A, three others, those of decode_g2 | six a line, of [`LINES_A_PART`] lines |
//! | multiply_many_lines, multiply_lines | lines | six | twelve |
//! | multiply | lines | twelve | twelve |
//!
//! The words of a column are [`row`]s; those of sums are columns of the source, one for each of [`POINTS_A_SUM`] points. Where
//! a proof has a point that is none or outside its subgroup, r A and r C are infinity.

mod decode;
mod fuse;
mod miller;
mod points;
mod recorder;
mod run;
mod towers;
mod weigh;

pub use decode::{encoding, row, status};
pub use miller::{LINE_ROWS, LINES, LINES_A_PART};
pub use run::{INSTRUCTIONS_A_PASS, RUN};
pub use weigh::POINTS_A_SUM;

use recorder::{Constants, Recorder};
use std::sync::OnceLock;

/// Lines, each of its own group of proofs, that a lane multiplies at most.
pub const BLOCKS_OF_LINES: u32 = 16;
/// The same where there are few proofs, and products that a lane multiplies.
pub const BLOCKS: u32 = 4;

/// A program's place in the table of [`Programs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routine {
    first: u32,
    /// Behind each part.
    ends: Vec<u32>,
    registers: usize,
}

impl Routine {
    /// Numbers that a lane keeps.
    pub fn registers(&self) -> usize {
        self.registers
    }

    /// How many parts it has, which run one after the other.
    pub fn parts(&self) -> usize {
        self.ends.len()
    }

    /// The passes of a part: first instruction, and the one behind the last, each at most [`INSTRUCTIONS_A_PASS`] apart.
    pub fn passes(&self, part: usize) -> impl Iterator<Item = [u32; 2]> + use<> {
        let first =
            part.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(self.first);
        let end = self.ends.get(part).copied().unwrap_or(first);
        let most = INSTRUCTIONS_A_PASS;
        (first..end).step_by(most as usize).map(move |from| [from, end.min(from + most)])
    }
}

/// The table, and where in it programs are.
#[derive(Debug)]
pub struct Programs {
    /// Constants, then instructions.
    pub table: Vec<u32>,
    /// x of A and of C, two steps, to points.
    pub decode_g1: Routine,
    /// x of B to points.
    pub decode_g2: Routine,
    /// Whether A and C, two steps, are in the subgroup.
    pub subgroup_g1: Routine,
    /// Whether B is.
    pub subgroup_g2: Routine,
    /// A and C, two steps, times r.
    pub weigh: Routine,
    /// What is wrong with proofs.
    pub flags: Routine,
    /// C times r summed, a lane a sum.
    pub sum_points: Routine,
    /// Sums summed.
    pub sum_sums: Routine,
    /// The lines, in four parts.
    pub lines: Routine,
    /// Products of [`BLOCKS_OF_LINES`] blocks of lines, a step a line.
    pub multiply_many_lines: Routine,
    /// Products of [`BLOCKS`] blocks.
    pub multiply_lines: Routine,
    /// Products of [`BLOCKS`] blocks of products.
    pub multiply: Routine,
}

impl Programs {
    /// The programs, made when first asked for. `None` where one does not fit its instructions, which none does.
    pub fn get() -> Option<&'static Self> {
        static PROGRAMS: OnceLock<Option<Programs>> = OnceLock::new();
        PROGRAMS.get_or_init(Self::make).as_ref()
    }

    fn make() -> Option<Self> {
        let constants = Constants::new();
        let (mut instructions, mut made) = (Vec::new(), Vec::new());
        for program in PROGRAMS {
            let recorder = Recorder::new(&constants);
            program(&recorder);
            let assembled = recorder.assemble()?;
            let first = instructions.len() / 2;
            instructions.extend(assembled.words);
            made.push((first, assembled.ends, assembled.registers));
        }
        let mut table = constants.words();
        let base = table.len() / 2;
        table.extend(instructions);
        let mut routines = made.into_iter().map(|(first, ends, registers)| Routine {
            first: (base + first) as u32,
            ends: ends.into_iter().map(|end| (base + first + end) as u32).collect(),
            registers,
        });
        // In the order in which they were made.
        let mut next = || routines.next();
        let programs = Self {
            table,
            decode_g1: next()?,
            decode_g2: next()?,
            subgroup_g1: next()?,
            subgroup_g2: next()?,
            weigh: next()?,
            flags: next()?,
            sum_points: next()?,
            sum_sums: next()?,
            lines: next()?,
            multiply_many_lines: next()?,
            multiply_lines: next()?,
            multiply: next()?,
        };
        debug_assert_eq!(programs.lines.parts() * LINES_A_PART, LINES);
        Some(programs)
    }
}

type Program = for<'p> fn(&'p Recorder<'p>);

const PROGRAMS: [Program; 12] = [
    decode::g1,
    decode::g2,
    decode::g1_subgroup,
    decode::g2_subgroup,
    weigh::weigh,
    decode::flags,
    |recorder| weigh::sum(recorder, weigh::C),
    |recorder| weigh::sum(recorder, 0),
    miller::lines,
    |recorder| miller::multiply_lines(recorder, BLOCKS_OF_LINES),
    |recorder| miller::multiply_lines(recorder, BLOCKS),
    |recorder| miller::multiply(recorder, BLOCKS),
];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
