//! Calls to the precompiles of the extensions.

use super::stub::{Asked, Stub, copying_input, erbium, run_with};
use super::*;
use crate::spec::{Extensions, Policy};
use crate::tx::Transaction;
use erbium_claims::{Derivation, DilithiumScheme};

const KINDS: [u8; 4] = [CALL, CALLCODE, DELEGATECALL, STATICCALL];
const LIMIT: u64 = 1_000_000;

fn at(number: u64) -> H160 {
    H160::from_low_u64_be(number)
}

/// Input of 0x12 with a message of `len` bytes.
fn input(len: usize) -> Vec<u8> {
    [vec![1; 1312], vec![2; 2420], vec![3; len]].concat()
}

fn claimed(len: usize) -> Vec<Asked> {
    vec![Asked::Claim(Claim::Signature {
        scheme: DilithiumScheme::MlDsa44,
        public_key: vec![1; 1312],
        signature: vec![2; 2420],
        message: vec![3; len].into(),
    })]
}

fn to(target: H160, input: Vec<u8>, gas: u64) -> Message {
    Message { to: target, input, ..message(gas) }
}

/// Code that calls `target` with its own input, `gas` and room for `room` bytes of output at 0, by `kind`; it returns
/// what the call pushed, the gas that went, and all return data.
fn calling(kind: u8, target: H160, gas: u32, room: u16) -> Vec<u8> {
    let [high, low] = room.to_be_bytes();
    let mut code = vec![GAS];
    code.extend(copying_input());
    code.extend([PUSH1 + 1, high, low, PUSH0, CALLDATASIZE, PUSH0]);
    if matches!(kind, CALL | CALLCODE) {
        code.push(PUSH0);
    }
    code.push(PUSH1 + 19);
    code.extend(target.as_bytes());
    code.push(PUSH1 + 3);
    code.extend(gas.to_be_bytes());
    code.push(kind);
    // Gas before, success, gas now: what went is the first less the last.
    code.extend([GAS, SWAP1, SWAP1 + 1, SUB, PUSH1, 32, MSTORE, PUSH0, MSTORE]);
    code.extend([RETURNDATASIZE, PUSH0, PUSH1, 64, RETURNDATACOPY]);
    code.extend([RETURNDATASIZE, PUSH1, 64, ADD, PUSH0, RETURN]);
    code
}

/// What the code above returned.
#[derive(Debug, PartialEq)]
struct Called {
    success: bool,
    gas: u64,
    output: Vec<u8>,
}

fn called(result: &MessageResult) -> Called {
    assert_eq!(result.outcome, Outcome::Success(SuccessReason::Return));
    let word = |at: usize| U256::from_big_endian(&result.output[at..at + 32]);
    Called { success: word(0) == U256::one(), gas: word(32).as_u64(), output: result.output[64..].to_vec() }
}

/// The gas that `calling` sees go for itself, for an input of `len` bytes: everything but the callee's.
fn overhead(kind: u8, len: usize) -> u64 {
    // An identity-like callee that costs nothing: an account without code, warm.
    let spec = erbium(Policy::Block);
    let message = Message { input: vec![0; len], ..message(LIMIT) };
    let code = calling(kind, SENDER, 500_000, 32);
    let (state, block) = (state(&[(CONTRACT, code)]), BlockEnv::default());
    let mut evm = Evm::new(&spec, &block, &state);
    evm.journal.begin_transaction();
    let sender = evm.journal.load(&SENDER).unwrap();
    evm.journal.warm_account(sender);
    called(&evm.message(message).unwrap()).gas
}

fn word(bit: bool) -> Vec<u8> {
    [&[0; 31][..], &[u8::from(bit)]].concat()
}

#[test]
fn a_transaction_s_target_asks_and_returns_the_verdict() {
    for verdict in [Verdict::Valid, Verdict::Invalid] {
        let stub = Stub::answering(verdict);
        let spec = erbium(Policy::Block);
        let (result, asked) = run_with(&spec, &[], &to(at(0x12), input(33), 10_000), &stub);
        assert_eq!(asked, claimed(33));
        assert_eq!(
            result,
            MessageResult {
                outcome: Outcome::Success(SuccessReason::Return),
                gas_left: 10_000 - 6_500 - 2 * 6,
                output: word(verdict.is_valid()),
                created: None
            }
        );
        let numbered = [&[44][..], &input(33)].concat();
        let (same, asked) = run_with(&spec, &[], &to(at(0x100), numbered, 10_000), &stub);
        assert_eq!((same, asked), (result, claimed(33)));
    }
}

