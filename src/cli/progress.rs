//! A progress bar, for a person who has waited a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Work that takes less needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts things done, and shows the count on a terminal once a second has passed.
pub(super) struct Progress {
    bar: ProgressBar,
    start: Instant,
    waiting: AtomicBool,
}

impl Progress {
    /// Starts counting; `things` names them.
    pub(super) fn new(things: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(things);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {msg}, {per_sec}, {elapsed}") {
            bar.set_style(style);
        }
        let waiting = AtomicBool::new(std::io::stderr().is_terminal());
        Self { bar, start: Instant::now(), waiting }
    }

    /// One more is done.
    pub(super) fn one_more(&self) {
        self.reach(self.bar.position() + 1);
    }

    /// So many are done; may be called from any thread.
    pub(super) fn reach(&self, done: u64) {
        if self.start.elapsed() > PATIENCE && self.waiting.swap(false, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
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
