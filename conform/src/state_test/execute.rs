//! Runs one transaction as the only one of a block.

use super::exception::Refusal;
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm, Tracer, TransactionResult};
use erbium_vm::state::{MemoryState, StateBackend};
use erbium_vm::trie::state_root;
use erbium_vm::tx::Transaction;
use erbium_vm::{ChainSpec, Code, Fork, H160, H256, U256};

/// What a transaction runs in and on.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The rules.
    pub spec: ChainSpec,
    /// The block.
    pub block: BlockEnv,
    /// The state before.
    pub state: MemoryState,
    /// The transaction: from the test's bytes where it has them.
    pub transaction: Transaction,
    /// Who signed it: where the test has bytes, recovered from them.
    pub sender: H160,
    /// Who signed its authorizations; `None` where nobody did.
    pub authorities: Vec<Option<H160>>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Execution {
    /// The transaction's result, or why it was refused.
    pub outcome: Result<TransactionResult, Refusal>,
    /// The state after.
    pub state: MemoryState,
}

impl Parts {
    /// Runs the transaction, shown to `tracer` step by step if there is one.
    ///
    /// # Errors
    /// [`Fault`] when machinery failed; the test says nothing then.
    pub fn execute(mut self, tracer: Option<&mut dyn Tracer>) -> Result<Execution, Fault> {
        let mut evm = Evm::new(&self.spec, &self.block, &self.state);
        if let Some(tracer) = tracer {
            evm = evm.with_tracer(tracer);
        }
        let outcome =
            evm.transact(&self.transaction, self.sender, &self.authorities, self.block.gas_limit)?;
        let changes = evm.journal.into_changes();
        if outcome.is_ok() {
            self.state.commit(&changes)?;
            pay_nothing(&mut self.state, self.spec.fork, self.block.coinbase);
        }
        Ok(Execution { outcome: outcome.map_err(Refusal::from), state: self.state })
    }
}

/// The block's reward of zero: until EIP-161 it leaves an account behind, even where the coinbase destroyed itself.
pub(super) fn pay_nothing(state: &mut MemoryState, fork: Fork, coinbase: H160) {
    if fork < Fork::SpuriousDragon && state.get_account(&coinbase).is_none() {
        state.insert_account(coinbase, 0, U256::zero(), Code::empty(), []);
    }
}

impl Execution {
    /// A refusal before anything ran.
    pub(super) fn refused(refusal: Refusal, state: MemoryState) -> Self {
        Self { outcome: Err(refusal), state }
    }

    /// Root of the state after.
    pub fn state_root(&self) -> H256 {
        root(&self.state)
    }
}

/// Root of a whole state.
pub(crate) fn root(state: &MemoryState) -> H256 {
    state_root(state.accounts().map(|(address, account)| (address, account.account(), account.storage())))
}
