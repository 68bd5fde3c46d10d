//! The twins, one after another, on known signatures.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use erbium_shaders::dilithium::{self, Set};
use erbium_shaders::{Kernel, Program};
use serde_json::Value;

/// What a verifier is asked.
#[derive(Clone)]
struct Question {
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// Bytes as words, the last one padded with zeros.
fn words(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    bytes.chunks(4).map(word).collect()
}

/// Signatures of a scheme that hold.
fn questions(scheme: u32) -> Vec<Question> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join(format!("../tests/data/consensus/dilithium/{scheme}.json"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let bytes = |base: &Value, field: &str| hex::decode(base["input"][field].as_str().unwrap()).unwrap();
    let bases = file["bases"].as_array().unwrap();
    let question = |base| Question {
        key: bytes(base, "publicKey"),
        message: bytes(base, "message"),
        signature: bytes(base, "signature"),
    };
    let cases = file["cases"].as_array().unwrap();
    let holds = |i: &usize| {
        let own = |case: &&Value| case["base"] == *i && case["operations"].as_array().unwrap().is_empty();
        cases.iter().find(own).is_some_and(|case| case["valid"] == true)
    };
    (0..bases.len()).filter(holds).map(|i| question(&bases[i])).collect()
}

fn run(kernel: &'static Kernel, set: Set, count: u32, inputs: &[&Vec<u32>], target: usize) -> Vec<u32> {
    let mut buffers: Vec<_> = inputs.iter().map(|words| words.to_vec()).collect();
    buffers.push(vec![0xdead_beef; target]);
    Program::dilithium(kernel, set).run(&[count, 0, 0, 0, 0, 0, 0, 0], 1, &mut buffers);
    buffers.pop().unwrap()
}

/// The c-tilde of each question, keys in slots from the last on.
fn c_tildes(set: Set, questions: &[Question]) -> Vec<Vec<u32>> {
    let n = questions.len();
    let slots: Vec<u32> = (0..n as u32).rev().collect();
    let keys = questions.iter().flat_map(|question| words(&question.key)).collect();
    let signatures = questions.iter().flat_map(|question| words(&question.signature)).collect();
    let (mut places, mut messages) = (Vec::new(), Vec::new());
    for (i, question) in questions.iter().enumerate() {
        places.extend([messages.len() as u32, question.message.len() as u32, slots[i], i as u32]);
        messages.extend(words(&question.message));
    }
    let zetas = dilithium::zetas().to_vec();
    let (count, k, entries) = (n as u32, set.k as usize, set.entries() as usize);
    let hashes = run(&dilithium::HASH_KEYS, set, count, &[&keys, &slots], 16 * n);
    let matrices = run(&dilithium::EXPAND_A, set, count * set.entries(), &[&keys, &slots], entries * 256 * n);
    let t1s = run(&dilithium::EXPAND_T1, set, count * set.k, &[&keys, &slots, &zetas], k * 256 * n);
    let mus = run(&dilithium::HASH_MESSAGES, set, count, &[&places, &messages, &hashes], 16 * n);
    let challenges = run(&dilithium::SAMPLE_IN_BALL, set, count, &[&signatures], 16 * n);
    let inputs = [&signatures, &slots, &challenges, &matrices, &t1s, &zetas];
    let w1s = run(&dilithium::COMPUTE_W1, set, count, &inputs, set.w1_words() as usize * n);
    let c_tildes = run(&dilithium::HASH_COMMITMENTS, set, count, &[&mus, &w1s], 16 * n);
    c_tildes.chunks_exact(16).map(<[u32]>::to_vec).collect()
}

/// Which questions are answered with yes, as far as c-tilde tells.
fn verdicts(set: Set, questions: &[Question]) -> Vec<bool> {
    let same = |(question, c_tilde): (&Question, Vec<u32>)| {
        let mut own = words(&question.signature[..set.c_tilde_len as usize]);
        own.resize(16, 0);
        own == c_tilde
    };
    questions.iter().zip(c_tildes(set, questions)).map(same).collect()
}

#[test]
fn known_signatures_hold_and_changed_ones_do_not() {
    for (scheme, set) in support::sets() {
        let mut all = questions(scheme);
        let valid = all.len();
        assert!(valid >= 2, "scheme {scheme}");
        let base = all[0].clone();
        // The first and the last bit of every field that a kernel reads, one at a time.
        let mut flip = |edit: &dyn Fn(&mut Question)| {
            let mut question = base.clone();
            edit(&mut question);
            all.push(question);
        };
        for at in [0, 31, 32, base.key.len() - 1] {
            flip(&|question| question.key[at] ^= 0x80);
        }
        flip(&|question| question.message[0] ^= 1);
        flip(&|question| question.message.push(0));
        let z = set.z_start() as usize * 4;
        let hints = set.hint_start() as usize * 4;
        for at in [0, z - 1, z, hints - 1, hints] {
            flip(&|question| question.signature[at] ^= 1);
        }
        let verdicts = verdicts(set, &all);
        let expected: Vec<_> = (0..all.len()).map(|i| i < valid).collect();
        assert_eq!(verdicts, expected, "scheme {scheme}");
    }
}

#[test]
fn one_wrong_constant_is_noticed() {
    for (scheme, set) in support::sets() {
        let questions = &questions(scheme)[..1];
        let wrong = [
            Set { tau: set.tau - 1, ..set },
            Set { tr_len: 96 - set.tr_len, ..set },
            Set { prefix_len: 2 - set.prefix_len, ..set },
        ];
        assert_eq!(verdicts(set, questions), [true]);
        for set in wrong {
            assert_eq!(verdicts(set, questions), [false], "scheme {scheme}: {set:?}");
        }
    }
}
