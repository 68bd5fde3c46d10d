//! What was done to make a twin.

use super::plan::Plan;
use erbium_vm::block::json::BlockFile;
use erbium_vm::claims::DilithiumScheme;
use erbium_vm::{ChainSpec, Fork, H256};
use serde_json::{Value, json};
use std::fmt;

/// Why a transaction stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// It carries blobs (type 3).
    Blob,
    /// It sets code (type 4).
    SetCode,
    /// Its sender has sent one of type 3 or 4.
    SenderKept,
    /// Its sender has signed an EIP-7702 authorization of the block.
    Authority,
    /// With the price of the signature, a gas limit of its sender would exceed the fork's cap (EIP-7825).
    GasCap,
}

impl Kept {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Blob, Self::SetCode, Self::SenderKept, Self::Authority, Self::GasCap];
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blob => "type 3 (blobs)",
            Self::SetCode => "type 4 (sets code)",
            Self::SenderKept => "the sender has transactions of type 3 or 4",
            Self::Authority => "the sender signs an EIP-7702 authorization",
            Self::GasCap => "a gas limit of the sender would exceed the cap",
        })
    }
}

/// What was done to make one twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwinReport {
    /// Number of the block.
    pub number: u64,
    /// Its fork.
    pub fork: Fork,
    /// Scheme of the signatures.
    pub scheme: DilithiumScheme,
    /// Hash of the twin's header.
    pub hash: H256,
    /// Transactions in all.
    pub transactions: u64,
    /// Those that are quantum-signed.
    pub signed: u64,
    /// Those that stay as they are, for each of [`Kept::ALL`].
    pub kept: [u64; Kept::ALL.len()],
    /// Accounts whose key is registered.
    pub senders: u64,
    /// Price of one signature in gas.
    pub signature_gas: u64,
    /// Gas used by the original and by the twin.
    pub gas_used: [u64; 2],
    /// Gas limits of the original and of the twin.
    pub gas_limit: [u64; 2],
    /// Bytes of RLP of the twin.
    pub size: u64,
    /// Most bytes of RLP under the twin's spec.
    pub size_limit: Option<u64>,
}

impl TwinReport {
    pub(super) fn new(
        original: &BlockFile,
        twin: &BlockFile,
        spec: &ChainSpec,
        scheme: DilithiumScheme,
        plan: &Plan,
    ) -> Self {
        let (before, after) = (&original.block.header, &twin.block.header);
        let reasons = || plan.transactions.iter().filter_map(|planned| planned.err());
        Self {
            number: after.number,
            fork: spec.fork,
            scheme,
            hash: twin.claimed.hash,
            transactions: plan.transactions.len() as u64,
            signed: plan.signed(),
            kept: Kept::ALL.map(|kept| reasons().filter(|&reason| reason == kept).count() as u64),
            senders: plan.senders().len() as u64,
            signature_gas: plan.signature_gas,
            gas_used: [before.gas_used, after.gas_used],
            gas_limit: [before.gas_limit, after.gas_limit],
            size: twin.claimed.size.unwrap_or_default(),
            size_limit: spec.max_block_rlp_size.map(|limit| limit as u64),
        }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "number": self.number,
            "fork": self.fork.name(),
            "scheme": self.scheme.number(),
            "hash": format!("{:?}", self.hash),
            "transactions": self.transactions,
            "signed": self.signed,
            "kept": kept_json(&self.kept),
            "senders": self.senders,
            "signatureGas": self.signature_gas,
            "gasUsed": { "original": self.gas_used[0], "twin": self.gas_used[1] },
            "gasLimit": { "original": self.gas_limit[0], "twin": self.gas_limit[1] },
            "size": self.size,
            "sizeLimit": self.size_limit,
        })
    }
}

/// The reasons that apply, with their counts.
fn kept_json(kept: &[u64; Kept::ALL.len()]) -> Value {
    let counted = Kept::ALL.iter().zip(kept).filter(|(_, count)| **count > 0);
    counted.map(|(reason, count)| json!({ "reason": reason.to_string(), "transactions": count })).collect()
}

/// The sum of many reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TwinSummary {
    /// Twins made.
    pub twins: u64,
    /// Blocks without twin, as they are not valid.
    pub refused: u64,
    /// Transactions in all.
    pub transactions: u64,
    /// Those that are quantum-signed.
    pub signed: u64,
    /// Those that stay as they are, for each of [`Kept::ALL`].
    pub kept: [u64; Kept::ALL.len()],
    /// Registered keys, counted in each block.
    pub senders: u64,
    /// Gas of the originals and of the twins.
    pub gas_used: [u64; 2],
}

impl TwinSummary {
    /// Adds one twin.
    pub fn add(&mut self, report: &TwinReport) {
        self.twins += 1;
        self.transactions += report.transactions;
        self.signed += report.signed;
        self.senders += report.senders;
        self.kept.iter_mut().zip(report.kept).for_each(|(sum, count)| *sum += count);
        self.gas_used.iter_mut().zip(report.gas_used).for_each(|(sum, gas)| *sum = sum.saturating_add(gas));
    }

    /// The sum as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "twins": self.twins,
            "refused": self.refused,
            "transactions": self.transactions,
            "signed": self.signed,
            "kept": kept_json(&self.kept),
            "senders": self.senders,
            "gasUsed": { "original": self.gas_used[0], "twin": self.gas_used[1] },
        })
    }
}
