//! revm as a machine to measure: its public parts put together as its own transaction handler does.

use super::BenchError;
use super::block::BlockWork;
use super::measure::{Machine, Receipt};
use super::workload::Workload;
use erbium_vm::Fork;
use erbium_vm::evm::BlockEnv;
use erbium_vm::tx::{Transaction, TransactionType};
use primitive_types::{H160, H256, U256};
use revm::context::block::BlockEnv as PeerBlockEnv;
use revm::context::result::{EVMError, ExecutionResult};
use revm::context::{CfgEnv, Context, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::context_interface::transaction::{AccessList, AccessListItem};
use revm::context_interface::{ContextTr, JournalTr, LocalContextTr};
use revm::database::{CacheDB, EmptyDB};
use revm::database_interface::DatabaseRef;
use revm::handler::{EvmTr, FrameResult, Handler, MainnetContext, MainnetHandler, pre_execution};
use revm::interpreter::GasTracker;
use revm::primitives::U256 as Number;
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, B256, Bytes, TxKind, keccak256};
use revm::state::{AccountInfo, Bytecode};
use revm::{ExecuteEvm, MainBuilder, MainnetEvm};
use std::collections::HashMap;
use std::convert::Infallible;

/// Accounts and slots in the cache; code behind it, so that the first run to need it analyses it.
pub(crate) type Database = CacheDB<Codes>;
pub(crate) type Peer = MainnetEvm<MainnetContext<Database>>;
type PeerError = EVMError<Infallible>;

const NAME: &str = "revm";

/// revm's name of a fork.
fn spec_id(fork: Fork) -> SpecId {
    match fork {
        Fork::Frontier => SpecId::FRONTIER,
        Fork::Homestead => SpecId::HOMESTEAD,
        Fork::TangerineWhistle => SpecId::TANGERINE,
        Fork::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
        Fork::Byzantium => SpecId::BYZANTIUM,
        Fork::Constantinople | Fork::Petersburg => SpecId::PETERSBURG,
        Fork::Istanbul => SpecId::ISTANBUL,
        Fork::Berlin => SpecId::BERLIN,
        Fork::London => SpecId::LONDON,
        Fork::Paris => SpecId::MERGE,
        Fork::Shanghai => SpecId::SHANGHAI,
        Fork::Cancun => SpecId::CANCUN,
        Fork::Prague => SpecId::PRAGUE,
        _ => SpecId::OSAKA,
    }
}

pub(crate) fn address(address: H160) -> Address {
    Address::from(address.0)
}

pub(crate) fn hash(hash: H256) -> B256 {
    B256::from(hash.0)
}

pub(crate) fn word(word: U256) -> Number {
    Number::from_limbs(word.0)
}

fn block_env(block: &BlockEnv, fork: Fork) -> PeerBlockEnv {
    PeerBlockEnv {
        number: word(block.number.into()),
        beneficiary: address(block.coinbase),
        timestamp: word(block.timestamp.into()),
        gas_limit: block.gas_limit,
        basefee: block.base_fee.low_u64(),
        difficulty: word(block.difficulty),
        prevrandao: (fork >= Fork::Paris).then(|| hash(block.prev_randao)),
        blob_excess_gas_and_price: (fork >= Fork::Cancun).then(|| BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: block.blob_base_fee.low_u128(),
        }),
        slot_num: 0,
    }
}

pub(crate) fn machine(block: &BlockEnv, fork: Fork, database: Database) -> Peer {
    let mut context: MainnetContext<EmptyDB> = Context::new(EmptyDB::default(), spec_id(fork));
    context.modify_cfg(|cfg: &mut CfgEnv| cfg.tx_gas_limit_cap = Some(u64::MAX));
    context.with_db(database).with_block(block_env(block, fork)).build_mainnet()
}

/// Code by its hash, as bytes. There is nothing else in it.
#[derive(Debug, Default)]
pub(crate) struct Codes(HashMap<B256, Bytes>);

impl DatabaseRef for Codes {
    type Error = Infallible;

    fn basic_ref(&self, _: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(None)
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.0.get(&code_hash).map(|code| Bytecode::new_raw(code.clone())).unwrap_or_default())
    }

    fn storage_ref(&self, _: Address, _: Number) -> Result<Number, Infallible> {
        Ok(Number::ZERO)
    }

    fn block_hash_ref(&self, _: u64) -> Result<B256, Infallible> {
        Ok(B256::ZERO)
    }
}

pub(crate) fn insert_account(
    database: &mut Database,
    at: H160,
    (nonce, balance): (u64, U256),
    code: &[u8],
    storage: &[(H256, H256)],
) {
    let code_hash = keccak256(code);
    database.db.0.entry(code_hash).or_insert_with(|| Bytes::copy_from_slice(code));
    let info = AccountInfo { nonce, balance: word(balance), code_hash, code: None, ..AccountInfo::default() };
    database.insert_account_info(address(at), info);
    let account = database.cache.accounts.entry(address(at)).or_default();
    for (key, value) in storage {
        account.storage.insert(hash(*key).into(), hash(*value).into());
    }
}

/// A workload's call: revm's handler without validation and payment, so that gas is execution alone.
pub(crate) struct PeerCall<'a> {
    workload: &'a Workload,
    evm: Peer,
    result: Option<FrameResult>,
}

