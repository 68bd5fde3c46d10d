//! Local execution: one piece of code, called once, outside any block.

mod gas;
mod sandbox;
mod snapshot;

pub use gas::GasMeter;
pub use sandbox::{Sandbox, SecurityError};
pub use snapshot::ExecutionState;

#[cfg(test)]
mod tests;

use crate::code::Code;
use crate::error::VMError;
use crate::evm::{BlockEnv, Coprocessor, Evm, Message, MessageKind, MessageResult, Outcome, Tracer};
use crate::fork::Fork;
use crate::spec::ChainSpec;
use crate::state::{Log, MemoryState, StateBackend};
use erbium_claims::homomorphic::LoggedOperation;
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, U256};
use sandbox::Watch;
use std::sync::Arc;

/// The rules and limits that a [`VirtualMachine`] runs under.
#[derive(Clone, Debug, PartialEq)]
pub struct VMConfig {
    /// Rules of the chain.
    pub spec: ChainSpec,
    /// Limits of local execution.
    pub sandbox: Sandbox,
}

impl Default for VMConfig {
    /// The Erbium chain without limits.
    fn default() -> Self {
        Self { spec: ChainSpec::erbium(), sandbox: Sandbox::default() }
    }
}

/// One call of one piece of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionContext {
    /// Account the code runs on.
    pub address: H160,
    /// Who calls.
    pub caller: H160,
    /// Who signed the transaction.
    pub origin: H160,
    /// Wei sent by the caller, who must have them.
    pub value: U256,
    /// Call data.
    pub data: Vec<u8>,
    /// Gas.
    pub gas_limit: u64,
    /// Wei a unit of gas, as GASPRICE shows it.
    pub gas_price: U256,
    /// Height of the block, as NUMBER shows it.
    pub block_number: u64,
    /// Seconds since 1970, as TIMESTAMP shows it.
    pub block_timestamp: u64,
    /// Chain id, as CHAINID shows it.
    pub chain_id: u64,
    /// The code.
    pub code: Vec<u8>,
}

impl ExecutionContext {
    /// A call of `code` with 30 million gas, on an account and from a caller that nobody else uses.
    pub fn new(code: Vec<u8>) -> Self {
        Self {
            address: H160::repeat_byte(0xec),
            caller: H160::repeat_byte(0xca),
            origin: H160::repeat_byte(0xca),
            value: U256::zero(),
            data: Vec::new(),
            gas_limit: 30_000_000,
            gas_price: U256::zero(),
            block_number: 0,
            block_timestamp: 0,
            chain_id: crate::spec::ERBIUM_CHAIN_ID,
            code,
        }
    }
}

/// What came of a call that ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionResult {
    /// Always true: a call that ends otherwise is a [`VMError`].
    pub success: bool,
    /// Gas used, refund not taken off.
    pub gas_used: u64,
    /// Refund counter, before the cap that a transaction puts on it.
    pub gas_refunded: u64,
    /// Returned bytes.
    pub return_data: Vec<u8>,
    /// Events.
    pub logs: Vec<Log>,
    /// What was done to ciphertexts, in order: what is to be evaluated.
    pub operations: Vec<LoggedOperation>,
}

/// Runs code by itself, on a state that it keeps between calls.
pub struct VirtualMachine<S = MemoryState> {
    config: VMConfig,
    state: S,
    stopped: Option<ExecutionState>,
    gas_left: u64,
}

impl VirtualMachine {
    /// A machine of the Erbium chain with an empty state and no limits.
    pub fn new() -> Self {
        Self::with_state(VMConfig::default(), MemoryState::default())
    }
}

impl Default for VirtualMachine {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: StateBackend> VirtualMachine<S> {
    /// A machine under `config` over `state`.
    pub fn with_state(config: VMConfig, state: S) -> Self {
        Self { config, state, stopped: None, gas_left: 0 }
    }

    /// The state, as the calls so far left it.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// The rules and limits.
    pub fn config(&self) -> &VMConfig {
        &self.config
    }

