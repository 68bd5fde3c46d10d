//! The opcodes DILITHIUM_VERIFY, DILITHIUM_SIGN and DILITHIUM_KEYGEN.

use super::stub::{Asked, Stub, copying_input, erbium, run_with, with_operands};
use super::*;
use crate::spec::{Extensions, GasSchedule, Policy};
use erbium_claims::{Derivation, DilithiumScheme};

const SCHEMES: [u8; 9] = [2, 3, 5, 18, 19, 21, 44, 65, 87];
pub(super) const GAS_LIMIT: u64 = 1_000_000;

fn forms(byte: u8) -> [Vec<u8>; 2] {
    [vec![byte], vec![EXTENSION, byte]]
}

pub(super) fn words(operands: &[u64]) -> Vec<U256> {
    operands.iter().map(|operand| U256::from(*operand)).collect()
}

/// Gas of memory that reaches to `end`.
pub(super) fn memory(end: u64) -> u64 {
    let words = end.div_ceil(32);
    3 * words + words * words / 512
}

/// Runs `opcode` on `operands`, top first, and stops: how it ended, the gas of the opcode alone, what was asked.
pub(super) fn one(
    policy: Policy,
    opcode: &[u8],
    operands: &[U256],
    gas: u64,
    stub: &Stub,
) -> (Outcome, u64, Vec<Asked>) {
    let code = with_operands(operands, opcode);
    let pushes = 3 * operands.len() as u64;
    let (result, asked) = run_with(&erbium(policy), &[(CONTRACT, code)], &message(gas + pushes), stub);
    (result.outcome, gas - result.gas_left, asked)
}

pub(super) const DONE: Outcome = Outcome::Success(SuccessReason::Stop);

#[test]
fn verify_costs_by_level_words_and_memory_whatever_the_verdict() {
    for number in SCHEMES {
        let scheme = DilithiumScheme::from_number(number.into()).unwrap();
        let base = [0, 0, 6_500, 9_000, 0, 13_500][usize::from(scheme.level())];
        let (key, signature) = (scheme.public_key_len() as u64, scheme.signature_len() as u64);
        for (message_len, message_words) in [(0, 0), (1, 1), (32, 1), (33, 2), (100, 4)] {
            // Signature first, then the message, then the key.
            let ends = [signature, signature + message_len, signature + message_len + key];
            let operands = words(&[number.into(), ends[1], 0, ends[0], message_len]);
            let expected = base + 6 * message_words + memory(ends[2]);
            for opcode in forms(DILITHIUM_VERIFY) {
                for verdict in [Verdict::Valid, Verdict::Invalid] {
                    let stub = Stub::answering(verdict);
                    let (outcome, gas, asked) = one(Policy::Block, &opcode, &operands, GAS_LIMIT, &stub);
                    assert_eq!((outcome, gas), (DONE, expected), "{number} {message_len}");
                    let claim = Claim::Signature {
                        scheme,
                        public_key: vec![0; scheme.public_key_len()],
                        signature: vec![0; scheme.signature_len()],
                        message: vec![0; message_len as usize].into(),
                    };
                    assert_eq!(asked, [Asked::Claim(claim)]);
                    let (outcome, gas, asked) = one(Policy::Block, &opcode, &operands, expected - 1, &stub);
                    assert_eq!((outcome, gas), (Outcome::Halt(Halt::OutOfGas), expected - 1));
                    assert_eq!(asked, []);
                    assert_eq!(one(Policy::Block, &opcode, &operands, expected, &stub).0, DONE);
                }
            }
        }
    }
}

#[test]
fn verify_takes_its_operands_in_order_and_pushes_the_verdict() {
    let scheme = DilithiumScheme::MlDsa44;
    let input: Vec<u8> = (0..5_000u32).map(|at| (at % 251) as u8).collect();
    for opcode in forms(DILITHIUM_VERIFY) {
        for verdict in [Verdict::Valid, Verdict::Invalid] {
            let operands = words(&[44, 7, 1_400, 4_000, 50]);
            let code = [copying_input(), with_operands(&operands, &opcode)].concat();
            let stub = Stub::answering(verdict);
            let message = Message { input: input.clone(), ..message(GAS_LIMIT) };
            let contracts = [(CONTRACT, returning(code))];
            let (result, asked) = run_with(&erbium(Policy::Block), &contracts, &message, &stub);
            let answer = U256::from_big_endian(&result.output);
            assert_eq!(answer, U256::from(u8::from(verdict.is_valid())));
            let claim = Claim::Signature {
                scheme,
                public_key: input[7..7 + 1312].to_vec(),
                signature: input[1_400..1_400 + 2420].to_vec(),
                message: input[4_000..4_050].to_vec().into(),
            };
            assert_eq!(asked, [Asked::Claim(claim)]);
        }
    }
}

