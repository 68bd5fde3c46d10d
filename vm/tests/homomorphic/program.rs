//! Programs: what frames do, in words that say nothing about handles.

use erbium_vm::{H160, U256};
use proptest::prelude::*;

pub(crate) const SENDER: H160 = H160::repeat_byte(0x5e);
/// Where the code stands, whatever frame it is to run.
pub(crate) const CONTRACTS: [H160; 3] =
    [H160::repeat_byte(0xc1), H160::repeat_byte(0xc2), H160::repeat_byte(0xc3)];
/// Whom permissions are given to.
pub(crate) const ACCOUNTS: [H160; 4] = [CONTRACTS[0], CONTRACTS[1], CONTRACTS[2], SENDER];

/// A handle of an earlier transaction, and to whom it was allowed.
type Earlier = ([u8; 32], Option<H160>);

/// Handles that are there before: of a u8 and a bool that are allowed, and one that is not.
pub(crate) fn before() -> [Earlier; 3] {
    let handle = |fill: u8, kind: u8| {
        let mut handle = [fill; 32];
        handle[21] = 0xff;
        (handle[30], handle[31]) = (kind, 0);
        handle
    };
    [(handle(0x11, 2), Some(CONTRACTS[0])), (handle(0x22, 0), Some(CONTRACTS[1])), (handle(0x33, 2), None)]
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Operand {
    /// One of the handles that anybody has seen so far.
    Known(usize),
    Number(U256),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CallKind {
    Call,
    CallCode,
    Delegate,
    Static,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Stop,
    Revert,
    Invalid,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Encrypt {
        kind: u8,
        value: U256,
        seed: U256,
    },
    /// The same through the precompile.
    Precompile {
        call: CallKind,
        kind: u8,
        value: U256,
    },
    /// With `careful`, handles are looked for that fit.
    Compute {
        code: u8,
        flag: u8,
        target: u8,
        operands: [Operand; 3],
        careful: bool,
    },
    Allow {
        handle: usize,
        account: usize,
    },
    Call {
        kind: CallKind,
        target: usize,
        body: Vec<Step>,
        end: End,
    },
}

fn kind() -> impl Strategy<Value = u8> {
    prop_oneof![6 => Just(2u8), 4 => Just(0), 2 => Just(3), 1 => Just(7), 1 => Just(8), 1 => Just(5), 1 => 0..10u8]
}

fn number() -> impl Strategy<Value = U256> {
    prop_oneof![
        8 => (0u64..2).prop_map(U256::from),
        4 => (0u64..256).prop_map(U256::from),
        1 => (0u64..70_000).prop_map(U256::from),
        1 => any::<[u64; 4]>().prop_map(U256),
    ]
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![5 => any::<usize>().prop_map(Operand::Known), 1 => number().prop_map(Operand::Number)]
}

fn call() -> impl Strategy<Value = CallKind> {
    prop_oneof![
        3 => Just(CallKind::Call),
        2 => Just(CallKind::Delegate),
        1 => Just(CallKind::CallCode),
        1 => Just(CallKind::Static),
    ]
}

fn compute() -> impl Strategy<Value = Step> {
    let code = prop_oneof![20 => 0..27u8, 1 => 0..40u8];
    let flag = prop_oneof![5 => Just(0u8), 3 => Just(1), 1 => 0..4u8];
    let careful = prop::bool::weighted(0.9);
    (code, flag, kind(), prop::array::uniform3(operand()), careful).prop_map(
        |(code, flag, target, operands, careful)| Step::Compute { code, flag, target, operands, careful },
    )
}

fn simple() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (kind(), number(), number()).prop_map(|(kind, value, seed)| Step::Encrypt { kind, value, seed }),
        1 => (call(), kind(), number()).prop_map(|(call, kind, value)| Step::Precompile { call, kind, value }),
        4 => compute(),
        2 => (any::<usize>(), 0..ACCOUNTS.len()).prop_map(|(handle, account)| Step::Allow { handle, account }),
    ]
}

/// Steps of the first frame.
pub(crate) fn program() -> impl Strategy<Value = Vec<Step>> {
    let step = simple().prop_recursive(3, 24, 6, |step| {
        let end = prop_oneof![4 => Just(End::Stop), 1 => Just(End::Revert), 1 => Just(End::Invalid)];
        (call(), 0..CONTRACTS.len(), prop::collection::vec(step, 0..6), end)
            .prop_map(|(kind, target, body, end)| Step::Call { kind, target, body, end })
    });
    prop::collection::vec(step, 1..10)
}
