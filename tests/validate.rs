//! Validation through the library, with bytes and coprocessors that misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use erbium::validate::{CheckResult, Flaw, Summary, TransactionFlaw, ValidateError};
use erbium::vm::claims::{Fault, Recoverer, Recovery};
use erbium::vm::{Fork, H160};
use erbium::{Machine, SpecSource};
use erbium_conform::source::Entries;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

const BYZANTIUM: &[u8] = include_bytes!("../examples/blocks/6196166.json");
const FRONTIER: &[u8] = include_bytes!("../examples/blocks/930196.json");

static MACHINE: LazyLock<Machine> = LazyLock::new(Machine::default);

#[test]
fn a_report_says_what_was_checked() {
    let report = MACHINE.validate(BYZANTIUM, None).unwrap();
    assert!(report.is_valid(), "{:?}", report.flaws);
    assert_eq!((report.number, report.fork, report.transactions), (6_196_166, Fork::Byzantium, 108));
    assert_eq!((report.gas_used, report.signatures.secp256k1), (7_975_867, 108));
    let names: Vec<_> = report.checks.iter().map(|check| check.name).collect();
    assert_eq!(
        names,
        [
            "header fields",
            "header hash",
            "transactions root",
            "transaction hashes",
            "uncles hash",
            "senders",
            "gas used",
            "logs bloom",
            "receipts root",
            "state root",
        ]
    );
    assert_eq!(report.not_checkable().map(|(name, _)| name).collect::<Vec<_>>(), ["state root"]);
    let report = MACHINE.validate(FRONTIER, None).unwrap();
    let not_checkable: Vec<_> = report.not_checkable().map(|(name, _)| name).collect();
    assert_eq!((report.is_valid(), not_checkable), (true, vec!["receipts root", "state root"]));
}

/// The 48 real blocks, where they are at hand.
#[test]
fn real_blocks_of_every_fork_are_valid() {
    let fixtures = std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let archive = fixtures.join("fixtures/mainnet-blocks.tar.xz");
    if !archive.is_file() {
        println!("skipped: no {}", archive.display());
        return;
    }
    let mut summary = Summary::default();
    for entry in Entries::open(&archive).unwrap().map(Result::unwrap) {
        if entry.name.ends_with(".json") {
            let report = MACHINE.validate(&entry.bytes, None).unwrap();
            assert!(report.is_valid(), "{entry}: {:?}", report.flaws);
            summary.add(&report);
        }
    }
    assert_eq!((summary.valid, summary.transactions), (48, 12_217));
    assert_eq!((summary.gas_used, summary.signatures.secp256k1), (544_633_444, 12_217));
    let missing = |name| summary.not_checkable.iter().find(|entry| entry.0 == name).unwrap().2;
    assert_eq!((missing("receipts root"), missing("uncles hash"), missing("state root")), (11, 3, 48));
    assert_eq!(summary.not_checkable.len(), 3);
}

#[test]
fn the_spec_that_is_given_counts() {
    let spec = SpecSource::from_toml("fork = 'mainnet'\nchain_id = 5").unwrap();
    let report = MACHINE.validate(BYZANTIUM, Some(&spec)).unwrap();
    let [Flaw::Transaction { flaw: TransactionFlaw::Rejected(reason), .. }] = report.flaws.as_slice() else {
        panic!("{:?}", report.flaws);
    };
    assert_eq!(reason.to_string(), "chain id 1 where the chain has 5");
    let result = |name| report.checks.iter().find(|check| check.name == name).unwrap().result.clone();
    assert_eq!(result("senders"), CheckResult::Passed);
    assert!(matches!(result("gas used"), CheckResult::NotCheckable { .. }));
}

type Spoil = fn(Vec<Option<H160>>) -> Result<Vec<Option<H160>>, Fault>;

/// Counts its batches, and answers with what `spoil` makes of the true signers.
struct Spoiled {
    batches: Arc<AtomicUsize>,
    spoil: Spoil,
}

