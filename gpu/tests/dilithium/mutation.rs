//! Changes to a signature, its key or its message, as data.

use erbium_gpu::cpu::dilithium::Params;
use serde::{Deserialize, Serialize};

/// A key, a signature and a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    #[serde(with = "hex_bytes")]
    pub(crate) public_key: Vec<u8>,
    #[serde(with = "hex_bytes")]
    pub(crate) signature: Vec<u8>,
    #[serde(with = "hex_bytes")]
    pub(crate) message: Vec<u8>,
}

impl Input {
    fn field(&mut self, field: Field) -> &mut Vec<u8> {
        match field {
            Field::PublicKey => &mut self.public_key,
            Field::Signature => &mut self.signature,
            Field::Message => &mut self.message,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Field {
    PublicKey,
    Signature,
    Message,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub(crate) enum Operation {
    /// The bit `bit` of byte `at`, 0 being the lowest.
    Flip { field: Field, at: usize, bit: u8 },
    /// The bytes from `at` on.
    Replace {
        field: Field,
        at: usize,
        #[serde(with = "hex_bytes")]
        bytes: Vec<u8>,
    },
    /// Only the first `len` bytes stay.
    Truncate { field: Field, len: usize },
    /// More bytes at the end.
    Append {
        field: Field,
        #[serde(with = "hex_bytes")]
        bytes: Vec<u8>,
    },
    /// A coefficient of the response.
    SetZ { polynomial: usize, coefficient: usize, value: i64 },
}

impl Operation {
    pub(crate) fn apply(&self, params: &Params, input: &mut Input) {
        match self {
            Self::Flip { field, at, bit } => input.field(*field)[*at] ^= 1 << bit,
            Self::Replace { field, at, bytes: new } => {
                input.field(*field)[*at..*at + new.len()].copy_from_slice(new);
            }
            Self::Truncate { field, len } => input.field(*field).truncate(*len),
            Self::Append { field, bytes: new } => input.field(*field).extend(new),
            Self::SetZ { polynomial, coefficient, value } => {
                let bits = params.gamma1_bits as usize + 1;
                let stored = i64::from(params.gamma1()) - value;
                let first = (params.c_tilde_len + polynomial * params.z_len()) * 8 + coefficient * bits;
                let signature = &mut input.signature;
                for bit in 0..bits {
                    let (at, mask) = ((first + bit) / 8, 1 << ((first + bit) % 8));
                    signature[at] &= !mask;
                    signature[at] |= if stored >> bit & 1 == 1 { mask } else { 0 };
                }
            }
        }
    }
}

/// `input` with all changes.
pub(crate) fn mutated(params: &Params, input: &Input, operations: &[Operation]) -> Input {
    let mut input = input.clone();
    operations.iter().for_each(|operation| operation.apply(params, &mut input));
    input
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(deserializer)?).map_err(Error::custom)
    }
}
