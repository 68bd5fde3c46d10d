//! The two example tests of the project's first document.
#![expect(clippy::unwrap_used, reason = "tests")]

use erbium::Machine;
use erbium_gpu::CpuVerifier;
use erbium_vm::claims::{DilithiumScheme, NoCoprocessor};
use erbium_vm::evm::Coprocessor;
use erbium_vm::spec::GasSchedule;
use erbium_vm::{ExecutionContext, Opcode, U256, VirtualMachine};

#[test]
fn test_basic_arithmetic() {
    let mut vm = VirtualMachine::new();
    let bytecode = vec![
        Opcode::PUSH1,
        0x05, // PUSH 5
        Opcode::PUSH1,
        0x03,        // PUSH 3
        Opcode::ADD, // ADD -> 8
        Opcode::PUSH1,
        0x00,           // PUSH 0
        Opcode::MSTORE, // MSTORE
        Opcode::PUSH1,
        0x20, // PUSH 32
        Opcode::PUSH1,
        0x00,           // PUSH 0
        Opcode::RETURN, // RETURN
    ];

    let result = vm.execute(&ExecutionContext::new(bytecode)).unwrap();
    assert_eq!(result.return_data[31], 8); // Last byte should be 8
}

/// Bytes of a key and a signature of ML-DSA-65.
const KEY: u16 = 1952;
const SIGNATURE: u16 = 3309;

#[test]
fn test_dilithium_verification() {
    let [key, signature, message] = wycheproof_baseline();
    assert_eq!((key.len(), signature.len()), (usize::from(KEY), usize::from(SIGNATURE)));
    let good = [key, signature, message].concat();
    let flips = [0, KEY, KEY + SIGNATURE].map(|at| {
        let mut bad = good.clone();
        bad[usize::from(at) + 5] ^= 0x10;
        bad
    });

    let cpu = Coprocessor { verifier: &CpuVerifier::new(), deriver: &NoCoprocessor };
    let machine = Machine::default();
    for verify in [&[Opcode::DILITHIUM_VERIFY][..], &[Opcode::EXTENSION, Opcode::DILITHIUM_VERIFY]] {
        let ask = |data: &[u8], coprocessor| {
            let mut context = ExecutionContext::new(verifying_contract(verify));
            context.data = data.to_vec();
            let result = VirtualMachine::new().execute_with(&context, coprocessor, None).unwrap();
            (U256::from_big_endian(&result.return_data), result.gas_used)
        };
        for coprocessor in [cpu, machine.coprocessor()] {
            assert_eq!(ask(&good, coprocessor), (U256::one(), gas(good.len())));
            for bad in &flips {
                assert_eq!(ask(bad, coprocessor), (U256::zero(), gas(good.len())));
            }
        }
    }
}

/// Copies its input, key then signature then message, to memory and answers with the verdict of `verify` on it.
fn verifying_contract(verify: &[u8]) -> Vec<u8> {
    let [key_high, key_low] = KEY.to_be_bytes();
    let [end_high, end_low] = (KEY + SIGNATURE).to_be_bytes();
    let copy = [Opcode::CALLDATASIZE, Opcode::PUSH0, Opcode::PUSH0, Opcode::CALLDATACOPY];
    let message_len = [Opcode::PUSH2, end_high, end_low, Opcode::CALLDATASIZE, Opcode::SUB];
    let message = [Opcode::PUSH2, end_high, end_low];
    let signature = [Opcode::PUSH2, key_high, key_low];
    let key_and_scheme = [Opcode::PUSH0, Opcode::PUSH1, DilithiumScheme::MlDsa65.number()];
    let answer = [Opcode::PUSH0, Opcode::MSTORE, Opcode::PUSH1, 0x20, Opcode::PUSH0, Opcode::RETURN];
    [&copy[..], &message_len, &message, &signature, &key_and_scheme, verify, &answer].concat()
}

/// What the contract above costs on an input of `len` bytes: the yellow paper's prices and the schedule's for the check.
fn gas(len: usize) -> u64 {
    const BASE: u64 = 2; // CALLDATASIZE and PUSH0
    const VERY_LOW: u64 = 3;
    let words = len.div_ceil(32) as u64;
    let memory = 3 * words + words * words / 512;
    let copy = 3 * BASE + VERY_LOW + 3 * words + memory;
    let operands = (VERY_LOW + BASE + VERY_LOW) + VERY_LOW + VERY_LOW + (BASE + VERY_LOW);
    let message_len = len as u64 - u64::from(KEY + SIGNATURE);
    let check = GasSchedule::erbium().signature(DilithiumScheme::MlDsa65, message_len);
    let answer = BASE + VERY_LOW + VERY_LOW + BASE;
    copy + operands + check + answer
}

/// Key, signature and message of the first case of Wycheproof's ML-DSA-65, a valid one.
fn wycheproof_baseline() -> [Vec<u8>; 3] {
    let file: serde_json::Value =
        serde_json::from_slice(include_bytes!("data/mldsa/mldsa_65_verify_test.json")).unwrap();
    let group = &file["testGroups"][0];
    let case = &group["tests"][0];
    assert_eq!(case["result"], "valid");
    [&group["publicKey"], &case["sig"], &case["msg"]]
        .map(|digits| hex::decode(digits.as_str().unwrap()).unwrap())
}
