//! One verifier over all families that a device can answer.

use crate::cpu::CpuVerifier;
use crate::cpu::range_proof::Statement;
use crate::plan::Executor;
use crate::ranges::{self, RangeEngine, RangeKernels};
use crate::signatures::{self, DilithiumEngine, DilithiumKernels};
use crate::trust::{Standing, Trust, Use};
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use std::sync::Arc;

/// Answers claims on a device where there is one that is faster, else on the processor; the verdicts are the same. A device
/// that was wrong about claims of one kind is not asked about any.
#[derive(Debug)]
pub struct DeviceEngine {
    signatures: DilithiumEngine,
    ranges: RangeEngine,
}

impl DeviceEngine {
    /// An engine without a device.
    pub fn without_device(cpu: CpuVerifier) -> Self {
        Self { signatures: DilithiumEngine::without_device(cpu), ranges: RangeEngine::without_device() }
    }

    /// An engine with a device. `seed` decides where plants stand among signatures.
    pub fn new(cpu: CpuVerifier, executor: Arc<dyn Executor>, seed: [u8; 32], used: Use) -> Self {
        Self::with_options(cpu, executor, seed, used, signatures::Options::default())
    }

    /// The same with `options` for the kernels of signatures.
    pub fn with_options(
        cpu: CpuVerifier,
        executor: Arc<dyn Executor>,
        seed: [u8; 32],
        used: Use,
        options: signatures::Options,
    ) -> Self {
        let trust = Trust::new(&*executor);
        let kernels = DilithiumKernels::new(Arc::clone(&executor), options, seed, cpu.clone());
        Self {
            signatures: DilithiumEngine::with_trust(cpu, kernels, used, Arc::clone(&trust)),
            ranges: RangeEngine::new(RangeKernels::new(executor, ranges::Options::default()), used, trust),
        }
    }

    /// An engine of these two, which share a device's trust or have none.
    pub fn of(signatures: DilithiumEngine, ranges: RangeEngine) -> Self {
        Self { signatures, ranges }
    }

    /// How its device stands.
    pub fn standing(&self) -> Standing {
        self.signatures.standing()
    }

    /// Claims that the device has answered so far.
    pub fn answered_by_device(&self) -> u64 {
        self.signatures.answered_by_device()
    }

    /// The part for signatures.
    pub fn signatures(&self) -> &DilithiumEngine {
        &self.signatures
    }

    /// The part for range proofs and confidential transfers.
    pub fn ranges(&self) -> &RangeEngine {
        &self.ranges
    }
}

/// Range proofs go where all of them went before: to the processor.
impl From<DilithiumEngine> for DeviceEngine {
    fn from(signatures: DilithiumEngine) -> Self {
        Self { signatures, ranges: RangeEngine::without_device() }
    }
}

impl Verifier for DeviceEngine {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        by_family(claims, |ranges| self.ranges.verify(ranges), |others| self.signatures.verify(others))
    }
}

/// The kernels of all families, without the processor's help: for comparisons.
#[derive(Debug)]
pub struct Kernels {
    /// For signatures.
    pub signatures: DilithiumKernels,
    /// For range proofs and confidential transfers.
    pub ranges: RangeKernels,
}

impl Verifier for Kernels {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        by_family(claims, |ranges| self.ranges.verify_alone(ranges), |others| self.signatures.verify(others))
    }
}

/// Asks one about range proofs and confidential transfers and another about the rest; the answers in order.
fn by_family(
    claims: &[Claim],
    of_ranges: impl FnOnce(&[&Claim]) -> Result<Vec<Verdict>, Fault>,
    of_others: impl FnOnce(&[Claim]) -> Result<Vec<Verdict>, Fault>,
) -> Result<Vec<Verdict>, Fault> {
    let ranges: Vec<_> = claims.iter().filter(|claim| Statement::is_for(claim)).collect();
    if ranges.is_empty() {
        return of_others(claims);
    }
    if ranges.len() == claims.len() {
        return of_ranges(&ranges);
    }
    let others: Vec<_> = claims.iter().filter(|claim| !Statement::is_for(claim)).cloned().collect();
    let (mut ranges, mut others) = (of_ranges(&ranges)?.into_iter(), of_others(&others)?.into_iter());
    let next = |claim| if Statement::is_for(claim) { ranges.next() } else { others.next() };
    let all: Option<Vec<_>> = claims.iter().map(next).collect();
    all.ok_or_else(|| Fault::Coprocessor { reason: "a claim of a batch got no answer".to_owned() })
}
