#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::evm::JsonTracer;
use crate::opcode::*;
use std::time::Duration;

fn endless() -> ExecutionContext {
    ExecutionContext { gas_limit: u64::MAX / 2, ..ExecutionContext::new(vec![JUMPDEST, PUSH0, JUMP]) }
}

fn sandboxed(sandbox: Sandbox) -> VirtualMachine {
    VirtualMachine::with_state(VMConfig { sandbox, ..VMConfig::default() }, MemoryState::default())
}

#[test]
fn endless_code_is_ended_by_steps_and_by_the_clock() {
    let mut vm = sandboxed(Sandbox { step_limit: Some(1000), ..Sandbox::default() });
    assert_eq!(vm.execute(&endless()), Err(VMError::ExecutionTimeout));
    assert_eq!(vm.stopped().map(|state| state.pc), Some(1));
    let timeout = Some(Duration::from_millis(5));
    let mut vm = sandboxed(Sandbox { execution_timeout: timeout, ..Sandbox::default() });
    assert_eq!(vm.execute(&endless()), Err(VMError::ExecutionTimeout));
    assert!(vm.stopped().is_some());
}

#[test]
fn limits_are_kept_and_what_is_not_built_is_refused() {
    let context = ExecutionContext::new(vec![PUSH0, PUSH1, 64, MSTORE]);
    let mut vm = sandboxed(Sandbox { memory_limit: Some(64), ..Sandbox::default() });
    assert_eq!(vm.execute(&context), Err(VMError::OutOfMemory));
    for (sandbox, error) in [
        (
            Sandbox { max_code_size: Some(3), ..Sandbox::default() },
            SecurityError::CodeSizeExceeded { got: 4, limit: 3 },
        ),
        (
            Sandbox { max_gas_limit: Some(5), ..Sandbox::default() },
            SecurityError::GasLimitExceeded { got: 30_000_000, limit: 5 },
        ),
        (
            Sandbox { network_isolation: true, ..Sandbox::default() },
            SecurityError::Unsupported { feature: "network isolation" },
        ),
    ] {
        assert_eq!(sandboxed(sandbox).execute(&context), Err(VMError::Security(error)));
    }
}

#[test]
fn state_stays_between_calls_that_end_well() {
    let mut vm = VirtualMachine::new();
    let count =
        vec![PUSH0, SLOAD, PUSH1, 1, ADD, DUP1, PUSH0, SSTORE, PUSH0, MSTORE, PUSH1, 32, PUSH0, RETURN];
    for expected in 1..4 {
        let result = vm.execute(&ExecutionContext::new(count.clone())).unwrap();
        assert_eq!(result.return_data.last(), Some(&expected));
    }
    let reverts = [&count[..count.len() - 1], &[REVERT]].concat();
    let reverted = vm.execute(&ExecutionContext::new(reverts));
    assert!(matches!(reverted, Err(VMError::Revert(data)) if data.last() == Some(&4)));
    assert_eq!(vm.execute(&ExecutionContext::new(count)).unwrap().return_data.last(), Some(&4));
    assert_eq!(vm.execute(&ExecutionContext::new(vec![0x0c])), Err(VMError::InvalidOpcode(0x0c)));
}

#[test]
fn a_trace_has_a_line_an_instruction() {
    let config = VMConfig::default();
    let mut bytes = Vec::new();
    let mut trace = JsonTracer::new(&config.spec, &mut bytes);
    let mut vm = VirtualMachine::with_state(config, MemoryState::default());
    let context = ExecutionContext { gas_limit: 100, ..ExecutionContext::new(vec![PUSH1, 2, PUSH1, 3, ADD]) };
    vm.execute_with(&context, Coprocessor::default(), Some(&mut trace)).unwrap();
    trace.finish().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[2]["opName"], "ADD");
    assert_eq!(lines[2]["stack"], serde_json::json!(["0x2", "0x3"]));
    assert_eq!((&lines[2]["gas"], &lines[2]["gasCost"]), (&"0x5e".into(), &"0x3".into()));
    assert_eq!(lines[3]["opName"], "STOP");
}

#[test]
fn a_trace_under_a_policy_with_secrets_shows_none() {
    let spec = ChainSpec { policy: crate::spec::Policy::Local, ..ChainSpec::erbium() };
    for (show, expected) in [(false, false), (true, true)] {
        let mut bytes = Vec::new();
        let mut trace = JsonTracer::new(&spec, &mut bytes).show_secrets(show);
        let config = VMConfig { spec: spec.clone(), ..VMConfig::default() };
        let mut vm = VirtualMachine::with_state(config, MemoryState::default());
        let context = ExecutionContext::new(vec![PUSH1, 2, POP]);
        vm.execute_with(&context, Coprocessor::default(), Some(&mut trace)).unwrap();
        trace.finish().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.contains("stack"), expected);
    }
}
