//! Cases from bytes: a reader without errors, so that every input of a fuzzer is a case, and the same one each time.

use super::case::Case;
use super::fragment::{CallGas, Counting, Fragment, Init, Operand, Party, Region, Target};
use super::strategy::{Contract, Extra, FORKS, Sending, build};
use erbium_vm::U256;
use erbium_vm::opcode as op;

/// Bytes read in order; behind their end lie zeros.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// `len` bytes, or what is left.
    pub(crate) fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fewer than `most` things, none behind the end.
    fn list<T>(&mut self, most: u8, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let len = self.below(most);
        (0..len).map_while(|_| (!self.is_empty()).then(|| read(self))).collect()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    /// Mostly a small number, at times up to `most`.
    fn size(&mut self, most: u16) -> u16 {
        match self.byte() {
            255 => self.word() % most,
            small => u16::from(small).min(most),
        }
    }

    fn operand(&mut self) -> Operand {
        let one = U256::one();
        let value = match self.below(6) {
            0 | 1 => self.byte().into(),
            2 => one << self.byte(),
            3 => (one << self.byte()) - 1,
            4 => U256::MAX - self.below(3),
            _ => U256::from_big_endian(self.take(32)),
        };
        Operand { value, width: self.below(33) }
    }

    fn party(&mut self) -> Party {
        match self.byte() % 10 {
            number @ 0..=3 => Party::Contract(number),
            4 => Party::Precompile(1 + u16::from(self.below(18))),
            5 => Party::Precompile(0x100),
            6 => Party::Sender,
            7 => Party::Authority,
            8 => Party::Coinbase,
            _ => Party::Nobody,
        }
    }

    fn target(&mut self) -> Target {
        if self.below(6) == 0 { Target::Top } else { Target::Party(self.party()) }
    }

    fn region(&mut self) -> Region {
        Region { offset: self.size(5_000), len: self.size(5_000) }
    }

    fn init(&mut self) -> Init {
        match self.below(6) {
            0 | 1 => Init::Returns(std::array::from_fn(|_| self.byte()), self.below(40)),
            2 => Init::Stores { slot: self.below(3), value: self.below(3), len: self.size(0x7000) },
            3 => Init::Reverts,
            4 => Init::Destroys(self.party()),
            _ => self.pick(&[Init::Breaks, Init::Empty]),
        }
    }

    fn call(&mut self) -> Fragment {
        let gas = match self.below(3) {
            0 => CallGas::Fixed(self.word()),
            1 => CallGas::AllBut(self.word()),
            _ => CallGas::Most,
        };
        Fragment::Call {
            op: self.pick(&[op::CALL, op::CALLCODE, op::DELEGATECALL, op::STATICCALL]),
            target: self.target(),
            gas,
            value: self.below(3),
            input: self.region(),
            output: self.region(),
        }
    }

    /// A fragment with at most `depth` others around each other in it.
    fn fragment(&mut self, depth: u8) -> Fragment {
        let kinds = if depth == 0 { 18 } else { 23 };
        match self.below(kinds) {
            0 => Fragment::Push(self.operand()),
            1 | 2 => Fragment::Op(self.byte()),
            3 => Fragment::Compute(self.byte(), std::array::from_fn(|_| self.operand())),
            4 => Fragment::Pair(0x80 + self.below(32), self.byte()),
            5 => {
                let op = self.pick(&[op::MLOAD, op::MSTORE, op::MSTORE8]);
                Fragment::MemoryOp(op, self.size(u16::MAX), self.operand())
            }
            6 => {
                let op = self.pick(&[op::CALLDATACOPY, op::CODECOPY, op::RETURNDATACOPY, op::MCOPY]);
                Fragment::Copy(op, self.region(), self.size(5_000))
            }
            7 => Fragment::Load(self.pick(&[op::SLOAD, op::TLOAD]), self.below(4)),
            8 | 9 => {
                let op = self.pick(&[op::SSTORE, op::SSTORE, op::TSTORE]);
                let (slot, value) = (self.below(4), self.below(4).into());
                Fragment::Store(op, slot, Operand { value, width: 0 })
            }
            10 => Fragment::Hash(self.region()),
            11 => Fragment::Log(self.below(5), self.region()),
            12 | 13 => self.call(),
            14 => Fragment::Create {
                op: self.pick(&[op::CREATE, op::CREATE2]),
                init: self.init(),
                value: self.below(3),
                salt: self.below(3),
            },
            15 => {
                let op = self.pick(&[op::BALANCE, op::EXTCODESIZE, op::EXTCODEHASH]);
                Fragment::Account(op, self.target())
            }
            16 => Fragment::ExtCodeCopy(self.target(), self.region(), self.size(5_000)),
            17 => match self.below(4) {
                0 => Fragment::BlockHash(700 + u16::from(self.byte())),
                1 => Fragment::Destroy(self.target()),
                2 => Fragment::JumpTo(self.size(5_000)),
                _ => Fragment::Return(
                    self.pick(&[op::RETURN, op::REVERT, op::STOP, op::INVALID]),
                    self.region(),
                ),
            },
            18 => Fragment::If {
                op: self.pick(&[op::LT, op::GT, op::SLT, op::SGT, op::EQ]),
                operands: [self.operand(), self.operand()],
                negate: self.below(2) == 1,
                body: self.fragments(5, depth - 1),
            },
            19 => Fragment::IfTop { negate: self.below(2) == 1, body: self.fragments(5, depth - 1) },
            20 | 21 => {
                // Code gets warm after hundreds of rounds; inner loops are short.
                let rounds = 1 + if depth > 1 { self.word() % 700 } else { self.below(40).into() };
                let counting = self.pick(&[
                    Counting::Down,
                    Counting::Up,
                    Counting::UpWithExit,
                    Counting::DownWithExit,
                    Counting::Computed,
                ]);
                Fragment::Loop { rounds, counting, body: self.fragments(6, depth - 1) }
            }
            _ => {
                let rounds = 1 + self.word() % 1_200;
                if self.below(2) == 0 { Fragment::Grow { rounds } } else { Fragment::Drain { rounds } }
            }
        }
    }

    fn fragments(&mut self, most: u8, depth: u8) -> Vec<Fragment> {
        self.list(most, |bytes| bytes.fragment(depth))
    }

    /// Code as it stands in the input, or fragments.
    fn program(&mut self) -> Vec<Fragment> {
        match self.below(4) {
            0 => {
                let len = self.byte();
                vec![Fragment::Noise(self.take(len.into()).to_vec())]
            }
            _ => self.fragments(30, 2),
        }
    }

    fn contract(&mut self) -> Contract {
        let storage = self.list(4, |bytes| (bytes.below(4), bytes.below(3)));
        (self.program(), storage, self.below(10))
    }

    fn sending(&mut self) -> Sending {
        let authorization = |bytes: &mut Self| {
            // No key has the address of a precompile.
            let authority = bytes.party();
            let authority = (!matches!(authority, Party::Precompile(_))).then_some(authority);
            (bytes.below(3), bytes.party(), bytes.below(4), authority)
        };
        let to = match self.below(8) {
            0 => None,
            1 => Some(self.party()),
            number => Some(Party::Contract(number % 2)),
        };
        let extra = match self.below(3) {
            0 => i64::from(self.byte()) - 2,
            1 => i64::from(self.word()),
            _ => i64::from(self.word()) * 30,
        };
        Sending {
            kind: self.below(5),
            to,
            init: if to.is_none() { self.program() } else { Vec::new() },
            value: self.below(3),
            data: self.list(70, Self::byte),
            extra: Extra(extra),
            tip: self.below(4),
            access_list: self.list(3, |bytes| (bytes.party(), bytes.list(3, |bytes| bytes.below(4)))),
            authorizations: {
                let mut all = vec![authorization(self)];
                all.extend(self.list(3, authorization));
                all
            },
        }
    }
}

/// The case that `input` stands for.
pub(crate) fn case(input: &[u8]) -> Case {
    let mut bytes = Reader(input);
    let fork = bytes.pick(FORKS);
    let coinbase = if bytes.below(6) == 0 { bytes.party() } else { Party::Coinbase };
    let authority = (bytes.below(2), bytes.below(3));
    let sendings: Vec<_> = (0..1 + bytes.below(2)).map(|_| bytes.sending()).collect();
    let contracts: Vec<_> = (0..2 + bytes.below(3)).map(|_| bytes.contract()).collect();
    build(fork, &contracts, &sendings, coinbase, authority)
}
