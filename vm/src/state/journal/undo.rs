//! What the journal remembers so that a frame's effects can be taken back.

use super::{AccountId, SlotId};
use crate::code::Code;
use primitive_types::{H256, U256};
use std::sync::Arc;

/// One step back. Applied newest first.
#[derive(Debug)]
pub(super) enum Undo {
    /// The account was cold (EIP-2929).
    AccountCold(AccountId),
    /// The slot was cold (EIP-2929).
    SlotCold(SlotId),
    /// The account had not been touched (EIP-161).
    Untouched(AccountId),
    /// The account was absent.
    Absent(AccountId),
    /// The account was not one that this transaction created.
    NotCreated(AccountId),
    /// The account was not marked for deletion.
    NotDestroyed(AccountId),
    Balance(AccountId, U256),
    Nonce(AccountId, u64),
    /// Boxed since it is rare and would make every other step longer.
    Code(AccountId, Box<(H256, Option<Arc<Code>>)>),
    Present(SlotId, U256),
    Original(SlotId, U256),
    /// Storage was whatever the backend said; `newest` was the head of the account's list of cached slots.
    StorageKept {
        id: AccountId,
        newest: u32,
    },
    /// Index into the transient slots.
    Transient(u32, U256),
}

// A transaction pushes one of these for every write: keep them short.
const _: () = assert!(size_of::<Undo>() <= 40);
