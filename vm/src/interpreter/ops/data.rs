//! Call data, code, return data and hashing.

use super::{charge, word_gas};
use crate::evm::Evm;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word};
use crate::keccak::keccak256 as hash;
use erbium_claims::Halt;

pub(in crate::interpreter) fn keccak256(
    evm: &mut Evm<'_>,
    [size, offset]: &mut [Word; 2],
    gas: i64,
) -> Result<i64, Exit> {
    let (offset, len, gas) = evm.memory.reserve(offset, size, gas)?;
    let gas = charge(gas, word_gas(len, 6))?;
    *size = word::from_be(&hash(evm.memory.slice(offset, len)).0);
    Ok(gas)
}

#[inline(always)]
pub(in crate::interpreter) fn calldataload(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Halt> {
    let input = evm.input();
    let offset = word::to_u64(top).and_then(|offset| usize::try_from(offset).ok());
    let rest = offset.and_then(|offset| input.get(offset..)).unwrap_or_default();
    *top = match rest.first_chunk() {
        Some(bytes) => word::from_be(bytes),
        None => partial(rest),
    };
    Ok(gas)
}

/// Fewer than 32 bytes, with zeros behind them.
#[cold]
#[inline(never)]
fn partial(rest: &[u8]) -> Word {
    let mut bytes = [0u8; 32];
    bytes[..rest.len()].copy_from_slice(rest);
    word::from_be(&bytes)
}

#[inline(always)]
pub(in crate::interpreter) fn calldatasize(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Halt> {
    *top = word::small(evm.input().len() as u64);
    Ok(gas)
}

pub(in crate::interpreter) fn calldatacopy(
    evm: &mut Evm<'_>,
    [size, from, to]: &mut [Word; 3],
    gas: i64,
) -> Result<i64, Exit> {
    let (to, len, gas) = evm.memory.reserve(to, size, gas)?;
    let gas = charge(gas, word_gas(len, 3))?;
    evm.copy_input(to, word::saturate(from), len);
    Ok(gas)
}

#[inline(always)]
pub(in crate::interpreter) fn codesize(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Halt> {
    *top = word::small(evm.frame.code.len() as u64);
    Ok(gas)
}

pub(in crate::interpreter) fn codecopy(
    evm: &mut Evm<'_>,
    [size, from, to]: &mut [Word; 3],
    gas: i64,
) -> Result<i64, Exit> {
    let (to, len, gas) = evm.memory.reserve(to, size, gas)?;
    let gas = charge(gas, word_gas(len, 3))?;
    evm.memory.put_padded(to, evm.frame.code.bytes(), word::saturate(from), len);
    Ok(gas)
}

#[inline(always)]
pub(in crate::interpreter) fn returndatasize(
    evm: &mut Evm<'_>,
    [top]: &mut [Word; 1],
    gas: i64,
) -> Result<i64, Halt> {
    *top = word::small(evm.return_data.len() as u64);
    Ok(gas)
}

/// Reading beyond the return data halts (EIP-211).
pub(in crate::interpreter) fn returndatacopy(
    evm: &mut Evm<'_>,
    [size, from, to]: &mut [Word; 3],
    gas: i64,
) -> Result<i64, Exit> {
    let end = word::saturate(from).saturating_add(word::saturate(size));
    if end > evm.return_data.len() as u64 {
        return Err(Halt::ReturnDataOutOfBounds.into());
    }
    let (to, len, gas) = evm.memory.reserve(to, size, gas)?;
    let gas = charge(gas, word_gas(len, 3))?;
    evm.memory.put_padded(to, &evm.return_data, word::saturate(from), len);
    Ok(gas)
}
