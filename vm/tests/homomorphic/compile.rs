//! From what the model says to bytecode that does it, and that fails where an answer is another one.

use crate::model::{Act, Run};
use crate::program::{CallKind, End};
use erbium_vm::opcode::*;
use erbium_vm::{H160, U256};

/// The code that stands at every contract: the first byte of the call data says which frame it is to run.
pub(crate) fn compile(first: &Run) -> Vec<u8> {
    let mut compiler = Compiler { sections: Vec::new() };
    compiler.section(first, 50);
    // Each entry of the table is 13 bytes; behind it stands the place where wrong answers end.
    let table = compiler.sections.len() * 13;
    let (bad, mut start) = (table + 1, table + 3);
    let mut code = Vec::new();
    let mut body = vec![INVALID, JUMPDEST, INVALID];
    for (number, section) in compiler.sections.iter().enumerate() {
        let at = (start as u16).to_be_bytes();
        code.extend([PUSH0, CALLDATALOAD, PUSH1, 248, SHR, PUSH1, number as u8, EQ]);
        code.extend([PUSH2, at[0], at[1], JUMPI, JUMPDEST]);
        body.push(JUMPDEST);
        for piece in section {
            match piece {
                Piece::Code(code) => body.extend(code),
                Piece::Bad => body.extend([&[PUSH2][..], &(bad as u16).to_be_bytes(), &[JUMPI]].concat()),
            }
        }
        start = table + body.len();
    }
    code.extend(body);
    code
}

enum Piece {
    Code(Vec<u8>),
    /// Jumps where a wrong answer ends if the top of the stack is not 0.
    Bad,
}

struct Compiler {
    sections: Vec<Vec<Piece>>,
}

fn push(word: &[u8; 32]) -> Vec<u8> {
    [&[PUSH32][..], word].concat()
}

impl Compiler {
    /// Compiles a frame, and those that it calls; its calls get 2^`gas` gas less a bit. Answers its number.
    fn section(&mut self, run: &Run, gas: u32) -> u8 {
        let number = self.sections.len();
        self.sections.push(Vec::new());
        let mut pieces = Vec::new();
        for act in &run.acts {
            match act {
                Act::Compute { words, answer } => {
                    let operands = words.iter().rev().flat_map(push).collect();
                    pieces.extend([Piece::Code(operands), Piece::Code(vec![EXTENSION, HE_COMPUTE])]);
                    answered(&mut pieces, answer.as_ref());
                }
                Act::Encrypt { kind, value, seed, answer } => {
                    let words = [*seed, *value, U256::from(*kind)].map(|word| word.to_big_endian());
                    pieces.push(Piece::Code(words.iter().flat_map(push).collect()));
                    pieces.push(Piece::Code(vec![HE_ENCRYPT]));
                    answered(&mut pieces, answer.as_ref());
                }
                Act::Precompile { call: by, kind, value, answer } => {
                    let mut code = vec![PUSH1, *kind, PUSH0, MSTORE8];
                    code.extend([push(&value.to_big_endian()), vec![PUSH1, 1, MSTORE]].concat());
                    code.extend([PUSH0, PUSH1, 33, MSTORE]);
                    code.extend(call(*by, H160::from_low_u64_be(0x103), (0, 65), (128, 32), 24));
                    code.extend([PUSH1, u8::from(answer.is_some()), XOR]);
                    pieces.extend([Piece::Code(code), Piece::Bad]);
                    if answer.is_some() {
                        pieces.push(Piece::Code(vec![PUSH1, 128, MLOAD]));
                        answered(&mut pieces, answer.as_ref());
                    }
                }
                Act::Call { kind, target, run } => {
                    let inner = self.section(run, gas - 4);
                    let mut code = vec![PUSH1, inner, PUSH0, MSTORE8];
                    code.extend(call(*kind, *target, (0, 1), (0, 0), gas - 4));
                    code.extend([PUSH1, u8::from(run.succeeds()), XOR]);
                    pieces.extend([Piece::Code(code), Piece::Bad]);
                }
            }
        }
        pieces.push(Piece::Code(match run.end {
            End::Stop => vec![STOP],
            End::Revert => vec![PUSH0, PUSH0, REVERT],
            End::Invalid => vec![INVALID],
        }));
        self.sections[number] = pieces;
        u8::try_from(number).unwrap()
    }
}

/// Holds the top of the stack to the answer that is expected; what halts has none.
fn answered(pieces: &mut Vec<Piece>, answer: Option<&[u8; 32]>) {
    match answer {
        Some(answer) => {
            pieces.extend([Piece::Code([push(answer), vec![XOR]].concat()), Piece::Bad]);
        }
        None => pieces.push(Piece::Code(vec![STOP])),
    }
}

fn call(kind: CallKind, target: H160, input: (u8, u8), output: (u8, u8), gas: u32) -> Vec<u8> {
    let mut code = vec![PUSH1, output.1, PUSH1, output.0, PUSH1, input.1, PUSH1, input.0];
    let opcode = match kind {
        CallKind::Call => CALL,
        CallKind::CallCode => CALLCODE,
        CallKind::Delegate => DELEGATECALL,
        CallKind::Static => STATICCALL,
    };
    if matches!(kind, CallKind::Call | CallKind::CallCode) {
        code.push(PUSH0);
    }
    code.extend(
        [&[PUSH1 + 19], target.as_bytes(), &[PUSH1 + 7], &(1u64 << gas).to_be_bytes(), &[opcode]].concat(),
    );
    code
}
