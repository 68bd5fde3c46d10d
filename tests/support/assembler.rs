//! From fragments to bytecode that keeps its stack in order.

use super::fragment::{CallGas, Counting, Fragment, Init, Operand, Region, Target};
use erbium_vm::Fork;
use erbium_vm::opcode::{self as op, OpcodeTable};
use erbium_vm::spec::Extensions;
use primitive_types::U256;

/// Taller stacks get no more operands.
const TALL: usize = 1_000;

/// The code of `fragments`. Instructions that `fork` does not have are left out.
pub(crate) fn assemble(fork: Fork, fragments: &[Fragment]) -> Vec<u8> {
    let table = OpcodeTable::of(fork, Extensions::None);
    let mut assembler =
        Assembler { table, code: Vec::new(), height: 0, floor: 0, labels: Vec::new(), uses: Vec::new() };
    assembler.fragments(fragments);
    assembler.link()
}

/// A jump destination, perhaps not placed yet.
#[derive(Clone, Copy)]
struct Label(usize);

struct Assembler {
    table: &'static OpcodeTable,
    code: Vec<u8>,
    height: usize,
    /// Items that belong to enclosing loops.
    floor: usize,
    labels: Vec<usize>,
    /// Where which label's position goes.
    uses: Vec<(usize, Label)>,
}

impl Assembler {
    fn link(mut self) -> Vec<u8> {
        for &(at, label) in &self.uses {
            let position = self.labels[label.0] as u16;
            self.code[at..at + 2].copy_from_slice(&position.to_be_bytes());
        }
        self.code
    }

    fn has(&self, byte: u8) -> bool {
        self.table.get(byte).is_some()
    }

    fn number(&mut self, value: impl Into<U256>) {
        self.push(Operand { value: value.into(), width: 0 });
    }

    fn push(&mut self, Operand { value, width }: Operand) {
        let shortest = if self.has(op::PUSH0) { 0 } else { 1 };
        let len = value.bits().div_ceil(8).max(width.into()).clamp(shortest, 32);
        self.code.push(op::PUSH0 + len as u8);
        self.code.extend_from_slice(&value.to_big_endian()[32 - len..]);
        self.height += 1;
    }

    /// Emits an instruction; operands that are not there are pushed first.
    fn op(&mut self, byte: u8) {
        let Some(row) = self.table.get(byte) else { return };
        // A DUP may read what belongs to a loop.
        let floor = if (op::DUP1..=op::DUP16).contains(&byte) { 0 } else { self.floor };
        while self.height - floor < usize::from(row.pops) {
            self.number(self.height + 1);
        }
        self.height = self.height - usize::from(row.pops) + usize::from(row.pushes);
        self.code.push(byte);
    }

