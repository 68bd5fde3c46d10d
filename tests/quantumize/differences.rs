//! Where twins do not do what their originals do, and why: derived from traces and held against the committed list.

use super::blocks::{Recorder, Step, execute};
use erbium::vm::block::BlockResult;
use erbium::vm::block::json::BlockFile;
use erbium::vm::opcode::Opcode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const LIST: &str = include_str!("../data/twins/differences.json");

/// A transaction of a twin that differs from its original's, with the first read that differed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Difference {
    pub(crate) block: u64,
    pub(crate) index: usize,
    /// Name of the instruction that read.
    pub(crate) read: String,
    pub(crate) pc: usize,
    pub(crate) contract: String,
}

/// The committed list.
pub(crate) fn listed() -> BTreeSet<Difference> {
    let rows: Vec<Difference> = serde_json::from_str(LIST).unwrap();
    let count = rows.len();
    let rows: BTreeSet<_> = rows.into_iter().collect();
    assert_eq!(rows.len(), count, "a row is there twice");
    rows
}

/// What a transaction shows: status, logs, and gas without the price of a signature.
fn shown(result: &BlockResult, index: usize) -> impl PartialEq + std::fmt::Debug {
    let (transaction, receipt) = (&result.transactions[index], &result.receipts[index]);
    let gas = transaction.gas_used - transaction.signature_gas;
    (transaction.outcome.is_success(), receipt.logs.clone(), gas)
}

/// The transactions that show different things.
pub(crate) fn differing(original: &BlockResult, twin: &BlockResult) -> BTreeSet<usize> {
    assert_eq!(original.transactions.len(), twin.transactions.len());
    (0..twin.transactions.len()).filter(|&index| shown(original, index) != shown(twin, index)).collect()
}

/// The instruction after which two traces are no longer the same.
fn first_differing_read<'s>(original: &[Step], twin: &'s [Step]) -> Option<&'s Step> {
    let at = original.iter().zip(twin).position(|(original, twin)| original != twin)?;
    twin.get(at.checked_sub(1)?)
}

/// What code reads that a twin cannot keep as it was.
const MAY_DIFFER: [(u8, &str); 4] = [
    (Opcode::GASPRICE, "GASPRICE"),
    (Opcode::GASLIMIT, "GASLIMIT"),
    (Opcode::BALANCE, "BALANCE"),
    (Opcode::SELFBALANCE, "SELFBALANCE"),
];

/// Every transaction of `twin` that differs from the one of `original`, with what it read first that differed. The error
/// is a difference that no such read explains.
pub(crate) fn derive(original: &BlockFile, twin: &BlockFile) -> Result<BTreeSet<Difference>, String> {
    let number = twin.block.header.number;
    let differing = differing(&execute(original, None), &execute(twin, None));
    if differing.is_empty() {
        return Ok(BTreeSet::new());
    }
    let traces = [original, twin].map(|file| {
        let mut recorder = Recorder::new(differing.clone());
        execute(file, Some(&mut recorder));
        recorder.steps
    });
    let [originals, twins] = &traces;
    assert_eq!((originals.len(), twins.len()), (differing.len(), differing.len()));
    let rows = originals.iter().zip(twins).map(|((index, original), (_, twin))| {
        let place = format!("block {number}, transaction {index}");
        let read = first_differing_read(original, twin)
            .ok_or_else(|| format!("{place}: differs, but no instruction does"))?;
        let Some((_, name)) = MAY_DIFFER.iter().find(|(opcode, _)| *opcode == read.opcode) else {
            return Err(format!("{place}: differs after {read:?}"));
        };
        let (read, pc, contract) = ((*name).to_owned(), read.pc, format!("{:?}", read.address));
        Ok(Difference { block: number, index: *index, read, pc, contract })
    });
    rows.collect()
}

/// What is wrong with the list, given the differences derived from the twins of `blocks`; rows of other blocks are not
/// judged.
pub(crate) fn disagreements(
    listed: &BTreeSet<Difference>,
    derived: &BTreeSet<Difference>,
    blocks: &BTreeSet<u64>,
) -> Vec<String> {
    let missing = derived.difference(listed).map(|row| format!("not listed: {row:?}"));
    let added = listed.difference(derived).filter(|row| blocks.contains(&row.block));
    missing.chain(added.map(|row| format!("listed, but not so: {row:?}"))).collect()
}

