//! Precompiled contracts.
