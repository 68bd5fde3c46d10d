//! Which cases are wanted.

use erbium_vm::{Fork, keccak256};
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// Chooses cases. The default lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Forks to run; empty for all, those unknown to this build included.
    pub forks: Vec<Fork>,
    /// A part of the case's name, as reports show it.
    pub name: Option<String>,
    /// A fixed part of what is left.
    pub sample: Option<Sample>,
}

impl Filter {
    /// True for a fork that is wanted; `None` is one that this build does not know.
    pub(crate) fn wants_fork(&self, fork: Option<Fork>) -> bool {
        self.forks.is_empty() || fork.is_some_and(|fork| self.forks.contains(&fork))
    }

    pub(crate) fn wants_name(&self, name: &str) -> bool {
        self.name.as_ref().is_none_or(|part| name.contains(part))
            && self.sample.is_none_or(|sample| sample.has(name))
    }
}

/// `part` of every `whole` cases, chosen by their names alone: the same ones on every machine, in every order, however
/// many other cases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    part: u32,
    whole: u32,
}

/// What stands for no sample.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// There are not two numbers.
    #[error("a sample is a part and a whole, such as `1/50`")]
    Form,
    /// One of them is none.
    #[error("a sample is a part and a whole, such as `1/50`: {0}")]
    Number(#[from] ParseIntError),
    /// Nothing, or more than all there is.
    #[error("{part} of {whole} is no part: it must be from 1 to the whole")]
    Range {
        /// Cases to take.
        part: u32,
        /// Out of so many.
        whole: u32,
    },
}

impl Sample {
    /// `part` of every `whole` cases.
    ///
    /// # Errors
    /// [`SampleError::Range`] where `part` is 0 or above `whole`.
    pub fn new(part: u32, whole: u32) -> Result<Self, SampleError> {
        if (1..=whole).contains(&part) {
            Ok(Self { part, whole })
        } else {
            Err(SampleError::Range { part, whole })
        }
    }

    fn has(self, name: &str) -> bool {
        let [a, b, c, d, e, f, g, h, ..] = keccak256(name.as_bytes()).0;
        let place = u64::from_be_bytes([a, b, c, d, e, f, g, h]) % u64::from(self.whole);
        place < u64::from(self.part)
    }
}

impl FromStr for Sample {
    type Err = SampleError;

    /// Reads `PART/WHOLE`.
    fn from_str(text: &str) -> Result<Self, SampleError> {
        let (part, whole) = text.split_once('/').ok_or(SampleError::Form)?;
        Self::new(part.parse()?, whole.parse()?)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn samples_are_parts() {
        assert_eq!("1/50".parse(), Sample::new(1, 50));
        assert_eq!("7/7".parse::<Sample>().unwrap().to_string(), "7/7");
        assert_eq!("50".parse::<Sample>(), Err(SampleError::Form));
        for outside in ["0/5", "6/5", "0/0"] {
            assert!(matches!(outside.parse::<Sample>(), Err(SampleError::Range { .. })), "{outside}");
        }
        for odd in ["", "/", "1/", "-1/5", "1/2/3", "a/b", "1/99999999999"] {
            assert!(odd.parse::<Sample>().is_err(), "{odd}");
        }
    }

    #[test]
    fn a_sample_has_about_its_part_and_a_larger_one_has_the_same_and_more() {
        let names: Vec<_> =
            (0..10_000).map(|i| format!("folder/file.json: test {i} [Osaka d0 g0 v0]")).collect();
        let of = |part| {
            let sample = Sample::new(part, 20).unwrap();
            names.iter().filter(|name| sample.has(name)).collect::<Vec<_>>()
        };
        let (one, three) = (of(1), of(3));
        assert!((400..600).contains(&one.len()) && (1300..1700).contains(&three.len()));
        assert!(one.iter().all(|name| three.contains(name)));
        assert_eq!(of(20).len(), names.len());
        // The same on every machine: what has been chosen once stays chosen.
        let fixed = Sample::new(1, 2).unwrap();
        assert_eq!(
            ["a", "b", "c", "d", "e", "f"].map(|name| fixed.has(name)),
            [true, false, true, false, false, true]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_sample_or_refused(text in ".{0,12}") {
            if let Ok(sample) = text.parse::<Sample>() {
                prop_assert_eq!(sample.to_string().parse(), Ok(sample));
            }
        }
    }
}