#[test]
fn every_kind_of_call_asks_for_the_same_gas_whatever_the_verdict() {
    let spec = erbium(Policy::Block);
    for kind in KINDS {
        for verdict in [Verdict::Valid, Verdict::Invalid] {
            let stub = Stub::answering(verdict);
            let code = calling(kind, at(0x12), 500_000, 32);
            let message = Message { input: input(64), ..message(LIMIT) };
            let (result, asked) = run_with(&spec, &[(CONTRACT, code)], &message, &stub);
            assert_eq!(asked, claimed(64), "{kind:#x}");
            let gas = overhead(kind, input(64).len()) + 6_500 + 2 * 6;
            let expected = Called { success: true, gas, output: word(verdict.is_valid()) };
            assert_eq!(called(&result), expected, "{kind:#x}");
        }
    }
}

#[test]
fn the_answer_goes_to_the_caller_s_memory_as_far_as_it_asked() {
    let spec = erbium(Policy::Block);
    // Memory is the input's bytes; two bytes of output go over the first two.
    let mut code = calling(CALL, at(0x12), 500_000, 2);
    let cut = code.iter().position(|&byte| byte == CALL).unwrap() + 1;
    code.truncate(cut);
    code.extend([POP, PUSH0, MLOAD]);
    let message = Message { input: input(0), ..message(LIMIT) };
    let stub = Stub::answering(Verdict::Valid);
    let (result, _) = run_with(&spec, &[(CONTRACT, returning(code))], &message, &stub);
    assert_eq!(result.output, [&[0, 0][..], &[1; 30]].concat());
}

#[test]
fn out_of_gas_fails_the_call_and_asks_nobody() {
    let spec = erbium(Policy::TestChain);
    let price = 6_500 + 6;
    let signing = [&[44][..], &[0; 33]].concat();
    for (target, input, price) in [
        (0x12, input(1), price),
        (0x100, [&[44][..], &input(1)].concat(), price),
        (0x100, [&[1][..], &input(1)].concat(), 6_500),
        (0x100, vec![0; 160], 6_900),
        (0x101, signing, 60_006),
    ] {
        let stub = Stub::deriving(vec![7; 2420]);
        let (result, asked) = run_with(&spec, &[], &to(at(target), input.clone(), price - 1), &stub);
        assert_eq!((result.outcome, result.gas_left), (Outcome::Halt(Halt::OutOfGas), 0), "{target:#x}");
        assert_eq!((result.output, asked), (vec![], vec![]));
        let (result, _) = run_with(&spec, &[], &to(at(target), input.clone(), price), &stub);
        assert_eq!((result.outcome.is_success(), result.gas_left), (true, 0), "{target:#x}");

        for kind in KINDS {
            let code = calling(kind, at(target), price as u32 - 1, 32);
            let message = Message { input: input.clone(), ..message(LIMIT) };
            let (result, asked) = run_with(&spec, &[(CONTRACT, code)], &message, &stub);
            let gas = overhead(kind, input.len()) + price - 1;
            assert_eq!(called(&result), Called { success: false, gas, output: vec![] }, "{target:#x}");
            assert_eq!(asked, []);
        }
    }
}