    fn ops(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.op(byte));
    }

    fn label(&mut self) -> Label {
        self.labels.push(0);
        Label(self.labels.len() - 1)
    }

    fn place(&mut self, label: Label) {
        self.labels[label.0] = self.code.len();
        self.code.push(op::JUMPDEST);
    }

    fn push_label(&mut self, label: Label) {
        self.code.push(op::PUSH2);
        self.uses.push((self.code.len(), label));
        self.code.extend_from_slice(&[0, 0]);
        self.height += 1;
    }

    fn jump(&mut self, byte: u8, label: Label) {
        self.push_label(label);
        self.op(byte);
    }

    /// Brings the stack to `height` with POPs and zeros.
    fn level(&mut self, height: usize) {
        while self.height > height {
            self.op(op::POP);
        }
        while self.height < height {
            self.number(0);
        }
    }

    fn region(&mut self, region: Region) {
        self.number(region.len);
        self.number(region.offset);
    }

    /// Pushes an address; the top of the stack being `above` items down.
    fn target(&mut self, target: Target, above: usize) {
        match target {
            Target::Party(party) => self.number(party.word()),
            Target::Top if self.height > above && above < 16 => self.op(op::DUP1 + above as u8),
            Target::Top => self.op(op::ADDRESS),
        }
    }

    fn fragments(&mut self, fragments: &[Fragment]) {
        for fragment in fragments {
            if self.height > TALL {
                self.level(self.floor);
            }
            self.fragment(fragment);
        }
    }

    fn body(&mut self, fragments: &[Fragment]) {
        let (height, floor) = (self.height, self.floor);
        self.floor = height;
        self.fragments(fragments);
        self.floor = floor;
        self.level(height);
    }

    fn fragment(&mut self, fragment: &Fragment) {
        match *fragment {
            Fragment::Push(operand) => self.push(operand),
            Fragment::Op(byte) => self.op(byte),
            Fragment::Compute(byte, operands) => {
                if let Some(row) = self.table.get(byte) {
                    operands.iter().take(row.pops.into()).for_each(|&operand| self.push(operand));
                    self.op(byte);
                }
            }
            Fragment::Pair(first, second) => self.ops(&[first, second]),
            Fragment::MemoryOp(byte, offset, operand) => {
                if byte != op::MLOAD {
                    self.push(operand);
                }
                self.number(offset);
                self.op(byte);
            }
            Fragment::Copy(byte, to, from) => {
                if self.has(byte) {
                    self.number(to.len);
                    self.number(from);
                    self.number(to.offset);
                    self.op(byte);
                }
            }
            Fragment::Load(byte, slot) => {
                if self.has(byte) {
                    self.number(slot);
                    self.op(byte);
                }
            }
            Fragment::Store(byte, slot, value) => {
                if self.has(byte) {
                    self.push(value);
                    self.number(slot);
                    self.op(byte);
                }
            }
            Fragment::Hash(region) => {
                self.region(region);
                self.op(op::KECCAK256);
            }
            Fragment::Log(topics, region) => {
                (0..topics).for_each(|topic| self.number(topic));
                self.region(region);
                self.op(op::LOG0 + topics);
            }
            Fragment::Call { op: byte, target, gas, value, input, output } => {
                self.call(byte, target, gas, value, input, output);
            }
            Fragment::Create { op: byte, init, value, salt } => self.create(byte, init, value, salt),
            Fragment::Account(byte, target) => {
                self.target(target, 0);
                self.op(byte);
            }
            Fragment::ExtCodeCopy(target, to, from) => {
                self.number(to.len);
                self.number(from);
                self.number(to.offset);
                self.target(target, 3);
                self.op(op::EXTCODECOPY);
            }
            Fragment::BlockHash(number) => {
                self.number(number);
                self.op(op::BLOCKHASH);
            }
            Fragment::Destroy(target) => {
                self.target(target, 0);
                self.op(op::SELFDESTRUCT);
            }
            Fragment::Return(byte, region) => match byte {
                op::RETURN | op::REVERT => {
                    self.region(region);
                    self.op(byte);
                }
                _ => self.op(byte),
            },
            Fragment::If { op: byte, operands, negate, ref body } => {
                operands.iter().for_each(|&operand| self.push(operand));
                self.op(byte);
                self.conditional(negate, body);
            }
            Fragment::IfTop { negate, ref body } => self.conditional(negate, body),
            Fragment::Loop { rounds, counting, ref body } => self.count(rounds, counting, body),
            Fragment::Grow { rounds } => self.repeat(rounds, &[op::DUP1]),
            Fragment::Drain { rounds } => self.repeat(rounds, &[op::SWAP1, op::POP]),
            Fragment::JumpTo(position) => {
                self.number(position);
                self.op(op::JUMP);
            }
            Fragment::Noise(ref bytes) => self.code.extend_from_slice(bytes),
        }
    }

    fn conditional(&mut self, negate: bool, body: &[Fragment]) {
        if negate {
            self.op(op::ISZERO);
        }
        let end = self.label();
        self.jump(op::JUMPI, end);
        self.body(body);
        self.place(end);
    }

    fn count(&mut self, rounds: u16, counting: Counting, body: &[Fragment]) {
        let (start, end) = (self.label(), self.label());
        match counting {
            Counting::Up | Counting::UpWithExit => self.number(0),
            _ => self.number(rounds),
        }
        self.place(start);
        self.body(body);
        match counting {
            Counting::Down => {
                self.number(1);
                self.ops(&[op::SWAP1, op::SUB, op::DUP1]);
                self.jump(op::JUMPI, start);
            }
            Counting::Computed => {
                self.number(1);
                self.ops(&[op::SWAP1, op::SUB, op::DUP1]);
                self.push_label(start);
                self.number(0);
                self.ops(&[op::ADD, op::JUMPI]);
            }
            Counting::Up => {
                self.number(1);
                self.ops(&[op::ADD, op::DUP1]);
                self.number(rounds);
                self.op(op::GT);
                self.jump(op::JUMPI, start);
            }
            Counting::UpWithExit => {
                self.number(1);
                self.op(op::ADD);
                self.number(rounds);
                self.ops(&[op::DUP1 + 1, op::LT, op::ISZERO]);
                self.jump(op::JUMPI, end);
                self.jump(op::JUMP, start);
            }
            Counting::DownWithExit => {
                self.number(U256::MAX);
                self.ops(&[op::ADD, op::DUP1, op::ISZERO]);
                self.jump(op::JUMPI, end);
                self.jump(op::JUMP, start);
            }
        }
        self.place(end);
        self.op(op::POP);
    }

    /// Repeats `ops` below a counter: they may leave the stack higher or lower each round.
    fn repeat(&mut self, rounds: u16, ops: &[u8]) {
        let start = self.label();
        let height = self.height;
        self.number(rounds);
        self.place(start);
        // The counter is counted down where it is; copies of it, or what lies below it, go.
        self.ops(ops);
        self.number(U256::MAX);
        self.ops(&[op::ADD, op::DUP1]);
        self.jump(op::JUMPI, start);
        // Only the first round is known here.
        self.height = self.height.min(height);
    }

    fn call(&mut self, byte: u8, target: Target, gas: CallGas, value: u8, input: Region, output: Region) {
        if !self.has(byte) {
            return;
        }
        let before = self.height;
        self.region(output);
        self.region(input);
        if matches!(byte, op::CALL | op::CALLCODE) {
            self.number(value);
        }
        self.target(target, self.height - before);
        match gas {
            CallGas::Fixed(gas) => self.number(gas),
            CallGas::Most => self.number(U256::MAX),
            CallGas::AllBut(kept) => {
                self.number(kept);
                self.ops(&[op::GAS, op::SUB]);
            }
        }
        self.op(byte);
    }

    fn create(&mut self, byte: u8, init: Init, value: u8, salt: u8) {
        if !self.has(byte) {
            return;
        }
        let code = self.init_code(init);
        for (index, chunk) in code.chunks(32).enumerate() {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            self.number(U256::from_big_endian(&word));
            self.number(32 * index);
            self.op(op::MSTORE);
        }
        if byte == op::CREATE2 {
            self.number(salt);
        }
        self.number(code.len());
        self.number(0);
        self.number(value);
        self.op(byte);
    }

    fn init_code(&self, init: Init) -> Vec<u8> {
        let fragments = match init {
            Init::Empty => Vec::new(),
            Init::Reverts => vec![Fragment::Return(op::REVERT, Region { offset: 0, len: 3 })],
            Init::Breaks => vec![Fragment::Noise(vec![op::INVALID])],
            Init::Destroys(heir) => vec![Fragment::Destroy(Target::Party(heir))],
            Init::Stores { slot, value, len } => vec![
                Fragment::Store(op::SSTORE, slot, Operand { value: value.into(), width: 0 }),
                Fragment::Return(op::RETURN, Region { offset: 0, len }),
            ],
            Init::Returns(bytes, len) => {
                let mut word = [0; 32];
                word[..4].copy_from_slice(&bytes);
                let operand = Operand { value: U256::from_big_endian(&word), width: 32 };
                vec![
                    Fragment::MemoryOp(op::MSTORE, 0, operand),
                    Fragment::Return(op::RETURN, Region { offset: 0, len: u16::from(len) }),
                ]
            }
        };
        let mut inner = Self {
            table: self.table,
            code: Vec::new(),
            height: 0,
            floor: 0,
            labels: Vec::new(),
            uses: Vec::new(),
        };
        inner.fragments(&fragments);
        inner.link()
    }
}
