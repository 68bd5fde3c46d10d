//! Writing to stdout and stderr without panicking when the reader is gone.

use super::error::{Chain, CliError};
use serde_json::Value;
use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};

/// Results, on stdout.
pub(super) struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
}

impl Output {
    pub(super) fn new() -> Self {
        Self { stdout: BufWriter::new(io::stdout().lock()) }
    }

    /// Writes one line and shows it at once: a result that took a while should not wait for the next.
    pub(super) fn line(&mut self, line: impl fmt::Display) -> Result<(), CliError> {
        writeln!(self.stdout, "{line}").and_then(|()| self.stdout.flush()).map_err(CliError::Output)
    }

    /// Writes text that ends its own lines.
    pub(super) fn text(&mut self, text: &str) -> Result<(), CliError> {
        self.stdout.write_all(text.as_bytes()).map_err(CliError::Output)
    }

    /// Where to write what comes in many small pieces.
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        &mut self.stdout
    }

    /// Writes a JSON document.
    pub(super) fn json(&mut self, value: &Value) -> Result<(), CliError> {
        self.line(format_args!("{value:#}"))
    }

    /// Writes out what is buffered.
    pub(super) fn finish(&mut self) -> Result<(), CliError> {
        self.stdout.flush().map_err(CliError::Output)
    }
}

/// Says on stderr what went wrong. A stderr that cannot be written to has nobody to be told.
pub(super) fn complain(error: &dyn Error) {
    let _ = writeln!(io::stderr(), "error: {}", Chain(error));
}

/// Says something on stderr that is no error.
pub(super) fn note(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// What [`complain`] would say.
pub(super) fn chain(error: &dyn Error) -> String {
    Chain(error).to_string()
}
