//! Blocks from a seed: quantum-signed transactions on a chain of their own, with what comes of them.
//!
//! The same options give the same bytes. Every file holds the whole state before its block, and its header what executing
//! the transactions one after another gives. Nothing about such a chain is secret.

mod body;
mod chance;
mod claim;
mod kind;
mod proof;
mod world;

pub use chance::Rate;
pub use claim::ClaimKind;
pub use kind::{Kind, Mix, MixError};

use crate::keys::KeyError;
use crate::machine::Machine;
use crate::sealing;
use crate::validate::signers::Signers;
use body::{Body, Draws, bodies};
use chance::Chance;
use erbium_gpu::cpu::range_proof::TransferError;
use erbium_vm::assembler::AssemblyError;
use erbium_vm::block::json::{BlockFile, ClaimedTransaction, PreAccount};
use erbium_vm::block::{
    Block, BlockError, EMPTY_OMMERS_HASH, Header, INITIAL_BASE_FEE, next_base_fee, withdrawals_root,
};
use erbium_vm::claims::{DilithiumScheme, Fault, Halt};
use erbium_vm::state::{MemoryState, StateBackend};
use erbium_vm::tx::Transaction;
use erbium_vm::{ChainSpec, H256, U256};
use rayon::prelude::*;
use std::collections::VecDeque;
use world::World;

/// Transactions that are made together.
const CHUNK: usize = 256;
/// Bytes of a block that are not transactions, at most.
const HEADER_BYTES: usize = 2_048;
/// Wei a unit of gas that the block's producer gets.
const TIP: u64 = 1_000_000;

/// What is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateOptions {
    /// Everything is derived from it; public.
    pub seed: H256,
    /// Transactions in all.
    pub transactions: u64,
    /// Transactions in a block at most; without it as many as its limits of gas and bytes let in.
    pub per_block: Option<u64>,
    /// Accounts that send by turns, with a key each. As many as transactions: no key comes twice.
    pub senders: u64,
    /// Scheme of every key.
    pub scheme: DilithiumScheme,
    /// What transactions do.
    pub mix: Mix,
    /// Claims in a transaction that makes any.
    pub claims: u64,
    /// Share of the transactions that write what others write: one receiver, holder, pair or slot.
    pub conflict: Rate,
    /// Share of the claims that do not hold.
    pub invalid: Rate,
    /// Gas limit of every block.
    pub gas_limit: u64,
}

impl Default for GenerateOptions {
    /// 100 transfers of 64 senders with ML-DSA-65, in blocks of 500 Mgas, which are full of bytes before.
    fn default() -> Self {
        Self {
            seed: H256::zero(),
            transactions: 100,
            per_block: None,
            senders: 64,
            scheme: DilithiumScheme::MlDsa65,
            mix: Mix::only(Kind::Transfer),
            claims: 1,
            conflict: Rate::default(),
            invalid: Rate::default(),
            gas_limit: 500_000_000,
        }
    }
}

