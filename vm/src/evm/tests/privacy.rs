//! The opcodes CONFIDENTIAL_TX, RANGE_PROOF, PEDERSEN_COMMIT, STEALTH_ADDRESS and STEALTH_SCAN.

use super::opcodes::{DONE, GAS_LIMIT, memory, one, words};
use super::stub::{Asked, Stub, copying_input, erbium, run_with, with_operands};
use super::*;
use crate::opcode::extension::*;
use crate::spec::{Extensions, Policy};
use erbium_claims::{Derivation, TransferParts};

const SECRET: [(u8, usize); 3] = [(RANGE_PROOF, 6), (STEALTH_ADDRESS, 3), (STEALTH_SCAN, 5)];
const ALL: [(u8, usize); 5] =
    [(CONFIDENTIAL_TX, 2), (RANGE_PROOF, 6), (PEDERSEN_COMMIT, 2), (STEALTH_ADDRESS, 3), (STEALTH_SCAN, 5)];

const VIOLATION: Outcome = Outcome::Halt(Halt::PrivacyViolation);
const OUT_OF_GAS: Outcome = Outcome::Halt(Halt::OutOfGas);

fn paged(byte: u8) -> [u8; 2] {
    [EXTENSION, byte]
}

/// A transfer of proper form: inputs that differ, all other bytes small.
fn transfer(inputs: u8, outputs: u8) -> Vec<u8> {
    let mut body = [&[9; 32][..], &[inputs, outputs], &[0; 8]].concat();
    body.extend((0..inputs).flat_map(|index| [index; 32]));
    let rounds = (64 * usize::from(outputs)).trailing_zeros() as usize;
    body.resize(body.len() + 32 * (usize::from(outputs) + 9 + 2 * rounds + 2), 1);
    assert!(TransferParts::read(&body).is_some());
    body
}

/// Runs CONFIDENTIAL_TX on the call data: the word it leaves, the gas of the opcode alone, what was asked.
fn transferred(body: &[u8], verdict: Verdict, short: u64) -> (Outcome, U256, u64, Vec<Asked>) {
    let copying = copying_input();
    let len = body.len() as u64;
    let operands = words(&[0, len]);
    let code = [copying, with_operands(&operands, &paged(CONFIDENTIAL_TX))].concat();
    let (inputs, outputs) = TransferParts::declared_counts(body);
    let price = 20_000 + 64_000 * u64::from(outputs) + 300 * (u64::from(inputs) + u64::from(outputs));
    let before = 2 + 2 + 2 + 3 + 3 * len.div_ceil(32) + memory(len) + 6;
    let returns = [PUSH0, MSTORE, PUSH1, 32, PUSH0, RETURN];
    // What returning the word takes behind it; an empty body leaves memory still to be paid for.
    let behind = 2 + 3 + 3 + 2 + memory(len.max(32)) - memory(len);
    let message = Message { input: body.to_vec(), ..message(before + price + behind - short) };
    let contracts = [(CONTRACT, [&code[..], &returns].concat())];
    let stub = Stub::answering(verdict);
    let (result, asked) = run_with(&erbium(Policy::Block), &contracts, &message, &stub);
    (result.outcome, U256::from_big_endian(&result.output), result.gas_left, asked)
}

#[test]
fn a_transfer_costs_by_its_counts_and_pushes_the_verdict() {
    for (inputs, outputs) in [(1, 1), (2, 2), (16, 16), (3, 4)] {
        let body = transfer(inputs, outputs);
        for verdict in [Verdict::Valid, Verdict::Invalid] {
            let (outcome, word, left, asked) = transferred(&body, verdict, 0);
            let pushed = U256::from(u8::from(verdict.is_valid()));
            assert_eq!((outcome.is_success(), word, left), (true, pushed, 0), "{inputs} {outputs}");
            let claim = Claim::ConfidentialTransfer { chain_id: 17_778, body: body.clone() };
            assert_eq!(asked, [Asked::Claim(claim)]);
        }
        assert_eq!(transferred(&body, Verdict::Valid, 1).0, OUT_OF_GAS);
    }
}

