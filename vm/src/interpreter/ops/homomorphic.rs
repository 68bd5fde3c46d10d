//! Operations on ciphertexts. Two are symbolic and done at once; decryption asks.

use super::charge;
use crate::evm::Evm;
use crate::interpreter::action::{Action, Answer, Question};
use crate::interpreter::dispatch::{Exit, Step};
use crate::interpreter::word::{self, Word};
use erbium_claims::homomorphic::{Breach, Code, Handle, Operation};
use erbium_claims::{Derivation, Halt};
use primitive_types::H256;

/// HE_ENCRYPT: type, value, seed. Operands are listed bottom first, the result takes the place of the lowest.
pub(super) fn encrypt(evm: &mut Evm<'_>, operands: &mut [Word], gas: i64) -> Result<i64, Exit> {
    let [seed, value, kind] = operands else { return Err(Halt::StackUnderflow.into()) };
    let (operation, result) = (Operation::encrypt(*kind, *value, *seed), seed);
    operate(evm, operation, result, gas)
}

/// HE_COMPUTE: op, lhs, rhs, third. Encrypting is HE_ENCRYPT's.
pub(super) fn compute(evm: &mut Evm<'_>, operands: &mut [Word], gas: i64) -> Result<i64, Exit> {
    let [third, rhs, lhs, op] = operands else { return Err(Halt::StackUnderflow.into()) };
    let operation = match Operation::read(*op, *lhs, *rhs, *third) {
        Ok(operation) if operation.code() == Code::Encrypt => {
            Err(Breach::UnknownCode(Code::Encrypt.number()))
        }
        read => read,
    };
    operate(evm, operation, third, gas)
}

/// Static frames, rules, gas and permissions are looked at in this order.
fn operate(
    evm: &mut Evm<'_>,
    operation: Result<Operation, Breach>,
    result: &mut Word,
    gas: i64,
) -> Result<i64, Exit> {
    if evm.frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let operation = operation.map_err(|_| Halt::PrivacyViolation)?;
    let price = operation.gas(evm.spec.gas.he_compute);
    let gas = charge(gas, price)?;
    evm.spend_on_ciphertexts(price)?;
    *result = evm.operate(evm.frame.address, operation)??.word();
    Ok(gas)
}

/// HE_DECRYPT: handle, key id. The policy has been looked at.
pub(super) fn decrypt(evm: &mut Evm<'_>, operands: &[Word], gas: i64) -> Result<i64, Exit> {
    let [key_id, handle] = operands else { return Err(Halt::StackUnderflow.into()) };
    let handle = Handle::read(handle).ok_or(Halt::PrivacyViolation)?;
    let gas = charge(gas, evm.spec.gas.he_compute)?;
    let contract = evm.frame.address;
    if !evm.may_use(&handle, &contract)? {
        return Err(Halt::PrivacyViolation.into());
    }
    let derivation = Derivation::HomomorphicDecrypt {
        handle,
        key_id: H256(word::to_be(key_id)),
        operations: evm.journal.operations().to_vec(),
    };
    evm.cursor.gas = gas;
    evm.action = Some(Action::Ask(Question::Derive { derivation, answer: Answer::Word }));
    Err(Exit::End(Step::Suspend))
}
