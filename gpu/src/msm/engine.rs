//! Who sums multiples of points: the device or the processor.

use super::kernels::G1Kernels;
use crate::cpu::groth16::{G1Point, g1_msm, g1_multiples};
use crate::signatures::{Crossover, Failure, Line};
use crate::trust::{Calibration, Trust, Use};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Smallest sum that is worth finding out how fast a device is.
const WORTH_MEASURING: usize = 256;
/// Points of the sums that are measured.
const MEASURED: [usize; 2] = [512, 8192];

/// Sums multiples of points of BLS12-381's G1, on a device where there is one that is faster, else on the processor; the sums
/// are the same.
#[derive(Debug)]
pub struct G1Msm {
    device: Option<Device>,
}

#[derive(Debug)]
struct Device {
    kernels: G1Kernels,
    used: Use,
    trust: Arc<Trust>,
    crossover: Calibration<()>,
}

impl G1Msm {
    /// Sums on the processor.
    pub fn without_device() -> Self {
        Self { device: None }
    }

    /// With the device that `kernels` run on, as far as it is trusted.
    pub fn new(kernels: G1Kernels, used: Use, trust: Arc<Trust>) -> Self {
        Self { device: Some(Device { kernels, used, trust, crossover: Calibration::default() }) }
    }

    /// Tests the device now, and measures it, instead of when the first sum comes. `None` where there is no device, where it
    /// was given up, or where it is used whatever its speed.
    pub fn calibrate(&self) -> Option<Crossover> {
        self.device.as_ref()?.ready()?
    }

    /// The sum of points, each times its scalar: a little-endian number below the order. `None` where there are more points
    /// than scalars or the reverse, or where a scalar is not below the order.
    pub fn sum(&self, points: &[G1Point], scalars: &[[u8; 32]]) -> Option<G1Point> {
        let by_device = self.device.as_ref().and_then(|device| device.sum(points, scalars));
        by_device.unwrap_or_else(|| g1_msm(points, scalars))
    }
}

impl Device {
    /// The device's sum, if it is to be asked and could answer.
    fn sum(&self, points: &[G1Point], scalars: &[[u8; 32]]) -> Option<Option<G1Point>> {
        if points.len() < 2 || self.trust.is_retired() {
            return None;
        }
        let is_for = self.used.asks(points.len(), WORTH_MEASURING, || self.ready());
        is_for.then(|| self.trust.ask(points.len(), || self.kernels.sum(points, scalars)))?
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

    /// Times sums on device and processor.
    fn measure(&self) -> Result<Crossover, Failure> {
        let [small, large] = MEASURED;
        let (points, scalars) = known(large);
        let times = |size: usize| -> Result<[Duration; 2], Failure> {
            let (points, scalars) =
                (points.get(..size).unwrap_or_default(), scalars.get(..size).unwrap_or_default());
            let mut best = [Duration::MAX; 2];
            // The first also warms.
            for _ in 0..2 {
                let start = Instant::now();
                g1_msm(points, scalars);
                let processor = start.elapsed();
                let start = Instant::now();
                self.kernels.sum(points, scalars)?;
                best = [start.elapsed().min(best[0]), processor.min(best[1])];
            }
            Ok(best)
        };
        let (first, second) = (times(small)?, times(large)?);
        let [device, processor] =
            [0, 1].map(|side| Line::through((small, first[side]), (large, second[side])));
        let crossover = Crossover { device, processor };
        tracing::info!(
            device = self.kernels.executor().name(),
            crossover = crossover.size(),
            "measured where the device is faster for sums of points"
        );
        Ok(crossover)
    }
}

/// Points and scalars that are always the same, and have nothing to do with each other.
fn known(count: usize) -> (Vec<G1Point>, Vec<[u8; 32]>) {
    let start = G1Point::generator_multiple(&[0x2b; 32]).unwrap_or_default();
    let scalar = |i: u64| {
        let mut state = i + 1;
        std::array::from_fn(|byte| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Below the order.
            if byte == 31 { (state >> 58) as u8 } else { (state >> 56) as u8 }
        })
    };
    (g1_multiples(&start, count), (0..count as u64).map(scalar).collect())
}

/// A sum whose points repeat, cancel and are infinity, held against the processor's.
fn self_test(kernels: &G1Kernels) -> Result<(), Failure> {
    let (mut points, mut scalars) = known(40);
    points.extend_from_within(..20);
    scalars.extend_from_within(..10);
    scalars.extend_from_within(20..30);
    points.push(G1Point::default());
    scalars.push([1; 32]);
    for value in [0, 1, 2, 255] {
        let mut scalar = [0; 32];
        scalar[0] = value;
        points.extend(points.first().copied());
        scalars.push(scalar);
    }
    if kernels.sum(&points, &scalars)? == g1_msm(&points, &scalars) {
        Ok(())
    } else {
        Err(Failure::Wrong { reason: "a self-test of sums of points failed".to_owned() })
    }
}
