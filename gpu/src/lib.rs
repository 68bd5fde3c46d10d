//! The coprocessor: answers the virtual machine's cryptographic questions in batches.
//!
//! [`cpu`] holds what runs on the processor's cores. Device support has its place beside it and is not built yet.
//! What it measures (crate `metrics`) is named in [`counter`] and [`histogram`].

pub mod cpu;

pub use cpu::{CpuDeriver, CpuRecoverer, CpuVerifier};
pub use erbium_claims as claims;

/// Names of the counters.
pub mod counter {
    /// Signatures handed to a recoverer; label `backend`.
    pub const RECOVERIES: &str = "erbium_recoveries_total";
    /// Signatures that no key fits; label `backend`.
    pub const UNRECOVERABLE: &str = "erbium_recoveries_without_key_total";
    /// Claims answered; labels `backend` and `kind`.
    pub const CLAIMS: &str = "erbium_claims_total";
    /// Claims that do not hold; labels `backend` and `kind`.
    pub const INVALID: &str = "erbium_claims_invalid_total";
    /// Derivations computed or halted; labels `backend` and `kind`.
    pub const DERIVATIONS: &str = "erbium_derivations_total";
}

/// Names of the histograms.
pub mod histogram {
    /// Claims in a batch; label `backend`.
    pub const BATCH: &str = "erbium_claims_batch_size";
}
