//! Reference, twins and device answer alike; the first word that differs is named.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "device")]
mod adapter;
mod dilithium;
mod executors;

use dilithium::file::Vectors;
use dilithium::random::compare;
use dilithium::{ask, ask_mu};
use erbium_claims::{Claim, Verdict, Verifier};
use erbium_gpu::CpuVerifier;
use erbium_gpu::plan::{Executor, Plan, Trace};
use erbium_gpu::signatures::{Hashing, Options};
use erbium_shaders::common::FLIP_WORD;
use erbium_shaders::{Access, Program};
use executors::{Changed, SCHEMES, Watched, executors, kernels, scheme, signed, small, with_invalid};
use std::sync::Arc;

/// Flips a bit in the first word of each buffer that the pass with this number wrote.
fn flipped(plan: &mut Plan<'_>, after: usize) {
    if plan.name() != "dilithium" {
        return;
    }
    let pass = plan.passes()[after].clone();
    for (buffer, binding) in pass.buffers.iter().zip(pass.program.kernel.bindings) {
        if binding.access == Access::ReadWrite {
            let flip = erbium_gpu::plan::Pass {
                program: Program::plain(&FLIP_WORD),
                arguments: [0, 1 << 3, 0, 0, 0, 0, 0, 0],
                buffers: vec![*buffer],
                groups: 1,
            };
            plan.passes_mut().insert(after + 1, flip);
        }
    }
}

/// What an executor does for a batch, pass by pass.
fn traces(executor: Arc<dyn Executor>, claims: &[Claim]) -> Vec<Trace> {
    let watched = Watched::new(executor);
    // A spoilt batch has no verdicts; its traces are what counts.
    let _ = kernels(watched.clone(), small()).verify(claims);
    let seen = std::mem::take(&mut *watched.seen.lock().unwrap());
    assert!(!seen.is_empty());
    seen
}

#[test]
fn everyone_passes_the_self_test() {
    for executor in executors("self-test") {
        for number in SCHEMES {
            for hashing in [Hashing::Device, Hashing::Processor] {
                let options = Options { hashing, ..small() };
                assert_eq!(kernels(executor.clone(), options).self_test(scheme(number)), Ok(()));
            }
        }
    }
}

#[test]
fn tables_of_the_usual_size_fit() {
    for executor in executors("usual options") {
        // Level 2 has the most slots.
        assert_eq!(kernels(executor, Options::default()).self_test(scheme(44)), Ok(()));
    }
}

#[test]
fn everyone_answers_as_the_processor_does() {
    for executor in executors("random signatures") {
        for number in SCHEMES {
            let (scheme, cpu) = (scheme(number), CpuVerifier::new());
            let kernels = kernels(executor.clone(), small());
            let by_cpu = |input: &_| ask(&cpu, scheme, input);
            let valid = compare(scheme, 24, |input| ask(&kernels, scheme, input), by_cpu);
            assert!(valid.unwrap() > 2);
            let by_cpu = |input: &_| ask_mu(&cpu, scheme, input);
            compare(scheme, 8, |input| ask_mu(&kernels, scheme, input), by_cpu).unwrap();
        }
    }
}

#[test]
fn everyone_answers_as_the_consensus_vectors_say() {
    for executor in executors("consensus vectors") {
        for number in SCHEMES {
            let (scheme, vectors) = (scheme(number), Vectors::read(scheme(number)));
            let kernels = kernels(executor.clone(), small());
            assert_eq!(vectors.differences(|input| ask(&kernels, scheme, input)), [""; 0]);
        }
    }
}

#[test]
fn malformed_signatures_among_others_change_nothing_for_those() {
    for executor in executors("vectors as a batch") {
        for number in [5, 18, 44, 65] {
            let (scheme, vectors) = (scheme(number), Vectors::read(scheme(number)));
            let claim = |input: dilithium::mutation::Input| {
                let (public_key, signature, message) =
                    (input.public_key, input.signature, input.message.into());
                Claim::Signature { scheme, public_key, signature, message }
            };
            let cases: Vec<_> = vectors.cases().map(|(_, input, valid)| (claim(input), valid)).collect();
            // In an order of its own for each, so that neighbours differ.
            let many = cases.len();
            let step = (many / 3..).find(|step| (2..*step).all(|i| many % i != 0 || step % i != 0)).unwrap();
            let order: Vec<_> = (0..many).map(|i| i * step % many).collect();
            let claims: Vec<_> = order.iter().map(|i| cases[*i].0.clone()).collect();
            for chunk in [1000, 11] {
                let kernels = kernels(executor.clone(), Options { chunk, ..small() });
                let verdicts = kernels.verify(&claims).unwrap();
                for (i, verdict) in order.iter().zip(verdicts) {
                    assert_eq!(verdict.is_valid(), cases[*i].1, "case {i} of {number}");
                }
            }
        }
    }
}

