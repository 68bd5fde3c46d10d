//! Addresses, layouts and prices; how the driver asks is tested in `evm`.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::fork::Fork;
use crate::precompile::Precompiles;
use crate::spec::GasSchedule;
use erbium_claims::{Claim, Derivation, RANGE_LABEL};
use primitive_types::H256;
use proptest::prelude::*;

const SIGNERS: [DilithiumScheme; 3] =
    [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];

fn number(number: u64) -> H160 {
    H160::from_low_u64_be(number)
}

fn test_chain() -> ChainSpec {
    ChainSpec { policy: Policy::TestChain, ..ChainSpec::erbium() }
}

/// Zeros as key and signature of `scheme`, and a message of `len` bytes.
fn input(scheme: DilithiumScheme, len: usize) -> Vec<u8> {
    vec![0; scheme.public_key_len() + scheme.signature_len() + len]
}

fn numbered(scheme: u8, rest: &[u8]) -> Vec<u8> {
    [&[scheme], rest].concat()
}

/// What a call costs and whether it asks.
fn price(contract: ExtensionPrecompile, input: &[u8]) -> (u64, bool) {
    let prepared = contract.prepare(&test_chain(), input, u64::MAX).unwrap();
    let asks = match prepared.reply {
        Reply::Ask(_) | Reply::Operate(_) => true,
        Reply::Known(output) => {
            assert_eq!(output, [0; 32]);
            false
        }
    };
    (prepared.gas_used, asks)
}

#[test]
fn they_exist_with_the_extensions_on_every_fork() {
    let built = [0x100, 0x101, 0x102, 0x103, 0x104, 0x12, 0x13, 0x14].map(number);
    for fork in Fork::ALL {
        let plain = ChainSpec::ethereum(fork);
        let erbium = ChainSpec { extensions: Extensions::Erbium, ..plain.clone() };
        assert_eq!(ExtensionPrecompile::addresses(&plain).count(), 0);
        assert_eq!(ExtensionPrecompile::addresses(&erbium).collect::<Vec<_>>(), built);
        for address in (0..0x200).map(number) {
            assert_eq!(ExtensionPrecompile::at(&plain, &address), None);
            assert_eq!(ExtensionPrecompile::at(&erbium, &address).is_some(), built.contains(&address));
        }
    }
    let names = built.map(|at| ExtensionPrecompile::at(&test_chain(), &at).unwrap().name());
    let expected = [
        "DILITHIUM_VERIFY",
        "DILITHIUM_SIGN",
        "ZK_VERIFY",
        "HE_ENCRYPT",
        "RANGE_PROOF",
        "MLDSA44",
        "MLDSA65",
        "MLDSA87",
    ];
    assert_eq!(names, expected);
}

#[test]
fn addresses_are_data() {
    let mut spec = test_chain();
    spec.precompiles.mldsa65 = number(0xabcdef);
    assert_eq!(ExtensionPrecompile::at(&spec, &number(0x13)), None);
    let moved = ExtensionPrecompile::at(&spec, &number(0xabcdef));
    assert_eq!(moved, Some(ExtensionPrecompile::MlDsa(DilithiumScheme::MlDsa65)));
}

#[test]
fn checks_cost_a_base_by_level_and_six_a_word() {
    for (scheme, base) in SIGNERS.into_iter().zip([6_500, 9_000, 13_500]) {
        let contract = ExtensionPrecompile::MlDsa(scheme);
        for (len, words) in [(0, 0), (1, 1), (32, 1), (33, 2), (64, 2), (65, 3), (10_000, 313)] {
            let input = input(scheme, len);
            assert_eq!(price(contract, &input), (base + 6 * words, true), "{scheme:?} {len}");
            let numbered = numbered(scheme.number(), &input);
            assert_eq!(price(ExtensionPrecompile::DilithiumVerify, &numbered), (base + 6 * words, true));
        }
        // Without whole key and signature no word is counted and nobody is asked.
        for short in [0, 1, scheme.public_key_len(), input(scheme, 0).len() - 1] {
            assert_eq!(price(contract, &vec![0xff; short]), (base, false), "{scheme:?} {short}");
        }
    }
}

#[test]
fn dilithium_verify_takes_nine_schemes_and_answers_no_for_others() {
    let bases = |level| match level {
        2 => 6_500,
        3 => 9_000,
        _ => 13_500,
    };
    for byte in 0..=u8::MAX {
        for len in [3_733, 4_000, 5_262, 7_220, 9_000] {
            let input = numbered(byte, &vec![1; len - 1]);
            let expected = match DilithiumScheme::from_number(byte.into()) {
                None => (6_500, false),
                Some(scheme) => {
                    let whole = 1 + scheme.public_key_len() + scheme.signature_len();
                    let words = len.saturating_sub(whole).div_ceil(32) as u64;
                    (bases(scheme.level()) + 6 * words, len >= whole)
                }
            };
            assert_eq!(price(ExtensionPrecompile::DilithiumVerify, &input), expected, "{byte} {len}");
        }
    }
}

