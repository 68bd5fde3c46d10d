//! A whole state as JSON, in the form that go-ethereum dumps it.

use erbium_vm::state::MemoryState;
use erbium_vm::trie::{state_root, storage_root};
use erbium_vm::{H256, U256, keccak256};
use serde_json::{Map, Value, json};

/// Every account of `state`, with the root of all and of each one's storage. As go-ethereum has it, balances are decimal,
/// and the root and the values of slots have no `0x`.
pub fn dump(state: &MemoryState) -> Value {
    let root = state_root(state.accounts().map(|(address, it)| (address, it.account(), it.storage())));
    let accounts: Map<_, _> = state
        .accounts()
        .map(|(address, it)| {
            let (account, storage) = (it.account(), it.storage());
            let mut object = json!({
                "balance": account.balance.to_string(),
                "nonce": account.nonce,
                "root": format!("{:?}", storage_root(storage.iter().copied())),
                "codeHash": format!("{:?}", account.code_hash),
                "address": format!("{address:?}"),
                "key": format!("{:?}", keccak256(address.as_bytes())),
            });
            if !it.code.is_empty() {
                object["code"] = format!("0x{}", hex::encode(it.code.bytes())).into();
            }
            if !storage.is_empty() {
                let slots: Map<_, _> =
                    storage.into_iter().map(|(key, value)| (format!("{key:?}"), digits(value))).collect();
                object["storage"] = Value::Object(slots);
            }
            (format!("{address:?}"), object)
        })
        .collect();
    json!({ "root": hex::encode(root), "accounts": accounts })
}

/// The bytes behind the zeros in front.
fn digits(value: H256) -> Value {
    let number = U256::from_big_endian(value.as_bytes());
    let bytes = number.bits().div_ceil(8);
    Value::String(hex::encode(&value.0[32 - bytes.min(32)..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use erbium_vm::{Code, H160};

    #[test]
    fn an_account_has_all_that_is_not_empty() {
        let mut state = MemoryState::new();
        let slot = (H256::from_low_u64_be(1), H256::from_low_u64_be(0x0abc));
        state.insert_account(H160::repeat_byte(7), 3, U256::from(1000), Code::new(&[0xfe]), [slot]);
        state.insert_account(H160::repeat_byte(8), 0, U256::zero(), Code::empty(), []);
        let dump = dump(&state);
        let full = &dump["accounts"]["0x0707070707070707070707070707070707070707"];
        assert_eq!(
            (&full["balance"], &full["nonce"], &full["code"]),
            (&json!("1000"), &json!(3), &json!("0xfe"))
        );
        assert_eq!(full["storage"][&format!("{:?}", slot.0)], "0abc");
        let empty = &dump["accounts"]["0x0808080808080808080808080808080808080808"];
        assert_eq!((empty.get("code"), empty.get("storage")), (None, None));
        assert_eq!(dump["root"].as_str().map(str::len), Some(64));
    }
}
