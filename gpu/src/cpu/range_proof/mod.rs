//! Bulletproofs range proofs and confidential transfers, verified in batches.
//!
//! The bytes and the set of accepted proofs are those of crate `bulletproofs` 5. A claim is read into a [`Statement`], its
//! transcript replayed to challenges, and comes down to an [`Equation`]: a sum of multiples of points that must be the
//! identity. Under random [`Weights`] the equations of a batch are one equation; generators are shared, so their multiples
//! add up as [`Coefficients`]. [`verify`] sums on the processor. Whoever sums elsewhere takes statements, weights from a
//! [`Draw`] and equations, and adds [`Plant`]s, claims that are off by a known term. `docs/range-proofs.md` has the
//! mathematics.
//!
//! Verification is of public data: nothing of it runs in constant time. Proving is the crate's and ours, below
//! [`make_transfer`].

mod batch;
mod draw;
mod equation;
mod generators;
mod multiply;
mod plant;
mod prove;
mod residue;
mod statement;
mod transcript;

pub use batch::{Stages, verify, verify_in_stages};
pub use draw::Draw;
pub use equation::{Coefficients, Equation, Expansion, Inverses, Products, Weights};
pub use generators::{Generators, MAX_BITS, MAX_VALUES, MAX_VECTOR, Share};
pub use plant::{Plant, Shape};
pub use prove::{Opening, TransferError, make_transfer};
pub(crate) use prove::{commit, prove_range};
pub use statement::{Challenges, Excess, Statement};
pub use transcript::Transcript;
