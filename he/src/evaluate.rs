//! Evaluation of a log on a store.

use crate::plan::{Plan, PlanError, Step};
use crate::store::{Store, StoreError};
use erbium_claims::homomorphic::{CiphertextType, Handle, LoggedOperation};
use rayon::Scope;
use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Computes on ciphertexts.
pub trait Evaluator: Sync {
    /// A ciphertext in memory.
    type Ciphertext: Send + Sync;
    /// How the machinery fails.
    type Error: Error + Send + Sync + 'static;

    /// The result of an operation on what its handles stand for, from left to right. Not asked for permissions.
    ///
    /// # Errors
    /// Where it could not be computed.
    fn apply(
        &self,
        entry: &LoggedOperation,
        inputs: &[&Self::Ciphertext],
    ) -> Result<Self::Ciphertext, Self::Error>;

    /// The ciphertext as it is stored.
    ///
    /// # Errors
    /// Where it could not be written.
    fn to_bytes(&self, ciphertext: &Self::Ciphertext) -> Result<Vec<u8>, Self::Error>;

    /// The ciphertext of type `kind` that is stored as `bytes`; `None` where they are none.
    ///
    /// # Errors
    /// Where the machinery failed.
    fn read(&self, kind: CiphertextType, bytes: &[u8]) -> Result<Option<Self::Ciphertext>, Self::Error>;
}

/// Why an evaluation ended early. What was stored until then stays, and is not computed again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The log is in no order.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A ciphertext is missing or damaged, or could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An operation could not be computed.
    #[error("{handle} could not be computed: {source}")]
    Evaluator {
        /// Its result's handle.
        handle: Handle,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What an evaluation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Results computed and stored.
    pub computed: usize,
    /// Results that were there already.
    pub found: usize,
    /// Most operations that followed each other.
    pub depth: usize,
}

/// Evaluates `log` on `store`, in the rayon pool that it is called in; `done` is told of every stored result.
///
/// Every operation works on what is stored, also where it was computed a moment ago: so stopping and going on changes no
/// bytes.
///
/// # Errors
/// [`EvaluationError`], the first one met. Handles that have to be there before, and results that are there already, are
/// looked at before anything is computed.
pub fn evaluate<E: Evaluator>(
    log: &[LoggedOperation],
    store: &Store,
    evaluator: &E,
    done: &(dyn Fn(&LoggedOperation) + Sync),
) -> Result<Evaluation, EvaluationError> {
    let all = Plan::new(log, |_| false)?;
    let plan = Plan::new(log, |handle| store.contains(handle))?;
    let found = all.len() - plan.len();
    for step in &all.steps {
        if store.contains(&step.entry.result) {
            store.get(&step.entry.result)?;
        }
    }
    for handle in plan.given() {
        store.get(handle)?;
    }
    let run = Run::new(&plan, store, evaluator, done);
    rayon::scope(|scope| {
        for (at, step) in plan.steps.iter().enumerate() {
            if step.waits == 0 {
                let run = &run;
                scope.spawn(move |scope| run.step(scope, at));
            }
        }
    });
    match run.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(Evaluation { computed: plan.len(), found, depth: plan.depth() }),
    }
}

/// A ciphertext that is used more than once is read once.
struct Loaded<C> {
    uses: AtomicUsize,
    ciphertext: Mutex<Option<Arc<C>>>,
}

struct Run<'a, E: Evaluator> {
    plan: &'a Plan,
    store: &'a Store,
    evaluator: &'a E,
    done: &'a (dyn Fn(&LoggedOperation) + Sync),
    /// For each step, how many it still waits for.
    waiting: Vec<AtomicUsize>,
    loaded: HashMap<Handle, Loaded<E::Ciphertext>>,
    failed: Mutex<Option<EvaluationError>>,
    stopped: AtomicBool,
}

impl<'a, E: Evaluator> Run<'a, E> {
    fn new(
        plan: &'a Plan,
        store: &'a Store,
        evaluator: &'a E,
        done: &'a (dyn Fn(&LoggedOperation) + Sync),
    ) -> Self {
        let mut loaded: HashMap<Handle, Loaded<E::Ciphertext>> = HashMap::new();
        for input in plan.steps.iter().flat_map(|step| step.entry.operation.inputs()) {
            let fresh = || Loaded { uses: AtomicUsize::new(0), ciphertext: Mutex::new(None) };
            loaded.entry(input).or_insert_with(fresh).uses.fetch_add(1, Ordering::Relaxed);
        }
        let waiting = plan.steps.iter().map(|step| AtomicUsize::new(step.waits)).collect();
        let (failed, stopped) = (Mutex::new(None), AtomicBool::new(false));
        Self { plan, store, evaluator, done, waiting, loaded, failed, stopped }
    }

    /// Does a step, and then those that waited for nothing else.
    fn step<'s>(&'s self, scope: &Scope<'s>, at: usize) {
        let Some(step) = self.plan.steps.get(at).filter(|_| !self.stopped.load(Ordering::Relaxed)) else {
            return;
        };
        if let Err(error) = self.compute(step) {
            self.stopped.store(true, Ordering::Relaxed);
            lock(&self.failed).get_or_insert(error);
            return;
        }
        for &next in &step.next {
            // Whoever counts to zero has seen all that was done before.
            let last = self.waiting.get(next).is_some_and(|left| left.fetch_sub(1, Ordering::AcqRel) == 1);
            if last {
                scope.spawn(move |scope| self.step(scope, next));
            }
        }
    }

    fn compute(&self, step: &Step) -> Result<(), EvaluationError> {
        let entry = &step.entry;
        let inputs = entry.operation.inputs().map(|input| self.load(&input));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let inputs: Vec<_> = inputs.iter().map(|input| &**input).collect();
        let failed =
            |source: E::Error| EvaluationError::Evaluator { handle: entry.result, source: Box::new(source) };
        let result = self.evaluator.apply(entry, &inputs).map_err(failed)?;
        let bytes = self.evaluator.to_bytes(&result).map_err(failed)?;
        self.store.put(&entry.result, &bytes)?;
        for input in entry.operation.inputs() {
            self.release(&input);
        }
        (self.done)(entry);
        Ok(())
    }

    /// What is stored under `handle`. Nothing is locked meanwhile: reading may run other steps on this thread.
    fn load(&self, handle: &Handle) -> Result<Arc<E::Ciphertext>, EvaluationError> {
        let place = self.loaded.get(handle).map(|loaded| &loaded.ciphertext);
        if let Some(there) = place.and_then(|place| lock(place).clone()) {
            return Ok(there);
        }
        let bytes = self.store.get(handle)?;
        let read = self
            .evaluator
            .read(handle.kind(), &bytes)
            .map_err(|source| EvaluationError::Evaluator { handle: *handle, source: Box::new(source) })?;
        let reason = || format!("it is no ciphertext of type {}", handle.kind());
        let read = Arc::new(read.ok_or_else(|| StoreError::Damaged { handle: *handle, reason: reason() })?);
        if let Some(place) = place {
            *lock(place) = Some(Arc::clone(&read));
        }
        Ok(read)
    }

    /// Counts a use; what has no more uses need not be kept in memory.
    fn release(&self, handle: &Handle) {
        if let Some(loaded) = self.loaded.get(handle)
            && loaded.uses.fetch_sub(1, Ordering::AcqRel) == 1
        {
            *lock(&loaded.ciphertext) = None;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
