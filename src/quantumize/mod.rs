//! Quantum-signed twins of real blocks: the same block, its senders' signatures replaced by ones of keys that the twin's
//! state has registered for them. What is done, and what stays as it is, is in `docs/quantumize.md`.

mod keys;
mod plan;
mod report;

pub use keys::key_seed;
pub use report::{Kept, TwinReport, TwinSummary};

use crate::machine::Machine;
use crate::sealing;
use crate::validate::signers::Signers;
use crate::validate::{BlockReport, Case, ValidateError};
use erbium_vm::block::json::{BlockFile, PreAccount};
use erbium_vm::block::{BlockError, EMPTY_OMMERS_HASH};
use erbium_vm::claims::{Derivation, DilithiumScheme, Fault, Halt};
use erbium_vm::spec::{Extensions, SpecSource};
use erbium_vm::tx::{EcdsaSignature, QuantumSignature, Transaction, TransactionType};
use erbium_vm::{ChainSpec, H160, H256, registry};
use keys::{Key, Keys};
use plan::Plan;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// How a twin is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwinOptions {
    /// The scheme of every key.
    pub scheme: DilithiumScheme,
    /// What all keys are derived from; public, like everything about a twin.
    pub seed: H256,
}

impl Default for TwinOptions {
    /// ML-DSA-65 from the seed of zeros.
    fn default() -> Self {
        Self { scheme: DilithiumScheme::MlDsa65, seed: H256::zero() }
    }
}

/// A twin and what was done for it.
#[derive(Clone, Debug)]
pub struct Twin {
    /// The block file.
    pub file: BlockFile,
    /// What was done.
    pub report: TwinReport,
}

