//! Gas by rations: what a transaction may use while it stands on verdicts that nobody has given yet.
//!
//! The running frame gets no more gas than the transaction may still use; the rest is withheld, and instructions that
//! look at gas see both. A frame that has used its ration waits for the verdicts and goes on. Where it ran out of it in
//! the middle of an instruction, the attempt is given up and made again with the verdicts known.

use super::Evm;
use super::begin::to_signed;
use crate::interpreter::{Action, CallKind, Step, run};
use erbium_claims::{Fault, Halt};

/// What the callee of a call with value gets for nothing.
const STIPEND: i64 = 2_300;

impl Evm<'_> {
    /// Runs the current frame while claims are open.
    #[cold]
    #[inline(never)]
    pub(super) fn run_rationed(&mut self) -> Step {
        let Some(inquiry) = &self.inquiry else { return run(self) };
        let Some(ration) = inquiry.ration() else { return self.run_resolved() };
        let gas = self.cursor.gas;
        self.withheld = (gas - ration).max(0);
        self.cursor.gas = gas - self.withheld;
        self.stalled = false;
        let step = run(self);
        let withheld = std::mem::take(&mut self.withheld);
        let Some(inquiry) = &mut self.inquiry else { return step };
        if step == Step::Halt {
            inquiry.spend(gas - withheld);
            if self.halt != Halt::OutOfGas || withheld == 0 {
                return step;
            }
            if std::mem::take(&mut self.stalled) {
                self.cursor.gas += withheld;
                return self.run_resolved();
            }
            self.cursor.gas = withheld;
            let fault = inquiry.give_up(self.coprocessor.verifier);
            return self.fail(fault);
        }
        self.cursor.gas += withheld;
        let handed_on = match &self.action {
            Some(Action::Call(call)) if step == Step::Suspend => {
                let sends = matches!(call.kind, CallKind::Call | CallKind::CallCode) && !call.value.is_zero();
                to_signed(call.gas) - if sends { STIPEND } else { 0 }
            }
            Some(Action::Create(creation)) if step == Step::Suspend => to_signed(creation.gas),
            _ => 0,
        };
        inquiry.spend(gas - self.cursor.gas - handed_on);
        step
    }

    /// Waits for the verdicts of the open claims and goes on, if all are as presumed. The cursor is between two
    /// instructions.
    fn run_resolved(&mut self) -> Step {
        let resolved = match &mut self.inquiry {
            Some(inquiry) => inquiry.resolve(self.coprocessor.verifier),
            None => Ok(()),
        };
        match resolved {
            Ok(()) => run(self),
            Err(fault) => self.fail(fault),
        }
    }

    fn fail(&mut self, fault: Fault) -> Step {
        self.fault = Some(fault);
        Step::Fault
    }

    /// Counts gas that was used outside of frames, by precompiles.
    pub(super) fn note_used(&mut self, gas: u64) {
        if let Some(inquiry) = &mut self.inquiry {
            inquiry.spend(to_signed(gas));
        }
    }
}