#[test]
fn sign_and_keygen_cost_a_base_words_and_memory_and_write_what_is_derived() {
    for (number, key, signature) in [(44, 1312, 2420), (65, 1952, 3309), (87, 2592, 4627)] {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        let seed = U256::from(0xabcd);
        for message_len in [0u64, 1, 64, 65] {
            let sign = (
                DILITHIUM_SIGN,
                vec![number.into(), seed, 0.into(), message_len.into(), 96.into()],
                60_000 + 6 * message_len.div_ceil(32),
                signature,
                Derivation::DilithiumSign {
                    scheme,
                    seed: H256::from_low_u64_be(0xabcd),
                    message: vec![0; message_len as usize],
                },
            );
            let keygen = (
                DILITHIUM_KEYGEN,
                vec![number.into(), seed, 96.into()],
                12_000,
                key,
                Derivation::DilithiumKeygen { scheme, seed: H256::from_low_u64_be(0xabcd) },
            );
            for (byte, operands, price, len, derivation) in [sign, keygen] {
                let expected = price + memory(96 + len);
                let stub = Stub::deriving((0..len).map(|at| at as u8 | 1).collect());
                for opcode in forms(byte) {
                    for policy in [Policy::TestChain, Policy::Local] {
                        let run = |gas| one(policy, &opcode, &operands, gas, &stub);
                        let asked = vec![Asked::Derivation(derivation.clone())];
                        assert_eq!(run(expected), (DONE, expected, asked), "{byte:#x} {number}");
                        let failed = (Outcome::Halt(Halt::OutOfGas), expected - 1, vec![]);
                        assert_eq!(run(expected - 1), failed);
                    }
                    // Memory behind the operation, and before it the length pushed.
                    let mut code = with_operands(&operands, &opcode);
                    code.extend([PUSH0, MSTORE, MSIZE, PUSH0, RETURN]);
                    let local = erbium(Policy::Local);
                    let (result, _) = run_with(&local, &[(CONTRACT, code)], &message(GAS_LIMIT), &stub);
                    let mut memory = [&word(len)[..], &[0; 64], &stub.bytes].concat();
                    memory.resize(memory.len().next_multiple_of(32), 0);
                    assert_eq!(result.output, memory);
                }
            }
        }
    }
}

fn word(number: u64) -> [u8; 32] {
    U256::from(number).to_big_endian()
}

#[test]
fn sign_reads_its_message_before_it_writes_over_it() {
    let input: Vec<u8> = (0..100u8).collect();
    let code = [copying_input(), with_operands(&words(&[44, 9, 0, 100, 10]), &[DILITHIUM_SIGN])].concat();
    let code = [code, vec![PUSH1, 10, MLOAD]].concat();
    let stub = Stub::deriving(vec![0xee; 2420]);
    let message = Message { input: input.clone(), ..message(GAS_LIMIT) };
    let (result, asked) = run_with(&erbium(Policy::Local), &[(CONTRACT, returning(code))], &message, &stub);
    assert_eq!(result.output, [0xee; 32]);
    let (scheme, seed) = (DilithiumScheme::MlDsa44, H256::from_low_u64_be(9));
    assert_eq!(asked, [Asked::Derivation(Derivation::DilithiumSign { scheme, seed, message: input })]);
}

