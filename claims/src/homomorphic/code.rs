//! What can be done with ciphertexts.

/// An operation by its number, that of fhEVM where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "names say it; `docs/homomorphic.md` defines each")]
pub enum Code {
    Add = 0,
    Sub = 1,
    Mul = 2,
    Div = 3,
    Rem = 4,
    And = 5,
    Or = 6,
    Xor = 7,
    Shl = 8,
    Shr = 9,
    RotL = 10,
    RotR = 11,
    Eq = 12,
    Ne = 13,
    Ge = 14,
    Gt = 15,
    Le = 16,
    Lt = 17,
    Min = 18,
    Max = 19,
    Neg = 20,
    Not = 21,
    Cast = 23,
    Select = 25,
    Random = 26,
    Allow = 32,
    Encrypt = 33,
}

impl Code {
    /// Every operation, by ascending number.
    pub const ALL: [Self; 27] = [
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Rem,
        Self::And,
        Self::Or,
        Self::Xor,
        Self::Shl,
        Self::Shr,
        Self::RotL,
        Self::RotR,
        Self::Eq,
        Self::Ne,
        Self::Ge,
        Self::Gt,
        Self::Le,
        Self::Lt,
        Self::Min,
        Self::Max,
        Self::Neg,
        Self::Not,
        Self::Cast,
        Self::Select,
        Self::Random,
        Self::Allow,
        Self::Encrypt,
    ];

    /// The operation with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == number)
    }

    /// The number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::Rem => "rem",
            Self::And => "and",
            Self::Or => "or",
            Self::Xor => "xor",
            Self::Shl => "shl",
            Self::Shr => "shr",
            Self::RotL => "rotl",
            Self::RotR => "rotr",
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Ge => "ge",
            Self::Gt => "gt",
            Self::Le => "le",
            Self::Lt => "lt",
            Self::Min => "min",
            Self::Max => "max",
            Self::Neg => "neg",
            Self::Not => "not",
            Self::Cast => "cast",
            Self::Select => "select",
            Self::Random => "random",
            Self::Allow => "allow",
            Self::Encrypt => "encrypt",
        }
    }

    /// Gas for each bit of the width that counts; 0 for [`Code::Allow`], which has one price.
    pub(super) fn gas_a_bit(self) -> u64 {
        match self {
            Self::Add | Self::Sub | Self::Neg => 10,
            Self::Mul => 40,
            Self::Div | Self::Rem => 80,
            Self::And | Self::Or | Self::Xor | Self::Not => 6,
            Self::Shl | Self::Shr | Self::RotL | Self::RotR => 12,
            Self::Eq | Self::Ne | Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Min | Self::Max => 8,
            Self::Cast | Self::Select | Self::Random | Self::Encrypt => 8,
            Self::Allow => 0,
        }
    }
}
