//! ML-DSA and Dilithium vectors: answered rightly by the processor, and red with answers that are wrong in one way each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use erbium_conform::{Filter, Report, Runner, Suite, Totals};
use erbium_gpu::{CpuDeriver, CpuRecoverer, CpuVerifier};
use erbium_vm::claims::{
    Bytes, Claim, Derivation, Deriver, DilithiumScheme, Fault, Halt, SignedMessage, Verdict, Verifier,
};
use ml_dsa::signature::Verifier as _;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey};
use std::path::{Path, PathBuf};

/// Answers claims by a function of each.
struct Each<F>(F);

impl<F: Fn(&Claim) -> Verdict + Sync> Verifier for Each<F> {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(claims.iter().map(&self.0).collect())
    }
}

/// A second implementation: RustCrypto's, which knows FIPS 204 only.
struct RustCrypto;

impl Verifier for RustCrypto {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        claims.iter().map(rust_crypto).collect()
    }
}

fn rust_crypto(claim: &Claim) -> Result<Verdict, Fault> {
    let Claim::Signature { scheme, public_key, signature, message } = claim else {
        return Err(Fault::Unsupported { what: claim.kind() });
    };
    let holds = match scheme {
        DilithiumScheme::MlDsa44 => holds::<MlDsa44>(public_key, signature, message),
        DilithiumScheme::MlDsa65 => holds::<MlDsa65>(public_key, signature, message),
        DilithiumScheme::MlDsa87 => holds::<MlDsa87>(public_key, signature, message),
        _ => return Err(Fault::Unsupported { what: "a scheme that is not of FIPS 204" }),
    };
    Ok(holds.unwrap_or(false).into())
}

fn holds<P: MlDsaParams>(public_key: &[u8], signature: &[u8], message: &SignedMessage) -> Option<bool> {
    let key = VerifyingKey::<P>::decode(public_key.try_into().ok()?);
    let signature = Signature::<P>::try_from(signature).ok()?;
    Some(match message {
        SignedMessage::Plain(message) => key.verify(message, &signature).is_ok(),
        SignedMessage::Mu(mu) => key.verify_mu(mu.into(), &signature),
    })
}

/// Derives what the processor derives, with one bit changed.
struct WrongDeriver;

impl Deriver for WrongDeriver {
    fn derive(&self, derivation: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        let mut answer = CpuDeriver.derive(derivation)?;
        if let Ok(bytes) = &mut answer {
            bytes[100] ^= 4;
        }
        Ok(answer)
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/mldsa")
}

fn run(path: PathBuf, verifier: &dyn Verifier, deriver: &dyn Deriver, name: Option<&str>) -> Report {
    let filter = Filter { forks: Vec::new(), name: name.map(str::to_owned), ..Filter::default() };
    Runner::new(&CpuRecoverer).with_verifier(verifier).with_deriver(deriver).with_filter(filter).run(&[path])
}

fn samples(verifier: &dyn Verifier) -> Report {
    run(data(), verifier, &CpuDeriver, None)
}

fn suite<'a>(report: &'a Report, name: &str) -> &'a Suite {
    let find = |suite: &&Suite| suite.name == format!("mldsa {name}");
    report.suites.iter().find(find).unwrap_or_else(|| panic!("no {name}: {report}"))
}

#[test]
fn the_samples_pass() {
    let report = samples(&CpuVerifier::new());
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals(), Totals { passed: 77, failed: 0, skipped: 1 }, "{report}");
    assert_eq!(report.passed_over.len(), 2);
}

#[test]
fn a_second_implementation_says_the_same() {
    let report = samples(&RustCrypto);
    assert_eq!(report.totals(), Totals { passed: 71, failed: 0, skipped: 1 }, "{report}");
    let [two, three] = report.errors.as_slice() else { panic!("{report}") };
    assert!(two.name.ends_with("PQCsignKAT_Dilithium2.rsp"), "{report}");
    assert!(three.name.ends_with("PQCsignKAT_Dilithium3.rsp"), "{report}");
}

/// The files that ask for verdicts.
const ASKING: [&str; 12] = [
    "PQCsignKAT_Dilithium2",
    "PQCsignKAT_Dilithium3",
    "acvp_sigGen",
    "acvp_sigVer",
    "acvp_sigVer_first_edition",
    "eip8051_mldsa_nist",
    "eip8355_test-vectors",
    "mldsa_44_sign_seed_test",
    "mldsa_44_verify_test",
    "mldsa_65_sign_seed_test",
    "mldsa_65_verify_test",
    "rustcrypto_87_verify_test",
];

#[test]
fn a_verifier_that_does_not_look_turns_every_file_red() {
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        let report = samples(&Each(|_: &Claim| verdict));
        for name in ASKING {
            assert!(suite(&report, name).failed > 0, "{verdict:?}, {name}");
        }
        assert_eq!(report.suites.len(), ASKING.len() + 1);
    }
    // A wrong answer is named with file, case and what the case is about.
    let report = samples(&Each(|_: &Claim| Verdict::Valid));
    let failure = &suite(&report, "mldsa_44_verify_test").failures[0];
    assert!(failure.name.contains("mldsa_44_verify_test.json: tcId 148"), "{}", failure.name);
    let reason = "answered valid over the message and valid over mu, not invalid; the case: \
                  invalid signature that calls use_hint(1, 0) [InvalidSignature, BoundaryCondition, ZeroPublicKey]";
    assert_eq!(failure.reason, reason);
}