#[test]
fn unknown_schemes_halt_before_gas_is_looked_at() {
    let huge = U256::one() << 64;
    let verify: Vec<U256> = [0u64, 1, 4, 6, 17, 20, 22, 43, 66, 88, 255, 256 + 44].map(U256::from).into();
    let others = [2u64, 3, 5, 18, 19, 21].map(U256::from);
    let beyond = [huge + 44, U256::MAX, U256::one() << 255];
    let stub = Stub::deriving(vec![]);
    let violation = Outcome::Halt(Halt::QuantumSecurityViolation);
    for (byte, count) in [(DILITHIUM_VERIFY, 5), (DILITHIUM_SIGN, 5), (DILITHIUM_KEYGEN, 3)] {
        let signing = if byte == DILITHIUM_VERIFY { &[][..] } else { &others };
        for scheme in verify.iter().chain(&beyond).chain(signing) {
            for opcode in forms(byte) {
                // Every other operand huge: memory would be out of gas.
                for rest in [U256::zero(), U256::MAX] {
                    let mut operands = vec![rest; count];
                    operands[0] = *scheme;
                    for gas in [0, 10, GAS_LIMIT] {
                        let (outcome, used, asked) = one(Policy::Local, &opcode, &operands, gas, &stub);
                        assert_eq!((outcome, used), (violation, gas), "{byte:#x} {scheme}");
                        assert_eq!(asked, []);
                    }
                }
            }
        }
    }
}

#[test]
fn secrets_halt_in_blocks_with_all_gas() {
    let stub = Stub::deriving(vec![1; 5_000]);
    for (byte, count) in [(DILITHIUM_SIGN, 5), (DILITHIUM_KEYGEN, 3)] {
        for opcode in forms(byte) {
            for (scheme, gas) in [(44, GAS_LIMIT), (65, 0), (1, GAS_LIMIT)] {
                let mut operands = words(&vec![0; count]);
                operands[0] = scheme.into();
                let (outcome, used, asked) = one(Policy::Block, &opcode, &operands, gas, &stub);
                let halted = (Outcome::Halt(Halt::QuantumSecurityViolation), gas, vec![]);
                assert_eq!((outcome, used, asked), halted);
            }
        }
    }
}

#[test]
fn offsets_and_sizes_beyond_memory_are_out_of_gas_save_for_nothing() {
    let stub = Stub::answering(Verdict::Valid);
    let signing = Stub::deriving(vec![1; 2420]);
    let key = Stub::deriving(vec![1; 1312]);
    let out_of_gas = Outcome::Halt(Halt::OutOfGas);
    let zero = U256::zero();
    for huge in
        [U256::one() << 64, (U256::one() << 64) + 5, U256::MAX, U256::from(u64::MAX), U256::one() << 32]
    {
        for (byte, stub, base, at) in [
            (DILITHIUM_VERIFY, &stub, words(&[44, 0, 0, 0, 1]), &[1usize, 2, 3, 4][..]),
            (DILITHIUM_SIGN, &signing, words(&[44, 0, 0, 1, 0]), &[2, 3, 4]),
            (DILITHIUM_KEYGEN, &key, words(&[44, 0, 0]), &[2]),
        ] {
            for opcode in forms(byte) {
                for &at in at {
                    let mut operands = base.clone();
                    operands[at] = huge;
                    let (outcome, used, asked) = one(Policy::Local, &opcode, &operands, GAS_LIMIT, stub);
                    assert_eq!((outcome, used), (out_of_gas, GAS_LIMIT), "{byte:#x} {at} {huge}");
                    assert_eq!(asked, []);
                }
            }
        }
        for opcode in forms(DILITHIUM_VERIFY) {
            let operands = [44.into(), zero, zero, huge, zero];
            let (outcome, used, asked) = one(Policy::Block, &opcode, &operands, GAS_LIMIT, &stub);
            assert_eq!((outcome, used, asked.len()), (DONE, 6_500 + memory(2420), 1));
        }
        for opcode in forms(DILITHIUM_SIGN) {
            let operands = [44.into(), zero, huge, zero, zero];
            let (outcome, used, asked) = one(Policy::Local, &opcode, &operands, GAS_LIMIT, &signing);
            assert_eq!((outcome, used, asked.len()), (DONE, 60_000 + memory(2420), 1));
        }
    }
}

