//! Messages: calls and creations, and the loop over their frames.

use super::Evm;
use super::address::create_address;
use super::begin::{Begun, Call};
use crate::code::Code;
use crate::fork::Fork;
use crate::interpreter::{CallKind, Step, run};
use crate::precompile::ExtensionPrecompile;
use crate::state::AccountId;
use erbium_claims::{Fault, Halt};
use primitive_types::{H160, H256, U256};
use std::sync::Arc;

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

impl Evm<'_> {
    /// Runs a message to its end.
    ///
    /// # Errors
    /// [`Fault`] when state or coprocessor failed; the journal is then of no further use.
    pub fn message(&mut self, message: Message) -> Result<MessageResult, Fault> {
        self.memory.reset();
        self.callers.clear();
        self.action = None;
        self.return_data.clear();
        self.output.clear();
        self.input = message.input;
        let caller_id = self.journal.load(&message.caller)?;
        let (begun, created) = match message.kind {
            MessageKind::Call => {
                let account = self.journal.load_to_credit(&message.to)?;
                self.journal.note_account(account);
                let (code, delegated) = self.code_to_run(account)?;
                if delegated || !code.is_empty() || self.is_precompile(&message.to) {
                    self.journal.observe(account)?;
                }
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

    fn is_precompile(&self, address: &H160) -> bool {
        self.precompiles.get(address).is_some() || ExtensionPrecompile::at(self.spec, address).is_some()
    }

    /// Code that runs at an account: its own, or its delegate's. The delegate becomes warm; the caller has paid.
    fn code_to_run(&mut self, account: AccountId) -> Result<(Arc<Code>, bool), Fault> {
        let code = Arc::clone(self.journal.code(account)?);
        match code.delegation().filter(|_| self.spec.has(Fork::Prague)) {
            None => Ok((code, false)),
            Some(delegate) => {
                let id = self.journal.load(&delegate)?;
                self.journal.warm_account(id);
                self.journal.note_account(id);
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
                    Some(outcome) => outcome,
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

    /// Runs the current frame until it ends or suspends; one instruction when stepping. A precompile's that asks is
    /// suspended already.
    fn run_frame(&mut self) -> Step {
        if self.action.is_some() {
            return Step::Suspend;
        }
        if !self.stepping {
            return match &self.inquiry {
                Some(inquiry) if inquiry.has_open() => self.run_rationed(),
                _ => run(self),
            };
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
}
