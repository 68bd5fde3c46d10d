//! The processor's path: libraries over all cores.

mod recover;

pub use recover::CpuRecoverer;
