//! From the fields of a block file to its values.

use super::field::{BlockFileError, FieldProblem, Place, Word, read_decimal_key, read_key};
use super::raw::{RawAccess, RawAccount, RawAuthorization, RawBlock, RawFile, RawTransaction, RawWithdrawal};
use super::shape::{Entries, Field, List, Object, Shape, Text};
use super::{BlockFile, ClaimedBlock, ClaimedTransaction, PreAccount};
use crate::block::{Block, Bloom, Header, Withdrawal};
use crate::tx::{
    AccessListItem, Authorization, EcdsaSignature, QuantumSignature, Transaction, TransactionType, split_v,
};
use primitive_types::{H160, H256, U256};
use std::fmt;

pub(super) fn file(bytes: &[u8]) -> Result<BlockFile, BlockFileError> {
    let raw: Field<Object<RawFile<'_>>> = serde_json::from_slice(bytes).map_err(BlockFileError::Json)?;
    let top = Place::Top;
    let Object(raw) = raw.required(&Place::Key(&top, "file"))?;

    let place = top.key("block");
    let Object(raw_block) = raw.block.required(&place)?;
    let (block, claimed) = block(raw_block, &place)?;

    let place = top.key("preState");
    let Entries(accounts) = raw.pre_state.required(&place)?;
    let mut pre_state = Vec::with_capacity(accounts.len());
    for (key, account) in accounts {
        let place = place.key(&key);
        pre_state.push((read_key(&key, &place)?, pre_account(account, &place)?));
    }
    sort_unique(&mut pre_state, &place)?;

    let place = top.key("blockHashes");
    let Entries(hashes) = raw.block_hashes.required(&place)?;
    let mut block_hashes = Vec::with_capacity(hashes.len());
    for (key, hash) in hashes {
        let place = place.key(&key);
        block_hashes.push((read_decimal_key(&key, &place)?, hash.read(&place)?));
    }
    sort_unique(&mut block_hashes, &place)?;

    let whole_state = raw.whole_state.optional(&top.key("wholeState"))?.unwrap_or_default();
    Ok(BlockFile { spec: raw.spec, block, claimed, whole_state, pre_state, block_hashes })
}

/// Sorts by key and refuses a key that is there twice, be it in two spellings.
fn sort_unique<K, V>(entries: &mut [(K, V)], place: &Place<'_>) -> Result<(), BlockFileError>
where
    K: Ord + fmt::Debug,
{
    entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    match entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(place.key(&format!("{:?}", pair[0].0)).error(FieldProblem::Duplicate)),
        None => Ok(()),
    }
}

