//! The processor's path: libraries over all cores.

mod mldsa;
mod recover;
mod verify;

pub use mldsa::Route;
pub use recover::CpuRecoverer;
pub use verify::{CpuVerifier, KEY_CACHE_BYTES};