/// The transactions that differ even where the original has the gas limit of the twin's block.
pub(crate) fn beyond_gas_limit(original: &BlockFile, twin: &BlockFile) -> BTreeSet<usize> {
    let mut original = original.clone();
    original.block.header.gas_limit = twin.block.header.gas_limit;
    differing(&execute(&original, None), &execute(twin, None))
}

mod planted {
    //! The comparison sees what is planted.

    use super::super::blocks::shipped;
    use super::*;
    use erbium::Machine;
    use erbium::vm::H160;

    /// 6196166 and its twin, with `code` in the place of the contract that transaction `index` calls.
    fn with_code(code: &[u8]) -> (BlockFile, BlockFile, usize) {
        let original = shipped().into_iter().find(|original| original.name.contains("6196166")).unwrap();
        let twin = Machine::default().quantumize(&original.json, None, Default::default()).unwrap().file;
        let mut file = BlockFile::from_json(&original.json).unwrap();
        let has_code = |to: H160| {
            file.pre_state.iter().any(|(address, account)| *address == to && !account.code.is_empty())
        };
        let transactions = &file.block.transactions;
        let calls = |index: &usize| {
            let transaction = &transactions[*index];
            *index > 0 && transaction.gas_limit > 80_000 && transaction.to.is_some_and(has_code)
        };
        let index = (0..transactions.len()).find(calls).unwrap();
        let contract = transactions[index].to.unwrap();
        let mut twin = twin;
        for file in [&mut file, &mut twin] {
            let account = file.pre_state.iter_mut().find(|(address, _)| *address == contract).unwrap();
            account.1.code = code.to_vec();
        }
        (file, twin, index)
    }

    /// Code that logs what the instructions `read` leave on the stack.
    fn logging(read: &[u8]) -> Vec<u8> {
        use Opcode as op;
        [read, &[op::PUSH1, 0, op::MSTORE, op::PUSH1, 32, op::PUSH1, 0, op::LOG0]].concat()
    }

    #[test]
    fn reads_that_may_differ_are_named() {
        for (read, name, pc) in
            [(vec![Opcode::GASLIMIT], "GASLIMIT", 0), (vec![Opcode::COINBASE, Opcode::BALANCE], "BALANCE", 1)]
        {
            let (original, twin, index) = with_code(&logging(&read));
            let rows = derive(&original, &twin).unwrap();
            let row = rows.iter().find(|row| row.index == index).unwrap();
            let contract = format!("{:?}", twin.block.transactions[index].to.unwrap());
            assert_eq!((row.read.as_str(), row.pc, &row.contract), (name, pc, &contract));
            assert!(!disagreements(&listed(), &rows, &BTreeSet::from([row.block])).is_empty());
            let explained = !beyond_gas_limit(&original, &twin).contains(&index);
            assert_eq!(explained, name == "GASLIMIT");
        }
        // What is the same in twins.
        let (original, twin, _) = with_code(&logging(&[Opcode::GASPRICE, Opcode::GAS, Opcode::ADD]));
        assert_eq!(derive(&original, &twin), Ok(BTreeSet::new()));
    }

    #[test]
    fn any_other_difference_is_an_error() {
        let (original, mut twin, index) = with_code(&logging(&[Opcode::TIMESTAMP]));
        twin.block.header.timestamp += 1;
        let error = derive(&original, &twin).unwrap_err();
        assert!(error.contains("differs after Step") && error.contains("opcode: 66"), "{error}");

        // Different code does not even start the same.
        let (original, _, _) = with_code(&[Opcode::STOP]);
        let error = derive(&original, &twin).unwrap_err();
        assert!(
            error.starts_with(&format!("block 6196166, transaction {index}: differs, but no")),
            "{error}"
        );
    }

    #[test]
    fn rows_too_many_and_too_few_are_seen() {
        let good = listed();
        let blocks: BTreeSet<u64> = good.iter().map(|row| row.block).collect();
        assert_eq!(disagreements(&good, &good, &blocks), Vec::<String>::new());
        for row in &good {
            let mut other = good.clone();
            other.remove(row);
            assert_eq!(disagreements(&other, &good, &blocks), [format!("not listed: {row:?}")]);
            assert_eq!(disagreements(&good, &other, &blocks), [format!("listed, but not so: {row:?}")]);
            assert_eq!(disagreements(&good, &other, &BTreeSet::new()), Vec::<String>::new());
        }
    }
}
