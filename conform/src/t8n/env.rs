//! The environment: what a block is made of beside its transactions.

use super::error::{EnvironmentError, FieldError, FieldProblem};
use super::fields::Object;
use crate::blockchain::Era;
use crate::hex::{Address, Quantity, Quantity64, Word};
use erbium_vm::block::{
    DifficultyParent, EMPTY_OMMERS_HASH, Header, Withdrawal, next_base_fee, next_excess_blob_gas,
};
use erbium_vm::evm::BlockEnv;
use erbium_vm::{Fork, H160, H256, U256};
use serde_json::Value;
use std::collections::BTreeMap;

/// Oldest ommer that a reward is divided for.
const MAX_OMMER_AGE: u64 = 8;

/// An environment as it is handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Env {
    coinbase: H160,
    gas_limit: u64,
    pub(super) number: u64,
    pub(super) timestamp: u64,
    difficulty: Option<U256>,
    random: Option<H256>,
    base_fee: Option<U256>,
    excess_blob_gas: Option<u64>,
    parent: Parent,
    parent_beacon_block_root: Option<H256>,
    block_hashes: Option<BTreeMap<Quantity64, Word>>,
    ommers: Vec<(u64, H160)>,
    withdrawals: Option<Vec<Withdrawal>>,
}

/// What it says about the block before, so that values can be computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parent {
    difficulty: Option<U256>,
    timestamp: u64,
    ommers_hash: Option<H256>,
    base_fee: Option<U256>,
    gas_used: u64,
    gas_limit: u64,
    excess_blob_gas: Option<u64>,
    blob_gas_used: Option<u64>,
}

/// What an environment means under the rules of a fork.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) block: BlockEnv,
    /// Where blobs have a price.
    pub(super) excess_blob_gas: Option<u64>,
    /// For the history contract.
    pub(super) parent_hash: Option<H256>,
    pub(super) block_hashes: Vec<(u64, H256)>,
    /// Age and miner of each.
    pub(super) ommers: Vec<(u64, H160)>,
    pub(super) withdrawals: Option<Vec<Withdrawal>>,
}

impl Env {
    /// Reads the object at `place`.
    pub(super) fn read(value: Value, place: &str) -> Result<Self, FieldError> {
        let mut env = Object::of(value, place)?;
        let u64 = |value: Quantity64| value.0;
        Ok(Self {
            coinbase: env.required::<Address>("currentCoinbase")?.0,
            gas_limit: env.required("currentGasLimit").map(u64)?,
            number: env.required("currentNumber").map(u64)?,
            timestamp: env.required("currentTimestamp").map(u64)?,
            difficulty: quantity(&mut env, "currentDifficulty")?,
            random: word(&mut env, "currentRandom")?,
            base_fee: quantity(&mut env, "currentBaseFee")?,
            excess_blob_gas: env.optional("currentExcessBlobGas")?.map(u64),
            parent: Parent {
                difficulty: quantity(&mut env, "parentDifficulty")?,
                timestamp: env.optional("parentTimestamp")?.map_or(0, u64),
                ommers_hash: word(&mut env, "parentUncleHash")?,
                base_fee: quantity(&mut env, "parentBaseFee")?,
                gas_used: env.optional("parentGasUsed")?.map_or(0, u64),
                gas_limit: env.optional("parentGasLimit")?.map_or(0, u64),
                excess_blob_gas: env.optional("parentExcessBlobGas")?.map(u64),
                blob_gas_used: env.optional("parentBlobGasUsed")?.map(u64),
            },
            parent_beacon_block_root: word(&mut env, "parentBeaconBlockRoot")?,
            block_hashes: env.optional("blockHashes")?,
            ommers: env
                .objects("ommers")?
                .unwrap_or_default()
                .into_iter()
                .map(ommer)
                .collect::<Result<_, _>>()?,
            withdrawals: env
                .objects("withdrawals")?
                .map(|list| list.into_iter().map(withdrawal).collect())
                .transpose()?,
        })
    }

