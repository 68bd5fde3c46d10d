//! Speculation as a whole: hostile blocks, real signatures, real blocks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "support/hostile.rs"]
mod hostile;

use erbium::gpu::{CpuDeriver, CpuVerifier};
use erbium::quantumize::TwinOptions;
use erbium::vm::block::json::BlockFile;
use erbium::vm::block::{BlockError, BlockInput, BlockResult, execute_block};
use erbium::vm::claims::{Claim, Fault, NoCoprocessor, Verdict, Verifier};
use erbium::vm::evm::{BlockEnv, Coprocessor, Evm};
use erbium::vm::keccak256;
use erbium::vm::spec::SpecSource;
use erbium::vm::speculation::Counters;
use erbium::vm::state::AccountChange;
use erbium::vm::{ChainSpec, H160};
use erbium::{ExecutionOptions, Machine, Parallel, ParallelVM, Presumption};
use erbium_conform::source::Entries;
use hostile::Scene;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

/// Says invalid of so many claims in 256, by a hash of their bytes, and counts what it is asked.
struct Oracle {
    invalid: u16,
    asked: Mutex<u64>,
}

impl Oracle {
    fn new(invalid: u16) -> Self {
        Self { invalid, asked: Mutex::new(0) }
    }
}

impl Verifier for Oracle {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        *self.asked.lock().unwrap() += claims.len() as u64;
        let verdict = |claim: &Claim| u16::from(keccak256(&claim.encoding()).0[7]) >= self.invalid;
        Ok(claims.iter().map(|claim| verdict(claim).into()).collect())
    }
}

/// What came of a block, in an order that does not depend on how it came.
#[derive(Debug, PartialEq)]
struct Came {
    result: Result<BlockResult, BlockError>,
    changes: Vec<(H160, AccountChange)>,
}

impl Came {
    fn of(evm: &Evm<'_>, result: Result<BlockResult, BlockError>) -> Self {
        let mut changes = if result.is_ok() { evm.journal.changes().accounts } else { Vec::new() };
        changes.sort_by_key(|entry| entry.0);
        changes.iter_mut().for_each(|(_, change)| change.storage.sort_unstable());
        Self { result, changes }
    }
}

impl Came {
    /// The first of what is not the same, in few words: blocks are long.
    fn difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        if let (Ok(one), Ok(two)) = (&self.result, &other.result) {
            let mut pairs = one.transactions.iter().zip(&two.transactions).enumerate();
            if let Some((at, (one, two))) = pairs.find(|(_, (one, two))| one != two) {
                return Some(format!("transaction {at}: {one:?} for {two:?}"));
            }
            if one != two {
                return Some("receipts, gas or requests".to_owned());
            }
        }
        let find = |changes: &[(H160, AccountChange)], address| {
            changes.iter().find(|change| change.0 == address).map(|change| change.1.clone())
        };
        for (address, _) in self.changes.iter().chain(&other.changes) {
            let (one, two) = (find(&self.changes, *address), find(&other.changes, *address));
            if one != two {
                return Some(format!("{address:?}: {one:?} for {two:?}"));
            }
        }
        Some("the outcome".to_owned())
    }
}

/// Pools of one to four threads.
static POOLS: LazyLock<Vec<rayon::ThreadPool>> = LazyLock::new(|| {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    (1..=4).map(pool).collect()
});

fn sequential(scene: &Scene, verifier: &dyn Verifier) -> Came {
    let env = scene.env();
    let coprocessor = Coprocessor { verifier, deriver: &NoCoprocessor };
    let mut evm = Evm::new(&scene.spec, &env, &scene.state).with_coprocessor(coprocessor);
    let result = execute_block(&mut evm, &scene.input()).unwrap();
    Came::of(&evm, result)
}

fn parallel(
    scene: &Scene,
    verifier: &dyn Verifier,
    options: ExecutionOptions,
    threads: usize,
) -> (Came, Counters) {
    POOLS[threads - 1].install(|| {
        let env = scene.env();
        let coprocessor = Coprocessor { verifier, deriver: &NoCoprocessor };
        let mut evm = Evm::new(&scene.spec, &env, &scene.state).with_coprocessor(coprocessor);
        let mut counters = Counters::default();
        let vm = ParallelVM::new(options);
        let result = vm.execute_block(&mut evm, &scene.input(), &mut counters).unwrap();
        (Came::of(&evm, result), counters)
    })
}

/// Manners that presume: parallelism, threads, window.
const MANNERS: [(Parallel, usize, Option<usize>); 6] = [
    (Parallel::Off, 1, None),
    (Parallel::Always, 1, None),
    (Parallel::Always, 1, Some(1)),
    (Parallel::Always, 1, Some(2)),
    (Parallel::Always, 2, None),
    (Parallel::WherePays, 4, None),
];

