//! Blocks: headers, receipts, roots and execution.
