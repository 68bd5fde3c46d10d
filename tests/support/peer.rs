//! revm as a machine to observe.

use super::case::{Case, CaseAuthorization, CaseTransaction};
use super::observed::{AccountSeen, Observed, Status};
use crate::bench::peer::{Database, address, hash, insert_account, machine, tx_env, word};
use erbium_vm::Fork;
use primitive_types::{H160, H256, U256};
use revm::context::TxEnv;
use revm::context::result::{EVMError, ExecutionResult};
use revm::context_interface::cfg::GasParams;
use revm::context_interface::either::Either;
use revm::context_interface::transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization};
use revm::context_interface::{ContextTr, JournalTr};
use revm::database_interface::DatabaseRef;
use revm::primitives::Address;
use revm::{DatabaseCommit, ExecuteEvm};
use std::collections::BTreeMap;

/// Runs `case`, its gas schedule changed by `reprice`.
pub(crate) fn run(case: &Case, reprice: impl FnOnce(&mut GasParams)) -> Vec<Observed> {
    let fork = case.fork();
    let mut evm = machine(&case.block(), fork, database(case));
    evm.ctx.modify_cfg(|cfg| reprice(&mut cfg.gas_params));
    let observe = |transaction: &CaseTransaction| {
        let result = evm.transact_one(environment(transaction));
        let mut changes = evm.finalize();
        if fork >= Fork::SpuriousDragon {
            // The database leaves it to its user to delete what was touched and is empty (EIP-161).
            let emptied = changes.values_mut().filter(|account| account.is_touched() && account.is_empty());
            emptied.for_each(|account| account.mark_selfdestruct());
        }
        let database = evm.ctx.journal_mut().db_mut();
        database.commit(changes);
        let after = state(database);
        match result {
            Ok(result) => observed(result, after),
            Err(EVMError::Transaction(_)) => Observed::rejected(after),
            Err(error) => panic!("revm could not run the case: {error}"),
        }
    };
    case.transactions.iter().map(observe).collect()
}

fn database(case: &Case) -> Database {
    let mut database = Database::default();
    for account in &case.accounts {
        let storage = account.storage.iter();
        let storage: Vec<_> = storage
            .map(|(key, value)| (H256(key.0.to_big_endian()), H256(value.0.to_big_endian())))
            .collect();
        let numbers = (account.nonce, account.balance.0);
        insert_account(&mut database, account.address.0, numbers, &account.code.0, &storage);
    }
    for (number, block_hash) in Case::block_hashes() {
        database.cache.block_hashes.insert(word(number.into()), hash(block_hash));
    }
    database
}

fn environment(transaction: &CaseTransaction) -> TxEnv {
    let (tx, _) = transaction.transaction();
    let authorizations = transaction.authorizations.iter().map(|from| Either::Right(authorization(from)));
    TxEnv { authorization_list: authorizations.collect(), ..tx_env(&tx, transaction.sender.0) }
}

fn authorization(from: &CaseAuthorization) -> RecoveredAuthorization {
    let authority = match from.authority {
        Some(authority) => RecoveredAuthority::Valid(address(authority.0)),
        None => RecoveredAuthority::Invalid,
    };
    let inner = Authorization {
        chain_id: word(from.chain_id.into()),
        address: address(from.address.0),
        nonce: from.nonce,
    };
    RecoveredAuthorization::new_unchecked(inner, authority)
}

fn observed(result: ExecutionResult, state: BTreeMap<H160, AccountSeen>) -> Observed {
    let status = match result {
        ExecutionResult::Success { .. } => Status::Success,
        ExecutionResult::Revert { .. } => Status::Revert,
        ExecutionResult::Halt { .. } => Status::Halt,
    };
    let created = result.created_address().filter(|_| status == Status::Success).map(ours);
    // A creation's output is its code, which erbium does not repeat.
    let output = result.output().filter(|_| created.is_none()).map(|output| output.to_vec());
    let logs = result.logs().iter().map(|log| {
        let topics = log.topics().iter().map(|topic| H256(topic.0)).collect();
        (ours(log.address), topics, log.data.data.to_vec())
    });
    let logs = if status == Status::Success { logs.collect() } else { Vec::new() };
    let (gas_used, output) = (result.tx_gas_used(), output.unwrap_or_default());
    Observed { status, gas_used, output, created, logs, state }
}

fn state(database: &Database) -> BTreeMap<H160, AccountSeen> {
    let accounts = database.cache.accounts.iter().filter_map(|(&at, account)| {
        let info = account.info()?;
        let code = info.code.clone();
        let code = code.unwrap_or_else(|| match database.code_by_hash_ref(info.code_hash) {
            Ok(code) => code,
        });
        let code = code.original_bytes().to_vec();
        let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
        let storage = slots.map(|(key, value)| (number(*key), number(*value))).collect();
        Some((ours(at), AccountSeen { nonce: info.nonce, balance: number(info.balance), code, storage }))
    });
    accounts.collect()
}

fn ours(address: Address) -> H160 {
    H160(address.into_array())
}

fn number(word: revm::primitives::U256) -> U256 {
    U256(word.into_limbs())
}
