//! Which device does the cryptography.

use std::convert::Infallible;
use std::str::FromStr;

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
    /// A GPU was required of a build that cannot use one.
    #[error("a GPU is required, but there is no device support built in yet")]
    NotBuiltIn,
    /// An adapter was named to a build that cannot use one.
    #[error("adapter `{0}` cannot be used: no device support built in yet")]
    NoSuchAdapter(String),
}

impl GpuMode {
    /// Whether this build can do as the mode asks; what asks for a GPU is never answered by the processor silently.
    ///
    /// # Errors
    /// [`DeviceError`] where a device is asked for: device support is not built yet.
    pub fn check(&self) -> Result<(), DeviceError> {
        match self {
            Self::Auto | Self::Off => Ok(()),
            Self::Require => Err(DeviceError::NotBuiltIn),
            Self::Named(name) => Err(DeviceError::NoSuchAdapter(name.clone())),
        }
    }
}

/// Where one kind of work runs.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// The work.
    pub work: &'static str,
    /// Where it runs.
    pub runs: &'static str,
    /// Why there.
    pub reason: &'static str,
}

/// Where each kind of work runs in this build.
pub const PLACEMENTS: &[Placement] = &[
    Placement {
        work: "secp256k1 recovery (senders, EIP-7702 authorities)",
        runs: "all processor threads, one batch a block",
        reason: "libsecp256k1 over rayon; no device support built in yet",
    },
    Placement {
        work: "Ethereum's precompiles",
        runs: "the executing thread",
        reason: "a contract waits for each answer",
    },
];
