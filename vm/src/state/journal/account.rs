//! Accounts: loading, warmth, balances, nonces, code, creation and destruction.

use super::{ALWAYS, AccountEntry, AccountId, Journal, NEVER, NO_SLOT, Sight, Undo};
use crate::code::Code;
use crate::keccak::EMPTY_CODE_HASH;
use crate::state::Account;
use erbium_claims::Fault;
use primitive_types::{H160, U256};
use std::sync::Arc;

impl Journal<'_> {
    /// The account at `address`, asked of the backend at first sight. Warms nothing.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    #[inline]
    pub fn load(&mut self, address: &H160) -> Result<AccountId, Fault> {
        match self.find(address) {
            Some(id) if self.entry(id).sight == Sight::Whole => Ok(id),
            Some(id) => self.observe(id).map(|()| id),
            None => self.load_first(address),
        }
    }

    #[inline]
    pub(super) fn find(&self, address: &H160) -> Option<AccountId> {
        let hash = self.keys.address(address);
        self.account_index
            .find(hash, |&at| self.accounts[at as usize].address == *address)
            .map(|&at| AccountId(at))
    }

    #[cold]
    fn load_first(&mut self, address: &H160) -> Result<AccountId, Fault> {
        let base = self.backend.account(address)?;
        Ok(self.enter(address, base, Sight::Whole))
    }

    /// Makes an entry for an account that has none.
    pub(super) fn enter(&mut self, address: &H160, base: Option<Account>, sight: Sight) -> AccountId {
        let at = self.accounts.len() as u32;
        self.accounts.push(AccountEntry {
            account: base.unwrap_or_default(),
            exists: base.is_some(),
            storage_wiped: false,
            warm: NEVER,
            touched: NEVER,
            created: NEVER,
            destroyed: NEVER,
            newest_slot: NO_SLOT,
            sight,
            code: None,
            address: *address,
            base,
        });
        let (keys, accounts) = (&self.keys, &self.accounts);
        let hash = keys.address(address);
        self.account_index.insert_unique(hash, at, |&at| keys.address(&accounts[at as usize].address));
        AccountId(at)
    }

    /// Where the account is.
    #[inline]
    pub fn address(&self, id: AccountId) -> H160 {
        self.entry(id).address
    }

    /// Warms the account; true if it was cold (EIP-2929).
    #[inline]
    pub fn warm_account(&mut self, id: AccountId) -> bool {
        let epoch = self.epoch;
        let entry = self.entry_mut(id);
        let cold = entry.warm < epoch;
        if cold {
            entry.warm = epoch;
            self.undo.push(Undo::AccountCold(id));
        }
        cold
    }

    /// Keeps the account warm in every transaction from now on, as precompiles are. Not journaled.
    pub fn keep_warm(&mut self, id: AccountId) {
        self.entry_mut(id).warm = ALWAYS;
    }

    /// True for an account that [`Journal::keep_warm`] keeps warm.
    pub fn is_kept_warm(&self, id: AccountId) -> bool {
        self.entry(id).warm == ALWAYS
    }

    /// Nonce, balance and code hash; those of an empty account where there is none.
    #[inline]
    pub fn account(&self, id: AccountId) -> &Account {
        &self.entry(id).account
    }

    /// True where the state holds the account, be it empty (the rules before EIP-161 ask this).
    #[inline]
    pub fn exists(&self, id: AccountId) -> bool {
        self.entry(id).exists
    }

    /// True for an account that is empty (EIP-161) or absent.
    #[inline]
    pub fn is_empty(&self, id: AccountId) -> bool {
        self.entry(id).account.is_empty()
    }

    /// The account's code, read at first use.
    ///
    /// # Errors
    /// [`Fault::Backend`] when the code cannot be read.
    #[inline]
    pub fn code(&mut self, id: AccountId) -> Result<&Arc<Code>, Fault> {
        let backend = self.backend;
        let entry = &mut self.accounts[id.0 as usize];
        if entry.code.is_none() {
            let hash = entry.account.code_hash;
            let empty = hash == EMPTY_CODE_HASH;
            entry.code = Some(if empty { Code::empty() } else { backend.code(&entry.address, hash)? });
        }
        Ok(entry.code.get_or_insert_with(Code::empty))
    }

    /// Marks the account as touched (EIP-161): if it is empty when the transaction ends, it is deleted.
    #[inline]
    pub fn touch(&mut self, id: AccountId) {
        let epoch = self.epoch;
        let entry = self.entry_mut(id);
        if entry.touched != epoch {
            entry.touched = epoch;
            self.touched.push(id);
            self.undo.push(Undo::Untouched(id));
        }
    }

    /// Makes an empty account where there is none, as a call did before EIP-161.
    #[inline]
    pub fn create_if_absent(&mut self, id: AccountId) {
        let entry = self.entry_mut(id);
        if !entry.exists {
            entry.exists = true;
            self.undo.push(Undo::Absent(id));
        }
    }

    /// Adds wei, touching the account and making it exist even for an amount of zero. False if the balance would
    /// exceed 2^256 - 1; then nothing changed.
    pub fn add_balance(&mut self, id: AccountId, amount: U256) -> bool {
        if self.entry(id).sight != Sight::Whole {
            self.credit(id, amount);
            return true;
        }
        let Some(balance) = self.account(id).balance.checked_add(amount) else { return false };
        self.set_balance(id, balance);
        true
    }

    /// Takes wei, touching the account and making it exist. False if there is less; then nothing changed.
    pub fn sub_balance(&mut self, id: AccountId, amount: U256) -> bool {
        let Some(balance) = self.account(id).balance.checked_sub(amount) else { return false };
        self.set_balance(id, balance);
        true
    }

    #[inline]
    pub(super) fn set_balance(&mut self, id: AccountId, balance: U256) {
        self.touch(id);
        self.create_if_absent(id);
        let previous = std::mem::replace(&mut self.entry_mut(id).account.balance, balance);
        if previous != balance {
            self.undo.push(Undo::Balance(id, previous));
        }
    }

    /// Moves wei. Touches `to` even for a value of zero, which makes nothing exist. False if `from` has less or `to`
    /// would overflow; then nothing changed.
    #[inline]
    pub fn transfer(&mut self, from: AccountId, to: AccountId, value: U256) -> bool {
        if self.entry(to).sight != Sight::Whole {
            return self.transfer_unseen(from, to, value);
        }
        if value.is_zero() {
            self.touch(to);
            return true;
        }
        let Some(left) = self.account(from).balance.checked_sub(value) else { return false };
        if from == to {
            self.touch(to);
            return true;
        }
        let Some(grown) = self.account(to).balance.checked_add(value) else { return false };
        self.set_balance(from, left);
        self.set_balance(to, grown);
        true
    }

    /// Sets the nonce, making the account exist.
    pub fn set_nonce(&mut self, id: AccountId, nonce: u64) {
        self.touch(id);
        self.create_if_absent(id);
        let previous = std::mem::replace(&mut self.entry_mut(id).account.nonce, nonce);
        self.undo.push(Undo::Nonce(id, previous));
    }

    /// Sets the code, making the account exist.
    pub fn set_code(&mut self, id: AccountId, code: Arc<Code>) {
        self.touch(id);
        self.create_if_absent(id);
        let entry = self.entry_mut(id);
        let hash = std::mem::replace(&mut entry.account.code_hash, code.hash());
        let previous = entry.code.replace(code);
        self.undo.push(Undo::Code(id, Box::new((hash, previous))));
    }

    /// True where a contract must not be created: the account has a nonce, code (EIP-684) or storage (EIP-7610).
    ///
    /// # Errors
    /// [`Fault::Backend`] when the store cannot be read.
    pub fn has_code_or_nonce_or_storage(&mut self, id: AccountId) -> Result<bool, Fault> {
        let entry = self.entry(id);
        if entry.account.nonce != 0 || entry.account.code_hash != EMPTY_CODE_HASH {
            return Ok(true);
        }
        if self.slots_of(id).any(|slot| !slot.present.is_zero()) {
            return Ok(true);
        }
        // Without code nothing can have zeroed a slot that the backend still holds, so its word is good.
        if entry.base.is_none() || entry.storage_wiped {
            return Ok(false);
        }
        self.backend.has_storage(&entry.address)
    }

    /// Turns the account into a fresh contract: it exists with its balance, `nonce` (1 from EIP-161 on, else 0), no
    /// code, no storage, and counts as created in this transaction (EIP-6780).
    pub fn begin_create(&mut self, id: AccountId, nonce: u64) {
        self.set_nonce(id, nonce);
        if self.entry(id).account.code_hash != EMPTY_CODE_HASH {
            self.set_code(id, Code::empty());
        }
        let epoch = self.epoch;
        let entry = self.entry_mut(id);
        if entry.created != epoch {
            entry.created = epoch;
            self.undo.push(Undo::NotCreated(id));
        }
        self.wipe_storage(id);
    }

    /// True for an account that [`Journal::begin_create`] made in this transaction.
    #[inline]
    pub fn created_in_transaction(&self, id: AccountId) -> bool {
        self.entry(id).created == self.epoch
    }

    /// Moves the whole balance to `beneficiary`, which comes to exist, and, where `destroys` (before Cancun always,
    /// from EIP-6780 on for contracts created in this transaction), marks the account for deletion at the end. An
    /// account that names itself burns its balance if it is destroyed and keeps it otherwise.
    pub fn selfdestruct(&mut self, id: AccountId, beneficiary: AccountId, destroys: bool) {
        let balance = self.account(id).balance;
        if id == beneficiary {
            self.touch(id);
        } else {
            // The supply of ether is far below 2^256; should made-up balances overflow, the excess is burnt.
            let sum = self.account(beneficiary).balance.saturating_add(balance);
            self.set_balance(beneficiary, sum);
            self.set_balance(id, U256::zero());
        }
        if !destroys {
            return;
        }
        self.set_balance(id, U256::zero());
        let epoch = self.epoch;
        let entry = self.entry_mut(id);
        if entry.destroyed != epoch {
            entry.destroyed = epoch;
            self.destroyed.push(id);
            self.undo.push(Undo::NotDestroyed(id));
        }
    }

    /// True for an account already marked for deletion in this transaction (it earns no second refund).
    #[inline]
    pub fn is_selfdestructed(&self, id: AccountId) -> bool {
        self.entry(id).destroyed == self.epoch
    }

    /// The accounts marked for deletion in this transaction.
    pub fn destroyed(&self) -> &[AccountId] {
        &self.destroyed
    }

    /// How many slots the account has that this journal knows and that are not zero.
    pub fn filled_slots(&self, id: AccountId) -> u64 {
        self.slots_of(id).filter(|slot| !slot.present.is_zero()).count() as u64
    }

    /// Deletes the account for good: only when no frame is left that could revert.
    pub(super) fn delete(&mut self, id: AccountId) {
        self.wipe_storage(id);
        let entry = self.entry_mut(id);
        entry.account = Account::default();
        entry.exists = false;
        entry.code = None;
    }

    pub(super) fn delete_if_empty(&mut self, id: AccountId) {
        if self.exists(id) && self.is_empty(id) {
            self.delete(id);
        }
    }
}
