//! Block headers from Frontier to Amsterdam.

use super::Bloom;
use crate::fork::Fork;
use crate::keccak::keccak256;
use crate::rlp::{Reader, RlpError, Writer};
use primitive_types::{H160, H256, U256};

/// A block header. Fields behind `nonce` came fork by fork and are `None` before theirs.
///
/// A header with a field but without one that came before it belongs to no fork. Such a gap is written as an empty
/// item, which reads as zero for a number and not at all for a hash: who judges a header against its fork looks at the
/// fields, not at the hash alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Hash of the header before.
    pub parent_hash: H256,
    /// Hash of the list of ommer headers.
    pub ommers_hash: H256,
    /// Who gets rewards and fees.
    pub beneficiary: H160,
    /// Root of the state after the block.
    pub state_root: H256,
    /// Root of the transactions.
    pub transactions_root: H256,
    /// Root of the receipts.
    pub receipts_root: H256,
    /// Bloom of all logs.
    pub logs_bloom: Bloom,
    /// Difficulty; 0 from Paris on.
    pub difficulty: U256,
    /// Number of ancestors.
    pub number: u64,
    /// Most gas the transactions may use.
    pub gas_limit: u64,
    /// Gas they used.
    pub gas_used: u64,
    /// Unix time in seconds.
    pub timestamp: u64,
    /// Free bytes; at most 32 by consensus, which is not judged here.
    pub extra_data: Vec<u8>,
    /// Part of the proof of work; the beacon chain's randomness from Paris on (EIP-4399).
    pub mix_hash: H256,
    /// Part of the proof of work; 0 from Paris on.
    pub nonce: [u8; 8],
    /// Wei a unit of gas that is burnt (EIP-1559, London).
    pub base_fee_per_gas: Option<U256>,
    /// Root of the withdrawals (EIP-4895, Shanghai).
    pub withdrawals_root: Option<H256>,
    /// Blob gas of the transactions (EIP-4844, Cancun).
    pub blob_gas_used: Option<u64>,
    /// Blob gas above target so far (EIP-4844, Cancun).
    pub excess_blob_gas: Option<u64>,
    /// Root of the parent beacon block (EIP-4788, Cancun).
    pub parent_beacon_block_root: Option<H256>,
    /// Commitment to the requests (EIP-7685, Prague).
    pub requests_hash: Option<H256>,
    /// Commitment to what the block read and wrote (EIP-7928, Amsterdam).
    pub block_access_list_hash: Option<H256>,
    /// Slot of the beacon chain (EIP-7843, Amsterdam).
    pub slot_number: Option<u64>,
}

impl Header {
    /// Keccak-256 of the RLP: the block's hash.
    pub fn hash(&self) -> H256 {
        keccak256(&self.encode())
    }

    /// RLP.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    /// Reads RLP. Only canonical bytes are accepted.
    ///
    /// # Errors
    /// [`RlpError`] naming field and byte.
    pub fn decode(bytes: &[u8]) -> Result<Self, RlpError> {
        let mut input = Reader::new(bytes);
        let header = Self::read(&mut input)?;
        input.finish("header")?;
        Ok(header)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.list(|out| {
            out.bytes(self.parent_hash.as_bytes());
            out.bytes(self.ommers_hash.as_bytes());
            out.bytes(self.beneficiary.as_bytes());
            out.bytes(self.state_root.as_bytes());
            out.bytes(self.transactions_root.as_bytes());
            out.bytes(self.receipts_root.as_bytes());
            out.bytes(&self.logs_bloom.0);
            out.u256(self.difficulty);
            out.u64(self.number);
            out.u64(self.gas_limit);
            out.u64(self.gas_used);
            out.u64(self.timestamp);
            out.bytes(&self.extra_data);
            out.bytes(self.mix_hash.as_bytes());
            out.bytes(&self.nonce);
            self.write_later(out);
        });
    }

    /// The fields behind `nonce`, up to the last that is there.
    fn write_later(&self, out: &mut Writer) {
        LATER[..self.later_count()].iter().for_each(|field| (field.write)(self, out));
    }

    /// How many fields behind `nonce` there are, gaps counted.
    fn later_count(&self) -> usize {
        LATER.iter().rposition(|field| (field.is_there)(self)).map_or(0, |last| last + 1)
    }

