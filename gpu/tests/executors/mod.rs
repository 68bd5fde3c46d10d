//! Who runs plans in tests: twins, the device if there is one, and wrappers that watch or spoil their work.
#![allow(dead_code, reason = "each test binary uses a part")]

use crate::dilithium::signer::{self, Key};
use erbium_claims::{Claim, DilithiumScheme, SignedMessage};
use erbium_gpu::CpuVerifier;
use erbium_gpu::plan::{
    ExecuteError, Executor, Limits, Pass, Pending, Plan, Resident, Source, Trace, TwinExecutor,
};
use erbium_gpu::signatures::{DilithiumKernels, Options, Recheck};
use erbium_shaders::common::{FILL, FLIP_WORD};
use erbium_shaders::{Access, Program};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) const SCHEMES: [u64; 9] = [2, 3, 5, 18, 19, 21, 44, 65, 87];

pub(crate) fn scheme(number: u64) -> DilithiumScheme {
    DilithiumScheme::from_number(number).unwrap()
}

/// Twins, and the device that the environment asks for.
pub(crate) fn executors(test: &str) -> Vec<Arc<dyn Executor>> {
    #[cfg_attr(not(feature = "device"), expect(unused_mut, reason = "no device is pushed"))]
    let mut executors: Vec<Arc<dyn Executor>> = vec![Arc::new(TwinExecutor::new())];
    #[cfg(feature = "device")]
    if let Some(device) = crate::adapter::device(test, crate::adapter::options()) {
        executors.push(Arc::new(device));
    }
    let _ = test;
    executors
}

/// Small tables, and every verdict confirmed.
pub(crate) fn small() -> Options {
    Options { table_bytes: 1 << 20, recheck: Recheck::Always, ..Options::default() }
}

pub(crate) fn kernels(executor: Arc<dyn Executor>, options: Options) -> DilithiumKernels {
    DilithiumKernels::new(executor, options, [3; 32], CpuVerifier::new())
}

/// Signatures that hold, by so many keys in turn.
pub(crate) fn signed(scheme: DilithiumScheme, count: usize, keys: usize) -> Vec<Claim> {
    let params = signer::params(scheme);
    let keys: Vec<_> = (0..keys).map(|i| Key::new(params.clone(), &[i as u8, (i >> 8) as u8, 9])).collect();
    (0..count)
        .map(|i| {
            let key = &keys[i % keys.len()];
            let message = vec![i as u8; i % 90];
            let signature = key.sign(&message).encode(&params);
            let message = SignedMessage::Plain(message);
            Claim::Signature { scheme, public_key: key.public_key.clone(), signature, message }
        })
        .collect()
}

/// The same claims, every so many of them with another message.
pub(crate) fn with_invalid(mut claims: Vec<Claim>, every: usize) -> Vec<Claim> {
    for claim in claims.iter_mut().step_by(every) {
        if let Claim::Signature { message, .. } = claim {
            *message = SignedMessage::Plain(b"another message".to_vec());
        }
    }
    claims
}

type Change = dyn Fn(&mut Plan) + Send + Sync;

/// Hands plans on, changed.
pub(crate) struct Changed {
    pub(crate) inner: Arc<dyn Executor>,
    pub(crate) change: Box<Change>,
}

impl fmt::Debug for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Changed")
    }
}

impl Changed {
    pub(crate) fn new(
        inner: &Arc<dyn Executor>,
        change: impl Fn(&mut Plan) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { inner: Arc::clone(inner), change: Box::new(change) })
    }
}

impl Executor for Changed {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        self.inner.allocate(name, words)
    }

    fn release(&self, resident: Resident) {
        self.inner.release(resident);
    }

    fn submit(&self, mut plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        (self.change)(&mut plan);
        self.inner.submit(plan)
    }

    fn trace(&self, mut plan: Plan<'_>) -> Result<Trace, ExecuteError> {
        (self.change)(&mut plan);
        self.inner.trace(plan)
    }
}

/// How a plan is sent.
type SendPlan = dyn Fn(&dyn Executor, Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> + Send + Sync;

/// Sends plans in a way of its own.
pub(crate) struct Sending {
    inner: Arc<dyn Executor>,
    send: Box<SendPlan>,
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending")
    }
}

impl Sending {
    pub(crate) fn new(
        inner: Arc<dyn Executor>,
        send: impl Fn(&dyn Executor, Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { inner, send: Box::new(send) })
    }
}

impl Executor for Sending {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        self.inner.allocate(name, words)
    }

    fn release(&self, resident: Resident) {
        self.inner.release(resident);
    }

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        (self.send)(&*self.inner, plan)
    }

    fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
        self.inner.trace(plan)
    }
}

/// Traces every plan and keeps what was seen.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) inner: Arc<dyn Executor>,
    pub(crate) seen: Mutex<Vec<Trace>>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Executor>) -> Arc<Self> {
        Arc::new(Self { inner, seen: Mutex::default() })
    }
}

struct Seen(Vec<u32>);

impl Pending for Seen {
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
        Ok(self.0)
    }
}

impl Executor for Watched {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        // What nobody wrote must not differ either.
        let memory = self.inner.allocate(name, words)?;
        let mut plan = Plan::new("test");
        let target = plan.buffer(name, words, Source::Resident(memory));
        let arguments = [words as u32, 1, 0, 0, 0, 0, 0, 0];
        plan.pass(Program::plain(&FILL), arguments, &[target], (words as u32).div_ceil(FILL.workgroup));
        plan.read_back(target);
        self.inner.submit(plan)?.wait()?;
        Ok(memory)
    }

    fn release(&self, resident: Resident) {
        self.inner.release(resident);
    }

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        let trace = self.inner.trace(plan)?;
        let readback = trace.readback.clone();
        self.seen.lock().unwrap().push(trace);
        Ok(Box::new(Seen(readback)))
    }

    fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
        self.inner.trace(plan)
    }
}

/// Flips one word of what the pass with this number wrote.
pub(crate) fn flip(plan: &mut Plan<'_>, after: usize, word: u32) {
    let pass = plan.passes()[after].clone();
    let written = pass.program.kernel.bindings.iter().position(|b| b.access == Access::ReadWrite).unwrap();
    let program = Program::plain(&FLIP_WORD);
    let arguments = [word, 1 << 7, 0, 0, 0, 0, 0, 0];
    let flip = Pass { program, arguments, buffers: vec![pass.buffers[written]], groups: 1 };
    plan.passes_mut().insert(after + 1, flip);
}

/// How a device fails.
#[derive(Clone, Debug)]
pub(crate) enum How {
    Error(ExecuteError),
    Panic,
}

/// Answers so many plans, then fails.
pub(crate) fn failing(inner: &Arc<dyn Executor>, answered: usize, how: &How) -> Arc<Sending> {
    let (left, how) = (AtomicUsize::new(answered), how.clone());
    Sending::new(Arc::clone(inner), move |inner, plan| {
        let left = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        match (left, &how) {
            (Ok(_), _) => inner.submit(plan),
            (Err(_), How::Error(error)) => Err(error.clone()),
            (Err(_), How::Panic) => panic!("a planted panic"),
        }
    })
}
