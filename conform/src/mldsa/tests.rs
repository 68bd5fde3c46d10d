#![allow(clippy::unwrap_used, reason = "tests")]

use super::case::{Case, Kind};
use super::rsp::Subject;
use super::secret::{self, SecretKeyError};
use super::{Format, Judge};
use crate::content::{self, Content};
use crate::report::Outcome;
use crate::source::Entry;
use erbium_vm::claims::{Bytes, Claim, Derivation, Deriver, DilithiumScheme, Fault, Halt, Verdict, Verifier};
use ml_dsa::{ExpandedSigningKey, KeyExport, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Says valid to everything and derives nothing.
struct Yes;

impl Verifier for Yes {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![Verdict::Valid; claims.len()])
    }
}

impl Deriver for Yes {
    fn derive(&self, _: &Derivation) -> Result<Result<Bytes, Halt>, Fault> {
        Ok(Ok(Vec::new()))
    }
}

fn entry(name: &str, bytes: Vec<u8>) -> Entry {
    Entry { archive: None, name: name.to_owned(), bytes }
}

const FILES: [&str; 8] = [
    "mldsa_44_verify_test.json",
    "mldsa_44_sign_seed_test.json",
    "acvp_sigVer.json",
    "acvp_sigVer_first_edition.json",
    "acvp_sigGen.json",
    "acvp_keyGen.json",
    "eip8355_test-vectors.json",
    "eip8051_mldsa_nist.rsp",
];

fn sample(name: &str) -> Entry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/mldsa");
    entry(name, fs::read(folder.join(name)).unwrap())
}

fn read(entry: &Entry) -> Result<Vec<Case>, String> {
    match content::recognise(entry) {
        Ok(Content::MlDsa(format)) => format.read(entry).map_err(|error| error.to_string()),
        Ok(_) => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

fn rsp(text: &str) -> Result<usize, String> {
    read(&entry("mldsa_nist.rsp", text.as_bytes().to_vec())).map(|cases| cases.len())
}

fn judged(entry: &Entry) -> Vec<Outcome> {
    let judge = Judge { verifier: &Yes, deriver: &Yes };
    let outcomes = judge.outcomes(read(entry).unwrap(), |_| true).unwrap();
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn every_sample_is_recognised_and_has_cases() {
    for name in FILES {
        assert!(matches!(read(&sample(name)), Ok(cases) if !cases.is_empty()), "{name}");
    }
}

#[test]
fn damage_is_named_with_its_line() {
    let field = |name, from: &str, to: &str| {
        let mut entry = sample(name);
        let text = String::from_utf8(entry.bytes).unwrap();
        assert!(text.contains(from), "{name}");
        entry.bytes = text.replacen(from, to, 1).into_bytes();
        read(&entry).map(|_| ()).unwrap_err()
    };
    for (name, from, to, error) in [
        ("mldsa_44_verify_test.json", "\"result\": \"valid\"", "\"result\": \"acceptable\"", "acceptable"),
        ("mldsa_44_verify_test.json", "\"sig\": \"1aa6", "\"sig\": \"1aag", "not hexadecimal"),
        ("mldsa_44_verify_test.json", "\"tcId\": 1,", "", "missing field `tcId`"),
        ("mldsa_44_verify_test.json", "\"ML-DSA-44\"", "\"ML-DSA-45\"", "no parameter set"),
        ("acvp_sigVer.json", "\"testPassed\": ", "\"testPassed\": 1, \"x\": ", "invalid type"),
        ("acvp_sigVer.json", "\"external\"", "\"outer\"", "unknown variant `outer`"),
        ("acvp_sigGen.json", "\"signature\"", "\"sing\"", "missing field `signature`"),
        ("acvp_keyGen.json", "\"seed\": \"", "\"seed\": \"0", "not hexadecimal"),
        ("eip8355_test-vectors.json", "\"Expected\": \"0", "\"Expected\": \"1", "neither a 32-byte 1"),
    ] {
        let said = field(name, from, to);
        assert!(said.contains(error) && said.contains(" line "), "{name}: {said}");
    }
    let name = "eip8051_mldsa_nist.rsp";
    for (from, to, error) in [
        ("mlen = 33", "mlen = 34", "line 8: `mlen` says 34 bytes where there are 33"),
        ("mlen = 33", "mlen = x", "line 8: `mlen` is not a number"),
        ("msg = D8", "msg = D9", "line 8: `sm` is no signature of 2420 bytes with `msg` behind it"),
        ("pk = DC", "pk = DG", "line 8: `pk` is not hexadecimal: Invalid character 'G' at position 1"),
        ("smlen", "length", "line 8: the record ends without `smlen`"),
        ("count = 1", "", "line 11: `mlen` twice in one record"),
        ("count = 0", "", "line 4: the record ends without `count`"),
        ("mlen = 33", "mlen 33", "line 4: no `name = value`"),
    ] {
        assert_eq!(field(name, from, to), error);
    }
    assert_eq!(rsp("# Dilithium2\n"), Err("line 1: no record in the file".to_owned()));
    assert_eq!(read(&entry("mldsa_nist.rsp", vec![0xff])).err().as_deref(), Some("line 1: not text"));
}

#[test]
fn a_file_that_was_cut_off_has_no_quiet_end() {
    let whole = String::from_utf8(sample("eip8051_mldsa_nist.rsp").bytes).unwrap();
    assert_eq!(rsp(&whole), Ok(2));
    let cut = &whole[..whole.len() - 2];
    assert!(rsp(cut).unwrap_err().contains("`sm` is not hexadecimal"));
    assert!(rsp(&whole[..whole.rfind("smlen").unwrap()]).unwrap_err().contains("without `sm`"));
}

#[test]
fn what_has_no_scheme_here_is_skipped_case_by_case() {
    let text =
        b"# Falcon-512\n\ncount = 0\nseed = 06\nhashtopoint=[5856, 9672]\n\ncount = 1\nseed = 07\n".to_vec();
    for name in ["kat_FALCONCORE_512.rsp", "kat_HASHTOPOINT_512.rsp.xz", "mldsa_evm.rsp"] {
        let outcomes = judged(&entry(name, text.clone()));
        assert_eq!(outcomes.len(), 2);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Skipped { .. })), "{name}");
    }
    let of = |name| Format::of_known_answers(&entry(name, Vec::new()));
    let signatures = |number| {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        Some(Format::KnownAnswers(Subject::Signatures(scheme)))
    };
    assert_eq!(of("a/PQCsignKAT_Dilithium3.rsp.xz"), signatures(3));
    assert_eq!(of("eip8051_mldsa_nist.rsp"), signatures(44));
    assert_eq!(of("PQCsignKAT_1234.rsp"), None);
}

