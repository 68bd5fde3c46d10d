//! How programs are made: arithmetic on [`Number`]s is written down, and [`Recorder::assemble`] gives it registers.

use super::super::{Fe, NUMBER_WORDS};
use super::fuse;
use super::run::{Instruction, Operation, signs};
use std::cell::RefCell;
use std::ops::{Add, Mul, Neg, Sub};

/// Numbers that programs need, at the head of their table. The first is one.
#[derive(Debug)]
pub(super) struct Constants(RefCell<Vec<[u32; NUMBER_WORDS]>>);

impl Constants {
    pub(super) fn new() -> Self {
        Self(RefCell::new(vec![Fe::ONE.words()]))
    }

    /// Where it stands.
    fn place(&self, words: [u32; NUMBER_WORDS]) -> u32 {
        let mut all = self.0.borrow_mut();
        let place = all.iter().position(|other| *other == words).unwrap_or_else(|| {
            all.push(words);
            all.len() - 1
        });
        place as u32
    }

    pub(super) fn words(&self) -> Vec<u32> {
        self.0.borrow().concat()
    }
}

/// An operand of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// What the step with this number made.
    Value(u32),
    /// A number for the instruction itself.
    Plain(u32),
}

/// An instruction before it has registers, or an end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Instruction(Unplaced),
    /// A part of the program ends.
    Mark,
}

/// An instruction whose operands are what other steps made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unplaced {
    pub(super) operation: Operation,
    pub(super) signs: u32,
    /// a, b, c, a', b'.
    pub(super) operands: [Operand; 5],
}

impl Unplaced {
    /// Whether it does something besides making a number.
    pub(super) fn acts(&self) -> bool {
        matches!(self.operation, Operation::Store | Operation::StoreWord | Operation::Answer)
    }
}

/// Writes down what numbers go through.
#[derive(Debug)]
pub(super) struct Recorder<'c> {
    constants: &'c Constants,
    steps: RefCell<Vec<Step>>,
    /// Constants that were used already, with the steps that fetch them.
    fetched: RefCell<Vec<(u32, u32)>>,
}

/// A number that a program will have: what the step with this number makes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'p> {
    recorder: &'p Recorder<'p>,
    step: u32,
}

/// A flag that a program will have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag<'p>(Number<'p>);

/// A program's instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assembled {
    /// Two words each.
    pub(super) words: Vec<u32>,
    /// Behind the last instruction of each part, in instructions.
    pub(super) ends: Vec<usize>,
    /// How many it uses.
    pub(super) registers: usize,
}

pub(super) const NONE: Operand = Operand::Plain(0);

impl<'c> Recorder<'c> {
    pub(super) fn new(constants: &'c Constants) -> Self {
        Self { constants, steps: RefCell::default(), fetched: RefCell::default() }
    }
}

impl<'p> Recorder<'p> {
    fn push(&self, step: Step) -> u32 {
        let mut steps = self.steps.borrow_mut();
        steps.push(step);
        (steps.len() - 1) as u32
    }

