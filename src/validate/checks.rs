//! What can be compared without executing the block.

use super::report::{BlockReport, Check, CheckResult, Flaw, TransactionFlaw};
use erbium_gpu::cpu::keccak256_each;
use erbium_vm::block::json::BlockFile;
use erbium_vm::block::{BlockResult, Header, MisplacedField, ommers_hash, withdrawals_root};
use erbium_vm::spec::GAS_PER_BLOB;
use erbium_vm::trie::ordered_root_with;
use erbium_vm::tx::Transaction;
use erbium_vm::{Fork, H160, H256};

const OLD_RECEIPTS: &str =
    "receipts before Byzantium hold intermediate state roots, which a partial pre-state cannot give";
const PARTIAL_STATE: &str = "the file has only the part of the state that the block reads";
const NOT_EXECUTED: &str = "the block was not executed to its end";
const UNCLES_MISSING: &str = "the file has the uncles' hashes, not their headers";

/// Compares header, transactions and withdrawals among themselves.
pub(super) fn contents(file: &BlockFile, fork: Fork, report: &mut BlockReport) {
    let header = &file.block.header;
    report.add(fields(header, fork));
    report.add(Check::compare("header hash", file.claimed.hash, report.hash));
    let encoded: Vec<_> = file.block.transactions.iter().map(Transaction::encode).collect();
    report.add(Check::compare(
        "transactions root",
        header.transactions_root,
        ordered_root_with(&encoded, keccak256_each),
    ));
    hashes(file, &encoded, report);
    report.add(if file.claimed.uncles.is_empty() {
        Check::compare("uncles hash", header.ommers_hash, ommers_hash(&[]))
    } else {
        Check::not_checkable("uncles hash", UNCLES_MISSING)
    });
    if fork >= Fork::Shanghai {
        let withdrawals = file.block.withdrawals.as_deref().unwrap_or_default();
        report.add(Check::field("withdrawals root", header.withdrawals_root, withdrawals_root(withdrawals)));
    }
    if fork >= Fork::Cancun {
        let blobs: usize = file.block.transactions.iter().map(|tx| tx.blob_versioned_hashes.len()).sum();
        let blob_gas = (blobs as u64).saturating_mul(GAS_PER_BLOB);
        report.add(Check::field("blob gas used", header.blob_gas_used, blob_gas));
    }
}

/// Each field that came with a fork is there from that fork on, and not before.
fn fields(header: &Header, fork: Fork) -> Check {
    let result = match header.misplaced_field(fork) {
        None => CheckResult::Passed,
        Some(MisplacedField { name, there, since }) => CheckResult::Failed {
            expected: format!("{name} {}", if there { "there" } else { "missing" }),
            got: format!(
                "{fork}, where it {} (it came with {since})",
                if there { "may not be" } else { "must be" }
            ),
        },
    };
    Check { name: "header fields", result }
}

/// Compares the hash that the file gives for each transaction with that of its network form.
fn hashes(file: &BlockFile, encoded: &[Vec<u8>], report: &mut BlockReport) {
    const NAME: &str = "transaction hashes";
    let computed = keccak256_each(encoded).into_iter().map(H256);
    let claimed = file.claimed.transactions.iter().map(|claimed| claimed.hash);
    let mut pairs = claimed.zip(computed).enumerate();
    let Some((index, (given, computed))) = pairs.find(|(_, (given, computed))| given != computed) else {
        return report.checks.push(Check { name: NAME, result: CheckResult::Passed });
    };
    let (expected, got) = (format!("{given:?}"), format!("{computed:?}"));
    report.checks.push(Check { name: NAME, result: CheckResult::Failed { expected, got } });
    report.flaws.push(Flaw::Transaction { index, flaw: TransactionFlaw::WrongHash { given, computed } });
}

/// Compares the senders that the file gives; the error names the first that is wrong.
pub(super) fn senders(file: &BlockFile, signers: &[H160]) -> Result<(), Flaw> {
    for (index, (claimed, &signer)) in file.claimed.transactions.iter().zip(signers).enumerate() {
        if claimed.from != signer {
            let flaw = TransactionFlaw::WrongSender { given: claimed.from, signer };
            return Err(Flaw::Transaction { index, flaw });
        }
    }
    Ok(())
}

/// Compares what came of execution; there is a `state_root` where the whole state is known.
pub(super) fn execution(
    header: &Header,
    fork: Fork,
    result: &BlockResult,
    state_root: Option<H256>,
    report: &mut BlockReport,
) {
    report.gas_used = result.gas_used;
    let operations = result.transactions.iter().flat_map(|transaction| &transaction.operations);
    report.operations = operations.copied().collect();
    report.add(Check::compare("gas used", header.gas_used, result.gas_used));
    report.add(Check::compare("logs bloom", header.logs_bloom, result.logs_bloom));
    report.add(match result.receipts_root_with(keccak256_each) {
        Some(root) => Check::compare("receipts root", header.receipts_root, root),
        None => Check::not_checkable("receipts root", OLD_RECEIPTS),
    });
    if fork >= Fork::Prague {
        report.add(Check::field("requests hash", header.requests_hash, result.requests_hash()));
    }
    if let Some(hash) = result.block_access_list_hash {
        report.add(Check::field("block access list hash", header.block_access_list_hash, hash));
    }
    report.add(match state_root {
        Some(root) => Check::compare("state root", header.state_root, root),
        None => Check::not_checkable("state root", PARTIAL_STATE),
    });
}

/// Says what cannot be compared as execution did not come to its end.
pub(super) fn not_executed(report: &mut BlockReport) {
    for name in ["gas used", "logs bloom", "receipts root", "state root"] {
        report.add(Check::not_checkable(name, NOT_EXECUTED));
    }
}
