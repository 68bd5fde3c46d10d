//! Runs cases in every way in which a call can come: as a message from outside, and by the opcodes that call.

use crate::format::{Case, File, Names, digits};
use erbium_vm::evm::{BlockEnv, Coprocessor, Evm, Message, MessageKind, MessageResult, Outcome};
use erbium_vm::opcode::*;
use erbium_vm::state::MemoryState;
use erbium_vm::{ChainSpec, Code, Fork, H160, U256};
use std::fmt;

const SENDER: H160 = H160::repeat_byte(0x5e);
/// Where code under test is deployed.
const CONTRACT: H160 = H160::repeat_byte(0xc0);
/// Where the contract stands that makes calls.
const CALLER: H160 = H160::repeat_byte(0xca);
/// An account without code: what a call to it costs is what calling costs.
const NOBODY: H160 = H160::repeat_byte(0x0b);
/// The kinds of calls.
const KINDS: [(u8, &str); 4] =
    [(CALL, "CALL"), (CALLCODE, "CALLCODE"), (DELEGATECALL, "DELEGATECALL"), (STATICCALL, "STATICCALL")];

/// A change of the rules.
pub(crate) type Change = fn(&mut ChainSpec);

/// Who answers, and under which rules instead of the case's own.
pub(crate) struct Harness<'a> {
    pub(crate) coprocessor: Coprocessor<'a>,
    pub(crate) change: Change,
    /// Whether calls by contracts are tried besides messages from outside.
    pub(crate) calls: bool,
}

/// What came of one run.
#[derive(Debug, PartialEq)]
struct Observed {
    /// `Success` or the halt's name; from inside a contract all halts look alike.
    outcome: String,
    output: Vec<u8>,
    gas_used: u64,
}

impl Harness<'_> {
    /// Runs every case of the file: what differed.
    pub(crate) fn failures(&self, file: &File, names: &Names) -> Vec<String> {
        file.cases.iter().flat_map(|case| self.differences(file, case, names)).collect()
    }

    /// Runs one case in all ways: what differed.
    pub(crate) fn differences(&self, file: &File, case: &Case, names: &Names) -> Vec<String> {
        let mut spec = case.spec();
        (self.change)(&mut spec);
        let run = Run {
            coprocessor: self.coprocessor,
            calls: self.calls,
            kinds: kinds(file),
            spec,
            case,
            input: case.input.bytes(names, &[]),
        };
        let expected = Observed {
            outcome: case.result.outcome.clone(),
            output: case.result.output.bytes(names, &[]),
            gas_used: case.result.gas_used,
        };
        let mut seen = Vec::new();
        match (&file.opcode, &case.code) {
            (Some(opcode), Some(code)) => {
                let short = digits(opcode);
                let page = [&[EXTENSION], &short[..]].concat();
                // F0 to F4 are taken as single bytes.
                let has_short = matches!(short.as_slice(), [0xe0..=0xe5]);
                let forms = match (code.has_opcode(), has_short) {
                    (true, true) => &[page, short][..],
                    (true, false) => &[page],
                    (false, _) => &[vec![]],
                };
                for form in forms {
                    let code = code.bytes(names, form);
                    let label = hex::encode(form);
                    seen.extend(run.all(CONTRACT, &code).map(|(way, got)| (format!("{label} {way}"), got)));
                }
            }
            _ => seen.extend(run.all(address(file), &[]).map(|(way, got)| (way.to_owned(), got))),
        }
        let differs = |(way, got): (String, Observed)| {
            let inside = way.contains("CALL");
            // A static frame does nothing for an account.
            let refused = file.accounts && way.contains("STATICCALL");
            let same = match inside && (refused || expected.outcome != "Success") {
                true if refused => {
                    let (outcome, output) = ("failed".to_owned(), Vec::new());
                    got == Observed { outcome, output, gas_used: case.gas }
                }
                true => got == Observed { outcome: "failed".to_owned(), ..expected.copy() },
                false => got == expected,
            };
            (!same).then(|| {
                let [mut got, mut expected] = [got, expected.copy()];
                // Whole signatures make no readable message.
                got.output.truncate(40);
                expected.output.truncate(40);
                format!("{}, {}, {way}: {got} where {expected} is expected", file.extension, case.name)
            })
        };
        seen.into_iter().filter_map(differs).collect()
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} gas and output {}", self.outcome, self.gas_used, hex::encode(&self.output))
    }
}

impl Observed {
    fn copy(&self) -> Self {
        Self { outcome: self.outcome.clone(), output: self.output.clone(), gas_used: self.gas_used }
    }
}

struct Run<'a> {
    coprocessor: Coprocessor<'a>,
    calls: bool,
    kinds: Vec<(u8, &'static str)>,
    spec: ChainSpec,
    case: &'a Case,
    input: Vec<u8>,
}