#[test]
fn a_malformed_transfer_is_0_at_once_and_costs_what_it_declares() {
    let mut twice = transfer(2, 1);
    twice.copy_within(42..74, 74);
    let mut counts = transfer(1, 1);
    counts[33] = 3;
    let good = transfer(1, 1);
    let bodies = [
        twice,
        counts,
        good[..good.len() - 1].to_vec(),
        [&good[..], &[0]].concat(),
        vec![255; 40],
        vec![1; 33],
        vec![],
    ];
    for body in bodies {
        let (outcome, word, left, asked) = transferred(&body, Verdict::Valid, 0);
        assert_eq!((outcome.is_success(), word, left, asked), (true, U256::zero(), 0, vec![]));
        assert!(!transferred(&body, Verdict::Valid, 1).0.is_success());
    }
}

#[test]
fn a_commitment_costs_4000_and_is_pushed() {
    let (value, blinding) = (U256::from(5), U256::MAX);
    let operands = [value, blinding];
    for policy in [Policy::Block, Policy::Local] {
        let stub = Stub::deriving(vec![0xab; 32]);
        let asked = vec![Asked::Derivation(Derivation::PedersenCommit { value, blinding })];
        let run = |gas| one(policy, &paged(PEDERSEN_COMMIT), &operands, gas, &stub);
        assert_eq!(run(4_000), (DONE, 4_000, asked));
        assert_eq!(run(3_999), (OUT_OF_GAS, 3_999, vec![]));
    }
    let stub = Stub::deriving((1..=32).collect());
    let code = returning(with_operands(&operands, &paged(PEDERSEN_COMMIT)));
    let (result, _) = run_with(&erbium(Policy::Block), &[(CONTRACT, code)], &message(GAS_LIMIT), &stub);
    assert_eq!(result.output, stub.bytes);
}

#[test]
fn a_range_proof_reads_its_words_and_writes_commitments_and_proof() {
    for (bits, count, proof) in [(8u64, 1u64, 480u64), (16, 2, 608), (64, 16, 928), (64, 1, 672)] {
        let stub = Stub::deriving([&[0; 31][..], &[7], &vec![0xcd; (32 * count + proof) as usize]].concat());
        // Values, then blindings, then what is written.
        let ends = [32 * count, 64 * count, 96 * count + proof];
        let operands = words(&[bits, count, 0, ends[0], 11, ends[1]]);
        let expected = 10_000 + 1_000 * bits * count + memory(ends[2]);
        let derivation = Derivation::RangeProof {
            bits: bits as u8,
            values: vec![0; count as usize],
            blindings: vec![U256::zero(); count as usize],
            seed: H256::from_low_u64_be(11),
        };
        for policy in [Policy::TestChain, Policy::Local] {
            let run = |gas| one(policy, &paged(RANGE_PROOF), &operands, gas, &stub);
            assert_eq!(run(expected), (DONE, expected, vec![Asked::Derivation(derivation.clone())]));
            assert_eq!(run(expected - 1), (OUT_OF_GAS, expected - 1, vec![]));
        }
        let mut code = with_operands(&operands, &paged(RANGE_PROOF));
        code.extend([PUSH0, MSTORE, MSIZE, PUSH0, RETURN]);
        let (result, _) =
            run_with(&erbium(Policy::Local), &[(CONTRACT, code)], &message(2 * GAS_LIMIT), &stub);
        let mut memory = vec![0; ends[1] as usize];
        memory[31] = 7;
        memory.extend(&stub.bytes[32..]);
        assert_eq!(result.output, memory);
    }
}

