//! The command line as a test sees it: how it ended, and what it said on which stream.

use serde_json::Value;
use std::process::Output;

pub(crate) const FINE: i32 = 0;
pub(crate) const NO: i32 = 1;
pub(crate) const COULD_NOT: i32 = 2;

pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Answer {
    /// With this exit code, and no panic.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn out(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no `{text}` in stdout: {}", self.stdout);
        self
    }

    #[track_caller]
    pub(crate) fn err(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in stderr: {}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("stdout is JSON")
    }
}
