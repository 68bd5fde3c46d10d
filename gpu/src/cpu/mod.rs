//! The processor's path: libraries over all cores.

mod derive;
pub mod dilithium;
mod recover;
mod signature;
mod verify;

pub use derive::CpuDeriver;
pub use recover::CpuRecoverer;
pub use signature::Route;
pub(crate) use signature::Signed;
pub(crate) use verify::count_claims;
pub use verify::{CpuVerifier, KEY_CACHE_BYTES};
