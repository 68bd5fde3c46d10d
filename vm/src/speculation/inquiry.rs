//! What becomes of the claims that one run of a transaction makes.

use super::cache::ClaimKey;
use super::desk::{Desk, OpenClaims, Verdicts};
use erbium_claims::{Claim, Fault, Verdict, Verifier};
use std::sync::Arc;

/// Gas that a transaction uses after a claim that is open, before it waits for the verdict.
pub(super) const RATION: i64 = 500_000;
/// With less than this left of it, a transaction waits at the next place where it can.
const REST: i64 = 100_000;

/// What is done about a claim whose verdict is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The coprocessor is asked at once.
    AtOnce,
    /// As [`Mode::AtOnce`] for the block's first; at the second the run is left, so that the block goes on presuming.
    Lead,
    /// It is presumed, within the bounds.
    Presume,
}

/// Why a run was left before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// A presumption was wrong.
    Wrong,
    /// Its gas for standing on presumptions ended in the middle of an instruction.
    Rationed,
    /// It is to be run again presuming.
    ToPresume,
}

/// The claims of one run.
pub(crate) struct Inquiry {
    desk: Arc<Desk>,
    mode: Mode,
    /// Answers that rest on a presumption.
    presumed: Verdicts,
    open: OpenClaims,
    /// Gas used since the oldest open claim.
    spent: i64,
    left: Option<Left>,
}

/// Asks about one claim.
pub(crate) fn ask_one(verifier: &dyn Verifier, claim: Claim) -> Result<Verdict, Fault> {
    let verdicts = verifier.verify(std::slice::from_ref(&claim))?;
    match verdicts.as_slice() {
        [verdict] => Ok(*verdict),
        _ => Err(Fault::Coprocessor { reason: format!("{} verdicts for one claim", verdicts.len()) }),
    }
}

impl Inquiry {
    pub(super) fn new(desk: &Arc<Desk>, mode: Mode) -> Self {
        Self {
            desk: Arc::clone(desk),
            mode,
            presumed: Verdicts::default(),
            open: OpenClaims::new(desk),
            spent: 0,
            left: None,
        }
    }

    /// The answer to a claim that the run makes.
    ///
    /// # Errors
    /// [`Fault`] when the coprocessor failed, or where the run is left: [`Inquiry::into_parts`] tells.
    pub(crate) fn verdict(&mut self, verifier: &dyn Verifier, claim: Claim) -> Result<Verdict, Fault> {
        self.desk.count_claim();
        if !claim.has_form() {
            return Ok(Verdict::Invalid);
        }
        let key = ClaimKey::of(&claim);
        if let Some(verdict) = self.desk.look_up(&key).or_else(|| self.presumed.get(&key).copied()) {
            return Ok(verdict);
        }
        match self.mode {
            Mode::AtOnce => {}
            Mode::Lead if self.desk.has_asked() => return Err(self.leave(Left::ToPresume)),
            Mode::Lead => {}
            Mode::Presume => {
                let bytes = claim.payload_len();
                if let Some(verdict) = self.desk.presume(&key, bytes) {
                    if self.open.is_empty() {
                        self.spent = 0;
                    }
                    self.open.push(key, claim, bytes);
                    self.presumed.insert(key, verdict);
                    return Ok(verdict);
                }
            }
        }
        self.judge(verifier, Some((key, claim)))?;
        let none = || Fault::Coprocessor { reason: "a claim was judged without a verdict".to_owned() };
        self.desk.given(&key).ok_or_else(none)
    }

    /// True where the run stands on verdicts that nobody has given.
    pub(crate) fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Gas that the run may use before [`Inquiry::resolve`]; `None` where it is time for that.
    pub(crate) fn ration(&self) -> Option<i64> {
        let left = RATION - self.spent;
        (left >= REST).then_some(left)
    }

    /// Counts gas that was used.
    pub(crate) fn spend(&mut self, gas: i64) {
        self.spent = self.spent.saturating_add(gas);
    }

    /// Has the run's open claims judged.
    ///
    /// # Errors
    /// As [`Inquiry::verdict`]; the run is left where a presumption was wrong.
    pub(crate) fn resolve(&mut self, verifier: &dyn Verifier) -> Result<(), Fault> {
        self.judge(verifier, None)
    }

    fn judge(&mut self, verifier: &dyn Verifier, more: Option<(ClaimKey, Claim)>) -> Result<(), Fault> {
        let mut claims = self.open.take();
        claims.extend(more);
        self.desk.judge(verifier, claims)?;
        if self.desk.refutes(&self.presumed) {
            return Err(self.leave(Left::Wrong));
        }
        self.presumed.clear();
        Ok(())
    }

    /// Leaves the run, with its claims judged, so that the next one knows them.
    pub(crate) fn give_up(&mut self, verifier: &dyn Verifier) -> Fault {
        match self.judge(verifier, None) {
            Ok(()) => self.leave(Left::Rationed),
            Err(fault) => fault,
        }
    }

    /// What unwinds the run. It is a fault for the way up only: whoever began the run looks at why it was left.
    #[cold]
    fn leave(&mut self, why: Left) -> Fault {
        self.left = Some(why);
        Fault::Coprocessor { reason: "a run was left before its end".to_owned() }
    }

    /// Why the run was left, if it was; what it stands on, and which claims are still open.
    pub(super) fn into_parts(self) -> (Option<Left>, Verdicts, OpenClaims) {
        (self.left, self.presumed, self.open)
    }
}
