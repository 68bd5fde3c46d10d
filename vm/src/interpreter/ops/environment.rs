//! What a contract can ask about its call, its block and other accounts.

use super::{charge, word_gas};
use crate::evm::Evm;
use crate::fork::Fork;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word, ZERO};
use crate::state::AccountId;
use erbium_claims::Halt;
use primitive_types::U256;

/// What the first access to an account adds to the warm price (EIP-2929: 2,600 in all).
pub(super) const COLD_ACCOUNT_EXTRA: u64 = 2_500;

/// Instructions that push one word they find in the environment.
macro_rules! reads {
    ($($name:ident: |$evm:ident| $value:expr;)*) => {
        $(#[inline(always)]
        pub(in crate::interpreter) fn $name(
            $evm: &mut Evm<'_>, [top]: &mut [Word; 1], gas: i64,
        ) -> Result<i64, Halt> {
            *top = $value;
            Ok(gas)
        })*
    };
}

reads! {
    address: |evm| word::from_address(&evm.frame.address);
    origin: |evm| word::from_address(&evm.tx.origin);
    caller: |evm| word::from_address(&evm.frame.caller);
    callvalue: |evm| evm.frame.value;
    gasprice: |evm| evm.tx.gas_price;
    coinbase: |evm| word::from_address(&evm.block.coinbase);
    timestamp: |evm| word::small(evm.block.timestamp);
    number: |evm| word::small(evm.block.number);
    prevrandao: |evm| if evm.spec.has(Fork::Paris) {
        word::from_be(&evm.block.prev_randao.0)
    } else {
        evm.block.difficulty
    };
    gaslimit: |evm| word::small(evm.block.gas_limit);
    chainid: |evm| word::small(evm.spec.chain_id);
    selfbalance: |evm| evm.journal.account(evm.frame.account).balance;
    basefee: |evm| evm.block.base_fee;
    blobbasefee: |evm| evm.block.blob_base_fee;
    slotnum: |evm| word::small(evm.block.slot_number);
}

#[inline(always)]
pub(in crate::interpreter) fn blobhash(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Halt> {
    let index = word::to_u64(top).and_then(|index| usize::try_from(index).ok());
    *top = match index.and_then(|index| evm.tx.blob_hashes.get(index)) {
        Some(hash) => word::from_be(&hash.0),
        None => ZERO,
    };
    Ok(gas)
}

/// Zero outside the last 256 blocks.
pub(in crate::interpreter) fn blockhash(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Exit> {
    *top = match word::to_u64(top) {
        Some(number) if number < evm.block.number && evm.block.number - number <= 256 => {
            word::from_be(&evm.journal.block_hash(number)?.0)
        }
        _ => ZERO,
    };
    Ok(gas)
}

/// Loads an account and charges for its first access (EIP-2929). From Amsterdam on, with `A`, an access that has been
/// paid for is recorded (EIP-7928).
pub(super) fn access<const A: bool>(
    evm: &mut Evm<'_>,
    address: &Word,
    gas: i64,
) -> Result<(AccountId, i64), Exit> {
    let id = evm.journal.load(&word::to_address(address))?;
    let gas = match evm.spec.has(Fork::Berlin) && evm.journal.warm_account(id) {
        true => charge(gas, COLD_ACCOUNT_EXTRA)?,
        false => gas,
    };
    if A {
        evm.journal.note_account(id);
    }
    Ok((id, gas))
}

pub(in crate::interpreter) fn balance<const A: bool>(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Exit> {
    let (id, gas) = access::<A>(evm, top, gas)?;
    *top = evm.journal.account(id).balance;
    Ok(gas)
}

pub(in crate::interpreter) fn extcodesize<const A: bool>(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Exit> {
    let (id, gas) = access::<A>(evm, top, gas)?;
    *top = word::small(evm.journal.code(id)?.len() as u64);
    Ok(gas)
}

/// Zero for an account that does not exist or is empty (EIP-1052).
pub(in crate::interpreter) fn extcodehash<const A: bool>(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Exit> {
    let (id, gas) = access::<A>(evm, top, gas)?;
    *top = match evm.journal.is_empty(id) {
        true => U256::zero(),
        false => word::from_be(&evm.journal.account(id).code_hash.0),
    };
    Ok(gas)
}

pub(in crate::interpreter) fn extcodecopy<const A: bool>(
    evm: &mut Evm<'_>,
    [size, from, to, address]: &mut [Word; 4],
    gas: i64,
) -> Result<i64, Exit> {
    let (to, len, gas) = evm.memory.reserve(to, size, gas)?;
    let gas = charge(gas, word_gas(len, 3))?;
    let (id, gas) = access::<A>(evm, address, gas)?;
    if len > 0 {
        let code = evm.journal.code(id)?;
        evm.memory.put_padded(to, code.bytes(), word::saturate(from), len);
    }
    Ok(gas)
}
