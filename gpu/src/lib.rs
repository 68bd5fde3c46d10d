//! The coprocessor: answers the virtual machine's cryptographic questions in batches.
//!
//! [`cpu`] holds what runs on the processor's cores, `device` what runs on a graphics adapter through wgpu. A [`plan`] is
//! the work of a device as data, [`signatures`] makes plans of Dilithium claims, [`ranges`] of
//! range proofs and [`groth16`] of Groth16 proofs, and they judge what comes back; [`DeviceEngine`] asks all of them. [`proofs`]
//! is Groth16 on the processor. [`queue`] gathers single questions into batches. What is measured (crate `metrics`) is named in [`counter`], [`gauge`] and
//! [`histogram`].

// Tests in here and those outside share how they open a device.
#[cfg(test)]
extern crate self as erbium_gpu;

pub mod cpu;
#[cfg(feature = "device")]
pub mod device;
mod digits;
mod engine;
pub mod groth16;
pub mod msm;
pub mod plan;
pub mod proofs;
pub mod queue;
pub mod ranges;
pub mod signatures;
mod trust;

pub use cpu::{CpuDeriver, CpuRecoverer, CpuVerifier};
pub use engine::{DeviceEngine, Kernels};
pub use erbium_claims as claims;
pub use erbium_shaders as shaders;
pub use groth16::{Groth16Engine, Groth16Kernels};
pub use msm::{G1Kernels, G1Msm};
pub use proofs::ZKProofEngine;
pub use ranges::{RangeEngine, RangeKernels};
pub use signatures::{DilithiumEngine, DilithiumKernels};
pub use trust::{Standing, Trust, Use};

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
    /// Items of a queue answered in a batch of more than one; label `kind`.
    pub const QUEUE_BATCHED: &str = "erbium_queue_batched_total";
    /// Items of a queue asked and answered alone; label `kind`.
    pub const QUEUE_SINGLE: &str = "erbium_queue_single_total";
    /// Items of a queue answered one by one after their batch faulted; label `kind`.
    pub const QUEUE_FALLBACK: &str = "erbium_queue_fallback_total";
    /// Items of a queue whose answer was a fault; label `kind`.
    pub const QUEUE_FAULTS: &str = "erbium_queue_faults_total";
    /// Devices lost.
    pub const DEVICE_LOST: &str = "erbium_device_lost_total";
    /// Plans sent to a device.
    pub const DEVICE_SUBMISSIONS: &str = "erbium_device_submissions_total";
    /// Bytes sent to a device.
    pub const DEVICE_BYTES_UP: &str = "erbium_device_bytes_up_total";
    /// Bytes read back from a device.
    pub const DEVICE_BYTES_DOWN: &str = "erbium_device_bytes_down_total";
    /// Batches that went to the processor because a device could not answer them or was wrong.
    pub const DEVICE_FALLBACKS: &str = "erbium_device_fallbacks_total";
    /// Items that a full queue did not take; label `kind`.
    pub const QUEUE_REFUSED: &str = "erbium_queue_refused_total";
}

/// Names of the gauges.
pub mod gauge {
    /// 1 where the device was given up.
    pub const DEVICE_RETIRED: &str = "erbium_device_retired";
    /// Weight of what waits in a queue, for claims and recoveries in bytes; label `kind`.
    pub const QUEUE_WEIGHT: &str = "erbium_queue_weight";
}

/// Names of the histograms.
pub mod histogram {
    /// Claims in a batch; label `backend`.
    pub const BATCH: &str = "erbium_claims_batch_size";
    /// Items that a queue asks for together; label `kind`.
    pub const QUEUE_BATCH: &str = "erbium_queue_batch_size";
    /// Seconds from asking a queue until the item's batch starts; label `kind`.
    pub const QUEUE_WAIT: &str = "erbium_queue_wait_seconds";
}
