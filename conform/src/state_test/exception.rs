//! The names that tests give to the reasons a transaction is refused for.

use erbium_vm::Rejection;

/// Why a transaction did not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its bytes are no transaction.
    #[error("not a transaction: {reason}")]
    Undecodable {
        /// What the decoder said.
        reason: String,
    },
    /// It breaks a rule.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

/// True where `refusal` is what `expected` names: exception names, joined by `|` where any of them will do.
///
/// Names that are not known here ask for a refusal and nothing else.
pub(crate) fn matches(expected: &str, refusal: &Refusal) -> bool {
    expected.split('|').any(|name| {
        let name = name.trim();
        matches_one(name.strip_prefix("TransactionException.").unwrap_or(name), refusal)
    })
}

/// Names of execution-spec-tests first, then retesteth's where it has an own one.
fn matches_one(name: &str, refusal: &Refusal) -> bool {
    use Rejection::*;
    let rejection = match refusal {
        Refusal::Undecodable { .. } => return is_seen_when_decoding(name),
        Refusal::Rejected(rejection) => rejection,
    };
    match name {
        "INSUFFICIENT_ACCOUNT_FUNDS" | "TR_NoFunds" => {
            matches!(rejection, InsufficientBalance { .. } | CostOverflow)
        }
        "INTRINSIC_GAS_TOO_LOW" | "IntrinsicGas" | "TR_IntrinsicGas" => {
            matches!(rejection, IntrinsicGasTooLow { .. })
        }
        "TR_NoFundsOrGas" => {
            matches!(rejection, InsufficientBalance { .. } | CostOverflow | IntrinsicGasTooLow { .. })
        }
        "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST" => matches!(rejection, FloorGasTooLow { .. }),
        "GAS_ALLOWANCE_EXCEEDED" | "TR_GasLimitReached" => matches!(rejection, BlockGasExceeded { .. }),
        "GAS_LIMIT_EXCEEDS_MAXIMUM" => matches!(rejection, GasCapExceeded { .. }),
        "GASLIMIT_PRICE_PRODUCT_OVERFLOW" => matches!(rejection, CostOverflow | InsufficientBalance { .. }),
        "NONCE_IS_MAX" | "NONCE_OVERFLOW" | "TR_NonceHasMaxValue" => matches!(rejection, NonceOverflow),
        "NONCE_MISMATCH_TOO_LOW" | "NONCE_TOO_LOW" => matches!(rejection, NonceTooLow { .. }),
        "NONCE_MISMATCH_TOO_HIGH" | "NONCE_TOO_BIG" => matches!(rejection, NonceTooHigh { .. }),
        "SENDER_NOT_EOA" | "SenderNotEOA" => matches!(rejection, SenderHasCode { .. }),
        "INSUFFICIENT_MAX_FEE_PER_GAS" | "TR_FeeCapLessThanBlocks" => {
            matches!(rejection, FeeBelowBase { .. })
        }
        "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS" | "TR_TipGtFeeCap" => {
            matches!(rejection, PriorityAboveMax { .. })
        }
        "INITCODE_SIZE_EXCEEDED" | "TR_InitCodeLimitExceeded" => matches!(rejection, InitCodeTooLong { .. }),
        "INVALID_CHAINID" => matches!(rejection, WrongChainId { .. }),
        "INVALID_SIGNATURE_VRS" => matches!(rejection, InvalidSignature { .. }),
        "TYPE_1_TX_PRE_FORK"
        | "TYPE_2_TX_PRE_FORK"
        | "TYPE_3_TX_PRE_FORK"
        | "TYPE_4_TX_PRE_FORK"
        | "TYPE_NOT_SUPPORTED"
        | "TR_TypeNotSupported" => matches!(rejection, TypeNotSupported { .. }),
        "TYPE_3_TX_ZERO_BLOBS" | "TYPE_3_TX_ZERO_BLOBS_PRE_FORK" | "TR_EMPTYBLOB" => {
            matches!(rejection, NoBlobs)
        }
        "TYPE_3_TX_BLOB_COUNT_EXCEEDED"
        | "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED"
        | "TR_BLOBLIST_OVERSIZE" => {
            matches!(rejection, TooManyBlobs { .. })
        }
        "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH" | "TR_BLOBVERSION_INVALID" => {
            matches!(rejection, BlobVersion { .. })
        }
        "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS" => matches!(rejection, BlobFeeBelowBase { .. }),
        "TYPE_3_TX_CONTRACT_CREATION" | "TYPE_4_TX_CONTRACT_CREATION" | "TR_BLOBCREATE" => {
            matches!(rejection, CreateNotAllowed { .. })
        }
        "TYPE_4_EMPTY_AUTHORIZATION_LIST" => matches!(rejection, NoAuthorizations),
        _ => !is_seen_when_decoding(name),
    }
}

/// Names of what a strict decoder may refuse before any rule is asked.
fn is_seen_when_decoding(name: &str) -> bool {
    name.starts_with("RLP_")
        || name.starts_with("TR_RLP_")
        || name.starts_with("TYPE_4_INVALID_AUTHORI")
        || matches!(
            name,
            "TYPE_3_TX_CONTRACT_CREATION"
                | "TYPE_4_TX_CONTRACT_CREATION"
                | "TR_BLOBCREATE"
                | "TYPE_3_TX_WITH_FULL_BLOBS"
                | "INVALID_SIGNATURE_VRS"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitive_types::U256;

    fn low_gas() -> Refusal {
        Rejection::IntrinsicGasTooLow { limit: 1, intrinsic: 2 }.into()
    }

    fn undecodable() -> Refusal {
        Refusal::Undecodable { reason: "x".to_owned() }
    }

    #[test]
    fn the_kind_counts() {
        let poor: Refusal = Rejection::InsufficientBalance {
            sender: Default::default(),
            balance: U256::zero(),
            cost: U256::one(),
        }
        .into();
        assert!(matches("TransactionException.INTRINSIC_GAS_TOO_LOW", &low_gas()));
        assert!(!matches("TransactionException.INTRINSIC_GAS_TOO_LOW", &poor));
        let either =
            "TransactionException.INSUFFICIENT_ACCOUNT_FUNDS|TransactionException.INTRINSIC_GAS_TOO_LOW";
        assert!(matches(either, &low_gas()) && matches(either, &poor));
        assert!(matches("TR_NoFundsOrGas", &low_gas()) && !matches("TR_NoFunds", &low_gas()));
        assert!(matches("SomethingNew", &poor));
    }

    #[test]
    fn bytes_that_are_no_transaction_are_told_from_broken_rules() {
        assert!(matches("TR_RLP_WRONGVALUE", &undecodable()));
        assert!(!matches("TR_RLP_WRONGVALUE", &low_gas()));
        assert!(!matches("TransactionException.INTRINSIC_GAS_TOO_LOW", &undecodable()));
        assert!(!matches("SomethingNew", &undecodable()));
    }
}