#[test]
fn a_context_that_is_too_long_is_invalid_and_never_asked() {
    let text = String::from_utf8(sample("mldsa_44_verify_test.json").bytes).unwrap();
    let context = |len: usize| {
        let long = format!("\"ctx\": \"{}\"", "00".repeat(len));
        // The third case has the file's one context that is not empty.
        let start = text.rfind("\"ctx\"").unwrap();
        let end = start + 8 + text[start + 8..].find('"').unwrap() + 1;
        let changed = [&text[..start], &long, &text[end..]].concat();
        judged(&entry("mldsa_44_verify_test.json", changed.into_bytes()))[2].clone()
    };
    assert_eq!(context(255), Outcome::Passed);
    let Outcome::Failed { reason } = context(256) else { unreachable!() };
    assert!(reason.contains("a context of 256 bytes, more than 255"), "{reason}");
}

#[test]
fn another_gas_is_a_failure() {
    let mut entry = sample("eip8355_test-vectors.json");
    let changed = String::from_utf8(entry.bytes).unwrap().replace("6500", "6506");
    entry.bytes = changed.into_bytes();
    let Some(Outcome::Failed { reason }) = judged(&entry).pop() else { unreachable!() };
    assert!(reason.contains("gas: 6500, not 6506"), "{reason}");
}

#[test]
fn hashed_messages_are_skipped_with_their_reason() {
    let skipped = judged(&sample("acvp_sigVer.json"))
        .into_iter()
        .filter(|outcome| matches!(outcome, Outcome::Skipped { reason } if reason.contains("HashML-DSA")));
    assert_eq!(skipped.count(), 1);
}

/// An encoded secret key and its public key.
fn pair<P: MlDsaParams>(seed: [u8; 32]) -> (Vec<u8>, Vec<u8>) {
    let key = ExpandedSigningKey::<P>::from_seed(&seed.into());
    #[expect(deprecated, reason = "the form under test")]
    let secret = key.to_expanded().to_vec();
    (secret, key.verifying_key().to_bytes().to_vec())
}

