//! What is said about files that cannot be read.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

const PLAIN: &str = include_str!("../../../tests/data/groth16/snarkjs-pub1.json");
const NATIVE: &str = include_str!("../../../tests/data/groth16/snarkjs-pub1.native.json");

fn error(format: Format, text: &str) -> String {
    format.read(text.as_bytes()).map(|cases| cases.len()).unwrap_err().to_string()
}

#[test]
fn both_forms_make_the_same_claims() {
    let plain = Format::Bytes.read(PLAIN.as_bytes()).unwrap();
    let native = Format::Native.read(NATIVE.as_bytes()).unwrap();
    assert_eq!(native.len(), 2);
    for (plain, native) in plain.iter().zip(&native) {
        assert_eq!(plain.claim, native.claim);
        assert_eq!((plain.expected, native.expected), (Verdict::Valid, Verdict::Valid));
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let json: serde_json::Value = serde_json::from_str(NATIVE).unwrap();
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        error(Format::Native, &json.to_string())
    };
    let y = |json: &mut serde_json::Value, digits: &str| json["cases"][1]["proof"]["pi_c"][1] = digits.into();
    assert_eq!(changed(&|json| y(json, "1")), "cases[1].proof has a point off its curve");
    let large = "9".repeat(116);
    assert_eq!(changed(&|json| y(json, &large)), "cases[1].pi_c has a coordinate of more than 381 bits");
    assert!(changed(&|json| y(json, "-1")).contains("no decimal number"));
    assert!(changed(&|json| y(json, "")).contains("no decimal number"));
    let text = changed(&|json| json["verification_key"]["IC"][1][2] = "2".into());
    assert_eq!(text, "IC[1] is not in affine coordinates");
    let text = changed(&|json| json["verification_key"]["nPublic"] = 2.into());
    assert_eq!(text, "IC has not one point more than nPublic");
    let text = changed(&|json| json["cases"][0]["proof"]["curve"] = "bn128".into());
    assert_eq!(text, "the curve is `bn128`, not BLS12-381");
    let text = changed(&|json| json["cases"][0]["public"][0] = "9".repeat(78).into());
    assert_eq!(text, "cases[0].public has an input of more than 256 bits");
    let text = error(Format::Bytes, &PLAIN.replacen("\"alpha_g1\": \"", "\"alpha_g1\": \"00", 1));
    assert_eq!(text, "vk.alpha_g1 has another length");
    assert!(error(Format::Bytes, "{").contains("line 1"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}", at in any::<prop::sample::Index>(), native in any::<bool>()) {
        let (format, whole) = if native { (Format::Native, NATIVE) } else { (Format::Bytes, PLAIN) };
        let mut bytes = whole.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..at, text.bytes());
        let _ = format.read(&bytes);
        let _ = format.read(text.as_bytes());
    }
}