#[test]
fn signing_follows_the_policy() {
    let input = [&[65][..], &[5; 32], b"message"].concat();
    let signature = vec![9; 3309];
    for (policy, allowed) in [(Policy::Block, false), (Policy::TestChain, true), (Policy::Local, true)] {
        let stub = Stub::deriving(signature.clone());
        let (result, asked) = run_with(&erbium(policy), &[], &to(at(0x101), input.clone(), 70_000), &stub);
        let code = calling(STATICCALL, at(0x101), 70_000, 0);
        let message = Message { input: input.clone(), ..message(LIMIT) };
        let (inner, inner_asked) = run_with(&erbium(policy), &[(CONTRACT, code)], &message, &stub);
        let overhead = overhead(STATICCALL, input.len());
        if allowed {
            assert_eq!((result.outcome.is_success(), result.gas_left), (true, 70_000 - 60_006));
            assert_eq!(result.output, signature);
            let scheme = DilithiumScheme::MlDsa65;
            let (seed, message) = (H256([5; 32]), b"message".to_vec());
            let expected = [Asked::Derivation(Derivation::DilithiumSign { scheme, seed, message })];
            assert_eq!((&asked[..], &inner_asked[..]), (&expected[..], &expected[..]));
            let inner = called(&inner);
            assert!(inner.success && inner.output == signature);
            // Copying so much return data costs more than copying a word: 3 a word, and memory.
            assert!(inner.gas >= overhead + 60_006);
        } else {
            assert_eq!(result.outcome, Outcome::Halt(Halt::QuantumSecurityViolation));
            assert_eq!((result.gas_left, asked, inner_asked), (0, vec![], vec![]));
            let expected = Called { success: false, gas: overhead + 70_000, output: vec![] };
            assert_eq!(called(&inner), expected);
        }
    }
}

#[test]
fn an_answer_of_another_size_is_a_fault() {
    let stub = Stub::deriving(vec![9; 3308]);
    let input = [&[65][..], &[5; 32]].concat();
    let (spec, block, state) = (erbium(Policy::Local), BlockEnv::default(), state(&[]));
    let mut evm =
        Evm::new(&spec, &block, &state).with_coprocessor(Coprocessor { verifier: &stub, deriver: &stub });
    evm.journal.begin_transaction();
    let fault = evm.message(to(at(0x101), input, 100_000)).unwrap_err();
    assert!(matches!(fault, Fault::Coprocessor { .. }), "{fault}");
}

#[test]
fn without_a_coprocessor_a_call_that_asks_is_a_fault() {
    let code = calling(CALL, at(0x12), 500_000, 32);
    for (target, contracts) in [(at(0x12), vec![]), (CONTRACT, vec![(CONTRACT, code)])] {
        let (spec, block, state) = (erbium(Policy::Block), BlockEnv::default(), state(&contracts));
        let mut evm = Evm::new(&spec, &block, &state);
        evm.journal.begin_transaction();
        let fault = evm.message(to(target, input(0), 900_000));
        assert_eq!(fault, Err(Fault::Unsupported { what: "a Dilithium signature" }));
        // Malformed input is judged without one.
        let answer = evm.message(to(target, vec![0; 100], 900_000)).unwrap();
        assert!(answer.outcome.is_success());
    }
}

#[test]
fn they_are_plain_accounts_without_extensions_or_while_not_built() {
    let stub = Stub::answering(Verdict::Valid);
    for fork in Fork::ALL {
        let plain = ChainSpec::ethereum(fork);
        let erbium = ChainSpec { extensions: Extensions::Erbium, ..plain.clone() };
        for (target, spec) in [
            (0x12, &plain),
            (0x13, &plain),
            (0x14, &plain),
            (0x101, &plain),
            (0x102, &plain),
            (0x103, &plain),
            (0x104, &plain),
            (0x105, &erbium),
        ] {
            let (result, asked) = run_with(spec, &[], &to(at(target), input(5), 10), &stub);
            assert_eq!(result.outcome, Outcome::Success(SuccessReason::Stop), "{fork} {target:#x}");
            assert_eq!((result.gas_left, asked), (10, vec![]));
        }
        let (result, asked) = run_with(&erbium, &[], &to(at(0x12), input(5), 7_000), &stub);
        assert_eq!((result.output, asked), (word(true), claimed(5)), "{fork}");
    }
    // Code at such an address runs.
    let spec = erbium(Policy::Block);
    let code = returning(vec![PUSH1, 7]);
    let (result, _) = run_with(&spec, &[(at(0x105), code)], &to(at(0x105), vec![], 1_000), &stub);
    assert_eq!(U256::from_big_endian(&result.output), U256::from(7));
}

