//! Where and on what something is measured.

/// The processor's name, or its architecture where the system does not tell.
pub(crate) fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned())
}

/// The commit that this was built from, as `git describe` names it, or `unknown`; it says if files had been changed.
pub(crate) fn commit() -> String {
    env!("ERBIUM_COMMIT").to_owned()
}
