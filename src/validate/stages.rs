//! The stages that a block goes through, each on what the one before it made: different blocks may be in different
//! stages at one time.

use super::report::{BlockReport, Check, CheckResult, Flaw, SignatureCounts, Times};
use super::signers::{self, Signers};
use super::{ValidateError, checks, spec_of};
use crate::machine::Machine;
use erbium_vm::ChainSpec;
use erbium_vm::Fork;
use erbium_vm::H256;
use erbium_vm::block::json::BlockFile;
use erbium_vm::block::{BlockError, BlockInput, BlockResult, StateRoot, WholeState};
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm};
use erbium_vm::spec::SpecSource;
use erbium_vm::speculation::Counters;
use erbium_vm::state::{MemoryState, StateChanges};
use std::time::{Duration, Instant};

/// A block file, the rules that it is under and the state before it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) file: BlockFile,
    pub(crate) spec: ChainSpec,
    pub(crate) state: MemoryState,
}

impl Case {
    /// Reads a file; without `spec` it is under the rules that it carries, else mainnet's.
    pub(crate) fn read(
        machine: &Machine,
        bytes: &[u8],
        spec: Option<&SpecSource>,
    ) -> Result<Self, ValidateError> {
        let file = BlockFile::from_json(bytes)?;
        let spec = spec_of(&file, spec)?;
        let state = file.state_before_with(|code| machine.caches().code(&spec, code));
        Ok(Self { file, spec, state })
    }
}

/// A block whose contents and signatures were looked at.
pub(super) struct Signed {
    report: BlockReport,
    signers: Result<Signers, Flaw>,
}

/// A block that was executed, or could not be.
pub(super) struct Executed {
    report: BlockReport,
    outcome: Result<Outcome, Flaw>,
}

/// What execution left behind.
struct Outcome {
    signers: Signers,
    result: BlockResult,
    after: After,
}

/// The state after a block.
enum After {
    /// Not known as a whole.
    Partial,
    /// The state before it, with these changes.
    Changes(StateChanges),
    /// Its root, where execution needed roots already.
    Root(H256),
}

impl Machine {
    /// First stage: what the block holds, and who signed it. `decode` is the time that reading took.
    pub(super) fn sign(&self, case: &Case, decode: Duration) -> Result<Signed, Fault> {
        let Case { file, spec, .. } = case;
        let header = &file.block.header;
        let mut report = BlockReport {
            number: header.number,
            hash: header.hash(),
            fork: spec.fork,
            extensions: spec.extensions,
            transactions: file.block.transactions.len(),
            signatures: SignatureCounts::default(),
            gas_used: 0,
            operations: Vec::new(),
            execution: Counters::default(),
            times: Times { decode, ..Times::default() },
            checks: Vec::new(),
            flaws: Vec::new(),
        };
        let start = Instant::now();
        checks::contents(file, spec.fork, &mut report);
        report.times.roots += start.elapsed();

        let start = Instant::now();
        let (signers, counts) = signers::check(
            &file.block.transactions,
            spec.fork,
            self.recoverer(),
            self.coprocessor().verifier,
        )?;
        report.times.signatures = start.elapsed();
        report.signatures = counts;
        let signers = signers.and_then(|signers| checks::senders(file, &signers.senders).map(|()| signers));
        if signers.is_ok() {
            report.checks.push(Check { name: "senders", result: CheckResult::Passed });
        }
        Ok(Signed { report, signers })
    }

    /// Second stage: executes a block whose signatures hold.
    pub(super) fn execute(&self, case: &Case, signed: Signed) -> Result<Executed, Fault> {
        let Signed { mut report, signers } = signed;
        let outcome = match signers {
            Ok(signers) => self.execute_signed(case, signers, &mut report)?,
            Err(flaw) => Err(flaw),
        };
        Ok(Executed { report, outcome })
    }

    fn execute_signed(
        &self,
        case: &Case,
        signers: Signers,
        report: &mut BlockReport,
    ) -> Result<Result<Outcome, Flaw>, Fault> {
        let Case { file, spec, state } = case;
        let start = Instant::now();
        let env = match BlockEnv::of_header(spec, &file.block.header) {
            Ok(env) => env,
            Err(error) => return Ok(Err(error.into())),
        };
        // Receipts hold a root each before Byzantium; later none is needed before the end.
        let roots = (file.whole_state && !spec.has(Fork::Byzantium)).then(|| WholeState::new(state));
        let mut evm = Evm::new(spec, &env, state).with_coprocessor(self.coprocessor());
        let input = BlockInput {
            block: &file.block,
            senders: &signers.senders,
            authorities: &signers.authorities,
            rlp_size: None,
            state_root: roots.as_ref().map(|roots| roots as &dyn StateRoot),
        };
        let result: Result<BlockResult, BlockError> =
            self.parallel().execute_block(&mut evm, &input, &mut report.execution)?;
        report.times.execute = start.elapsed();
        let result = match result {
            Ok(result) => result,
            Err(error) => return Ok(Err(error.into())),
        };
        let start = Instant::now();
        let after = match roots {
            Some(roots) => After::Root(roots.root_after(&evm.journal.changes())?),
            None if file.whole_state => After::Changes(evm.journal.changes()),
            None => After::Partial,
        };
        report.times.roots += start.elapsed();
        Ok(Ok(Outcome { signers, result, after }))
    }

    /// Last stage: compares what came of the block with its header. The signers are there where it is valid.
    pub(super) fn conclude(
        &self,
        case: &Case,
        executed: Executed,
    ) -> Result<(BlockReport, Option<Signers>), Fault> {
        let Executed { mut report, outcome } = executed;
        let Outcome { signers, result, after } = match outcome {
            Ok(outcome) => outcome,
            Err(flaw) => {
                report.flaws.push(flaw);
                checks::not_executed(&mut report);
                return Ok((report, None));
            }
        };
        let start = Instant::now();
        let state_root = match after {
            After::Partial => None,
            After::Changes(changes) => Some(WholeState::new(&case.state).root_after(&changes)?),
            After::Root(root) => Some(root),
        };
        checks::execution(&case.file.block.header, case.spec.fork, &result, state_root, &mut report);
        report.times.roots += start.elapsed();
        let signers = report.is_valid().then_some(signers);
        Ok((report, signers))
    }
}
