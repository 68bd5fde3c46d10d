//! The processor's path: libraries over all cores.

mod derive;
mod mldsa;
mod recover;
mod verify;

pub use derive::CpuDeriver;
pub use recover::CpuRecoverer;
pub use verify::CpuVerifier;
