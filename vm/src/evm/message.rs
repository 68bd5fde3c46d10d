//! Messages: calls and creations, and the loop over their frames.

use super::Evm;
use super::frame::{Frame, Purpose};
use crate::code::Code;
use crate::fork::Fork;
use crate::interpreter::{
    Action, Answer, CallKind, CallRequest, CreateRequest, Cursor, Question, Step, Window, run,
};
use crate::keccak::keccak256;
use crate::precompile::PrecompileError;
use crate::state::AccountId;
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, H256, U256};
use std::ops::Range;
use std::sync::Arc;

/// Deepest nesting of frames, the first one not counted.
const CALL_DEPTH: usize = 1024;
const CODE_DEPOSIT_BYTE: u64 = 200;

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Runs the target's code.
    Call,
    /// Runs the input as init code.
    Create,
}

/// A call or creation from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Call or creation.
    pub kind: MessageKind,
    /// Who sends it. A creation takes the new address from this account's nonce less one: the transaction has counted.
    pub caller: H160,
    /// Target of a call; not read for a creation.
    pub to: H160,
    /// Wei sent.
    pub value: U256,
    /// Call data or init code.
    pub input: Vec<u8>,
    /// Gas to run with.
    pub gas: u64,
}

/// How a frame ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessReason {
    /// STOP, SELFDESTRUCT, or nothing to run.
    Stop,
    /// RETURN.
    Return,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its changes stand.
    Success(SuccessReason),
    /// REVERT: changes undone, gas left kept.
    Revert,
    /// A rule was broken: changes undone, gas gone.
    Halt(Halt),
}

impl Outcome {
    /// True where the changes stand.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Success(_))
    }
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageResult {
    /// How it ended.
    pub outcome: Outcome,
    /// Gas not used.
    pub gas_left: u64,
    /// Returned data, or the reason of a revert; empty for a successful creation.
    pub output: Vec<u8>,
    /// The account that a creation made.
    pub created: Option<H160>,
}

/// A call ready to begin, wherever it comes from.
struct Call {
    kind: CallKind,
    caller: H160,
    caller_id: AccountId,
    /// Account that is entered.
    address: H160,
    account: AccountId,
    /// Whose code runs, for looking up precompiles.
    target: H160,
    code: Arc<Code>,
    /// A delegated account runs its delegate's code and never a precompile (EIP-7702).
    delegated: bool,
    value: U256,
    gas: u64,
    shared_input: Option<(usize, usize)>,
    output: Range<usize>,
    is_static: bool,
}

/// How the beginning of a call or creation went.
enum Begun {
    /// Its frame is the running one.
    Running,
    /// It is over already.
    Done { outcome: Outcome, gas_left: u64 },
}

impl Begun {
    /// Failed before anything ran; the gas goes back.
    fn refused(halt: Halt, gas: u64) -> Self {
        Self::Done { outcome: Outcome::Halt(halt), gas_left: gas }
    }
}

fn to_signed(gas: u64) -> i64 {
    i64::try_from(gas).unwrap_or(i64::MAX)
}