impl Run<'_> {
    /// Runs the case on `target` as a message, and by each kind of call that the fork has and that tells what came back.
    fn all(&self, target: H160, code: &[u8]) -> impl Iterator<Item = (&'static str, Observed)> {
        let inside = self.calls && self.spec.has(Fork::Byzantium);
        let calls = self.kinds.iter().copied().filter(move |_| inside);
        std::iter::once(("message", self.message(target, code)))
            .chain(calls.map(move |(kind, name)| (name, self.call(kind, target, code))))
    }

    fn message(&self, target: H160, code: &[u8]) -> Observed {
        let result = self.execute(target, &[(target, code)], self.case.gas);
        let outcome = match result.outcome {
            Outcome::Success(_) => "Success".to_owned(),
            Outcome::Halt(halt) => format!("{halt:?}"),
            Outcome::Revert => "Revert".to_owned(),
        };
        Observed { outcome, output: result.output, gas_used: self.case.gas - result.gas_left }
    }

    /// What a contract sees that calls `target`; the gas is what went less what a call to nobody takes.
    fn call(&self, kind: u8, target: H160, code: &[u8]) -> Observed {
        let [mut observed, nothing] = [target, NOBODY].map(|callee| {
            let caller = self.caller(kind, callee);
            let result = self.execute(CALLER, &[(target, code), (CALLER, &caller)], 1 << 50);
            assert!(result.outcome.is_success(), "the caller failed: {:?}", result.outcome);
            let word = |at: usize| U256::from_big_endian(&result.output[at..at + 32]);
            Observed {
                outcome: if word(0).is_zero() { "failed" } else { "Success" }.to_owned(),
                output: result.output[64..].to_vec(),
                gas_used: word(32).as_u64(),
            }
        });
        observed.gas_used -= nothing.gas_used;
        observed
    }

    /// Code that calls with its own input and the case's gas, and returns whether the call succeeded, the gas that went,
    /// and the return data.
    fn caller(&self, kind: u8, target: H160) -> Vec<u8> {
        let zero = [PUSH1, 0];
        let mut code = [&[CALLDATASIZE], &zero[..], &zero, &[CALLDATACOPY, GAS], &zero, &zero].concat();
        code.push(CALLDATASIZE);
        code.extend(zero);
        if matches!(kind, CALL | CALLCODE) {
            code.extend(zero);
        }
        code.extend([&[PUSH1 + 19], target.as_bytes(), &[PUSH1 + 7], &self.case.gas.to_be_bytes()].concat());
        // Gas before, success, gas behind.
        code.extend([kind, GAS, SWAP1, SWAP1 + 1, SUB, PUSH1, 32, MSTORE, PUSH1, 0, MSTORE]);
        code.extend([RETURNDATASIZE, PUSH1, 0, PUSH1, 64, RETURNDATACOPY]);
        code.extend([RETURNDATASIZE, PUSH1, 64, ADD, PUSH1, 0, RETURN]);
        code
    }

    fn execute(&self, to: H160, contracts: &[(H160, &[u8])], gas: u64) -> MessageResult {
        let mut state = MemoryState::default();
        for (address, code) in contracts.iter().filter(|(_, code)| !code.is_empty()) {
            state.insert_account(*address, 1, U256::zero(), Code::new(code), []);
        }
        // Before EIP-161 a call to an account that is not there makes it, for a price.
        for address in contracts.iter().map(|(address, _)| *address).chain([NOBODY]) {
            if state.get_account(&address).is_none() {
                state.insert_account(address, 0, U256::one(), Code::empty(), []);
            }
        }
        let block = BlockEnv::default();
        let mut evm = Evm::new(&self.spec, &block, &state).with_coprocessor(self.coprocessor);
        evm.journal.begin_transaction();
        for address in contracts.iter().map(|(address, _)| *address).chain([NOBODY]) {
            let id = evm.journal.load(&address).unwrap();
            evm.journal.warm_account(id);
        }
        let message = Message {
            kind: MessageKind::Call,
            caller: SENDER,
            to,
            value: U256::zero(),
            input: self.input.clone(),
            gas,
        };
        evm.message(message).unwrap()
    }
}

/// The kinds of calls that come to the same: where the account counts, those that enter the one of the message.
fn kinds(file: &File) -> Vec<(u8, &'static str)> {
    let meant = |kind: u8| match kind {
        _ if !file.accounts => true,
        STATICCALL => true,
        CALL => file.opcode.is_some(),
        _ => false,
    };
    KINDS.into_iter().filter(|(kind, _)| meant(*kind)).collect()
}

fn address(file: &File) -> H160 {
    H160::from_slice(&digits(file.address.as_deref().unwrap_or_default()))
}
