//! Generated blocks: valid, the same from the same seed, and refused with any byte changed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[allow(dead_code, reason = "other tests look at more")]
mod command;

use command::{Answer, COULD_NOT, FINE};
use erbium::Machine;
use erbium::generate::{ClaimKind, GenerateError, GenerateOptions, Generated, Kind, Mix, Rate};
use erbium::validate::StreamOptions;
use erbium::vm::claims::{Claim, DilithiumScheme, Fault, Verdict, Verifier};
use erbium::vm::{H256, U256, keccak256};
use proptest::prelude::*;
use std::convert::Infallible;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

static MACHINE: LazyLock<Machine> = LazyLock::new(Machine::default);

fn blocks(options: &GenerateOptions) -> Vec<Generated> {
    MACHINE.generate(options.clone()).unwrap().map(Result::unwrap).collect()
}

fn everything(scheme: DilithiumScheme) -> GenerateOptions {
    let mix = Kind::all().map(Kind::name).collect::<Vec<_>>().join(",").parse().unwrap();
    GenerateOptions {
        seed: H256::repeat_byte(7),
        transactions: 40,
        per_block: Some(15),
        senders: 9,
        scheme,
        mix,
        claims: 2,
        conflict: Rate::new(0.3).unwrap(),
        invalid: Rate::new(0.4).unwrap(),
        ..GenerateOptions::default()
    }
}

#[test]
fn blocks_of_everything_are_valid_and_follow_each_other() {
    for scheme in [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87] {
        let blocks = blocks(&everything(scheme));
        let sizes: Vec<_> = blocks.iter().map(|block| block.file.block.transactions.len()).collect();
        assert_eq!(sizes, [15, 15, 10]);
        let mut parent = None;
        let files = blocks.iter().map(|block| ((), Some(block.file.to_json().unwrap())));
        let Ok(_) = MACHINE.validate_stream(files, None, StreamOptions::default(), |(), judged| {
            let report = judged.unwrap().result.unwrap();
            assert!(report.is_valid(), "{:?}", report.flaws);
            assert_eq!(report.not_checkable().count(), 0, "the whole state is there");
            Ok::<_, Infallible>(())
        });
        for block in &blocks {
            let header = &block.file.block.header;
            assert!(parent.is_none_or(|parent| parent == header.parent_hash));
            assert!(header.gas_used > 0);
            parent = Some(header.hash());
        }
        let counts = blocks.iter().fold((0, 0, 0), |sum, block| {
            let counts = &block.counts;
            (sum.0 + counts.conflicts, sum.1 + counts.claims, sum.2 + counts.invalid_claims)
        });
        assert!(counts.0 > 0 && counts.2 > 0 && counts.2 < counts.1, "{counts:?}");
    }
}

/// Keeps the claims that it is asked about.
struct Keeping(Arc<Mutex<Vec<(Claim, Verdict)>>>);

impl Verifier for Keeping {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let verdicts = erbium::gpu::CpuVerifier::new().verify(claims)?;
        self.0.lock().unwrap().extend(claims.iter().cloned().zip(verdicts.iter().copied()));
        Ok(verdicts)
    }
}

#[test]
fn contracts_make_the_claims_that_were_asked_for() {
    for kind in ClaimKind::ALL {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let machine = Machine::default().with_verifier(Keeping(Arc::clone(&kept)));
        let options = GenerateOptions {
            mix: Mix::only(Kind::Claims(kind)),
            transactions: 6,
            senders: 4,
            claims: 3,
            invalid: Rate::new(0.5).unwrap(),
            ..GenerateOptions::default()
        };
        let [block] =
            machine.generate(options).unwrap().map(Result::unwrap).collect::<Vec<_>>().try_into().unwrap();
        let kept = kept.lock().unwrap();
        let refused = kept.iter().filter(|claim| claim.1 == Verdict::Invalid).count() as u64;
        assert_eq!((kept.len() as u64, refused), (block.counts.claims, block.counts.invalid_claims));
        assert_eq!(block.counts.claims, 18);
        assert!((1..18).contains(&refused));
    }
}