impl Recoverer for Spoiled {
    fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        (self.spoil)(erbium::gpu::CpuRecoverer.recover(signed)?)
    }
}

fn validate_spoiled(spoil: Spoil) -> (Result<erbium::validate::BlockReport, ValidateError>, usize) {
    let batches = Arc::new(AtomicUsize::new(0));
    let machine = Machine::default().with_recoverer(Spoiled { batches: Arc::clone(&batches), spoil });
    (machine.validate(BYZANTIUM, None), batches.load(Ordering::Relaxed))
}

#[test]
fn signatures_are_recovered_in_one_batch() {
    let (report, batches) = validate_spoiled(Ok);
    assert!(report.unwrap().is_valid());
    assert_eq!(batches, 1);
}

#[test]
fn signers_decide_and_not_the_file() {
    let (report, _) = validate_spoiled(|mut signers| {
        signers[40] = Some(H160::repeat_byte(4));
        Ok(signers)
    });
    let flaws = report.unwrap().flaws;
    let [Flaw::Transaction { index: 40, flaw: TransactionFlaw::WrongSender { signer, .. } }] =
        flaws.as_slice()
    else {
        panic!("{flaws:?}");
    };
    assert_eq!(*signer, H160::repeat_byte(4));

    let (report, _) = validate_spoiled(|mut signers| {
        signers[41] = None;
        Ok(signers)
    });
    let flaw = Flaw::Transaction { index: 41, flaw: TransactionFlaw::NoSigner };
    assert_eq!(report.unwrap().flaws, [flaw]);
}

#[test]
fn a_failed_recoverer_is_no_verdict() {
    let (report, _) = validate_spoiled(|_| Err(Fault::Unsupported { what: "anything" }));
    assert!(matches!(report, Err(ValidateError::Fault(Fault::Unsupported { .. }))));
    let (report, _) = validate_spoiled(|mut signers| {
        signers.pop();
        Ok(signers)
    });
    assert!(matches!(report, Err(ValidateError::Fault(Fault::Coprocessor { .. }))));
}

/// A digit of the file and another one to put there.
fn change() -> impl Strategy<Value = (prop::sample::Index, u8)> {
    (any::<prop::sample::Index>(), prop::sample::select(b"0123456789abcdef".as_slice()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_judged_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(MACHINE.validate(&bytes, None).is_err());
    }

    #[test]
    fn changed_blocks_are_judged_or_refused(
        changes in prop::collection::vec(change(), 1..4),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
        fork in prop::option::of(prop::sample::select(Fork::ALL.as_slice())),
    ) {
        let mut file = FRONTIER.to_vec();
        for (index, digit) in changes {
            let at = index.index(file.len());
            // Digits stay digits, so that most changes are to values and not to the form.
            if file[at].is_ascii_hexdigit() {
                file[at] = digit;
            }
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let spec = fork.map(|fork| SpecSource::from(erbium::vm::ChainSpec::ethereum(fork)));
        let _ = MACHINE.validate(&file, spec.as_ref());
    }

    #[test]
    fn a_changed_signed_byte_never_passes(transaction in 0usize..18, byte in any::<prop::sample::Index>(), digit in 1u8..16) {
        // The hash of each transaction covers its signature; the header's covers the root of them all.
        let text = std::str::from_utf8(FRONTIER).unwrap();
        let (at, _) = text.match_indices("\"r\":\"0x").nth(transaction).unwrap();
        let start = at + "\"r\":\"0x".len();
        let len = text[start..].find('"').unwrap();
        let at = start + byte.index(len);
        let mut file = FRONTIER.to_vec();
        let old = (file[at] as char).to_digit(16).unwrap() as u8;
        file[at] = b"0123456789abcdef"[usize::from(old ^ digit)];
        let report = MACHINE.validate(&file, None).unwrap();
        let named = |flaw: &Flaw| matches!(flaw, Flaw::Transaction { index, .. } if *index == transaction);
        prop_assert!(report.flaws.iter().any(named), "{:?}", report.flaws);
    }
}