/// Why a block has no twin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuantumizeError {
    /// The original could not be judged.
    #[error(transparent)]
    Original(#[from] ValidateError),
    /// The original is not valid.
    #[error("block {} is not valid{}", .0.number, first_flaw(.0))]
    Invalid(Box<BlockReport>),
    /// The original is under extensions itself.
    #[error("block {number} is under extensions already")]
    Extended {
        /// Number of the block.
        number: u64,
    },
    /// Something stands where the registry belongs.
    #[error("account {registry:?} of the pre-state stands where the key registry belongs")]
    RegistryTaken {
        /// Address of the registry.
        registry: H160,
    },
    /// Transactions cannot be signed with a scheme that is not of FIPS 204.
    #[error("scheme {} does not sign transactions: 44, 65 and 87 do", .0.number())]
    Scheme(DilithiumScheme),
    /// A number of the twin does not fit its type.
    #[error("{what} would exceed {bits} bits")]
    TooLarge {
        /// Which number.
        what: &'static str,
        /// Bits it has.
        bits: u32,
    },
    /// The signing machinery refused a key or message.
    #[error("signing: {0}")]
    Signing(Halt),
    /// The twin is not a block that can be executed.
    #[error("the twin is not valid: {0}")]
    Twin(#[from] BlockError),
    /// Machinery failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn first_flaw(report: &BlockReport) -> String {
    report.flaws.first().map(|flaw| format!(": {flaw}")).unwrap_or_default()
}

impl Machine {
    /// Makes the quantum-signed twin of the block file in `bytes`, which is judged as [`Machine::validate`] does, under
    /// `spec` if one is given.
    ///
    /// # Errors
    /// [`QuantumizeError`]: above all where the original is not valid.
    pub fn quantumize(
        &self,
        bytes: &[u8],
        spec: Option<&SpecSource>,
        options: TwinOptions,
    ) -> Result<Twin, QuantumizeError> {
        if !options.scheme.is_fips204() {
            return Err(QuantumizeError::Scheme(options.scheme));
        }
        let case = Case::read(self, bytes, spec)?;
        if case.spec.extensions != Extensions::None {
            return Err(QuantumizeError::Extended { number: case.file.block.header.number });
        }
        let (report, signers) = self.validate_case(&case, Duration::ZERO)?;
        let signers = signers.ok_or_else(|| QuantumizeError::Invalid(Box::new(report)))?;
        let Case { file: original, spec, .. } = case;

        let spec = ChainSpec { extensions: Extensions::Erbium, ..spec };
        let plan = Plan::new(&original, &spec, options.scheme, &signers)?;
        let keys = Keys::derive(&plan.senders(), options, self.coprocessor().deriver)?;
        let mut twin = original.clone();
        self.sign_twin(&mut twin, &spec, &plan, &keys)?;
        extend_state(&mut twin, &spec, &plan, &keys)?;
        let spec = self.settle(&mut twin, spec, &plan, &signers)?;
        let report = TwinReport::new(&original, &twin, &spec, options.scheme, &plan);
        Ok(Twin { file: twin, report })
    }

    /// Turns the transactions that `plan` names into quantum-signed ones, on all cores.
    fn sign_twin(
        &self,
        twin: &mut BlockFile,
        spec: &ChainSpec,
        plan: &Plan,
        keys: &Keys,
    ) -> Result<(), QuantumizeError> {
        let deriver = self.coprocessor().deriver;
        let transactions = twin.block.transactions.par_iter_mut().zip(&plan.transactions);
        transactions.try_for_each(|(transaction, planned)| {
            let Some((sender, key)) = planned.as_ref().ok().and_then(|sender| keys.of(sender)) else {
                return Ok::<(), QuantumizeError>(());
            };
            *transaction = quantum(std::mem::take(transaction), sender, key, spec, plan.signature_gas)?;
            let message = transaction.quantum_message();
            let derivation = Derivation::DilithiumSign { scheme: key.scheme, seed: key.seed, message };
            let signature = deriver.derive(&derivation)?.map_err(QuantumizeError::Signing)?;
            if let Some(quantum) = &mut transaction.quantum {
                quantum.signature = signature;
            }
            Ok(())
        })?;
        for (claimed, transaction) in twin.claimed.transactions.iter_mut().zip(&twin.block.transactions) {
            claimed.hash = transaction.hash();
        }
        Ok(())
    }

    /// Executes the twin, writes into its header what came of it, and brings what the file says about the block up to
    /// date. Answers the spec that it is under.
    fn settle(
        &self,
        twin: &mut BlockFile,
        mut spec: ChainSpec,
        plan: &Plan,
        signers: &Signers,
    ) -> Result<ChainSpec, QuantumizeError> {
        twin.block.header.gas_limit = twin
            .block
            .header
            .gas_limit
            .checked_add(plan.added_gas()?)
            .ok_or(QuantumizeError::TooLarge { what: "the block's gas limit", bits: 64 })?;
        twin.block.header.ommers_hash = EMPTY_OMMERS_HASH;
        let size_limit = spec.max_block_rlp_size.take();
        let effect = sealing::execute(self, twin, &spec, &twin.state_before(), signers)??;
        let size = sealing::seal(twin, &spec, &effect);
        spec.max_block_rlp_size = size_limit.map(|limit| limit.max(size));
        twin.spec = Some(spec.to_json());
        Ok(spec)
    }
}

/// The transaction of type 0x45 that does what `transaction` does, not signed yet.
fn quantum(
    transaction: Transaction,
    sender: H160,
    key: &Key,
    spec: &ChainSpec,
    signature_gas: u64,
) -> Result<Transaction, QuantumizeError> {
    let too_large = QuantumizeError::TooLarge { what: "a transaction's gas limit", bits: 64 };
    Ok(Transaction {
        kind: TransactionType::Quantum,
        chain_id: Some(spec.chain_id),
        gas_limit: transaction.gas_limit.checked_add(signature_gas).ok_or(too_large)?,
        signature: EcdsaSignature::default(),
        quantum: Some(Box::new(QuantumSignature {
            sender,
            scheme: key.scheme.number(),
            public_key: key.public_key.clone(),
            signature: Vec::new(),
        })),
        ..transaction
    })
}

/// Puts the registry with every key into the pre-state, and raises the senders' balances.
fn extend_state(
    twin: &mut BlockFile,
    spec: &ChainSpec,
    plan: &Plan,
    keys: &Keys,
) -> Result<(), QuantumizeError> {
    let mut accounts: BTreeMap<H160, PreAccount> = std::mem::take(&mut twin.pre_state).into_iter().collect();
    for (sender, &raise) in &plan.raises {
        let too_large = QuantumizeError::TooLarge { what: "a sender's balance", bits: 256 };
        // A sender that pays nothing for gas may not exist yet.
        if !raise.is_zero() {
            let account = accounts.entry(*sender).or_default();
            account.balance = account.balance.checked_add(raise).ok_or(too_large)?;
        }
    }
    let mut contract = registry::genesis_account(spec);
    contract.storage.extend(keys.registered().map(|(account, hash)| {
        let slot = H256(registry::slot(&account).to_big_endian());
        (slot, hash)
    }));
    if accounts.insert(spec.registry, contract).is_some() {
        return Err(QuantumizeError::RegistryTaken { registry: spec.registry });
    }
    twin.pre_state = accounts.into_iter().collect();
    Ok(())
}
