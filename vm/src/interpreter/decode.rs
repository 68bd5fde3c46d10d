//! Warm code, decoded once: what each instruction would look up is found beforehand.
//!
//! A [`Program`] is a row of eight-byte slots: the function of an instruction, then its operands. Gas and stack needs
//! are summed over basic blocks and checked at their entry. A block ends at every instruction that can see how much
//! gas is left (calls, creations, SSTORE, GAS), so that it sees the exact amount: all that the block charges has then
//! been used. What programs do not have (undefined bytes, extensions) goes on in plain bytecode.

use super::Stack;
use super::dispatch::{Decoded, Handler, Slot, fused, handler};
use super::word::Word;
use crate::fork::Fork;
use crate::opcode::{self, Opcode, OpcodeTable, deep};
use crate::spec::Extensions;

/// Longer code is not decoded: sums over a block could leave their fields.
const LONGEST: usize = 1 << 20;

/// The rules a program was decoded for.
pub(crate) type Rules = (Fork, Extensions);

/// Decoded code.
pub(crate) struct Program {
    slots: Box<[Slot]>,
    /// By position in the code: one more than the slot of the block that begins at a JUMPDEST there, or 0.
    targets: Box<[u32]>,
    rules: Rules,
}

impl Program {
    /// Where the program begins.
    pub(crate) fn start(&self) -> *const u8 {
        self.slots.as_ptr().cast()
    }

    /// The rules it was decoded for.
    pub(crate) fn rules(&self) -> Rules {
        self.rules
    }

    /// Where the block of the JUMPDEST at `position` begins, if there is one.
    #[inline(always)]
    pub(crate) fn at(&self, position: usize) -> Option<*const u8> {
        let slot = (*self.targets.get(position)?).checked_sub(1)?;
        Some(self.slots.as_ptr().wrapping_add(slot as usize).cast())
    }

    /// Decodes `code`, whose jump destinations are the set bits of `jumpdests`; `None` where it is too long.
    pub(crate) fn decode(code: &[u8], jumpdests: &[u64], rules: Rules) -> Option<Self> {
        if code.len() > LONGEST {
            return None;
        }
        let table = OpcodeTable::of(rules.0, rules.1);
        let mut decoder = Decoder {
            code,
            jumpdests,
            table,
            fork: rules.0,
            slots: Vec::with_capacity(code.len() + 8),
            targets: vec![0; code.len()].into(),
            jumps: Vec::new(),
            block: None,
        };
        decoder.run();
        let Decoder { mut slots, targets, jumps, .. } = decoder;
        for (slot, target) in jumps {
            // Both are below 2^26, so the distance fits; only positions of JUMPDESTs are noted.
            let to = i64::from(targets.get(target).copied().unwrap_or_default()) - 1;
            if let Some(operand) = slots.get_mut(slot + 1) {
                *operand = Slot { operand: ((to - slot as i64) * 8) as u64 };
            }
        }
        Some(Self { slots: slots.into(), targets, rules })
    }
}

// Slots hold function pointers and integers.
impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("slots", &self.slots.len()).field("rules", &self.rules).finish()
    }
}

/// A block being decoded. Heights are relative to its entry, in items.
struct Block {
    /// Slot of its entry.
    entry: usize,
    gas: u64,
    height: i64,
    /// Items it reaches below its entry.
    depth: i64,
    /// Items it reaches above its entry.
    peak: i64,
}

struct Decoder<'c> {
    code: &'c [u8],
    jumpdests: &'c [u64],
    table: &'static OpcodeTable,
    fork: Fork,
    slots: Vec<Slot>,
    targets: Box<[u32]>,
    /// Slots of jumps whose distance is not known yet, and the position they go to.
    jumps: Vec<(usize, usize)>,
    block: Option<Block>,
}

