//! What a transfer is to do, as a file. It has amounts and blindings in it: it is secret.

use erbium_gpu::cpu::range_proof::TransferError;
use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A committed amount. Wiped when dropped.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Its number in the wallet, which its blinding is derived from.
    pub index: u64,
    /// The amount.
    pub value: u64,
    #[serde(default)]
    blinding: Option<Digits<32>>,
}

/// A confidential transfer in the making.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The chain it is for.
    pub chain_id: u64,
    context: Digits<32>,
    /// Paid in the open.
    pub fee: u64,
    /// What is spent.
    pub inputs: Vec<Note>,
    /// What is made.
    pub outputs: Vec<Note>,
}

/// Why a plan cannot be carried out. It repeats nothing of what the plan has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Not JSON, or of other fields.
    #[error("no plan of a transfer: line {line}, column {column}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A blinding that is no scalar.
    #[error("the blinding of note {index} is not below the group's order")]
    Blinding {
        /// The note's number.
        index: u64,
    },
    /// Not a transfer.
    #[error(transparent)]
    Transfer(#[from] TransferError),
}

impl Note {
    /// A note with a blinding of its own, little-endian.
    pub fn with_blinding(index: u64, value: u64, blinding: [u8; 32]) -> Self {
        Self { index, value, blinding: Some(Digits(blinding)) }
    }

    /// Its own blinding, little-endian.
    pub(super) fn blinding(&self) -> Option<&[u8; 32]> {
        self.blinding.as_ref().map(|digits| &digits.0)
    }
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Note").field("index", &self.index).finish_non_exhaustive()
    }
}

impl Plan {
    /// Reads a plan: `{chainId, context, fee, inputs: [{index, value, blinding?}], outputs: [..]}`, the context and
    /// blindings as 0x and 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`PlanError::Json`]. The library's own messages can repeat values, so only the place is told.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        serde_json::from_str(text)
            .map_err(|error| PlanError::Json { line: error.line(), column: error.column() })
    }

    /// What the contract binds the transfer to.
    pub fn context(&self) -> &[u8; 32] {
        &self.context.0
    }
}

/// Bytes as 0x and digits.
#[derive(Debug, Zeroize)]
struct Digits<const LEN: usize>([u8; LEN]);

impl<'de, const LEN: usize> Deserialize<'de> for Digits<LEN> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let mut bytes = [0; LEN];
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| serde::de::Error::custom("not hexadecimal"))?;
        Ok(Self(bytes))
    }
}
