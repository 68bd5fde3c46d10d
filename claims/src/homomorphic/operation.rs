//! One operation: the words that name it, and the rules that they keep.

use super::{CiphertextType, Code, Handle};
use primitive_types::{H160, U256};

/// Price of `allow`: that of a storage slot's first writing.
const ALLOW_GAS: u64 = 22_100;
const SCALAR: u8 = 1;

/// A rule that the words of an operation break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// No operation has this number.
    #[error("{0} is no operation")]
    UnknownCode(u8),
    /// A word, or a part of the operation's word, that the operation does not use and that is not 0.
    #[error("a word that is not used is not 0")]
    UnusedWord,
    /// The scalar flag is neither 0 nor 1.
    #[error("the scalar flag is {0}")]
    ScalarFlag(u8),
    /// No type has this number.
    #[error("{0} is no type")]
    UnknownType(u64),
    /// A word that has to be a handle and is none.
    #[error("an operand is no handle")]
    NotAHandle,
    /// The operation is not there for operands of this type.
    #[error("{code:?} does not take {kind}")]
    WrongType {
        /// The operation.
        code: Code,
        /// The operand's type.
        kind: CiphertextType,
    },
    /// Two operands of different types.
    #[error("operands of types {0} and {1}")]
    TypesDiffer(CiphertextType, CiphertextType),
    /// `div` and `rem` divide by scalars alone.
    #[error("division by a ciphertext")]
    EncryptedDivisor,
    /// Division by 0.
    #[error("division by zero")]
    DivisionByZero,
    /// A number with more bits than its type.
    #[error("a number does not fit {0}")]
    TooWide(CiphertextType),
    /// A word that has to be an account and has bits above an address.
    #[error("a word is no address")]
    NotAnAccount,
}

/// An operation whose words keep the rules. Whether its handles exist and may be used is not looked at here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    code: Code,
    scalar: bool,
    /// Type of the result; of `allow` that of the handle.
    kind: CiphertextType,
    /// What the price goes by.
    priced: CiphertextType,
    words: [U256; 4],
}

impl Operation {
    /// Reads an operation from its word (code | scalar flag << 8 | target type << 16) and its operands.
    ///
    /// # Errors
    /// The rule that they break.
    pub fn read(word: U256, lhs: U256, rhs: U256, third: U256) -> Result<Self, Breach> {
        let [.., target, flag, number] = word.to_big_endian();
        let code = Code::from_number(number).ok_or(Breach::UnknownCode(number))?;
        let scalar = match flag {
            0 => false,
            SCALAR => true,
            other => return Err(Breach::ScalarFlag(other)),
        };
        let target = TargetType { number: target, beyond: !(word >> 24).is_zero() };
        let reader = Reader { code, scalar, target, lhs, rhs, third };
        let (kind, priced) = reader.types()?;
        Ok(Self { code, scalar, kind, priced, words: [word, lhs, rhs, third] })
    }

    /// The trivial encryption of `value` as type `kind`, both words as a contract gives them.
    ///
    /// # Errors
    /// The rule that they break.
    pub fn encrypt(kind: U256, value: U256, seed: U256) -> Result<Self, Breach> {
        if kind > U256::from(u8::MAX) {
            return Err(Breach::UnknownType(kind.min(u64::MAX.into()).as_u64()));
        }
        let word = U256::from(Code::Encrypt.number()) | kind << 16;
        Self::read(word, value, seed, U256::zero())
    }

    /// What is done.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Type of the result; `allow` answers its handle.
    pub fn kind(&self) -> CiphertextType {
        self.kind
    }

    /// The words: the operation's own, left, right and third operand.
    pub fn words(&self) -> &[U256; 4] {
        &self.words
    }

    /// The right operand, where it is a number and no handle.
    pub fn scalar(&self) -> Option<U256> {
        self.scalar.then_some(self.words[2])
    }

    /// The number that is encrypted; `None` for other operations.
    pub fn encrypted_value(&self) -> Option<U256> {
        (self.code == Code::Encrypt).then_some(self.words[1])
    }

    /// Whom `allow` names; `None` for other operations.
    pub fn allowed_account(&self) -> Option<H160> {
        let bytes = self.words[2].to_big_endian();
        (self.code == Code::Allow).then(|| H160::from_slice(&bytes[12..]))
    }

    /// The handles that are used, from left to right; the same one may be there twice.
    pub fn inputs(&self) -> impl Iterator<Item = Handle> + use<> {
        let (left, right, third) = match self.code {
            Code::Random | Code::Encrypt => (false, false, false),
            Code::Neg | Code::Not | Code::Cast | Code::Allow => (true, false, false),
            Code::Select => (true, true, true),
            _ => (true, !self.scalar, false),
        };
        let used = [(left, self.words[1]), (right, self.words[2]), (third, self.words[3])];
        used.into_iter().filter(|(used, _)| *used).filter_map(|(_, word)| Handle::read(&word))
    }

