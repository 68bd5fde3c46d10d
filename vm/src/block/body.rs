//! Whole blocks and their RLP.

use super::Header;
use crate::rlp::{Item, Reader, RlpError, Writer};
use crate::tx::{Transaction, TransactionError, TransactionType};
use primitive_types::{H160, H256};

/// A withdrawal from the beacon chain (EIP-4895).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Withdrawal {
    /// Number of the withdrawal.
    pub index: u64,
    /// Validator it is of.
    pub validator_index: u64,
    /// Who gets it.
    pub address: H160,
    /// Gwei.
    pub amount_gwei: u64,
}

impl Withdrawal {
    /// RLP.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    fn write(&self, out: &mut Writer) {
        out.list(|out| {
            out.u64(self.index);
            out.u64(self.validator_index);
            out.bytes(self.address.as_bytes());
            out.u64(self.amount_gwei);
        });
    }

    fn read(list: &mut Reader<'_>) -> Result<Self, RlpError> {
        let mut fields = list.list("withdrawal")?;
        let withdrawal = Self {
            index: fields.u64("withdrawal index")?,
            validator_index: fields.u64("withdrawal validatorIndex")?,
            address: fields.address("withdrawal address")?,
            amount_gwei: fields.u64("withdrawal amount")?,
        };
        fields.finish("withdrawal")?;
        Ok(withdrawal)
    }
}

/// A block: header, transactions, ommers and, from Shanghai on, withdrawals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Header.
    pub header: Header,
    /// Transactions in order.
    pub transactions: Vec<Transaction>,
    /// Headers of the ommers ("uncles").
    pub ommers: Vec<Header>,
    /// Withdrawals; `None` before Shanghai.
    pub withdrawals: Option<Vec<Withdrawal>>,
}

/// Bytes that are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockDecodeError {
    /// Not the RLP of a block; offsets count from its first byte.
    #[error(transparent)]
    Rlp(#[from] RlpError),
    /// A transaction of it; offsets count from the block's first byte.
    #[error("transaction {index}: {source}")]
    Transaction {
        /// Its position.
        index: usize,
        /// What is wrong with it.
        source: TransactionError,
    },
    /// An ommer of it; offsets count from the block's first byte.
    #[error("ommer {index}: {source}")]
    Ommer {
        /// Its position.
        index: usize,
        /// What is wrong with it.
        source: RlpError,
    },
}

impl Block {
    /// The header's hash.
    pub fn hash(&self) -> H256 {
        self.header.hash()
    }

    /// RLP: header, transactions (typed ones as byte strings), ommers, withdrawals where there are any to be.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.list(|out| {
            self.header.write(out);
            write_transactions(&self.transactions, out);
            out.list(|out| self.ommers.iter().for_each(|ommer| ommer.write(out)));
            if let Some(withdrawals) = &self.withdrawals {
                out.list(|out| withdrawals.iter().for_each(|withdrawal| withdrawal.write(out)));
            }
        });
        out.finish()
    }

    /// Reads RLP. Only canonical bytes are accepted: what decodes encodes to the same bytes.
    ///
    /// # Errors
    /// [`BlockDecodeError`] naming the transaction or ommer, the field and the byte.
    pub fn decode(bytes: &[u8]) -> Result<Self, BlockDecodeError> {
        let mut input = Reader::new(bytes);
        let mut fields = input.list("block")?;
        input.finish("block")?;
        let header = Header::read(&mut fields)?;

        let mut transactions = Vec::new();
        let mut list = fields.list("transactions")?;
        while !list.is_empty() {
            let index = transactions.len();
            let transaction = envelope(&mut list)?;
            transactions.push(
                Transaction::read(transaction)
                    .map_err(|source| BlockDecodeError::Transaction { index, source })?,
            );
        }

        let mut ommers = Vec::new();
        let mut list = fields.list("ommers")?;
        while !list.is_empty() {
            let index = ommers.len();
            ommers.push(Header::read(&mut list).map_err(|source| BlockDecodeError::Ommer { index, source })?);
        }

        let withdrawals =
            if fields.is_empty() { None } else { Some(fields.list("withdrawals")?.all(Withdrawal::read)?) };
        fields.finish("block")?;
        Ok(Self { header, transactions, ommers, withdrawals })
    }
}

/// RLP of the list of transactions that a block has: typed ones as byte strings.
pub fn transactions_rlp(transactions: &[Transaction]) -> Vec<u8> {
    let mut out = Writer::new();
    write_transactions(transactions, &mut out);
    out.finish()
}

fn write_transactions(transactions: &[Transaction], out: &mut Writer) {
    out.list(|out| {
        for transaction in transactions {
            let encoded = transaction.encode();
            match transaction.kind {
                TransactionType::Legacy => out.raw(&encoded),
                _ => out.bytes(&encoded),
            }
        }
    });
}

/// The network form of the next transaction: the list itself, or what is in the byte string.
fn envelope<'a>(list: &mut Reader<'a>) -> Result<Reader<'a>, RlpError> {
    let start = list.clone();
    match list.item("transaction")? {
        Item::List(_) => {
            let len = list.offset() - start.offset();
            Ok(Reader::at(&start.rest()[..len], start.offset()))
        }
        // A legacy transaction in a byte string would have a second encoding: its first byte is refused as a type.
        Item::Bytes(bytes) => Ok(Reader::at(bytes, list.offset() - bytes.len())),
    }
}
