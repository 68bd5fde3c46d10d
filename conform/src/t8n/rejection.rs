//! Why a transaction is not part of the block, in words that tools for go-ethereum look for.

use erbium_vm::Rejection;
use erbium_vm::tx::{Transaction, TransactionType};

/// The phrase by which tools that drive go-ethereum tell the reason, then what Erbium says itself.
pub(super) fn text(tx: &Transaction, rejection: &Rejection) -> String {
    match phrase(tx, rejection) {
        Some(phrase) => format!("{phrase}: {rejection}"),
        None => rejection.to_string(),
    }
}

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
        FeeBelowBase { .. } => "max fee per gas less than block base fee",
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
