//! Frames, calls and the seam to the coprocessor, on small hand-made programs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::code::Code;
use crate::fork::Fork;
use crate::opcode::*;
use crate::state::MemoryState;
use erbium_claims::{Claim, Verdict};
use proptest::prelude::*;
use std::sync::Mutex;

mod opcodes;
mod precompiles;
mod privacy;
mod stub;

const SENDER: H160 = H160([0x11; 20]);
const CONTRACT: H160 = H160([0xcc; 20]);
const OTHER: H160 = H160([0xdd; 20]);

fn state(contracts: &[(H160, Vec<u8>)]) -> MemoryState {
    let mut state = MemoryState::default();
    state.insert_account(SENDER, 1, U256::from(1_000_000_000u64), Code::empty(), []);
    for (address, code) in contracts {
        state.insert_account(*address, 1, U256::from(100), Code::new(code), []);
    }
    state
}

fn message(gas: u64) -> Message {
    Message { kind: MessageKind::Call, caller: SENDER, to: CONTRACT, value: U256::zero(), input: vec![], gas }
}

fn run_on(spec: &ChainSpec, contracts: &[(H160, Vec<u8>)], gas: u64) -> MessageResult {
    let (state, block) = (state(contracts), BlockEnv::default());
    let mut evm = Evm::new(spec, &block, &state);
    evm.journal.begin_transaction();
    evm.message(message(gas)).unwrap()
}

fn run_code(code: &[u8], gas: u64) -> MessageResult {
    run_on(&ChainSpec::ethereum(Fork::Osaka), &[(CONTRACT, code.to_vec())], gas)
}

/// Code that returns the word on top of the stack.
fn returning(mut code: Vec<u8>) -> Vec<u8> {
    code.extend([PUSH0, MSTORE, PUSH1, 32, PUSH0, RETURN]);
    code
}

#[test]
fn a_sum_is_returned_and_paid_for() {
    let result = run_code(&returning(vec![PUSH1, 3, PUSH1, 5, ADD]), 100);
    assert_eq!(result.outcome, Outcome::Success(SuccessReason::Return));
    assert_eq!(U256::from_big_endian(&result.output), U256::from(8));
    assert_eq!(result.gas_left, 100 - 3 * 3 - 2 - 3 - 3 - 3 - 2);
}

#[test]
fn broken_rules_have_names() {
    let halt = |code: &[u8], gas| match run_code(code, gas).outcome {
        Outcome::Halt(halt) => halt,
        other => panic!("{other:?}"),
    };
    assert_eq!(halt(&[ADD], 100), Halt::StackUnderflow);
    assert_eq!(halt(&[PUSH0; 1025], 10_000), Halt::StackOverflow);
    assert_eq!(run_code(&[PUSH0; 1024], 10_000).outcome, Outcome::Success(SuccessReason::Stop));
    assert_eq!(halt(&[PUSH1, 1, PUSH1, 1, ADD], 8), Halt::OutOfGas);
    assert_eq!(halt(&[INVALID], 100), Halt::InvalidOpcode);
    assert_eq!(halt(&[0x0c], 100), Halt::InvalidOpcode);
    assert_eq!(halt(&[PUSH1, 1, JUMP], 100), Halt::InvalidJumpDestination);
    assert_eq!(halt(&[PUSH32, 0xff], 2), Halt::OutOfGas);
}

/// A loop of 100,000 rounds of `body` on a thread with little stack: where a sibling call is no jump, it overflows.
fn spin(body: &[u8]) {
    let mut code = vec![PUSH1 + 2, 0x01, 0x86, 0xa0, JUMPDEST];
    code.extend_from_slice(body);
    code.extend([PUSH1, 1, SWAP1, SUB, DUP1, PUSH1, 4, JUMPI]);
    let contracts = vec![(CONTRACT, code), (OTHER, vec![STOP])];
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(256 << 10)
            .spawn_scoped(scope, || {
                let (spec, block) = (ChainSpec::ethereum(Fork::Osaka), BlockEnv::default());
                let state = state(&contracts);
                for _tier in ["plain", "decoded"] {
                    let mut evm = Evm::new(&spec, &block, &state);
                    evm.journal.begin_transaction();
                    let result = evm.message(message(1 << 40)).unwrap();
                    assert!(result.outcome.is_success(), "{:?}", result.outcome);
                    warm(&state);
                }
            })
            .unwrap();
    });
}

