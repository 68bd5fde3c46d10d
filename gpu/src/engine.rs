//! One verifier over all families that a device can answer.

use crate::cpu::CpuVerifier;
use crate::cpu::range_proof::Statement;
use crate::groth16::{self, Groth16Engine, Groth16Kernels};
use crate::plan::Executor;
use crate::ranges::{self, RangeEngine, RangeKernels};
use crate::signatures::{self, DilithiumEngine, DilithiumKernels};
use crate::trust::{Standing, Trust, Use};
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use std::borrow::Cow;
use std::sync::Arc;

/// Answers claims on a device where there is one that is faster, else on the processor; the verdicts are the same. A device
/// that was wrong about claims of one kind is not asked about any.
#[derive(Debug)]
pub struct DeviceEngine {
    signatures: DilithiumEngine,
    ranges: RangeEngine,
    proofs: Groth16Engine,
}

impl DeviceEngine {
    /// An engine without a device.
    pub fn without_device(cpu: CpuVerifier) -> Self {
        DilithiumEngine::without_device(cpu).into()
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
        let signatures = DilithiumKernels::new(Arc::clone(&executor), options, seed, cpu.clone());
        let ranges = RangeKernels::new(Arc::clone(&executor), ranges::Options::default());
        let of_proofs = cpu.proofs().clone();
        let proofs = Groth16Kernels::new(executor, groth16::Options::default(), of_proofs.clone());
        Self {
            signatures: DilithiumEngine::with_trust(cpu, signatures, used, Arc::clone(&trust)),
            ranges: RangeEngine::new(ranges, used, Arc::clone(&trust)),
            proofs: Groth16Engine::new(of_proofs, proofs, used, trust),
        }
    }

    /// An engine of these three, which share a device's trust or have none.
    pub fn of(signatures: DilithiumEngine, ranges: RangeEngine, proofs: Groth16Engine) -> Self {
        Self { signatures, ranges, proofs }
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

    /// The part for Groth16 proofs.
    pub fn proofs(&self) -> &Groth16Engine {
        &self.proofs
    }
}

/// Other claims go to the processor.
impl From<DilithiumEngine> for DeviceEngine {
    fn from(signatures: DilithiumEngine) -> Self {
        let proofs = Groth16Engine::without_device(signatures.cpu().proofs().clone());
        Self { signatures, ranges: RangeEngine::without_device(), proofs }
    }
}

impl Verifier for DeviceEngine {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        by_family(claims, |family, claims| match family {
            Family::Ranges => self.ranges.verify(&claims.refs()),
            Family::Proofs => self.proofs.verify(&claims.refs()),
            Family::Others => self.signatures.verify(&claims.owned()),
        })
    }
}

/// The kernels of all families, without the processor's help: for comparisons.
#[derive(Debug)]
pub struct Kernels {
    /// For signatures.
    pub signatures: DilithiumKernels,
    /// For range proofs and confidential transfers.
    pub ranges: RangeKernels,
    /// For Groth16 proofs.
    pub proofs: Groth16Kernels,
}

impl Verifier for Kernels {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        by_family(claims, |family, claims| match family {
            Family::Ranges => self.ranges.verify_alone(&claims.refs()),
            Family::Proofs => self.proofs.verify_alone(&claims.refs()),
            Family::Others => self.signatures.verify(&claims.owned()),
        })
    }
}

/// Claims that are answered together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// Signatures, and what nobody else answers.
    Others,
    /// Range proofs and confidential transfers.
    Ranges,
    /// Groth16 proofs.
    Proofs,
}

impl Family {
    const ALL: [Self; 3] = [Self::Ranges, Self::Proofs, Self::Others];

    fn of(claim: &Claim) -> Self {
        match claim {
            Claim::Groth16 { .. } => Self::Proofs,
            claim if Statement::is_for(claim) => Self::Ranges,
            _ => Self::Others,
        }
    }
}

/// The claims of a family.
enum Part<'a> {
    /// The whole batch.
    All(&'a [Claim]),
    /// Some of it.
    Some(Vec<&'a Claim>),
}

impl<'a> Part<'a> {
    fn refs(self) -> Vec<&'a Claim> {
        match self {
            Self::All(claims) => claims.iter().collect(),
            Self::Some(claims) => claims,
        }
    }

    fn owned(self) -> Cow<'a, [Claim]> {
        match self {
            Self::All(claims) => claims.into(),
            Self::Some(claims) => claims.into_iter().cloned().collect(),
        }
    }
}

/// Has each family that is there answered by itself; the answers in order.
fn by_family(
    claims: &[Claim],
    answer: impl Fn(Family, Part<'_>) -> Result<Vec<Verdict>, Fault>,
) -> Result<Vec<Verdict>, Fault> {
    let first = claims.first().map_or(Family::Others, Family::of);
    if claims.iter().all(|claim| Family::of(claim) == first) {
        return answer(first, Part::All(claims));
    }
    let mut verdicts = vec![None; claims.len()];
    for family in Family::ALL {
        let (places, part): (Vec<_>, Vec<_>) =
            claims.iter().enumerate().filter(|(_, claim)| Family::of(claim) == family).unzip();
        if part.is_empty() {
            continue;
        }
        for (place, verdict) in places.into_iter().zip(answer(family, Part::Some(part))?) {
            if let Some(place) = verdicts.get_mut::<usize>(place) {
                *place = Some(verdict);
            }
        }
    }
    let all: Option<Vec<_>> = verdicts.into_iter().collect();
    all.ok_or_else(|| Fault::Coprocessor { reason: "a claim of a batch got no answer".to_owned() })
}
