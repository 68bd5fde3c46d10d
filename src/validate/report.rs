//! What validation found out about a block.

use crate::caches::CacheCounts;
use erbium_vm::block::BlockError;
use erbium_vm::claims::DilithiumScheme;
use erbium_vm::claims::homomorphic::LoggedOperation;
use erbium_vm::spec::Extensions;
use erbium_vm::speculation::Counters;
use erbium_vm::{Fork, H160, H256, Rejection};
use serde_json::{Value, json};
use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

/// Signatures that a block carries, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureCounts {
    /// Senders and EIP-7702 authorities on secp256k1.
    pub secp256k1: u64,
    /// Senders with a key of ML-DSA-44.
    pub ml_dsa_44: u64,
    /// Senders with a key of ML-DSA-65.
    pub ml_dsa_65: u64,
    /// Senders with a key of ML-DSA-87.
    pub ml_dsa_87: u64,
}

impl SignatureCounts {
    /// Every kind with its count.
    pub fn by_kind(&self) -> [(&'static str, u64); 4] {
        [
            ("secp256k1", self.secp256k1),
            ("ML-DSA-44", self.ml_dsa_44),
            ("ML-DSA-65", self.ml_dsa_65),
            ("ML-DSA-87", self.ml_dsa_87),
        ]
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.by_kind().iter().map(|(_, count)| count).sum()
    }

    /// Counts one more of a quantum-safe scheme.
    pub(super) fn add_quantum(&mut self, scheme: DilithiumScheme) {
        // Transactions have the sets of FIPS 204 alone, one a level.
        *match scheme.level() {
            2 => &mut self.ml_dsa_44,
            3 => &mut self.ml_dsa_65,
            _ => &mut self.ml_dsa_87,
        } += 1;
    }

    fn to_json(self) -> Value {
        self.by_kind().into_iter().map(|(kind, count)| (kind.to_owned(), Value::from(count))).collect()
    }
}

impl AddAssign for SignatureCounts {
    fn add_assign(&mut self, other: Self) {
        self.secp256k1 += other.secp256k1;
        self.ml_dsa_44 += other.ml_dsa_44;
        self.ml_dsa_65 += other.ml_dsa_65;
        self.ml_dsa_87 += other.ml_dsa_87;
    }
}

/// How long each stage took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// From the file's bytes to the block.
    pub decode: Duration,
    /// Signing hashes, and all signatures in a batch a kind.
    pub signatures: Duration,
    /// Execution of the block.
    pub execute: Duration,
    /// Roots, hashes and bloom.
    pub roots: Duration,
}

impl Times {
    /// Every stage with its time.
    pub fn by_stage(&self) -> [(&'static str, Duration); 4] {
        [
            ("decode", self.decode),
            ("signatures", self.signatures),
            ("execute", self.execute),
            ("roots", self.roots),
        ]
    }

    /// All stages.
    pub fn total(&self) -> Duration {
        self.by_stage().iter().map(|(_, time)| time).sum()
    }

    /// In seconds.
    fn to_json(self) -> Value {
        let mut times: serde_json::Map<_, _> = self
            .by_stage()
            .into_iter()
            .map(|(stage, time)| (stage.to_owned(), Value::from(time.as_secs_f64())))
            .collect();
        times.insert("total".to_owned(), Value::from(self.total().as_secs_f64()));
        Value::Object(times)
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Self) {
        self.decode += other.decode;
        self.signatures += other.signatures;
        self.execute += other.execute;
        self.roots += other.roots;
    }
}

/// One comparison of the block with what its header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is compared.
    pub name: &'static str,
    /// How it came out.
    pub result: CheckResult,
}

/// How a comparison came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResult {
    /// Both are the same.
    Passed,
    /// They differ.
    Failed {
        /// What the file says.
        expected: String,
        /// What validation computed.
        got: String,
    },
    /// The file does not hold what the comparison needs.
    NotCheckable {
        /// What is missing.
        reason: &'static str,
    },
}

impl Check {
    /// Compares what the file says with what was computed.
    pub(super) fn compare<T: PartialEq + fmt::Debug>(name: &'static str, expected: T, got: T) -> Self {
        let result = if expected == got {
            CheckResult::Passed
        } else {
            CheckResult::Failed { expected: format!("{expected:?}"), got: format!("{got:?}") }
        };
        Self { name, result }
    }

