//! Memory.

use super::{charge, word_gas};
use crate::evm::Evm;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word};
use erbium_claims::Halt;

#[inline(always)]
pub(in crate::interpreter) fn mload(evm: &mut Evm<'_>, [top]: &mut [Word; 1], gas: i64) -> Result<i64, Halt> {
    let (offset, gas) = evm.memory.reserve_fixed(top, 32, gas)?;
    if let Some(bytes) = evm.memory.bytes().get(offset..).and_then(|bytes| bytes.first_chunk()) {
        *top = word::from_be(bytes);
    }
    Ok(gas)
}

#[inline(always)]
pub(in crate::interpreter) fn mstore(
    evm: &mut Evm<'_>,
    [value, offset]: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Halt> {
    let (offset, gas) = evm.memory.reserve_fixed(offset, 32, gas)?;
    if let Some(target) = evm.memory.bytes_mut().get_mut(offset..).and_then(|bytes| bytes.first_chunk_mut()) {
        *target = word::to_be(value);
    }
    Ok(gas)
}

#[inline(always)]
pub(in crate::interpreter) fn mstore8(
    evm: &mut Evm<'_>,
    [value, offset]: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Halt> {
    let (offset, gas) = evm.memory.reserve_fixed(offset, 1, gas)?;
    if let Some(target) = evm.memory.bytes_mut().get_mut(offset) {
        *target = value.0[0] as u8;
    }
    Ok(gas)
}

#[inline(always)]
pub(in crate::interpreter) fn msize(evm: &mut Evm<'_>, [top]: &mut [Word; 1], gas: i64) -> Result<i64, Halt> {
    *top = word::small(evm.memory.len() as u64);
    Ok(gas)
}

/// EIP-5656.
pub(in crate::interpreter) fn mcopy(
    evm: &mut Evm<'_>,
    [size, from, to]: &mut [Word; 3],
    gas: i64,
) -> Result<i64, Exit> {
    // Memory grows over both ranges: to the farther one.
    let farther = if word::lt(from, to) { &*to } else { &*from };
    let (_, len, gas) = evm.memory.reserve(farther, size, gas)?;
    let gas = charge(gas, word_gas(len, 3))?;
    if len > 0 {
        let (from, to) = (word::saturate(from) as usize, word::saturate(to) as usize);
        evm.memory.bytes_mut().copy_within(from..from + len, to);
    }
    Ok(gas)
}
