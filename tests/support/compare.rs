//! Erbium against revm on one case.

use super::case::Case;
use super::observed::Difference;
use super::{ours, peer};
use erbium_vm::state::MemoryState;
use revm::context_interface::cfg::GasParams;

/// Runs `case` on revm, repriced, and on erbium: with cold code, with code that gets warm while it loops, decoded from
/// the start, and one instruction at a time.
pub(crate) fn compare(case: &Case, reprice: impl FnOnce(&mut GasParams)) -> Result<(), Difference> {
    let expected = peer::run(case, reprice);
    let agree = |run, state: &MemoryState, stepped| {
        Difference::between(run, &ours::run(case, state, stepped), &expected).map_or(Ok(()), Err)
    };
    agree("cold", &ours::state(case), false)?;
    let state = ours::state(case);
    ours::heat_to_the_brink(&state);
    agree("warming", &state, false)?;
    ours::heat_through(&state);
    agree("warm", &state, false)?;
    agree("stepped", &state, true)
}
