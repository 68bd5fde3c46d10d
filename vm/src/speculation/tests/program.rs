//! Random contracts: pieces that leave the stack as they find it and work on one word of memory, the *sum*, which steers
//! what follows.

use super::address;
use crate::opcode::*;
use crate::spec::ExtensionAddresses;
use primitive_types::{H160, U256};
use proptest::prelude::*;

/// Contracts of a scene, at [`contract`].
pub(super) const CONTRACTS: u64 = 5;
/// Where key, signature and message of claims lie; the byte before is the scheme's.
const CLAIM: u64 = 0x60;
const KEY_AND_SIGNATURE: u64 = 1_312 + 2_420;

pub(super) fn contract(number: u64) -> H160 {
    address(0xc0_0000 + number % CONTRACTS)
}

pub(super) const COINBASE: H160 = H160([0xcb; 20]);

/// One of the accounts that programs know: contracts, senders, nobodies, the coinbase.
pub(super) fn account(number: u64) -> H160 {
    match number % 16 {
        0..=6 => contract(number),
        7..=9 => super::scene::sender(number),
        10..=12 => address(0xe0_0000 + number),
        13 => address(2),
        _ => COINBASE,
    }
}

#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Adds a slot to the sum.
    Load(u8),
    /// Writes the sum to a slot.
    Store(u8),
    /// Clears a slot.
    Clear(u8),
    /// Claims a signature of the sum by opcode; doubles the sum and adds the verdict.
    Claim(u8),
    /// The same by the precompile 0x12, or 0x100.
    Call12(u8),
    Call100(u8),
    /// Where the sum is odd, leaves out the pieces in it.
    Unless(Vec<Piece>),
    /// Calls an account with a little value and gas, maybe static or in its own name; adds success to the sum.
    Call {
        to: u8,
        value: u8,
        gas: u32,
        kind: u8,
    },
    /// Adds the balance of an account, or its own.
    Balance(u8),
    /// Adds size and hash of an account's code.
    Code(u8),
    /// Adds the gas left.
    Gas,
    /// Logs the sum.
    Log,
    /// Counts down so many times.
    Spin(u8),
    /// Creates a contract that stores and answers code, by CREATE2 with this salt, or CREATE.
    Create {
        salt: Option<u8>,
        destroys: bool,
    },
    /// Destroys itself where the sum is odd.
    Destroy(u8),
    /// Reverts, or halts, where the sum's low bits are these.
    Revert(u8),
    Halt(u8),
}

pub(super) fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let leaf = prop_oneof![
        3 => (0..4u8).prop_map(Piece::Load),
        3 => (0..4u8).prop_map(Piece::Store),
        1 => (0..4u8).prop_map(Piece::Clear),
        4 => (0..3u8).prop_map(Piece::Claim),
        1 => (0..3u8).prop_map(Piece::Call12),
        1 => (0..3u8).prop_map(Piece::Call100),
        3 => (any::<u8>(), 0..3u8, prop_oneof![Just(3_000u32), Just(60_000), Just(400_000)], 0..4u8)
            .prop_map(|(to, value, gas, kind)| Piece::Call { to, value, gas, kind }),
        1 => any::<u8>().prop_map(Piece::Balance),
        1 => any::<u8>().prop_map(Piece::Code),
        1 => Just(Piece::Gas),
        1 => Just(Piece::Log),
        1 => any::<u8>().prop_map(Piece::Spin),
        1 => (prop::option::of(0..2u8), any::<bool>())
            .prop_map(|(salt, destroys)| Piece::Create { salt, destroys }),
        1 => any::<u8>().prop_map(Piece::Destroy),
        1 => (0..4u8).prop_map(Piece::Revert),
        1 => (0..8u8).prop_map(Piece::Halt),
    ];
    let nested = leaf
        .clone()
        .prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 1..4).prop_map(Piece::Unless));
    prop::collection::vec(prop_oneof![3 => leaf, 1 => nested], 1..9)
}