/// Why blocks were not generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// Nobody sends.
    #[error("there are transactions, but no senders")]
    NoSenders,
    /// Keys of another scheme sign no transactions.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A range proof or a transfer that was not made.
    #[error("a proof: {0}")]
    Proof(Halt),
    /// The same.
    #[error("a confidential transfer: {0}")]
    Transfer(#[from] TransferError),
    /// A circuit or a proof of it that was not made.
    #[error("a Groth16 proof: {0}")]
    Circuit(String),
    /// So many claims need more gas than a transaction may ask for.
    #[error("a transaction with {claims} claims needs {gas} gas, and may have {cap}")]
    TooManyClaims {
        /// Claims.
        claims: usize,
        /// Gas needed.
        gas: u64,
        /// Most gas of a transaction (EIP-7825).
        cap: u64,
    },
    /// A transaction that no block holds.
    #[error("transaction {number} of {gas} gas and {bytes} bytes does not fit into a block")]
    TooLarge {
        /// Its number, from 0.
        number: u64,
        /// Its gas limit.
        gas: u64,
        /// Its bytes.
        bytes: usize,
    },
    /// A contract of this project that is not what it should be.
    #[error("a contract: {0}")]
    Contract(#[from] AssemblyError),
    /// A block of this project that is not what it should be.
    #[error("a generated block is not valid: {0}")]
    Block(#[from] BlockError),
    /// A transaction that should have gone through.
    #[error("transaction {index} of block {block} failed")]
    Failed {
        /// Number of the block.
        block: u64,
        /// Its place, from 0.
        index: usize,
    },
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Transactions by what they do, and claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    kinds: Vec<(Kind, u64)>,
    /// Transactions that write what others write.
    pub conflicts: u64,
    /// Claims that contracts make.
    pub claims: u64,
    /// Those of them that do not hold.
    pub invalid_claims: u64,
}

impl Counts {
    /// Transactions of each kind that comes.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> {
        self.kinds.iter().copied()
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in other.kinds() {
            *self.of_mut(kind) += count;
        }
        self.conflicts += other.conflicts;
        self.claims += other.claims;
        self.invalid_claims += other.invalid_claims;
    }

    fn of_mut(&mut self, kind: Kind) -> &mut u64 {
        let place = self.kinds.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            self.kinds.push((kind, 0));
            self.kinds.len() - 1
        });
        &mut self.kinds[place].1
    }
}

/// A block and what is in it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The block file.
    pub file: BlockFile,
    /// What its transactions do.
    pub counts: Counts,
}

/// Makes blocks, one after another.
pub struct Generator<'m> {
    machine: &'m Machine,
    options: GenerateOptions,
    spec: ChainSpec,
    world: World,
    state: MemoryState,
    parent: Header,
    draws: Draws,
    /// Made, and in no block yet.
    waiting: VecDeque<Body>,
    randao: Chance,
}

impl Machine {
    /// Blocks of the chain `erbium` as `options` want them, each when it is asked for. Claims are answered by this machine.
    ///
    /// # Errors
    /// [`GenerateError`] for options that cannot be met.
    pub fn generate(&self, options: GenerateOptions) -> Result<Generator<'_>, GenerateError> {
        if options.senders == 0 && options.transactions > 0 {
            return Err(GenerateError::NoSenders);
        }
        let spec = ChainSpec::erbium();
        let (world, state) = World::new(&options, &spec)?;
        let parent = Header {
            ommers_hash: EMPTY_OMMERS_HASH,
            gas_limit: options.gas_limit,
            // A block as full as it is meant to be keeps its price.
            gas_used: options.gas_limit / 2,
            base_fee_per_gas: Some(INITIAL_BASE_FEE.into()),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            ..Header::default()
        };
        let (draws, randao) = (Draws::new(&options), Chance::new(options.seed, "randao"));
        Ok(Generator {
            machine: self,
            options,
            spec,
            world,
            state,
            parent,
            draws,
            waiting: VecDeque::new(),
            randao,
        })
    }
}

impl Iterator for Generator<'_> {
    type Item = Result<Generated, GenerateError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.chosen() {
            Ok(chosen) if chosen.is_empty() => None,
            Ok(chosen) => Some(self.block(chosen)),
            Err(error) => Some(Err(error)),
        }
    }
}

