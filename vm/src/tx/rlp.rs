//! RLP of transactions.

/// Bytes that are no transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid transaction")]
pub struct TransactionError;