#[test]
fn long_code_runs_in_constant_stack() {
    let table = OpcodeTable::of(Fork::Osaka, crate::spec::Extensions::None);
    for byte in 0..=255u8 {
        let skip = [STOP, JUMP, RETURN, REVERT, INVALID, SELFDESTRUCT, CREATE, CREATE2, BLOCKHASH];
        let Some(row) = table.get(byte).filter(|_| !skip.contains(&byte)) else { continue };
        let mut body = vec![PUSH0; usize::from(row.pops)];
        if byte == JUMPI {
            // Not taken.
            body = vec![PUSH0, PUSH0];
        }
        body.push(byte);
        body.extend(std::iter::repeat_n(0, usize::from(row.immediate)));
        body.extend(std::iter::repeat_n(POP, usize::from(row.pushes)));
        spin(&body);
    }
    spin(&[PUSH1, 9, JUMP, STOP, JUMPDEST]);
}

#[test]
fn a_callee_gets_input_and_hands_back_output() {
    // The callee doubles the word it gets.
    let callee = returning(vec![PUSH0, CALLDATALOAD, DUP1, ADD]);
    let mut caller =
        vec![PUSH1, 21, PUSH0, MSTORE, PUSH1, 32, PUSH1, 32, PUSH1, 32, PUSH0, PUSH0, PUSH1 + 19];
    caller.extend(OTHER.as_bytes());
    caller.extend([GAS, CALL, PUSH1, 32, MLOAD, ADD]);
    let result =
        run_on(&ChainSpec::ethereum(Fork::Osaka), &[(CONTRACT, returning(caller)), (OTHER, callee)], 100_000);
    assert_eq!(U256::from_big_endian(&result.output), U256::from(43));
}

#[test]
fn init_code_has_no_call_data() {
    // Deploys one byte, the size of its call data.
    let init = [CALLDATASIZE, PUSH0, MSTORE8, PUSH1, 1, PUSH0, RETURN];
    let mut code = vec![PUSH1 + 6];
    code.extend(init);
    code.extend([PUSH0, MSTORE, PUSH1, 7, PUSH1, 25, PUSH0, CREATE]);
    code.extend([PUSH1, 1, PUSH0, PUSH0, DUP1 + 3, EXTCODECOPY, PUSH1, 1, PUSH0, RETURN]);
    let (spec, block) = (ChainSpec::ethereum(Fork::Osaka), BlockEnv::default());
    let state = state(&[(CONTRACT, code)]);
    let mut evm = Evm::new(&spec, &block, &state);
    evm.journal.begin_transaction();
    let result = evm.message(Message { input: vec![7; 32], ..message(100_000) }).unwrap();
    assert_eq!(result.output, [0], "{:?}", result.outcome);
}

#[test]
fn recursion_stops_at_depth_1024() {
    // Counts calls in storage slot 0, then calls itself with all gas.
    let mut code = vec![PUSH0, SLOAD, PUSH1, 1, ADD, PUSH0, SSTORE];
    code.extend([PUSH0, PUSH0, PUSH0, PUSH0, PUSH0, ADDRESS, GAS, CALL, POP, PUSH0, SLOAD]);
    let result = run_on(
        &ChainSpec::ethereum(Fork::Frontier),
        &[(CONTRACT, vec![PUSH1, 0, SLOAD, PUSH1, 1, ADD, PUSH1, 0, SSTORE])],
        100_000,
    );
    assert!(result.outcome.is_success());
    let deep = run_on(&ChainSpec::ethereum(Fork::Osaka), &[(CONTRACT, returning(code))], 1 << 55);
    assert_eq!(U256::from_big_endian(&deep.output), U256::from(1025));
}

