//! Blocks made to waste work.
