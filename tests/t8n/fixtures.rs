//! The big archives of blockchain tests, where they are: `ERBIUM_FIXTURES` names their folder, by default `../shared`
//! beside the repository. One file in eight is taken, or one in `ERBIUM_T8N_STRIDE`.

use super::chain::{Case, Request, Style, walk};
use erbium::Machine;
use erbium_conform::source::Entries;
use erbium_conform::t8n::{Input, Rules, Source, Sources, transition};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What tools that drive go-ethereum look for in the error of a rejected transaction, by the exception that a test names.
const PHRASES: [(&str, &str); 18] = [
    ("SENDER_NOT_EOA", "sender not an eoa"),
    ("GAS_ALLOWANCE_EXCEEDED", "gas limit reached"),
    ("INSUFFICIENT_ACCOUNT_FUNDS", "insufficient funds for gas * price + value"),
    ("INTRINSIC_GAS_TOO_LOW", "intrinsic gas too low"),
    ("INTRINSIC_GAS_BELOW_FLOOR_GAS_COST", "insufficient gas for floor data gas cost"),
    ("NONCE_IS_MAX", "nonce has max value"),
    ("TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED", "would exceed maximum allowance"),
    ("INSUFFICIENT_MAX_FEE_PER_BLOB_GAS", "max fee per blob gas less than block blob gas fee"),
    ("INSUFFICIENT_MAX_FEE_PER_GAS", "max fee per gas less than block base fee"),
    ("PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS", "max priority fee per gas higher than max fee per gas"),
    ("TYPE_3_TX_PRE_FORK", "transaction type not supported"),
    ("TYPE_4_TX_PRE_FORK", "transaction type not supported"),
    ("TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH", "has invalid hash version"),
    ("TYPE_3_TX_BLOB_COUNT_EXCEEDED", "blob transaction has too many blobs"),
    ("TYPE_3_TX_ZERO_BLOBS", "blob transaction missing blob hashes"),
    ("TYPE_4_EMPTY_AUTHORIZATION_LIST", "EIP-7702 transaction with empty auth list"),
    ("GAS_LIMIT_EXCEEDS_MAXIMUM", "transaction gas limit too high"),
    ("INITCODE_SIZE_EXCEEDED", "max initcode size exceeded"),
];

/// The transition, without a process for it.
fn transit(machine: &Machine, request: &Request) -> Result<Value, String> {
    let answer = || {
        let bytes = request.input.to_string();
        let (alloc, env, txs) = (Source::Stdin, Source::Stdin, Source::Stdin);
        let input = Input::read(&Sources { stdin: bytes.as_bytes(), alloc, env, txs })?;
        let rules = Rules::new(&request.fork, 1, request.reward)?;
        transition(&rules, input, machine.recoverer(), None)
    };
    let output = answer().map_err(|error| error.to_string())?;
    Ok(json!({
        "alloc": output.alloc(),
        "result": output.result(),
        "body": format!("0x{}", hex::encode(output.body())),
    }))
}

/// What is wrong with the answer to a block that must be refused for one of its transactions; `None` too where nothing can
/// be told, as the block breaks another rule.
fn misnamed(case: &Case, answer: &Result<Value, String>) -> Option<String> {
    let expected = case.exception.as_deref()?;
    let phrases: Option<Vec<&str>> = expected
        .split('|')
        .map(|name| {
            let name = name.trim().strip_prefix("TransactionException.")?;
            PHRASES.iter().find(|(known, _)| *known == name).map(|(_, phrase)| *phrase)
        })
        .collect();
    let phrases = phrases?;
    let rejected = match answer {
        Ok(answer) => answer["result"]["rejected"][0]["error"].as_str().unwrap_or("nothing").to_owned(),
        Err(error) => error.clone(),
    };
    let named = phrases.iter().any(|phrase| rejected.contains(phrase));
    (!named).then(|| format!("{expected} is told as `{rejected}`"))
}

#[test]
fn blocks_of_official_tests_come_to_what_their_headers_say() {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("ERBIUM_FIXTURES").map_or_else(default, PathBuf::from).join("fixtures");
    let stride = std::env::var("ERBIUM_T8N_STRIDE").ok().and_then(|it| it.parse().ok()).unwrap_or(8);
    let machine = Machine::default();
    for archive in ["blockchain-eest-v5.4.0.tar.zst", "blockchain-tests-valid-invalid-transition.tar.zst"] {
        let path = folder.join(archive);
        if !path.exists() {
            eprintln!("skipped: no {}", path.display());
            continue;
        }
        let (mut valid, mut refused, mut wrong) = (BTreeMap::<String, usize>::new(), 0, Vec::new());
        for entry in Entries::open(&path).unwrap().step_by(stride) {
            let entry = entry.unwrap();
            let Ok(Value::Object(tests)) = serde_json::from_slice(&entry.bytes) else { continue };
            for (name, test) in tests.iter().filter(|(_, test)| test["genesisRLP"].is_string()) {
                for style in [Style::Told, Style::Computed] {
                    let walked = walk(
                        test,
                        style,
                        |request| transit(&machine, request),
                        |case, answer| {
                            refused += 1;
                            wrong.extend(misnamed(case, &answer).map(|what| format!("{name}: {what}")));
                        },
                    );
                    match walked {
                        Ok(count) => {
                            *valid.entry(test["network"].as_str().unwrap().to_owned()).or_default() += count;
                        }
                        Err(error) => wrong.push(format!("{name} ({style:?}): {error}")),
                    }
                }
            }
        }
        eprintln!("{archive}: {} valid blocks {valid:?}, {refused} refused", valid.values().sum::<usize>());
        assert!(wrong.is_empty(), "{} wrong, first: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
        assert!(valid.values().sum::<usize>() > 100);
    }
}