impl Generator<'_> {
    /// The next transactions that a block holds together.
    fn chosen(&mut self) -> Result<Vec<Body>, GenerateError> {
        let limit = self.spec.max_block_rlp_size.unwrap_or(usize::MAX);
        let (mut chosen, mut gas, mut size) = (Vec::new(), 0u64, HEADER_BYTES);
        while self.options.per_block.is_none_or(|most| (chosen.len() as u64) < most) {
            if self.waiting.is_empty() {
                self.make()?;
            }
            let Some(body) = self.waiting.front() else { break };
            let fits = |gas: u64, size: usize| gas <= self.options.gas_limit && size <= limit;
            let gas_after = gas.saturating_add(body.transaction.gas_limit);
            if !fits(gas_after, size + body.size) {
                if chosen.is_empty() {
                    let number = self.draws.number() - self.waiting.len() as u64;
                    let (gas, bytes) = (body.transaction.gas_limit, body.size);
                    return Err(GenerateError::TooLarge { number, gas, bytes });
                }
                break;
            }
            (gas, size) = (gas_after, size + body.size);
            chosen.extend(self.waiting.pop_front());
        }
        Ok(chosen)
    }

    /// Makes the next transactions, as far as there are any to come.
    fn make(&mut self) -> Result<(), GenerateError> {
        let left = self.options.transactions - self.draws.number();
        let count = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let drawn: Vec<_> = (0..count).map(|_| self.draws.next(&self.options)).collect();
        self.waiting.extend(bodies(&drawn, &self.world, &self.options, &self.spec)?);
        Ok(())
    }

    fn block(&mut self, chosen: Vec<Body>) -> Result<Generated, GenerateError> {
        let mut counts = Counts::default();
        chosen.iter().for_each(|body| counts.add(&body.counts));
        let base_fee = next_base_fee(&self.parent);
        let transactions = self.signed(chosen, base_fee)?;
        let header = Header {
            parent_hash: self.parent.hash(),
            ommers_hash: EMPTY_OMMERS_HASH,
            beneficiary: self.world.beneficiary,
            number: self.parent.number + 1,
            gas_limit: self.options.gas_limit,
            timestamp: self.parent.timestamp + 12,
            mix_hash: self.randao.draw(),
            base_fee_per_gas: Some(base_fee),
            withdrawals_root: Some(withdrawals_root(&[])),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(H256::zero()),
            ..Header::default()
        };
        let senders: Vec<_> = transactions
            .iter()
            .map(|transaction| transaction.quantum.as_ref().map(|quantum| quantum.sender).unwrap_or_default())
            .collect();
        let claimed = transactions.iter().zip(&senders);
        let claimed = claimed.map(|(tx, &from)| ClaimedTransaction { hash: tx.hash(), from }).collect();
        let block = Block { header, transactions, ommers: Vec::new(), withdrawals: Some(Vec::new()) };
        let mut file = BlockFile {
            spec: Some("erbium".into()),
            block,
            pre_state: accounts(&self.state),
            ..BlockFile::default()
        };
        file.claimed.transactions = claimed;
        let authorities = vec![Vec::new(); senders.len()];
        let signers = Signers { senders, authorities };
        let effect = sealing::execute(self.machine, &file, &self.spec, &self.state, &signers)??;
        let failed = effect.result.transactions.iter().position(|result| !result.outcome.is_success());
        if let Some(index) = failed {
            return Err(GenerateError::Failed { block: file.block.header.number, index });
        }
        sealing::seal(&mut file, &self.spec, &effect);
        self.state.commit(&effect.changes)?;
        self.parent = file.block.header.clone();
        Ok(Generated { file, counts })
    }

    /// The transactions with fees that this block takes, signed on all cores.
    fn signed(&self, chosen: Vec<Body>, base_fee: U256) -> Result<Vec<Transaction>, GenerateError> {
        let signed = chosen.into_par_iter().map(|body| {
            let sender = self.world.senders.get(body.sender).ok_or(GenerateError::NoSenders)?;
            let transaction = Transaction {
                max_priority_fee_per_gas: TIP.into(),
                max_fee_per_gas: base_fee.saturating_add(TIP.into()),
                ..body.transaction
            };
            Ok(sender.key.sign_transaction(transaction, sender.address)?)
        });
        signed.collect()
    }
}

/// The whole state as a file holds it.
fn accounts(state: &MemoryState) -> Vec<(erbium_vm::H160, PreAccount)> {
    let account = |account: &erbium_vm::state::MemoryAccount| PreAccount {
        nonce: account.nonce,
        balance: account.balance,
        code: account.code.bytes().to_vec(),
        storage: account.storage(),
    };
    state.accounts().map(|(address, held)| (address, account(held))).collect()
}
