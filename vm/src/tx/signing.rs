//! Signing hashes.
