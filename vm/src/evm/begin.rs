//! How calls and creations begin and how frames end.

use super::Evm;
use super::frame::{Frame, Purpose};
use super::message::{Outcome, SuccessReason};
use crate::code::Code;
use crate::fork::Fork;
use crate::interpreter::{Action, CallKind, Cursor, Program, Window};
use crate::precompile::{ExtensionPrecompile, Prepared, Reply};
use crate::state::{AccountId, Checkpoint};
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, U256};
use std::ops::Range;
use std::sync::Arc;

/// Deepest nesting of frames, the first one not counted.
pub(super) const CALL_DEPTH: usize = 1024;
const CODE_DEPOSIT_BYTE: u64 = 200;
/// EIP-8037.
const CODE_HASH_WORD: u64 = 6;
/// Jumps of plain code between two looks at whether it has become warm.
const JUMPS_BETWEEN_LOOKS: u32 = 256;

/// A call ready to begin, wherever it comes from.
pub(super) struct Call {
    pub(super) kind: CallKind,
    pub(super) caller: H160,
    pub(super) caller_id: AccountId,
    /// Account that is entered.
    pub(super) address: H160,
    pub(super) account: AccountId,
    /// Whose code runs, for looking up precompiles.
    pub(super) target: H160,
    pub(super) code: Arc<Code>,
    /// A delegated account runs its delegate's code and never a precompile (EIP-7702).
    pub(super) delegated: bool,
    pub(super) value: U256,
    pub(super) gas: u64,
    pub(super) shared_input: Option<(usize, usize)>,
    pub(super) output: Range<usize>,
    pub(super) is_static: bool,
}

/// How the beginning of a call or creation went.
pub(super) enum Begun {
    /// Its frame is the running one; a precompile's is suspended with a question.
    Running,
    /// It is over already.
    Done { outcome: Outcome, gas_left: u64 },
}

impl Begun {
    /// Failed before anything ran; the gas goes back.
    pub(super) fn refused(halt: Halt, gas: u64) -> Self {
        Self::Done { outcome: Outcome::Halt(halt), gas_left: gas }
    }
}

pub(super) fn to_signed(gas: u64) -> i64 {
    i64::try_from(gas).unwrap_or(i64::MAX)
}

