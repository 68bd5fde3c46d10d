//! `erbium validate`: the main job, on files.

use super::error::CliError;
use super::files::BlockFiles;
use super::output::{self, Output};
use super::progress::Progress;
use super::spec::SpecArgs;
use super::{GpuArgs, Outcome};
use clap::Args;
use erbium::validate::{BlockReport, Summary};
use erbium::{Machine, SpecSource};
use erbium_conform::source::Entry;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ValidateArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let spec = args.spec.source()?;
    let machine = Machine::new(&args.gpu.mode())?;
    let mut session = Session {
        machine,
        spec,
        json: args.json,
        summary: Summary::default(),
        errors: Vec::new(),
        progress: Progress::new("blocks"),
        output,
    };
    if session.json {
        session.output.text("{\"blocks\":[")?;
    }
    for path in &args.paths {
        session.path(path)?;
    }
    session.finish()
}

struct Session<'a> {
    machine: Machine,
    spec: Option<SpecSource>,
    json: bool,
    summary: Summary,
    errors: Vec<String>,
    progress: Progress,
    output: &'a mut Output,
}

impl Session<'_> {
    /// Validates what lies at `path`; what cannot be read does not keep the rest from going on.
    fn path(&mut self, path: &Path) -> Result<(), CliError> {
        let mut files = match BlockFiles::open(path) {
            Ok(files) => files,
            Err(error) => {
                self.failed(error);
                return Ok(());
            }
        };
        while let Some(file) = files.next(&self.progress) {
            match file {
                Ok(entry) => self.block(&entry)?,
                Err(error) => self.failed(error),
            }
        }
        Ok(())
    }

    fn block(&mut self, entry: &Entry) -> Result<(), CliError> {
        let report = match self.machine.validate(&entry.bytes, self.spec.as_ref()) {
            Ok(report) => report,
            Err(source) => {
                self.failed(CliError::Block { file: entry.to_string(), source });
                return Ok(());
            }
        };
        let first = self.summary.blocks() == 0;
        self.summary.add(&report);
        self.progress.one_more();
        if self.json {
            let mut value = report.to_json();
            value["file"] = Value::from(entry.to_string());
            let comma = if first { "" } else { "," };
            let Self { progress, output, .. } = self;
            progress.aside(|| output.text(&format!("{comma}\n{value}")))
        } else {
            let text = block_lines(entry, &report);
            let Self { progress, output, .. } = self;
            progress.aside(|| output.line(text))
        }
    }

    /// Says what went wrong; the other files go on.
    fn failed(&mut self, error: CliError) {
        self.progress.aside(|| output::complain(&error));
        self.errors.push(output::chain(&error));
    }

    fn finish(self) -> Result<Outcome, CliError> {
        if self.json {
            let (summary, errors) = (self.summary.to_json(), json!(self.errors));
            self.output.text(&format!("\n],\n\"summary\":{summary},\n\"errors\":{errors}}}\n"))?;
        } else if self.summary.blocks() > 0 {
            self.output.line(summary_lines(&self.summary))?;
        }
        Ok(if !self.errors.is_empty() {
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
fn block_lines(entry: &Entry, report: &BlockReport) -> String {
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
        let _ = write!(text, "\n  {entry}: {flaw}");
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
         time: {}; {:.1} Mgas/s executing, {:.1} Mgas/s in all",
        summary.valid,
        summary.invalid,
        summary.transactions,
        summary.signatures.total(),
        mgas(summary.gas_used),
        stages.join(", "),
        summary.mgas_per_second(summary.times.execute),
        summary.mgas_per_second(summary.times.total()),
    );
    for (name, reason, blocks) in &summary.not_checkable {
        let _ = write!(text, "\nnot checkable in {blocks} of {}: {name}: {reason}", summary.blocks());
    }
    text
}