/// Work in gas: what was executed, and for each claim that was asked about the price of the cheapest check.
fn work(executed: u64, asked: u64) -> f64 {
    (executed + 6_500 * asked) as f64
}

/// The largest ratio of all work to that of sequential execution; what comes out must be the same.
fn largest_ratio(scene: &Scene, invalid: u16) -> f64 {
    let oracle = Oracle::new(invalid);
    let expected = sequential(scene, &oracle);
    let used = expected.result.as_ref().unwrap().gas_used;
    let plain = work(used, *oracle.asked.lock().unwrap());
    let mut largest: f64 = 0.0;
    for (parallel_manner, threads, window) in MANNERS {
        let oracle = Oracle::new(invalid);
        let options = ExecutionOptions { parallel: parallel_manner, window, ..ExecutionOptions::default() };
        let (came, counters) = parallel(scene, &oracle, options, threads);
        assert_eq!(came, expected, "{} {options:?}", scene.name);
        let asked = *oracle.asked.lock().unwrap();
        assert_eq!(asked, counters.batches.claims);
        let ratio = work(used + counters.speculative_gas, asked) / plain;
        println!(
            "{}, {invalid} of 256 invalid, {parallel_manner:?}, {threads} threads, window {window:?}: {ratio:.2}",
            scene.name
        );
        largest = largest.max(ratio);
    }
    largest
}

#[test]
fn hostile_blocks_cost_at_most_three_times_the_work() {
    for scene in hostile::blocks() {
        for invalid in [256, 128, 20] {
            // Where many of them are true, the loops behind them exceed the block's gas; long messages take long to hash.
            let once = ["before", "mebibyte"].iter().any(|word| scene.name.contains(word));
            if invalid == 256 || !once {
                let ratio = largest_ratio(&scene, invalid);
                assert!(ratio <= 3.0, "{}: {ratio}", scene.name);
            }
        }
    }
}

#[test]
fn true_claims_cost_little_more() {
    for scene in hostile::honest_blocks() {
        let ratio = largest_ratio(&scene, 0);
        assert!(ratio <= 1.5, "{}: {ratio}", scene.name);
    }
}

/// Without the bounds the harness would see it: a machine that throws nothing away is told from one that does.
#[test]
fn work_that_is_thrown_away_is_counted() {
    let scenes = hostile::blocks();
    let chain = scenes.first().unwrap();
    let options = ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() };
    let (_, false_claims) = parallel(chain, &Oracle::new(256), options, 1);
    assert!(false_claims.speculative_gas > 400_000 && false_claims.wrong > 0, "{false_claims:?}");
    let (_, true_claims) = parallel(chain, &Oracle::new(0), options, 1);
    assert_eq!((true_claims.speculative_gas, true_claims.wrong), (0, 0));
}

/// A block file of one contract that checks real signatures, good and bad, and stores what it found.
mod real {
    use super::*;
    use erbium::vm::claims::{Derivation, Deriver, DilithiumScheme};
    use erbium::vm::opcode::*;
    use erbium::vm::tx::Transaction;
    use erbium::vm::{Code, H256, U256};

    const CHECKER: H160 = H160::repeat_byte(0xcc);

    fn derive(derivation: &Derivation) -> Vec<u8> {
        CpuDeriver.derive(derivation).unwrap().unwrap()
    }

    /// Checks scheme 44 on key | signature | 32 bytes of message, which are its input; slot CALLER counts up by one, and by
    /// one more where the signature holds, which is also logged.
    fn checker() -> Vec<u8> {
        let push = |number: u16| [&[PUSH2][..], &number.to_be_bytes()].concat();
        let mut code = [&[CALLDATASIZE][..], &push(0), &push(0), &[CALLDATACOPY]].concat();
        for number in [32, 1_312 + 2_420, 1_312, 0, 44] {
            code.extend(push(number));
        }
        code.extend([EXTENSION, DILITHIUM_VERIFY, DUP1]);
        code.extend([push(1), vec![ADD, CALLER, SLOAD, ADD, CALLER, SSTORE]].concat());
        code.extend([push(0), push(0), vec![LOG1, STOP]].concat());
        code
    }

