//! The driver: it runs messages frame by frame and answers what suspended frames ask for.

mod address;
mod authorize;
mod begin;
mod eip3155;
mod frame;
mod intrinsic;
mod message;
mod ration;
mod serve;
pub(crate) mod state_gas;
mod trace;
mod transaction;
mod transfer_log;
mod validate;

#[cfg(test)]
mod tests;

pub use address::create_address;
pub use eip3155::JsonTracer;
pub(crate) use frame::Frame;
pub use intrinsic::{IntrinsicGas, intrinsic_gas};
pub use message::{Message, MessageKind, MessageResult, Outcome, SuccessReason};
pub use trace::{StepView, Tracer};
pub use transaction::TransactionResult;

use crate::interpreter::{Action, Cursor, Instructions, Memory, SpareStacks, Step};
use crate::precompile::Precompiles;
use crate::spec::ChainSpec;
use crate::speculation::Inquiry;
use crate::state::{Journal, StateBackend};
use erbium_claims::{Deriver, Fault, Halt, NoCoprocessor, Verifier};
use primitive_types::{H160, H256, U256};
use state_gas::StateGas;

/// The block that transactions run in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockEnv {
    /// Height.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Who is paid.
    pub coinbase: H160,
    /// Gas of all transactions together.
    pub gas_limit: u64,
    /// Difficulty; before Paris.
    pub difficulty: U256,
    /// Randomness of the beacon chain; from Paris on (EIP-4399).
    pub prev_randao: H256,
    /// Burnt per unit of gas; zero before London.
    pub base_fee: U256,
    /// Burnt per unit of blob gas; from Cancun on.
    pub blob_base_fee: U256,
    /// From Cancun on (EIP-4788).
    pub parent_beacon_block_root: Option<H256>,
    /// Slot of the beacon chain; from Amsterdam on (EIP-7843).
    pub slot_number: u64,
}

/// What contracts can ask about the running transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TxEnv {
    pub(crate) origin: H160,
    pub(crate) gas_price: U256,
    pub(crate) blob_hashes: Vec<H256>,
}

/// Who answers claims and derivations.
#[derive(Clone, Copy)]
pub struct Coprocessor<'a> {
    /// Answers claims.
    pub verifier: &'a dyn Verifier,
    /// Answers derivations.
    pub deriver: &'a dyn Deriver,
}

impl Default for Coprocessor<'_> {
    fn default() -> Self {
        Self { verifier: &NoCoprocessor, deriver: &NoCoprocessor }
    }
}

/// The virtual machine over one block: its journal keeps what the block's transactions did so far.
pub struct Evm<'a> {
    /// The rules.
    pub spec: &'a ChainSpec,
    /// The block.
    pub block: &'a BlockEnv,
    /// State, as the transactions so far left it.
    pub journal: Journal<'a>,
    /// Position in the block of the transaction that runs next, which the handles of its ciphertexts depend on; `None`
    /// for calls that no transaction makes, and that may not touch ciphertexts.
    pub transaction_index: Option<u32>,
    pub(crate) tx: TxEnv,
    pub(crate) precompiles: &'static Precompiles,
    pub(crate) coprocessor: Coprocessor<'a>,
    tracer: Option<&'a mut dyn Tracer>,

    pub(crate) instructions: &'static Instructions,
    pub(crate) stepping: bool,
    pub(crate) cursor: Cursor,
    pub(crate) frame: Frame,
    callers: Vec<Frame>,
    spare: SpareStacks,
    pub(crate) memory: Memory,
    /// Call data of the message's first frame.
    input: Vec<u8>,
    /// What the frame that just ended returned.
    pub(crate) output: Vec<u8>,
    /// What the last call of the running frame returned (EIP-211).
    pub(crate) return_data: Vec<u8>,
    pub(crate) action: Option<Action>,
    pub(crate) step: Step,
    pub(crate) halt: Halt,
    pub(crate) fault: Option<Fault>,
    /// The byte of the last [`Halt::InvalidOpcode`]; behind EXTENSION, its second byte.
    pub(crate) invalid_opcode: u8,
    /// Gas for state that grows, from Amsterdam on.
    pub(crate) state_gas: StateGas,
    /// Where claims go; `None` asks the coprocessor for each.
    pub(crate) inquiry: Option<Inquiry>,
    /// Gas of the running frame that is not in the cursor.
    pub(crate) withheld: i64,
    /// The cursor is at an instruction that only lacked gas that was withheld.
    pub(crate) stalled: bool,
    /// Counts jumps of plain code.
    patience: u32,
}

