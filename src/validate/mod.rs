//! Validation of block files: signatures, execution and roots, against what the header says.

mod checks;
mod report;
mod signers;

pub use report::{BlockReport, Check, CheckResult, Flaw, SignatureCounts, Summary, Times, TransactionFlaw};

use crate::machine::Machine;
use erbium_vm::block::json::{BlockFile, BlockFileError};
use erbium_vm::block::{BlockError, BlockInput, execute_block};
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm};
use erbium_vm::spec::{SpecSource, UnknownSpec};
use erbium_vm::state::MemoryState;
use erbium_vm::{ChainSpec, Code};
use signers::Signers;
use std::time::{Duration, Instant};

/// Why a block could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidateError {
    /// The bytes are no block file.
    #[error(transparent)]
    File(#[from] BlockFileError),
    /// The file names a chain spec that is not built in.
    #[error("spec: {0}")]
    Spec(#[from] UnknownSpec),
    /// The file's chain spec is not a name.
    #[error("spec: not the name of a chain spec")]
    SpecForm,
    /// Machinery failed, or the pre-state lacks what the block reads.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Machine {
    /// Validates the block file in `bytes` (JSON, see `erbium_vm::block::json`) under `spec`; without one under the
    /// spec that the file names, else mainnet's.
    ///
    /// Senders and authorities are recovered from their signatures in one batch; what the file says about them is
    /// compared and never believed.
    ///
    /// # Errors
    /// [`ValidateError`] where the block could not be judged. An invalid block is no error: the report says why.
    pub fn validate(&self, bytes: &[u8], spec: Option<&SpecSource>) -> Result<BlockReport, ValidateError> {
        let start = Instant::now();
        let file = BlockFile::from_json(bytes)?;
        let named = match (spec, &file.spec) {
            (Some(_), _) | (None, None) => None,
            (None, Some(name)) => Some(name.as_str().ok_or(ValidateError::SpecForm)?.parse()?),
        };
        let source = spec.or(named.as_ref()).unwrap_or(&SpecSource::Mainnet);
        let header = &file.block.header;
        let spec = source.at(header.number, header.timestamp);
        let state = pre_state(&file);
        let report = self.validate_file(&file, &spec, &state, start.elapsed())?;
        tracing::debug!(
            number = report.number,
            valid = report.is_valid(),
            gas = report.gas_used,
            time = ?report.times.total(),
            "validated a block"
        );
        Ok(report)
    }

    fn validate_file(
        &self,
        file: &BlockFile,
        spec: &ChainSpec,
        state: &MemoryState,
        decode: Duration,
    ) -> Result<BlockReport, ValidateError> {
        let header = &file.block.header;
        let mut report = BlockReport {
            number: header.number,
            hash: header.hash(),
            fork: spec.fork,
            extensions: spec.extensions,
            transactions: file.block.transactions.len(),
            signatures: SignatureCounts::default(),
            gas_used: 0,
            times: Times { decode, ..Times::default() },
            checks: Vec::new(),
            flaws: Vec::new(),
        };

        let start = Instant::now();
        checks::contents(file, spec.fork, &mut report);
        report.times.roots += start.elapsed();

        let start = Instant::now();
        let (signers, counts) = signers::recover(&file.block.transactions, spec.fork, self.recoverer())?;
        report.times.signatures = start.elapsed();
        report.signatures = counts;
        let flaw = match signers.and_then(|signers| checks::senders(file, &signers.senders).map(|()| signers))
        {
            Ok(signers) => {
                report.checks.push(Check { name: "senders", result: CheckResult::Passed });
                match self.execute(file, spec, state, &signers, &mut report)? {
                    Ok(()) => return Ok(report),
                    Err(error) => Flaw::from(error),
                }
            }
            Err(flaw) => flaw,
        };
        report.flaws.push(flaw);
        checks::not_executed(&mut report);
        Ok(report)
    }

    /// Executes the block and compares what came of it.
    fn execute(
        &self,
        file: &BlockFile,
        spec: &ChainSpec,
        state: &MemoryState,
        signers: &Signers,
        report: &mut BlockReport,
    ) -> Result<Result<(), BlockError>, Fault> {
        let start = Instant::now();
        let env = match BlockEnv::of_header(spec, &file.block.header) {
            Ok(env) => env,
            Err(error) => return Ok(Err(error)),
        };
        let mut evm = Evm::new(spec, &env, state).with_coprocessor(self.coprocessor());
        let input = BlockInput {
            block: &file.block,
            senders: &signers.senders,
            authorities: &signers.authorities,
            rlp_size: None,
            state_root: None,
        };
        let result = execute_block(&mut evm, &input)?;
        report.times.execute = start.elapsed();
        let start = Instant::now();
        let done = result.map(|result| checks::execution(&file.block.header, spec.fork, &result, report));
        report.times.roots += start.elapsed();
        Ok(done)
    }
}

/// The state before the block.
fn pre_state(file: &BlockFile) -> MemoryState {
    let mut state = MemoryState::new();
    for (address, account) in &file.pre_state {
        let storage = account.storage.iter().copied();
        state.insert_account(*address, account.nonce, account.balance, Code::new(&account.code), storage);
    }
    for &(number, hash) in &file.block_hashes {
        state.insert_block_hash(number, hash);
    }
    state
}