    fn number(&'p self, operation: Operation, a: Operand, b: Operand, c: Operand) -> Number<'p> {
        let unplaced = Unplaced { operation, signs: 0, operands: [a, b, c, NONE, NONE] };
        Number { recorder: self, step: self.push(Step::Instruction(unplaced)) }
    }

    /// A constant, by its words.
    pub(super) fn constant(&'p self, words: [u32; NUMBER_WORDS]) -> Number<'p> {
        let place = self.constants.place(words);
        let before = self.fetched.borrow().iter().find(|(other, _)| *other == place).copied();
        if let Some((_, step)) = before {
            return Number { recorder: self, step };
        }
        let number = self.number(Operation::Constant, Operand::Plain(place), NONE, NONE);
        self.fetched.borrow_mut().push((place, number.step));
        number
    }

    pub(super) fn fe(&'p self, number: Fe) -> Number<'p> {
        self.constant(number.words())
    }

    pub(super) fn one(&'p self) -> Number<'p> {
        self.fe(Fe::ONE)
    }

    pub(super) fn zero(&'p self) -> Number<'p> {
        self.fe(Fe::ZERO)
    }

    /// The source's number in a row of this step; where the block has no such column, zero or one.
    pub(super) fn load(&'p self, row: u32, block: u32, otherwise: bool) -> Number<'p> {
        let [row, block, otherwise] = [row, block, otherwise.into()].map(Operand::Plain);
        self.number(Operation::Load, row, block, otherwise)
    }

    /// The source's number in a row, of the column that a word says; where there is none, zero or one.
    pub(super) fn look_up(&'p self, row: u32, column: Number<'p>, otherwise: bool) -> Number<'p> {
        let otherwise = Operand::Plain(otherwise.into());
        self.number(Operation::LookUp, Operand::Plain(row), Operand::Value(column.step), otherwise)
    }

    pub(super) fn store(&'p self, row: u32, number: Number<'p>) {
        let (a, b) = (Operand::Plain(row), Operand::Value(number.step));
        self.number(Operation::Store, a, b, NONE);
    }

    /// A word of this group: of that row in the first step, of one so many rows below in each next.
    pub(super) fn word(&'p self, row: u32, rows_a_step: u32) -> Number<'p> {
        self.number(Operation::Word, Operand::Plain(row), Operand::Plain(rows_a_step), NONE)
    }

    /// The counterpart of [`Recorder::word`].
    pub(super) fn store_word(&'p self, row: u32, rows_a_step: u32, word: Number<'p>) {
        let [a, c] = [row, rows_a_step].map(Operand::Plain);
        let b = Operand::Value(word.step);
        self.number(Operation::StoreWord, a, b, c);
    }

    pub(super) fn answer(&'p self, word: Number<'p>) {
        let a = Operand::Value(word.step);
        self.number(Operation::Answer, a, NONE, NONE);
    }

    /// Ends a part of the program.
    pub(super) fn mark(&self) {
        self.push(Step::Mark);
    }

    /// What was written down, without what nothing came of, in few instructions and, as their order allows, registers. `None`
    /// where it does not fit an instruction.
    pub(super) fn assemble(&self) -> Option<Assembled> {
        let mut steps = self.steps.borrow().clone();
        fuse::fuse(&mut steps);
        let last = last_uses(&steps);
        let mut assembled = Assembled { words: Vec::new(), ends: Vec::new(), registers: 0 };
        let (mut register, mut free) = (vec![0_u32; steps.len()], Vec::<u32>::new());
        for (place, step) in steps.iter().enumerate() {
            let Step::Instruction(unplaced) = step else {
                assembled.ends.push(assembled.words.len() / 2);
                continue;
            };
            if !unplaced.acts() && last[place].is_none() {
                continue;
            }
            let Unplaced { operation, signs, operands } = *unplaced;
            let read = operands.map(|operand| match operand {
                Operand::Value(step) => register[step as usize],
                Operand::Plain(number) => number,
            });
            // An instruction reads before it writes, so what ends here makes room for what begins.
            for (operand, at) in operands.iter().zip(read) {
                if let Operand::Value(step) = operand
                    && last[*step as usize] == Some(place)
                    && !free.contains(&at)
                {
                    free.push(at);
                }
            }
            let mut d = 0;
            if !unplaced.acts() {
                d = free.pop().unwrap_or_else(|| {
                    assembled.registers += 1;
                    assembled.registers as u32 - 1
                });
                register[place] = d;
            }
            assembled.words.extend(Instruction { operation, d, signs, operands: read }.words()?);
        }
        if assembled.ends.last().is_none_or(|end| 2 * end < assembled.words.len()) {
            assembled.ends.push(assembled.words.len() / 2);
        }
        Some(assembled)
    }
}

/// For each step the last one that needs what it makes; `None` where none does that something comes of.
pub(super) fn last_uses(steps: &[Step]) -> Vec<Option<usize>> {
    let mut last: Vec<Option<usize>> = vec![None; steps.len()];
    for (place, step) in steps.iter().enumerate().rev() {
        let Step::Instruction(unplaced) = step else { continue };
        if !unplaced.acts() && last[place].is_none() {
            continue;
        }
        for operand in unplaced.operands {
            if let Operand::Value(step) = operand {
                last[step as usize].get_or_insert(place);
            }
        }
    }
    last
}

impl<'p> Number<'p> {
    fn with(self, operation: Operation, other: Self) -> Self {
        self.recorder.number(operation, Operand::Value(self.step), Operand::Value(other.step), NONE)
    }

    fn sum(self, other: Self, sign: u32) -> Self {
        let [a, a_too] = [self, other].map(|number| Operand::Value(number.step));
        let unplaced = Unplaced {
            operation: Operation::Sum,
            signs: sign << signs::A,
            operands: [a, NONE, NONE, a_too, NONE],
        };
        Self { step: self.recorder.push(Step::Instruction(unplaced)), ..self }
    }

    pub(super) fn is_zero(self) -> Flag<'p> {
        Flag(self.recorder.number(Operation::IsZero, Operand::Value(self.step), NONE, NONE))
    }

    /// By their words.
    pub(super) fn is_greater(self, other: Self) -> Flag<'p> {
        Flag(self.with(Operation::IsGreater, other))
    }

    /// The lowest words' bits together.
    pub(super) fn or(self, other: Self) -> Self {
        self.with(Operation::Or, other)
    }

    /// A bit of the lowest word.
    pub(super) fn bit(self, bit: u32) -> Flag<'p> {
        Flag(self.recorder.number(Operation::Bit, Operand::Value(self.step), Operand::Plain(bit), NONE))
    }
}

impl<'p> Flag<'p> {
    /// The word 1 or 0.
    #[cfg(test)]
    pub(super) fn word(self) -> Number<'p> {
        self.0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0.with(Operation::And, other.0))
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }

    pub(super) fn xor(self, other: Self) -> Self {
        Self(self.0.with(Operation::Xor, other.0))
    }

    pub(super) fn not(self) -> Self {
        Self(self.0.is_zero().0)
    }

    /// `yes` where it is set, else `no`.
    pub(super) fn select(self, yes: Number<'p>, no: Number<'p>) -> Number<'p> {
        let [a, b, c] = [yes, no, self.0].map(|number| Operand::Value(number.step));
        self.0.recorder.number(Operation::Select, a, b, c)
    }
}

impl Add for Number<'_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.sum(other, signs::PLUS)
    }
}

impl Sub for Number<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.sum(other, signs::MINUS)
    }
}

impl Mul for Number<'_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.with(Operation::Multiply, other)
    }
}

impl Neg for Number<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        self.recorder.zero() - self
    }
}