#[test]
fn they_run_in_static_frames() {
    for (byte, operands, len) in [
        (DILITHIUM_VERIFY, words(&[44, 0, 0, 0, 0]), 32),
        (DILITHIUM_SIGN, words(&[44, 0, 0, 0, 0]), 2420),
        (DILITHIUM_KEYGEN, words(&[44, 0, 0]), 1312),
    ] {
        for opcode in forms(byte) {
            let stub = Stub { verdict: Verdict::Valid, ..Stub::deriving(vec![1; len]) };
            let callee = returning(with_operands(&operands, &opcode));
            let mut caller = vec![PUSH1, 32, PUSH0, PUSH0, PUSH0, PUSH1 + 19];
            caller.extend(OTHER.as_bytes());
            caller.extend([GAS, STATICCALL, PUSH0, MLOAD, ADD]);
            let contracts = [(CONTRACT, returning(caller)), (OTHER, callee)];
            let (result, asked) = run_with(&erbium(Policy::Local), &contracts, &message(GAS_LIMIT), &stub);
            let pushed = if byte == DILITHIUM_VERIFY { 1 } else { len };
            assert_eq!(U256::from_big_endian(&result.output), U256::from(1 + pushed));
            assert_eq!(asked.len(), 1);
        }
    }
}

#[test]
fn too_few_operands_underflow_and_other_chains_have_no_such_opcode() {
    let stub = Stub::deriving(vec![]);
    for (byte, count) in [(DILITHIUM_VERIFY, 5), (DILITHIUM_SIGN, 5), (DILITHIUM_KEYGEN, 3)] {
        for opcode in forms(byte) {
            let run = |spec: &ChainSpec, operands: usize| {
                let code = with_operands(&words(&vec![44; operands]), &opcode);
                run_with(spec, &[(CONTRACT, code)], &message(1_000), &stub).0.outcome
            };
            // Under policy `block` too: the stack is looked at first.
            for policy in [Policy::Block, Policy::Local] {
                assert_eq!(run(&erbium(policy), count - 1), Outcome::Halt(Halt::StackUnderflow));
            }
            let plain = ChainSpec { extensions: Extensions::None, ..erbium(Policy::Local) };
            assert_eq!(run(&plain, count), Outcome::Halt(Halt::InvalidOpcode));
        }
    }
}

#[test]
fn prices_are_the_schedule_s() {
    let stub = Stub::answering(Verdict::Valid);
    let operands = words(&[87, 0, 0, 0, 64]);
    let code = with_operands(&operands, &[EXTENSION, DILITHIUM_VERIFY]);
    let used = |gas: GasSchedule| {
        let spec = ChainSpec { gas, ..ChainSpec::erbium() };
        let (result, _) = run_with(&spec, &[(CONTRACT, code.clone())], &message(GAS_LIMIT), &stub);
        GAS_LIMIT - result.gas_left - 15 - memory(4627)
    };
    assert_eq!(used(GasSchedule::erbium()), 13_512);
    assert_eq!(used(GasSchedule::seed()), 1_012);
    assert_eq!(used(GasSchedule { dilithium_word: 0, ..GasSchedule::seed() }), 1_000);
}

proptest! {
    /// The same code costs the same whatever the coprocessor says of each claim, and neither loop panics.
    #[test]
    fn gas_never_depends_on_verdicts(
        operands in prop::collection::vec(prop_oneof![
            Just(U256::from(44)), Just(U256::from(2)), Just(U256::MAX), Just(U256::zero()),
            (0u64..10_000).prop_map(U256::from),
        ], 0..12),
        opcodes in prop::collection::vec(prop::sample::select(vec![
            DILITHIUM_VERIFY, DILITHIUM_SIGN, DILITHIUM_KEYGEN,
        ]), 1..3),
        long in any::<bool>(),
        gas in 0..200_000u64,
    ) {
        let mut code = with_operands(&operands, &[]);
        for byte in opcodes {
            code.extend(if long { vec![EXTENSION, byte] } else { vec![byte] });
            code.push(POP);
        }
        let [yes, no] = [Verdict::Valid, Verdict::Invalid].map(|verdict| {
            let stub = Stub::answering(verdict);
            run_with(&erbium(Policy::Block), &[(CONTRACT, code.clone())], &message(gas), &stub)
        });
        prop_assert_eq!(yes, no);
    }
}
