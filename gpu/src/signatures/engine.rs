//! Who answers a batch: the device or the processor.

use super::crossover::{Crossover, Line};
use super::kernels::DilithiumKernels;
use super::options::Failure;
use super::plant::Plant;
use super::random::Random;
use crate::cpu::{CpuVerifier, Route, Signed};
use crate::trust::{Calibration, Standing, Trust, Use};
use erbium_claims::{Claim, DilithiumScheme, Fault, Verdict, Verifier};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Smallest batch that is worth finding out how fast a device is.
const WORTH_MEASURING: usize = 32;
/// Sizes of the batches that are measured: the smallest two, then, if the device is not out of reach, the larger two, since
/// it fills up with more than some hundreds.
const MEASURED: [usize; 3] = [64, 512, 4096];
/// A device that takes so many times as long as the processor is out of reach.
const OUT_OF_REACH: u32 = 8;

/// Answers claims about Dilithium signatures, on a device where there is one that is faster, else on the processor; the
/// verdicts are the same. Other claims go to the processor's verifier.
///
/// A device that gave a wrong answer, was lost, hung or could not compile a kernel is not asked again, and the batch that
/// showed it is answered by the processor.
#[derive(Debug)]
pub struct DilithiumEngine {
    cpu: CpuVerifier,
    device: Option<Device>,
}

#[derive(Debug)]
struct Device {
    kernels: DilithiumKernels,
    used: Use,
    trust: Arc<Trust>,
    /// By scheme's number.
    crossovers: Calibration<u8>,
}

impl DilithiumEngine {
    /// An engine without a device.
    pub fn without_device(cpu: CpuVerifier) -> Self {
        Self { cpu, device: None }
    }

    /// An engine with the device that `kernels` run on.
    pub fn new(cpu: CpuVerifier, kernels: DilithiumKernels, used: Use) -> Self {
        let trust = Trust::new(&**kernels.executor());
        Self::with_trust(cpu, kernels, used, trust)
    }

    /// An engine with the device that `kernels` run on, as far as it is trusted.
    pub fn with_trust(cpu: CpuVerifier, kernels: DilithiumKernels, used: Use, trust: Arc<Trust>) -> Self {
        Self { cpu, device: Some(Device { kernels, used, trust, crossovers: Calibration::default() }) }
    }

    /// The processor's verifier.
    pub fn cpu(&self) -> &CpuVerifier {
        &self.cpu
    }

    /// How its device stands.
    pub fn standing(&self) -> Standing {
        self.device.as_ref().map_or(Standing::None, |device| device.trust.standing())
    }

    /// Claims that the device has answered so far.
    pub fn answered_by_device(&self) -> u64 {
        self.device.as_ref().map_or(0, |device| device.trust.answered())
    }

    /// The kernels, while their device stands.
    pub fn kernels(&self) -> Option<&DilithiumKernels> {
        let device = self.device.as_ref()?;
        (!device.trust.is_retired()).then_some(&device.kernels)
    }

    /// Asks the device for its known answers now, and measures it, instead of when the first batch of `scheme` comes.
    /// `None` where there is no device, where it was given up, or where it is used whatever its speed.
    pub fn calibrate(&self, scheme: DilithiumScheme) -> Option<Crossover> {
        let device = self.device.as_ref()?;
        device.ready(scheme)?
    }