#[test]
fn a_static_frame_changes_nothing() {
    let mut caller = vec![PUSH0, PUSH0, PUSH0, PUSH0, PUSH1 + 19];
    caller.extend(OTHER.as_bytes());
    caller.extend([GAS, STATICCALL]);
    for write in [vec![PUSH0, PUSH0, SSTORE], vec![PUSH0, PUSH0, LOG0], vec![PUSH0, PUSH0, PUSH0, CREATE]] {
        let contracts = [(CONTRACT, returning(caller.clone())), (OTHER, write)];
        let result = run_on(&ChainSpec::ethereum(Fork::Osaka), &contracts, 1_000_000);
        assert_eq!(U256::from_big_endian(&result.output), U256::zero());
    }
}

#[test]
fn a_frame_that_loops_long_enough_goes_on_decoded() {
    // 5,000 rounds, each adding its number to storage slot 0.
    let mut code = vec![PUSH1 + 1, 0x13, 0x88, JUMPDEST, DUP1, PUSH0, SLOAD, ADD, PUSH0, SSTORE];
    code.extend([PUSH1, 1, SWAP1, SUB, DUP1, PUSH1, 3, JUMPI, PUSH0, SLOAD]);
    let state = state(&[(CONTRACT, returning(code))]);
    let (spec, block) = (ChainSpec::ethereum(Fork::Osaka), BlockEnv::default());
    let mut evm = Evm::new(&spec, &block, &state);
    evm.journal.begin_transaction();
    let result = evm.message(message(10_000_000)).unwrap();
    assert_eq!(U256::from_big_endian(&result.output), U256::from(5_000 * 5_001 / 2));
    let code = &state.get_account(&CONTRACT).unwrap().code;
    assert_eq!(code.program().is_some(), !cfg!(debug_assertions));

    // Warm from the start, it takes the same gas.
    let mut again = Evm::new(&spec, &block, &state);
    again.journal.begin_transaction();
    assert_eq!(again.message(message(10_000_000)).unwrap(), result);
}

struct Oracle {
    verdict: Verdict,
    asked: Mutex<Vec<Claim>>,
}

impl Verifier for Oracle {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        self.asked.lock().unwrap().extend_from_slice(claims);
        Ok(vec![self.verdict; claims.len()])
    }
}

fn ask(code: &[u8], verdict: Verdict, gas: u64) -> (MessageResult, Vec<Claim>) {
    let oracle = Oracle { verdict, asked: Mutex::default() };
    let (spec, block) = (ChainSpec::erbium(), BlockEnv::default());
    let state = state(&[(CONTRACT, code.to_vec())]);
    let mut evm = Evm::new(&spec, &block, &state)
        .with_coprocessor(Coprocessor { verifier: &oracle, deriver: &NoCoprocessor });
    evm.journal.begin_transaction();
    let result = evm.message(message(gas)).unwrap();
    drop(evm);
    (result, oracle.asked.into_inner().unwrap())
}

#[test]
fn an_extension_suspends_with_a_claim_and_gets_its_verdict() {
    let operands = [PUSH1, 3, PUSH1, 2, PUSH1, 1, PUSH0, PUSH1, 65];
    for (form, verdict) in
        [(&[DILITHIUM_VERIFY][..], Verdict::Valid), (&[EXTENSION, DILITHIUM_VERIFY][..], Verdict::Invalid)]
    {
        let code = returning([&operands[..], form].concat());
        let (result, asked) = ask(&code, verdict, 1_000_000);
        assert_eq!(U256::from_big_endian(&result.output), U256::from(u8::from(verdict.is_valid())));
        let [Claim::Signature { public_key, signature, message, .. }] = asked.as_slice() else {
            panic!("{asked:?}")
        };
        assert_eq!((public_key.len(), signature.len(), message), (1952, 3309, &vec![0; 3].into()));
    }
}