    /// Gas, of which `base` is what every operation but `allow` begins with. At most `base` + 20,480.
    ///
    /// The width that counts is that of the result, and for comparisons that of what is compared.
    pub fn gas(&self, base: u64) -> u64 {
        match self.code {
            Code::Allow => ALLOW_GAS,
            code => base.saturating_add(code.gas_a_bit() * u64::from(self.priced.bits())),
        }
    }
}

/// The third byte of an operation's word, and whether anything lies beyond it.
#[derive(Clone, Copy)]
struct TargetType {
    number: u8,
    beyond: bool,
}

/// The words of one operation while the rules are applied.
struct Reader {
    code: Code,
    scalar: bool,
    target: TargetType,
    lhs: U256,
    rhs: U256,
    third: U256,
}

impl Reader {
    /// Types of the result and of what the price goes by.
    fn types(&self) -> Result<(CiphertextType, CiphertextType), Breach> {
        let Self { code, lhs, rhs, third, .. } = self;
        match code {
            Code::Encrypt => {
                let kind = self.targeted()?;
                self.unused(&[third])?;
                if kind.holds(lhs) { Ok((kind, kind)) } else { Err(Breach::TooWide(kind)) }
            }
            Code::Random => {
                let kind = self.targeted()?;
                self.unused(&[lhs, third])?;
                self.takes(kind, kind != CiphertextType::Address)?;
                Ok((kind, kind))
            }
            Code::Cast => {
                let kind = self.targeted()?;
                self.unused(&[rhs, third])?;
                let from = handle(lhs)?;
                self.takes(from, from != CiphertextType::Address && from != kind)?;
                self.takes(kind, kind.is_uint())?;
                Ok((kind, kind))
            }
            Code::Select => {
                self.untargeted()?;
                let (condition, then, otherwise) = (handle(lhs)?, handle(rhs)?, handle(third)?);
                self.takes(condition, condition == CiphertextType::Bool)?;
                same(then, otherwise)?;
                Ok((then, then))
            }
            Code::Allow => {
                self.untargeted()?;
                self.unused(&[third])?;
                let kind = handle(lhs)?;
                if CiphertextType::Address.holds(rhs) { Ok((kind, kind)) } else { Err(Breach::NotAnAccount) }
            }
            Code::Neg | Code::Not => {
                self.untargeted()?;
                self.unused(&[rhs, third])?;
                let kind = self.left()?;
                Ok((kind, kind))
            }
            _ => self.binary(),
        }
    }

    fn binary(&self) -> Result<(CiphertextType, CiphertextType), Breach> {
        if self.target.beyond || self.target.number != 0 {
            return Err(Breach::UnusedWord);
        }
        self.unused(&[&self.third])?;
        let kind = self.left()?;
        let divides = matches!(self.code, Code::Div | Code::Rem);
        match self.scalar {
            true if !kind.holds(&self.rhs) => return Err(Breach::TooWide(kind)),
            true if divides && self.rhs.is_zero() => return Err(Breach::DivisionByZero),
            true => {}
            false if divides => return Err(Breach::EncryptedDivisor),
            false => same(kind, handle(&self.rhs)?)?,
        }
        let compares = matches!(self.code, Code::Eq | Code::Ne | Code::Ge | Code::Gt | Code::Le | Code::Lt);
        Ok((if compares { CiphertextType::Bool } else { kind }, kind))
    }

    /// Type of the left operand, a handle.
    fn left(&self) -> Result<CiphertextType, Breach> {
        let kind = handle(&self.lhs)?;
        let taken = match self.code {
            Code::Eq | Code::Ne => true,
            Code::And | Code::Or | Code::Xor | Code::Not => kind != CiphertextType::Address,
            _ => kind.is_uint(),
        };
        self.takes(kind, taken)?;
        Ok(kind)
    }

    /// The type that the operation's word names. Such operations have no scalar form.
    fn targeted(&self) -> Result<CiphertextType, Breach> {
        if self.scalar || self.target.beyond {
            return Err(Breach::UnusedWord);
        }
        let number = self.target.number;
        CiphertextType::from_number(number).ok_or(Breach::UnknownType(number.into()))
    }

    /// For operations whose word is their code and nothing else.
    fn untargeted(&self) -> Result<(), Breach> {
        let bare = !self.scalar && !self.target.beyond && self.target.number == 0;
        if bare { Ok(()) } else { Err(Breach::UnusedWord) }
    }

    fn unused(&self, words: &[&U256]) -> Result<(), Breach> {
        if words.iter().all(|word| word.is_zero()) { Ok(()) } else { Err(Breach::UnusedWord) }
    }

    fn takes(&self, kind: CiphertextType, taken: bool) -> Result<(), Breach> {
        if taken { Ok(()) } else { Err(Breach::WrongType { code: self.code, kind }) }
    }
}

fn handle(word: &U256) -> Result<CiphertextType, Breach> {
    Handle::read(word).map(|handle| handle.kind()).ok_or(Breach::NotAHandle)
}

fn same(left: CiphertextType, right: CiphertextType) -> Result<(), Breach> {
    if left == right { Ok(()) } else { Err(Breach::TypesDiffer(left, right)) }
}

#[cfg(test)]
mod tests;
