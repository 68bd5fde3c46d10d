//! The driver: messages, transactions.
