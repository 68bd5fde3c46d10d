//! Why a block was refused, and the names that tests give to the reasons.

use crate::state_test::{Refusal as TransactionRefusal, exception_matches};
use erbium_vm::block::{BlockDecodeError, BlockError, CommitmentError, HeaderError, OmmerError};
use erbium_vm::{H256, Rejection};

/// Why a block is not part of the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(super) enum Refusal {
    #[error("not a block: {0}")]
    Undecodable(BlockDecodeError),
    #[error("parent {0:?} is no block of the chain")]
    UnknownParent(H256),
    #[error("header: {0}")]
    Header(HeaderError),
    #[error(transparent)]
    Ommer(OmmerError),
    #[error(transparent)]
    Commitment(CommitmentError),
    #[error("transaction {index}: {reason}")]
    Signature { index: usize, reason: Rejection },
    #[error(transparent)]
    Block(BlockError),
}

/// A name of an exception that is not known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown exception name `{0}`")]
pub(super) struct UnknownName(pub(super) String);

impl Refusal {
    /// True where the reason is what `expected` names: exception names, joined by `|` where any of them will do.
    ///
    /// # Errors
    /// The first name that is not known.
    pub(super) fn is(&self, expected: &str) -> Result<bool, UnknownName> {
        let mut matched = false;
        for name in expected.split('|').map(str::trim) {
            matched |= self.is_one(name).ok_or_else(|| UnknownName(name.to_owned()))?;
        }
        Ok(matched)
    }

    /// `None` for a name that is not known. Names of execution-spec-tests first, then retesteth's own.
    fn is_one(&self, name: &str) -> Option<bool> {
        if let Some(answer) = self.is_of_header(name).or_else(|| self.is_of_block(name)) {
            return Some(answer);
        }
        let transaction = match self {
            Self::Undecodable(BlockDecodeError::Transaction { source, .. }) => {
                Some(TransactionRefusal::Undecodable { reason: source.to_string() })
            }
            Self::Signature { reason, .. } | Self::Block(BlockError::Transaction { reason, .. }) => {
                Some(TransactionRefusal::Rejected(reason.clone()))
            }
            _ => None,
        };
        // Blobs of a whole block are counted in its header too.
        let too_many_blobs = matches!(self, Self::Header(HeaderError::BlobGasAboveLimit { .. }))
            && matches!(name, "TransactionException.TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED");
        let known = exception_matches(name, transaction.as_ref())?;
        Some(known || too_many_blobs)
    }

