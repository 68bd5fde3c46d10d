//! The device that tests run on.
#![allow(dead_code, reason = "each test binary uses a part")]

use erbium_gpu::device::{Choice, Device, Options};

/// The device that `ERBIUM_GPU` asks for, any if it asks for none in particular. Where there is none, or the variable
/// says `off`, the test is skipped and says so; `require` makes that a failure.
pub(crate) fn device(test: &str, options: Options) -> Option<Device> {
    let wanted = std::env::var("ERBIUM_GPU").unwrap_or_default();
    let choice = match wanted.as_str() {
        // A software adapter proves as much as another here.
        "" | "auto" => Some(Choice::Require),
        word => Choice::from_word(word),
    };
    let Some(choice) = choice else {
        eprintln!("skipped: {test}: ERBIUM_GPU is off");
        return None;
    };
    match Device::open(&choice, &options) {
        Ok(device) => Some(device),
        Err(error) if matches!(wanted.as_str(), "" | "auto") => {
            eprintln!("skipped: {test}: {error}");
            None
        }
        Err(error) => panic!("{test}: {error}"),
    }
}

/// The options of the environment.
pub(crate) fn options() -> Options {
    Options::from_environment().unwrap()
}
