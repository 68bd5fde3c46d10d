//! `erbium key` and `erbium tx` from outside, and what they make before the virtual machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod command;

use command::{Answer, COULD_NOT, FINE, NO};
use erbium::gpu::CpuVerifier;
use erbium::keys::Key;
use erbium::vm::claims::{Claim, DilithiumScheme, Verdict, Verifier};
use erbium::vm::evm::{BlockEnv, Evm};
use erbium::vm::state::MemoryState;
use erbium::vm::tx::Transaction;
use erbium::vm::{ChainSpec, Code, H160, Rejection, U256, registry};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};

const SEED: &str = "0xb5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5";

/// A folder that is gone when the test is; commands run in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("erbium-keys-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
        command.args(args).current_dir(&self.0).env_remove("ERBIUM_GPU").env("ERBIUM_LOG", "trace");
        command
    }

    fn erbium(&self, args: &[&str]) -> Answer {
        self.erbium_reading(args, b"")
    }

    fn erbium_reading(&self, args: &[&str], input: &[u8]) -> Answer {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // A program that refuses its arguments does not wait for input.
        let _ = child.stdin.take().unwrap().write_all(input);
        let answer = Answer::from(child.wait_with_output().unwrap());
        assert!(!answer.stderr.contains("b5b5b5"), "the seed in a message: {}", answer.stderr);
        answer
    }

    /// With the key of [`SEED`] in `key.json`.
    fn with_key(scheme: &str) -> Self {
        let folder = Self::new();
        let args = ["key", "new", "--scheme", scheme, "--seed-from", "-", "--out", "key.json"];
        folder.erbium_reading(&args, SEED.as_bytes()).expect(FINE);
        folder
    }

    fn key(&self) -> Key {
        Key::from_file(&fs::read_to_string(self.path("key.json")).unwrap()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn unhex(value: &str) -> Vec<u8> {
    hex::decode(value.trim().strip_prefix("0x").unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn holds(scheme: DilithiumScheme, public_key: &[u8], signature: &[u8], message: &[u8]) -> bool {
    let claim = Claim::Signature {
        scheme,
        public_key: public_key.to_vec(),
        signature: signature.to_vec(),
        message: message.to_vec().into(),
    };
    CpuVerifier::new().verify(&[claim]).unwrap() == [Verdict::Valid]
}

#[test]
fn a_new_key_is_written_once_and_for_its_owner_alone() {
    let folder = Folder::new();
    let answer = folder.erbium(&["key", "new", "--out", "key.json"]).expect(FINE);
    let answer = answer.out("scheme: 65\nkey hash: 0x").out("\naddress: 0x").err("key file: key.json");
    let key = folder.key();
    assert_eq!(key.scheme(), DilithiumScheme::MlDsa65);
    assert!(answer.stdout.contains(&format!("{:?}", key.address())));
    let seed = hex::encode(key.seed());
    assert!(!answer.stdout.contains(&seed) && !answer.stderr.contains(&seed));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder.path("key.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let before = fs::read(folder.path("key.json")).unwrap();
    let again = folder.erbium(&["key", "new", "--out", "key.json"]).expect(COULD_NOT);
    assert_eq!(again.err("key.json: File exists").stdout, "");
    assert_eq!(fs::read(folder.path("key.json")).unwrap(), before);

    // Without --out the file has the address for its name.
    let json = folder.erbium(&["key", "new", "--scheme", "44", "--json"]).expect(FINE).json();
    assert_eq!(json["file"], format!("erbium-key-{}.json", text(&json["address"])));
    assert_eq!(json["scheme"], 44);
    assert!(json.get("seed").is_none());
    folder.erbium(&["key", "show", text(&json["file"])]).expect(FINE).out(text(&json["keyHash"]));
}

#[test]
fn a_seed_always_gives_the_same_key() {
    for scheme in [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87] {
        let folder = Folder::with_key(&scheme.number().to_string());
        let key = folder.key();
        assert_eq!(key.public_key(), Key::from_seed(scheme, &[0xb5; 32]).unwrap().public_key());
        let shown = folder.erbium(&["key", "show", "key.json"]).expect(FINE);
        assert!(!shown.stdout.contains("b5b5b5b5"));
        let json = folder.erbium(&["key", "show", "key.json", "--json"]).expect(FINE).json();
        assert_eq!(unhex(text(&json["publicKey"])), key.public_key());
        assert_eq!(unhex(text(&json["keyHash"])), key.key_hash().as_bytes());
        assert!(json.get("seed").is_none());
        folder
            .erbium(&["key", "show", "key.json", "--show-secrets"])
            .expect(FINE)
            .out(&format!("seed: {SEED}"));
        let json =
            folder.erbium(&["key", "show", "key.json", "--show-secrets", "--json"]).expect(FINE).json();
        assert_eq!(json["seed"], SEED);
    }
}

#[test]
fn bad_keys_and_arguments_are_named_and_no_secret_with_them() {
    let folder = Folder::with_key("44");
    let good: Value = serde_json::from_slice(&fs::read(folder.path("key.json")).unwrap()).unwrap();
    let mut other = good.clone();
    other["seed"] = json!(SEED.replace("b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5", &"b5b5b5b6".repeat(4)));
    let mut short = good.clone();
    short["seed"] = json!(&SEED[..64]);
    let mut number = good.clone();
    number["seed"] = json!(1);
    for (bytes, problem) in [
        (other.to_string().into_bytes(), "bad.json: publicKey: not that of the seed"),
        (short.to_string().into_bytes(), "bad.json: seed: 31 bytes where 32 belong"),
        (number.to_string().into_bytes(), "bad.json: seed: not a string"),
        (b"{\"seed\": \"0xb5b5b5b5\"".to_vec(), "bad.json: not a JSON object (line 1, column "),
        (vec![0xff; 3], "bad.json: stream did not contain valid UTF-8"),
        (vec![b' '; 70_000], "bad.json: longer than 65536 bytes"),
    ] {
        folder.write("bad.json", bytes);
        for args in [
            &["key", "show", "bad.json"][..],
            &["key", "sign", "bad.json", "--message", "00"],
            &["key", "register", "bad.json", "--account", &"11".repeat(20)],
            &["tx", "sign", "bad.json", "tx.json"],
        ] {
            let answer = folder.erbium(args).expect(COULD_NOT).err(problem);
            assert_eq!(answer.stdout, "");
        }
    }
    for (args, problem) in [
        (&["key", "show", "none.json"][..], "none.json: No such file"),
        (&["key", "new", "--scheme", "3", "--out", "new.json"], "not one of 44, 65 and 87"),
        (&["key", "new", "--scheme", "x", "--out", "new.json"], "not one of 44, 65 and 87"),
        (&["key", "new", "--out", "none/new.json"], "none/new.json: No such file"),
        (&["key", "sign", "key.json", "--message", "0xb"], "--message: an odd number of digits: 1"),
        (&["key", "register", "key.json"], "--account"),
        (&["key", "register", "key.json", "--account", "0x12"], "an address is 0x and 40 hexadecimal digits"),
        (&["key", "register", "key.json", "--account", &"11".repeat(20), "--spec", "x"], "--spec: "),
        (&["tx", "show", "0x0g"], "RAW: `g` at character 4 is no hexadecimal digit"),
    ] {
        assert_eq!(folder.erbium(args).expect(COULD_NOT).err(problem).stdout, "");
    }
    for seed in ["b5b5b5", "", "zz", &format!("{SEED}b5"), &"b".repeat(70_000)] {
        let args = ["key", "new", "--seed-from", "-", "--out", "new.json"];
        folder.erbium_reading(&args, seed.as_bytes()).expect(COULD_NOT).err("-: ");
    }
    assert!(!folder.path("new.json").exists());
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_may_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with_key("44");
    let path = folder.path("key.json");
    assert!(!folder.erbium(&["key", "show", "key.json"]).expect(FINE).stderr.contains("warning"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    folder
        .erbium(&["key", "show", "key.json"])
        .expect(FINE)
        .err("warning: key.json: others may read or write");
}

#[test]
fn a_message_is_signed_from_the_line_or_from_stdin() {
    for number in ["44", "65", "87"] {
        let folder = Folder::with_key(number);
        let key = folder.key();
        let line = folder.erbium(&["key", "sign", "key.json", "--message", "0x00ff"]).expect(FINE);
        let signature = unhex(&line.stdout);
        assert!(holds(key.scheme(), key.public_key(), &signature, &[0, 0xff]));
        assert!(!holds(key.scheme(), key.public_key(), &signature, &[0, 0xfe]));
        let stdin =
            folder.erbium_reading(&["key", "sign", "key.json", "--json"], &[0, 0xff]).expect(FINE).json();
        assert_eq!(unhex(text(&stdin["signature"])), signature);
        assert_eq!(stdin["message"], "0x00ff");
    }
    let folder = Folder::with_key("44");
    folder
        .erbium_reading(&["key", "sign", "key.json"], b"erbium:tx:v1..")
        .expect(FINE)
        .err("warning: this message");
}

#[test]
fn a_registration_is_call_data_with_a_proof_for_one_account_on_one_chain() {
    let folder = Folder::with_key("65");
    let (key, account) = (folder.key(), H160::repeat_byte(0x11));
    let spec = ChainSpec::erbium();
    let register = |more: &[&str]| {
        let account = format!("{account:?}");
        let args = [&["key", "register", "key.json", "--account", &account], more].concat();
        folder.erbium(&args).expect(FINE)
    };
    let message = registry::proof_message(spec.chain_id, &spec.registry, &account, &key.key_hash());
    let json = register(&["--json"]).json();
    assert_eq!(unhex(text(&json["message"])), message);
    let proof = unhex(text(&json["proof"]));
    assert!(holds(key.scheme(), key.public_key(), &proof, &message));
    let data = registry::register_call(65, key.public_key(), &proof);
    assert_eq!(unhex(text(&json["data"])), data);
    assert_eq!(unhex(&register(&[]).stdout), data);
    assert_eq!((text(&json["chainId"]), text(&json["to"])), ("0x4572", &*format!("{:?}", spec.registry)));

    let other = register(&["--chain-id", "5", "--registry", &"22".repeat(20), "--json"]).json();
    let message = registry::proof_message(5, &H160::repeat_byte(0x22), &account, &key.key_hash());
    assert_eq!(unhex(text(&other["message"])), message);
    let mainnet = register(&["--spec", "mainnet", "--json"]).json();
    assert_eq!(mainnet["chainId"], "0x1");
}

/// A transfer that the chain `erbium` takes.
fn transfer() -> Value {
    json!({
        "chainId": "0x4572", "nonce": "0x0", "gas": "0x186a0", "maxFeePerGas": "0x64",
        "maxPriorityFeePerGas": "0x1", "to": format!("{:?}", H160::repeat_byte(0x7a)), "value": "0x5",
    })
}

fn signed(folder: &Folder, tx: &Value, more: &[&str]) -> Answer {
    folder.erbium_reading(&[&["tx", "sign", "key.json", "-"], more].concat(), tx.to_string().as_bytes())
}

/// Lets a chain of the spec `erbium` judge `raw`: what its sender pays for gas.
fn accepted(raw: &[u8]) -> Result<u64, Rejection> {
    let (spec, block) =
        (ChainSpec::erbium(), BlockEnv { number: 1, gas_limit: 30_000_000, ..BlockEnv::default() });
    let transaction = Transaction::decode(raw).unwrap();
    let claim = transaction.signature_claim()?;
    if CpuVerifier::new().verify(&[claim]).unwrap() != [Verdict::Valid] {
        return Err(Rejection::InvalidSignature { reason: "not the key's" });
    }
    let sender = transaction.quantum_signature()?.sender;
    let mut state = MemoryState::new();
    state.insert_account(sender, 0, U256::from(10).pow(18.into()), Code::empty(), []);
    let account = registry::genesis_account(&spec);
    state.insert_account(spec.registry, account.nonce, account.balance, Code::new(&account.code), []);
    let mut evm = Evm::new(&spec, &block, &state);
    evm.transact(&transaction, sender, &[], 30_000_000).unwrap().map(|result| {
        assert!(result.outcome.is_success());
        result.gas_used
    })
}

#[test]
fn a_signed_transaction_is_shown_and_taken() {
    for number in ["44", "65", "87"] {
        let folder = Folder::with_key(number);
        let key = folder.key();
        let json = signed(&folder, &transfer(), &["--spec", "erbium", "--json"]).expect(FINE).json();
        assert_eq!(json["warnings"], json!([]));
        let raw = text(&json["raw"]);
        assert_eq!(signed(&folder, &transfer(), &[]).expect(FINE).stdout.trim(), raw);
        assert_eq!(json["transaction"]["from"], format!("{:?}", key.address()));

        let shown = folder.erbium_reading(&["tx", "show", "-"], raw.as_bytes()).expect(FINE);
        let shown = shown.err("the signature holds; sender 0x").json();
        assert_eq!(shown, json["transaction"]);
        for (field, value) in [("type", "0x45"), ("hash", text(&json["hash"])), ("gas", "0x186a0")] {
            assert_eq!(shown[field], value);
        }
        assert_eq!(
            (&shown["blockHash"], unhex(text(&shown["publicKey"]))),
            (&Value::Null, key.public_key().to_vec())
        );
        for absent in ["v", "r", "s", "yParity"] {
            assert!(shown.get(absent).is_none(), "{absent}");
        }
        let judged = folder.erbium(&["tx", "show", raw, "--json"]).expect(FINE).json();
        assert_eq!((&judged["valid"], &judged["reason"]), (&json!(true), &Value::Null));

        // What was shown can be signed again, and is the same.
        assert_eq!(signed(&folder, &shown, &[]).expect(FINE).stdout.trim(), raw);

        let price = ChainSpec::erbium().gas.transaction_signature(key.scheme());
        assert_eq!(accepted(&unhex(raw)), Ok(21_000 + price));
    }
}

#[test]
fn a_transaction_of_an_account_that_is_not_the_keys_is_refused_by_the_chain() {
    let folder = Folder::with_key("44");
    let mut tx = transfer();
    let sender = H160::repeat_byte(0x33);
    tx["from"] = json!(format!("{sender:?}"));
    let raw = unhex(&signed(&folder, &tx, &[]).expect(FINE).stdout);
    assert_eq!(accepted(&raw), Err(Rejection::KeyNotOfSender { sender, key: folder.key().key_hash() }));
}

#[test]
fn what_cannot_be_signed_is_named_with_its_field() {
    let folder = Folder::with_key("44");
    let with = |field: &str, value: Value| {
        let mut tx = transfer();
        tx[field] = value;
        tx
    };
    let without = |field: &str| {
        let mut tx = transfer();
        tx.as_object_mut().unwrap().remove(field);
        tx
    };
    for (tx, more, problem) in [
        (without("nonce"), &[][..], "-: nonce: missing"),
        (without("to"), &[], "-: to: missing"),
        (without("chainId"), &[], "-: chainId: missing, and no --spec says which chain is meant"),
        (
            with("chainId", json!("0x1")),
            &["--spec", "erbium"],
            "-: chainId: 1, but the chain of --spec is 17778",
        ),
        (with("type", json!("0x2")), &[], "-: type: not 0x45"),
        (with("gas", json!("0x1ffffffffffffffff")), &[], "-: gas: more than 64 bits"),
        (with("imput", json!("0x")), &[], "unknown field `imput`"),
        (with("data", json!("0x1")), &[], "-: data: an odd number of digits"),
        (json!([]), &[], "-: transaction: an array where an object belongs"),
    ] {
        assert_eq!(signed(&folder, &tx, more).expect(COULD_NOT).err(problem).stdout, "");
    }
    folder.erbium(&["tx", "sign", "key.json", "none.json"]).expect(COULD_NOT).err("none.json: No such file");
    signed(&folder, &without("chainId"), &["--spec", "erbium"]).expect(FINE);
}

#[test]
fn gas_that_cannot_be_enough_is_warned_about() {
    let folder = Folder::with_key("44");
    let price = ChainSpec::erbium().gas.transaction_signature(DilithiumScheme::MlDsa44);
    let warned = |gas: u64, spec: &str| {
        let mut tx = transfer();
        tx["gas"] = json!(format!("{gas:#x}"));
        tx.as_object_mut().unwrap().remove("chainId");
        signed(&folder, &tx, &["--spec", spec, "--json"]).expect(FINE)
    };
    let needed = 21_000 + price;
    assert_eq!(warned(needed, "erbium").json()["warnings"], json!([]));
    let short = warned(needed - 1, "erbium").err(&format!("warning: gas {} is below {needed}", needed - 1));
    assert_eq!(short.json()["warnings"].as_array().unwrap().len(), 1);
    warned(1 << 25, "erbium").err("above the cap of 16777216 (EIP-7825)");
    warned(needed, "mainnet").err("warning: the spec has no extensions");
}

#[test]
fn a_changed_transaction_is_shown_with_the_reason() {
    let folder = Folder::with_key("44");
    let raw = unhex(&signed(&folder, &transfer(), &[]).expect(FINE).stdout);
    let good = Transaction::decode(&raw).unwrap();
    let show =
        |bytes: &[u8]| folder.erbium_reading(&["tx", "show", "-", "--json"], hex::encode(bytes).as_bytes());
    let changed = |change: &dyn Fn(&mut Transaction)| {
        let mut tx = good.clone();
        change(&mut tx);
        show(&tx.encode())
    };
    let quantum = |change: fn(&mut erbium::vm::tx::QuantumSignature)| {
        changed(&move |tx| change(tx.quantum.as_deref_mut().unwrap()))
    };
    for answer in [
        quantum(|quantum| quantum.signature[7] ^= 1),
        quantum(|quantum| quantum.public_key[7] ^= 1),
        quantum(|quantum| quantum.sender.0[7] ^= 1),
        changed(&|tx| tx.nonce += 1),
        changed(&|tx| tx.chain_id = Some(1)),
    ] {
        let json = answer.expect(NO).err("the signature does not hold: it is not the key's signature").json();
        assert_eq!((&json["valid"], json["transaction"]["type"].as_str()), (&json!(false), Some("0x45")));
    }
    quantum(|quantum| quantum.scheme = 65)
        .expect(NO)
        .err("public key of 1312 bytes where scheme 65 has 1952");
    quantum(|quantum| quantum.scheme = 2).expect(NO).err("signature scheme 2 is not one of 44, 65 and 87");
    quantum(|quantum| quantum.signature.truncate(2_000)).expect(NO).err("signature of 2000 bytes");
    for (bytes, problem) in [
        (raw[..raw.len() - 1].to_vec(), "transaction"),
        ([&raw[..], &[0]].concat(), "transaction"),
        (Vec::new(), "transaction"),
        (vec![0x46, 0xc0], "type at byte 0: 0x46 is no transaction type"),
    ] {
        let json = show(&bytes).expect(NO).err("no canonical transaction: ").err(problem).json();
        assert_eq!((&json["valid"], &json["transaction"]), (&json!(false), &Value::Null));
    }
}

#[test]
fn transactions_of_all_types_are_shown_as_their_block_has_them() {
    let block: Value = serde_json::from_slice(
        &fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/blocks/19933122-formats-only.json"))
            .unwrap(),
    )
    .unwrap();
    let file = erbium::vm::block::json::BlockFile::from_json(block.to_string().as_bytes()).unwrap();
    let mut kinds = std::collections::HashSet::new();
    let folder = Folder::new();
    for (index, tx) in file.block.transactions.iter().enumerate() {
        if !kinds.insert(tx.kind) {
            continue;
        }
        let raw = hex::encode(tx.encode());
        let shown = folder
            .erbium_reading(&["tx", "show", "-", "--spec", "Cancun"], raw.as_bytes())
            .expect(FINE)
            .json();
        let original = &block["block"]["transactions"][index];
        for (field, value) in shown.as_object().unwrap() {
            // They follow from the block.
            if ["blockHash", "blockNumber", "transactionIndex", "gasPrice"].contains(&field.as_str()) {
                continue;
            }
            assert_eq!(value, &original[field], "{field} of {index}");
        }
        let mut high = tx.clone();
        high.signature.s = U256::MAX;
        folder.erbium(&["tx", "show", &hex::encode(high.encode())]).expect(NO).err("s is not in 1..n");
    }
    assert!(kinds.len() >= 2, "{kinds:?}");
}
