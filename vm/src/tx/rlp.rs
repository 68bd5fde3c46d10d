//! RLP of transactions in their network form: a list for legacy ones, else the type byte and a list (EIP-2718).

use super::{AccessListItem, Authorization, EcdsaSignature, QuantumSignature, Transaction, TransactionType};
use crate::rlp::{Reader, RlpError, RlpProblem, Writer};
use primitive_types::{H256, U256};

/// Bytes that are no transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// Not the RLP that a transaction of its type is.
    #[error(transparent)]
    Rlp(#[from] RlpError),
    /// Neither a legacy transaction nor a known type.
    #[error("type at byte {offset}: {byte:#04x} is no transaction type")]
    UnknownType {
        /// The first byte.
        byte: u8,
        /// Where it stands in the input.
        offset: usize,
    },
    /// A legacy `v` that is neither 27 or 28 nor what EIP-155 makes of a 64-bit chain id.
    #[error("v at byte {offset}: {v} is neither 27, 28 nor of EIP-155 with a 64-bit chain id")]
    InvalidV {
        /// The value.
        v: U256,
        /// Where it stands in the input.
        offset: usize,
    },
    /// A parity that is neither 0 nor 1.
    #[error("yParity at byte {offset}: {parity} is neither 0 nor 1")]
    InvalidParity {
        /// The value.
        parity: U256,
        /// Where it stands in the input.
        offset: usize,
    },
}

impl Transaction {
    /// The network form; blobs themselves are no part of it.
    ///
    /// A typed transaction without a chain id is written with chain id 0.
    pub fn encode(&self) -> Vec<u8> {
        self.envelope(|out| {
            match self.kind {
                TransactionType::Quantum => return self.write_quantum_signature(out),
                TransactionType::Legacy => out.u256(self.v()),
                _ => out.u64(u64::from(self.signature.y_odd)),
            }
            out.u256(self.signature.r);
            out.u256(self.signature.s);
        })
    }

    /// What the sender's signature is over, before hashing.
    pub(super) fn signing_bytes(&self) -> Vec<u8> {
        self.envelope(|out| {
            if let (TransactionType::Legacy, Some(chain_id)) = (self.kind, self.chain_id) {
                out.u64(chain_id);
                out.u64(0);
                out.u64(0);
            }
        })
    }

    /// The legacy `v`: parity, and the chain id where there is one (EIP-155).
    pub fn v(&self) -> U256 {
        let parity = U256::from(u8::from(self.signature.y_odd));
        match self.chain_id {
            None => parity + 27,
            Some(chain_id) => U256::from(chain_id) * 2 + 35 + parity,
        }
    }

    fn envelope(&self, tail: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut out = Writer::new();
        if self.kind != TransactionType::Legacy {
            out.raw(&[self.kind.number()]);
        }
        out.list(|out| {
            self.write_fields(out);
            tail(out);
        });
        out.finish()
    }

    /// All fields but the signature.
    fn write_fields(&self, out: &mut Writer) {
        use TransactionType::{AccessList, Blob, DynamicFee, Legacy, Quantum, SetCode};
        if self.kind != Legacy {
            out.u64(self.chain_id.unwrap_or_default());
        }
        out.u64(self.nonce);
        if matches!(self.kind, DynamicFee | Blob | SetCode | Quantum) {
            out.u256(self.max_priority_fee_per_gas);
        }
        out.u256(self.max_fee_per_gas);
        out.u64(self.gas_limit);
        out.optional_address(self.to);
        out.u256(self.value);
        out.bytes(&self.data);
        if self.kind != Legacy {
            out.list(|out| self.access_list.iter().for_each(|item| write_access_list_item(item, out)));
        }
        match self.kind {
            Blob => {
                out.u256(self.max_fee_per_blob_gas);
                out.list(|out| self.blob_versioned_hashes.iter().for_each(|hash| out.bytes(hash.as_bytes())));
            }
            SetCode => out.list(|out| self.authorizations.iter().for_each(|entry| entry.write(out))),
            // Signed with the rest: they say how the signature is to be judged.
            Quantum => {
                let (sender, scheme) = self
                    .quantum
                    .as_deref()
                    .map_or_else(Default::default, |quantum| (quantum.sender, quantum.scheme));
                out.bytes(sender.as_bytes());
                out.u64(scheme.into());
            }
            Legacy | AccessList | DynamicFee => {}
        }
    }