impl Decoder<'_> {
    fn run(&mut self) {
        let mut at = 0;
        // Code behind a jump or an end is not reached except by a JUMPDEST.
        let mut reached = true;
        while let Some(&byte) = self.code.get(at) {
            let row = self.table.get(byte);
            let length = 1 + row.map_or(0, |row| usize::from(row.immediate));
            if byte == opcode::JUMPDEST && self.is_jumpdest(at) {
                self.close();
                reached = true;
                if let Some(target) = self.targets.get_mut(at) {
                    *target = self.slots.len() as u32 + 1;
                }
            } else if !reached {
                at += length;
                continue;
            }
            let handler = handler::<Decoded>(byte, self.fork);
            // Of an instruction with an immediate that is none, the next byte may be a JUMPDEST.
            let is_deep = self.fork >= Fork::Amsterdam && (opcode::DUPN..=opcode::EXCHANGE).contains(&byte);
            let deep = is_deep.then(|| self.deep(at, byte));
            let length = if deep == Some(None) { 1 } else { length };
            let undone = is_extension(byte) || deep == Some(None);
            let (Some(row), Some(handler)) = (row.filter(|_| !undone), handler) else {
                self.close();
                self.slots.push(Slot { handler: fused::leave });
                self.slots.push(Slot { operand: at as u64 });
                reached = false;
                at += length;
                continue;
            };
            if let Some(taken) = self.fuse(at, byte) {
                at += taken;
                reached = self.code.get(at - 1) != Some(&opcode::JUMP);
                continue;
            }
            if let Some(Some((row, operand))) = deep {
                self.charge(at, &row);
                self.slots.push(Slot { handler });
                self.slots.push(Slot { operand });
                at += length;
                continue;
            }
            self.charge(at, row);
            match byte {
                opcode::JUMPDEST => {}
                opcode::PUSH0..=opcode::PUSH32 => self.push(self.number(at)),
                opcode::PC => self.push(Word::from(at)),
                _ => self.slots.push(Slot { handler }),
            }
            match byte {
                opcode::JUMP | opcode::STOP | opcode::RETURN | opcode::REVERT | opcode::SELFDESTRUCT => {
                    self.close();
                    reached = false;
                }
                opcode::JUMPI
                | opcode::GAS
                | opcode::SSTORE
                | opcode::CALL
                | opcode::CALLCODE
                | opcode::DELEGATECALL
                | opcode::STATICCALL
                | opcode::CREATE
                | opcode::CREATE2 => self.close(),
                _ => {}
            }
            at += length;
        }
        self.close();
        // Running off the end is a STOP; dead code needs none, but no harm is done.
        if let Some(handler) = handler::<Decoded>(opcode::STOP, self.fork) {
            self.slots.push(Slot { handler });
        }
    }

    fn is_jumpdest(&self, at: usize) -> bool {
        self.jumpdests.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    /// The row of DUPN, SWAPN or EXCHANGE with all that it reaches, and its operand; `None` where the immediate is none.
    fn deep(&self, at: usize, byte: u8) -> Option<(Opcode, u64)> {
        // Behind the end of code there are zeros.
        let immediate = self.code.get(at + 1).copied().unwrap_or_default();
        let row = *self.table.get(byte)?;
        Some(match byte {
            opcode::EXCHANGE => {
                let (first, second) = deep::pair(immediate)?;
                let (pops, pushes) = (second + 1, second + 1);
                (Opcode { pops, pushes, ..row }, u64::from(first) | u64::from(second) << 8)
            }
            _ => {
                let depth = deep::depth(immediate)?;
                let swaps = u8::from(byte == opcode::SWAPN);
                (Opcode { pops: depth + swaps, pushes: depth + 1, ..row }, u64::from(depth))
            }
        })
    }

    /// Adds an instruction's needs to the block, which it opens if there is none.
    fn charge(&mut self, at: usize, row: &Opcode) {
        let block = self.block.get_or_insert_with(|| {
            let entry = self.slots.len();
            self.slots.push(Slot { handler: fused::block });
            self.slots.push(Slot { operand: 0 });
            self.slots.push(Slot { operand: at as u64 });
            Block { entry, gas: 0, height: 0, depth: 0, peak: 0 }
        });
        block.gas += u64::from(row.gas);
        block.depth = block.depth.max(i64::from(row.pops) - block.height);
        block.height += row.stack_delta() as i64;
        block.peak = block.peak.max(block.height);
    }

    /// Ends the block: writes its needs to its entry.
    fn close(&mut self) {
        let Some(block) = self.block.take() else { return };
        let limit = Stack::LIMIT as i64;
        let room = limit - block.peak - block.depth;
        let needs = match u32::try_from(block.gas) {
            Ok(gas) if block.depth <= limit && room >= 0 => {
                fused::block_needs(gas, (block.depth * 32) as u16, (room * 32) as u16)
            }
            // No stack does: always left for plain bytecode, which says why.
            _ => fused::block_needs(0, u16::MAX, 0),
        };
        if let Some(operand) = self.slots.get_mut(block.entry + 1) {
            *operand = Slot { operand: needs };
        }
    }

    /// The number that the PUSH at `at` pushes; bytes behind the end of code are zero.
    fn number(&self, at: usize) -> Word {
        let width = usize::from(self.code.get(at).map_or(0, |byte| byte - opcode::PUSH0));
        let mut bytes = [0u8; 32];
        let rest = self.code.get(at + 1..).unwrap_or_default();
        let available = rest.len().min(width);
        bytes[32 - width..][..available].copy_from_slice(&rest[..available]);
        Word::from_big_endian(&bytes)
    }

    fn push(&mut self, number: Word) {
        match super::word::to_u64(&number) {
            Some(small) => {
                self.slots.push(Slot { handler: fused::push_small });
                self.slots.push(Slot { operand: small });
            }
            None => {
                self.slots.push(Slot { handler: fused::push_wide });
                self.slots.extend(number.0.map(|limb| Slot { operand: limb }));
            }
        }
    }

    /// Instructions from `at` on that run as one: emits them and answers how many bytes they take.
    fn fuse(&mut self, at: usize, byte: u8) -> Option<usize> {
        let after = |at: usize| at + 1 + usize::from(immediate(self.code, at));
        let second = after(at);
        let next = *self.code.get(second)?;
        self.table.get(next)?;
        match byte {
            opcode::PUSH0..=opcode::PUSH32 => {
                let number = self.number(at);
                let small = super::word::to_u64(&number)?;
                if matches!(next, opcode::JUMP | opcode::JUMPI) {
                    let handler = if next == opcode::JUMP { fused::jump_to } else { fused::jump_if::<false> };
                    return self.known_jump(&[at, second], handler, small);
                }
                let pairs = fused::pairs(next)?;
                // A comparison that a jump follows is better fused with that.
                if pairs.jumps.is_some() && self.jump_behind(second).is_some() {
                    return None;
                }
                self.emit(&[at, second], pairs.with_number, Some(small));
            }
            opcode::DUP1..=opcode::DUP16 => {
                let pairs = fused::pairs(next)?;
                if pairs.jumps.is_some() && self.jump_behind(second).is_some() {
                    return None;
                }
                self.emit(&[at, second], pairs.with_copy, Some(u64::from(byte - opcode::DUP1) + 1));
            }
            opcode::SWAP1..=opcode::SWAP16 if next == opcode::POP => {
                self.emit(&[at, second], fused::swap_pop, Some(u64::from(byte - opcode::SWAP1) + 2));
            }
            opcode::SWAP1 => {
                let pairs = fused::pairs(next)?;
                self.emit(&[at, second], pairs.swapped, None);
            }
            opcode::ISZERO => {
                let (positions, negate, target) = self.jump_behind(at)?;
                let [handler, negated] = [fused::jump_if::<true>, fused::jump_if::<false>];
                return self.known_jump(&positions, if negate { negated } else { handler }, target);
            }
            _ => {
                let jumps = fused::pairs(byte)?.jumps?;
                let (positions, negate, target) = self.jump_behind(at)?;
                return self.known_jump(&positions, jumps[usize::from(negate)], target);
            }
        }
        Some(after(second) - at)
    }

    /// Where the instruction at `at` is followed by PUSH, JUMPI, maybe with an ISZERO between: the positions of all of
    /// them, whether there is an ISZERO, and where the jump goes.
    fn jump_behind(&self, at: usize) -> Option<(Vec<usize>, bool, u64)> {
        let mut positions = vec![at];
        let mut push = at + 1;
        let negate = self.code.get(push) == Some(&opcode::ISZERO);
        if negate {
            positions.push(push);
            push += 1;
        }
        let byte = *self.code.get(push)?;
        if !(opcode::PUSH0..=opcode::PUSH32).contains(&byte) || self.table.get(byte).is_none() {
            return None;
        }
        let jump = push + 1 + usize::from(immediate(self.code, push));
        if self.code.get(jump) != Some(&opcode::JUMPI) {
            return None;
        }
        let target = super::word::to_u64(&self.number(push))?;
        positions.extend([push, jump]);
        self.is_jumpdest(usize::try_from(target).ok()?).then_some((positions, negate, target))
    }

    /// Emits a jump to a known position, if there is a JUMPDEST; it ends the block.
    fn known_jump(&mut self, positions: &[usize], handler: Handler, target: u64) -> Option<usize> {
        let target = usize::try_from(target).ok().filter(|&target| self.is_jumpdest(target))?;
        let (&first, &last) = (positions.first()?, positions.last()?);
        self.emit(positions, handler, Some(0));
        self.jumps.push((self.slots.len() - 2, target));
        self.close();
        Some(last + 1 - first)
    }

    /// Charges for the instructions at `positions` and emits one handler for them.
    fn emit(&mut self, positions: &[usize], handler: Handler, operand: Option<u64>) {
        for &at in positions {
            if let Some(row) = self.code.get(at).and_then(|&byte| self.table.get(byte)) {
                self.charge(at, row);
            }
        }
        self.slots.push(Slot { handler });
        self.slots.extend(operand.map(|operand| Slot { operand }));
    }
}

/// Bytes of the PUSH at `at`.
fn immediate(code: &[u8], at: usize) -> u8 {
    match code.get(at) {
        Some(&byte @ opcode::PUSH0..=opcode::PUSH32) => byte - opcode::PUSH0,
        _ => 0,
    }
}

fn is_extension(byte: u8) -> bool {
    byte == opcode::EXTENSION || (opcode::DILITHIUM_VERIFY..=opcode::HE_ENCRYPT).contains(&byte)
}
