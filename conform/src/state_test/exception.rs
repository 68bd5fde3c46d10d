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
    expected.split('|').any(|name| matches_one(name.trim(), refusal))
}

/// Names of execution-spec-tests first, then retesteth's where it has an own one.
fn matches_one(name: &str, refusal: &Refusal) -> bool {
    judge(name, Some(refusal)).unwrap_or(!matches!(refusal, Refusal::Undecodable { .. }))
}

/// True where `refusal` is what this one `name` asks for; never for no refusal. `None` for a name that is not known.
pub(crate) fn judge(name: &str, refusal: Option<&Refusal>) -> Option<bool> {
    use Rejection::*;
    let name = name.strip_prefix("TransactionException.").unwrap_or(name);
    let rejection = match refusal {
        Some(Refusal::Undecodable { .. }) if is_seen_when_decoding(name) => return Some(true),
        Some(Refusal::Rejected(rejection)) => Some(rejection),
        Some(Refusal::Undecodable { .. }) | None => None,
    };
    let is = |matches: fn(&Rejection) -> bool| Some(rejection.is_some_and(matches));
    match name {
        "INSUFFICIENT_ACCOUNT_FUNDS" | "TR_NoFunds" => {
            is(|it| matches!(it, InsufficientBalance { .. } | CostOverflow))
        }
        "INTRINSIC_GAS_TOO_LOW" | "IntrinsicGas" | "TR_IntrinsicGas" => {
            is(|it| matches!(it, IntrinsicGasTooLow { .. } | IntrinsicOrFloorGasTooLow { .. }))
        }
        "TR_NoFundsOrGas" => {
            is(|it| matches!(it, InsufficientBalance { .. } | CostOverflow | IntrinsicGasTooLow { .. }))
        }
        "TR_FeeCapLessThanBlocksORNoFunds" => {
            is(|it| matches!(it, FeeBelowBase { .. } | InsufficientBalance { .. } | CostOverflow))
        }
        "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST" => {
            is(|it| matches!(it, FloorGasTooLow { .. } | IntrinsicOrFloorGasTooLow { .. }))
        }
        "GAS_ALLOWANCE_EXCEEDED" | "TR_GasLimitReached" => is(|it| matches!(it, BlockGasExceeded { .. })),
        "GAS_LIMIT_EXCEEDS_MAXIMUM" => is(|it| matches!(it, GasCapExceeded { .. })),
        "GASLIMIT_PRICE_PRODUCT_OVERFLOW" => is(|it| matches!(it, CostOverflow | InsufficientBalance { .. })),
        "NONCE_IS_MAX" | "NONCE_OVERFLOW" | "TR_NonceHasMaxValue" => is(|it| matches!(it, NonceOverflow)),
        "NONCE_MISMATCH_TOO_LOW" | "NONCE_TOO_LOW" | "TR_NonceTooLow" => {
            is(|it| matches!(it, NonceTooLow { .. }))
        }
        "NONCE_MISMATCH_TOO_HIGH" => is(|it| matches!(it, NonceTooHigh { .. })),
        // EIP-2681's limit in transaction tests, a nonce above the account's in older state tests.
        "NONCE_TOO_BIG" => is(|it| matches!(it, NonceTooHigh { .. } | NonceOverflow)),
        "SENDER_NOT_EOA" | "SenderNotEOA" => is(|it| matches!(it, SenderHasCode { .. })),
        "SenderNotEOAorNoCASH" => {
            is(|it| matches!(it, SenderHasCode { .. } | InsufficientBalance { .. } | CostOverflow))
        }
        "INSUFFICIENT_MAX_FEE_PER_GAS" | "TR_FeeCapLessThanBlocks" => {
            is(|it| matches!(it, FeeBelowBase { .. }))
        }
        "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS"
        | "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2"
        | "TR_TipGtFeeCap" => is(|it| matches!(it, PriorityAboveMax { .. })),
        "INITCODE_SIZE_EXCEEDED" | "TR_InitCodeLimitExceeded" => {
            is(|it| matches!(it, InitCodeTooLong { .. }))
        }
        "INVALID_CHAINID" => is(|it| matches!(it, WrongChainId { .. })),
        "INVALID_SIGNATURE_VRS" | "EC_RECOVERY_FAIL" => is(|it| matches!(it, InvalidSignature { .. })),
        "TYPE_1_TX_PRE_FORK"
        | "TYPE_2_TX_PRE_FORK"
        | "TYPE_3_TX_PRE_FORK"
        | "TYPE_4_TX_PRE_FORK"
        | "TYPE_NOT_SUPPORTED"
        | "TR_TypeNotSupported" => is(|it| matches!(it, TypeNotSupported { .. })),
        "TYPE_3_TX_ZERO_BLOBS" | "TYPE_3_TX_ZERO_BLOBS_PRE_FORK" | "TR_EMPTYBLOB" => {
            is(|it| matches!(it, NoBlobs))
        }
        "TYPE_3_TX_BLOB_COUNT_EXCEEDED"
        | "TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED"
        | "TR_BLOBLIST_OVERSIZE" => is(|it| matches!(it, TooManyBlobs { .. })),
        "TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH" | "TR_BLOBVERSION_INVALID" => {
            is(|it| matches!(it, BlobVersion { .. }))
        }
        "INSUFFICIENT_MAX_FEE_PER_BLOB_GAS" => is(|it| matches!(it, BlobFeeBelowBase { .. })),
        "TYPE_3_TX_CONTRACT_CREATION" | "TYPE_4_TX_CONTRACT_CREATION" | "TR_BLOBCREATE" => {
            is(|it| matches!(it, CreateNotAllowed { .. }))
        }
        "TYPE_4_EMPTY_AUTHORIZATION_LIST" => is(|it| matches!(it, NoAuthorizations)),
        _ if is_seen_when_decoding(name) => Some(false),
        _ => None,
    }
}

/// Names of what a strict decoder may refuse before any rule is asked.
fn is_seen_when_decoding(name: &str) -> bool {
    name.starts_with("RLP_")
        || name.starts_with("TR_RLP_")
        || name.starts_with("TYPE_4_INVALID_AUTHORI")
        || matches!(
            name,
            "ADDRESS_TOO_SHORT"
                | "ADDRESS_TOO_LONG"
                | "GASLIMIT_OVERFLOW"
                | "GASPRICE_OVERFLOW"
                | "NONCE_OVERFLOW"
                | "VALUE_OVERFLOW"
                | "TYPE_3_TX_CONTRACT_CREATION"
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
        assert_eq!(judge("SomethingNew", Some(&poor)), None);
        assert_eq!(judge("TR_NoFunds", None), Some(false));
    }

    #[test]
    fn bytes_that_are_no_transaction_are_told_from_broken_rules() {
        assert!(matches("TR_RLP_WRONGVALUE", &undecodable()));
        assert!(!matches("TR_RLP_WRONGVALUE", &low_gas()));
        assert!(!matches("TransactionException.INTRINSIC_GAS_TOO_LOW", &undecodable()));
        assert!(!matches("SomethingNew", &undecodable()));
    }
}
