//! Which device does the cryptography.

use erbium_gpu::CpuVerifier;
use erbium_gpu::device::{Choice, Device, OpenError, Options};
use erbium_gpu::signatures::{Crossover, Options as SignatureOptions, SeedError, process_seed};
use erbium_gpu::{DeviceEngine, Standing, Use};
use erbium_vm::claims::DilithiumScheme;
use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

/// What the user wants of a GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GpuMode {
    /// Use one where it helps.
    #[default]
    Auto,
    /// Use one; an error where there is none.
    Require,
    /// Use the processor only.
    Off,
    /// Use the adapter with this name; an error where it is not there.
    Named(String),
}

impl From<&str> for GpuMode {
    fn from(value: &str) -> Self {
        match value {
            "auto" => Self::Auto,
            "require" => Self::Require,
            "off" => Self::Off,
            name => Self::Named(name.to_owned()),
        }
    }
}

impl FromStr for GpuMode {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Infallible> {
        Ok(value.into())
    }
}

/// The device that was asked for is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No adapter fits what was asked for, or it was not opened.
    #[error("no device as asked for: {0}")]
    Open(#[from] OpenError),
    /// There is no randomness to check a device with.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl GpuMode {
    /// The engine for claims that the mode asks for. What asks for a GPU is never answered by the
    /// processor silently; [`GpuMode::Auto`] does without where there is none that can be used.
    ///
    /// # Errors
    /// [`DeviceError`] where the device that is asked for cannot be had, or a variable of the environment is malformed.
    pub fn engine(&self) -> Result<DeviceEngine, DeviceError> {
        self.engine_on(CpuVerifier::new(), SignatureOptions::default())
    }

    /// The same with `cpu` as the processor's part, and `options` for the kernels of signatures.
    pub(crate) fn engine_on(
        &self,
        cpu: CpuVerifier,
        options: SignatureOptions,
    ) -> Result<DeviceEngine, DeviceError> {
        let (choice, used) = match self {
            Self::Off => return Ok(DeviceEngine::without_device(cpu)),
            Self::Auto => (Choice::Auto, Use::WhereFaster),
            Self::Require => (Choice::Require, Use::Always),
            Self::Named(name) => (Choice::Name(name.clone()), Use::Always),
        };
        let seed = process_seed()?;
        match Device::open(&choice, &Options::from_environment()?) {
            Ok(device) => Ok(DeviceEngine::with_options(cpu, Arc::new(device), seed, used, options)),
            Err(error) if *self == Self::Auto => {
                tracing::debug!(%error, "no device is used");
                Ok(DeviceEngine::without_device(cpu))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where one kind of work runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The work.
    pub work: &'static str,
    /// Where it runs.
    pub runs: String,
    /// Why there.
    pub reason: String,
}

/// Where each kind of work runs under this mode. The device is measured for it.
///
/// # Errors
/// As [`GpuMode::engine`].
pub fn placements(mode: &GpuMode) -> Result<Vec<Placement>, DeviceError> {
    let engine = mode.engine()?;
    let mut placements = vec![
        Placement {
            work: "secp256k1 recovery (senders, EIP-7702 authorities)",
            runs: "all processor threads, one batch a block".to_owned(),
            reason: "libsecp256k1 over rayon; there are no kernels for it".to_owned(),
        },
        Placement {
            work: "Ethereum's precompiles",
            runs: "the executing thread".to_owned(),
            reason: "a contract waits for each answer".to_owned(),
        },
    ];
    for (work, scheme) in [
        ("ML-DSA-44 signatures", DilithiumScheme::MlDsa44),
        ("ML-DSA-65 signatures", DilithiumScheme::MlDsa65),
        ("ML-DSA-87 signatures", DilithiumScheme::MlDsa87),
    ] {
        let crossover = engine.signatures().calibrate(scheme);
        let mut placement = placement(work, "signatures", engine.standing(), crossover);
        // Where a device is asked at all.
        let asks = crossover.is_none_or(|crossover| crossover.size().is_some());
        if let Some(kernels) = engine.signatures().kernels().filter(|_| asks) {
            placement.reason += &match kernels.hash_below(scheme) {
                0 => "; messages are hashed on the processor".to_owned(),
                below => format!("; messages of up to {} bytes are hashed on it", below - 1),
            };
        }
        placements.push(placement);
    }
    let crossover = engine.ranges().calibrate();
    placements.push(placement(
        "range proofs and confidential transfers",
        "claims",
        engine.standing(),
        crossover,
    ));
    let crossover = engine.proofs().calibrate();
    placements.push(placement("Groth16 proofs", "proofs", engine.standing(), crossover));
    Ok(placements)
}

fn placement(work: &'static str, items: &str, standing: Standing, crossover: Option<Crossover>) -> Placement {
    let (runs, reason) = match (standing, crossover.map(|crossover| crossover.size())) {
        (Standing::Used { name }, Some(Some(size))) => (
            format!("{name} from {size} {items} on, all processor threads below"),
            "measured on both just now, with keys and proofs new to both".to_owned(),
        ),
        (Standing::Used { name }, Some(None)) => {
            ("all processor threads".to_owned(), format!("measured: {name} is slower at every size"))
        }
        (Standing::Used { name }, None) => {
            (format!("{name}, batches of two and more"), "it was asked for".to_owned())
        }
        (Standing::Retired { name, reason }, _) => {
            ("all processor threads".to_owned(), format!("{name} was given up: {reason}"))
        }
        _ => ("all processor threads".to_owned(), "no device is used".to_owned()),
    };
    Placement { work, runs, reason }
}
