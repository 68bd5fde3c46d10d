//! Every operation on ciphertexts.

use super::ciphertext::{Ciphertext, FheError, as_bool, as_number, blocks, wide};
use crate::evaluate::Evaluator;
use crate::reference::random;
use erbium_claims::homomorphic::{CiphertextType, Code, LoggedOperation};
use primitive_types::U256;
use tfhe::integer::block_decomposition::DecomposableInto;
use tfhe::integer::server_key::{Reciprocable, ScalarMultiplier};
use tfhe::integer::{BooleanBlock, IntegerCiphertext, RadixCiphertext, ServerKey};

/// Computes under one evaluation key, with the threads of the rayon pool that it is called in.
pub struct Fhe {
    pub(super) key: ServerKey,
}

impl std::fmt::Debug for Fhe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fhe").finish_non_exhaustive()
    }
}

impl Fhe {
    pub(super) fn new(key: ServerKey) -> Self {
        Self { key }
    }

    /// A ciphertext that anyone can read.
    pub fn trivial(&self, kind: CiphertextType, value: U256) -> Ciphertext {
        match kind {
            CiphertextType::Bool => Ciphertext::Bool(self.key.create_trivial_boolean_block(!value.is_zero())),
            _ => Ciphertext::Number(self.key.create_trivial_radix(wide(value), blocks(kind))),
        }
    }
}

impl Evaluator for Fhe {
    type Ciphertext = Ciphertext;
    type Error = FheError;

    fn apply(&self, entry: &LoggedOperation, inputs: &[&Ciphertext]) -> Result<Ciphertext, FheError> {
        let operation = &entry.operation;
        match (operation.code(), inputs) {
            (Code::Encrypt, []) => {
                let value = operation.encrypted_value().unwrap_or_default();
                Ok(self.trivial(operation.kind(), value))
            }
            (Code::Random, []) => Ok(self.trivial(operation.kind(), random(&entry.result))),
            (Code::Cast, [value]) => Ok(self.cast(value, operation.kind())),
            (Code::Select, [Ciphertext::Bool(condition), then, otherwise]) => {
                self.select(condition, then, otherwise)
            }
            (code, [Ciphertext::Bool(left), rest @ ..]) => {
                let scalar =
                    operation.scalar().map(|scalar| self.key.create_trivial_boolean_block(!scalar.is_zero()));
                let right = match (rest, &scalar) {
                    ([], None) => None,
                    ([], Some(scalar)) => Some(scalar),
                    ([Ciphertext::Bool(right)], None) => Some(right),
                    _ => return Err(FheError::Operand),
                };
                self.on_bools(code, left, right).map(Ciphertext::Bool)
            }
            (code, [Ciphertext::Number(number)]) => match operation.scalar() {
                None => self.on_one(code, number).map(Ciphertext::Number),
                Some(scalar) => {
                    let kind = operation.inputs().next().map_or(operation.kind(), |handle| handle.kind());
                    self.with_scalar(code, kind, number, scalar)
                }
            },
            (code, [Ciphertext::Number(left), Ciphertext::Number(right)]) => self.on_two(code, left, right),
            _ => Err(FheError::Operand),
        }
    }

    fn to_bytes(&self, ciphertext: &Ciphertext) -> Result<Vec<u8>, FheError> {
        self.write(ciphertext)
    }

    fn read(&self, kind: CiphertextType, bytes: &[u8]) -> Result<Option<Ciphertext>, FheError> {
        Ok(self.read_bytes(kind, bytes))
    }
}

impl Fhe {
    fn cast(&self, value: &Ciphertext, kind: CiphertextType) -> Ciphertext {
        Ciphertext::Number(match value {
            Ciphertext::Bool(flag) => flag.clone().into_radix(blocks(kind), &self.key),
            Ciphertext::Number(number) => self.key.cast_to_unsigned(number.clone(), blocks(kind)),
        })
    }

    fn select(
        &self,
        condition: &BooleanBlock,
        then: &Ciphertext,
        otherwise: &Ciphertext,
    ) -> Result<Ciphertext, FheError> {
        match (then, otherwise) {
            (Ciphertext::Bool(then), Ciphertext::Bool(otherwise)) => {
                let (then, otherwise) = (as_number(then), as_number(otherwise));
                let chosen = self.key.cmux_parallelized(condition, &then, &otherwise);
                as_bool(chosen).map(Ciphertext::Bool).ok_or(FheError::Operand)
            }
            (Ciphertext::Number(then), Ciphertext::Number(otherwise)) => {
                Ok(Ciphertext::Number(self.key.cmux_parallelized(condition, then, otherwise)))
            }
            _ => Err(FheError::Operand),
        }
    }

    fn on_bools(
        &self,
        code: Code,
        left: &BooleanBlock,
        right: Option<&BooleanBlock>,
    ) -> Result<BooleanBlock, FheError> {
        let key = &self.key;
        Ok(match (code, right) {
            (Code::Not, None) => key.boolean_bitnot(left),
            (Code::And, Some(right)) => key.boolean_bitand(left, right),
            (Code::Or, Some(right)) => key.boolean_bitor(left, right),
            (Code::Xor | Code::Ne, Some(right)) => key.boolean_bitxor(left, right),
            (Code::Eq, Some(right)) => key.boolean_bitnot(&key.boolean_bitxor(left, right)),
            _ => return Err(FheError::Operand),
        })
    }

