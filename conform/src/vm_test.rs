//! The old VM tests: one frame of code, with Frontier's gas, on a state of few accounts.

use crate::hex::{Address, Bytes, Quantity, Quantity64, Word};
use crate::report::Outcome;
use crate::state_test::{Alloc, Difference, Env, block_env, first_difference, pre_state};
use erbium_vm::block::logs_hash;
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm, Message, MessageKind, MessageResult};
use erbium_vm::state::{Log, MemoryState, StateBackend};
use erbium_vm::{ChainSpec, Code, Fork, H256};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// One test. Without `post` the code must fail.
#[derive(Debug, Deserialize)]
pub(crate) struct VmTest {
    env: Env,
    exec: Exec,
    pre: Alloc,
    post: Option<Alloc>,
    /// Gas left.
    gas: Option<Quantity64>,
    out: Option<Bytes>,
    /// Hash of the logs' RLP.
    logs: Option<Word>,
    /// Calls and creations, which are not made.
    #[serde(default)]
    callcreates: Vec<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exec {
    address: Address,
    caller: Address,
    origin: Address,
    code: Bytes,
    data: Bytes,
    gas: Quantity64,
    gas_price: Quantity,
    value: Quantity,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("succeeds where it must fail")]
    Success,
    #[error("fails where it must succeed: {0:?}")]
    Failed(erbium_vm::evm::Outcome),
    #[error("{got} gas left, not {expected}")]
    Gas { got: u64, expected: u64 },
    #[error("returns 0x{got}, not 0x{expected}")]
    Output { got: String, expected: String },
    #[error("{count} logs hash to {got:?}, not {expected:?}")]
    Logs { count: usize, got: H256, expected: H256 },
    #[error("post state: {0}")]
    State(Box<Difference>),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl VmTest {
    /// Runs the code and compares gas, output, logs and state.
    pub(crate) fn run(&self) -> Outcome {
        if !self.callcreates.is_empty() {
            let reason = "its calls and creations are recorded by the format, not made".to_owned();
            return Outcome::Skipped { reason };
        }
        match self.check() {
            Ok(()) => Outcome::Passed,
            Err(failure) => Outcome::Failed { reason: failure.to_string() },
        }
    }

    fn check(&self) -> Result<(), Failure> {
        let spec = ChainSpec::ethereum(Fork::Frontier);
        let (result, logs, state) = self.execute(&spec, &block_env(&self.env, &spec))?;
        let Some(post) = &self.post else {
            return if result.outcome.is_success() { Err(Failure::Success) } else { Ok(()) };
        };
        if !result.outcome.is_success() {
            return Err(Failure::Failed(result.outcome));
        }
        let (got, expected) = (result.gas_left, self.gas.unwrap_or_default().0);
        if got != expected {
            return Err(Failure::Gas { got, expected });
        }
        let expected = self.out.as_ref().map_or(&[][..], |out| &out.0);
        if result.output != expected {
            let (got, expected) = (hex::encode(result.output), hex::encode(expected));
            return Err(Failure::Output { got, expected });
        }
        let (got, expected) = (logs_hash(&logs), self.logs.unwrap_or_default().0);
        if got != expected {
            return Err(Failure::Logs { count: logs.len(), got, expected });
        }
        first_difference(&state, post).map_or(Ok(()), |difference| Err(Failure::State(Box::new(difference))))
    }

    /// Runs the code as if `pre` already had the value that comes with the call: the caller need not have it.
    fn execute(
        &self,
        spec: &ChainSpec,
        block: &BlockEnv,
    ) -> Result<(MessageResult, Vec<Log>, MemoryState), Fault> {
        let Exec { address, caller, origin, code, data, gas, gas_price, value } = &self.exec;
        let mut state = pre_state(&self.pre, &self.env);
        let mut evm = Evm::new(spec, block, &state);
        evm.set_transaction(origin.0, gas_price.0);
        evm.journal.begin_transaction();
        let account = evm.journal.load(&address.0)?;
        if evm.journal.code(account)?.bytes() != code.0 {
            evm.journal.set_code(account, Code::new(&code.0));
        }
        // The call moves it back: caller and callee end with what `pre` gives them.
        evm.journal.sub_balance(account, value.0);
        let payer = evm.journal.load(&caller.0)?;
        evm.journal.add_balance(payer, value.0);
        let result = evm.message(Message {
            kind: MessageKind::Call,
            caller: caller.0,
            to: address.0,
            value: value.0,
            input: data.0.clone(),
            gas: gas.0,
        })?;
        let logs = evm.journal.finish_transaction(false);
        let changes = evm.journal.into_changes();
        state.commit(&changes)?;
        // A caller that is nowhere in the test came to be by paying.
        if self.pre.get(caller).or(self.post.as_ref().and_then(|post| post.get(caller))).is_none() {
            state = without(state, caller);
        }
        Ok((result, logs, state))
    }
}

/// `state` without one account.
fn without(state: MemoryState, gone: &Address) -> MemoryState {
    let mut left = MemoryState::new();
    for (address, account) in state.accounts().filter(|(address, _)| *address != gone.0) {
        let code = std::sync::Arc::clone(&account.code);
        left.insert_account(address, account.nonce, account.balance, code, account.storage());
    }
    left
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// PUSH1 7, PUSH1 1, SSTORE, CALLVALUE, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN.
    const SAMPLE: &str = r#"{
        "env": {"currentCoinbase": "0x01", "currentGasLimit": "0xffffff", "currentNumber": "1",
            "currentTimestamp": "1", "currentDifficulty": "1"},
        "exec": {"address": "0xaa", "caller": "0xbb", "origin": "0xbb", "data": "0x", "gas": "100000",
            "code": "0x60076001553460005260206000f3", "gasPrice": "1", "value": "9"},
        "pre": {"0xaa": {"balance": "100", "code": "0x", "nonce": "0", "storage": {}}},
        "gas": "79977", "out": "0x0000000000000000000000000000000000000000000000000000000000000009",
        "logs": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "post": {"0xaa": {"balance": "100", "code": "0x60076001553460005260206000f3", "nonce": "0",
            "storage": {"0x01": "0x07"}}}
    }"#;

    fn run(change: impl Fn(String) -> String) -> String {
        let text = change(SAMPLE.replace(' ', ""));
        match serde_json::from_str::<VmTest>(&text).unwrap().run() {
            Outcome::Failed { reason } | Outcome::Skipped { reason } => reason,
            Outcome::Passed => "passed".to_owned(),
            Outcome::Unreadable { reason } => reason,
        }
    }

    #[test]
    fn gas_output_logs_and_state_are_compared() {
        assert_eq!(run(|text| text), "passed");
        assert!(run(|text| text.replace("79977", "79976")).contains("79977 gas left, not 79976"));
        assert!(run(|text| text.replace("0009\"", "0008\"")).starts_with("returns 0x"));
        assert!(run(|text| text.replace("0x1dcc", "0x2dcc")).contains("0 logs hash to"));
        assert!(run(|text| text.replace("\"0x07\"", "\"0x08\"")).contains("slot 0x1 = 0x7, not 0x8"));
        assert!(run(|text| text.replace("\"gas\":\"100000\"", "\"gas\":\"100\"")).starts_with("fails"));
        assert!(run(|text| text.replace("\"post\"", "\"was\"")).contains("must fail"));
        assert!(run(|text| text.replace("\"post\"", "\"callcreates\":[{}],\"post\"")).contains("recorded"));
    }
}