    /// Where the last call stood, if its sandbox ended it.
    pub fn stopped(&self) -> Option<&ExecutionState> {
        self.stopped.as_ref()
    }

    /// Gas that the last call left, however it ended; a halt leaves none.
    pub fn gas_left(&self) -> u64 {
        self.gas_left
    }

    /// Runs a call; where it ends well, its changes stay. Questions to a coprocessor are faults.
    ///
    /// # Errors
    /// [`VMError::Revert`] with the contract's data, the halt by its name, or a fault.
    pub fn execute(&mut self, context: &ExecutionContext) -> Result<ExecutionResult, VMError> {
        self.execute_with(context, Coprocessor::default(), None)
    }

    /// As [`Self::execute`], with somebody to answer claims and derivations and somebody to watch.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn execute_with(
        &mut self,
        context: &ExecutionContext,
        coprocessor: Coprocessor<'_>,
        tracer: Option<&mut dyn Tracer>,
    ) -> Result<ExecutionResult, VMError> {
        (self.stopped, self.gas_left) = (None, 0);
        self.config.sandbox.validate_context(context)?;
        let spec = ChainSpec { chain_id: context.chain_id, ..self.config.spec.clone() };
        let block = BlockEnv {
            number: context.block_number,
            timestamp: context.block_timestamp,
            gas_limit: context.gas_limit,
            ..BlockEnv::default()
        };
        let mut watch = Watch::new(&self.config.sandbox, tracer);
        let watched = self.config.sandbox.watches() || watch.has_tracer();
        let mut evm = Evm::new(&spec, &block, &self.state).with_coprocessor(coprocessor);
        if watched {
            evm = evm.with_tracer(&mut watch);
        }
        evm.limit_memory(self.config.sandbox.memory_limit);
        let ended = call(&mut evm, context);
        evm.wipe();
        let invalid_opcode = evm.invalid_opcode;
        let gas_refunded = evm.journal.refund().max(0).unsigned_abs();
        let operations = evm.journal.take_operations();
        let logs = evm.journal.finish_transaction(spec.has(Fork::SpuriousDragon));
        let changes = evm.journal.into_changes();
        self.stopped = watch.stopped;
        let message = ended?;
        self.gas_left = message.gas_left;
        let mut meter = GasMeter::new(context.gas_limit);
        meter.consume(context.gas_limit.saturating_sub(message.gas_left))?;
        meter.refund(gas_refunded);
        match message.outcome {
            Outcome::Success(_) => {
                self.state.commit(&changes)?;
                Ok(ExecutionResult {
                    success: true,
                    gas_used: meter.used(),
                    gas_refunded: meter.refunded(),
                    return_data: message.output,
                    logs,
                    operations,
                })
            }
            Outcome::Revert => Err(VMError::Revert(message.output)),
            Outcome::Halt(Halt::InvalidOpcode) => Err(VMError::InvalidOpcode(invalid_opcode)),
            Outcome::Halt(halt) => Err(halt.into()),
        }
    }
}

/// Runs the context's code at its address as if it were deployed there. The code is not kept; the account's nonce of 1
/// is, so that its storage is (EIP-161 deletes empty accounts).
fn call(evm: &mut Evm<'_>, context: &ExecutionContext) -> Result<MessageResult, Fault> {
    evm.set_transaction(context.origin, context.gas_price);
    evm.journal.begin_transaction();
    evm.warm_precompiles()?;
    for address in [context.origin, context.caller, context.address] {
        let id = evm.journal.load(&address)?;
        evm.journal.warm_account(id);
    }
    let account = evm.journal.load(&context.address)?;
    let deployed = Arc::clone(evm.journal.code(account)?);
    if evm.journal.account(account).nonce == 0 {
        evm.journal.set_nonce(account, 1);
    }
    evm.journal.set_code(account, Code::new(&context.code));
    let result = evm.message(Message {
        kind: MessageKind::Call,
        caller: context.caller,
        to: context.address,
        value: context.value,
        input: context.data.clone(),
        gas: context.gas_limit,
    })?;
    evm.journal.set_code(account, deployed);
    Ok(result)
}