    fn on_one(&self, code: Code, number: &RadixCiphertext) -> Result<RadixCiphertext, FheError> {
        match code {
            Code::Neg => Ok(self.key.neg_parallelized(number)),
            Code::Not => Ok(self.key.bitnot(number)),
            _ => Err(FheError::Operand),
        }
    }

    fn on_two(
        &self,
        code: Code,
        left: &RadixCiphertext,
        right: &RadixCiphertext,
    ) -> Result<Ciphertext, FheError> {
        let key = &self.key;
        // An amount beyond the width shifts everything out in tfhe; by the rules it counts modulo the width.
        let amount = || key.scalar_bitand_parallelized(right, 2 * left.blocks().len() as u64 - 1);
        Ok(Ciphertext::Number(match code {
            Code::Add => key.add_parallelized(left, right),
            Code::Sub => key.sub_parallelized(left, right),
            Code::Mul => key.mul_parallelized(left, right),
            Code::And => key.bitand_parallelized(left, right),
            Code::Or => key.bitor_parallelized(left, right),
            Code::Xor => key.bitxor_parallelized(left, right),
            Code::Shl => key.left_shift_parallelized(left, &amount()),
            Code::Shr => key.right_shift_parallelized(left, &amount()),
            Code::RotL => key.rotate_left_parallelized(left, &amount()),
            Code::RotR => key.rotate_right_parallelized(left, &amount()),
            Code::Min => key.min_parallelized(left, right),
            Code::Max => key.max_parallelized(left, right),
            Code::Eq => return Ok(Ciphertext::Bool(key.eq_parallelized(left, right))),
            Code::Ne => return Ok(Ciphertext::Bool(key.ne_parallelized(left, right))),
            Code::Ge => return Ok(Ciphertext::Bool(key.ge_parallelized(left, right))),
            Code::Gt => return Ok(Ciphertext::Bool(key.gt_parallelized(left, right))),
            Code::Le => return Ok(Ciphertext::Bool(key.le_parallelized(left, right))),
            Code::Lt => return Ok(Ciphertext::Bool(key.lt_parallelized(left, right))),
            _ => return Err(FheError::Operand),
        }))
    }

    fn with_scalar(
        &self,
        code: Code,
        kind: CiphertextType,
        left: &RadixCiphertext,
        scalar: U256,
    ) -> Result<Ciphertext, FheError> {
        let (key, right) = (&self.key, wide(scalar));
        let amount = u64::from(scalar.low_u32() % kind.bits());
        Ok(Ciphertext::Number(match code {
            Code::Add => key.scalar_add_parallelized(left, right),
            Code::Sub => key.scalar_sub_parallelized(left, right),
            Code::Mul => key.scalar_mul_parallelized(left, right),
            Code::Div | Code::Rem => match kind {
                // The divisor's own width decides about the width of the reciprocal.
                CiphertextType::U8 => self.divide(code, left, scalar.low_u32() as u8),
                CiphertextType::U16 => self.divide(code, left, scalar.low_u32() as u16),
                CiphertextType::U32 => self.divide(code, left, scalar.low_u32()),
                CiphertextType::U64 => self.divide(code, left, scalar.low_u64()),
                CiphertextType::U128 => self.divide(code, left, scalar.low_u128()),
                _ => self.divide(code, left, right),
            },
            Code::And => key.scalar_bitand_parallelized(left, right),
            Code::Or => key.scalar_bitor_parallelized(left, right),
            Code::Xor => key.scalar_bitxor_parallelized(left, right),
            Code::Shl => key.scalar_left_shift_parallelized(left, amount),
            Code::Shr => key.scalar_right_shift_parallelized(left, amount),
            Code::RotL => key.scalar_rotate_left_parallelized(left, amount),
            Code::RotR => key.scalar_rotate_right_parallelized(left, amount),
            Code::Min => key.scalar_min_parallelized(left, right),
            Code::Max => key.scalar_max_parallelized(left, right),
            Code::Eq => return Ok(Ciphertext::Bool(key.scalar_eq_parallelized(left, right))),
            Code::Ne => return Ok(Ciphertext::Bool(key.scalar_ne_parallelized(left, right))),
            Code::Ge => return Ok(Ciphertext::Bool(key.scalar_ge_parallelized(left, right))),
            Code::Gt => return Ok(Ciphertext::Bool(key.scalar_gt_parallelized(left, right))),
            Code::Le => return Ok(Ciphertext::Bool(key.scalar_le_parallelized(left, right))),
            Code::Lt => return Ok(Ciphertext::Bool(key.scalar_lt_parallelized(left, right))),
            _ => return Err(FheError::Operand),
        }))
    }

    /// `by` is not 0: the rules say so.
    fn divide<T>(&self, code: Code, left: &RadixCiphertext, by: T) -> RadixCiphertext
    where
        T: Reciprocable + ScalarMultiplier + DecomposableInto<u8>,
    {
        match code {
            Code::Div => self.key.scalar_div_parallelized(left, by),
            _ => self.key.scalar_rem_parallelized(left, by),
        }
    }
}
