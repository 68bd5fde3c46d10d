//! Ways to validate the same blocks, and what each took.

use super::super::super::error::CliError;
use super::work::Work;
use erbium::gpu::Standing;
use erbium::validate::{Span, StreamOptions, Summary};
use erbium::vm::speculation::{ExecutionOptions, Parallel, Presumption};
use erbium::{GpuMode, Machine};
use std::time::Duration;

/// What is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) name: &'static str,
    parallel: bool,
    speculation: bool,
    overlap: bool,
    gpu: bool,
}

/// Nothing is.
pub(super) const SEQUENTIAL: Manner =
    Manner { name: "sequential", parallel: false, speculation: false, overlap: false, gpu: false };
pub(super) const PARALLEL: Manner = Manner { name: "parallel", parallel: true, ..SEQUENTIAL };
pub(super) const SPECULATION: Manner = Manner { name: "speculation", speculation: true, ..SEQUENTIAL };
pub(super) const BOTH: Manner = Manner { name: "both", speculation: true, ..PARALLEL };
/// All that a processor can do, and what `validate` does.
pub(super) const OVERLAP: Manner = Manner { name: "overlap", overlap: true, ..BOTH };
pub(super) const GPU: Manner = Manner { name: "overlap+gpu", gpu: true, ..OVERLAP };

/// What validating all blocks once took.
pub(super) struct Sample {
    pub(super) summary: Summary,
    /// Of each block.
    pub(super) spans: Vec<Vec<Span>>,
    /// Executing each block.
    pub(super) execute: Vec<Duration>,
}

/// Who validates.
pub(super) struct Machines {
    caches: bool,
    parallel_from: Option<usize>,
    /// With a device, if there is one: opening it takes long, so it serves all samples.
    gpu: Option<Machine>,
}

impl Machines {
    /// Opens the device that is asked for.
    pub(super) fn new(mode: &GpuMode, caches: bool, parallel_from: Option<usize>) -> Result<Self, CliError> {
        let gpu = if *mode == GpuMode::Off { None } else { Some(machine(mode, caches)?) };
        let gpu = gpu.filter(|machine| matches!(machine.device(), Standing::Used { .. }));
        let gpu = gpu.map(|machine| machine.with_execution(GPU.options(parallel_from)));
        Ok(Self { caches, parallel_from, gpu })
    }

    /// Name of the device, if there is one.
    pub(super) fn device(&self) -> Option<String> {
        match self.gpu.as_ref().map(Machine::device) {
            Some(Standing::Used { name } | Standing::Retired { name, .. }) => Some(name),
            _ => None,
        }
    }

    /// Those that can be.
    pub(super) fn manners(&self) -> Vec<Manner> {
        let mut manners = vec![SEQUENTIAL, PARALLEL, SPECULATION, BOTH, OVERLAP];
        manners.extend(self.gpu.as_ref().map(|_| GPU));
        manners
    }

    /// Validates all blocks once; `None` where one is found invalid. On the processor nothing is known from earlier samples;
    /// on a device keys and code are, but no verdicts.
    pub(super) fn sample(&self, manner: Manner, work: &Work) -> Result<Option<Sample>, CliError> {
        if !manner.gpu {
            let machine =
                machine(&GpuMode::Off, self.caches)?.with_execution(manner.options(self.parallel_from));
            return validate(&machine, manner, work);
        }
        let Some(machine) = &self.gpu else { return Ok(None) };
        if let Some(verdicts) = machine.parallel().cache() {
            verdicts.clear();
        }
        validate(machine, manner, work)
    }
}

fn machine(mode: &GpuMode, caches: bool) -> Result<Machine, CliError> {
    Ok(if caches { Machine::new(mode)? } else { Machine::without_caches(mode)? })
}

impl Manner {
    fn options(self, parallel_from: Option<usize>) -> ExecutionOptions {
        let usual = ExecutionOptions::default();
        ExecutionOptions {
            parallel_from: parallel_from.unwrap_or(usual.parallel_from),
            parallel: if self.parallel { Parallel::WherePays } else { Parallel::Off },
            presumption: if self.speculation { Presumption::Valid } else { Presumption::Nothing },
            ..usual
        }
    }
}

fn validate(machine: &Machine, manner: Manner, work: &Work) -> Result<Option<Sample>, CliError> {
    let mut sample = Sample { summary: Summary::default(), spans: Vec::new(), execute: Vec::new() };
    let mut failed = None;
    // Copied before the clock starts.
    let files = work.files.clone().into_iter().enumerate().map(|(number, file)| (number, Some(file)));
    let options = StreamOptions { overlap: manner.overlap, ..StreamOptions::default() };
    let streamed = machine.validate_stream(files, None, options, |number, judged| {
        let Some(judged) = judged else { return Ok(()) };
        match judged.result {
            Ok(report) => {
                sample.execute.push(report.times.execute);
                sample.spans.push(judged.spans);
                sample.summary.add(&report);
            }
            Err(source) => {
                let file = format!("block {number} of {}", work.kinds.name());
                failed.get_or_insert(CliError::Block { file, source });
            }
        }
        Ok::<_, CliError>(())
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    sample.summary.wall = streamed.wall;
    sample.summary.caches = machine.cache_counts();
    Ok(if sample.summary.invalid == 0 { Some(sample) } else { None })
}
