//! LOG0 to LOG4.

use super::charge;
use crate::evm::Evm;
use crate::interpreter::dispatch::Exit;
use crate::interpreter::word::{self, Word};
use crate::state::Log;
use erbium_claims::Halt;
use primitive_types::H256;

/// The slots below offset and size are the topics, the first one highest.
pub(in crate::interpreter) fn log<const N: usize>(
    evm: &mut Evm<'_>,
    slots: &mut [Word; N],
    gas: i64,
) -> Result<i64, Exit> {
    let [topics @ .., size, offset] = slots.as_slice() else { return Err(Halt::StackUnderflow.into()) };
    if evm.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let (offset, len, gas) = evm.memory.reserve(offset, size, gas)?;
    let gas = charge(gas, 8 * len as u64)?;
    evm.journal.log(Log {
        address: evm.frame.address,
        topics: topics.iter().rev().map(|topic| H256(word::to_be(topic))).collect(),
        data: evm.memory.slice(offset, len).to_vec(),
    });
    Ok(gas)
}
