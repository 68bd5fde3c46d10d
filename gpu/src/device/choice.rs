//! Which adapter.

use super::{AdapterKind, AdapterReport, OpenError};

/// Which adapter to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The best graphics processor: discrete before integrated before virtual. No software adapter.
    Auto,
    /// The best adapter, a software one where there is no other.
    Require,
    /// The one whose name or bus number contains this, in any case of letters; a software one too.
    Name(String),
}

impl Choice {
    /// As on the command line and in `ERBIUM_GPU`: `auto`, `require`, or a name; `None` for `off`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "off" => None,
            "auto" | "" => Some(Self::Auto),
            "require" => Some(Self::Require),
            name => Some(Self::Name(name.to_owned())),
        }
    }
}

/// The place of the chosen adapter.
pub(super) fn choose(choice: &Choice, reports: &[AdapterReport]) -> Result<usize, OpenError> {
    if reports.is_empty() {
        return Err(OpenError::NoAdapter);
    }
    let best = |among: &dyn Fn(&AdapterReport) -> bool| {
        let fit = reports.iter().enumerate().filter(|(_, report)| report.lacks.is_none() && among(report));
        fit.min_by_key(|(_, report)| report.kind).map(|(place, _)| place)
    };
    match choice {
        Choice::Auto => best(&|report| report.kind != AdapterKind::Software).ok_or_else(|| {
            let software = reports.iter().all(|report| report.kind == AdapterKind::Software);
            let there = names(reports);
            if software { OpenError::SoftwareOnly { there } } else { OpenError::Unfit { there } }
        }),
        Choice::Require => best(&|_| true).ok_or_else(|| OpenError::Unfit { there: names(reports) }),
        Choice::Name(name) => {
            let wanted = name.to_lowercase();
            let matching: Vec<_> = reports.iter().filter(|report| report.is_called(&wanted)).collect();
            let Some(first) = matching.first() else {
                return Err(OpenError::NotFound { name: name.clone(), there: names(reports) });
            };
            // The same processor may be there once a backend, and the same card twice.
            if matching.iter().any(|report| report.name != first.name) {
                return Err(OpenError::Ambiguous { name: name.clone(), matching: names(matching) });
            }
            best(&|report| report.is_called(&wanted))
                .ok_or_else(|| OpenError::Unfit { there: names(matching) })
        }
    }
}

fn names<'a>(reports: impl IntoIterator<Item = &'a AdapterReport>) -> String {
    let names: Vec<_> = reports.into_iter().map(AdapterReport::label).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(adapters: &[(&str, AdapterKind)]) -> Vec<AdapterReport> {
        let report = |(name, kind): &(&str, AdapterKind)| AdapterReport {
            name: (*name).to_owned(),
            kind: *kind,
            backend: "vulkan".to_owned(),
            ..AdapterReport::default()
        };
        adapters.iter().map(report).collect()
    }

    const ALL: &[(&str, AdapterKind)] = &[
        ("llvmpipe", AdapterKind::Software),
        ("Virtio", AdapterKind::Virtual),
        ("Iris Xe", AdapterKind::Integrated),
        ("GeForce RTX 4090", AdapterKind::Discrete),
        ("Radeon RX 7900", AdapterKind::Discrete),
    ];

    #[test]
    fn the_best_processor_is_chosen() {
        assert_eq!(choose(&Choice::Auto, &there(ALL)), Ok(3));
        assert_eq!(choose(&Choice::Auto, &there(&ALL[..3])), Ok(2));
        assert_eq!(choose(&Choice::Require, &there(&ALL[..2])), Ok(1));
        assert_eq!(choose(&Choice::Require, &there(&ALL[..1])), Ok(0));
    }

    #[test]
    fn a_software_adapter_has_to_be_asked_for() {
        let software = there(&ALL[..1]);
        let there = "llvmpipe (software, vulkan)".to_owned();
        assert_eq!(choose(&Choice::Auto, &software), Err(OpenError::SoftwareOnly { there }));
        assert_eq!(choose(&Choice::Name("LLVM".to_owned()), &software), Ok(0));
        for choice in [Choice::Auto, Choice::Require, Choice::Name("x".to_owned())] {
            assert_eq!(choose(&choice, &[]), Err(OpenError::NoAdapter));
        }
    }

    #[test]
    fn a_name_has_to_be_of_one_adapter() {
        assert_eq!(choose(&Choice::Name("rtx".to_owned()), &there(ALL)), Ok(3));
        let twice = choose(&Choice::Name("r".to_owned()), &there(ALL));
        assert!(matches!(twice, Err(OpenError::Ambiguous { .. })), "{twice:?}");
        let none = choose(&Choice::Name("H100".to_owned()), &there(&ALL[..2]));
        let there_are = "llvmpipe (software, vulkan), Virtio (virtual, vulkan)".to_owned();
        assert_eq!(none, Err(OpenError::NotFound { name: "H100".to_owned(), there: there_are }));
        let pair = [ALL[3], ALL[3]];
        assert_eq!(choose(&Choice::Name("4090".to_owned()), &there(&pair)), Ok(0));
    }

    #[test]
    fn an_adapter_that_lacks_something_is_passed_over() {
        let mut reports = there(ALL);
        reports[3].lacks = Some("memory".to_owned());
        assert_eq!(choose(&Choice::Auto, &reports), Ok(4));
        let named = choose(&Choice::Name("4090".to_owned()), &reports);
        assert!(matches!(named, Err(OpenError::Unfit { .. })), "{named:?}");
    }

    #[test]
    fn words_are_choices() {
        assert_eq!(Choice::from_word("off"), None);
        assert_eq!(Choice::from_word("auto"), Some(Choice::Auto));
        assert_eq!(Choice::from_word("require"), Some(Choice::Require));
        assert_eq!(Choice::from_word("nvidia"), Some(Choice::Name("nvidia".to_owned())));
    }
}
