//! The queue in front of the real verifier and recoverer, and what it counts.
#![allow(clippy::unwrap_used, reason = "tests")]

mod vectors;

use erbium_claims::{Claim, DilithiumScheme, Fault, Recoverer, Recovery, Verdict, Verifier};
use erbium_gpu::queue::{Limits, Queue, Recovering, Service, SubmitError, Verifying};
use erbium_gpu::{CpuRecoverer, CpuVerifier, counter};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use primitive_types::{H256, U256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

fn cases() -> Vec<vectors::Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/mldsa");
    let read = |name| vectors::wycheproof(&folder.join(format!("{name}_verify_test.json")));
    ["mldsa_44", "mldsa_65", "rustcrypto_87"].into_iter().flat_map(read).collect()
}

/// Cases whose asker, one of several at once, is told something else than the case says.
fn wrong<V: Verifier + Send + 'static>(verifier: V) -> usize {
    let queue =
        Queue::new(Verifying(verifier), Limits { batch_weight: 20_000, ..Limits::default() }).unwrap();
    let cases = cases();
    thread::scope(|scope| {
        let asker = |start: usize| {
            let (queue, cases) = (&queue, &cases);
            scope.spawn(move || {
                let own = (0..cases.len()).map(|i| &cases[(i + start) % cases.len()]);
                let asked: Vec<_> =
                    own.map(|case| (case.verdict, queue.submit(case.claim.clone()).unwrap())).collect();
                asked.into_iter().map(|(due, ticket)| usize::from(ticket.wait() != Ok(due))).sum::<usize>()
            })
        };
        let askers: Vec<_> = (0..4).map(|i| asker(i * 7)).collect();
        askers.into_iter().map(|asker| asker.join().unwrap()).sum()
    })
}

/// Answers each batch backwards.
struct Backwards;

impl Verifier for Backwards {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        let mut verdicts = CpuVerifier::new().verify(claims)?;
        verdicts.reverse();
        Ok(verdicts)
    }
}

#[test]
fn verdicts_go_to_those_who_asked() {
    assert_eq!(wrong(CpuVerifier::new()), 0);
    assert_ne!(wrong(Backwards), 0);
}

#[test]
fn signers_go_to_those_who_asked() {
    let queue = Queue::new(Recovering(CpuRecoverer), Limits::default()).unwrap();
    let signed = |i: u64| {
        let word = |n: u64| U256::from(n) << 128 | U256::from(i + 1);
        Recovery { hash: H256::from_low_u64_be(i), r: word(3), s: word(5), y_odd: i % 2 == 1 }
    };
    let all: Vec<_> = (0..60).map(signed).collect();
    let tickets: Vec<_> = all.iter().map(|signed| queue.submit(*signed).unwrap()).collect();
    let answers: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    assert_eq!(answers, queue.service().0.recover(&all).unwrap());
    assert!(answers.iter().flatten().count() > 10);
}

/// Counters by name and label `kind`.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<ByName>>);

type ByName = HashMap<(String, String), Arc<AtomicU64>>;

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let kind = key.labels().find(|label| label.key() == "kind").map_or("", |label| label.value());
        let name = (key.name().to_owned(), kind.to_owned());
        Counter::from_arc(Arc::clone(self.0.lock().unwrap().entry(name).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Doubles numbers; faults on 0 and waits at 1.
struct Doubles(Arc<Barrier>);

impl Service for Doubles {
    type Item = u64;
    type Answer = u64;
    const KIND: &'static str = "doubles";

    fn weight(&self, _: &u64) -> usize {
        1
    }

    fn answer(&self, numbers: &[u64]) -> Result<Vec<u64>, Fault> {
        if numbers == [1] {
            // Once when it has come, once when it may go.
            self.0.wait();
            self.0.wait();
        }
        if numbers.contains(&0) {
            return Err(Fault::Unsupported { what: "nothing" });
        }
        Ok(numbers.iter().map(|number| number * 2).collect())
    }
}

#[test]
fn counters_tell_batch_single_fallback_fault_and_refusal() {
    let counts = Counts::default();
    metrics::set_global_recorder(counts.clone()).unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let limits = Limits { capacity: 5, workers: 1.try_into().unwrap(), ..Limits::default() };
    let queue = Queue::new(Doubles(Arc::clone(&barrier)), limits).unwrap();
    // Alone; then with a fault among them; then together; each time what cannot wait is refused.
    for rest in [[2, 0, 3, 4, 5], [2, 3, 4, 5, 6]] {
        let held = queue.submit(1).unwrap();
        barrier.wait();
        let tickets: Vec<_> = rest.map(|number| queue.submit(number).unwrap()).into();
        assert!(matches!(queue.submit(7), Err(SubmitError::QueueFull(7))));
        barrier.wait();
        assert_eq!(held.wait(), Ok(2));
        for (number, ticket) in rest.into_iter().zip(tickets) {
            let expected =
                if number == 0 { Err(Fault::Unsupported { what: "nothing" }) } else { Ok(number * 2) };
            assert_eq!(ticket.wait(), expected);
        }
    }
    drop(queue);
    let count = |name: &str| {
        let key = (name.to_owned(), "doubles".to_owned());
        counts.0.lock().unwrap().get(&key).map_or(0, |count| count.load(Ordering::Relaxed))
    };
    let names = [
        counter::QUEUE_SINGLE,
        counter::QUEUE_BATCHED,
        counter::QUEUE_FALLBACK,
        counter::QUEUE_FAULTS,
        counter::QUEUE_REFUSED,
    ];
    assert_eq!(names.map(count), [2, 5, 4, 1, 2]);
}

/// Cannot answer about proofs, nor about a batch with one.
struct WithoutProofs;

impl Verifier for WithoutProofs {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        match claims.iter().find(|claim| matches!(claim, Claim::Groth16 { .. })) {
            Some(proof) => Err(Fault::Unsupported { what: proof.kind() }),
            None => CpuVerifier::new().verify(claims),
        }
    }
}

#[test]
fn what_nobody_answers_is_a_fault_to_its_asker_alone() {
    let queue = Queue::new(Verifying(WithoutProofs), Limits::default()).unwrap();
    let scheme = DilithiumScheme::MlDsa44;
    let malformed =
        || Claim::Signature { scheme, public_key: vec![], signature: vec![], message: vec![].into() };
    let foreign = Claim::Groth16 { verifying_key: vec![], inputs: vec![], proof: vec![] };
    let claims = [malformed(), foreign, malformed()];
    let tickets = claims.map(|claim| queue.submit(claim).unwrap());
    let answers = tickets.map(|ticket| ticket.wait());
    let fault = Err(Fault::Unsupported { what: "a Groth16 proof" });
    assert_eq!(answers, [Ok(Verdict::Invalid), fault, Ok(Verdict::Invalid)]);
}
