//! How a frame ends of its own will.

use super::charge;
use super::environment::COLD_ACCOUNT_EXTRA;
use crate::evm::Evm;
use crate::evm::state_gas::ACCOUNT_BYTES;
use crate::fork::Fork;
use crate::interpreter::dispatch::{Exit, Step};
use crate::interpreter::word::{self, Word};
use erbium_claims::Halt;

fn end(evm: &mut Evm<'_>, [size, offset]: &mut [Word; 2], gas: i64, step: Step) -> Result<i64, Exit> {
    let (offset, len, gas) = evm.memory.reserve(offset, size, gas)?;
    evm.output.clear();
    evm.output.extend_from_slice(evm.memory.slice(offset, len));
    evm.cursor.gas = gas;
    Err(Exit::End(step))
}

pub(in crate::interpreter) fn ret(evm: &mut Evm<'_>, slots: &mut [Word; 2], gas: i64) -> Result<i64, Exit> {
    end(evm, slots, gas, Step::Return)
}

/// EIP-140.
pub(in crate::interpreter) fn revert(
    evm: &mut Evm<'_>,
    slots: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Exit> {
    end(evm, slots, gas, Step::Revert)
}

/// Sends the whole balance away and, before Cancun or in the transaction that created it, deletes the account
/// (EIP-6780). Paying a new account costs extra from Tangerine Whistle on (EIP-150, EIP-161).
pub(in crate::interpreter) fn selfdestruct<const A: bool>(
    evm: &mut Evm<'_>,
    [beneficiary]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Exit> {
    const NEW_ACCOUNT: u64 = 25_000;
    const REFUND: i64 = 24_000;
    if evm.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let fork = evm.spec.fork;
    let heir = evm.journal.load(&word::to_address(beneficiary))?;
    let mut gas = gas;
    // No warm price here: the base price of 5,000 covers it.
    if fork >= Fork::Berlin && evm.journal.warm_account(heir) {
        gas = charge(gas, COLD_ACCOUNT_EXTRA + 100)?;
    }
    if A {
        evm.journal.note_account(heir);
    }
    let this = evm.frame.account;
    let pays_new_account = match fork {
        _ if fork >= Fork::SpuriousDragon => {
            evm.journal.is_empty(heir) && !evm.journal.account(this).balance.is_zero()
        }
        Fork::TangerineWhistle => !evm.journal.exists(heir),
        _ => false,
    };
    if pays_new_account {
        gas = if A { evm.state_gas.charge(ACCOUNT_BYTES, gas)? } else { charge(gas, NEW_ACCOUNT)? };
    }
    if fork < Fork::London && !evm.journal.is_selfdestructed(this) {
        evm.journal.add_refund(REFUND);
    }
    let destroys = fork < Fork::Cancun || evm.journal.created_in_transaction(this);
    if A {
        let balance = evm.journal.account(this).balance;
        match this == heir {
            true if destroys => evm.log_burn(evm.frame.address, balance),
            true => {}
            false => evm.log_transfer(evm.frame.address, evm.journal.address(heir), balance),
        }
    }
    evm.journal.selfdestruct(this, heir, destroys);
    evm.output.clear();
    evm.cursor.gas = gas;
    Err(Exit::End(Step::Stop))
}