#[test]
fn extension_bytes_that_are_none_halt() {
    for code in [&[EXTENSION][..], &[EXTENSION, ADD], &[HE_DECRYPT], &[0xe8]] {
        assert_eq!(ask(code, Verdict::Valid, 1000).0.outcome, Outcome::Halt(Halt::InvalidOpcode));
    }
    let (result, _) = ask(&[PUSH0, EXTENSION, DILITHIUM_VERIFY], Verdict::Valid, 1000);
    assert_eq!(result.outcome, Outcome::Halt(Halt::StackUnderflow));
    let secret = [PUSH0, PUSH0, PUSH1, 65, EXTENSION, DILITHIUM_KEYGEN];
    let (result, _) = ask(&secret, Verdict::Valid, 100_000);
    assert_eq!(result.outcome, Outcome::Halt(Halt::QuantumSecurityViolation));
    assert_eq!(run_code(&[DILITHIUM_VERIFY], 1000).outcome, Outcome::Halt(Halt::InvalidOpcode));
}

#[test]
fn without_a_coprocessor_a_question_is_a_fault() {
    let (spec, block) = (ChainSpec::erbium(), BlockEnv::default());
    let state = state(&[(CONTRACT, vec![PUSH0, PUSH0, PUSH0, PUSH0, PUSH1, 65, DILITHIUM_VERIFY])]);
    let mut evm = Evm::new(&spec, &block, &state);
    evm.journal.begin_transaction();
    assert_eq!(evm.message(message(1_000_000)), Err(Fault::Unsupported { what: "a Dilithium signature" }));
}

#[derive(Default)]
struct Count(usize);

impl Tracer for Count {
    fn step(&mut self, _: &StepView<'_>) -> Result<(), Halt> {
        self.0 += 1;
        if self.0 > 10_000 { Err(Halt::ExecutionTimeout) } else { Ok(()) }
    }
}

/// The contract's code on the decoded tier from its first frame on.
fn warm(state: &MemoryState) {
    for (_, account) in state.accounts() {
        account.code.heat(u64::MAX / 2);
    }
}

/// Ends in the same way; which of several broken rules is named may depend on the tier.
fn same_end(a: Outcome, b: Outcome) -> bool {
    a == b || matches!((a, b), (Outcome::Halt(_), Outcome::Halt(_)))
}

/// Code that is mostly instructions, with jumps to places that exist.
fn program() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 1..4),
        6 => (0u8..0x20).prop_map(|op| vec![op]),
        6 => (0x80u8..0xa0).prop_map(|op| vec![op]),
        6 => any::<u8>().prop_map(|value| vec![PUSH1, value]),
        3 => any::<u8>().prop_map(|value| vec![PUSH1, value & 0x7f, JUMPI]),
        1 => any::<u8>().prop_map(|value| vec![PUSH1, value & 0x7f, JUMP]),
        2 => (0x10u8..0x16, any::<u8>()).prop_map(|(op, to)| vec![op, ISZERO, PUSH1, to & 0x7f, JUMPI]),
        2 => (0x10u8..0x16, any::<u8>()).prop_map(|(op, to)| vec![op, PUSH1, to & 0x7f, JUMPI]),
        4 => Just(vec![JUMPDEST]),
        4 => prop_oneof![
            Just(MLOAD), Just(MSTORE), Just(SLOAD), Just(SSTORE), Just(GAS), Just(MSIZE), Just(PC), Just(POP),
            Just(KECCAK256), Just(LOG1), Just(CALLDATALOAD), Just(RETURNDATASIZE),
        ].prop_map(|op| vec![op]),
        1 => Just([vec![PUSH0; 5], vec![ADDRESS, PUSH1, 200, CALL]].concat()),
    ];
    // Something on the stack to begin with.
    prop::collection::vec(fragment, 0..60)
        .prop_map(|parts| [vec![PUSH1, 7, PUSH1, 3, DUP1, CALLER, PUSH1, 1, GAS], parts.concat()].concat())
}

