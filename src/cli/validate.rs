//! `erbium validate`: the main job, on files.

use super::error::CliError;
use super::execution::{self, ExecutionArgs};
use super::files::BlockFiles;
use super::output::{self, Output};
use super::progress::Progress;
use super::spec::SpecArgs;
use super::{GpuArgs, Outcome, interrupt};
use clap::Args;
use erbium::Machine;
use erbium::validate::{BlockReport, Judged, StreamOptions, Streamed, Summary};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Validate blocks: signatures, execution, gas and roots, against their headers.
#[derive(Debug, Args)]
pub(super) struct ValidateArgs {
    /// Block files, folders of them, or archives; plain or compressed.
    #[arg(required = true, value_name = "FILE|DIR|ARCHIVE")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    gpu: GpuArgs,
    #[command(flatten)]
    execution: ExecutionArgs,
    /// Keep no keys, code or verdicts from block to block.
    #[arg(long)]
    no_cache: bool,
    /// Finish each block before the next is begun.
    #[arg(long)]
    no_overlap: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ValidateArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let spec = args.spec.source()?;
    let options = args.execution.options()?;
    let mode = args.gpu.mode();
    let machine = if args.no_cache { Machine::without_caches(&mode) } else { Machine::new(&mode) };
    let machine = machine?.with_execution(options);
    let stop = interrupt::heard()?;
    let progress = Progress::new("blocks");
    let mut session = Session {
        json: args.json,
        summary: Summary::default(),
        errors: Vec::new(),
        progress: &progress,
        output,
    };
    if session.json {
        session.output.text("{\"blocks\":[")?;
    }
    let files = Files { paths: args.paths.iter(), open: None, progress: &progress };
    let options = StreamOptions { overlap: !args.no_overlap, stop: Some(&stop), ..StreamOptions::default() };
    let streamed =
        machine.validate_stream(files, spec.as_ref(), options, |file, judged| session.take(file, judged))?;
    session.summary.caches = machine.cache_counts();
    session.finish(streamed)
}

/// The block files at all paths, and what cannot be read among them.
struct Files<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    open: Option<BlockFiles>,
    progress: &'a Progress,
}

impl Iterator for Files<'_> {
    type Item = (Result<String, CliError>, Option<Vec<u8>>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.open.as_mut().and_then(|files| files.next(self.progress)) {
                Some(Ok(entry)) => return Some((Ok(entry.to_string()), Some(entry.bytes))),
                Some(Err(error)) => return Some((Err(error), None)),
                None => match BlockFiles::open(self.paths.next()?) {
                    Ok(files) => self.open = Some(files),
                    Err(error) => {
                        self.open = None;
                        return Some((Err(error), None));
                    }
                },
            }
        }
    }
}

struct Session<'a> {
    json: bool,
    summary: Summary,
    errors: Vec<String>,
    progress: &'a Progress,
    output: &'a mut Output,
}

impl Session<'_> {
    /// Takes what became of a file; what cannot be read or judged does not keep the rest from going on.
    fn take(&mut self, file: Result<String, CliError>, judged: Option<Judged>) -> Result<(), CliError> {
        match (file, judged.map(|judged| judged.result)) {
            (Ok(file), Some(Ok(report))) => return self.block(&file, &report),
            (Ok(file), Some(Err(source))) => self.failed(&CliError::Block { file, source }),
            (Err(error), _) => self.failed(&error),
            // A name comes with bytes.
            (Ok(_), None) => {}
        }
        Ok(())
    }

    fn block(&mut self, file: &str, report: &BlockReport) -> Result<(), CliError> {
        let first = self.summary.blocks() == 0;
        self.summary.add(report);
        self.progress.one_more();
        if self.json {
            let mut value = report.to_json();
            value["file"] = Value::from(file);
            let comma = if first { "" } else { "," };
            self.progress.aside(|| self.output.text(&format!("{comma}\n{value}")))
        } else {
            self.progress.aside(|| self.output.line(block_lines(file, report)))
        }
    }

    /// Says what went wrong; the other files go on.
    fn failed(&mut self, error: &CliError) {
        self.progress.aside(|| output::complain(error));
        self.errors.push(output::chain(error));
    }

    fn finish(mut self, streamed: Streamed) -> Result<Outcome, CliError> {
        self.summary.wall = streamed.wall;
        if self.json {
            let (summary, errors) = (self.summary.to_json(), json!(self.errors));
            let interrupted = streamed.stopped;
            self.output.text(&format!(
                "\n],\n\"summary\":{summary},\n\"interrupted\":{interrupted},\n\"errors\":{errors}}}\n"
            ))?;
        } else if self.summary.blocks() > 0 {
            self.output.line(summary_lines(&self.summary))?;
        }
        if streamed.stopped {
            let blocks = self.summary.blocks();
            self.progress.aside(|| {
                output::note(format_args!("interrupted: the sum is of {blocks} blocks, more were to come"));
            });
        }
        Ok(if streamed.stopped || !self.errors.is_empty() {
            Outcome::Incomplete
        } else if self.summary.invalid > 0 {
            Outcome::No
        } else {
            Outcome::Fine
        })
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn mgas(gas: u64) -> f64 {
    gas as f64 / 1e6
}

/// A line for the block, and one for each flaw.
fn block_lines(file: &str, report: &BlockReport) -> String {
    let extensions = match report.extensions {
        erbium::vm::spec::Extensions::None => "",
        erbium::vm::spec::Extensions::Erbium => "+Erbium",
    };
    let mut text = format!("block {} ({}{extensions})", report.number, report.fork);
    let stages: Vec<_> = report
        .times
        .by_stage()
        .iter()
        .map(|(stage, time)| format!("{stage} {}", milliseconds(*time)))
        .collect();
    let verdict = if report.is_valid() { "valid" } else { "INVALID" };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        ": {verdict}; {} transactions, {} signatures, {:.3} Mgas; {}",
        report.transactions,
        report.signatures.total(),
        mgas(report.gas_used),
        stages.join(", "),
    );
    for flaw in &report.flaws {
        let _ = write!(text, "\n  {file}: {flaw}");
    }
    text
}

fn summary_lines(summary: &Summary) -> String {
    let kinds: Vec<_> = summary
        .signatures
        .by_kind()
        .into_iter()
        .filter(|&(_, count)| count > 0)
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let stages: Vec<_> = summary
        .times
        .by_stage()
        .iter()
        .map(|(stage, time)| format!("{stage} {}", milliseconds(*time)))
        .collect();
    let mut text = format!(
        "sum: {} valid, {} invalid; {} transactions, {} signatures{kinds}, {:.3} Mgas\n\
         time: {} in {} from begin to end; {:.1} Mgas/s executing, {:.1} Mgas/s in all",
        summary.valid,
        summary.invalid,
        summary.transactions,
        summary.signatures.total(),
        mgas(summary.gas_used),
        stages.join(", "),
        milliseconds(summary.wall),
        summary.mgas_per_second(summary.times.execute),
        summary.mgas_per_second(summary.wall),
    );
    let _ = write!(text, "\n{}", execution::lines(&summary.execution, summary.blocks()));
    let caches: Vec<_> = summary
        .caches
        .iter()
        .map(|counts| format!("{} {} of {}", counts.name, counts.hits, counts.hits + counts.misses))
        .collect();
    if !caches.is_empty() {
        let _ = write!(text, "\nknown from before: {}", caches.join(", "));
    }
    for (name, reason, blocks) in &summary.not_checkable {
        let _ = write!(text, "\nnot checkable in {blocks} of {}: {name}: {reason}", summary.blocks());
    }
    text
}
