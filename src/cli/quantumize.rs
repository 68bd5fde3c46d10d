//! `erbium quantumize`: quantum-signed twins of real blocks, from files to files.

use super::error::CliError;
use super::files::{BlockFiles, seed, write_block};
use super::output::{self, Output};
use super::progress::Progress;
use super::spec::SpecArgs;
use super::{GpuArgs, Outcome};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use erbium::quantumize::{Kept, QuantumizeError, TwinOptions, TwinReport, TwinSummary};
use erbium::vm::claims::DilithiumScheme;
use erbium::{Machine, SpecSource};
use erbium_conform::source::Entry;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Turn blocks into their quantum-signed twins: every sender gets a key, registered in the twin's state.
#[derive(Debug, Args)]
pub(super) struct QuantumizeArgs {
    /// Block file, folder of them, or archive; plain or compressed.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write (.json or .json.xz), or folder for one file a block.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Signature scheme: ML-DSA-44, 65 or 87.
    #[arg(
        long,
        default_value = "65",
        value_parser = PossibleValuesParser::new(["44", "65", "87"]).try_map(|number| number.parse::<u64>())
    )]
    scheme: u64,
    /// 32 bytes that all keys are derived from [default: zeros]. Twins are public: this is no secret.
    #[arg(long, value_name = "HEX")]
    seed: Option<String>,
    /// Compress the files of a folder (.json.xz).
    #[arg(long)]
    compress: bool,
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    gpu: GpuArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl QuantumizeArgs {
    fn options(&self) -> Result<TwinOptions, CliError> {
        let mut options = TwinOptions::default();
        if let Some(scheme) = DilithiumScheme::from_number(self.scheme) {
            options.scheme = scheme;
        }
        if let Some(text) = &self.seed {
            options.seed = seed(text)?;
        }
        Ok(options)
    }
}

pub(super) fn run(args: QuantumizeArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let mut session = Session {
        spec: args.spec.source()?,
        options: args.options()?,
        target: Target::new(args.output, args.compress)?,
        machine: Machine::new(&args.gpu.mode())?,
        json: args.json,
        summary: TwinSummary::default(),
        errors: Vec::new(),
        first: true,
        progress: Progress::new("blocks"),
        output,
    };
    if session.json {
        session.output.text("{\"twins\":[")?;
    }
    session.path(&args.input)?;
    session.finish()
}

/// Where twins are written to.
enum Target {
    /// One file, for one block.
    File { path: PathBuf, taken: bool },
    /// A file a block.
    Folder { path: PathBuf, suffix: &'static str, names: BTreeSet<String> },
}

impl Target {
    /// A file where its name says so, else a folder, which is made.
    fn new(path: PathBuf, compress: bool) -> Result<Self, CliError> {
        let name = path.to_string_lossy();
        if !path.is_dir() && (name.ends_with(".json") || name.ends_with(".json.xz")) {
            return Ok(Self::File { path, taken: false });
        }
        match std::fs::create_dir_all(&path) {
            Ok(()) => {
                let suffix = if compress { ".json.xz" } else { ".json" };
                Ok(Self::Folder { path, suffix, names: BTreeSet::new() })
            }
            Err(source) => Err(CliError::File { path, source }),
        }
    }

    /// Where the twin of `entry` goes; no two go to one place.
    fn place(&mut self, entry: &Entry) -> Result<PathBuf, CliError> {
        match self {
            Self::File { path, taken } if *taken => Err(CliError::OneFile { path: path.clone() }),
            Self::File { path, taken } => {
                *taken = true;
                Ok(path.clone())
            }
            Self::Folder { path, suffix, names } => {
                let name = format!("{}{suffix}", entry.stem());
                let place = path.join(&name);
                if names.insert(name) { Ok(place) } else { Err(CliError::OneFile { path: place }) }
            }
        }
    }
}

struct Session<'a> {
    machine: Machine,
    spec: Option<SpecSource>,
    options: TwinOptions,
    target: Target,
    json: bool,
    summary: TwinSummary,
    errors: Vec<String>,
    first: bool,
    progress: Progress,
    output: &'a mut Output,
}

impl Session<'_> {
    fn path(&mut self, path: &Path) -> Result<(), CliError> {
        let mut files = BlockFiles::open(path)?;
        while let Some(file) = files.next(&self.progress) {
            match file {
                Ok(entry) => self.block(&entry)?,
                Err(error) => self.failed(error),
            }
        }
        Ok(())
    }

    fn block(&mut self, entry: &Entry) -> Result<(), CliError> {
        let twin = match self.machine.quantumize(&entry.bytes, self.spec.as_ref(), self.options) {
            Ok(twin) => twin,
            Err(QuantumizeError::Invalid(report)) => {
                self.summary.refused += 1;
                let error = QuantumizeError::Invalid(report);
                let value = json!({ "file": entry.to_string(), "refused": error.to_string() });
                return self.say(value, format!("{entry}: refused: {error}"));
            }
            Err(source) => {
                self.failed(CliError::Twin { file: entry.to_string(), source });
                return Ok(());
            }
        };
        let json = twin.file.to_json().map_err(CliError::Json)?;
        let written = self.target.place(entry).and_then(|path| write_block(&path, json).map(|()| path));
        let path = match written {
            Ok(path) => path,
            Err(error) => {
                self.failed(error);
                return Ok(());
            }
        };
        self.summary.add(&twin.report);
        self.progress.one_more();
        let mut value = twin.report.to_json();
        value["file"] = Value::from(entry.to_string());
        value["twin"] = Value::from(path.to_string_lossy());
        self.say(value, twin_line(&path, &twin.report))
    }

    /// One result, in the form that was asked for.
    fn say(&mut self, value: Value, line: String) -> Result<(), CliError> {
        let comma = if std::mem::replace(&mut self.first, false) { "" } else { "," };
        let Self { progress, output, json, .. } = self;
        progress.aside(|| match json {
            true => output.text(&format!("{comma}\n{value}")),
            false => output.line(line),
        })
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
        } else if self.summary.twins + self.summary.refused > 0 {
            self.output.line(summary_lines(&self.summary))?;
        }
        Ok(if !self.errors.is_empty() {
            Outcome::Incomplete
        } else if self.summary.refused > 0 {
            Outcome::No
        } else {
            Outcome::Fine
        })
    }
}

fn kept_lines(kept: &[u64; Kept::ALL.len()], text: &mut String) {
    for (reason, count) in Kept::ALL.iter().zip(kept).filter(|(_, count)| **count > 0) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {count} stay as they are: {reason}");
    }
}

fn twin_line(path: &Path, report: &TwinReport) -> String {
    let mut text = format!(
        "block {} ({}+Erbium): {} of {} transactions signed with scheme {} by {} senders, \
         gas used {} -> {}, gas limit {} -> {}, {} bytes; {}",
        report.number,
        report.fork,
        report.signed,
        report.transactions,
        report.scheme.number(),
        report.senders,
        report.gas_used[0],
        report.gas_used[1],
        report.gas_limit[0],
        report.gas_limit[1],
        report.size,
        path.display(),
    );
    kept_lines(&report.kept, &mut text);
    text
}

fn summary_lines(summary: &TwinSummary) -> String {
    let mut text = format!(
        "sum: {} twins, {} refused; {} of {} transactions signed, gas used {} -> {}",
        summary.twins,
        summary.refused,
        summary.signed,
        summary.transactions,
        summary.gas_used[0],
        summary.gas_used[1],
    );
    kept_lines(&summary.kept, &mut text);
    text
}