/// Code under construction.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn op(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }

    /// PUSH32, or the shortest that does on every fork.
    pub(super) fn push(&mut self, number: impl Into<U256>) -> &mut Self {
        let bytes = number.into().to_big_endian();
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count().min(31);
        self.0.push(PUSH1 + (31 - zeros) as u8);
        self.0.extend(&bytes[zeros..]);
        self
    }

    fn push_address(&mut self, address: H160) -> &mut Self {
        self.push(U256::from_big_endian(address.as_bytes()))
    }

    /// Adds the top of the stack to the sum.
    fn add_to_sum(&mut self) -> &mut Self {
        self.push(0).op(&[MLOAD, ADD]).push(0).op(&[MSTORE])
    }

    fn sum(&mut self) -> &mut Self {
        self.push(0).op(&[MLOAD])
    }

    /// Doubles the sum and adds the top of the stack.
    fn append_to_sum(&mut self) -> &mut Self {
        self.sum().push(2).op(&[MUL, ADD]).push(0).op(&[MSTORE])
    }

    pub(super) fn pieces(&mut self, pieces: &[Piece]) -> &mut Self {
        pieces.iter().for_each(|piece| self.piece(piece));
        self
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Load(key) => {
                self.push(*key).op(&[SLOAD]).add_to_sum();
            }
            Piece::Store(key) => {
                self.sum().push(*key).op(&[SSTORE]);
            }
            Piece::Clear(key) => {
                self.push(0).push(*key).op(&[SSTORE]);
            }
            Piece::Claim(salt) => {
                self.push(*salt).push(CLAIM + 1_400).op(&[MSTORE]);
                // Message, signature, key, scheme.
                self.push(32).push(0).push(CLAIM + 1_312).push(CLAIM).push(44);
                self.op(&[EXTENSION, DILITHIUM_VERIFY]).append_to_sum();
            }
            Piece::Call12(salt) => self.precompile(*salt, ExtensionAddresses::erbium().mldsa44, CLAIM, 0),
            Piece::Call100(salt) => {
                self.precompile(*salt, ExtensionAddresses::erbium().dilithium_verify, CLAIM - 1, 1);
            }
            Piece::Unless(inner) => {
                self.sum().push(1).op(&[AND]);
                let inner = inner.clone();
                self.jump_over(|writer| {
                    writer.pieces(&inner);
                });
            }
            Piece::Call { to, value, gas, kind } => self.call(account((*to).into()), *value, *gas, *kind),
            Piece::Balance(of) => {
                self.push_address(account((*of).into())).op(&[BALANCE]).add_to_sum();
            }
            Piece::Code(of) => {
                self.push_address(account((*of).into())).op(&[EXTCODESIZE]).add_to_sum();
            }
            Piece::Gas => {
                self.op(&[GAS]).add_to_sum();
            }
            Piece::Log => {
                self.sum().push(32).push(0).op(&[LOG1]);
            }
            Piece::Spin(count) => {
                self.push(u64::from(*count) * 8 + 1);
                let top = self.0.len();
                self.op(&[JUMPDEST]).push(1).op(&[SWAP1, SUB, DUP1]);
                self.op(&[PUSH2]).op(&(top as u16).to_be_bytes()).op(&[JUMPI, POP]);
            }
            Piece::Create { salt, destroys } => self.create(*salt, *destroys),
            Piece::Destroy(heir) => {
                self.sum().push(1).op(&[AND, ISZERO]);
                let heir = account((*heir).into());
                self.jump_over(|writer| {
                    writer.push_address(heir).op(&[SELFDESTRUCT]);
                });
            }
            Piece::Revert(bits) => {
                self.sum().push(3).op(&[AND]).push(*bits).op(&[SUB]);
                self.jump_over(|writer| {
                    writer.push(32).push(0).op(&[REVERT]);
                });
            }
            Piece::Halt(bits) => {
                self.sum().push(7).op(&[AND]).push(*bits).op(&[SUB]);
                self.jump_over(|writer| {
                    writer.op(&[INVALID]);
                });
            }
        }
    }

    /// Leaves out what `body` writes where the top of the stack is not zero.
    fn jump_over(&mut self, body: impl FnOnce(&mut Self)) {
        self.op(&[PUSH2, 0, 0, JUMPI]);
        let from = self.0.len();
        body(self);
        let target = self.0.len() as u16;
        self.0[from - 3..from - 1].copy_from_slice(&target.to_be_bytes());
        self.op(&[JUMPDEST]);
    }

    fn precompile(&mut self, salt: u8, at: H160, from: u64, more: u64) {
        self.push(salt).push(CLAIM + 1_400).op(&[MSTORE]);
        self.push(44).push(CLAIM - 1).op(&[MSTORE8]);
        self.sum().push(CLAIM + KEY_AND_SIGNATURE).op(&[MSTORE]);
        self.push(32).push(0x20).push(KEY_AND_SIGNATURE + 32 + more).push(from).push(0);
        self.push_address(at).push(20_000).op(&[CALL]).append_to_sum();
        self.push(0x20).op(&[MLOAD]).append_to_sum();
    }

    fn call(&mut self, to: H160, value: u8, gas: u32, kind: u8) {
        self.push(32).push(0x20).push(32).push(0);
        let op = match kind {
            0 => DELEGATECALL,
            1 => STATICCALL,
            _ => CALL,
        };
        if op == CALL {
            self.push(value);
        }
        self.push_address(to).push(gas).op(&[op]).append_to_sum();
        self.push(0x20).op(&[MLOAD]).add_to_sum();
    }

    fn create(&mut self, salt: Option<u8>, destroys: bool) {
        // Init code: SSTORE(1, 7); RETURN the code of a contract that destroys itself, or of one that stores.
        let runtime: &[u8] = if destroys { &[CALLER, SELFDESTRUCT] } else { &[PUSH1, 9, PUSH1, 1, SSTORE] };
        let mut init = Self(Vec::new());
        init.push(7).push(1).op(&[SSTORE]);
        for (at, &byte) in runtime.iter().enumerate() {
            init.push(byte).push(at as u64).op(&[MSTORE8]);
        }
        init.push(runtime.len() as u64).push(0).op(&[RETURN]);
        for (at, &byte) in init.0.iter().enumerate() {
            self.push(byte).push(0x1800 + at as u64).op(&[MSTORE8]);
        }
        if let Some(salt) = salt {
            self.push(salt);
        }
        self.push(init.0.len() as u64).push(0x1800).push(u64::from(destroys));
        self.op(&[if salt.is_some() { CREATE2 } else { CREATE }]);
        // Called at once; its address counts for the sum.
        self.op(&[DUP1]).append_to_sum();
        self.push(0).push(0).push(0).push(0).push(0).op(&[DUP1 + 5]).push(50_000).op(&[CALL]);
        self.append_to_sum().op(&[POP]);
    }
}

/// A contract's code.
pub(super) fn code(pieces: &[Piece]) -> Vec<u8> {
    let mut writer = Writer::default();
    // The sum begins with the input.
    writer.push(0).op(&[CALLDATALOAD]).push(0).op(&[MSTORE]);
    writer.pieces(pieces);
    writer.push(32).push(0).op(&[RETURN]);
    writer.0
}
