//! Arguments behind `cargo bench --bench NAME --`.

use super::BenchError;
use super::measure::Plan;
use std::path::{Path, PathBuf};
use std::time::Duration;

const USAGE: &str = "[NAME...] [--rounds N] [--sample-ms N] [--data PATH] [--json FILE] [--cold]; a NAME matches what contains it";

/// What to measure, how long, and where to write it.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Parts of names; none for everything.
    pub(crate) names: Vec<String>,
    /// Input, in the place of the usual one.
    pub(crate) data: Option<PathBuf>,
    /// Measure machines and code that have never run.
    pub(crate) cold: bool,
    /// Where to write the table as JSON.
    pub(crate) json: Option<PathBuf>,
    /// How long to measure.
    pub(crate) plan: Plan,
}

impl Options {
    /// Reads `arguments`, the program's name not among them.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, BenchError> {
        let plan = Plan { rounds: 11, sample: Duration::from_millis(20) };
        let mut options = Self { names: Vec::new(), data: None, cold: false, json: None, plan };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| BenchError::Usage(format!("{argument} without a value; {USAGE}")))
            };
            match argument.as_str() {
                // Cargo's own mark.
                "--bench" => {}
                "--rounds" => options.plan.rounds = number(&value()?)?,
                "--sample-ms" => options.plan.sample = Duration::from_millis(number(&value()?)? as u64),
                "--data" => options.data = Some(value()?.into()),
                "--cold" => options.cold = true,
                "--json" => options.json = Some(value()?.into()),
                unknown if unknown.starts_with('-') => {
                    return Err(BenchError::Usage(format!("unknown option {unknown}; {USAGE}")));
                }
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }

    /// True where `name` is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(part.as_str()))
    }
}

fn number(text: &str) -> Result<usize, BenchError> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(BenchError::Usage(format!("{text} is not a positive number; {USAGE}"))),
    }
}

/// Where the big inputs lie: `ERBIUM_FIXTURES`, or `shared` next to the repository.
pub(crate) fn fixtures() -> PathBuf {
    std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
}