    fn write_quantum_signature(&self, out: &mut Writer) {
        let quantum = self.quantum.as_deref();
        out.bytes(quantum.map_or(&[], |quantum| &quantum.public_key));
        out.bytes(quantum.map_or(&[], |quantum| &quantum.signature));
    }

    /// Reads the network form. Only canonical bytes are accepted: what decodes encodes to the same bytes.
    ///
    /// # Errors
    /// [`TransactionError`] naming field and byte.
    pub fn decode(bytes: &[u8]) -> Result<Self, TransactionError> {
        Self::read(Reader::new(bytes))
    }

    /// Reads all of `input` as one transaction.
    pub(crate) fn read(input: Reader<'_>) -> Result<Self, TransactionError> {
        let offset = input.offset();
        let (kind, mut input) = match input.rest() {
            [0xc0..=0xff, ..] => (TransactionType::Legacy, input),
            &[byte, ref payload @ ..] => match TransactionType::from_number(byte) {
                None | Some(TransactionType::Legacy) => {
                    return Err(TransactionError::UnknownType { byte, offset });
                }
                Some(kind) => (kind, Reader::at(payload, offset + 1)),
            },
            [] => return Err(RlpError { field: "transaction", offset, problem: RlpProblem::Missing }.into()),
        };
        let mut fields = input.list("transaction")?;
        input.finish("transaction")?;
        let mut transaction = Self::read_fields(kind, &mut fields)?;
        transaction.read_signature(&mut fields)?;
        fields.finish("transaction")?;
        Ok(transaction)
    }

    fn read_fields(kind: TransactionType, fields: &mut Reader<'_>) -> Result<Self, TransactionError> {
        use TransactionType::{AccessList, Blob, DynamicFee, Legacy, Quantum, SetCode};
        let typed = kind != Legacy;
        let chain_id = if typed { Some(fields.u64("chainId")?) } else { None };
        let nonce = fields.u64("nonce")?;
        let (max_priority_fee_per_gas, max_fee_per_gas) = match kind {
            Legacy | AccessList => {
                let price = fields.u256("gasPrice")?;
                (price, price)
            }
            DynamicFee | Blob | SetCode | Quantum => {
                (fields.u256("maxPriorityFeePerGas")?, fields.u256("maxFeePerGas")?)
            }
        };
        let mut transaction = Self {
            kind,
            chain_id,
            nonce,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            gas_limit: fields.u64("gasLimit")?,
            to: fields.optional_address("to")?,
            value: fields.u256("value")?,
            data: fields.bytes("data")?.to_vec(),
            ..Self::default()
        };
        if typed {
            transaction.access_list = fields.list("accessList")?.all(read_access_list_item)?;
        }
        match kind {
            Blob => {
                transaction.max_fee_per_blob_gas = fields.u256("maxFeePerBlobGas")?;
                let hashes = fields.list("blobVersionedHashes")?;
                transaction.blob_versioned_hashes = hashes.all(|hashes| hashes.hash("blobVersionedHash"))?;
            }
            SetCode => {
                transaction.authorizations = fields.list("authorizationList")?.all(Authorization::read)?;
            }
            Quantum => {
                let (sender, offset) = (fields.address("sender")?, fields.offset());
                let scheme = u8::try_from(fields.u64("scheme")?).map_err(|_| RlpError {
                    field: "scheme",
                    offset,
                    problem: RlpProblem::TooLarge { bits: 8 },
                })?;
                transaction.quantum =
                    Some(Box::new(QuantumSignature { sender, scheme, ..QuantumSignature::default() }));
            }
            Legacy | AccessList | DynamicFee => {}
        }
        Ok(transaction)
    }

