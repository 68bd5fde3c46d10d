//! Homomorphic encryption as blocks see it: handles that stand for ciphertexts, the operations that make them, and the
//! log of what is to be evaluated. No ciphertext is seen here, and nothing is computed.
//!
//! What each operation takes is judged in one place, [`Operation::read`]; `docs/homomorphic.md` has the rules in words.

mod code;
mod handle;
mod json;
mod logged;
mod operation;

pub use code::Code;
pub use handle::{CiphertextType, Handle};
pub use json::LogError;
pub use logged::{LoggedOperation, Place};
pub use operation::{Breach, Operation};