#[test]
fn decoded_loops_run_and_names_of_failures_are_exact() {
    let spec = ChainSpec::ethereum(Fork::Osaka);
    let block = BlockEnv::default();
    for (code, gas, expected) in [
        (vec![PUSH0, ADD], 100, Halt::StackUnderflow),
        (vec![JUMPDEST, PUSH0, PUSH0, JUMP], 100_000, Halt::StackOverflow),
        (vec![PUSH1, 1, PUSH1, 1, ADD], 8, Halt::OutOfGas),
        (vec![PUSH1, 1, JUMP], 100, Halt::InvalidJumpDestination),
        (vec![PUSH0, 0x0c], 100, Halt::InvalidOpcode),
    ] {
        let state = state(&[(CONTRACT, code)]);
        warm(&state);
        let mut evm = Evm::new(&spec, &block, &state);
        evm.journal.begin_transaction();
        let result = evm.message(message(gas)).unwrap();
        assert_eq!(result.outcome, Outcome::Halt(expected));
    }
}

proptest! {
    /// Random bytes as code: the threaded and the stepping loop agree, and neither panics.
    #[test]
    fn any_bytes_run_alike_in_both_loops(
        code in prop::collection::vec(prop_oneof![any::<u8>(), 0x50u8..0xa5, Just(PUSH1)], 0..200),
        fork in 0..Fork::ALL.len(),
    ) {
        let (spec, block) = (ChainSpec::ethereum(Fork::ALL[fork]), BlockEnv::default());
        let state = state(&[(CONTRACT, code)]);
        let mut plain = Evm::new(&spec, &block, &state);
        plain.journal.begin_transaction();
        let expected = plain.message(message(20_000)).unwrap();
        let mut count = Count::default();
        let mut traced = Evm::new(&spec, &block, &state).with_tracer(&mut count);
        traced.journal.begin_transaction();
        let got = traced.message(message(20_000)).unwrap();
        prop_assert_eq!(&got, &expected);
        prop_assert_eq!(traced.journal.logs(), plain.journal.logs());
    }

    /// Cold and warm code end alike, with the same gas, output, logs and state.
    #[test]
    fn decoded_code_does_what_plain_code_does(
        code in program(),
        fork in 0..Fork::ALL.len(),
        gas in prop_oneof![0u64..2_000, 0u64..200_000],
    ) {
        let (spec, block) = (ChainSpec::ethereum(Fork::ALL[fork]), BlockEnv::default());
        let cold = state(&[(CONTRACT, code.clone())]);
        let mut plain = Evm::new(&spec, &block, &cold);
        plain.journal.begin_transaction();
        let expected = plain.message(message(gas)).unwrap();
        let hot = state(&[(CONTRACT, code)]);
        warm(&hot);
        let mut decoded = Evm::new(&spec, &block, &hot);
        decoded.journal.begin_transaction();
        let got = decoded.message(message(gas)).unwrap();
        prop_assert!(same_end(got.outcome, expected.outcome), "{:?} {:?}", got.outcome, expected.outcome);
        prop_assert_eq!(got.gas_left, expected.gas_left);
        prop_assert_eq!(&got.output, &expected.output);
        prop_assert_eq!(decoded.journal.refund(), plain.journal.refund());
        prop_assert_eq!(decoded.journal.logs(), plain.journal.logs());
        let sorted = |mut changes: crate::state::StateChanges| {
            changes.accounts.sort_by_key(|(address, _)| *address);
            for (_, change) in &mut changes.accounts {
                change.storage.sort();
            }
            changes
        };
        prop_assert_eq!(sorted(decoded.journal.changes()), sorted(plain.journal.changes()));
    }
}