    /// Compares a field of the header that may be missing.
    pub(super) fn field<T: PartialEq + fmt::Debug>(name: &'static str, expected: Option<T>, got: T) -> Self {
        match expected {
            Some(expected) => Self::compare(name, expected, got),
            None => {
                let (expected, got) = ("missing".to_owned(), format!("{got:?}"));
                Self { name, result: CheckResult::Failed { expected, got } }
            }
        }
    }

    pub(super) fn not_checkable(name: &'static str, reason: &'static str) -> Self {
        Self { name, result: CheckResult::NotCheckable { reason } }
    }

    fn to_json(&self) -> Value {
        let name = self.name;
        match &self.result {
            CheckResult::Passed => json!({ "name": name, "result": "passed" }),
            CheckResult::Failed { expected, got } => {
                json!({ "name": name, "result": "failed", "expected": expected, "got": got })
            }
            CheckResult::NotCheckable { reason } => {
                json!({ "name": name, "result": "not checkable", "reason": reason })
            }
        }
    }
}

/// Why a transaction makes its block invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionFlaw {
    /// It breaks the rules.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No key fits its signature.
    #[error("signature is not valid: no key fits it")]
    NoSigner,
    /// Its quantum-safe signature does not hold.
    #[error("signature is not valid: scheme {scheme} refuses it under the key that the transaction carries")]
    InvalidQuantumSignature {
        /// Number of the scheme.
        scheme: u8,
    },
    /// The file names another sender than the one who signed.
    #[error("sender is {given:?} in the file, but {signer:?} signed it")]
    WrongSender {
        /// What the file says.
        given: H160,
        /// Whom the signature recovers to.
        signer: H160,
    },
    /// The file gives another hash than the transaction has.
    #[error("hash is {given:?} in the file, but {computed:?} by its contents")]
    WrongHash {
        /// What the file says.
        given: H256,
        /// Keccak-256 of the transaction.
        computed: H256,
    },
}

/// Why a block is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// One of its transactions.
    #[error("transaction {index}: {flaw}")]
    Transaction {
        /// Position in the block, from 0.
        index: usize,
        /// What is wrong with it.
        flaw: TransactionFlaw,
    },
    /// The block as a whole breaks a rule.
    #[error(transparent)]
    Block(BlockError),
    /// It does not do what its header says.
    #[error("{name} is {expected} in the file, but {got} by validation")]
    Check {
        /// What differs.
        name: &'static str,
        /// What the file says.
        expected: String,
        /// What validation computed.
        got: String,
    },
}

impl From<BlockError> for Flaw {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::Transaction { index, reason } => Self::Transaction { index, flaw: reason.into() },
            other => Self::Block(other),
        }
    }
}

/// What validation found out about a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockReport {
    /// Number of the block.
    pub number: u64,
    /// Hash of its header.
    pub hash: H256,
    /// The rules it was held to.
    pub fork: Fork,
    /// Extensions that were on.
    pub extensions: Extensions,
    /// Transactions in it.
    pub transactions: usize,
    /// Signatures in it.
    pub signatures: SignatureCounts,
    /// Gas that execution used; 0 where it was not reached.
    pub gas_used: u64,
    /// What its transactions did to ciphertexts, in order: what is to be evaluated.
    pub operations: Vec<LoggedOperation>,
    /// What executing it took.
    pub execution: Counters,
    /// How long it took.
    pub times: Times,
    /// Every comparison that was made or could not be made.
    pub checks: Vec<Check>,
    /// Why it is invalid; empty for a valid block. Failed comparisons are in here too.
    pub flaws: Vec<Flaw>,
}

impl BlockReport {
    /// True where nothing that could be checked speaks against the block.
    pub fn is_valid(&self) -> bool {
        self.flaws.is_empty()
    }

    /// What could not be checked, and why.
    pub fn not_checkable(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.checks.iter().filter_map(|check| match check.result {
            CheckResult::NotCheckable { reason } => Some((check.name, reason)),
            _ => None,
        })
    }

    /// The report as JSON; times in seconds.
    pub fn to_json(&self) -> Value {
        json!({
            "number": self.number,
            "hash": format!("{:?}", self.hash),
            "fork": self.fork.name(),
            "extensions": self.extensions.name(),
            "verdict": if self.is_valid() { "valid" } else { "invalid" },
            "flaws": self.flaws.iter().map(flaw_json).collect::<Vec<_>>(),
            "transactions": self.transactions,
            "signatures": self.signatures.to_json(),
            "gasUsed": self.gas_used,
            "operations": self.operations.iter().map(LoggedOperation::to_json).collect::<Vec<_>>(),
            "execution": execution_json(&self.execution),
            "times": self.times.to_json(),
            "checks": self.checks.iter().map(Check::to_json).collect::<Vec<_>>(),
        })
    }

