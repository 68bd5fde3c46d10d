//! What keeps a command from doing its work.

use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

/// Why a command could not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    SpecFile { path: PathBuf, source: erbium::SpecError },
    #[error("--spec: {0}; nor is there a file of that name")]
    UnknownSpec(erbium::UnknownSpec),
    #[error(transparent)]
    Source(erbium_conform::source::SourceError),
    #[error("{file}: {source}")]
    Block { file: String, source: erbium::validate::ValidateError },
    #[error("{file}: {source}")]
    Twin { file: String, source: erbium::quantumize::QuantumizeError },
    #[error(transparent)]
    Generate(#[from] erbium::generate::GenerateError),
    #[error("{}: two twins cannot go to one file", path.display())]
    OneFile { path: PathBuf },
    #[error("--seed: {got} bytes where 32 belong")]
    SeedLength { got: usize },
    #[error("{}: no block files in it", path.display())]
    NoBlocks { path: PathBuf },
    #[error("{flag}: {problem}")]
    Hex { flag: &'static str, problem: HexProblem },
    #[error("{from}: {source}")]
    KeyFile { from: String, source: erbium::keys::KeyFileError },
    #[error(transparent)]
    Key(#[from] erbium::keys::KeyError),
    #[error("{file}: {problem}")]
    Transaction { file: String, problem: String },
    #[error("{from}: {source}")]
    SeedText { from: String, source: erbium::SeedTextError },
    #[error("{from}: {source}")]
    Plan { from: String, source: erbium::confidential::PlanError },
    #[error("{from}: {problem}")]
    Digits { from: String, problem: String },
    #[error("cannot write JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Fault(#[from] erbium::vm::claims::Fault),
    #[error("no test ran")]
    NothingRan,
    #[error("--trace: {0}")]
    Find(#[from] erbium_conform::FindError),
    #[error(transparent)]
    Device(#[from] erbium::DeviceError),
    #[error(transparent)]
    Backend(#[from] super::backend::BackendError),
    #[error(transparent)]
    DeviceBench(#[from] super::bench::DeviceBenchError),
    #[error("--plot needs --backend gpu")]
    PlotWithoutGpu,
    #[error("cannot sign with scheme {scheme}: {reason}")]
    BenchInput { scheme: u8, reason: String },
    #[error(transparent)]
    Circuit(#[from] erbium::gpu::proofs::CircuitError),
    #[error("cannot make proofs to measure with: {0}")]
    BenchProofs(String),
    #[error(transparent)]
    T8n(#[from] erbium_conform::t8n::T8nError),
    #[error("--run: {0}")]
    Pattern(#[from] regex::Error),
    #[error("{flag}: {problem}")]
    Flag { flag: &'static str, problem: &'static str },
    #[cfg(feature = "he")]
    #[error(transparent)]
    Ciphertexts(#[from] super::tool::HeError),
    #[error("cannot start threads: {0}")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    #[error("cannot listen to interrupts: {0}")]
    Signal(#[source] io::Error),
    #[error("cannot write the result: {0}")]
    Output(#[source] io::Error),
}

/// What is wrong with hexadecimal digits.
#[derive(Debug, thiserror::Error)]
pub(super) enum HexProblem {
    #[error("`{character}` at character {at} is no hexadecimal digit")]
    Character { character: char, at: usize },
    #[error("an odd number of digits: {digits}")]
    OddDigits { digits: usize },
}

impl CliError {
    /// The exit code: 2, or what go-ethereum's tool of the same name has for it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::T8n(error) => error.exit_code(),
            _ => super::Outcome::Incomplete as u8,
        }
    }

    /// True where the reader of stdout is gone.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// An error with the errors behind it that its own message does not repeat.
pub(super) struct Chain<'a>(pub(super) &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let message = error.to_string();
            if !said.contains(&message) {
                write!(f, ": {message}")?;
                said = message;
            }
            source = error.source();
        }
        Ok(())
    }
}
