//! Calls and creations: what they cost and ask for. The driver makes them.

use super::environment::access;
use super::{charge, word_gas};
use crate::evm::Evm;
use crate::evm::state_gas::ACCOUNT_BYTES;
use crate::fork::Fork;
use crate::interpreter::action::{Action, CallKind, CallRequest, CreateRequest};
use crate::interpreter::dispatch::{Exit, Step};
use crate::interpreter::word::{self, Word, ZERO};
use erbium_claims::Halt;
use primitive_types::H256;

const CALL_VALUE: u64 = 9_000;
const CALL_STIPEND: u64 = 2_300;
const NEW_ACCOUNT: u64 = 25_000;
const COLD_DELEGATE: u64 = 2_600;
const WARM_DELEGATE: u64 = 100;

pub(in crate::interpreter) fn call<const A: bool>(
    evm: &mut Evm<'_>,
    [out_size, out, in_size, input, value, to, gas]: &mut [Word; 7],
    left: i64,
) -> Result<i64, Exit> {
    if evm.frame.is_static && !word::is_zero(value) {
        return Err(Halt::StaticViolation.into());
    }
    request::<A>(evm, CallKind::Call, [gas, to, value, input, in_size, out, out_size], left)
}

pub(in crate::interpreter) fn callcode<const A: bool>(
    evm: &mut Evm<'_>,
    [out_size, out, in_size, input, value, to, gas]: &mut [Word; 7],
    left: i64,
) -> Result<i64, Exit> {
    request::<A>(evm, CallKind::CallCode, [gas, to, value, input, in_size, out, out_size], left)
}

pub(in crate::interpreter) fn delegatecall<const A: bool>(
    evm: &mut Evm<'_>,
    [out_size, out, in_size, input, to, gas]: &mut [Word; 6],
    left: i64,
) -> Result<i64, Exit> {
    let value = evm.frame.value;
    request::<A>(evm, CallKind::DelegateCall, [gas, to, &value, input, in_size, out, out_size], left)
}

pub(in crate::interpreter) fn staticcall<const A: bool>(
    evm: &mut Evm<'_>,
    [out_size, out, in_size, input, to, gas]: &mut [Word; 6],
    left: i64,
) -> Result<i64, Exit> {
    request::<A>(evm, CallKind::StaticCall, [gas, to, &ZERO, input, in_size, out, out_size], left)
}

/// Charges for a call and suspends the frame with it. Operands top first. With `A`, by the rules of Amsterdam.
fn request<const A: bool>(
    evm: &mut Evm<'_>,
    kind: CallKind,
    [asked, to, value, input, in_size, out, out_size]: [&Word; 7],
    left: i64,
) -> Result<i64, Exit> {
    let fork = evm.spec.fork;
    let (input, in_len, left) = evm.memory.reserve(input, in_size, left)?;
    let (output, out_len, left) = evm.memory.reserve(out, out_size, left)?;
    let (target, mut left) = access::<false>(evm, to, left)?;

    let sends = matches!(kind, CallKind::Call | CallKind::CallCode) && !word::is_zero(value);
    if sends {
        left = charge(left, CALL_VALUE)?;
    }
    if A {
        evm.journal.note_account(target);
    }
    if !A && kind == CallKind::Call {
        let makes_account = match fork >= Fork::SpuriousDragon {
            true => sends && evm.journal.is_empty(target),
            false => !evm.journal.exists(target),
        };
        if makes_account {
            left = charge(left, NEW_ACCOUNT)?;
        }
    }
    let mut delegate = None;
    if fork >= Fork::Prague {
        delegate = evm.journal.code(target)?.delegation();
        if let Some(address) = delegate {
            let id = evm.journal.load(&address)?;
            let cold = evm.journal.warm_account(id);
            left = charge(left, if cold { COLD_DELEGATE } else { WARM_DELEGATE })?;
            if A {
                evm.journal.note_account(id);
            }
        }
    }
    if A && sends && kind == CallKind::Call && evm.journal.is_empty(target) {
        left = evm.state_gas.charge(ACCOUNT_BYTES, left)?;
    }
    // What a callee may get depends on all there is.
    let left = left + std::mem::take(&mut evm.withheld);
    let (gas, left) = callee_gas(fork, asked, left)?;
    evm.cursor.gas = left;
    evm.action = Some(Action::Call(CallRequest {
        kind,
        target: evm.journal.address(target),
        delegate,
        value: *value,
        gas: gas + if sends { CALL_STIPEND } else { 0 },
        input: input..input + in_len,
        output: output..output + out_len,
    }));
    Err(Exit::End(Step::Suspend))
}

/// What a callee gets of `left`, and what stays: at most all but one 64th, and what was asked for (EIP-150).
fn callee_gas(fork: Fork, asked: &Word, left: i64) -> Result<(u64, i64), Halt> {
    let asked = word::saturate(asked);
    let granted =
        if fork >= Fork::TangerineWhistle { asked.min((left - left / 64).unsigned_abs()) } else { asked };
    Ok((granted, charge(left, granted)?))
}

pub(in crate::interpreter) fn create<const A: bool>(
    evm: &mut Evm<'_>,
    [size, offset, value]: &mut [Word; 3],
    left: i64,
) -> Result<i64, Exit> {
    creation::<A>(evm, value, offset, size, None, left)
}

/// EIP-1014.
pub(in crate::interpreter) fn create2<const A: bool>(
    evm: &mut Evm<'_>,
    [salt, size, offset, value]: &mut [Word; 4],
    left: i64,
) -> Result<i64, Exit> {
    let salt = H256(word::to_be(salt));
    creation::<A>(evm, value, offset, size, Some(salt), left)
}

fn creation<const A: bool>(
    evm: &mut Evm<'_>,
    value: &Word,
    offset: &Word,
    size: &Word,
    salt: Option<H256>,
    left: i64,
) -> Result<i64, Exit> {
    if evm.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    if evm.spec.max_init_code_size.is_some_and(|limit| word::saturate(size) > limit as u64) {
        return Err(Halt::InitCodeSizeLimit.into());
    }
    let (offset, len, left) = evm.memory.reserve(offset, size, left)?;
    // EIP-3860 for reading the init code, EIP-1014 for hashing it.
    let each = if evm.spec.has(Fork::Shanghai) { 2 } else { 0 } + if salt.is_some() { 6 } else { 0 };
    let mut left = charge(left, word_gas(len, each))?;
    if A {
        left = evm.state_gas.charge(ACCOUNT_BYTES, left)?;
    }
    let left = left + std::mem::take(&mut evm.withheld);
    let (gas, left) = callee_gas(evm.spec.fork, &Word::from(left.unsigned_abs()), left)?;
    evm.cursor.gas = left;
    evm.action =
        Some(Action::Create(CreateRequest { value: *value, salt, gas, init_code: offset..offset + len }));
    Err(Exit::End(Step::Suspend))
}