/// Reads every item of a list.
pub(super) fn list<'de, T: Shape<'de>, U>(
    List(items): List<T>,
    place: &Place<'_>,
    mut read: impl FnMut(Field<T>, &Place<'_>) -> Result<U, BlockFileError>,
) -> Result<Vec<U>, BlockFileError> {
    items.into_iter().enumerate().map(|(index, item)| read(item, &place.index(index))).collect()
}

fn hashes(field: Field<List<Text<'_>>>, place: &Place<'_>) -> Result<Vec<H256>, BlockFileError> {
    list(field.required(place)?, place, |hash, place| hash.read(place))
}

fn block(mut raw: RawBlock<'_>, place: &Place<'_>) -> Result<(Block, ClaimedBlock), BlockFileError> {
    let (field, at) = (std::mem::take(&mut raw.transactions), place.key("transactions"));
    let (transactions, claims) = list(field.required(&at)?, &at, transaction)?.into_iter().unzip();

    let (field, at) = (std::mem::take(&mut raw.withdrawals), place.key("withdrawals"));
    let withdrawals = field.optional(&at)?.map(|items| list(items, &at, withdrawal)).transpose()?;

    let claimed = ClaimedBlock {
        hash: std::mem::take(&mut raw.hash).read(&place.key("hash"))?,
        uncles: hashes(std::mem::take(&mut raw.uncles), &place.key("uncles"))?,
        total_difficulty: std::mem::take(&mut raw.total_difficulty)
            .read_optional(&place.key("totalDifficulty"))?,
        size: std::mem::take(&mut raw.size).read_optional(&place.key("size"))?,
        transactions: claims,
    };
    let block = Block { header: header(raw, place)?, transactions, ommers: Vec::new(), withdrawals };
    Ok((block, claimed))
}

fn header(raw: RawBlock<'_>, place: &Place<'_>) -> Result<Header, BlockFileError> {
    let header = Header {
        parent_hash: raw.parent_hash.read(&place.key("parentHash"))?,
        ommers_hash: raw.ommers_hash.read(&place.key("sha3Uncles"))?,
        beneficiary: raw.miner.read(&place.key("miner"))?,
        state_root: raw.state_root.read(&place.key("stateRoot"))?,
        transactions_root: raw.transactions_root.read(&place.key("transactionsRoot"))?,
        receipts_root: raw.receipts_root.read(&place.key("receiptsRoot"))?,
        logs_bloom: Bloom(raw.logs_bloom.read(&place.key("logsBloom"))?),
        difficulty: raw.difficulty.read(&place.key("difficulty"))?,
        number: raw.number.read(&place.key("number"))?,
        gas_limit: raw.gas_limit.read(&place.key("gasLimit"))?,
        gas_used: raw.gas_used.read(&place.key("gasUsed"))?,
        timestamp: raw.timestamp.read(&place.key("timestamp"))?,
        extra_data: raw.extra_data.read(&place.key("extraData"))?,
        mix_hash: raw.mix_hash.read(&place.key("mixHash"))?,
        nonce: raw.nonce.read(&place.key("nonce"))?,
        base_fee_per_gas: raw.base_fee_per_gas.read_optional(&place.key("baseFeePerGas"))?,
        withdrawals_root: raw.withdrawals_root.read_optional(&place.key("withdrawalsRoot"))?,
        blob_gas_used: raw.blob_gas_used.read_optional(&place.key("blobGasUsed"))?,
        excess_blob_gas: raw.excess_blob_gas.read_optional(&place.key("excessBlobGas"))?,
        parent_beacon_block_root: raw
            .parent_beacon_block_root
            .read_optional(&place.key("parentBeaconBlockRoot"))?,
        requests_hash: raw.requests_hash.read_optional(&place.key("requestsHash"))?,
        block_access_list_hash: raw
            .block_access_list_hash
            .read_optional(&place.key("blockAccessListHash"))?,
        slot_number: raw.slot_number.read_optional(&place.key("slotNumber"))?,
    };
    match header.first_gap() {
        Some(field) => Err(place.key(field).error(FieldProblem::Missing)),
        None => Ok(header),
    }
}

fn withdrawal(
    field: Field<Object<RawWithdrawal<'_>>>,
    place: &Place<'_>,
) -> Result<Withdrawal, BlockFileError> {
    let Object(raw) = field.required(place)?;
    Ok(Withdrawal {
        index: raw.index.read(&place.key("index"))?,
        validator_index: raw.validator_index.read(&place.key("validatorIndex"))?,
        address: raw.address.read(&place.key("address"))?,
        amount_gwei: raw.amount.read(&place.key("amount"))?,
    })
}

fn transaction(
    field: Field<Object<RawTransaction<'_>>>,
    place: &Place<'_>,
) -> Result<(Transaction, ClaimedTransaction), BlockFileError> {
    let Object(raw) = field.required(place)?;
    let at = place.key("type");
    let number = raw.kind.read_optional::<u64>(&at)?.unwrap_or_default();
    let kind = u8::try_from(number)
        .ok()
        .and_then(TransactionType::from_number)
        .ok_or_else(|| at.error(FieldProblem::UnknownType))?;

    let claimed = ClaimedTransaction {
        hash: raw.hash.read(&place.key("hash"))?,
        from: raw.from.read(&place.key("from"))?,
    };
    let chain_id = raw.chain_id.read_optional::<u64>(&place.key("chainId"))?;
    let (y_odd, chain_id) = match kind {
        TransactionType::Legacy => legacy_v(raw.v.read(&place.key("v"))?, chain_id, place)?,
        TransactionType::Quantum => {
            (false, Some(chain_id.ok_or_else(|| place.key("chainId").error(FieldProblem::Missing))?))
        }
        _ => {
            let chain_id = chain_id.ok_or_else(|| place.key("chainId").error(FieldProblem::Missing))?;
            (typed_parity(raw.y_parity, raw.v, place)?, Some(chain_id))
        }
    };
    let (max_fee_per_gas, max_priority_fee_per_gas) = match kind {
        TransactionType::Legacy | TransactionType::AccessList => {
            let price = raw.gas_price.read(&place.key("gasPrice"))?;
            (price, price)
        }
        // `gasPrice` is here what the transaction paid, which follows from the block.
        _ => (
            raw.max_fee_per_gas.read(&place.key("maxFeePerGas"))?,
            raw.max_priority_fee_per_gas.read(&place.key("maxPriorityFeePerGas"))?,
        ),
    };
    let mut transaction = Transaction {
        kind,
        chain_id,
        nonce: raw.nonce.read(&place.key("nonce"))?,
        gas_limit: raw.gas.read(&place.key("gas"))?,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        to: raw.to.read_optional(&place.key("to"))?,
        value: raw.value.read(&place.key("value"))?,
        data: raw.input.read(&place.key("input"))?,
        ..Transaction::default()
    };
    if kind == TransactionType::Quantum {
        transaction.quantum = Some(Box::new(QuantumSignature {
            sender: claimed.from,
            scheme: raw.scheme.read(&place.key("scheme"))?,
            public_key: raw.public_key.read(&place.key("publicKey"))?,
            signature: raw.signature.read(&place.key("signature"))?,
        }));
    } else {
        let (r, s) = (raw.r.read(&place.key("r"))?, raw.s.read(&place.key("s"))?);
        transaction.signature = EcdsaSignature { r, s, y_odd };
    }
    if kind != TransactionType::Legacy {
        let at = place.key("accessList");
        transaction.access_list = list(raw.access_list.required(&at)?, &at, access)?;
    }
    if kind == TransactionType::Blob {
        transaction.max_fee_per_blob_gas = raw.max_fee_per_blob_gas.read(&place.key("maxFeePerBlobGas"))?;
        transaction.blob_versioned_hashes =
            hashes(raw.blob_versioned_hashes, &place.key("blobVersionedHashes"))?;
    }
    if kind == TransactionType::SetCode {
        let at = place.key("authorizationList");
        transaction.authorizations = list(raw.authorization_list.required(&at)?, &at, authorization)?;
    }
    Ok((transaction, claimed))
}

/// Parity and chain id of a legacy transaction; the file's `chainId` may only repeat what `v` says.
fn legacy_v(v: U256, claimed: Option<u64>, place: &Place<'_>) -> Result<(bool, Option<u64>), BlockFileError> {
    let (y_odd, chain_id) = split_v(v).ok_or_else(|| place.key("v").error(FieldProblem::InvalidV))?;
    match claimed {
        Some(_) if claimed != chain_id => {
            Err(place.key("chainId").error(FieldProblem::Disagrees { other: "v" }))
        }
        _ => Ok((y_odd, chain_id)),
    }
}

/// Parity of a typed transaction from `yParity` or `v`, which say the same where both are there.
fn typed_parity(
    y_parity: Field<Text<'_>>,
    v: Field<Text<'_>>,
    place: &Place<'_>,
) -> Result<bool, BlockFileError> {
    let (parity_place, v_place) = (place.key("yParity"), place.key("v"));
    let (value, at) = match (y_parity.read_optional::<U256>(&parity_place)?, v.read_optional(&v_place)?) {
        (Some(parity), Some(v)) if parity != v => {
            return Err(v_place.error(FieldProblem::Disagrees { other: "yParity" }));
        }
        (Some(parity), _) => (parity, parity_place),
        (None, Some(v)) => (v, v_place),
        (None, None) => return Err(parity_place.error(FieldProblem::Missing)),
    };
    if value > U256::one() {
        return Err(at.error(FieldProblem::InvalidParity));
    }
    Ok(value.bit(0))
}

pub(super) fn access(
    field: Field<Object<RawAccess<'_>>>,
    place: &Place<'_>,
) -> Result<AccessListItem, BlockFileError> {
    let Object(raw) = field.required(place)?;
    let address: H160 = raw.address.read(&place.key("address"))?;
    Ok((address, hashes(raw.storage_keys, &place.key("storageKeys"))?))
}

fn authorization(
    field: Field<Object<RawAuthorization<'_>>>,
    place: &Place<'_>,
) -> Result<Authorization, BlockFileError> {
    let Object(raw) = field.required(place)?;
    let at = place.key("yParity");
    let y_parity: U256 = raw.y_parity.read(&at)?;
    if y_parity.bits() > 8 {
        return Err(at.error(FieldProblem::TooLarge { bits: 8 }));
    }
    Ok(Authorization {
        chain_id: raw.chain_id.read(&place.key("chainId"))?,
        address: raw.address.read(&place.key("address"))?,
        nonce: raw.nonce.read(&place.key("nonce"))?,
        y_parity,
        r: raw.r.read(&place.key("r"))?,
        s: raw.s.read(&place.key("s"))?,
    })
}

fn pre_account(
    field: Field<Object<RawAccount<'_>>>,
    place: &Place<'_>,
) -> Result<PreAccount, BlockFileError> {
    let Object(raw) = field.required(place)?;
    let at = place.key("storage");
    let Entries(slots) = raw.storage.required(&at)?;
    let mut storage = Vec::with_capacity(slots.len());
    for (key, value) in slots {
        let at = at.key(&key);
        let (Word(slot), Word(value)) = (read_key(&key, &at)?, value.read(&at)?);
        storage.push((slot, value));
    }
    sort_unique(&mut storage, &at)?;
    Ok(PreAccount {
        nonce: raw.nonce.read(&place.key("nonce"))?,
        balance: raw.balance.read(&place.key("balance"))?,
        code: raw.code.read(&place.key("code"))?,
        storage,
    })
}
