//! How few questions claims make, and what is known from before.

use super::program::{Piece, Writer, code, contract};
use super::scene::{Scene, sender};
use super::*;
use crate::machine::{ExecutionContext, VMConfig};
use crate::opcode::*;
use erbium_claims::DilithiumScheme;
use std::sync::Arc;

/// Code that makes `count` claims, each on the one's number: what it is asked about by opcode, all on zero bytes but a
/// counter in the message.
fn asking(count: u64, body: impl Fn(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    // The counter at 0 begins with the input.
    writer.push(0).op(&[CALLDATALOAD]).push(0).op(&[MSTORE]);
    writer.push(count);
    let top = writer.0.len();
    writer.op(&[JUMPDEST]);
    body(&mut writer);
    writer.op(&[POP]);
    writer.push(0).op(&[MLOAD]).push(1).op(&[ADD]).push(0).op(&[MSTORE]);
    writer.push(1).op(&[SWAP1, SUB, DUP1]);
    writer.op(&[PUSH2]).op(&(top as u16).to_be_bytes()).op(&[JUMPI, STOP]);
    writer.0
}

fn signature(writer: &mut Writer) {
    writer.push(32).push(0).push(0x600).push(0x40).push(44).op(&[EXTENSION, DILITHIUM_VERIFY]);
}

fn groth16(writer: &mut Writer) {
    // No inputs: the key is 768 bytes, the proof 192, and the counter its beginning.
    writer.push(0).push(0).push(0x100).push(768).push(0x400).op(&[EXTENSION, ZK_VERIFY]);
}

/// A block of transactions that make 2,000 claims, so many each.
fn block_of(each: u64, body: impl Fn(&mut Writer)) -> Scene {
    let mut scene = Scene::erbium();
    scene.block.header.gas_limit = 1_000_000_000;
    scene.put(contract(0), &asking(each, body), 0, &[]);
    for number in 0..2_000 / each {
        scene.call(sender(number), contract(0), number * each, 1_000_000);
    }
    scene
}

/// A block of 40 transactions that make 50 claims each.
fn block_of_claims(body: impl Fn(&mut Writer)) -> Scene {
    block_of(50, body)
}

/// Writes the code that makes one claim.
type Ask = fn(&mut Writer);

/// 2,000 claims of one kind reach the verifier in at most four batches, whatever the manner of presuming.
#[test]
fn thousands_of_claims_are_few_questions() {
    let (signature, groth16): (Ask, Ask) = (signature, groth16);
    let kinds = [(50, signature, 0), (50, signature, 2), (2, groth16, 0), (1, groth16, 10)];
    for (each, kind, invalid) in kinds {
        let scene = block_of(each, kind);
        let expected = sequential(&scene, &Oracle::new(invalid));
        let used = expected.result.as_ref().unwrap().gas_used;
        for (options, threads) in [
            (ExecutionOptions::default(), 4),
            (ExecutionOptions::default(), 2),
            (ExecutionOptions { parallel: Parallel::Off, ..ExecutionOptions::default() }, 1),
            (ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() }, 1),
        ] {
            let oracle = Oracle::new(invalid);
            let (came, counters) = parallel(&scene, &oracle, options, threads);
            assert_eq!(came, expected);
            let batches = oracle.batches.lock().unwrap().clone();
            assert!(batches.len() <= 4, "{batches:?} {options:?} {counters:?}");
            assert_eq!(batches.iter().sum::<usize>(), 2_000);
            assert!(counters.speculative_gas <= used, "{counters:?} {used}");
        }
    }
}

/// What one block asked another need not ask again, also where the verdict is no.
#[test]
fn verdicts_are_shared_across_blocks() {
    let scene = block_of_claims(signature);
    let cache = Arc::new(VerdictCache::default());
    let vm = ParallelVM::new(ExecutionOptions::default()).with_cache(Arc::clone(&cache));
    let oracle = Oracle::new(30);
    let expected = sequential(&scene, &Oracle::new(30));
    for (asked, hits) in [(2_000, 0), (2_000, 2_000)] {
        let mut counters = Counters::default();
        let came = with_evm(&scene, &oracle, |evm, input| {
            let result = vm.execute_block(evm, input, &mut counters).unwrap();
            Came::of(evm, result)
        });
        assert_eq!(came, expected);
        assert_eq!(oracle.asked(), asked);
        assert_eq!(cache.hits(), hits);
    }
    assert_eq!(cache.len(), 2_000);
    // Off, it holds nothing.
    let off = Arc::new(VerdictCache::new(0));
    let vm = ParallelVM::default().with_cache(Arc::clone(&off));
    with_evm(&scene, &oracle, |evm, input| {
        vm.execute_block(evm, input, &mut Counters::default()).unwrap().unwrap();
    });
    assert_eq!((off.len(), oracle.asked()), (0, 4_000));
}

