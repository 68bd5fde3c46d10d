//! The two example tests of the project's first document.
#![expect(clippy::unwrap_used, reason = "tests")]

use erbium_vm::{ExecutionContext, Opcode, VirtualMachine};

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
