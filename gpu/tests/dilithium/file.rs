//! The consensus vectors: `tests/data/consensus/dilithium/`, described in its README.

use super::Oracle;
use super::mutation::{Input, Operation, mutated};
use super::script::{self, Script};
use super::signer;
use erbium_claims::DilithiumScheme;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The form's version.
const VERSION: u32 = 1;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vectors {
    version: u32,
    scheme: u8,
    /// Whose verdicts these are.
    oracle: String,
    bases: Vec<Base>,
    cases: Vec<Case>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    name: String,
    input: Input,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    base: usize,
    operations: Vec<Operation>,
    valid: bool,
}

/// Where the vectors of `scheme` are.
fn path(scheme: DilithiumScheme) -> PathBuf {
    // From the folder of whichever crate includes this module.
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let up = if root.ends_with("round3") { "../.." } else { ".." };
    root.join(up).join(format!("tests/data/consensus/dilithium/{}.json", scheme.number()))
}

impl Vectors {
    /// The committed vectors.
    pub(crate) fn read(scheme: DilithiumScheme) -> Self {
        let path = path(scheme);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let vectors: Self = serde_json::from_str(&text).unwrap();
        assert_eq!((vectors.version, vectors.scheme), (VERSION, scheme.number()));
        vectors
    }

    /// The vectors anew: inputs from the script, verdicts from `oracle`. Verdicts that the script did not mean stop it.
    fn generate(scheme: DilithiumScheme, oracle_name: &str, oracle: &Oracle) -> Self {
        let Script { bases, cases } = script::script(scheme);
        let params = signer::params(scheme);
        let cases = cases.into_iter().map(|case| {
            let (_, base) = &bases[case.base];
            let valid = oracle(scheme, &mutated(&params, base, &case.operations));
            assert_eq!(valid, case.meant, "{oracle_name} on scheme {}: {}", scheme.number(), case.name);
            Case { name: case.name, base: case.base, operations: case.operations, valid }
        });
        let cases = cases.collect();
        let bases = bases.into_iter().map(|(name, input)| Base { name, input }).collect();
        let (scheme, oracle) = (scheme.number(), oracle_name.into());
        Self { version: VERSION, scheme, oracle, bases, cases }
    }

    /// JSON with a line a base and a case.
    fn text(&self) -> String {
        fn lines<T: Serialize>(items: &[T]) -> String {
            let lines: Vec<_> = items.iter().map(|item| serde_json::to_string(item).unwrap()).collect();
            format!("[\n{}\n]", lines.join(",\n"))
        }
        format!(
            "{{\"version\":{},\"scheme\":{},\"oracle\":{},\n\"bases\":{},\n\"cases\":{}}}\n",
            self.version,
            self.scheme,
            serde_json::to_string(&self.oracle).unwrap(),
            lines(&self.bases),
            lines(&self.cases),
        )
    }

    /// Every case: name, input, whether it is valid.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (&str, Input, bool)> {
        let params = signer::params(DilithiumScheme::from_number(self.scheme.into()).unwrap());
        self.cases.iter().map(move |case| {
            (&*case.name, mutated(&params, &self.bases[case.base].input, &case.operations), case.valid)
        })
    }

    /// Cases that `answer` answers otherwise.
    pub(crate) fn differences(&self, answer: impl Fn(&Input) -> bool) -> Vec<&str> {
        self.cases().filter(|(_, input, valid)| answer(input) != *valid).map(|(name, ..)| name).collect()
    }
}

/// Checks that the committed vectors are what the script and the oracle make, or, with `ERBIUM_BLESS`, writes them.
pub(crate) fn check_or_bless(scheme: DilithiumScheme, oracle_name: &str, oracle: &Oracle) {
    let vectors = Vectors::generate(scheme, oracle_name, oracle);
    let count = |valid| vectors.cases.iter().filter(|case| case.valid == valid).count();
    assert!(count(true) >= 5 && count(false) >= 50, "{} valid, {} invalid", count(true), count(false));
    if std::env::var_os("ERBIUM_BLESS").is_some() {
        std::fs::write(path(scheme), vectors.text()).unwrap();
    }
    assert_eq!(Vectors::read(scheme), vectors);
    assert!(std::fs::read_to_string(path(scheme)).unwrap() == vectors.text(), "the file's bytes");
}