    fn read_signature(&mut self, fields: &mut Reader<'_>) -> Result<(), TransactionError> {
        if let Some(quantum) = &mut self.quantum {
            quantum.public_key = fields.bytes("publicKey")?.to_vec();
            quantum.signature = fields.bytes("signature")?.to_vec();
            return Ok(());
        }
        let offset = fields.offset();
        let y_odd = if self.kind == TransactionType::Legacy {
            let v = fields.u256("v")?;
            let (y_odd, chain_id) = split_v(v).ok_or(TransactionError::InvalidV { v, offset })?;
            self.chain_id = chain_id;
            y_odd
        } else {
            let parity = fields.u256("yParity")?;
            if parity > U256::one() {
                return Err(TransactionError::InvalidParity { parity, offset });
            }
            parity.bit(0)
        };
        self.signature = EcdsaSignature { r: fields.u256("r")?, s: fields.u256("s")?, y_odd };
        Ok(())
    }
}

/// Parity and chain id from a legacy `v`; `None` for a value that no signature gives (EIP-155).
pub fn split_v(v: U256) -> Option<(bool, Option<u64>)> {
    if v == U256::from(27) || v == U256::from(28) {
        return Some((v == U256::from(28), None));
    }
    let shifted = v.checked_sub(U256::from(35))?;
    let chain_id = u64::try_from(shifted >> 1).ok()?;
    Some((shifted.bit(0), Some(chain_id)))
}

fn write_access_list_item((address, keys): &AccessListItem, out: &mut Writer) {
    out.list(|out| {
        out.bytes(address.as_bytes());
        out.list(|out| keys.iter().for_each(|key| out.bytes(key.as_bytes())));
    });
}

fn read_access_list_item(list: &mut Reader<'_>) -> Result<AccessListItem, RlpError> {
    let mut item = list.list("accessList item")?;
    let address = item.address("accessList address")?;
    let keys: Vec<H256> =
        item.list("accessList storageKeys")?.all(|keys| keys.hash("accessList storageKey"))?;
    item.finish("accessList item")?;
    Ok((address, keys))
}

impl Authorization {
    /// RLP of the tuple, as in a transaction's list.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out);
        out.finish()
    }

    fn write(&self, out: &mut Writer) {
        out.list(|out| {
            self.write_unsigned(out);
            out.u256(self.y_parity);
            out.u256(self.r);
            out.u256(self.s);
        });
    }

    pub(super) fn write_unsigned(&self, out: &mut Writer) {
        out.u256(self.chain_id);
        out.bytes(self.address.as_bytes());
        out.u64(self.nonce);
    }

    /// Reads a tuple within the bounds that EIP-7702 sets for the transaction to be valid at all.
    fn read(list: &mut Reader<'_>) -> Result<Self, RlpError> {
        let mut tuple = list.list("authorization")?;
        let authorization = Self {
            chain_id: tuple.u256("authorization chainId")?,
            address: tuple.address("authorization address")?,
            nonce: tuple.u64("authorization nonce")?,
            y_parity: {
                let (field, offset) = ("authorization yParity", tuple.offset());
                let parity = tuple.u256(field)?;
                if parity.bits() > 8 {
                    return Err(RlpError { field, offset, problem: RlpProblem::TooLarge { bits: 8 } });
                }
                parity
            },
            r: tuple.u256("authorization r")?,
            s: tuple.u256("authorization s")?,
        };
        tuple.finish("authorization")?;
        Ok(authorization)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v_carries_parity_and_chain() {
        assert_eq!(split_v(U256::from(27)), Some((false, None)));
        assert_eq!(split_v(U256::from(28)), Some((true, None)));
        assert_eq!(split_v(U256::from(35)), Some((false, Some(0))));
        assert_eq!(split_v(U256::from(38)), Some((true, Some(1))));
        let largest = U256::from(u64::MAX) * 2 + 36;
        assert_eq!(split_v(largest), Some((true, Some(u64::MAX))));
        for bad in [U256::zero(), U256::from(26), U256::from(29), U256::from(34), largest + 1, U256::MAX] {
            assert_eq!(split_v(bad), None, "{bad}");
        }
    }
}
