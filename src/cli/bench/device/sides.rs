//! Who checks: a device, this machine's cores, and aws-lc-rs on them.

use super::super::measure::{Side, by_turns, median, quantile, ratio, timed};
use super::super::pool::{Keys, OneIn, Scheme};
use super::peak;
use super::report::{Row, Stage};
use super::{Bench, DeviceBenchError};
use erbium::gpu::CpuVerifier;
use erbium::gpu::signatures::DilithiumKernels;
use erbium::vm::claims::{Claim, Verifier};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Signatures in a sample where a batch has fewer.
const LEAST_CHECKS: usize = 256;
/// Time for more samples of a device alone, which quantiles are made of.
const LATENCY_TIME: Duration = Duration::from_millis(600);
const LATENCY_SAMPLES: usize = 200;

/// What is to be measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'c> {
    pub(super) scheme: Scheme,
    pub(super) keys: Keys,
    pub(super) batch: usize,
    pub(super) claims: &'c [Claim],
    pub(super) invalid: OneIn,
}

/// Signatures in a sample: whole batches.
pub(super) fn checks(batch: usize, quick: bool) -> usize {
    LEAST_CHECKS.min(if quick { batch } else { LEAST_CHECKS }).div_ceil(batch) * batch
}

impl Case<'_> {
    /// Everybody's times over the same claims, taken by turns.
    pub(super) fn row(&self, bench: &Bench) -> Result<(Row, Vec<Stage>), DeviceBenchError> {
        let mut latencies = Vec::new();
        let mut device = || self.by_kernels(&bench.kernels, &mut latencies);
        let mut cpu = CpuVerifier::new();
        let mut processor = || {
            if self.keys == Keys::Distinct {
                // No key may be known from the sample before.
                cpu = CpuVerifier::new();
            }
            self.sample("erbium on the processor", |batch| {
                Ok(cpu.verify(batch)?.into_iter().map(|verdict| verdict.is_valid()).collect())
            })
        };
        let mut library = || self.by_library();
        let mut sides: [Side<'_, DeviceBenchError>; 3] = [&mut device, &mut processor, &mut library];
        let times = by_turns(bench.rounds, &mut sides)?;
        let [on_device, on_cpu, by_library] = times.as_slice() else { return Err(DeviceBenchError::NoTimes) };

        let began = Instant::now();
        while latencies.len() < LATENCY_SAMPLES && !bench.quick && began.elapsed() < LATENCY_TIME {
            self.by_kernels(&bench.kernels, &mut latencies)?;
        }
        let per_second = |times: &[Duration]| {
            self.claims.len() as f64 / median(times.iter().map(Duration::as_secs_f64)).max(f64::MIN_POSITIVE)
        };
        let latency = |part| quantile(latencies.iter().map(|time: &Duration| time.as_secs_f64() * 1e3), part);
        let (stages, kernels_per_second) = self.stages(bench)?;
        let row = Row {
            scheme: self.scheme.scheme.number(),
            keys: self.keys.name(),
            batch: self.batch,
            invalid_one_in: self.invalid.0,
            checks: self.claims.len(),
            device_per_second: per_second(on_device),
            kernels_per_second,
            cpu_per_second: per_second(on_cpu),
            aws_lc_rs_per_second: per_second(by_library),
            ratio_to_cpu: ratio(on_device, on_cpu),
            ratio_to_aws_lc_rs: ratio(on_device, by_library),
            p50_ms: latency(0.5),
            p99_ms: latency(0.99),
            latencies: latencies.len(),
        };
        Ok((row, stages))
    }

    /// One sample of a device, from claims to verdicts; adds the time of each batch.
    fn by_kernels(
        &self,
        kernels: &DilithiumKernels,
        latencies: &mut Vec<Duration>,
    ) -> Result<Duration, DeviceBenchError> {
        if self.keys == Keys::Distinct {
            kernels.expire_keys();
        }
        self.sample("erbium on the device", |batch| {
            let start = Instant::now();
            let verdicts = kernels.verify(batch)?;
            latencies.push(start.elapsed());
            Ok(verdicts.into_iter().map(|verdict| verdict.is_valid()).collect())
        })
    }

    fn by_library(&self) -> Result<Duration, DeviceBenchError> {
        self.sample("aws-lc-rs", |batch| {
            Ok(match batch {
                [one] => vec![self.scheme.by_library(one)],
                many => many.par_iter().map(|claim| self.scheme.by_library(claim)).collect(),
            })
        })
    }

    /// Time of all claims, a batch at a time; every verdict is looked at, outside of the time.
    fn sample(
        &self,
        who: &'static str,
        mut answer: impl FnMut(&[Claim]) -> Result<Vec<bool>, DeviceBenchError>,
    ) -> Result<Duration, DeviceBenchError> {
        let mut verdicts = Vec::with_capacity(self.claims.len());
        let time = timed(|| {
            for batch in self.claims.chunks(self.batch) {
                verdicts.extend(answer(batch)?);
            }
            Ok::<_, DeviceBenchError>(())
        })?;
        let right = verdicts.iter().enumerate().all(|(index, holds)| *holds == self.invalid.holds(index));
        if right && verdicts.len() == self.claims.len() {
            Ok(time)
        } else {
            Err(DeviceBenchError::Wrong(who))
        }
    }

    /// Times of the kernels alone, by the adapter's clock, of the sample that is the middle one by their sum; and
    /// signatures a second by it.
    fn stages(&self, bench: &Bench) -> Result<(Vec<Stage>, Option<f64>), DeviceBenchError> {
        let Some((device, kernels)) = &bench.timed else { return Ok((Vec::new(), None)) };
        let mut samples = Vec::new();
        for _ in 0..=bench.rounds {
            if !bench.quick {
                peak::wake(device)?;
            }
            device.timings();
            self.by_kernels(kernels, &mut Vec::new())?;
            let timings = device.timings();
            let sum: Duration = timings.values().map(|(_, time)| *time).sum();
            samples.push((sum, timings));
        }
        // The first one compiled.
        samples.remove(0);
        samples.sort_by_key(|sample| sample.0);
        let middle = samples.len() / 2;
        let Some((sum, timings)) = samples.into_iter().nth(middle) else { return Ok((Vec::new(), None)) };
        let stages = timings
            .into_iter()
            .map(|(kernel, (runs, time))| Stage {
                scheme: self.scheme.scheme.number(),
                keys: self.keys.name(),
                batch: self.batch,
                kernel,
                runs,
                nanoseconds_per_signature: time.as_secs_f64() * 1e9 / self.claims.len() as f64,
            })
            .collect();
        Ok((stages, Some(self.claims.len() as f64 / sum.as_secs_f64().max(f64::MIN_POSITIVE))))
    }
}

/// Signatures a second of aws-lc-rs on one core.
pub(super) fn on_one_core(scheme: Scheme, rounds: usize, quick: bool) -> Result<f64, DeviceBenchError> {
    let count = if quick { 16 } else { 512 };
    let claims = scheme.claims(Keys::Distinct, count, OneIn(count))?;
    let mut times = Vec::new();
    for _ in 0..=rounds {
        let start = Instant::now();
        let right =
            claims.iter().enumerate().all(|(i, claim)| scheme.by_library(claim) == OneIn(count).holds(i));
        times.push(start.elapsed().as_secs_f64());
        if !right {
            return Err(DeviceBenchError::Wrong("aws-lc-rs"));
        }
    }
    Ok(count as f64 / median(times.into_iter().skip(1)))
}