impl Evm<'_> {
    /// Runs a message to its end.
    ///
    /// # Errors
    /// [`Fault`] when state or coprocessor failed; the journal is then of no further use.
    pub fn message(&mut self, message: Message) -> Result<MessageResult, Fault> {
        self.memory.reset();
        self.callers.clear();
        self.return_data.clear();
        self.output.clear();
        self.input = message.input;
        let caller_id = self.journal.load(&message.caller)?;
        let (begun, created) = match message.kind {
            MessageKind::Call => {
                let account = self.journal.load(&message.to)?;
                let (code, delegated) = self.code_to_run(account)?;
                let begun = self.begin_call(Call {
                    kind: CallKind::Call,
                    caller: message.caller,
                    caller_id,
                    address: message.to,
                    account,
                    target: message.to,
                    code,
                    delegated,
                    value: message.value,
                    gas: message.gas,
                    shared_input: None,
                    output: 0..0,
                    is_static: false,
                })?;
                (begun, None)
            }
            MessageKind::Create => {
                let nonce = self.journal.account(caller_id).nonce.wrapping_sub(1);
                let address = create_address(&message.caller, nonce);
                let init = Code::with_hash(&std::mem::take(&mut self.input), H256::zero());
                let begun =
                    self.begin_create(message.caller, caller_id, address, message.value, message.gas, init)?;
                (begun, Some(address))
            }
        };
        let (outcome, gas_left) = match begun {
            Begun::Done { outcome, gas_left } => {
                // A refused message has used up what it was given.
                (outcome, if matches!(outcome, Outcome::Halt(_)) { 0 } else { gas_left })
            }
            Begun::Running => self.run_frames()?,
        };
        let created = created.filter(|_| outcome.is_success());
        let output = match created {
            Some(_) => Vec::new(),
            None => std::mem::take(&mut self.output),
        };
        Ok(MessageResult { outcome, gas_left, output, created })
    }

    /// Code that runs at an account: its own, or its delegate's. The delegate becomes warm; the caller has paid.
    fn code_to_run(&mut self, account: AccountId) -> Result<(Arc<Code>, bool), Fault> {
        let code = Arc::clone(self.journal.code(account)?);
        match code.delegation().filter(|_| self.spec.has(Fork::Prague)) {
            None => Ok((code, false)),
            Some(delegate) => {
                let id = self.journal.load(&delegate)?;
                self.journal.warm_account(id);
                Ok((Arc::clone(self.journal.code(id)?), true))
            }
        }
    }

    /// Runs until the first frame has ended: its outcome and the gas it left.
    fn run_frames(&mut self) -> Result<(Outcome, u64), Fault> {
        loop {
            let step = self.run_frame();
            let ended = match step {
                Step::Continue => continue,
                Step::Suspend => match self.serve()? {
                    None => continue,
                    Some(halt) => Outcome::Halt(halt),
                },
                Step::Fault => {
                    let lost = Fault::Coprocessor { reason: "a failure left no reason".to_owned() };
                    return Err(self.fault.take().unwrap_or(lost));
                }
                Step::Stop => Outcome::Success(SuccessReason::Stop),
                Step::Return => Outcome::Success(SuccessReason::Return),
                Step::Revert => Outcome::Revert,
                Step::Halt => Outcome::Halt(self.halt),
            };
            let (outcome, gas_left) = self.end_frame(ended)?;
            if self.callers.is_empty() {
                return Ok((outcome, gas_left));
            }
        }
    }

    /// Runs the current frame until it ends or suspends; one instruction when stepping.
    fn run_frame(&mut self) -> Step {
        if !self.stepping {
            return run(self);
        }
        if let Err(halt) = self.show_step() {
            self.halt = halt;
            self.show_stepped(Some(halt));
            return Step::Halt;
        }
        let step = run(self);
        if step == Step::Continue {
            self.frame.stack.set_top(self.cursor.sp);
        }
        self.show_stepped((step == Step::Halt).then_some(self.halt));
        step
    }

    /// Does what the suspended frame asks for; a halt in answer ends the frame.
    fn serve(&mut self) -> Result<Option<Halt>, Fault> {
        self.frame.stack.set_top(self.cursor.sp);
        match self.action.take() {
            Some(Action::Call(request)) => self.serve_call(request).map(|()| None),
            Some(Action::Create(request)) => self.serve_create(request).map(|()| None),
            Some(Action::Ask(question)) => self.serve_question(question),
            None => Err(Fault::Coprocessor { reason: "a frame was suspended without an action".to_owned() }),
        }
    }

    fn serve_call(&mut self, request: CallRequest) -> Result<(), Fault> {
        self.return_data.clear();
        let this = &self.frame;
        let (caller, address, is_static) = match request.kind {
            CallKind::Call => (this.address, request.target, this.is_static),
            CallKind::StaticCall => (this.address, request.target, true),
            CallKind::CallCode => (this.address, this.address, this.is_static),
            CallKind::DelegateCall => (this.caller, this.address, this.is_static),
        };
        let caller_id = this.account;
        let account = if address == this.address { caller_id } else { self.journal.load(&address)? };
        let code_at = self.journal.load(request.delegate.as_ref().unwrap_or(&request.target))?;
        let call = Call {
            kind: request.kind,
            caller,
            caller_id,
            address,
            account,
            target: request.target,
            code: Arc::clone(self.journal.code(code_at)?),
            delegated: request.delegate.is_some(),
            value: request.value,
            gas: request.gas,
            shared_input: Some((self.memory.base() + request.input.start, request.input.len())),
            output: request.output.clone(),
            is_static,
        };
        match self.begin_call(call)? {
            Begun::Running => Ok(()),
            Begun::Done { outcome, gas_left } => {
                self.resume_after_call(outcome, gas_left, request.output);
                Ok(())
            }
        }
    }

    fn begin_call(&mut self, call: Call) -> Result<Begun, Fault> {
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
            }
            CallKind::StaticCall => self.journal.touch(call.account),
            CallKind::CallCode | CallKind::DelegateCall => {}
        }
        let precompile = if call.delegated { None } else { self.precompiles.get(&call.target) };
        if let Some(precompile) = precompile {
            let input = match call.shared_input {
                Some((start, len)) => self.memory.shared(start, len),
                None => &self.input,
            };
            return Ok(match precompile.call(input, call.gas) {
                Ok(answer) => {
                    self.output = answer.output;
                    let gas_left = call.gas.saturating_sub(answer.gas_used);
                    Begun::Done { outcome: Outcome::Success(SuccessReason::Return), gas_left }
                }
                Err(error) => {
                    self.output.clear();
                    self.journal.revert(checkpoint);
                    Begun::Done { outcome: Outcome::Halt(precompile_halt(error)), gas_left: 0 }
                }
            });
        }
        if call.code.is_empty() {
            self.output.clear();
            return Ok(Begun::Done { outcome: Outcome::Success(SuccessReason::Stop), gas_left: call.gas });
        }
        let stack = self.spare.pop().unwrap_or_default();
        self.enter(
            Frame {
                code: call.code,
                address: call.address,
                account: call.account,
                caller: call.caller,
                value: call.value,
                is_static: call.is_static,
                shared_input: call.shared_input,
                purpose: Purpose::Call { output: call.output },
                checkpoint,
                stack,
                caller_memory: Window::default(),
                resume: self.cursor,
            },
            call.gas,
        );
        Ok(Begun::Running)
    }

    fn serve_create(&mut self, request: CreateRequest) -> Result<(), Fault> {
        self.return_data.clear();
        let (creator, creator_id) = (self.frame.address, self.frame.account);
        let nonce = self.journal.account(creator_id).nonce;
        let refusal = if self.frame_count() > CALL_DEPTH {
            Some(Halt::CallDepthExceeded)
        } else if self.journal.account(creator_id).balance < request.value {
            Some(Halt::InsufficientBalance)
        } else if nonce == u64::MAX {
            Some(Halt::NonceOverflow)
        } else {
            None
        };
        if let Some(halt) = refusal {
            self.output.clear();
            self.resume_after_create(Outcome::Halt(halt), request.gas, H160::zero());
            return Ok(());
        }
        let init_code = self.memory.slice(request.init_code.start, request.init_code.len());
        let address = match request.salt {
            None => create_address(&creator, nonce),
            Some(salt) => create2_address(&creator, salt, init_code),
        };
        let init = Code::with_hash(init_code, H256::zero());
        self.journal.set_nonce(creator_id, nonce + 1);
        match self.begin_create(creator, creator_id, address, request.value, request.gas, init)? {
            Begun::Running => Ok(()),
            Begun::Done { outcome, gas_left } => {
                self.resume_after_create(outcome, gas_left, address);
                Ok(())
            }
        }
    }

    fn begin_create(
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
        let stack = self.spare.pop().unwrap_or_default();
        self.enter(
            Frame {
                code: init,
                address,
                account,
                caller: creator,
                value,
                is_static: false,
                shared_input: None,
                purpose: Purpose::Create,
                checkpoint,
                stack,
                caller_memory: Window::default(),
                resume: self.cursor,
            },
            gas,
        );
        Ok(Begun::Running)
    }

    /// Frames running or waiting.
    fn frame_count(&self) -> usize {
        self.callers.len()
    }

    /// Makes `frame` the running one.
    fn enter(&mut self, mut frame: Frame, gas: u64) {
        frame.stack.clear();
        frame.caller_memory = self.memory.enter();
        let cursor = Cursor { ip: frame.code.padded().as_ptr(), sp: frame.stack.top(), gas: to_signed(gas) };
        let mut caller = std::mem::replace(&mut self.frame, frame);
        caller.resume = self.cursor;
        self.callers.push(caller);
        self.cursor = cursor;
        self.return_data.clear();
    }

    /// Ends the running frame and hands its result to the one below.
    fn end_frame(&mut self, outcome: Outcome) -> Result<(Outcome, u64), Fault> {
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
        self.memory.leave(ended.caller_memory);
        self.spare.push(ended.stack);
        self.cursor = self.frame.resume;
        if !self.callers.is_empty() {
            match ended.purpose {
                Purpose::Call { output } => self.resume_after_call(outcome, gas_left, output),
                Purpose::Create => self.resume_after_create(outcome, gas_left, ended.address),
            }
        }
        Ok((outcome, gas_left))
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
        let price = CODE_DEPOSIT_BYTE.saturating_mul(len as u64);
        match gas.checked_sub(price) {
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

    fn resume_after_call(&mut self, outcome: Outcome, gas_left: u64, output: Range<usize>) {
        if matches!(outcome, Outcome::Halt(_)) {
            self.output.clear();
        }
        std::mem::swap(&mut self.return_data, &mut self.output);
        let wanted = output.len().min(self.return_data.len());
        self.memory.put(output.start, self.return_data.get(..wanted).unwrap_or_default());
        self.resume_with(U256::from(u8::from(outcome.is_success())), gas_left);
    }

    fn resume_after_create(&mut self, outcome: Outcome, gas_left: u64, address: H160) {
        // Only a revert leaves return data behind (EIP-211).
        self.return_data.clear();
        if outcome == Outcome::Revert {
            std::mem::swap(&mut self.return_data, &mut self.output);
        }
        let result = match outcome.is_success() {
            true => U256::from_big_endian(address.as_bytes()),
            false => U256::zero(),
        };
        self.resume_with(result, gas_left);
    }

    /// Pushes the result of what the frame waited for and gives it the gas that is left of it.
    pub(super) fn resume_with(&mut self, result: U256, gas_left: u64) {
        // The instruction popped at least one operand, so there is room.
        let pushed = self.frame.stack.push(result);
        debug_assert!(pushed.is_ok());
        self.cursor.sp = self.frame.stack.top();
        self.cursor.gas = self.cursor.gas.saturating_add(to_signed(gas_left));
    }

    fn serve_question(&mut self, question: Question) -> Result<Option<Halt>, Fault> {
        match question {
            Question::Claim(claim) => {
                let verdicts = self.coprocessor.verifier.verify(std::slice::from_ref(&claim))?;
                let [verdict] = verdicts.as_slice() else {
                    let reason = format!("{} verdicts for one claim", verdicts.len());
                    return Err(Fault::Coprocessor { reason });
                };
                self.resume_with(U256::from(u8::from(verdict.is_valid())), 0);
                Ok(None)
            }
            Question::Derive { derivation, answer } => match self.coprocessor.deriver.derive(&derivation)? {
                Ok(bytes) => self.take_derived(&bytes, answer).map(|()| None),
                Err(halt) => Ok(Some(halt)),
            },
        }
    }

    /// Pushes and writes derived bytes as the instruction announced.
    fn take_derived(&mut self, bytes: &[u8], answer: Answer) -> Result<(), Fault> {
        let misfit = || Fault::Coprocessor { reason: format!("{} bytes do not fit {answer:?}", bytes.len()) };
        let (word, rest, range) = match &answer {
            Answer::Word => {
                (U256::from_big_endian(bytes.first_chunk::<32>().ok_or_else(misfit)?), &bytes[32..], 0..0)
            }
            Answer::Length(range) => (U256::from(bytes.len()), bytes, range.clone()),
            Answer::WordThenBytes(range) => (
                U256::from_big_endian(bytes.first_chunk::<32>().ok_or_else(misfit)?),
                &bytes[32..],
                range.clone(),
            ),
        };
        if rest.len() > range.len() {
            return Err(misfit());
        }
        self.memory.put(range.start, rest);
        self.resume_with(word, 0);
        Ok(())
    }
}

/// Address of an account made by CREATE or a transaction: from RLP([creator, nonce]).
pub(crate) fn create_address(creator: &H160, nonce: u64) -> H160 {
    let mut list = Vec::with_capacity(32);
    let header = alloy_rlp::Header { list: true, payload_length: 21 + alloy_rlp::Encodable::length(&nonce) };
    header.encode(&mut list);
    alloy_rlp::Encodable::encode(&creator.0, &mut list);
    alloy_rlp::Encodable::encode(&nonce, &mut list);
    H160::from_slice(&keccak256(&list).0[12..])
}

/// Address of an account made by CREATE2 (EIP-1014).
fn create2_address(creator: &H160, salt: H256, init_code: &[u8]) -> H160 {
    let mut bytes = [0u8; 85];
    bytes[0] = 0xff;
    bytes[1..21].copy_from_slice(creator.as_bytes());
    bytes[21..53].copy_from_slice(salt.as_bytes());
    bytes[53..].copy_from_slice(keccak256(init_code).as_bytes());
    H160::from_slice(&keccak256(&bytes).0[12..])
}

fn precompile_halt(error: PrecompileError) -> Halt {
    match error {
        PrecompileError::OutOfGas => Halt::OutOfGas,
        _ => Halt::PrecompileFailure,
    }
}