#[test]
fn a_short_input_of_dilithium_verify_is_p256verify_s() {
    let osaka = Precompiles::of(Fork::Osaka);
    let p256 = osaka.get(&number(0x100)).unwrap();
    // The first case of EIP-7951's file.
    let file = include_str!("../../../../tests/data/precompiles/p256Verify.json");
    let cases: serde_json::Value = serde_json::from_str(file).unwrap();
    let valid = hex::decode(cases[0]["Input"].as_str().unwrap()).unwrap();
    let shortest = SignatureInput::SHORTEST_WITH_SCHEME;
    let mut inputs = vec![valid.clone(), valid[1..].to_vec(), vec![], vec![44; shortest - 1]];
    inputs.push([&valid[..], &[0]].concat());
    for fork in [Fork::Frontier, Fork::Prague, Fork::Osaka] {
        let spec = ChainSpec { fork, ..test_chain() };
        for input in &inputs {
            for gas in [0, 6_899, 6_900, 100_000] {
                let got = ExtensionPrecompile::DilithiumVerify.prepare(&spec, input, gas);
                let expected = p256
                    .call(input, gas)
                    .map_err(Halt::from)
                    .map(|answer| Prepared { gas_used: answer.gas_used, reply: Reply::Known(answer.output) });
                assert_eq!(got, expected, "{fork} {} {gas}", input.len());
            }
        }
    }
    let answer = ExtensionPrecompile::DilithiumVerify.prepare(&test_chain(), &valid, 6_900).unwrap();
    assert_eq!(answer.reply, Reply::Known([&[0; 31][..], &[1]].concat()));
    assert_eq!(price(ExtensionPrecompile::DilithiumVerify, &vec![44; shortest]), (6_500, true));
}

#[test]
fn the_claim_has_the_input_s_bytes() {
    for scheme in SIGNERS {
        let [key, signature] = [vec![1; scheme.public_key_len()], vec![2; scheme.signature_len()]];
        let plain = [&key[..], &signature, &[3; 7]].concat();
        let expected = Reply::Ask(Question::Claim {
            claim: Claim::Signature { scheme, public_key: key, signature, message: vec![3; 7].into() },
            answer: Answer::Return(32),
        });
        let spec = ChainSpec::erbium();
        let mldsa = ExtensionPrecompile::MlDsa(scheme).prepare(&spec, &plain, 50_000).unwrap();
        let input = numbered(scheme.number(), &plain);
        let verify = ExtensionPrecompile::DilithiumVerify.prepare(&spec, &input, 50_000).unwrap();
        assert_eq!((&mldsa.reply, &verify.reply), (&expected, &expected));
    }
}

#[test]
fn range_proofs_cost_by_their_declared_bits_whatever_is_there() {
    let contract = ExtensionPrecompile::RangeProof;
    for (head, bits) in [(&[][..], 0), (&[64], 0), (&[64, 1], 64), (&[8, 16], 128), (&[255, 255], 65_025)] {
        assert_eq!(price(contract, head), (10_000 + 1_000 * bits, false), "{head:?}");
    }
    // Well-formed: every element is a small number and no identity.
    for (bits, values, len) in [(8u8, 1u8, 480), (32, 2, 672), (64, 16, 928)] {
        let commitments = vec![[2; 32]; values.into()];
        let proof = vec![1; len];
        let input = [&[bits, values][..], &commitments.concat(), &proof].concat();
        let expected = 10_000 + 1_000 * u64::from(bits) * u64::from(values);
        let prepared = contract.prepare(&ChainSpec::erbium(), &input, expected).unwrap();
        let claim = Claim::RangeProof { bits, label: RANGE_LABEL.to_vec(), commitments, proof };
        let reply = Reply::Ask(Question::Claim { claim, answer: Answer::Return(32) });
        assert_eq!(prepared, Prepared { gas_used: expected, reply });
        let short = contract.prepare(&ChainSpec::erbium(), &input, expected - 1);
        assert_eq!(short, Err(Halt::OutOfGas));
        assert_eq!(price(contract, &input[..input.len() - 1]), (expected, false));
        assert_eq!(price(contract, &[&input[..], &[0]].concat()), (expected, false));
    }
}

