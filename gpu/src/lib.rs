//! The coprocessor: answers the virtual machine's cryptographic questions in batches.
//!
//! [`cpu`] holds what runs on the processor's cores. Device support has its place beside it and is not built yet.
//! The counters it keeps (crate `metrics`) are named in [`counter`].

pub mod cpu;

pub use cpu::CpuRecoverer;
pub use erbium_claims as claims;

/// Names of the counters.
pub mod counter {
    /// Signatures handed to a recoverer; label `backend`.
    pub const RECOVERIES: &str = "erbium_recoveries_total";
    /// Signatures that no key fits; label `backend`.
    pub const UNRECOVERABLE: &str = "erbium_recoveries_without_key_total";
}
