//! Erbium as a machine to measure.

use super::BenchError;
use super::block::BlockWork;
use super::measure::{Machine, Receipt};
use super::workload::Workload;
use erbium_vm::Code;
use erbium_vm::evm::{BlockEnv, Evm, Message, MessageKind, MessageResult, TransactionResult};
use erbium_vm::precompile::Precompiles;
use erbium_vm::spec::ChainSpec;
use erbium_vm::state::{Journal, MemoryState};
use primitive_types::U256;

const NAME: &str = "erbium";

/// The state of a workload.
pub(crate) fn state(workload: &Workload) -> MemoryState {
    let mut state = MemoryState::new();
    for account in &workload.accounts {
        let storage = account.storage.iter().copied();
        state.insert_account(
            account.address,
            account.nonce,
            account.balance,
            Code::new(&account.code),
            storage,
        );
    }
    state
}

/// A workload's call, as a message without a transaction around it.
pub(crate) struct OurCall<'a> {
    name: &'a str,
    state: &'a MemoryState,
    evm: Evm<'a>,
    message: Message,
    /// The copy that the next run consumes.
    next: Option<Message>,
    result: Option<MessageResult>,
}

impl<'a> OurCall<'a> {
    pub(crate) fn new(
        workload: &'a Workload,
        spec: &'a ChainSpec,
        block: &'a BlockEnv,
        state: &'a MemoryState,
    ) -> Self {
        let message = Message {
            kind: MessageKind::Call,
            caller: workload.from,
            to: workload.to,
            value: workload.value,
            input: workload.data.clone(),
            gas: workload.gas_limit,
        };
        let mut evm = Evm::new(spec, block, state);
        evm.set_transaction(workload.from, U256::zero());
        Self { name: &workload.name, state, evm, message, next: None, result: None }
    }

    fn failed(&self, reason: impl ToString) -> BenchError {
        BenchError::Failed { name: self.name.to_owned(), machine: NAME, reason: reason.to_string() }
    }
}

impl Machine for OurCall<'_> {
    fn prepare(&mut self) -> Result<(), BenchError> {
        let mut journal = Journal::new(self.state);
        journal.begin_transaction();
        // What a transaction finds warm (EIP-2929, EIP-3651).
        let parties = [self.message.caller, self.message.to, self.evm.block.coinbase];
        for address in Precompiles::of(self.evm.spec.fork).addresses().chain(parties) {
            let id = journal.load(&address).map_err(|fault| self.failed(fault))?;
            journal.warm_account(id);
        }
        self.evm.journal = journal;
        self.next = Some(self.message.clone());
        self.result = None;
        Ok(())
    }

    fn execute(&mut self) -> Result<(), BenchError> {
        let message = self.next.take().ok_or_else(|| self.failed("not prepared"))?;
        self.result = Some(self.evm.message(message).map_err(|fault| self.failed(fault))?);
        Ok(())
    }

    fn receipts(&self) -> Vec<Receipt> {
        let receipt = self.result.iter().map(|result| Receipt {
            succeeded: result.outcome.is_success(),
            gas: self.message.gas - result.gas_left,
            refund: self.evm.journal.refund(),
            logs: self.evm.journal.logs().len(),
            output: result.output.clone(),
        });
        receipt.collect()
    }
}

/// A block's transactions on one machine.
pub(crate) struct OurBlock<'a> {
    work: &'a BlockWork,
    state: &'a MemoryState,
    evm: Evm<'a>,
    results: Vec<TransactionResult>,
}

impl<'a> OurBlock<'a> {
    pub(crate) fn new(work: &'a BlockWork, state: &'a MemoryState) -> Self {
        Self { work, state, evm: Evm::new(&work.spec, &work.env, state), results: Vec::new() }
    }

    fn failed(&self, reason: impl ToString) -> BenchError {
        BenchError::Failed { name: self.work.name.clone(), machine: NAME, reason: reason.to_string() }
    }
}

impl Machine for OurBlock<'_> {
    fn prepare(&mut self) -> Result<(), BenchError> {
        self.results = Vec::with_capacity(self.work.block.transactions.len());
        self.evm.journal = Journal::new(self.state);
        Ok(())
    }

    fn execute(&mut self) -> Result<(), BenchError> {
        let mut available = self.work.env.gas_limit;
        for (tx, &sender) in self.work.block.transactions.iter().zip(&self.work.senders) {
            let result = self.evm.transact(tx, sender, &[], available);
            let result = result.map_err(|fault| self.failed(fault))?;
            let result = result.map_err(|rejection| self.failed(rejection))?;
            available -= result.gas_used;
            self.results.push(result);
        }
        Ok(())
    }

    fn receipts(&self) -> Vec<Receipt> {
        let receipts = self.results.iter().map(|result| Receipt {
            succeeded: result.outcome.is_success(),
            gas: result.gas_used,
            refund: result.gas_refunded as i64,
            logs: result.logs.len(),
            output: result.output.clone(),
        });
        receipts.collect()
    }
}