    /// Names of what a header breaks by itself, against its parent, or as an ommer.
    fn is_of_header(&self, name: &str) -> Option<bool> {
        use HeaderError::*;
        let header = match self {
            Self::Header(error) => Some(error),
            Self::Ommer(OmmerError::Header { reason, .. }) => Some(reason),
            _ => None,
        };
        let is = |matches: fn(&HeaderError) -> bool| Some(header.is_some_and(matches));
        match name.strip_prefix("BlockException.").unwrap_or(name) {
            "EXTRA_DATA_TOO_BIG" | "ExtraDataTooBig" => is(|error| matches!(error, ExtraDataTooLong { .. })),
            "EXTRA_DATA_INVALID_DAO" | "ExtraDataIncorrectDAO" => {
                is(|error| matches!(error, DaoExtraData { .. }))
            }
            "GASLIMIT_TOO_BIG" | "InvalidGasLimit" => is(|error| matches!(error, GasLimitTooHigh { .. })),
            "INVALID_GASLIMIT" | "InvalidGasLimit2" => is(|error| {
                matches!(error, GasLimitStep { .. } | GasLimitTooLow { .. } | GasLimitTooHigh { .. })
            }),
            "INVALID_BASEFEE_PER_GAS" | "1559BlockImportImpossible_BaseFeeWrong" => {
                is(|error| matches!(error, BaseFee { .. }))
            }
            "INVALID_BLOCK_NUMBER" | "InvalidNumber" => is(|error| matches!(error, Number { .. })),
            "INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT" | "InvalidTimestampOlderParent" => {
                is(|error| matches!(error, Timestamp { .. }))
            }
            "INVALID_DIFFICULTY" | "InvalidDifficulty" => is(|error| matches!(error, Difficulty { .. })),
            "IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS" | "PostParisDifficultyIsNot0" => {
                is(|error| matches!(error, Difficulty { expected, .. } if expected.is_zero()))
            }
            "IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS"
            | "PostParisUncleHashIsNotEmpty"
            | "3675PreParis1559BlockRejected" => {
                is(|error| matches!(error, OmmersAfterMerge { .. } | Difficulty { .. }))
            }
            "3675PoSBlockRejected"
            | "3675PoWBlockRejected"
            | "IMPORT_IMPOSSIBLE_PARIS_WRONG_POS"
            | "IMPORT_IMPOSSIBLE_PARIS_WRONG_POW" => is(|error| matches!(error, Difficulty { .. })),
            "IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT"
            | "IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT"
            | "1559BlockImportImpossible_HeaderIsLegacy"
            | "LegacyBlockImportImpossible2" => is(|error| is_field(error, "baseFeePerGas")),
            "IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI"
            | "IMPORT_IMPOSSIBLE_SHANGHAI"
            | "ParisBlockImportImpossible"
            | "ShanghaiBlockImportImpossible" => is(|error| is_field(error, "withdrawalsRoot")),
            // A header that lacks a field in the middle does not decode.
            "INCORRECT_BLOCK_FORMAT" => Some(
                matches!(header, Some(FieldMissing { .. } | FieldUnexpected { .. }))
                    // Of an access list in a wrong order a block has the hash only.
                    || self.is_commitment("blockAccessListHash")
                    || matches!(self, Self::Undecodable(BlockDecodeError::Rlp(_))),
            ),
            "INCORRECT_EXCESS_BLOB_GAS" => is(|error| matches!(error, ExcessBlobGas { .. })),
            "BLOB_GAS_USED_ABOVE_LIMIT" => is(|error| matches!(error, BlobGasAboveLimit { .. })),
            _ => None,
        }
    }

    /// Names of what a block breaks as a whole.
    fn is_of_block(&self, name: &str) -> Option<bool> {
        let name = name.strip_prefix("BlockException.").unwrap_or(name);
        Some(match name {
            "UNKNOWN_PARENT" | "UNKNOWN_PARENT_ZERO" | "UnknownParent" | "UnknownParent2" => {
                matches!(self, Self::UnknownParent(_))
            }
            "INVALID_STATE_ROOT" | "InvalidStateRoot" => self.is_commitment("stateRoot"),
            "INVALID_GAS_USED" | "InvalidGasUsed" => self.is_commitment("gasUsed"),
            "INVALID_LOG_BLOOM" | "InvalidLogBloom" => self.is_commitment("logsBloom"),
            "INVALID_RECEIPTS_ROOT" | "InvalidReceiptsStateRoot" => self.is_commitment("receiptsRoot"),
            "INVALID_TRANSACTIONS_ROOT" | "InvalidTransactionsRoot" => self.is_commitment("transactionsRoot"),
            "INVALID_WITHDRAWALS_ROOT" | "InvalidWithdrawals" => self.is_commitment("withdrawalsRoot"),
            "InvalidUnclesHash" => self.is_commitment("sha3Uncles"),
            "INCORRECT_BLOB_GAS_USED" => {
                self.is_commitment("blobGasUsed")
                    || matches!(self, Self::Header(HeaderError::BlobGasNotWhole { .. }))
            }
            "GAS_USED_OVERFLOW" | "TooMuchGasUsed" => matches!(
                self,
                Self::Header(HeaderError::GasUsedAboveLimit { .. })
                    | Self::Ommer(OmmerError::Header { reason: HeaderError::GasUsedAboveLimit { .. }, .. })
                    | Self::Block(BlockError::Transaction { reason: Rejection::BlockGasExceeded { .. }, .. })
            ),
            "INVALID_DEPOSIT_EVENT_LAYOUT" => matches!(self, Self::Block(BlockError::DepositLayout { .. })),
            "SYSTEM_CONTRACT_CALL_FAILED" => matches!(self, Self::Block(BlockError::SystemCallFailed { .. })),
            "SYSTEM_CONTRACT_EMPTY" => matches!(self, Self::Block(BlockError::SystemContractMissing { .. })),
            "RLP_BLOCK_LIMIT_EXCEEDED" => matches!(self, Self::Block(BlockError::TooLarge { .. })),
            "RLP_STRUCTURES_ENCODING"
            | "RLP_INVALID_ADDRESS"
            | "RLP_INVALID_FIELD_OVERFLOW_64"
            | "INPUT_UNMARSHAL_ERROR"
            | "INPUT_UNMARSHAL_ADDRESS_ERROR" => matches!(self, Self::Undecodable(_)),
            // A block without the list decodes here: that it must be there, its fork says.
            "RLP_WITHDRAWALS_NOT_READ" | "RLP_ExpectedAsList" => matches!(
                self,
                Self::Undecodable(_) | Self::Block(BlockError::FieldMissing { field: "withdrawals", .. })
            ),
            "TooManyUncles" => matches!(self, Self::Ommer(OmmerError::TooMany { .. })),
            "UncleInChain" => {
                matches!(self, Self::Ommer(OmmerError::AlreadyIncluded { .. } | OmmerError::Twice { .. }))
            }
            "UncleIsAncestor" => matches!(self, Self::Ommer(OmmerError::Ancestor { .. })),
            "UNCLE_PARENT_INCORRECT" | "UncleParentIsNotAncestor" | "InvalidUncleParentHash" => {
                matches!(self, Self::Ommer(OmmerError::NotRelated { .. } | OmmerError::Sibling { .. }))
            }
            // These two are told from the message that carries the block, which tests do not have.
            "INVALID_BLOCK_HASH" | "INVALID_VERSIONED_HASHES" => false,
            "INVALID_BLOCK_ACCESS_LIST" | "INVALID_BAL_HASH" => self.is_commitment("blockAccessListHash"),
            "BLOCK_ACCESS_LIST_GAS_LIMIT_EXCEEDED" => {
                matches!(self, Self::Block(BlockError::AccessListTooLong { .. }))
            }
            "INVALID_REQUESTS" => self.is_commitment("requestsHash"),
            _ => return None,
        })
    }