    #[test]
    fn real_signatures_steer_the_same() {
        let scheme = DilithiumScheme::MlDsa44;
        let mut scene = hostile::blocks().remove(1);
        scene.state.insert_account(CHECKER, 1, U256::zero(), Code::new(&checker()), []);
        let mut transactions = Vec::new();
        for (at, transaction) in scene.block.transactions.iter().take(24).enumerate() {
            let seed = H256::repeat_byte(at as u8 % 3);
            let message = H256::from_low_u64_be(at as u64).0.to_vec();
            let key = derive(&Derivation::DilithiumKeygen { scheme, seed });
            let sign = Derivation::DilithiumSign { scheme, seed, message: message.clone() };
            let mut signature = derive(&sign);
            if at % 5 == 3 {
                signature[at] ^= 1;
            }
            let data = [key, signature, message].concat();
            transactions.push(Transaction {
                to: Some(CHECKER),
                data,
                gas_limit: 400_000,
                ..transaction.clone()
            });
        }
        scene.senders.truncate(transactions.len());
        scene.authorities.truncate(transactions.len());
        scene.block.transactions = transactions;
        let verifier = CpuVerifier::new();
        let expected = sequential(&scene, &verifier);
        let checker = expected.changes.iter().find(|change| change.0 == CHECKER).unwrap();
        let counted: u64 = checker.1.storage.iter().map(|slot| slot.1.to_low_u64_be()).sum();
        assert_eq!(counted, 24 + 19, "five of 24 are bad");
        for presumption in [Presumption::Valid, Presumption::Random(3), Presumption::Nothing] {
            for (parallel_manner, threads, window) in MANNERS {
                let options = ExecutionOptions {
                    parallel: parallel_manner,
                    window,
                    presumption,
                    threads: None,
                    parallel_from: 2,
                };
                let (came, counters) = parallel(&scene, &verifier, options, threads);
                assert_eq!(came, expected, "{options:?}");
                if presumption == Presumption::Valid && window.is_none() {
                    assert!(counters.batches.count <= 4, "{counters:?}");
                }
            }
        }
    }
}

/// Executes the block of a file, whose signatures have been judged elsewhere; `None` where the file does not tell who
/// signed its authorizations.
fn execute(file: &BlockFile, vm: Option<&ParallelVM>) -> Option<(Came, Counters)> {
    let source = file.spec.as_ref().map_or(SpecSource::Mainnet, |spec| SpecSource::from_json(spec).unwrap());
    let spec: ChainSpec = source.at(file.block.header.number, file.block.header.timestamp);
    if file.block.transactions.iter().any(|tx| !tx.authorizations.is_empty()) {
        return None;
    }
    let (state, env) = (file.state_before(), BlockEnv::of_header(&spec, &file.block.header).unwrap());
    let senders: Vec<H160> = file.claimed.transactions.iter().map(|claimed| claimed.from).collect();
    let authorities = vec![Vec::new(); senders.len()];
    let input = BlockInput {
        block: &file.block,
        senders: &senders,
        authorities: &authorities,
        rlp_size: None,
        state_root: None,
    };
    let mut evm = Evm::new(&spec, &env, &state);
    let mut counters = Counters::default();
    let result = match vm {
        None => execute_block(&mut evm, &input).unwrap(),
        Some(vm) => vm.execute_block(&mut evm, &input, &mut counters).unwrap(),
    };
    Some((Came::of(&evm, result), counters))
}

/// Holds a block's outcome in parallel against the one in order.
fn agrees(name: &str, bytes: &[u8]) {
    let file = BlockFile::from_json(bytes).unwrap();
    let Some((expected, _)) = execute(&file, None) else { panic!("{name} has authorizations") };
    assert!(expected.result.is_ok(), "{name}");
    for threads in [1, 2, 4] {
        let options = ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() };
        let run = || execute(&file, Some(&ParallelVM::new(options))).unwrap();
        let (came, counters) = POOLS[threads - 1].install(run);
        if let Some(difference) = came.difference(&expected) {
            panic!("{name} on {threads} threads: {difference}; {counters:?}");
        }
        assert!(file.block.transactions.len() < 2 || threads == 1 || counters.threads > 1, "{name}");
    }
}

fn read(path: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = Entries::open(path).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.name.contains(".json"))
        .map(|entry| (entry.to_string(), entry.bytes))
        .collect()
}

#[test]
fn shipped_blocks_and_twins_come_out_the_same_in_parallel() {
    let blocks = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks"));
    assert_eq!(blocks.len(), 7);
    blocks.iter().for_each(|(name, bytes)| agrees(name, bytes));
}

/// The 48 real blocks, where they are at hand, and the twins of every eighth.
#[test]
fn real_blocks_come_out_the_same_in_parallel() {
    let fixtures = std::env::var_os("ERBIUM_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let archive = fixtures.join("fixtures/mainnet-blocks.tar.xz");
    if !archive.is_file() {
        println!("skipped: no {}", archive.display());
        return;
    }
    let mut blocks = read(&archive);
    blocks.retain(|(name, _)| name.ends_with(".json"));
    assert_eq!(blocks.len(), 48);
    let machine = Machine::default();
    for (at, (name, bytes)) in blocks.iter().enumerate() {
        agrees(name, bytes);
        if at % 8 == 5 {
            let twin = machine.quantumize(bytes, None, TwinOptions::default()).unwrap();
            agrees(&format!("twin of {name}"), &twin.file.to_json().unwrap());
        }
    }
}
