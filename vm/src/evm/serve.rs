//! What suspended frames ask for, and how they go on with the answer.

use super::Evm;
use super::address::{create_address, create2_address};
use super::begin::{Begun, CALL_DEPTH, Call, to_signed};
use super::message::{Outcome, SuccessReason};
use super::state_gas::ACCOUNT_BYTES;
use crate::code::Code;
use crate::fork::Fork;
use crate::interpreter::{Action, Answer, CallKind, CallRequest, CreateRequest, Question};
use crate::speculation::ask_one;
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, H256, U256};
use std::ops::Range;
use std::sync::Arc;

impl Evm<'_> {
    /// Does what the suspended frame asks for; an outcome in answer ends the frame.
    pub(super) fn serve(&mut self) -> Result<Option<Outcome>, Fault> {
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

    pub(super) fn resume_after_call(&mut self, outcome: Outcome, gas_left: u64, output: Range<usize>) {
        if matches!(outcome, Outcome::Halt(_)) {
            self.output.clear();
        }
        std::mem::swap(&mut self.return_data, &mut self.output);
        let wanted = output.len().min(self.return_data.len());
        self.memory.put(output.start, self.return_data.get(..wanted).unwrap_or_default());
        self.resume_with(U256::from(u8::from(outcome.is_success())), gas_left);
    }

    pub(super) fn resume_after_create(&mut self, outcome: Outcome, gas_left: u64, address: H160) {
        // Only a revert leaves return data behind (EIP-211).
        self.return_data.clear();
        if outcome == Outcome::Revert {
            std::mem::swap(&mut self.return_data, &mut self.output);
        }
        if self.spec.has(Fork::Amsterdam) && !outcome.is_success() {
            self.state_gas.give_back(ACCOUNT_BYTES);
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

    fn serve_question(&mut self, question: Question) -> Result<Option<Outcome>, Fault> {
        match question {
            Question::Claim { claim, answer } => {
                let verifier = self.coprocessor.verifier;
                let verdict = match &mut self.inquiry {
                    None => ask_one(verifier, claim)?,
                    Some(inquiry) => inquiry.verdict(verifier, claim)?,
                };
                let mut word = vec![0; 31];
                word.push(u8::from(verdict.is_valid()));
                self.take_answer(word, answer)
            }
            Question::Derive { mut derivation, answer } => {
                let derived = self.coprocessor.deriver.derive(&derivation);
                derivation.wipe();
                match derived? {
                    Ok(bytes) => self.take_answer(bytes, answer),
                    Err(halt) => Ok(Some(Outcome::Halt(halt))),
                }
            }
        }
    }

    /// Pushes, writes or returns the bytes of an answer as the question announced.
    fn take_answer(&mut self, bytes: Vec<u8>, answer: Answer) -> Result<Option<Outcome>, Fault> {
        let fits = match &answer {
            Answer::Word => bytes.len() == 32,
            Answer::Length(range) => bytes.len() == range.len(),
            Answer::WordThenBytes(range) => (32..=32 + range.len()).contains(&bytes.len()),
            Answer::Return(len) => bytes.len() == *len,
        };
        if !fits {
            let reason = format!("{} bytes do not fit {answer:?}", bytes.len());
            return Err(Fault::Coprocessor { reason });
        }
        let (word, rest) = bytes.split_at(bytes.len().min(32));
        match answer {
            Answer::Word => self.resume_with(U256::from_big_endian(word), 0),
            Answer::Length(range) => {
                self.memory.put(range.start, &bytes);
                self.resume_with(U256::from(bytes.len()), 0);
            }
            Answer::WordThenBytes(range) => {
                self.memory.put(range.start, rest);
                self.resume_with(U256::from_big_endian(word), 0);
            }
            Answer::Return(_) => {
                self.output = bytes;
                return Ok(Some(Outcome::Success(SuccessReason::Return)));
            }
        }
        Ok(None)
    }
}