    /// Verdicts of the device, if it is to be asked and could answer.
    fn by_device(&self, signed: &[Signed<'_>]) -> Option<Vec<Verdict>> {
        let device = self.device.as_ref()?;
        if signed.len() < 2 || !device.is_for(signed) {
            return None;
        }
        device.trust.ask(signed.len(), || device.kernels.verify_signed(signed))
    }
}

impl Device {
    /// Whether the batch is for the device.
    fn is_for(&self, signed: &[Signed<'_>]) -> bool {
        if self.trust.is_retired() {
            return false;
        }
        let mut sizes = BTreeMap::<_, (DilithiumScheme, usize)>::new();
        for run in signed.chunk_by(|a, b| a.scheme == b.scheme) {
            let Some(Signed { scheme, .. }) = run.first() else { continue };
            sizes.entry(scheme.number()).or_insert((*scheme, 0)).1 += run.len();
        }
        match self.used {
            Use::Always => sizes.values().all(|(scheme, _)| self.ready(*scheme).is_some()),
            // Few batches have more than one scheme: those of all must be worth it.
            Use::WhereFaster => sizes.values().all(|(scheme, size)| {
                *size >= WORTH_MEASURING
                    && matches!(self.ready(*scheme), Some(Some(crossover)) if crossover.prefers_device(*size))
            }),
        }
    }

    /// Has the scheme's self-test passed and its speed measured, once; `None` where the device is out of use, or another
    /// is measuring it. Nobody waits for that other: on a rayon thread it may be the same one, further down its stack.
    fn ready(&self, scheme: DilithiumScheme) -> Option<Option<Crossover>> {
        self.crossovers.get(scheme.number(), &self.trust, self.used, || {
            self.kernels.self_test(scheme)?;
            match self.used {
                Use::Always => Ok(None),
                Use::WhereFaster => self.measure(scheme).map(Some),
            }
        })
    }

    /// Times batches of new keys on device and processor.
    fn measure(&self, scheme: DilithiumScheme) -> Result<Crossover, Failure> {
        let mut random = Random::new(&[0xc4; 32], u64::from(scheme.number()));
        let [small, middle, large] = MEASURED;
        let first = self.best_times(scheme, &mut random, small)?;
        let second = self.best_times(scheme, &mut random, middle)?;
        let [from, to] = if second[0] > second[1] * OUT_OF_REACH {
            [(small, first), (middle, second)]
        } else {
            self.kernels.measure_hashing(scheme, middle)?;
            let second = self.best_times(scheme, &mut random, middle)?;
            [(middle, second), (large, self.best_times(scheme, &mut random, large)?)]
        };
        let [device, processor] =
            [0, 1].map(|side| Line::through((from.0, from.1[side]), (to.0, to.1[side])));
        let crossover = Crossover { device, processor };
        tracing::info!(
            scheme = scheme.number(),
            device = self.kernels.executor().name(),
            crossover = crossover.size(),
            "measured where the device is faster"
        );
        Ok(crossover)
    }

    /// The better of two times, of the device and of the processor, for a batch of new keys.
    fn best_times(
        &self,
        scheme: DilithiumScheme,
        random: &mut Random,
        size: usize,
    ) -> Result<[Duration; 2], Failure> {
        let mut best = [Duration::MAX; 2];
        // The first also warms.
        for _ in 0..2 {
            let plants: Vec<_> = (0..size).map(|_| Plant::new(scheme, random, false)).collect();
            let batch: Vec<_> = plants.iter().map(|plant| plant.signed(scheme)).collect();
            let cpu = CpuVerifier::with_route(Route::Fastest, 0);
            let start = Instant::now();
            cpu.verify_signed(&batch).map_err(|fault| Failure::Processor { fault })?;
            let processor = start.elapsed();
            let start = Instant::now();
            self.kernels.time(&batch)?;
            let device = start.elapsed();
            best = [device.min(best[0]), processor.min(best[1])];
        }
        Ok(best)
    }
}

impl Verifier for DilithiumEngine {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        if self.kernels().is_none() {
            return self.cpu.verify(claims);
        }
        let (mut signed, mut others) = (Vec::with_capacity(claims.len()), Vec::new());
        let mut for_device = Vec::with_capacity(claims.len());
        for claim in claims {
            let read = Signed::read(claim);
            for_device.push(read.is_ok());
            match read {
                Ok(read) => signed.push(read),
                Err(_) => others.push(claim),
            }
        }
        let start = Instant::now();
        match self.by_device(&signed) {
            None => self.cpu.verify(claims),
            Some(verdicts) if others.is_empty() => {
                crate::cpu::count_claims("device", &signed, &verdicts);
                tracing::debug!(batch = claims.len(), elapsed = ?start.elapsed(), "verified claims on the device");
                Ok(verdicts)
            }
            Some(verdicts) => {
                crate::cpu::count_claims("device", &signed, &verdicts);
                let others: Vec<_> = others.into_iter().cloned().collect();
                let mut others = self.cpu.verify(&others)?.into_iter();
                let mut verdicts = verdicts.into_iter();
                let all: Option<Vec<_>> = for_device
                    .into_iter()
                    .map(|for_device| if for_device { verdicts.next() } else { others.next() })
                    .collect();
                all.ok_or_else(|| Fault::Coprocessor {
                    reason: "a claim of a batch got no answer".to_owned(),
                })
            }
        }
    }
}