#[test]
fn they_are_warm() {
    let price = |extensions, target: H160| {
        let spec = ChainSpec { extensions, ..ChainSpec::ethereum(Fork::Osaka) };
        let code = [&[PUSH1 + 19][..], target.as_bytes(), &[BALANCE]].concat();
        let (mut state, block) =
            (state(&[(CONTRACT, code)]), BlockEnv { gas_limit: LIMIT, ..BlockEnv::default() });
        state.insert_account(SENDER, 0, U256::from(LIMIT), Code::empty(), []);
        let tx = Transaction { gas_limit: 100_000, to: Some(CONTRACT), ..Transaction::default() };
        let mut evm = Evm::new(&spec, &block, &state);
        evm.transact(&tx, SENDER, &[], LIMIT).unwrap().unwrap().gas_used - 21_003
    };
    for number in [0x12, 0x13, 0x14, 0x100, 0x101, 0x102, 0x103, 0x104] {
        assert_eq!(price(Extensions::Erbium, at(number)), 100, "{number:#x}");
        if number != 0x100 {
            assert_eq!(price(Extensions::None, at(number)), 2_600, "{number:#x}");
        }
    }
    for number in [0x15, 0x105] {
        assert_eq!(price(Extensions::Erbium, at(number)), 2_600, "{number:#x}");
    }
}

#[test]
fn a_delegation_to_one_runs_nothing() {
    let stub = Stub::answering(Verdict::Valid);
    let delegated = (OTHER, Code::delegating_to(at(0x12)).bytes().to_vec());
    let (result, asked) =
        run_with(&erbium(Policy::Block), std::slice::from_ref(&delegated), &to(OTHER, input(0), 10), &stub);
    assert_eq!(result.outcome, Outcome::Success(SuccessReason::Stop));
    assert_eq!((result.gas_left, asked), (10, vec![]));
    for kind in KINDS {
        let code = calling(kind, OTHER, 500_000, 32);
        let message = Message { input: input(0), ..message(LIMIT) };
        let (result, asked) =
            run_with(&erbium(Policy::Block), &[(CONTRACT, code), delegated.clone()], &message, &stub);
        let called = called(&result);
        assert_eq!((called.success, called.output, asked), (true, vec![], vec![]));
    }
}

#[test]
fn value_is_sent_and_comes_back_when_the_call_fails() {
    let stub = Stub::answering(Verdict::Valid);
    let (spec, block, state) = (erbium(Policy::Block), BlockEnv::default(), state(&[]));
    for (gas, expected) in [(6_500, 3), (6_499, 0)] {
        let mut evm =
            Evm::new(&spec, &block, &state).with_coprocessor(Coprocessor { verifier: &stub, deriver: &stub });
        evm.journal.begin_transaction();
        evm.message(Message { value: 3.into(), ..to(at(0x12), input(0), gas) }).unwrap();
        let id = evm.journal.load(&at(0x12)).unwrap();
        assert_eq!(evm.journal.account(id).balance, U256::from(expected));
    }
}

#[test]
fn the_depth_limit_holds_for_them_too() {
    // Calls 0x12 with its input, then itself with all gas; counts answers of 1 in slot 0.
    let mut code = copying_input();
    code.extend([PUSH0, PUSH0, CALLDATASIZE, PUSH0, PUSH1, 0x12, PUSH1 + 1, 0x20, 0, STATICCALL]);
    code.extend([PUSH0, SLOAD, ADD, PUSH0, SSTORE]);
    code.extend([PUSH0, PUSH0, CALLDATASIZE, PUSH0, PUSH0, ADDRESS, GAS, CALL, POP, PUSH0, SLOAD]);
    let stub = Stub::answering(Verdict::Valid);
    let message = Message { input: input(0), ..message(1 << 55) };
    let (spec, block) = (erbium(Policy::Block), BlockEnv::default());
    let state = state(&[(CONTRACT, returning(code))]);
    let mut evm =
        Evm::new(&spec, &block, &state).with_coprocessor(Coprocessor { verifier: &stub, deriver: &stub });
    evm.journal.begin_transaction();
    let result = evm.message(message).unwrap();
    // 1,025 frames; from the deepest no call is made.
    assert_eq!(U256::from_big_endian(&result.output), U256::from(1024));
    assert_eq!(stub.asked().len(), 1024);
}