    /// Takes over a comparison, and its failure as a flaw.
    pub(super) fn add(&mut self, check: Check) {
        if let CheckResult::Failed { expected, got } = &check.result {
            let (expected, got) = (expected.clone(), got.clone());
            self.flaws.push(Flaw::Check { name: check.name, expected, got });
        }
        self.checks.push(check);
    }
}

fn execution_json(counters: &Counters) -> Value {
    let sequential: Vec<_> = counters
        .sequential
        .iter()
        .map(|(reason, blocks)| json!({ "reason": reason.name(), "blocks": blocks }))
        .collect();
    let by_size: serde_json::Map<_, _> = (0..)
        .zip(counters.batches.by_power)
        .filter(|&(_, batches)| batches > 0)
        .map(|(power, batches)| (format!("{}-{}", 1u64 << power, (2u64 << power) - 1), Value::from(batches)))
        .collect();
    json!({
        "threads": counters.threads,
        "ahead": counters.ahead,
        "replays": counters.replays,
        "conflicts": counters.conflicts,
        "speculativeGas": counters.speculative_gas,
        "sequential": sequential,
        "claims": counters.claims,
        "hits": counters.hits,
        "presumed": counters.presumed,
        "wrongPresumptions": counters.wrong,
        "batches": {
            "count": counters.batches.count,
            "claims": counters.batches.claims,
            "largest": counters.batches.largest,
            "bySize": by_size,
        },
    })
}

fn flaw_json(flaw: &Flaw) -> Value {
    match flaw {
        Flaw::Transaction { index, flaw } => json!({ "transaction": index, "reason": flaw.to_string() }),
        other => json!({ "reason": other.to_string() }),
    }
}

/// The sum of many reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Valid blocks.
    pub valid: u64,
    /// Invalid blocks.
    pub invalid: u64,
    /// Transactions in all.
    pub transactions: u64,
    /// Signatures in all.
    pub signatures: SignatureCounts,
    /// Gas in all.
    pub gas_used: u64,
    /// What executing them took.
    pub execution: Counters,
    /// Time of each stage in all.
    pub times: Times,
    /// Time from begin to end, less than all stages where they overlap; set by who sums up.
    pub wall: Duration,
    /// What caches had; set by who sums up.
    pub caches: Vec<CacheCounts>,
    /// What could not be checked and why, with the number of blocks.
    pub not_checkable: Vec<(&'static str, &'static str, u64)>,
}

impl Summary {
    /// Adds one block.
    pub fn add(&mut self, report: &BlockReport) {
        *if report.is_valid() { &mut self.valid } else { &mut self.invalid } += 1;
        self.transactions += report.transactions as u64;
        self.signatures += report.signatures;
        self.gas_used = self.gas_used.saturating_add(report.gas_used);
        self.execution += &report.execution;
        self.times += report.times;
        for (name, reason) in report.not_checkable() {
            match self.not_checkable.iter_mut().find(|entry| (entry.0, entry.1) == (name, reason)) {
                Some((.., blocks)) => *blocks += 1,
                None => self.not_checkable.push((name, reason, 1)),
            }
        }
    }

    /// Blocks in all.
    pub fn blocks(&self) -> u64 {
        self.valid + self.invalid
    }

    /// Millions of gas a second of `time`; 0 where no time has passed.
    pub fn mgas_per_second(&self, time: Duration) -> f64 {
        if time.is_zero() { 0.0 } else { self.gas_used as f64 / 1e6 / time.as_secs_f64() }
    }

    /// The sum as JSON; times in seconds.
    pub fn to_json(&self) -> Value {
        let not_checkable: Vec<_> = self
            .not_checkable
            .iter()
            .map(|(name, reason, blocks)| json!({ "name": name, "reason": reason, "blocks": blocks }))
            .collect();
        json!({
            "blocks": self.blocks(),
            "valid": self.valid,
            "invalid": self.invalid,
            "transactions": self.transactions,
            "signatures": self.signatures.to_json(),
            "gasUsed": self.gas_used,
            "execution": execution_json(&self.execution),
            "times": self.times.to_json(),
            "wall": self.wall.as_secs_f64(),
            "caches": CacheCounts::to_json(&self.caches),
            "mgasPerSecondExecuting": self.mgas_per_second(self.times.execute),
            "mgasPerSecond": self.mgas_per_second(self.wall),
            "notCheckable": not_checkable,
        })
    }
}
