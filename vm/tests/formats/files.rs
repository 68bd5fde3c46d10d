//! Block files, and with them real blocks.

use super::random::file;
use super::support::{data, mutate, mutations, recover};
use erbium_vm::block::json::{BlockFile, BlockFileError, FieldProblem, JsonKind};
use erbium_vm::block::{EMPTY_OMMERS_HASH, transactions_root, withdrawals_root};
use erbium_vm::{Fork, H160, U256};
use proptest::prelude::*;
use std::io::Read;
use std::path::PathBuf;

const FILES: [&str; 3] = ["930196.json", "2688148.json", "19933122-formats-only.json"];

/// What disagrees between a file's claims and what its contents give.
fn disagreements(file: &BlockFile) -> Vec<String> {
    let (header, claimed) = (&file.block.header, &file.claimed);
    let fork = Fork::mainnet(header.number, header.timestamp);
    let mut wrong = Vec::new();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    demand(header.hash() == claimed.hash, "header hash".into());
    demand(
        transactions_root(&file.block.transactions) == header.transactions_root,
        "transactions root".into(),
    );
    let withdrawals = file.block.withdrawals.as_deref();
    demand(withdrawals.map(withdrawals_root) == header.withdrawals_root, "withdrawals root".into());
    if claimed.uncles.is_empty() {
        demand(header.ommers_hash == EMPTY_OMMERS_HASH, "ommers hash".into());
        let len = file.block.encode().len() as u64;
        demand(claimed.size.is_none_or(|size| size == len), "size".into());
    }
    for (index, (transaction, claim)) in file.block.transactions.iter().zip(&claimed.transactions).enumerate()
    {
        demand(transaction.hash() == claim.hash, format!("hash of transaction {index}"));
        let sender = transaction.recovery(fork).ok().and_then(|recovery| recover(&recovery));
        demand(sender == Some(claim.from), format!("sender of transaction {index}"));
    }
    wrong
}

/// Reads a file, checks it and writes it again.
fn check(json: &[u8]) -> BlockFile {
    let file = BlockFile::from_json(json).unwrap();
    let number = file.block.header.number;
    assert_eq!(disagreements(&file), Vec::<String>::new(), "block {number}");
    assert!(
        BlockFile::from_json(&file.to_json().unwrap()).unwrap() == file,
        "block {number} does not read back"
    );
    file
}

#[test]
fn real_blocks_agree_with_their_hashes_roots_and_senders() {
    let lens = FILES.map(|name| check(&data(name)).block.transactions.len());
    assert_eq!(lens, [18, 4, 45]);
}

/// All of mainnet's 48, where they are at hand.
#[test]
fn the_archive_of_real_blocks() {
    let fixtures = std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let Ok(archive) = std::fs::File::open(fixtures.join("fixtures/mainnet-blocks.tar.xz")) else {
        println!("skipped: no fixtures/mainnet-blocks.tar.xz under {}", fixtures.display());
        return;
    };
    let mut archive = tar::Archive::new(liblzma::read::XzDecoder::new(archive));
    let mut transactions = 0;
    let mut blocks = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().extension().is_some_and(|extension| extension == "json") {
            let mut json = Vec::new();
            entry.read_to_end(&mut json).unwrap();
            transactions += check(&json).block.transactions.len();
            blocks += 1;
        }
    }
    assert_eq!((blocks, transactions), (48, 12_217));
}

#[test]
fn a_planted_difference_is_seen() {
    let good = BlockFile::from_json(&data("2688148.json")).unwrap();
    let changed = |change: fn(&mut BlockFile)| {
        let mut file = good.clone();
        change(&mut file);
        disagreements(&file)
    };
    assert_eq!(changed(|file| file.block.header.gas_used += 1), ["header hash"]);
    assert_eq!(changed(|file| file.claimed.transactions[2].from = H160::zero()), ["sender of transaction 2"]);
    let value = changed(|file| file.block.transactions[1].value += U256::one());
    assert_eq!(value, ["transactions root", "hash of transaction 1", "sender of transaction 1"]);
    let missing = changed(|file| drop(file.block.transactions.pop()));
    assert_eq!(missing, ["transactions root", "size"]);
}

