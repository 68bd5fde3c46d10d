//! What crate `bulletproofs` and plain point arithmetic say of the proofs and transfers among the vectors.

use crate::format::{Case, file, names};
use crate::reference::theirs;
use erbium_vm::claims::{Claim, RANGE_LABEL, Verdict};

/// The answers of a file's cases that have one, and the claims that their inputs make, by `read`.
fn answered(name: &str, read: impl Fn(&[u8]) -> Option<Claim>) -> Vec<(Case, Verdict, Option<Claim>)> {
    let names = names();
    let is_answered = |case: &Case| {
        let output = case.result.output.bytes(&names, &[]);
        (case.result.outcome == "Success" && output.len() == 32).then(|| Verdict::from(output[31] == 1))
    };
    let cases = file(name).cases;
    let with_answer = cases.into_iter().filter_map(|case| is_answered(&case).map(|verdict| (case, verdict)));
    with_answer
        .map(|(case, verdict)| {
            let claim = read(&case.input.bytes(&names, &[]));
            (case, verdict, claim)
        })
        .collect()
}

/// Holds every answer against another implementation's; how many were no.
fn compare(answers: Vec<(Case, Verdict, Option<Claim>)>) -> usize {
    let mut invalid = 0;
    for (case, verdict, claim) in answers {
        let other = claim.as_ref().map_or(Verdict::Invalid, theirs);
        assert_eq!(verdict, other, "{}", case.name);
        invalid += usize::from(!verdict.is_valid());
    }
    invalid
}

fn range_proof(input: &[u8]) -> Option<Claim> {
    let (head, rest) = input.split_at_checked(2)?;
    let (commitments, proof) = rest.split_at_checked(32 * usize::from(head[1]))?;
    let commitments = commitments.chunks(32).map(|bytes| bytes.try_into().unwrap()).collect();
    Some(Claim::RangeProof { bits: head[0], label: RANGE_LABEL.to_vec(), commitments, proof: proof.to_vec() })
}

#[test]
fn range_proofs_are_judged_as_the_crate_judges_them() {
    let invalid = compare(answered("0x104", range_proof));
    assert!(invalid >= 50, "only {invalid}");
}

#[test]
fn transfers_are_judged_as_plain_arithmetic_judges_them() {
    let read = |body: &[u8]| Some(Claim::ConfidentialTransfer { chain_id: 17_778, body: body.to_vec() });
    let invalid = compare(answered("F0", read));
    assert!(invalid >= 50, "only {invalid}");
}

#[test]
#[should_panic(expected = "left == right")]
fn another_label_is_seen() {
    let relabelled = |input: &[u8]| match range_proof(input)? {
        Claim::RangeProof { bits, commitments, proof, .. } => {
            Some(Claim::RangeProof { bits, label: b"another".to_vec(), commitments, proof })
        }
        other => Some(other),
    };
    compare(answered("0x104", relabelled));
}
