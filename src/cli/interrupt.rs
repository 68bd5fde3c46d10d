//! The first interrupt asks a command to end soon, with what it has; the second ends the process as if none were heard.

use super::error::CliError;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What becomes true with the first SIGINT from now on.
pub(super) fn heard() -> Result<Arc<AtomicBool>, CliError> {
    let heard = Arc::new(AtomicBool::new(false));
    // In this order: what ends the process must find the flag as the signal before has left it.
    flag::register_conditional_default(SIGINT, Arc::clone(&heard))
        .and_then(|_| flag::register(SIGINT, Arc::clone(&heard)))
        .map_err(CliError::Signal)?;
    Ok(heard)
}
