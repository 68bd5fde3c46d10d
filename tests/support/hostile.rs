//! Blocks made to waste the work of a machine that presumes: shared by the tests that count that work and the bench that
//! times it.

use erbium_vm::block::{
    Block, BlockInput, CONSOLIDATION_REQUEST_ADDRESS, Header, WITHDRAWAL_REQUEST_ADDRESS,
};
use erbium_vm::evm::BlockEnv;
use erbium_vm::opcode::*;
use erbium_vm::state::MemoryState;
use erbium_vm::tx::Transaction;
use erbium_vm::{ChainSpec, Code, H160, H256, U256};

/// Gas that a block may use.
const LIMIT: u64 = 60_000_000;
const CONTRACT: H160 = H160::repeat_byte(0xc0);

/// A block, and what it is executed on.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) spec: ChainSpec,
    pub(crate) state: MemoryState,
    pub(crate) block: Block,
    pub(crate) senders: Vec<H160>,
    pub(crate) authorities: Vec<Vec<Option<H160>>>,
}

impl Scene {
    /// A block without transactions over senders that have ether and a contract.
    fn new(name: &'static str, code: &[u8]) -> Self {
        let mut state = MemoryState::new();
        for number in 0..4 {
            state.insert_account(sender(number), 0, U256::exp10(20), Code::new(&[]), []);
        }
        for queue in [WITHDRAWAL_REQUEST_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS] {
            state.insert_account(queue, 1, U256::zero(), Code::new(&[STOP]), []);
        }
        state.insert_account(CONTRACT, 1, U256::zero(), Code::new(code), []);
        let header = Header {
            number: 5,
            gas_limit: LIMIT,
            base_fee_per_gas: Some(7.into()),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(H256::zero()),
            ..Header::default()
        };
        let block =
            Block { header, transactions: Vec::new(), ommers: Vec::new(), withdrawals: Some(Vec::new()) };
        // Without a cap on transactions, so that one can have the whole block.
        let spec = ChainSpec { max_transaction_gas: None, ..ChainSpec::erbium() };
        Self { name, spec, state, block, senders: Vec::new(), authorities: Vec::new() }
    }

    /// Adds calls of the contract, each with the word that `input` makes of its number.
    fn calls(mut self, count: u64, gas_limit: u64, input: impl Fn(u64) -> u64) -> Self {
        for number in 0..count {
            let from = sender(number);
            self.block.transactions.push(Transaction {
                nonce: number / 4,
                gas_limit,
                max_fee_per_gas: 10.into(),
                max_priority_fee_per_gas: 10.into(),
                to: Some(CONTRACT),
                data: U256::from(input(number)).to_big_endian().to_vec(),
                ..Transaction::default()
            });
            self.senders.push(from);
            self.authorities.push(Vec::new());
        }
        self
    }

    pub(crate) fn env(&self) -> BlockEnv {
        BlockEnv::of_header(&self.spec, &self.block.header).unwrap_or_default()
    }

    pub(crate) fn input(&self) -> BlockInput<'_> {
        BlockInput {
            block: &self.block,
            senders: &self.senders,
            authorities: &self.authorities,
            rlp_size: None,
            state_root: None,
        }
    }
}

fn sender(number: u64) -> H160 {
    H160::from_low_u64_be(0x5e_0000 + number % 4)
}

/// Code under construction. Programs keep a word at 0 of memory, which is the message of their claims; key and signature
/// are zero bytes.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn op(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }

    fn push(&mut self, number: u64) -> &mut Self {
        self.op(&[PUSH1 + 7]).op(&number.to_be_bytes())
    }

    /// The word at 0 begins with the input.
    fn begin(&mut self) -> &mut Self {
        self.push(0).op(&[CALLDATALOAD]).push(0).op(&[MSTORE])
    }

    /// Asks about the first `len` bytes of memory: 1 or 0 on the stack.
    fn ask(&mut self, len: u64) -> &mut Self {
        self.push(len).push(0).push(0x600).push(0x40).push(44).op(&[EXTENSION, DILITHIUM_VERIFY])
    }

    /// The word at 0 becomes three times itself, one, and the top of the stack.
    fn mix(&mut self) -> &mut Self {
        self.push(0).op(&[MLOAD]).push(3).op(&[MUL, ADD]).push(1).op(&[ADD]).push(0).op(&[MSTORE])
    }

    /// `count` times `body`, which leaves the stack as it is.
    fn repeat(&mut self, count: u64, body: impl Fn(&mut Self)) -> &mut Self {
        self.push(count);
        let top = self.0.len();
        self.op(&[JUMPDEST]);
        body(self);
        self.push(1).op(&[SWAP1, SUB, DUP1]);
        self.op(&[PUSH2]).op(&(top as u16).to_be_bytes()).op(&[JUMPI, POP])
    }
}

/// Each claim is about the verdict of the one before, and how many there were.
fn chain(count: u64) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.begin().repeat(count, |writer| {
        writer.ask(32).mix();
    });
    writer.0
}

/// Where the verdict is valid, so many rounds of `body`.
fn steered(rounds: u64, body: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.begin().ask(32).op(&[ISZERO, PUSH2, 0, 0, JUMPI]);
    let from = writer.0.len();
    writer.repeat(rounds, |writer| {
        writer.op(body);
    });
    let end = (writer.0.len() as u16).to_be_bytes();
    writer.0[from - 3..from - 1].copy_from_slice(&end);
    writer.op(&[JUMPDEST, STOP]);
    writer.0
}

/// Each transaction reads what the one before wrote, claims it and writes what it becomes.
fn hot(claims: u64) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.push(0).op(&[SLOAD]).push(0).op(&[MSTORE]).repeat(claims, |writer| {
        writer.ask(32).mix();
    });
    writer.push(0).op(&[MLOAD]).push(0).op(&[SSTORE, STOP]);
    writer.0
}

/// Claims on a mebibyte each.
fn long(count: u64) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.begin().repeat(count, |writer| {
        writer.ask(1 << 20).mix();
    });
    writer.0
}

/// Instructions of little gas, and of much: with these, gas by rations ends in the middle of one.
const COMPUTE: &[u8] = &[PC, POP];
const WRITE: &[u8] = &[DUP1, DUP1, SSTORE];

/// The blocks, for claims that are false or may be.
pub(crate) fn blocks() -> Vec<Scene> {
    vec![
        Scene::new("a chain of 4,000 dependent claims", &chain(4_000)).calls(1, LIMIT - 1, |_| 1),
        Scene::new("300 transactions of 4 claims", &chain(4)).calls(300, 100_000, |at| at * 1_000),
        Scene::new("claims before a long loop", &steered(1_000_000, COMPUTE)).calls(100, 50_000_000, |at| at),
        Scene::new("claims before many writes", &steered(2_000, WRITE)).calls(100, 50_000_000, |at| at),
        Scene::new("claims on a hot slot", &hot(3)).calls(200, 100_000, |at| at),
        Scene::new("claims on a mebibyte", &long(40)).calls(4, 14_000_000, |at| at << 32),
    ]
}

/// Blocks whose claims are meant to be true: the loops behind them are run.
pub(crate) fn honest_blocks() -> Vec<Scene> {
    vec![
        Scene::new("a loop behind a claim", &steered(200_000, COMPUTE)).calls(4, 14_000_000, |at| at),
        Scene::new("writes behind a claim", &steered(500, WRITE)).calls(4, 14_000_000, |at| at),
        Scene::new("20 transactions of 100 claims", &chain(100)).calls(20, 2_000_000, |at| at << 20),
    ]
}