#[test]
fn conflicts_meet_at_one_place() {
    let touched = |conflict| {
        let options = GenerateOptions {
            transactions: 12,
            senders: 12,
            conflict: Rate::new(conflict).unwrap(),
            ..GenerateOptions::default()
        };
        let block = blocks(&options).remove(0);
        let mut receivers: Vec<_> = block.file.block.transactions.iter().map(|tx| tx.to.unwrap()).collect();
        receivers.sort_unstable();
        receivers.dedup();
        (receivers.len(), block.counts.conflicts)
    };
    assert_eq!((touched(0.0), touched(1.0)), ((12, 0), (1, 12)));
}

#[test]
fn keys_come_again_or_never() {
    let keys = |senders| {
        let options = GenerateOptions { transactions: 10, senders, ..GenerateOptions::default() };
        let block = blocks(&options).remove(0);
        let mut keys: Vec<_> =
            block.file.block.transactions.iter().map(|tx| tx.quantum.as_ref().unwrap().key_hash()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    };
    assert_eq!((keys(3), keys(10)), (3, 10));
}

#[test]
fn blocks_end_where_limits_of_gas_and_bytes_do() {
    let gas = GenerateOptions { transactions: 9, gas_limit: 210_000, ..GenerateOptions::default() };
    let sizes: Vec<_> = blocks(&gas).iter().map(|block| block.file.block.transactions.len()).collect();
    assert_eq!(sizes, [4, 4, 1], "51,056 gas each");

    let claims = GenerateOptions {
        mix: Mix::only(Kind::Claims(ClaimKind::DilithiumOpcode)),
        transactions: 28,
        senders: 1,
        claims: 60,
        ..GenerateOptions::default()
    };
    let blocks = blocks(&claims);
    assert_eq!(blocks.iter().map(|block| block.file.block.transactions.len()).sum::<usize>(), 28);
    assert!(blocks.len() > 1);
    for block in &blocks {
        assert!(block.file.claimed.size.unwrap() <= 8 << 20);
    }
    let full = blocks[0].file.claimed.size.unwrap() + blocks[1].file.claimed.size.unwrap() / 2;
    assert!(full > 7 << 20, "{full}");
}

#[test]
fn what_cannot_be_made_is_refused() {
    let refused = |options: GenerateOptions| match MACHINE.generate(options) {
        Ok(mut blocks) => blocks.find_map(Result::err).unwrap(),
        Err(error) => error,
    };
    let none = GenerateOptions { senders: 0, ..GenerateOptions::default() };
    assert!(matches!(refused(none), GenerateError::NoSenders));
    let mix = Mix::only(Kind::Claims(ClaimKind::DilithiumOpcode));
    let many = GenerateOptions { mix, claims: 100, transactions: 1, ..GenerateOptions::default() };
    assert!(matches!(refused(many), GenerateError::TooManyClaims { claims: 100, .. }));
    let narrow = GenerateOptions { gas_limit: 30_000, ..GenerateOptions::default() };
    assert!(matches!(refused(narrow), GenerateError::TooLarge { number: 0, .. }));
    let old = GenerateOptions { scheme: DilithiumScheme::Round3Level2, ..GenerateOptions::default() };
    assert!(matches!(refused(old), GenerateError::Key(_)));
    assert_eq!(blocks(&GenerateOptions { transactions: 0, ..GenerateOptions::default() }).len(), 0);
}

fn small() -> GenerateOptions {
    let mix = "transfer,token,swap,dilithium-opcode,dilithium-precompile".parse().unwrap();
    GenerateOptions {
        transactions: 12,
        senders: 5,
        per_block: None,
        mix,
        ..everything(DilithiumScheme::MlDsa44)
    }
}

static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| blocks(&small())[0].file.to_json().unwrap());

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(blocks(&small())[0].file.to_json().unwrap(), *SMALL);
    let other = GenerateOptions { seed: H256::repeat_byte(8), ..small() };
    assert_ne!(blocks(&other)[0].file.to_json().unwrap(), *SMALL);
    // Whoever changes what is generated changes this too, and says so.
    assert_eq!(hex::encode(keccak256(&SMALL)), GOLDEN);
}