impl<'a> Evm<'a> {
    /// A machine for the block `block` under `spec`, over the state before it.
    pub fn new(spec: &'a ChainSpec, block: &'a BlockEnv, backend: &'a dyn StateBackend) -> Self {
        Self {
            spec,
            block,
            journal: Journal::new(backend),
            transaction_index: Some(0),
            tx: TxEnv::default(),
            precompiles: Precompiles::of(spec.fork),
            coprocessor: Coprocessor::default(),
            tracer: None,
            instructions: Instructions::of(spec.fork, spec.extensions, false),
            stepping: false,
            cursor: Cursor { ip: std::ptr::null(), sp: std::ptr::null_mut(), gas: 0 },
            frame: Frame::idle(),
            callers: Vec::new(),
            spare: SpareStacks::default(),
            memory: Memory::new(),
            input: Vec::new(),
            output: Vec::new(),
            return_data: Vec::new(),
            action: None,
            step: Step::Stop,
            halt: Halt::InvalidOpcode,
            fault: None,
            invalid_opcode: 0,
            state_gas: StateGas::of(spec.fork, block.gas_limit),
            inquiry: None,
            withheld: 0,
            stalled: false,
            patience: 0,
        }
    }

    /// Asks `coprocessor` where contracts pose questions; without it every question is a fault.
    #[must_use]
    pub fn with_coprocessor(mut self, coprocessor: Coprocessor<'a>) -> Self {
        self.coprocessor = coprocessor;
        self
    }

    /// Shows every instruction to `tracer` before it runs. Slower; results are the same.
    #[must_use]
    pub fn with_tracer(mut self, tracer: &'a mut dyn Tracer) -> Self {
        self.tracer = Some(tracer);
        self.stepping = true;
        self.instructions = Instructions::of(self.spec.fork, self.spec.extensions, true);
        self
    }

    /// Bounds each frame's memory in bytes: local execution only.
    pub fn limit_memory(&mut self, bytes: Option<usize>) {
        self.memory.set_limit(bytes);
    }

    /// What ORIGIN and GASPRICE answer in messages that no transaction sends.
    pub fn set_transaction(&mut self, origin: H160, gas_price: U256) {
        self.tx = TxEnv { origin, gas_price, blob_hashes: Vec::new() };
    }

    /// Frames that are running or waiting.
    pub fn depth(&self) -> usize {
        // Below the first frame lies the idle one.
        self.callers.len()
    }

    /// Call data of the running frame.
    #[inline(always)]
    pub(crate) fn input(&self) -> &[u8] {
        match self.frame.shared_input {
            Some((start, len)) => self.memory.shared(start, len),
            None => &self.input,
        }
    }

    /// CALLDATACOPY: the source may lie in the same buffer as the target.
    pub(crate) fn copy_input(&mut self, to: usize, from: u64, len: usize) {
        match self.frame.shared_input {
            Some((start, available)) => self.memory.put_shared(to, (start, available), from, len),
            None => self.memory.put_padded(to, &self.input, from, len),
        }
    }

    /// Overwrites stacks and memory, which may hold secret operands of local runs.
    pub fn wipe(&mut self) {
        self.memory.wipe();
        self.spare.wipe();
        for buffer in [&mut self.input, &mut self.output, &mut self.return_data] {
            buffer.fill(0);
            std::hint::black_box(&mut *buffer).clear();
        }
    }
}