    /// Name of the first field that is not there although a later one is.
    pub(super) fn first_gap(&self) -> Option<&'static str> {
        LATER[..self.later_count()].iter().find(|field| !(field.is_there)(self)).map(|field| field.name)
    }

    /// The first field that is there before the fork it came with, or missing from then on.
    pub fn misplaced_field(&self, fork: Fork) -> Option<MisplacedField> {
        let misplaced = LATER.iter().find(|field| (field.is_there)(self) != (fork >= field.since))?;
        Some(MisplacedField {
            name: misplaced.name,
            there: (misplaced.is_there)(self),
            since: misplaced.since,
        })
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, RlpError> {
        let mut fields = input.list("header")?;
        let mut header = Self {
            parent_hash: fields.hash("parentHash")?,
            ommers_hash: fields.hash("ommersHash")?,
            beneficiary: fields.address("beneficiary")?,
            state_root: fields.hash("stateRoot")?,
            transactions_root: fields.hash("transactionsRoot")?,
            receipts_root: fields.hash("receiptsRoot")?,
            logs_bloom: Bloom(fields.array("logsBloom")?),
            difficulty: fields.u256("difficulty")?,
            number: fields.u64("number")?,
            gas_limit: fields.u64("gasLimit")?,
            gas_used: fields.u64("gasUsed")?,
            timestamp: fields.u64("timestamp")?,
            extra_data: fields.bytes("extraData")?.to_vec(),
            mix_hash: fields.hash("mixHash")?,
            nonce: fields.array("nonce")?,
            ..Self::default()
        };
        let later = &mut fields;
        header.base_fee_per_gas = if_there(later, |fields| fields.u256("baseFeePerGas"))?;
        header.withdrawals_root = if_there(later, |fields| fields.hash("withdrawalsRoot"))?;
        header.blob_gas_used = if_there(later, |fields| fields.u64("blobGasUsed"))?;
        header.excess_blob_gas = if_there(later, |fields| fields.u64("excessBlobGas"))?;
        header.parent_beacon_block_root = if_there(later, |fields| fields.hash("parentBeaconBlockRoot"))?;
        header.requests_hash = if_there(later, |fields| fields.hash("requestsHash"))?;
        header.block_access_list_hash = if_there(later, |fields| fields.hash("blockAccessListHash"))?;
        header.slot_number = if_there(later, |fields| fields.u64("slotNumber"))?;
        fields.finish("header")?;
        Ok(header)
    }
}

/// A field of a header that is there or missing against its fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MisplacedField {
    /// Its name in JSON.
    pub name: &'static str,
    /// Whether the header has it.
    pub there: bool,
    /// The fork it came with.
    pub since: Fork,
}

/// A field that came with a fork.
struct Later {
    name: &'static str,
    since: Fork,
    is_there: fn(&Header) -> bool,
    write: fn(&Header, &mut Writer),
}

/// The fields behind `nonce`, in order.
const LATER: [Later; 8] = [
    Later {
        name: "baseFeePerGas",
        since: Fork::London,
        is_there: |header| header.base_fee_per_gas.is_some(),
        write: |header, out| out.u256(header.base_fee_per_gas.unwrap_or_default()),
    },
    Later {
        name: "withdrawalsRoot",
        since: Fork::Shanghai,
        is_there: |header| header.withdrawals_root.is_some(),
        write: |header, out| write_hash(header.withdrawals_root, out),
    },
    Later {
        name: "blobGasUsed",
        since: Fork::Cancun,
        is_there: |header| header.blob_gas_used.is_some(),
        write: |header, out| out.u64(header.blob_gas_used.unwrap_or_default()),
    },
    Later {
        name: "excessBlobGas",
        since: Fork::Cancun,
        is_there: |header| header.excess_blob_gas.is_some(),
        write: |header, out| out.u64(header.excess_blob_gas.unwrap_or_default()),
    },
    Later {
        name: "parentBeaconBlockRoot",
        since: Fork::Cancun,
        is_there: |header| header.parent_beacon_block_root.is_some(),
        write: |header, out| write_hash(header.parent_beacon_block_root, out),
    },
    Later {
        name: "requestsHash",
        since: Fork::Prague,
        is_there: |header| header.requests_hash.is_some(),
        write: |header, out| write_hash(header.requests_hash, out),
    },
    Later {
        name: "blockAccessListHash",
        since: Fork::Amsterdam,
        is_there: |header| header.block_access_list_hash.is_some(),
        write: |header, out| write_hash(header.block_access_list_hash, out),
    },
    Later {
        name: "slotNumber",
        since: Fork::Amsterdam,
        is_there: |header| header.slot_number.is_some(),
        write: |header, out| out.u64(header.slot_number.unwrap_or_default()),
    },
];

fn write_hash(hash: Option<H256>, out: &mut Writer) {
    out.bytes(hash.as_ref().map_or(&[], H256::as_bytes));
}

/// `None` at the end of the fields, else what `read` reads.
fn if_there<'a, T>(
    fields: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, RlpError>,
) -> Result<Option<T>, RlpError> {
    if fields.is_empty() { Ok(None) } else { read(fields).map(Some) }
}
