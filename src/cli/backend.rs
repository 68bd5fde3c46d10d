//! Who answers the cryptographic cases of a conformance run.

use super::output::note;
use ark_bls12_381::{Fq, Fr};
use ark_ff::{BigInteger, Field, PrimeField};
use claims::{Claim, Fault, Verdict, Verifier};
use erbium::gpu::ZKProofEngine;
use erbium::gpu::device::{Choice, Device, OpenError, Options as DeviceOptions};
use erbium::gpu::groth16::{self, Groth16Kernels};
use erbium::gpu::msm::G1Kernels;
use erbium::gpu::plan::{Executor, TwinExecutor};
use erbium::gpu::proofs::{G1Point, compress_g1, compress_g2};
use erbium::gpu::ranges::{self, RangeKernels};
use erbium::gpu::signatures::{DilithiumKernels, Failure, Options, Recheck, SeedError, process_seed};
use erbium::gpu::{CpuVerifier, Kernels, claims};
use erbium::{GpuMode, Machine};
use erbium_conform::{Bls12381, G1Sum};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Who answers claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    /// Code and libraries on the processor's cores.
    Cpu,
    /// The kernels' twins.
    Twin,
    /// The kernels on a device.
    Gpu,
    /// All of them, who must agree.
    All,
}

/// No backend has this name.
#[derive(Debug, thiserror::Error)]
#[error("no such backend; there are `cpu`, `twin`, `gpu` and `all`")]
pub(super) struct NoSuchBackend;

impl FromStr for Backend {
    type Err = NoSuchBackend;

    fn from_str(name: &str) -> Result<Self, NoSuchBackend> {
        Ok(match name {
            "cpu" => Self::Cpu,
            "twin" => Self::Twin,
            "gpu" => Self::Gpu,
            "all" => Self::All,
            _ => return Err(NoSuchBackend),
        })
    }
}

