//! Who answers Groth16 proofs: the device or the processor.

use super::kernels::Groth16Kernels;
use crate::ZKProofEngine;
use crate::cpu::groth16::{Secret, Wrong};
use crate::signatures::{Crossover, Failure, Line};
use crate::trust::{Calibration, Trust, Use};
use erbium_claims::{Claim, Fault, Verdict};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Smallest batch that is worth finding out how fast a device is.
const WORTH_MEASURING: usize = 16;
/// Sizes of the batches that are measured.
const MEASURED: [usize; 3] = [64, 512, 2048];
/// A device that takes so many times as long as the processor is out of reach.
const OUT_OF_REACH: u32 = 8;
/// Different proofs of a batch that is measured.
const DISTINCT: usize = 32;

/// Answers claims about Groth16 proofs, on a device where there is one that is faster, else on the processor; the verdicts are
/// the same.
#[derive(Debug)]
pub struct Groth16Engine {
    cpu: ZKProofEngine,
    device: Option<Device>,
}

#[derive(Debug)]
struct Device {
    kernels: Groth16Kernels,
    used: Use,
    trust: Arc<Trust>,
    crossover: Calibration<()>,
}

impl Groth16Engine {
    /// An engine without a device.
    pub fn without_device(cpu: ZKProofEngine) -> Self {
        Self { cpu, device: None }
    }

    /// An engine with the device that `kernels` run on, as far as it is trusted.
    pub fn new(cpu: ZKProofEngine, kernels: Groth16Kernels, used: Use, trust: Arc<Trust>) -> Self {
        Self { cpu, device: Some(Device { kernels, used, trust, crossover: Calibration::default() }) }
    }

    /// Tests the device now, and measures it, instead of when the first batch comes. `None` where there is no device, where
    /// it was given up, or where it is used whatever its speed.
    pub fn calibrate(&self) -> Option<Crossover> {
        self.device.as_ref()?.ready()?
    }

    /// The kernels, while their device is trusted.
    pub fn kernels(&self) -> Option<&Groth16Kernels> {
        self.device.as_ref().filter(|device| !device.trust.is_retired()).map(|device| &device.kernels)
    }

    /// The verdicts on a batch of Groth16 proofs, order kept.
    ///
    /// # Errors
    /// As [`ZKProofEngine`]'s.
    pub fn verify(&self, claims: &[&Claim]) -> Result<Vec<Verdict>, Fault> {
        let start = Instant::now();
        if let Some(verdicts) = self.device.as_ref().and_then(|device| device.verify(claims)) {
            crate::cpu::count_proofs("device", &verdicts);
            tracing::debug!(batch = claims.len(), elapsed = ?start.elapsed(), "verified Groth16 proofs on the device");
            return Ok(verdicts);
        }
        let verdicts = self.cpu.verify_claims(claims)?;
        crate::cpu::count_proofs("cpu", &verdicts);
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
            self.kernels.executor().prepare_base_field()?;
            self_test(&self.kernels)?;
            match self.used {
                Use::Always => Ok(None),
                Use::WhereFaster => self.measure().map(Some),
            }
        })
    }

    /// Times batches of one key on device and processor.
    fn measure(&self) -> Result<Crossover, Failure> {
        let cpu = ZKProofEngine::new();
        let mut secret = Secret::new(&[0xc4; 32]);
        let known: Vec<_> = (0..DISTINCT).map(|_| secret.claim(&[]).to_claim()).collect();
        let times = |size: usize| -> Result<[Duration; 2], Failure> {
            let claims: Vec<_> = known.iter().cycle().take(size).collect();
            let mut best = [Duration::MAX; 2];
            // The first also warms.
            for _ in 0..2 {
                let start = Instant::now();
                cpu.verify_claims(&claims).map_err(|fault| Failure::Processor { fault })?;
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
            "measured where the device is faster for Groth16 proofs"
        );
        Ok(crossover)
    }
}

/// Claims whose verdicts are known: true ones of two keys, ones with a wrong part each, and ones whose points are none.
fn self_test(kernels: &Groth16Kernels) -> Result<(), Failure> {
    let mut secrets = [[0x5e; 32], [0x5f; 32]].map(|seed| Secret::new(&seed));
    let mut good = || secrets.each_mut().map(|secret| secret.claim(&[]).to_claim());
    let mut asked: Vec<_> = [good(), good()].concat().into_iter().map(|claim| (claim, true)).collect();
    check(kernels, &asked)?;
    let [first, second] = good();
    for bit in [0x20, 0x80, 0x40] {
        for at in [0, 48, 144] {
            // The negative, no compressed point, infinity with something beside it.
            let mut changed = first.clone();
            if let Claim::Groth16 { proof, .. } = &mut changed
                && let Some(byte) = proof.get_mut(at)
            {
                *byte ^= bit;
            }
            asked.push((changed, false));
        }
    }
    asked.push((second, true));
    let [secret, _] = &mut secrets;
    asked.extend(Wrong::ALL.map(|part| (secret.claim(&[part]).to_claim(), false)));
    check(kernels, &asked)
}

fn check(kernels: &Groth16Kernels, asked: &[(Claim, bool)]) -> Result<(), Failure> {
    let claims: Vec<_> = asked.iter().map(|(claim, _)| claim).collect();
    let right =
        kernels.time(&claims)?.iter().zip(asked).all(|(verdict, (_, holds))| verdict.is_valid() == *holds);
    if right {
        Ok(())
    } else {
        Err(Failure::Wrong { reason: "a self-test of Groth16 proofs failed".to_owned() })
    }
}
