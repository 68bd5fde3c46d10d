//! The processor's path: libraries over all cores.

mod cache;
mod derive;
pub mod dilithium;
pub(crate) mod groth16;
mod hash;
mod privacy;
pub mod range_proof;
mod recover;
mod signature;
pub mod stealth;
mod verify;

pub use derive::CpuDeriver;
pub use hash::keccak256_each;
pub use recover::CpuRecoverer;
pub use signature::Route;
pub(crate) use signature::Signed;
pub use verify::{CpuVerifier, KEY_CACHE_BYTES};
pub(crate) use verify::{count_claims, count_proofs, count_ranges};