/// A presumption never gets into the cache: a wrong one would stay there.
#[test]
fn only_verdicts_are_kept() {
    let scene = block_of_claims(signature);
    let cache = Arc::new(VerdictCache::default());
    let oracle = Oracle::new(256);
    let vm = ParallelVM::new(ExecutionOptions { parallel: Parallel::Always, ..ExecutionOptions::default() })
        .with_cache(Arc::clone(&cache));
    with_evm(&scene, &oracle, |evm, input| {
        vm.execute_block(evm, input, &mut Counters::default()).unwrap().unwrap();
    });
    let claim = |number: u64| Claim::Signature {
        scheme: DilithiumScheme::MlDsa44,
        // The counter's word lies before the key.
        public_key: vec![0; 1_312],
        signature: vec![0; 2_420],
        message: H256::from_low_u64_be(number).0.to_vec().into(),
    };
    for number in 0..2_000 {
        assert_eq!(cache.get(&ClaimKey::of(&claim(number))), Some(Verdict::Invalid), "{number}");
    }
}

/// A verifier that fails is a fault of the block, as it is sequentially, and never a verdict.
#[test]
fn a_fault_stays_a_fault() {
    struct Failing;
    impl Verifier for Failing {
        fn verify(&self, _: &[Claim]) -> Result<Vec<Verdict>, Fault> {
            Err(Fault::Unsupported { what: "anything" })
        }
    }
    let scene = block_of_claims(signature);
    let env = scene.env();
    for parallel in [Parallel::Off, Parallel::WherePays, Parallel::Always] {
        let coprocessor = Coprocessor { verifier: &Failing, deriver: &NoCoprocessor };
        let mut evm = Evm::new(&scene.spec, &env, &scene.state).with_coprocessor(coprocessor);
        let input = BlockInput {
            block: &scene.block,
            senders: &scene.senders,
            authorities: &scene.authorities,
            rlp_size: None,
            state_root: None,
        };
        let vm = ParallelVM::new(ExecutionOptions { parallel, ..ExecutionOptions::default() });
        let fault = vm.execute_block(&mut evm, &input, &mut Counters::default()).unwrap_err();
        assert_eq!(fault, Fault::Unsupported { what: "anything" });
    }
}

/// What is malformed is answered without asking.
#[test]
fn malformed_claims_ask_nobody() {
    // A key of 700 bytes is none.
    let malformed = |writer: &mut Writer| {
        writer.push(0).push(0).push(0).push(700).push(0x400).op(&[EXTENSION, ZK_VERIFY]);
    };
    let scene = block_of(2, malformed);
    let oracle = Oracle::new(0);
    let (came, counters) = parallel(&scene, &oracle, ExecutionOptions::default(), 4);
    // Runs that were thrown away have made theirs too.
    assert!(oracle.asked() == 0 && counters.claims >= 2_000, "{counters:?}");
    assert!(came.result.is_ok());
}

/// State that the block does not change is not in the changes, also where it was only credited with nothing.
#[test]
fn a_block_of_nothing_changes_nothing_else() {
    let mut scene = Scene::erbium();
    scene.put(contract(0), &code(&[Piece::Load(0)]), 0, &[1]);
    for number in 0..16 {
        scene.call(sender(number), contract(0), 0, 100_000);
    }
    let (came, counters) = parallel(&scene, &Oracle::new(0), ExecutionOptions::default(), 4);
    // Four senders and the coinbase.
    assert_eq!((came.changes.len(), counters.sequential.len()), (5, 0));
}

/// Calls that have nothing to do with each other are answered in their order, the failed ones too.
#[test]
fn independent_calls_run_at_the_same_time() {
    let returning = |number: u8| vec![PUSH1, number, PUSH1, 31, MSTORE8, PUSH1, 32, PUSH1, 0, RETURN];
    let mut calls: Vec<_> = (0..20).map(|number| ExecutionContext::new(returning(number))).collect();
    calls.push(ExecutionContext::new(vec![INVALID]));
    let answers =
        ParallelVM::default().execute_parallel(&VMConfig::default(), Coprocessor::default(), &calls);
    for (number, answer) in answers[..20].iter().enumerate() {
        assert_eq!(usize::from(answer.as_ref().unwrap().return_data[31]), number);
    }
    assert!(answers[20].is_err() && answers.len() == 21);
}
