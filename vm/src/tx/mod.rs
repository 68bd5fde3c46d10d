//! Transactions of types 0 to 4 and 0x45: what they are, how they are written and how they are signed.

mod quantum;
mod rlp;
mod signing;

pub use rlp::{TransactionError, split_v};

use primitive_types::{H160, H256, U256};

/// The EIP-2718 type of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TransactionType {
    /// Before EIP-2718.
    #[default]
    Legacy = 0,
    /// EIP-2930.
    AccessList = 1,
    /// EIP-1559.
    DynamicFee = 2,
    /// EIP-4844.
    Blob = 3,
    /// EIP-7702.
    SetCode = 4,
    /// Quantum-signed: the fields of EIP-1559, authorized by an ML-DSA key (extensions only).
    Quantum = 0x45,
}

impl TransactionType {
    /// The type with this number, if there is one; 0 is [`TransactionType::Legacy`], which no byte announces.
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Legacy,
            1 => Self::AccessList,
            2 => Self::DynamicFee,
            3 => Self::Blob,
            4 => Self::SetCode,
            0x45 => Self::Quantum,
            _ => return None,
        })
    }

    /// The number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// A secp256k1 signature as transactions carry it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EcdsaSignature {
    /// r.
    pub r: U256,
    /// s.
    pub s: U256,
    /// Parity of the nonce point's y; from `v` in legacy transactions.
    pub y_odd: bool,
}

/// Who signed a quantum-signed transaction with which key, as carried: nothing in it has been judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct QuantumSignature {
    /// The account that sends.
    pub sender: H160,
    /// Number of the scheme; 44, 65 and 87 can be valid.
    pub scheme: u8,
    /// Encoded public key.
    pub public_key: Vec<u8>,
    /// Encoded signature.
    pub signature: Vec<u8>,
}

/// One entry of an EIP-7702 authorization list, as carried: its validity is judged at execution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Authorization {
    /// Chain it is for, 0 for any.
    pub chain_id: U256,
    /// The code to delegate to.
    pub address: H160,
    /// Nonce the authority must have.
    pub nonce: u64,
    /// y parity; only 0 and 1 can be valid.
    pub y_parity: U256,
    /// Signature r.
    pub r: U256,
    /// Signature s.
    pub s: U256,
}

/// An address and the storage keys a transaction announces (EIP-2930).
pub type AccessListItem = (H160, Vec<H256>);

/// A transaction. Fields that its type does not have are empty or zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Its type.
    pub kind: TransactionType,
    /// Chain it is for; `None` for a legacy transaction without EIP-155.
    pub chain_id: Option<u64>,
    /// Sender's nonce.
    pub nonce: u64,
    /// Most gas it may use.
    pub gas_limit: u64,
    /// Most it pays a unit of gas; the gas price in types 0 and 1.
    pub max_fee_per_gas: U256,
    /// Most it pays the block's producer a unit of gas; the gas price in types 0 and 1.
    pub max_priority_fee_per_gas: U256,
    /// Receiver; `None` creates a contract.
    pub to: Option<H160>,
    /// Wei sent.
    pub value: U256,
    /// Call data or init code.
    pub data: Vec<u8>,
    /// Announced accesses.
    pub access_list: Vec<AccessListItem>,
    /// Most it pays a unit of blob gas.
    pub max_fee_per_blob_gas: U256,
    /// KZG commitment hashes of its blobs.
    pub blob_versioned_hashes: Vec<H256>,
    /// Delegations it sets.
    pub authorizations: Vec<Authorization>,
    /// The sender's signature, in types 0 to 4.
    pub signature: EcdsaSignature,
    /// Sender, key and signature, in type 0x45.
    pub quantum: Option<Box<QuantumSignature>>,
}