const GOLDEN: &str = "0ad8cba8eca11923c18e5f6dd84f4a5be7017381d675a8e773c0ad83eb217cf8";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Anywhere in the file: what was signed, the state, the header, the results.
    #[test]
    fn a_changed_digit_is_refused(at in any::<prop::sample::Index>(), by in 1u8..16) {
        let mut file = SMALL.clone();
        let at = PLACES[at.index(PLACES.len())];
        file[at] = char::from_digit(u32::from((file[at] - b'0' + by) % 16), 16).unwrap() as u8;
        if let Ok(report) = MACHINE.validate(&file, None) {
            prop_assert!(!report.is_valid(), "byte {at}");
        }
    }
}

/// Decimal digits of the small file, save for values that nobody reads.
static PLACES: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let text = std::str::from_utf8(&SMALL).unwrap();
    let mut unread = Vec::new();
    for key in ["gasPrice", "size", "blockHash", "blockNumber", "transactionIndex"] {
        let key = format!("\"{key}\":\"");
        unread.extend(text.match_indices(&key).map(|(at, _)| {
            let start = at + key.len();
            start..start + text[start..].find('"').unwrap()
        }));
    }
    assert!(unread.len() >= 12);
    (0..text.len())
        .filter(|at| SMALL[*at].is_ascii_digit() && unread.iter().all(|range| !range.contains(at)))
        .collect()
});

fn generate(arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
    command.args(["tool", "generate"]).args(arguments).env_remove("ERBIUM_LOG");
    command.output().unwrap().into()
}

#[test]
fn folders_and_archives_hold_the_same_blocks() {
    let root = std::env::temp_dir().join(format!("erbium-generate-{}", std::process::id()));
    std::fs::create_dir_all(&root).unwrap();
    let at = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let options =
        ["--transactions", "8", "--blocks", "3", "--senders", "4", "--scheme", "44", "--mix", "swap,token"];
    let (folder, archive) = (at("folder"), at("blocks.tar"));
    let made = generate(&[&[folder.as_str(), "--json"], &options[..]].concat()).expect(FINE).json();
    generate(&[&[archive.as_str(), "--compress"], &options[..]].concat()).expect(FINE).out("sum: 3 blocks; ");
    assert_eq!((&made["summary"]["blocks"], &made["summary"]["transactions"]), (&3.into(), &8.into()));
    assert_eq!(made["blocks"][2]["transactions"], 2);

    let validated = |path: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erbium"));
        command.args(["validate", "--json", path]).env("ERBIUM_GPU", "off");
        let json = Answer::from(command.output().unwrap()).expect(FINE).json();
        json["blocks"].as_array().unwrap().iter().map(|block| block["hash"].clone()).collect::<Vec<_>>()
    };
    let hashes: Vec<_> =
        made["blocks"].as_array().unwrap().iter().map(|block| block["hash"].clone()).collect();
    assert_eq!((validated(&folder), validated(&archive)), (hashes.clone(), hashes));

    generate(&[&at("none"), "--mix", "mint"]).expect(COULD_NOT).err("no kind is named `mint`");
    generate(&[&at("none"), "--conflict", "2"]).expect(COULD_NOT).err("not a number from 0 to 1");
    generate(&[&at("none"), "--seed", "07"]).expect(COULD_NOT).err("1 bytes where 32 belong");
    let _ = std::fs::remove_dir_all(&root);
    assert!(U256::from(made["summary"]["gasUsed"].as_u64().unwrap()) > U256::from(8 * 51_000));
}
