//! Who answers the cryptographic cases of a conformance run.

use super::output::note;
use claims::{Claim, Fault, Verdict, Verifier};
use erbium::gpu::device::{Choice, Device, OpenError, Options as DeviceOptions};
use erbium::gpu::plan::{Executor, TwinExecutor};
use erbium::gpu::ranges::{self, RangeKernels};
use erbium::gpu::signatures::{DilithiumKernels, Options, Recheck, SeedError, process_seed};
use erbium::gpu::{CpuVerifier, Kernels, claims};
use erbium::{GpuMode, Machine};
use std::str::FromStr;
use std::sync::Arc;

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
        let mut rungs: Vec<(&'static str, Box<dyn Verifier + Send>)> = Vec::new();
        if matches!(self, Self::Cpu | Self::All) {
            rungs.push(("cpu", Box::new(CpuVerifier::new())));
        }
        if matches!(self, Self::Twin | Self::All) {
            rungs.push(("twin", kernels(Arc::new(TwinExecutor::new()))?));
        }
        if matches!(self, Self::Gpu | Self::All) {
            let device = Device::open(&choice(mode)?, &DeviceOptions::from_environment()?)?;
            rungs.push(("gpu", kernels(Arc::new(device))?));
        }
        Ok(Rungs(rungs))
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
fn kernels(executor: Arc<dyn Executor>) -> Result<Box<dyn Verifier + Send>, SeedError> {
    let options = Options { table_bytes: 4 << 20, recheck: Recheck::Never, ..Options::default() };
    let of_ranges = ranges::Options { recheck: Recheck::Never, ..ranges::Options::default() };
    Ok(Box::new(Kernels {
        signatures: DilithiumKernels::new(
            Arc::clone(&executor),
            options,
            process_seed()?,
            CpuVerifier::new(),
        ),
        ranges: RangeKernels::new(executor, of_ranges),
    }))
}

/// Those who were named, else the machine's own verifier.
pub(super) fn verifier<'a>(machine: &'a Machine, named: Option<&'a Rungs>) -> &'a dyn Verifier {
    named.map_or(machine.coprocessor().verifier, |rungs| rungs)
}

/// Several verifiers that must agree.
pub(super) struct Rungs(Vec<(&'static str, Box<dyn Verifier + Send>)>);

impl Verifier for Rungs {
    /// What all say that know the kind of claim; a fault names the first claim about which two differ. Who does not know the
    /// kind is told on stderr, where somebody else does.
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let mut agreed: Option<(&str, Vec<Verdict>)> = None;
        let mut silent = Vec::new();
        for (name, verifier) in &self.0 {
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
#[expect(clippy::unwrap_used, reason = "tests")]
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
        let rungs =
            |second| Rungs(vec![("cpu", Box::new(Says(Verdict::Valid))), ("twin", Box::new(Says(second)))]);
        assert_eq!(rungs(Verdict::Valid).verify(std::slice::from_ref(&claim)).unwrap(), [Verdict::Valid]);
        let fault = rungs(Verdict::Invalid).verify(&[claim]).unwrap_err();
        assert!(fault.to_string().contains("cpu and twin differ about claim Some(0)"), "{fault}");
    }

    #[test]
    fn who_does_not_know_the_kind_leaves_it_to_the_others_if_there_are_any() {
        let claim = Claim::ConfidentialTransfer { chain_id: 1, body: vec![] };
        let both = Rungs(vec![("cpu", Box::new(Says(Verdict::Invalid))), ("twin", Box::new(Broken))]);
        assert_eq!(both.verify(std::slice::from_ref(&claim)).unwrap(), [Verdict::Invalid]);
        let alone = Rungs(vec![("twin", Box::new(Broken))]);
        assert_eq!(alone.verify(&[claim]), Err(Fault::Unsupported { what: "anything" }));
    }
}