#[test]
fn a_range_proof_s_operands_are_judged() {
    let stub = Stub::deriving(vec![0; 32]);
    let huge = U256::one() << 64;
    let local = |operands: &[U256], gas| one(Policy::Local, &paged(RANGE_PROOF), operands, gas, &stub);
    // Sizes that no proof has, before gas is looked at.
    for (bits, count) in [(0u64, 1u64), (7, 1), (128, 1), (64, 0), (64, 3), (64, 32)] {
        for rest in [U256::zero(), U256::MAX] {
            let operands = [bits.into(), count.into(), rest, rest, rest, rest];
            for gas in [0, GAS_LIMIT] {
                assert_eq!(local(&operands, gas), (VIOLATION, gas, vec![]), "{bits} {count}");
            }
        }
    }
    assert_eq!(local(&[huge + 64, 1.into(), 0.into(), 0.into(), 0.into(), 0.into()], 9).0, VIOLATION);
    // A value is below 2^bits.
    for (bits, value, holds) in
        [(8, U256::from(255), true), (8, U256::from(256), false), (64, huge - 1, true), (64, huge, false)]
    {
        let code =
            [copying_input(), with_operands(&words(&[bits, 1, 0, 32, 0, 64]), &paged(RANGE_PROOF))].concat();
        let input = [value.to_big_endian(), [0xff; 32]].concat();
        let message = Message { input, ..message(GAS_LIMIT) };
        let (result, asked) = run_with(&erbium(Policy::Local), &[(CONTRACT, code)], &message, &stub);
        assert_eq!((result.outcome == DONE, asked.len()), (holds, usize::from(holds)), "{bits} {value}");
        assert!(holds || result.outcome == VIOLATION);
    }
}

#[test]
fn a_stealth_address_and_a_scan_ask_and_write() {
    let input: Vec<u8> = (0..250u8).collect();
    let view = H256::from_low_u64_be(0x77);
    let address =
        Derivation::StealthAddress { ephemeral_key: view, meta_address: input[3..69].try_into().unwrap() };
    let scan = Derivation::StealthScan {
        view_key: view,
        spend_public_key: input[1..34].try_into().unwrap(),
        announcements: input[40..148].to_vec(),
    };
    let cases = [
        (STEALTH_ADDRESS, words(&[0x77, 3, 300]), 7_000, 300 + 34, 34, address),
        (STEALTH_SCAN, words(&[0x77, 1, 40, 2, 300]), 7_000, 302, 2, scan),
    ];
    for (byte, operands, price, end, written, derivation) in cases {
        let stub = Stub::deriving([vec![0; 31], vec![5], vec![0xee; written]].concat());
        let code = [copying_input(), with_operands(&operands, &paged(byte))].concat();
        // The word goes to 0, what was written to memory stands behind it.
        let returns = [PUSH0, MSTORE, PUSH1 + 1, 1, 44, MLOAD, PUSH1, 32, MSTORE, PUSH1, 64, PUSH0, RETURN];
        let message = Message { input: input.clone(), ..message(GAS_LIMIT) };
        let contracts = [(CONTRACT, [&code[..], &returns].concat())];
        for policy in [Policy::TestChain, Policy::Local] {
            let (result, asked) = run_with(&erbium(policy), &contracts, &message, &stub);
            assert_eq!(asked, [Asked::Derivation(derivation.clone())]);
            let shown = written.min(32);
            assert_eq!(result.output[31], 5);
            assert_eq!(result.output[32..32 + shown], stub.bytes[32..32 + shown]);
        }
        let expected = price + memory(end);
        let run = |gas| one(Policy::Local, &paged(byte), &operands, gas, &stub);
        assert_eq!((run(expected).0, run(expected).1), (DONE, expected));
        assert_eq!(run(expected - 1), (OUT_OF_GAS, expected - 1, vec![]));
    }
    // Nothing to scan costs nothing but reading the key.
    let stub = Stub::deriving(vec![0; 32]);
    let run = one(Policy::Local, &paged(STEALTH_SCAN), &words(&[1, 0, 0, 0, 0]), GAS_LIMIT, &stub);
    assert_eq!((run.0, run.1, run.2.len()), (DONE, memory(33), 1));
}

#[test]
fn secrets_halt_in_blocks_with_all_gas() {
    let stub = Stub::deriving(vec![1; 5_000]);
    for (byte, count) in SECRET {
        for (operand, gas) in [(8, GAS_LIMIT), (1, 0), (0, GAS_LIMIT)] {
            let run = one(Policy::Block, &paged(byte), &words(&vec![operand; count]), gas, &stub);
            assert_eq!(run, (VIOLATION, gas, vec![]), "{byte:#x}");
        }
    }
}