/// The error of the file with `from` in it replaced by `to`.
fn error_with(from: &str, to: &str) -> String {
    let json = String::from_utf8(data("2688148.json")).unwrap();
    assert!(json.contains(from), "{from}");
    match BlockFile::from_json(json.replacen(from, to, 1).as_bytes()) {
        Ok(_) => panic!("accepted {to}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_error_names_the_field() {
    let replace = |field: &str, from: &str, to: &str| {
        error_with(&format!("\"{field}\":{from}"), &format!("\"{field}\":{to}"))
    };
    assert_eq!(
        replace("v", "\"0x26\"", "\"0x1d\""),
        format!("block.transactions[0].v: {}", FieldProblem::InvalidV)
    );
    assert_eq!(
        replace("gas", "\"0xf4240\"", "1000000"),
        "block.transactions[0].gas: a number where a string belongs"
    );
    assert_eq!(
        replace("gas", "\"0xf4240\"", "\"1000000\""),
        "block.transactions[0].gas: no 0x before the digits"
    );
    assert_eq!(
        replace("gas", "\"0xf4240\"", "\"0x1ffffffffffffffff\""),
        "block.transactions[0].gas: more than 64 bits"
    );
    assert_eq!(
        replace("chainId", "\"0x1\"", "\"0x2\""),
        "block.transactions[0].chainId: does not agree with v"
    );
    assert_eq!(
        replace("type", "\"0x0\"", "\"0x7f\""),
        "block.transactions[0].type: no known transaction type"
    );
    assert_eq!(replace("uncles", "[]", "{}"), "block.uncles: an object where an array belongs");
    assert_eq!(replace("uncles", "[]", "[null]"), "block.uncles[0]: null where a string belongs");
    assert_eq!(error_with("\"gasLimit\"", "\"gasLimi\""), "block.gasLimit: missing");
    assert_eq!(
        error_with("\"uncles\"", "\"excessBlobGas\":\"0x0\",\"uncles\""),
        "block.baseFeePerGas: missing"
    );
    let twice = error_with("\"uncles\"", "\"number\":\"0x0\",\"uncles\"");
    assert!(twice.starts_with("not a JSON block file: duplicate field `number` at line "), "{twice}");
    let key = error_with("\"0x29dfaaedacf03910a2bc0588fc46edf18ff5c72f\":{", "\"0x29\":{");
    assert!(key.ends_with("preState.0x29: 2 digits where 40 belong"), "{key}");
}

#[test]
fn a_slot_in_two_spellings_is_refused() {
    let file = |storage: &str| {
        let account = format!(r#"{{"nonce":"0x0","balance":"0x0","code":"0x","storage":{storage}}}"#);
        let address = "0x00000000000000000000000000000000000000aa";
        let mut json: serde_json::Value = serde_json::from_slice(&data("2688148.json")).unwrap();
        json["preState"] = serde_json::from_str(&format!(r#"{{"{address}":{account}}}"#)).unwrap();
        BlockFile::from_json(&serde_json::to_vec(&json).unwrap())
    };
    let pre_state = file(r#"{"0x2":"0x01","0x0001":"0x0"}"#).unwrap().pre_state;
    let keys: Vec<u64> = pre_state[0].1.storage.iter().map(|(key, _)| key.to_low_u64_be()).collect();
    assert_eq!(keys, [1, 2]);
    match file(r#"{"0x1":"0x01","0x01":"0x0"}"#) {
        Err(BlockFileError::Field { problem: FieldProblem::Duplicate, path }) => {
            assert!(
                path.ends_with(".storage.0x0000000000000000000000000000000000000000000000000000000000000001")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_object_is_refused_and_a_spec_is_kept() {
    let error = BlockFile::from_json(b"[]").unwrap_err();
    let (expected, found) = (JsonKind::Object, JsonKind::Array);
    assert!(
        matches!(error, BlockFileError::Field { problem, .. } if problem == FieldProblem::WrongKind { expected, found })
    );
    assert!(BlockFile::from_json(b"").is_err());
    assert!(BlockFile::from_json(&[b'['; 100_000]).is_err());

    let json = String::from_utf8(data("2688148.json")).unwrap().replacen('{', "{\"spec\":\"erbium\",", 1);
    assert_eq!(BlockFile::from_json(json.as_bytes()).unwrap().spec, Some("erbium".into()));
}

#[test]
fn claims_must_match_the_transactions_in_number() {
    let mut file = BlockFile::from_json(&data("2688148.json")).unwrap();
    file.claimed.transactions.pop();
    assert!(file.to_json().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn files_read_back(file in file()) {
        prop_assert_eq!(BlockFile::from_json(&file.to_json().unwrap()).unwrap(), file);
    }

    #[test]
    fn mutated_files_never_panic_and_read_back_where_accepted(file in file(), mutations in mutations()) {
        let json = mutate(file.to_json().unwrap(), &mutations);
        if let Ok(file) = BlockFile::from_json(&json) {
            prop_assert_eq!(BlockFile::from_json(&file.to_json().unwrap()).unwrap(), file);
        }
    }

    #[test]
    fn random_json_never_panics(text in r#"[\[\]{}":,0-9a-fx ntruels\\-]{0,60}"#) {
        let _ = BlockFile::from_json(text.as_bytes());
    }
}