impl Evm<'_> {
    pub(super) fn begin_call(&mut self, call: Call) -> Result<Begun, Fault> {
        if self.frame_count() > CALL_DEPTH {
            return Ok(Begun::refused(Halt::CallDepthExceeded, call.gas));
        }
        let sends = matches!(call.kind, CallKind::Call | CallKind::CallCode) && !call.value.is_zero();
        if sends && self.journal.account(call.caller_id).balance < call.value {
            return Ok(Begun::refused(Halt::InsufficientBalance, call.gas));
        }
        let checkpoint = self.journal.checkpoint();
        match call.kind {
            CallKind::Call => {
                if !self.spec.has(Fork::SpuriousDragon) {
                    self.journal.create_if_absent(call.account);
                }
                self.journal.transfer(call.caller_id, call.account, call.value);
                if sends && self.spec.has(Fork::Amsterdam) {
                    self.log_transfer(call.caller, call.address, call.value);
                }
            }
            CallKind::StaticCall => self.journal.touch(call.account),
            CallKind::CallCode | CallKind::DelegateCall => {}
        }
        let extension = ExtensionPrecompile::at(self.spec, &call.target).filter(|_| !call.delegated);
        if let Some(extension) = extension {
            return self.begin_extension(extension, call, checkpoint);
        }
        let precompile = if call.delegated { None } else { self.precompiles.get(&call.target) };
        if let Some(precompile) = precompile {
            return Ok(match precompile.call(self.input_of(&call), call.gas) {
                Ok(answer) => {
                    self.note_used(answer.gas_used);
                    self.returned(answer.output, call.gas.saturating_sub(answer.gas_used))
                }
                Err(error) => {
                    self.note_used(call.gas);
                    self.failed(error.into(), checkpoint)
                }
            });
        }
        if call.code.is_empty() {
            self.output.clear();
            return Ok(Begun::Done { outcome: Outcome::Success(SuccessReason::Stop), gas_left: call.gas });
        }
        self.enter_call(call, checkpoint);
        Ok(Begun::Running)
    }

    /// A precompile of the extensions. One that asks has a frame without code that is suspended from the start.
    fn begin_extension(
        &mut self,
        contract: ExtensionPrecompile,
        mut call: Call,
        checkpoint: Checkpoint,
    ) -> Result<Begun, Fault> {
        let prepared = contract.prepare(self.spec, self.input_of(&call), call.gas);
        let Prepared { gas_used, reply } = match prepared {
            Ok(prepared) => prepared,
            Err(halt) => return Ok(self.failed(halt, checkpoint)),
        };
        self.note_used(gas_used);
        call.gas = call.gas.saturating_sub(gas_used);
        Ok(match reply {
            Reply::Known(output) => self.returned(output, call.gas),
            Reply::Ask(question) => {
                call.code = Code::empty();
                self.enter_call(call, checkpoint);
                self.action = Some(Action::Ask(question));
                Begun::Running
            }
            Reply::Operate(operation) => {
                // A delegated call acts as the account whose frame makes it, as the opcode would there.
                let subject = match call.kind {
                    CallKind::Call | CallKind::StaticCall => call.caller,
                    CallKind::CallCode | CallKind::DelegateCall => call.address,
                };
                let paid = match call.is_static {
                    true => Err(Halt::StaticViolation),
                    false => self.spend_on_ciphertexts(gas_used),
                };
                let result = match paid {
                    Ok(()) => self.operate(subject, operation)?,
                    Err(halt) => Err(halt),
                };
                match result {
                    Ok(handle) => self.returned(handle.bytes().to_vec(), call.gas),
                    Err(halt) => self.failed(halt, checkpoint),
                }
            }
        })
    }

    fn input_of(&self, call: &Call) -> &[u8] {
        match call.shared_input {
            Some((start, len)) => self.memory.shared(start, len),
            None => &self.input,
        }
    }

    /// A call that needed no frame and ended well.
    fn returned(&mut self, output: Vec<u8>, gas_left: u64) -> Begun {
        self.output = output;
        Begun::Done { outcome: Outcome::Success(SuccessReason::Return), gas_left }
    }

    /// A call that needed no frame and failed: its gas is gone.
    fn failed(&mut self, halt: Halt, checkpoint: Checkpoint) -> Begun {
        self.output.clear();
        self.journal.revert(checkpoint);
        Begun::Done { outcome: Outcome::Halt(halt), gas_left: 0 }
    }

    fn enter_call(&mut self, call: Call, checkpoint: Checkpoint) {
        let stack = self.spare.take();
        self.enter(Frame {
            code: call.code,
            address: call.address,
            account: call.account,
            caller: call.caller,
            value: call.value,
            is_static: call.is_static,
            decoded: false,
            gas: call.gas,
            shared_input: call.shared_input,
            purpose: Purpose::Call { output: call.output },
            checkpoint,
            stack,
            caller_memory: Window::default(),
            resume: self.cursor,
        });
    }

    pub(super) fn begin_create(
        &mut self,
        creator: H160,
        creator_id: AccountId,
        address: H160,
        value: U256,
        gas: u64,
        init: Arc<Code>,
    ) -> Result<Begun, Fault> {
        self.output.clear();
        let account = self.journal.load(&address)?;
        self.journal.note_account(account);
        if self.spec.has(Fork::Berlin) {
            // Stays warm whatever becomes of the creation (EIP-2929).
            self.journal.warm_account(account);
        }
        if self.journal.has_code_or_nonce_or_storage(account)? {
            return Ok(Begun::Done { outcome: Outcome::Halt(Halt::CreateCollision), gas_left: 0 });
        }
        let checkpoint = self.journal.checkpoint();
        if !value.is_zero() && self.journal.account(creator_id).balance < value {
            return Ok(Begun::refused(Halt::InsufficientBalance, gas));
        }
        self.journal.begin_create(account, u64::from(self.spec.has(Fork::SpuriousDragon)));
        self.journal.transfer(creator_id, account, value);
        if self.spec.has(Fork::Amsterdam) {
            self.log_transfer(creator, address, value);
        }
        let stack = self.spare.take();
        self.enter(Frame {
            code: init,
            address,
            account,
            caller: creator,
            value,
            is_static: false,
            decoded: false,
            gas,
            // Init code has no call data, not even the message's.
            shared_input: Some((0, 0)),
            purpose: Purpose::Create,
            checkpoint,
            stack,
            caller_memory: Window::default(),
            resume: self.cursor,
        });
        Ok(Begun::Running)
    }

    /// Gas that the running message has not used, in all of its frames.
    pub(crate) fn gas_of_frames(&self) -> u64 {
        let waiting = self.callers.iter().skip(1).map(|caller| caller.resume.gas.unsigned_abs());
        waiting.fold(self.cursor.gas.unsigned_abs(), u64::saturating_add)
    }

    /// Leaves a message that will not come to its end.
    pub(crate) fn abandon(&mut self) {
        self.callers.clear();
        self.frame = Frame::idle();
        self.action = None;
        self.fault = None;
    }

    /// Frames running or waiting.
    pub(super) fn frame_count(&self) -> usize {
        self.callers.len()
    }

    /// Makes `frame` the running one.
    fn enter(&mut self, mut frame: Frame) {
        frame.stack.clear();
        frame.caller_memory = self.memory.enter();
        if self.spec.has(Fork::Amsterdam) {
            self.state_gas.enter();
        }
        let program = match self.stepping {
            false => frame.code.program_for((self.spec.fork, self.spec.extensions)),
            true => None,
        };
        frame.decoded = program.is_some();
        let ip = program.map_or(frame.code.padded().as_ptr(), Program::start);
        let cursor = Cursor { ip, sp: frame.stack.top(), gas: to_signed(frame.gas) };
        let mut caller = std::mem::replace(&mut self.frame, frame);
        caller.resume = self.cursor;
        self.callers.push(caller);
        self.cursor = cursor;
        self.return_data.clear();
    }

    /// Counts a jump of plain code; true now and then.
    #[inline(always)]
    pub(crate) fn loses_patience(&mut self) -> bool {
        self.patience = self.patience.wrapping_sub(1);
        self.patience.is_multiple_of(JUMPS_BETWEEN_LOOKS)
    }

    /// Notes what the running frame has used so far and goes on in its code's decoded form, if that is there by now.
    /// The cursor is at a JUMPDEST of plain code.
    pub(crate) fn warm_up(&mut self) {
        let left = (self.cursor.gas + self.withheld).unsigned_abs();
        let code = &self.frame.code;
        code.heat(self.frame.gas.saturating_sub(left));
        self.frame.gas = left;
        let position = self.cursor.ip.addr().wrapping_sub(code.padded().as_ptr().addr());
        let program = code.program_for((self.spec.fork, self.spec.extensions));
        if let Some(ip) = program.and_then(|program| program.at(position)) {
            self.cursor.ip = ip;
            self.frame.decoded = true;
        }
    }

    /// Ends the running frame and hands its result to the one below.
    pub(super) fn end_frame(&mut self, outcome: Outcome) -> Result<(Outcome, u64), Fault> {
        let gas = self.cursor.gas.unsigned_abs();
        let (outcome, gas_left) = match (outcome, &self.frame.purpose) {
            (Outcome::Halt(_), _) => (outcome, 0),
            (Outcome::Success(_), Purpose::Create) => self.deposit(outcome, gas),
            _ => (outcome, gas),
        };
        if matches!(outcome, Outcome::Halt(_)) {
            self.output.clear();
        }
        if !outcome.is_success() {
            self.journal.revert(self.frame.checkpoint);
        }
        let Some(caller) = self.callers.pop() else {
            return Err(Fault::Coprocessor { reason: "a frame ended that had not begun".to_owned() });
        };
        let ended = std::mem::replace(&mut self.frame, caller);
        ended.code.heat(ended.gas.saturating_sub(gas_left));
        self.memory.leave(ended.caller_memory);
        if self.spec.has(Fork::Amsterdam) {
            self.state_gas.leave(outcome.is_success());
        }
        self.spare.put(ended.stack);
        self.cursor = self.frame.resume;
        if !self.callers.is_empty() {
            match ended.purpose {
                Purpose::Call { output } => self.resume_after_call(outcome, gas_left, output),
                Purpose::Create => self.resume_after_create(outcome, gas_left, ended.address),
            }
        }
        Ok((outcome, gas_left))
    }

    /// Charges for `len` bytes of code: for hashing them, and for the state that grows (EIP-8037).
    #[cold]
    #[inline(never)]
    fn charge_deposit(&mut self, len: u64, gas: u64) -> Option<u64> {
        let left = gas.checked_sub(CODE_HASH_WORD * len.div_ceil(32))?;
        self.state_gas.charge(len, to_signed(left)).ok().map(i64::unsigned_abs)
    }

    /// Makes what the init code returned the code of the new account.
    fn deposit(&mut self, outcome: Outcome, gas: u64) -> (Outcome, u64) {
        let len = self.output.len();
        if self.spec.max_code_size.is_some_and(|limit| len > limit) {
            return (Outcome::Halt(Halt::CodeSizeLimit), 0);
        }
        // EIP-3541.
        if self.spec.has(Fork::London) && self.output.first() == Some(&0xef) {
            return (Outcome::Halt(Halt::InvalidCodePrefix), 0);
        }
        let left = match self.spec.has(Fork::Amsterdam) {
            true => self.charge_deposit(len as u64, gas),
            false => gas.checked_sub(CODE_DEPOSIT_BYTE.saturating_mul(len as u64)),
        };
        match left {
            Some(left) => {
                let code = Code::new(&self.output);
                self.journal.set_code(self.frame.account, code);
                (outcome, left)
            }
            // EIP-2: before Homestead the account was kept without code.
            None if !self.spec.has(Fork::Homestead) => {
                self.output.clear();
                (outcome, gas)
            }
            None => (Outcome::Halt(Halt::OutOfGas), 0),
        }
    }
}
