//! A progress bar, for a person who has waited a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Work that takes less needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts things done, and shows the count on a terminal once a second has passed.
pub(super) struct Progress {
    bar: ProgressBar,
    start: Instant,
    waiting: bool,
}

impl Progress {
    /// Starts counting; `things` names them.
    pub(super) fn new(things: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(things);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {msg}, {per_sec}, {elapsed}") {
            bar.set_style(style);
        }
        Self { bar, start: Instant::now(), waiting: std::io::stderr().is_terminal() }
    }

    /// One more is done.
    pub(super) fn one_more(&mut self) {
        if self.waiting && self.start.elapsed() > PATIENCE {
            self.waiting = false;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
    }

    /// Runs `write` with the bar out of the way of the lines it prints.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
