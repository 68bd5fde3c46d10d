//! Why a transaction is not part of the block, in words that tools for go-ethereum look for.

use erbium_vm::tx::{Transaction, TransactionType};
use erbium_vm::{Rejection, U256};

/// The phrase by which tools that drive go-ethereum tell the reason, then what Erbium says itself. go-ethereum looks at the
/// base fee first: that it is too high is said too where another rule is broken.
pub(super) fn text(tx: &Transaction, rejection: &Rejection, base_fee: U256) -> String {
    let mut text = match phrase(tx, rejection) {
        Some(phrase) => format!("{phrase}: {rejection}"),
        None => rejection.to_string(),
    };
    let below = Rejection::FeeBelowBase { max_fee: tx.max_fee_per_gas, base_fee };
    if tx.max_fee_per_gas < base_fee && *rejection != below {
        text.push_str("; and ");
        text.push_str(FEE_BELOW_BASE);
    }
    text
}

const FEE_BELOW_BASE: &str = "max fee per gas less than block base fee";

fn phrase(tx: &Transaction, rejection: &Rejection) -> Option<&'static str> {
    use Rejection::*;
    Some(match rejection {
        TypeNotSupported { .. } if tx.kind == TransactionType::Blob => {
            "transaction type not supported: blob tx used but field env.ExcessBlobGas missing"
        }
        TypeNotSupported { .. } => "transaction type not supported",
        InvalidSignature { .. } => "invalid transaction v, r, s values",
        WrongChainId { .. } => "invalid chain id for signer",
        NonceTooLow { .. } => "nonce too low",
        NonceTooHigh { .. } => "nonce too high",
        NonceOverflow => "nonce has max value",
        SenderHasCode { .. } => "sender not an eoa",
        InsufficientBalance { .. } | CostOverflow => "insufficient funds for gas * price + value",
        IntrinsicGasTooLow { .. } => "intrinsic gas too low",
        FloorGasTooLow { .. } => "insufficient gas for floor data gas cost",
        BlockGasExceeded { .. } => "gas limit reached",
        GasCapExceeded { .. } => "transaction gas limit too high",
        FeeBelowBase { .. } => FEE_BELOW_BASE,
        PriorityAboveMax { .. } => "max priority fee per gas higher than max fee per gas",
        InitCodeTooLong { .. } => "max initcode size exceeded",
        NoBlobs => "blob transaction missing blob hashes",
        TooManyBlobs { limit, .. } if tx.blob_versioned_hashes.len() as u64 > *limit => {
            "blob transaction has too many blobs: blob gas would exceed maximum allowance"
        }
        TooManyBlobs { .. } => "blob gas would exceed maximum allowance",
        BlobVersion { .. } => "blob has invalid hash version",
        BlobFeeBelowBase { .. } => "max fee per blob gas less than block blob gas fee",
        CreateNotAllowed { .. } if tx.kind == TransactionType::Blob => {
            "input string too short for common.Address, decoding into (types.BlobTx).To"
        }
        CreateNotAllowed { .. } => {
            "set code transaction must not be a create transaction: input string too short for common.Address, \
             decoding into (types.SetCodeTx).To"
        }
        NoAuthorizations => "EIP-7702 transaction with empty auth list",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phrase_comes_first_and_the_base_fee_is_never_left_out() {
        let tx = Transaction::default();
        let low = Rejection::NonceTooLow { got: 0, expected: 1 };
        assert_eq!(text(&tx, &low, U256::zero()), "nonce too low: nonce 0 is below the account's 1");
        assert!(text(&tx, &low, U256::one()).ends_with("; and max fee per gas less than block base fee"));
        let below = Rejection::FeeBelowBase { max_fee: U256::zero(), base_fee: U256::one() };
        assert_eq!(text(&tx, &below, U256::one()).matches("less than block base fee").count(), 1);
    }

    #[test]
    fn too_many_blobs_of_a_transaction_are_told_from_those_of_a_block() {
        let rejection = Rejection::TooManyBlobs { count: 7, limit: 6 };
        let blobs = |count| Transaction {
            kind: TransactionType::Blob,
            blob_versioned_hashes: vec![Default::default(); count],
            ..Transaction::default()
        };
        assert!(text(&blobs(7), &rejection, U256::zero()).starts_with("blob transaction has too many blobs"));
        assert!(
            text(&blobs(1), &rejection, U256::zero()).starts_with("blob gas would exceed maximum allowance")
        );
    }
}