/// A backend that is not to be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackendError {
    #[error("--backend gpu: {0}")]
    Open(#[from] OpenError),
    #[error("--backend gpu: --gpu or ERBIUM_GPU is off")]
    Off,
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl Backend {
    /// Those who answer. A device, where one is asked for, is any that there is unless `mode` names one.
    pub(super) fn verifier(self, mode: &GpuMode) -> Result<Rungs, BackendError> {
        let mut rungs = Rungs::default();
        if matches!(self, Self::Cpu | Self::All) {
            rungs.push("cpu", CpuVerifier::new());
        }
        if matches!(self, Self::Twin | Self::All) {
            rungs.push_kernels("twin", Arc::new(TwinExecutor::new()))?;
        }
        if matches!(self, Self::Gpu | Self::All) {
            let device = Device::open(&choice(mode)?, &DeviceOptions::from_environment()?)?;
            rungs.push_kernels("gpu", Arc::new(device))?;
        }
        Ok(rungs)
    }
}

/// The adapter where a device is asked for: any that there is, a software one too, unless `mode` names one.
pub(super) fn choice(mode: &GpuMode) -> Result<Choice, BackendError> {
    Ok(match mode {
        GpuMode::Off => return Err(BackendError::Off),
        GpuMode::Auto | GpuMode::Require => Choice::Require,
        GpuMode::Named(name) => Choice::Name(name.clone()),
    })
}

/// Kernels whose own verdicts count: they confirm none with the processor but those that they find invalid.
fn kernels(executor: Arc<dyn Executor>) -> Result<Kernels, SeedError> {
    let options = Options { table_bytes: 4 << 20, recheck: Recheck::Never, ..Options::default() };
    let of_ranges = ranges::Options { recheck: Recheck::Never, ..ranges::Options::default() };
    let of_proofs = groth16::Options { recheck: Recheck::Never, ..groth16::Options::default() };
    Ok(Kernels {
        signatures: DilithiumKernels::new(
            Arc::clone(&executor),
            options,
            process_seed()?,
            CpuVerifier::new(),
        ),
        ranges: RangeKernels::new(Arc::clone(&executor), of_ranges),
        proofs: proofs(executor, of_proofs),
    })
}

fn proofs(executor: Arc<dyn Executor>, options: groth16::Options) -> Groth16Kernels {
    Groth16Kernels::new(executor, options, ZKProofEngine::new())
}

/// Those who were named, else the machine's own verifier.
pub(super) fn verifier<'a>(machine: &'a Machine, named: Option<&'a Rungs>) -> &'a dyn Verifier {
    named.map_or(machine.coprocessor().verifier, |rungs| rungs)
}

/// Several verifiers that must agree.
#[derive(Default)]
pub(super) struct Rungs {
    verifiers: Vec<(&'static str, Box<dyn Verifier + Send>)>,
    /// Those with kernels, for pairings and for sums.
    pairing: Vec<(&'static str, Groth16Kernels)>,
    summing: Vec<(&'static str, G1Kernels)>,
    /// How many products of pairings were asked about, and how many sums.
    pairings: AtomicU64,
    sums: AtomicU64,
}

impl Rungs {
    fn push(&mut self, name: &'static str, verifier: impl Verifier + Send + 'static) {
        self.verifiers.push((name, Box::new(verifier)));
    }

    fn push_kernels(&mut self, name: &'static str, executor: Arc<dyn Executor>) -> Result<(), SeedError> {
        self.push(name, kernels(Arc::clone(&executor))?);
        self.summing.push((name, G1Kernels::new(Arc::clone(&executor))));
        self.pairing.push((name, proofs(executor, groth16::Options::default())));
        Ok(())
    }

    /// Whether there is anybody but the processor.
    pub(super) fn have_kernels(&self) -> bool {
        !self.pairing.is_empty()
    }

    /// Says which vectors of precompiles somebody beside the processor has answered, where it was asked about any.
    pub(super) fn tell_precompiles(&self) {
        let [pairings, sums] = [&self.pairings, &self.sums].map(|count| count.load(Ordering::Relaxed));
        let names: Vec<_> = self.pairing.iter().map(|(name, _)| *name).collect();
        if pairings + sums > 0 {
            note(format_args!(
                "{pairings} vectors of pairings and {sums} of sums in G1 went to {} as well; other vectors of precompiles are the processor's alone",
                names.join(" and ")
            ));
        }
    }
}

impl Bls12381 for Rungs {
    /// What all say that have kernels, which is held against the vector; where nobody has, the precompile's word stands alone.
    fn pairing_is_one(&self, pairs: &[([u8; 96], [u8; 192])]) -> Result<Option<bool>, Fault> {
        // Who is on the curve, the processor says.
        let compressed = pairs.iter().map(|(g1, g2)| Some((compress_g1(g1)?, compress_g2(g2)?)));
        let Some(compressed) = compressed.collect::<Option<Vec<_>>>() else { return Ok(None) };
        self.pairings.fetch_add(1, Ordering::Relaxed);
        all(&self.pairing, "a pairing", |kernels| kernels.pairing_is_one(&compressed))
    }

    fn g1_sum(&self, terms: &[([u8; 96], [u8; 32])]) -> Result<G1Sum, Fault> {
        // Who is on the curve and of the subgroup, the processor says.
        if terms.iter().any(|(point, _)| compress_g1(point).is_none() && !is_of_order_three(point)) {
            return Ok(G1Sum::NoPoint);
        }
        let points = terms.iter().map(|(point, _)| G1Point::from_uncompressed(point));
        let Some(points) = points.collect::<Option<Vec<_>>>() else { return Ok(G1Sum::Outside) };
        let reduced = |(_, scalar): &([u8; 96], [u8; 32])| {
            let bytes = Fr::from_be_bytes_mod_order(scalar).into_bigint().to_bytes_le();
            std::array::from_fn(|i| bytes.get(i).copied().unwrap_or_default())
        };
        let scalars: Vec<_> = terms.iter().map(reduced).collect();
        self.sums.fetch_add(1, Ordering::Relaxed);
        let sum = all(&self.summing, "a sum in G1", |kernels| kernels.sum(&points, &scalars))?;
        Ok(sum.map_or(G1Sum::NoPoint, |sum| G1Sum::Point(sum.to_uncompressed())))
    }
}

/// Whether this is (0, 2) or (0, -2): points of the curve outside the subgroup, which blst does not read as points.
fn is_of_order_three(point: &[u8; 96]) -> bool {
    let (x, y) = point.split_at(48);
    let root = Fq::from_be_bytes_mod_order(y);
    let is_reduced = root.into_bigint().to_bytes_be() == y;
    x.iter().all(|byte| *byte == 0) && is_reduced && root.square() == Fq::from(4u64)
}

/// What all of these say, who must agree.
fn all<K, T: PartialEq + std::fmt::Debug>(
    rungs: &[(&'static str, K)],
    what: &'static str,
    ask: impl Fn(&K) -> Result<T, Failure>,
) -> Result<T, Fault> {
    let mut agreed: Option<(&str, T)> = None;
    for (name, kernels) in rungs {
        let answer =
            ask(kernels).map_err(|failure| Fault::Coprocessor { reason: format!("{name}: {failure}") })?;
        match &agreed {
            Some((first, other)) if *other != answer => {
                let reason = format!("{first} and {name} differ about {what}: {other:?}, {answer:?}");
                return Err(Fault::Coprocessor { reason });
            }
            _ => agreed = Some((name, answer)),
        }
    }
    agreed.map(|(_, answer)| answer).ok_or(Fault::Unsupported { what })
}

impl Verifier for Rungs {
    /// What all say that know the kind of claim; a fault names the first claim about which two differ. Who does not know the
    /// kind is told on stderr, where somebody else does.
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let mut agreed: Option<(&str, Vec<Verdict>)> = None;
        let mut silent = Vec::new();
        for (name, verifier) in &self.verifiers {
            let verdicts = match verifier.verify(claims) {
                Ok(verdicts) => verdicts,
                Err(Fault::Unsupported { what }) => {
                    silent.push((*name, what));
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            match &agreed {
                None => agreed = Some((name, verdicts)),
                Some((first, expected)) if *expected != verdicts => {
                    let place = expected.iter().zip(&verdicts).position(|(a, b)| a != b);
                    let reason = format!(
                        "{first} and {name} differ about claim {place:?}: {expected:?}, {verdicts:?}"
                    );
                    return Err(Fault::Coprocessor { reason });
                }
                Some(_) => {}
            }
        }
        match (agreed, silent.as_slice()) {
            (Some((_, verdicts)), silent) => {
                for (name, what) in silent {
                    note(format_args!(
                        "{name}: no answer to {what}; the others answered {} of these",
                        claims.len()
                    ));
                }
                Ok(verdicts)
            }
            (None, [(_, what), ..]) => Err(Fault::Unsupported { what }),
            (None, []) => Err(Fault::Unsupported { what: "anything" }),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    struct Says(Verdict);

    impl Verifier for Says {
        fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
            Ok(vec![self.0; claims.len()])
        }
    }

    /// What a device does that is given up.
    struct Broken;

    impl Verifier for Broken {
        fn verify(&self, _: &[Claim]) -> Result<Vec<Verdict>, Fault> {
            Err(Fault::Unsupported { what: "anything" })
        }
    }

    fn of<const N: usize>(verifiers: [(&'static str, Box<dyn Verifier + Send>); N]) -> Rungs {
        Rungs { verifiers: verifiers.into(), ..Rungs::default() }
    }

    #[test]
    fn pairings_are_asked_of_those_with_kernels() {
        let zeros = ([0; 96], [0; 192]);
        let mut infinity = zeros;
        (infinity.0[0], infinity.1[0]) = (0x40, 0x40);
        let mut rungs = Rungs::default();
        assert!(rungs.pairing_is_one(&[infinity]).is_err());
        rungs.push_kernels("twin", Arc::new(TwinExecutor::new())).unwrap();
        assert_eq!(rungs.pairing_is_one(&[infinity]), Ok(Some(true)));
        // Zeros are no point here.
        assert_eq!(rungs.pairing_is_one(&[zeros]), Ok(None));
    }

    #[test]
    fn sums_are_asked_of_those_with_kernels() {
        let mut rungs = Rungs::default();
        let point = |times: u8| {
            let mut scalar = [0; 32];
            scalar[0] = times;
            G1Point::generator_multiple(&scalar).unwrap().to_uncompressed()
        };
        let mut three = [0; 32];
        three[31] = 3;
        let terms = [(point(5), three), (point(7), three)];
        assert!(rungs.g1_sum(&terms).is_err());
        rungs.push_kernels("twin", Arc::new(TwinExecutor::new())).unwrap();
        assert_eq!(rungs.g1_sum(&terms), Ok(G1Sum::Point(point(36))));
        // Scalars may be above the order.
        let terms = [(point(5), [0xff; 32])];
        let G1Sum::Point(sum) = rungs.g1_sum(&terms).unwrap() else { panic!("no sum") };
        assert!(G1Point::from_uncompressed(&sum).is_some() && sum != point(5));
        assert_eq!(rungs.g1_sum(&[([0; 96], three)]), Ok(G1Sum::NoPoint));
        // Of order three.
        let outside = std::array::from_fn(|i| if i == 95 { 2 } else { 0 });
        assert_eq!(rungs.g1_sum(&[(outside, three)]), Ok(G1Sum::Outside));
    }

    #[test]
    fn without_a_backend_the_machine_answers_and_with_one_it_does_not() {
        let machine = Machine::default().with_verifier(Broken);
        assert!(verifier(&machine, None).verify(&[]).is_err());
        let rungs = Backend::Cpu.verifier(&GpuMode::Require).unwrap();
        assert_eq!(verifier(&machine, Some(&rungs)).verify(&[]).unwrap(), []);
    }

    #[test]
    fn rungs_that_differ_are_a_fault() {
        let claim = Claim::ConfidentialTransfer { chain_id: 1, body: vec![] };
        let rungs = |second| {
            of([("cpu", Box::new(Says(Verdict::Valid)) as _), ("twin", Box::new(Says(second)) as _)])
        };
        assert_eq!(rungs(Verdict::Valid).verify(std::slice::from_ref(&claim)).unwrap(), [Verdict::Valid]);
        let fault = rungs(Verdict::Invalid).verify(&[claim]).unwrap_err();
        assert!(fault.to_string().contains("cpu and twin differ about claim Some(0)"), "{fault}");
    }

    #[test]
    fn who_does_not_know_the_kind_leaves_it_to_the_others_if_there_are_any() {
        let claim = Claim::ConfidentialTransfer { chain_id: 1, body: vec![] };
        let both = of([("cpu", Box::new(Says(Verdict::Invalid)) as _), ("twin", Box::new(Broken) as _)]);
        assert_eq!(both.verify(std::slice::from_ref(&claim)).unwrap(), [Verdict::Invalid]);
        let alone = of([("twin", Box::new(Broken) as _)]);
        assert_eq!(alone.verify(&[claim]), Err(Fault::Unsupported { what: "anything" }));
    }
}
