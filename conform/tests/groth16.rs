//! Groth16 vectors: answered rightly by the processor, and red with answers that are wrong in one way each.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::{Filter, Report, Runner, Totals};
use erbium_gpu::{CpuRecoverer, CpuVerifier};
use erbium_vm::claims::{Claim, Fault, NoCoprocessor, Verdict, Verifier};
use std::path::{Path, PathBuf};

/// Answers claims by a function of each.
struct Each<F>(F);

impl<F: Fn(&Claim) -> Verdict + Sync> Verifier for Each<F> {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(claims.iter().map(&self.0).collect())
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/groth16")
}

fn run(path: PathBuf, verifier: &dyn Verifier, name: Option<&str>) -> Report {
    let filter = Filter { name: name.map(str::to_owned), ..Filter::default() };
    Runner::new(&CpuRecoverer).with_verifier(verifier).with_filter(filter).run(&[path])
}

/// Names of the cases that failed.
fn failed(report: &Report) -> Vec<String> {
    assert!(report.errors.is_empty(), "{report}");
    report.suites.iter().flat_map(|suite| &suite.failures).map(|note| note.name.clone()).collect()
}

#[test]
fn the_samples_pass() {
    let report = run(data(), &CpuVerifier::new(), None);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals(), Totals { passed: 35, failed: 0, skipped: 0 }, "{report}");
    assert_eq!(report.suites.len(), 5);
    let one = run(data(), &CpuVerifier::new(), Some("c_plus_cofactor_point"));
    assert_eq!(one.totals(), Totals { passed: 1, failed: 0, skipped: 0 }, "{one}");
}

#[test]
fn a_verifier_that_always_says_the_same_is_seen_in_every_case() {
    let report = run(data(), &Each(|_: &Claim| Verdict::Valid), None);
    assert_eq!(failed(&report).len(), 35, "{report}");
    // Of those that say no to all, only the rejects cannot tell.
    let report = run(data(), &Each(|_: &Claim| Verdict::Invalid), None);
    assert_eq!(failed(&report).len(), 14, "{report}");
}

/// A verifier without one of the checks is red in the cases that are there for it.
#[test]
fn a_check_that_is_left_out_is_seen() {
    let honest = CpuVerifier::new();
    let lax = |kinds: &'static [&'static str]| {
        let json = std::fs::read_to_string(data().join("reject-sapling-output.json")).unwrap();
        let file: serde_json::Value = serde_json::from_str(&json).unwrap();
        let cases = file["cases"].as_array().unwrap().iter();
        let wanted = cases.filter(|case| kinds.contains(&case["kind"].as_str().unwrap()));
        let proofs: Vec<(Vec<u8>, String)> = wanted
            .map(|case| {
                let inputs = case["public_inputs"].as_array().unwrap().iter().map(|x| x.as_str().unwrap());
                (hex::decode(case["proof"].as_str().unwrap()).unwrap(), inputs.collect())
            })
            .collect();
        assert_eq!(proofs.len(), kinds.len());
        let honest = &honest;
        move |claim: &Claim| {
            let Claim::Groth16 { proof, inputs, .. } = claim else { panic!("another claim") };
            let accepted = proofs.iter().any(|(p, i)| p == proof && *i == hex::encode(inputs));
            if accepted { Verdict::Valid } else { honest.verify(std::slice::from_ref(claim)).unwrap()[0] }
        }
    };
    for (kinds, count) in [
        (&["a_plus_cofactor_point", "c_plus_cofactor_point"][..], 2),
        (&["input_noncanonical"], 1),
        (&["a_x_equals_p", "c_infinity_nonzero_body", "a_compression_bit_clear"], 3),
    ] {
        let report = run(data(), &Each(lax(kinds)), None);
        let failed = failed(&report);
        assert_eq!(failed.len(), count, "{report}");
        assert!(failed.iter().all(|name| kinds.iter().any(|kind| name.ends_with(kind))), "{failed:?}");
    }
}

#[test]
fn nobody_to_ask_is_an_error_and_no_pass() {
    let report = run(data(), &NoCoprocessor, None);
    assert_eq!((report.totals(), report.errors.len()), (Totals::default(), 5), "{report}");
    assert!(report.errors.iter().all(|error| error.reason.contains("a Groth16 proof")), "{report}");
}

/// All public vectors, where they are: `ERBIUM_FIXTURES` names their folder, by default `../shared` beside the repository.
#[test]
fn all_public_vectors_pass() {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path =
        std::env::var_os("ERBIUM_FIXTURES").map_or_else(default, PathBuf::from).join("vectors/groth16");
    if !path.exists() {
        return eprintln!("skipped: no {}", path.display());
    }
    let report = run(path, &CpuVerifier::new(), None);
    assert!(report.is_clean(), "{report}");
    assert!(report.totals().passed > 200 && report.totals().skipped == 0, "{report}");
    assert_eq!(report.suites.len(), 13, "{report}");
}