impl<'a> PeerCall<'a> {
    pub(crate) fn new(workload: &'a Workload, fork: Fork, block: &BlockEnv) -> Self {
        let mut database = Database::default();
        for account in &workload.accounts {
            let numbers = (account.nonce, account.balance);
            insert_account(&mut database, account.address, numbers, &account.code, &account.storage);
        }
        let mut evm = machine(block, fork, database);
        evm.ctx.tx = TxEnv {
            caller: address(workload.from),
            gas_limit: workload.gas_limit,
            kind: TxKind::Call(address(workload.to)),
            value: word(workload.value),
            data: Bytes::copy_from_slice(&workload.data),
            ..TxEnv::default()
        };
        Self { workload, evm, result: None }
    }

    fn failed(&self, reason: impl ToString) -> BenchError {
        let (name, reason) = (self.workload.name.clone(), reason.to_string());
        BenchError::Failed { name, machine: NAME, reason }
    }

    fn run(&mut self) -> Result<Option<FrameResult>, PeerError> {
        let gas_limit = self.workload.gas_limit;
        let checkpoint = self.evm.ctx.journal_mut().checkpoint();
        let mut gas = GasTracker::new(gas_limit, gas_limit, 0);
        MainnetHandler::default().execution(&mut self.evm, checkpoint, &mut gas)
    }
}

impl Machine for PeerCall<'_> {
    fn prepare(&mut self) -> Result<(), BenchError> {
        self.result = None;
        self.evm.ctx.local_mut().clear();
        self.evm.frame_stack().clear();
        drop(self.evm.ctx.journal_mut().finalize());
        pre_execution::load_accounts::<_, PeerError>(&mut self.evm).map_err(|error| self.failed(error))?;
        for at in [self.workload.from, self.workload.to] {
            let loaded = self.evm.ctx.journal_mut().load_account(address(at)).map(drop);
            loaded.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    fn execute(&mut self) -> Result<(), BenchError> {
        self.result = self.run().map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn receipts(&self) -> Vec<Receipt> {
        let receipt = self.result.iter().map(|result| Receipt {
            succeeded: result.instruction_result().is_ok(),
            gas: self.workload.gas_limit - result.gas().remaining(),
            refund: result.gas().refunded(),
            logs: self.evm.ctx.journal().logs().len(),
            output: result.interpreter_result().output.to_vec(),
        });
        receipt.collect()
    }
}

/// A block's transactions through one of revm's journals.
pub(crate) struct PeerBlock<'a> {
    work: &'a BlockWork,
    evm: Peer,
    transactions: Vec<TxEnv>,
    /// The copies that the next run consumes.
    next: Vec<TxEnv>,
    results: Vec<ExecutionResult>,
}

impl<'a> PeerBlock<'a> {
    pub(crate) fn new(work: &'a BlockWork) -> Self {
        let mut database = Database::default();
        for (at, account) in &work.file.pre_state {
            let numbers = (account.nonce, account.balance);
            insert_account(&mut database, *at, numbers, &account.code, &account.storage);
        }
        for &(number, block_hash) in &work.file.block_hashes {
            database.cache.block_hashes.insert(word(number.into()), hash(block_hash));
        }
        let transactions = work.block.transactions.iter().zip(&work.senders);
        let transactions = transactions.map(|(tx, &sender)| tx_env(tx, sender)).collect();
        let evm = machine(&work.env, work.spec.fork, database);
        Self { work, evm, transactions, next: Vec::new(), results: Vec::new() }
    }
}

pub(crate) fn tx_env(tx: &Transaction, sender: H160) -> TxEnv {
    let items = tx.access_list.iter().map(|(at, keys)| AccessListItem {
        address: address(*at),
        storage_keys: keys.iter().copied().map(hash).collect(),
    });
    TxEnv {
        tx_type: tx.kind.number(),
        caller: address(sender),
        gas_limit: tx.gas_limit,
        gas_price: tx.max_fee_per_gas.low_u128(),
        kind: tx.to.map_or(TxKind::Create, |to| TxKind::Call(address(to))),
        value: word(tx.value),
        data: Bytes::copy_from_slice(&tx.data),
        nonce: tx.nonce,
        chain_id: tx.chain_id,
        access_list: AccessList(items.collect()),
        gas_priority_fee: (tx.kind >= TransactionType::DynamicFee)
            .then(|| tx.max_priority_fee_per_gas.low_u128()),
        blob_hashes: tx.blob_versioned_hashes.iter().copied().map(hash).collect(),
        max_fee_per_blob_gas: tx.max_fee_per_blob_gas.low_u128(),
        authorization_list: Vec::new(),
    }
}

impl Machine for PeerBlock<'_> {
    fn prepare(&mut self) -> Result<(), BenchError> {
        drop(self.evm.finalize());
        self.next = self.transactions.clone();
        self.results = Vec::with_capacity(self.transactions.len());
        Ok(())
    }

    fn execute(&mut self) -> Result<(), BenchError> {
        for tx in self.next.drain(..) {
            let result = self.evm.transact_one(tx).map_err(|error| BenchError::Failed {
                name: self.work.name.clone(),
                machine: NAME,
                reason: error.to_string(),
            })?;
            self.results.push(result);
        }
        Ok(())
    }

    fn receipts(&self) -> Vec<Receipt> {
        self.results.iter().map(receipt).collect()
    }
}

fn receipt(result: &ExecutionResult) -> Receipt {
    // A creation's output is its code, which erbium does not repeat.
    let output = result.output().filter(|_| result.created_address().is_none());
    Receipt {
        succeeded: result.is_success(),
        gas: result.tx_gas_used(),
        refund: result.gas().inner_refunded() as i64,
        logs: result.logs().len(),
        output: output.map(|output| output.to_vec()).unwrap_or_default(),
    }
}
