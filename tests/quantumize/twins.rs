//! Twins are valid and do what their originals do.

use super::blocks::{Original, all, shipped};
use super::differences::{Difference, beyond_gas_limit, derive, disagreements, listed};
use erbium::Machine;
use erbium::quantumize::{QuantumizeError, TwinOptions, TwinSummary};
use erbium::validate::CheckResult;
use erbium::vm::block::json::BlockFile;
use erbium::vm::claims::DilithiumScheme;
use erbium::vm::tx::TransactionType;
use erbium::vm::{Fork, H256};
use std::collections::BTreeSet;

/// Makes the twin of `original`, validates it, and answers where it differs.
fn judge(
    machine: &Machine,
    original: &Original,
    scheme: DilithiumScheme,
    summary: &mut TwinSummary,
) -> BTreeSet<Difference> {
    let name = format!("{} with {scheme:?}", original.name);
    let options = TwinOptions { scheme, ..TwinOptions::default() };
    let twin = machine.quantumize(&original.json, None, options).unwrap();
    summary.add(&twin.report);

    let report = machine.validate(&twin.file.to_json().unwrap(), None).unwrap();
    assert!(report.is_valid(), "{name}: {:?}", report.flaws);
    assert!(report.checks.iter().all(|check| check.result == CheckResult::Passed), "{name}: {report:?}");
    for needed in ["receipts root", "state root", "uncles hash", "gas used", "senders"] {
        assert!(report.checks.iter().any(|check| check.name == needed), "{name}: {needed}");
    }
    let counts = report.signatures;
    assert_eq!(counts.total() - counts.secp256k1, twin.report.signed, "{name}");

    let file = BlockFile::from_json(&original.json).unwrap();
    let differences = derive(&file, &twin.file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let not_gas_limit =
        differences.iter().filter(|row| row.read != "GASLIMIT").map(|row| row.index).collect();
    assert_eq!(beyond_gas_limit(&file, &twin.file), not_gas_limit, "{name}");
    differences
}

/// Judges the twins of `originals`, and holds where they differ against the committed list.
fn judge_all(originals: &[Original], scheme: DilithiumScheme) -> TwinSummary {
    let machine = Machine::default();
    let mut summary = TwinSummary::default();
    let (mut derived, mut blocks) = (BTreeSet::new(), BTreeSet::new());
    for original in originals {
        blocks.insert(BlockFile::from_json(&original.json).unwrap().block.header.number);
        derived.extend(judge(&machine, original, scheme, &mut summary));
    }
    if originals.len() == 48 {
        // A row of no block at all is one too many.
        blocks.extend(listed().iter().map(|row| row.block));
    }
    assert_eq!(disagreements(&listed(), &derived, &blocks), Vec::<String>::new());
    summary
}

#[test]
fn twins_of_the_shipped_blocks_are_valid_and_do_what_their_originals_do() {
    for scheme in [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87] {
        judge_all(&shipped(), scheme);
    }
}

fn judge_archive(scheme: DilithiumScheme) {
    let Some(originals) = all() else { return };
    let summary = judge_all(&originals, scheme);
    assert_eq!((summary.twins, summary.transactions, summary.signed), (48, 12_217, 12_215));
    assert_eq!(summary.kept, [2, 0, 0, 0, 0]);
    assert_eq!(summary.gas_used[0], 544_633_444);
}

#[test]
fn twins_of_all_blocks_with_44() {
    judge_archive(DilithiumScheme::MlDsa44);
}

#[test]
fn twins_of_all_blocks_with_65() {
    judge_archive(DilithiumScheme::MlDsa65);
}

#[test]
fn twins_of_all_blocks_with_87() {
    judge_archive(DilithiumScheme::MlDsa87);
}

fn block(number: &str) -> Original {
    shipped().into_iter().find(|original| original.name.contains(number)).unwrap()
}

/// The twins in `examples/blocks/twins` are what `erbium quantumize` makes, byte for byte.
#[test]
fn the_shipped_twins_are_made_from_the_shipped_blocks() {
    let machine = Machine::default();
    for number in ["930196", "2688148", "19933122"] {
        let twin = machine.quantumize(&block(number).json, None, TwinOptions::default()).unwrap();
        let path = format!("{}/examples/blocks/twins/{number}.json.xz", env!("CARGO_MANIFEST_DIR"));
        let entries = erbium_conform::source::Entries::open(path.as_ref()).unwrap();
        let [entry] = entries.map(Result::unwrap).collect::<Vec<_>>().try_into().unwrap();
        assert!(twin.file.to_json().unwrap() == entry.bytes, "{path}");
    }
}

#[test]
fn everything_but_signatures_and_what_follows_is_kept() {
    let original = BlockFile::from_json(&block("19933122").json).unwrap();
    let options = TwinOptions { seed: H256::repeat_byte(7), ..TwinOptions::default() };
    let twin = Machine::default().quantumize(&block("19933122").json, None, options).unwrap();
    let (before, after) = (&original.block, &twin.file.block);
    for (index, (before, after)) in before.transactions.iter().zip(&after.transactions).enumerate() {
        if before.kind == TransactionType::Blob {
            assert_eq!(after, before);
            continue;
        }
        let quantum = after.quantum.as_deref().unwrap();
        assert_eq!(quantum.sender, original.claimed.transactions[index].from);
        assert_eq!((after.kind, after.chain_id), (TransactionType::Quantum, Some(1)));
        assert_eq!(after.gas_limit, before.gas_limit + twin.report.signature_gas);
        assert_eq!(
            (after.nonce, after.to, after.value, &after.data, &after.access_list),
            (before.nonce, before.to, before.value, &before.data, &before.access_list)
        );
        assert_eq!(
            (after.max_fee_per_gas, after.max_priority_fee_per_gas),
            (before.max_fee_per_gas, before.max_priority_fee_per_gas)
        );
    }
    assert_eq!(after.withdrawals, before.withdrawals);
    let (before, after) = (&before.header, &after.header);
    assert_eq!(after.gas_limit, before.gas_limit + 44 * twin.report.signature_gas);
    assert_eq!(
        (after.number, after.timestamp, after.beneficiary, after.mix_hash, after.base_fee_per_gas),
        (before.number, before.timestamp, before.beneficiary, before.mix_hash, before.base_fee_per_gas)
    );
    assert_eq!((after.parent_hash, after.excess_blob_gas), (before.parent_hash, before.excess_blob_gas));
    // Another seed, other keys.
    let usual = Machine::default().quantumize(&block("19933122").json, None, TwinOptions::default()).unwrap();
    let key = |file: &BlockFile| file.block.transactions[0].quantum.as_ref().unwrap().public_key.clone();
    assert_ne!(key(&usual.file), key(&twin.file));
}

#[test]
fn what_is_no_valid_block_has_no_twin() {
    let machine = Machine::default();
    let quantumize = |json: &[u8], options| machine.quantumize(json, None, options).map(|twin| twin.report);
    let mut file = BlockFile::from_json(&block("2688148").json).unwrap();
    file.block.header.gas_used += 1;
    let error = quantumize(&file.to_json().unwrap(), TwinOptions::default()).unwrap_err();
    assert!(matches!(&error, QuantumizeError::Invalid(report) if !report.is_valid()));
    assert!(error.to_string().starts_with("block 2688148 is not valid: "), "{error}");

    let twin = machine.quantumize(&block("2688148").json, None, TwinOptions::default()).unwrap().file;
    let error = quantumize(&twin.to_json().unwrap(), TwinOptions::default()).unwrap_err();
    assert!(matches!(error, QuantumizeError::Extended { number: 2_688_148 }));

    let mut file = BlockFile::from_json(&block("2688148").json).unwrap();
    let registry = erbium::vm::ChainSpec::ethereum(Fork::Frontier).registry;
    file.pre_state.push((registry, Default::default()));
    let error = quantumize(&file.to_json().unwrap(), TwinOptions::default()).unwrap_err();
    assert!(matches!(error, QuantumizeError::RegistryTaken { .. }));

    let options = TwinOptions { scheme: DilithiumScheme::Round3Level3, ..TwinOptions::default() };
    let error = quantumize(&block("2688148").json, options).unwrap_err();
    assert_eq!(error.to_string(), "scheme 3 does not sign transactions: 44, 65 and 87 do");
}