    /// What it means in `era`.
    pub(super) fn setting(&self, era: &Era) -> Result<Setting, EnvironmentError> {
        let spec = &era.spec;
        let (fork, merged) = (spec.fork.name(), spec.has(Fork::Paris));
        let needed = |field| EnvironmentError::Missing { field, fork };
        let mut block = BlockEnv {
            number: self.number,
            timestamp: self.timestamp,
            coinbase: self.coinbase,
            gas_limit: self.gas_limit,
            ..BlockEnv::default()
        };
        if spec.has(Fork::London) {
            block.base_fee = self.base_fee()?;
        }
        if merged {
            block.prev_randao = self.random.ok_or(needed("currentRandom"))?;
            if self.difficulty.is_some_and(|difficulty| !difficulty.is_zero()) {
                return Err(EnvironmentError::DifficultyAfterMerge { fork });
            }
        } else {
            block.difficulty = self.difficulty(era)?;
        }
        let withdrawals = self.withdrawals.clone();
        match &withdrawals {
            None if spec.has(Fork::Shanghai) => return Err(needed("withdrawals")),
            Some(list) if !spec.has(Fork::Shanghai) && !list.is_empty() => {
                return Err(EnvironmentError::Unexpected { field: "withdrawals", fork });
            }
            _ => {}
        }
        let excess_blob_gas = if spec.has(Fork::Cancun) { self.excess_blob_gas(era) } else { None };
        if spec.has(Fork::Cancun) {
            let root = self.parent_beacon_block_root.ok_or(needed("parentBeaconBlockRoot"))?;
            block.parent_beacon_block_root = Some(root);
            block.blob_base_fee =
                excess_blob_gas.map(|excess| spec.blobs.base_fee(excess)).unwrap_or_default();
        }
        // As go-ethereum has it: where there are no hashes at all, the history contract is left alone.
        let parent_hash = self.block_hashes.as_ref().map(|hashes| {
            let parent = self.number.checked_sub(1).and_then(|number| hashes.get(&Quantity64(number)));
            parent.map_or(H256::zero(), |hash| hash.0)
        });
        let block_hashes =
            self.block_hashes.iter().flatten().map(|(number, hash)| (number.0, hash.0)).collect();
        let ommers = self.ommers.clone();
        Ok(Setting { block, excess_blob_gas, parent_hash, block_hashes, ommers, withdrawals })
    }

    fn base_fee(&self) -> Result<U256, EnvironmentError> {
        let Parent { base_fee, gas_used, gas_limit, .. } = self.parent;
        match (self.base_fee, base_fee) {
            (Some(base_fee), _) => Ok(base_fee),
            (None, Some(_)) if self.number > 0 => {
                let parent = Header { base_fee_per_gas: base_fee, gas_used, gas_limit, ..Header::default() };
                Ok(next_base_fee(&parent))
            }
            _ => Err(EnvironmentError::NotComputable { field: "currentBaseFee", also: "parentBaseFee" }),
        }
    }

    fn difficulty(&self, era: &Era) -> Result<U256, EnvironmentError> {
        let Parent { difficulty, timestamp, ommers_hash, .. } = self.parent;
        if let Some(difficulty) = self.difficulty {
            return Ok(difficulty);
        }
        let (field, also) = ("currentDifficulty", "parentDifficulty");
        let difficulty = difficulty.ok_or(EnvironmentError::NotComputable { field, also })?;
        if self.number == 0 {
            return Err(EnvironmentError::GenesisDifficulty);
        }
        if self.timestamp <= timestamp {
            return Err(EnvironmentError::ParentNotOlder { now: self.timestamp, parent: timestamp });
        }
        let has_ommers = ommers_hash.is_some_and(|hash| !hash.is_zero() && hash != EMPTY_OMMERS_HASH);
        let parent = DifficultyParent { difficulty, timestamp, has_ommers };
        Ok(era.difficulty.after(parent, self.number, self.timestamp))
    }

    fn excess_blob_gas(&self, era: &Era) -> Option<u64> {
        let Parent { excess_blob_gas, blob_gas_used, base_fee, .. } = self.parent;
        self.excess_blob_gas.or_else(|| {
            let parent = Header {
                excess_blob_gas: Some(excess_blob_gas?),
                blob_gas_used: Some(blob_gas_used?),
                base_fee_per_gas: base_fee,
                ..Header::default()
            };
            Some(next_excess_blob_gas(&era.spec, &parent))
        })
    }
}

fn quantity(object: &mut Object, name: &str) -> Result<Option<U256>, FieldError> {
    Ok(object.optional::<Quantity>(name)?.map(|value| value.0))
}

fn word(object: &mut Object, name: &str) -> Result<Option<H256>, FieldError> {
    Ok(object.optional::<Word>(name)?.map(|value| value.0))
}

fn ommer(mut object: Object) -> Result<(u64, H160), FieldError> {
    let Quantity64(age) = object.required("delta")?;
    if age > MAX_OMMER_AGE {
        return Err(object.error("delta", FieldProblem::OmmerAge));
    }
    Ok((age, object.required::<Address>("address")?.0))
}

fn withdrawal(mut object: Object) -> Result<Withdrawal, FieldError> {
    let mut number = |name| object.required(name).map(|value: Quantity64| value.0);
    let (index, validator_index, amount_gwei) =
        (number("index")?, number("validatorIndex")?, number("amount")?);
    Ok(Withdrawal { index, validator_index, address: object.required::<Address>("address")?.0, amount_gwei })
}