#[test]
fn signing_is_refused_in_blocks_and_for_malformed_input() {
    let sign = |policy, input: &[u8], gas| {
        let spec = ChainSpec { policy, ..ChainSpec::erbium() };
        ExtensionPrecompile::DilithiumSign.prepare(&spec, input, gas)
    };
    let violation = Err(Halt::QuantumSecurityViolation);
    for scheme in SIGNERS {
        let input = [&[scheme.number()][..], &[7; 32], &[9; 33]].concat();
        assert_eq!(sign(Policy::Block, &input, 100_000), violation);
        for policy in [Policy::TestChain, Policy::Local] {
            let derivation = Derivation::DilithiumSign { scheme, seed: H256([7; 32]), message: vec![9; 33] };
            let answer = Answer::Return(scheme.signature_len());
            let reply = Reply::Ask(Question::Derive { derivation, answer });
            assert_eq!(sign(policy, &input, 60_012), Ok(Prepared { gas_used: 60_012, reply }));
            assert_eq!(sign(policy, &input, 60_011), Err(Halt::OutOfGas));
            assert_eq!(sign(policy, &input[..32], 100_000), violation);
        }
    }
    for scheme in [0, 2, 3, 5, 18, 19, 21, 43, 255] {
        assert_eq!(sign(Policy::Local, &numbered(scheme, &[0; 40]), 100_000), violation, "{scheme}");
    }
    assert_eq!(sign(Policy::Local, &[], 100_000), violation);
}

#[test]
fn a_proof_costs_a_base_and_so_much_a_whole_input() {
    let laid_out = |declared: u32, rest: usize| [&declared.to_be_bytes()[..], &vec![0; rest]].concat();
    for (inputs, key) in [(0, 768), (1, 864), (16, 2304), (1024, 99_072)] {
        let whole = key as usize + 192 + 32 * inputs;
        let gas = 130_000 + 14_000 * inputs as u64;
        assert_eq!(price(ExtensionPrecompile::ZkVerify, &laid_out(key, whole)), (gas, true), "{inputs}");
        // What is no whole input is not paid for, and malformed.
        assert_eq!(price(ExtensionPrecompile::ZkVerify, &laid_out(key, whole + 31)), (gas, false));
        assert_eq!(price(ExtensionPrecompile::ZkVerify, &laid_out(key, whole + 32)), (gas + 14_000, false));
        // A key that does not fit into the data.
        assert_eq!(
            price(ExtensionPrecompile::ZkVerify, &laid_out(whole as u32 + 1, whole)),
            (130_000, false)
        );
    }
    for short in [&[][..], &[0], &[0; 4], &[0; 195], &[0xff; 5000]] {
        assert_eq!(price(ExtensionPrecompile::ZkVerify, short), (130_000, false), "{}", short.len());
    }
    let key = vec![5; 864];
    let input = [&864u32.to_be_bytes()[..], &key, &[6; 192], &[7; 32]].concat();
    let claim = Claim::Groth16 { verifying_key: key, inputs: vec![7; 32], proof: vec![6; 192] };
    let expected = Reply::Ask(Question::Claim { claim, answer: Answer::Return(32) });
    let prepared = ExtensionPrecompile::ZkVerify.prepare(&ChainSpec::erbium(), &input, 144_000).unwrap();
    assert_eq!(prepared, Prepared { gas_used: 144_000, reply: expected });
    let short = ExtensionPrecompile::ZkVerify.prepare(&ChainSpec::erbium(), &input, 143_999);
    assert_eq!(short, Err(Halt::OutOfGas));
}

#[test]
fn prices_saturate() {
    let mut spec = test_chain();
    spec.gas = GasSchedule { dilithium_word: u64::MAX, zk_input: u64::MAX, ..spec.gas };
    let signing = [&[44][..], &[0; 65]].concat();
    for (contract, input) in [
        (ExtensionPrecompile::MlDsa(DilithiumScheme::MlDsa44), input(DilithiumScheme::MlDsa44, 33)),
        (ExtensionPrecompile::DilithiumSign, signing),
        (ExtensionPrecompile::ZkVerify, vec![0; 4 + 192 + 32]),
    ] {
        assert_eq!(contract.prepare(&spec, &input, u64::MAX - 1), Err(Halt::OutOfGas));
        assert_eq!(contract.prepare(&spec, &input, u64::MAX).unwrap().gas_used, u64::MAX);
    }
}

proptest! {
    /// The price depends on the length and the first bytes, which say scheme, sizes or the key's length: on no other byte.
    #[test]
    fn any_input_is_priced_by_its_sizes(
        a in prop::collection::vec(any::<u8>(), 0..9_000),
        fill in any::<u8>(),
        scheme in prop::sample::select(vec![0u8, 2, 3, 5, 18, 19, 21, 44, 65, 87, 255]),
        gas in 0..300_000u64,
    ) {
        let mut a = a;
        if let Some(first) = a.first_mut() {
            *first = scheme;
        }
        let mut b = vec![fill; a.len()];
        let spec = test_chain();
        for (_, contract) in contracts(&spec) {
            let sizes = if contract == ExtensionPrecompile::ZkVerify { 4 } else { 2 };
            b.iter_mut().zip(&a).take(sizes).for_each(|(b, a)| *b = *a);
            let [used_a, used_b] = [&a, &b].map(|input| contract.prepare(&spec, input, gas).map(|p| p.gas_used));
            prop_assert_eq!(used_a, used_b);
            prop_assert!(used_a.is_ok_and(|used| used <= gas) || used_a.is_err());
        }
    }
}