#[test]
fn offsets_and_sizes_beyond_memory_are_out_of_gas() {
    let stub = Stub::deriving(vec![0; 32]);
    for huge in [U256::one() << 64, U256::MAX, U256::from(u64::MAX), U256::one() << 32] {
        for (byte, base, at) in [
            (CONFIDENTIAL_TX, words(&[0, 1]), &[0usize, 1][..]),
            (RANGE_PROOF, words(&[8, 1, 0, 0, 0, 0]), &[2, 3, 5]),
            (STEALTH_ADDRESS, words(&[1, 0, 0]), &[1, 2]),
            (STEALTH_SCAN, words(&[1, 0, 0, 1, 0]), &[1, 2, 3, 4]),
        ] {
            for &at in at {
                let mut operands = base.clone();
                operands[at] = huge;
                let run = one(Policy::Local, &paged(byte), &operands, GAS_LIMIT, &stub);
                assert_eq!(run, (OUT_OF_GAS, GAS_LIMIT, vec![]), "{byte:#x} {at} {huge}");
            }
        }
    }
}

#[test]
fn they_run_in_static_frames_and_underflow_and_have_no_short_form() {
    for (byte, count) in ALL {
        let stub = Stub::deriving([vec![0; 32], vec![1; 600]].concat());
        let run = |spec: &ChainSpec, operands: usize, opcode: &[u8]| {
            let code = with_operands(&words(&vec![8; operands]), opcode);
            run_with(spec, &[(CONTRACT, code)], &message(GAS_LIMIT), &stub).0.outcome
        };
        for policy in [Policy::Block, Policy::Local] {
            assert_eq!(run(&erbium(policy), count - 1, &paged(byte)), Outcome::Halt(Halt::StackUnderflow));
        }
        let plain = ChainSpec { extensions: Extensions::None, ..erbium(Policy::Local) };
        assert_eq!(run(&plain, count, &paged(byte)), Outcome::Halt(Halt::InvalidOpcode));
    }
    // A static frame may ask.
    for (byte, operands, answer) in [
        (CONFIDENTIAL_TX, words(&[0, 0]), 32),
        (RANGE_PROOF, words(&[8, 1, 0, 0, 0, 0]), 32 + 32 + 480),
        (PEDERSEN_COMMIT, words(&[0, 0]), 32),
        (STEALTH_ADDRESS, words(&[1, 0, 0]), 32 + 34),
        (STEALTH_SCAN, words(&[1, 0, 0, 1, 0]), 32 + 1),
    ] {
        let stub = Stub::deriving(vec![0; answer]);
        let callee = with_operands(&operands, &paged(byte));
        let mut caller = vec![PUSH0, PUSH0, PUSH0, PUSH0, PUSH1 + 19];
        caller.extend(OTHER.as_bytes());
        caller.extend([GAS, STATICCALL]);
        let contracts = [(CONTRACT, returning(caller)), (OTHER, callee)];
        let (result, _) = run_with(&erbium(Policy::Local), &contracts, &message(GAS_LIMIT), &stub);
        assert_eq!(U256::from_big_endian(&result.output), U256::one(), "{byte:#x}");
    }
}

proptest! {
    /// Gas depends on sizes alone, not on what the coprocessor says nor on bytes that are no sizes.
    #[test]
    fn gas_of_a_transfer_never_depends_on_verdicts_or_contents(
        counts in any::<[u8; 2]>(),
        fill in any::<[u8; 2]>(),
        len in 0usize..1_500,
        gas in 0..20_000_000u64,
    ) {
        let used = |fill: u8, verdict| {
            let mut input = vec![fill; len];
            for (at, count) in counts.into_iter().enumerate() {
                if let Some(byte) = input.get_mut(32 + at) {
                    *byte = count % 32;
                }
            }
            let code = [copying_input(), with_operands(&words(&[0, len as u64]), &paged(CONFIDENTIAL_TX))].concat();
            let message = Message { input, ..message(gas) };
            let stub = Stub::answering(verdict);
            let (result, _) = run_with(&erbium(Policy::Block), &[(CONTRACT, code)], &message, &stub);
            (result.outcome, result.gas_left)
        };
        prop_assert_eq!(used(fill[0], Verdict::Valid), used(fill[1], Verdict::Invalid));
    }
}
