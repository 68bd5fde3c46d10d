//! The processor's path: libraries over all cores.

mod derive;
pub mod dilithium;
mod recover;
mod signature;
mod verify;

pub use derive::CpuDeriver;
pub use recover::CpuRecoverer;
pub use signature::Route;
pub use verify::{CpuVerifier, KEY_CACHE_BYTES};