#[test]
fn every_pass_on_a_device_writes_what_its_twin_writes() {
    let executors = executors("passes");
    let (twin, devices) = executors.split_first().unwrap();
    for device in devices {
        for number in SCHEMES {
            let claims = with_invalid(signed(scheme(number), 9, 4), 5);
            let (expected, found) = (traces(twin.clone(), &claims), traces(device.clone(), &claims));
            assert_eq!(expected.len(), found.len());
            for (expected, found) in expected.iter().zip(&found) {
                assert_eq!(expected.difference(found), None);
            }
        }
    }
}

#[test]
fn the_first_pass_that_differs_is_named() {
    for executor in executors("planted differences") {
        let claims = signed(scheme(65), 5, 2);
        let expected = traces(executor.clone(), &claims).remove(0);
        for (i, record) in expected.passes.iter().enumerate() {
            let changed = Changed::new(&executor, move |plan| flipped(plan, i));
            // Without the passes that flip.
            let mut found = traces(changed, &claims).remove(0);
            let flips: Vec<_> = found.passes.extract_if(.., |pass| pass.pass == "flip_word").collect();
            assert_eq!(flips.len(), 1);
            found.passes[i].written = flips[0].written.clone();
            let difference = expected.difference(&found).unwrap();
            assert!(
                difference.starts_with(&format!(
                    "pass `{}`, buffer `{}`, word 0:",
                    record.pass, record.written[0].1
                )),
                "{difference}"
            );
        }
    }
}

#[test]
fn verdicts_do_not_depend_on_the_batch() {
    for executor in executors("batches") {
        let mut claims = Vec::new();
        for number in [2, 19, 44, 65, 87] {
            claims.extend(with_invalid(signed(scheme(number), 21, 5), 4));
        }
        let expected = CpuVerifier::new().verify(&claims).unwrap();
        assert_eq!(expected.iter().filter(|verdict| **verdict == Verdict::Valid).count(), 5 * 15);
        for (chunk, table_bytes) in [(1000, 4 << 20), (7, 1 << 20), (1, 1), (1000, 200 << 10)] {
            let kernels = kernels(executor.clone(), Options { chunk, table_bytes, ..small() });
            assert_eq!(kernels.verify(&claims), Ok(expected.clone()));
            // Shuffled, doubled, split.
            let order: Vec<_> = (0..2 * claims.len()).map(|i| i * 38 % claims.len()).collect();
            let shuffled: Vec<_> = order.iter().map(|i| claims[*i].clone()).collect();
            let verdicts = kernels.verify(&shuffled).unwrap();
            assert!(order.iter().zip(&verdicts).all(|(i, verdict)| *verdict == expected[*i]));
            let (left, right) = claims.split_at(17);
            assert_eq!([kernels.verify(left).unwrap(), kernels.verify(right).unwrap()].concat(), expected);
        }
        assert_eq!(kernels(executor.clone(), small()).verify(&[]), Ok(vec![]));
    }
}

#[test]
fn keys_that_come_again_are_not_expanded_again() {
    for executor in executors("expanded keys") {
        let kernels = kernels(executor.clone(), small());
        let claims = signed(scheme(44), 40, 6);
        for expanded in [6, 6, 6] {
            assert!(kernels.verify(&claims).unwrap().iter().all(|verdict| verdict.is_valid()));
            assert_eq!(kernels.counts().expanded, expanded);
        }
        kernels.forget_keys();
        assert!(kernels.verify(&claims).unwrap().iter().all(|verdict| verdict.is_valid()));
        assert_eq!(kernels.counts().expanded, 12);
        assert_eq!(kernels.counts().claims, 160);
    }
}

#[test]
fn long_messages_are_hashed_on_the_processor() {
    for executor in executors("long messages") {
        let mut claims = signed(scheme(65), 1, 1);
        let params = dilithium::signer::params(scheme(65));
        let key = dilithium::signer::Key::new(params.clone(), &[1]);
        for len in [0, 1, 3, 70, 71, 135, 136, 1023, 1024, 1025, 70_000] {
            let message = vec![7; len];
            let signature = key.sign(&message).encode(&params);
            let message = erbium_claims::SignedMessage::Plain(message);
            let public_key = key.public_key.clone();
            claims.push(Claim::Signature { scheme: scheme(65), public_key, signature, message });
        }
        for hashing in [Hashing::Device, Hashing::Processor] {
            let kernels = kernels(executor.clone(), Options { hashing, ..small() });
            assert!(kernels.verify(&claims).unwrap().iter().all(|verdict| verdict.is_valid()));
        }
    }
}