#[test]
fn message_and_mu_may_not_disagree() {
    let verifier = |wrong: fn(&SignedMessage) -> bool| {
        Each(move |claim: &Claim| match (rust_crypto(claim), claim) {
            (Ok(verdict), Claim::Signature { message, .. }) => {
                Verdict::from(verdict.is_valid() != wrong(message))
            }
            _ => Verdict::Valid,
        })
    };
    for wrong in
        [(|message| matches!(message, SignedMessage::Plain(_))) as fn(&SignedMessage) -> bool, |message| {
            matches!(message, SignedMessage::Mu(_))
        }]
    {
        let report = samples(&verifier(wrong));
        for name in ["mldsa_65_verify_test", "eip8051_mldsa_nist", "mldsa_44_sign_seed_test"] {
            let failures = &suite(&report, name).failures;
            let disagree = |reason: &str| {
                reason.contains("invalid over the message and valid over mu")
                    || reason.contains("valid over the message and invalid over mu")
            };
            assert!(failures.iter().any(|failure| disagree(&failure.reason)), "{report}");
        }
    }
    // Round 3 is beyond the second implementation: all of its six cases fail, and nothing else.
    let report = samples(&verifier(|_| false));
    let round_3: u64 =
        [2, 3].map(|level| suite(&report, &format!("PQCsignKAT_Dilithium{level}")).failed).iter().sum();
    assert_eq!((round_3, report.totals().failed), (6, 6), "{report}");
}

#[test]
fn other_keys_and_signatures_are_failures() {
    let report = run(data(), &RustCrypto, &WrongDeriver, None);
    assert_eq!(suite(&report, "acvp_keyGen").failed, 6);
    let reason = &suite(&report, "acvp_keyGen").failures[0].reason;
    assert!(reason.contains("another public key: 1312 bytes, not 1312, the same up to byte 100"), "{reason}");
    assert_eq!(suite(&report, "mldsa_44_sign_seed_test").failed, 6, "{report}");
}

#[test]
fn a_fault_is_no_answer() {
    struct Broken(fn(&[Claim]) -> Result<Vec<Verdict>, Fault>);
    impl Verifier for Broken {
        fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
            (self.0)(claims)
        }
    }
    let file = || data().join("mldsa_44_verify_test.json");
    for (verifier, said) in [
        (Broken(|_| Err(Fault::Unsupported { what: "anything" })), "cannot answer anything"),
        (Broken(|claims| Ok(vec![Verdict::Valid; claims.len() - 1])), "verdicts to"),
        (Broken(|_| panic!("out of order")), "panicked: out of order"),
    ] {
        let report = run(file(), &verifier, &CpuDeriver, None);
        let [error] = report.errors.as_slice() else { panic!("{report}") };
        assert!(error.reason.contains(said) && error.name.ends_with("verify_test.json"), "{report}");
        assert_eq!(report.totals(), Totals::default());
    }
    let report = Runner::new(&CpuRecoverer).run(&[file()]);
    assert_eq!((report.errors.len(), report.totals()), (1, Totals::default()), "{report}");
}

#[test]
fn a_filter_chooses_cases_and_forks_choose_none() {
    let report = run(data(), &RustCrypto, &CpuDeriver, Some("mldsa_44_verify_test.json: tcId 8"));
    assert_eq!(report.totals().passed, 2, "{report}");
    let filter = Filter { forks: vec![erbium_vm::Fork::Osaka], ..Filter::default() };
    let report = Runner::new(&CpuRecoverer).with_filter(filter).run(&[data()]);
    assert!(report.errors.is_empty() && report.suites.is_empty(), "{report}");
}

/// `input` of the folder of public vectors, or `None`, said aloud, where it is not there.
fn shared(input: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = std::env::var_os("ERBIUM_FIXTURES").map_or_else(default, PathBuf::from).join(input);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}

#[test]
fn the_public_vectors_pass() {
    let Some(path) = shared("vectors/mldsa") else { return };
    let report = run(path.clone(), &CpuVerifier::new(), &CpuDeriver, None);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals(), Totals { passed: 1080, failed: 0, skipped: 30 }, "{report}");
    let report = run(path, &RustCrypto, &CpuDeriver, None);
    assert_eq!(report.totals(), Totals { passed: 880, failed: 0, skipped: 30 }, "{report}");
}

#[test]
fn the_vectors_of_the_eips_pass() {
    let Some(path) = shared("fixtures/precompile-and-opcode-vectors.tar.zst") else { return };
    let report = run(path, &CpuVerifier::new(), &CpuDeriver, Some("assets/eip-80"));
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.totals(), Totals { passed: 100, failed: 0, skipped: 400 }, "{report}");
}