/// Whether every coefficient of the encoded secret vectors is one: octal digits up to 4 where eta is 2, hexadecimal
/// ones up to 8 where it is 4.
fn in_range(scheme: DilithiumScheme, vectors: &[u8]) -> bool {
    if scheme == DilithiumScheme::MlDsa65 {
        return vectors.iter().all(|byte| byte & 0xf <= 8 && byte >> 4 <= 8);
    }
    vectors.chunks(3).all(|three| {
        let digits = three.iter().rev().fold(0u32, |digits, byte| digits << 8 | u32::from(*byte));
        format!("{digits:08o}").bytes().all(|digit| digit <= b'4')
    })
}

#[test]
fn the_range_of_a_coefficient_is_told_from_its_bytes() {
    // 16 is 0 and 2 in three bits, 0 and 1 in four; 5 and 9 are the first digits out of range.
    for (scheme, len, byte, expected) in [
        (DilithiumScheme::MlDsa44, 2560, 0x10, true),
        (DilithiumScheme::MlDsa44, 2560, 0x05, false),
        (DilithiumScheme::MlDsa65, 4032, 0x88, true),
        (DilithiumScheme::MlDsa65, 4032, 0x09, false),
        (DilithiumScheme::MlDsa87, 4896, 0x10, true),
    ] {
        assert_eq!(in_range(scheme, &[byte; 96]), expected);
        assert_eq!(secret::public_key(scheme, &vec![byte; len]).is_ok(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_secret_key_gives_its_public_key(seed in any::<[u8; 32]>(), at in any::<prop::sample::Index>()) {
        let pairs = [pair::<MlDsa44>(seed), pair::<MlDsa65>(seed), pair::<MlDsa87>(seed)];
        let schemes = [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
        // s1 and s2 in bytes: polynomials of 256 coefficients in 3 or 4 bits.
        for ((scheme, (secret, public)), vectors) in schemes.into_iter().zip(pairs).zip([8 * 96, 11 * 128, 15 * 96]) {
            prop_assert_eq!(secret::public_key(scheme, &secret), Ok(public));
            let short = secret::public_key(scheme, &secret[1..]);
            prop_assert_eq!(short, Err(SecretKeyError::Length { got: secret.len() - 1, expected: secret.len() }));
            let mut wrong = secret;
            let at = 128 + at.index(vectors);
            wrong[at] = 0xff;
            let Err(SecretKeyError::Coefficient { at: named }) = secret::public_key(scheme, &wrong) else {
                return Err(TestCaseError::fail("a coefficient out of range passed"));
            };
            prop_assert!(named == at || named + 1 == at);
        }
    }

    #[test]
    fn arbitrary_secret_keys_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 1..64),
        whole in any::<bool>(),
        low in any::<bool>(),
    ) {
        for (scheme, len, vectors) in [
            (DilithiumScheme::MlDsa44, 2560, 8 * 96),
            (DilithiumScheme::MlDsa65, 4032, 11 * 128),
            (DilithiumScheme::MlDsa87, 4896, 15 * 96),
        ] {
            let len = if whole { len } else { len - 1 };
            // Few bytes are in range at random; zeros are wherever they stand.
            let fill = bytes.iter().map(|byte| if low { 0 } else { *byte });
            let secret: Vec<_> = fill.cycle().take(len).collect();
            let expected = whole && in_range(scheme, &secret[128..128 + vectors]);
            prop_assert_eq!(secret::public_key(scheme, &secret).is_ok(), expected);
        }
    }

    #[test]
    fn damaged_files_never_panic(
        file in prop::sample::select(FILES.to_vec()),
        at in any::<prop::sample::Index>(),
        cut in any::<bool>(),
        byte in any::<u8>(),
        len in 0usize..400,
    ) {
        let mut entry = sample(file);
        let at = at.index(entry.bytes.len());
        if cut {
            let end = (at + len).min(entry.bytes.len());
            entry.bytes.drain(at..end);
        } else {
            entry.bytes[at] = byte;
        }
        match read(&entry) {
            Ok(cases) => {
                let judge = Judge { verifier: &Yes, deriver: &Yes };
                let asked = cases.iter().filter(|case| matches!(case.kind, Kind::Checks(_))).count();
                let outcomes = judge.outcomes(cases, |_| true).unwrap();
                let judged = outcomes.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Skipped { .. }));
                prop_assert_eq!(judged.count(), asked);
            }
            Err(error) => prop_assert!(error.contains("line "), "{}", error),
        }
    }

    #[test]
    fn arbitrary_records_never_panic(text in "(count = [0-9]{1,2}\n|[a-z]{1,5} = [0-9A-F]{0,9}\n|sm = \n|[^\n]{0,9}\n){0,12}") {
        let _ = rsp(&text);
    }
}
