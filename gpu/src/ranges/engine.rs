//! Who answers range proofs and confidential transfers: the device or the processor.

use super::kernels::RangeKernels;
use crate::cpu::range_proof::{self, Opening, prove_range};
use crate::signatures::{Crossover, Failure, Line};
use crate::trust::{Calibration, Trust, Use};
use curve25519_dalek::Scalar;
use erbium_claims::{Claim, Fault, RANGE_LABEL, Verdict};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Smallest batch that is worth finding out how fast a device is.
const WORTH_MEASURING: usize = 16;
/// Sizes of the batches that are measured.
const MEASURED: [usize; 3] = [32, 256, 1024];
/// A device that takes so many times as long as the processor is out of reach.
const OUT_OF_REACH: u32 = 8;
/// Bits of the proofs that a device is tested and measured with.
const BITS: [usize; 2] = [8, 64];

/// Answers claims about range proofs and confidential transfers, on a device where there is one that is faster, else on the
/// processor; the verdicts are the same.
#[derive(Debug)]
pub struct RangeEngine {
    device: Option<Device>,
}

#[derive(Debug)]
struct Device {
    kernels: RangeKernels,
    used: Use,
    trust: Arc<Trust>,
    crossover: Calibration<()>,
}

impl RangeEngine {
    /// An engine without a device.
    pub fn without_device() -> Self {
        Self { device: None }
    }

    /// An engine with the device that `kernels` run on, as far as it is trusted.
    pub fn new(kernels: RangeKernels, used: Use, trust: Arc<Trust>) -> Self {
        Self { device: Some(Device { kernels, used, trust, crossover: Calibration::default() }) }
    }

    /// Tests the device now, and measures it, instead of when the first batch comes. `None` where there is no device, where
    /// it was given up, or where it is used whatever its speed.
    pub fn calibrate(&self) -> Option<Crossover> {
        self.device.as_ref()?.ready()?
    }

    /// The kernels, while their device is trusted.
    pub fn kernels(&self) -> Option<&RangeKernels> {
        self.device.as_ref().filter(|device| !device.trust.is_retired()).map(|device| &device.kernels)
    }

    /// The verdicts on a batch of range proofs and confidential transfers, order kept.
    ///
    /// # Errors
    /// As [`range_proof::verify`].
    pub fn verify(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Fault> {
        let start = Instant::now();
        if let Some(verdicts) = self.device.as_ref().and_then(|device| device.verify(claims)) {
            crate::cpu::count_ranges("device", claims, &verdicts);
            tracing::debug!(batch = claims.len(), elapsed = ?start.elapsed(), "verified range proofs on the device");
            return Ok(verdicts);
        }
        let verdicts = range_proof::verify(claims)?;
        crate::cpu::count_ranges("cpu", claims, &verdicts);
        Ok(verdicts)
    }
}

impl Device {
    /// The device's verdicts, if it is to be asked and could answer.
    fn verify(&self, claims: &[&Claim]) -> Option<Vec<Verdict>> {
        if claims.len() < 2 || self.trust.is_retired() {
            return None;
        }
        let is_for = self.used.asks(claims.len(), WORTH_MEASURING, || self.ready());
        is_for.then(|| self.trust.ask(claims.len(), || self.kernels.verify_claims(claims)))?
    }

    /// Has the self-test passed and the speed measured, once; `None` where the device is out of use, or being measured.
    fn ready(&self) -> Option<Option<Crossover>> {
        self.crossover.get((), &self.trust, self.used, || {
            self.kernels.executor().prepare_fields()?;
            self_test(&self.kernels)?;
            match self.used {
                Use::Always => Ok(None),
                Use::WhereFaster => self.measure().map(Some),
            }
        })
    }

    /// Times batches of 64-bit proofs on device and processor.
    fn measure(&self) -> Result<Crossover, Failure> {
        let claim = known(64).ok_or_else(no_proof)?;
        let times = |size: usize| -> Result<[Duration; 2], Failure> {
            let claims = vec![&claim; size];
            let mut best = [Duration::MAX; 2];
            // The first also warms.
            for _ in 0..2 {
                let start = Instant::now();
                range_proof::verify(&claims).map_err(|fault| Failure::Processor { fault })?;
                let processor = start.elapsed();
                let start = Instant::now();
                self.kernels.time(&claims)?;
                best = [start.elapsed().min(best[0]), processor.min(best[1])];
            }
            Ok(best)
        };
        let [small, middle, large] = MEASURED;
        let (first, second) = (times(small)?, times(middle)?);
        let [from, to] = if second[0] > second[1] * OUT_OF_REACH {
            [(small, first), (middle, second)]
        } else {
            [(middle, second), (large, times(large)?)]
        };
        let [device, processor] =
            [0, 1].map(|side| Line::through((from.0, from.1[side]), (to.0, to.1[side])));
        let crossover = Crossover { device, processor };
        tracing::info!(
            device = self.kernels.executor().name(),
            crossover = crossover.size(),
            "measured where the device is faster for range proofs"
        );
        Ok(crossover)
    }
}

/// Claims whose answers are known: true ones, one with another proof's value, and one whose point is none.
fn self_test(kernels: &RangeKernels) -> Result<(), Failure> {
    for bits in BITS {
        let good = known(bits).ok_or_else(no_proof)?;
        let (mut other, mut none) = (good.clone(), good.clone());
        if let Claim::RangeProof { proof, .. } = &mut other {
            // t_x, which stays canonical.
            if let Some(byte) = proof.get_mut(4 * 32) {
                *byte ^= 1;
            }
        }
        if let Claim::RangeProof { proof, .. } = &mut none {
            // A is odd.
            if let Some(byte) = proof.get_mut(0) {
                *byte |= 1;
            }
        }
        let expected = [
            (vec![&good, &good], vec![Verdict::Valid; 2]),
            (vec![&other, &good], vec![Verdict::Invalid, Verdict::Valid]),
            (vec![&none, &good], vec![Verdict::Invalid, Verdict::Valid]),
        ];
        for (claims, expected) in expected {
            if kernels.time(&claims)? != expected {
                return Err(Failure::Wrong { reason: "a self-test of range proofs failed".to_owned() });
            }
        }
    }
    Ok(())
}

/// A claim that holds.
fn known(bits: usize) -> Option<Claim> {
    let opening = Opening { value: 97, blinding: Scalar::from(1_000_003_u32) };
    let (commitments, proof) = prove_range(bits, &[opening], &[0x5e; 32])?;
    // At most 64.
    Some(Claim::RangeProof { bits: bits as u8, label: RANGE_LABEL.to_vec(), commitments, proof })
}

fn no_proof() -> Failure {
    Failure::Processor {
        fault: Fault::Coprocessor { reason: "no proof was made for a self-test".to_owned() },
    }
}