    fn is_commitment(&self, field: &str) -> bool {
        matches!(self, Self::Commitment(error) if error.field == field)
    }
}

/// True where this field is missing, or must be.
fn is_field(error: &HeaderError, name: &str) -> bool {
    match error {
        HeaderError::FieldMissing { field, .. } | HeaderError::FieldUnexpected { field, .. } => {
            *field == name
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(name: &str) -> Result<bool, UnknownName> {
        Err(UnknownName(name.to_owned()))
    }

    #[test]
    fn the_kind_counts() {
        let number = Refusal::Header(HeaderError::Number { expected: 1, got: 2 });
        assert_eq!(number.is("BlockException.INVALID_BLOCK_NUMBER"), Ok(true));
        assert_eq!(number.is("InvalidNumber"), Ok(true));
        assert_eq!(number.is("InvalidGasLimit"), Ok(false));
        assert_eq!(number.is("TransactionException.NONCE_IS_MAX"), Ok(false));
        let either = "BlockException.UNKNOWN_PARENT | BlockException.INVALID_BLOCK_NUMBER";
        assert_eq!(number.is(either), Ok(true));
        let nonce = BlockError::Transaction { index: 0, reason: Rejection::NonceOverflow };
        assert_eq!(Refusal::Block(nonce).is("TransactionException.NONCE_IS_MAX"), Ok(true));
        let ommer = OmmerError::Header { index: 0, reason: HeaderError::Number { expected: 1, got: 2 } };
        assert_eq!(Refusal::Ommer(ommer).is("InvalidNumber"), Ok(true));
    }

    #[test]
    fn a_name_that_is_not_known_is_an_error_and_never_a_match() {
        let number = Refusal::Header(HeaderError::Number { expected: 1, got: 2 });
        for name in ["BlockException.MOON_PHASE", "TransactionException.MOON_PHASE", "InvalidMoon", ""] {
            assert_eq!(number.is(name), unknown(name));
        }
        assert_eq!(number.is("InvalidNumber|InvalidMoon"), unknown("InvalidMoon"));
    }
}
