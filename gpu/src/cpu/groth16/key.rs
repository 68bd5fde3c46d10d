//! Verifying keys, parsed.

use super::curve::{self, G1, G2};
use crate::cpu::cache::Held;
use erbium_claims::Groth16Parts;
use keccak_asm::Keccak256;
use rayon::prelude::*;
use std::fmt;

/// A verifying key whose points are all on their curves and in the subgroups. Points of G1 that stand on the other side of
/// the equation are negated. Infinity is a point like any other, as in arkworks.
pub(crate) struct VerifyingKey {
    pub(super) minus_alpha: G1,
    pub(super) beta: G2,
    pub(super) gamma: G2,
    pub(super) delta: G2,
    /// The constant term's, then one an input.
    pub(super) ic: Vec<G1>,
    /// Keccak-256 of its bytes.
    pub(super) digest: [u8; 32],
}

impl VerifyingKey {
    /// Reads a key, on all cores of the current rayon pool; `None` where a point is none, or of another group.
    pub(super) fn read(parts: &Groth16Parts<'_>) -> Option<Self> {
        let g1 = |bytes| curve::g1_from_uncompressed(bytes).filter(curve::g1_in_subgroup);
        let g2 = |bytes| curve::g2_from_uncompressed(bytes).filter(curve::g2_in_subgroup);
        let [beta, gamma, delta] = parts.beta_gamma_delta.each_ref().map(g2);
        let ic = parts.ic.par_iter().with_min_len(8).map(g1).collect::<Option<_>>()?;
        Some(Self {
            minus_alpha: curve::g1_negated(&g1(parts.alpha)?),
            beta: beta?,
            gamma: gamma?,
            delta: delta?,
            ic,
            digest: Keccak256::digest(parts.key).into(),
        })
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").finish_non_exhaustive()
    }
}

impl Held for VerifyingKey {
    fn size(&self) -> usize {
        size_of::<Self>() + size_of_val(self.ic.as_slice())
    }
}
