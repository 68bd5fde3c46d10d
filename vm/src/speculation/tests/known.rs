//! Claims that are known, and how few questions they make.
