//! What a machine keeps from block to block, all of it bounded: expanded keys, code, and verdicts on contracts' claims.

use crate::device::{DeviceError, GpuMode};
use crate::machine::Machine;
use erbium_gpu::CpuVerifier;
use erbium_gpu::cpu::Route;
use erbium_gpu::signatures::Options;
use erbium_vm::speculation::VerdictCache;
use erbium_vm::{ChainSpec, Code, CodeCache};
use serde_json::{Value, json};
use std::sync::Arc;

/// What blocks share, besides the verdicts that the machine for execution keeps.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    /// `None` where code is prepared anew for each block.
    pub(crate) codes: Option<CodeCache>,
    /// Who expands keys, where it is known.
    pub(crate) keys: Option<CpuVerifier>,
}

impl Caches {
    /// Code of these bytes for the rules of `spec`.
    pub(crate) fn code(&self, spec: &ChainSpec, bytes: &[u8]) -> Arc<Code> {
        match &self.codes {
            Some(codes) => codes.code(spec, bytes),
            None => Code::new(bytes),
        }
    }
}

/// How often something was looked for in a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheCounts {
    /// `keys`, `code` or `verdicts`.
    pub name: &'static str,
    /// Found.
    pub hits: u64,
    /// Not found.
    pub misses: u64,
}

impl CacheCounts {
    /// Several as one JSON object, by name.
    pub fn to_json(counts: &[Self]) -> Value {
        let entry = |counts: &Self| {
            let Self { name, hits, misses } = *counts;
            (name.to_owned(), json!({ "hits": hits, "misses": misses }))
        };
        counts.iter().map(entry).collect()
    }
}

impl Machine {
    /// A machine that keeps no keys, code or verdicts from block to block, for measurements. A device keeps the few keys
    /// that it cannot do without.
    ///
    /// # Errors
    /// As [`Machine::new`].
    pub fn without_caches(gpu: &GpuMode) -> Result<Self, DeviceError> {
        let cpu = CpuVerifier::with_route(Route::Fastest, 0);
        let engine = gpu.engine_on(cpu, Options { table_bytes: 0, ..Options::default() })?;
        let machine = Self::default().with_engine(engine).with_verdict_cache(Arc::new(VerdictCache::new(0)));
        Ok(machine.without_code_cache())
    }

    /// How often caches were asked and had the answer, since this machine was made. Keys are those that the processor
    /// expands.
    pub fn cache_counts(&self) -> Vec<CacheCounts> {
        let caches = self.caches();
        let keys = caches.keys.as_ref().map(|keys| ("keys", keys.key_lookups()));
        let code = caches.codes.as_ref().map(|codes| ("code", (codes.hits(), codes.misses())));
        let verdicts = self.parallel().cache().filter(|cache| cache.capacity() > 0);
        let verdicts = verdicts.map(|cache| ("verdicts", (cache.hits(), cache.misses())));
        let all = [keys, code, verdicts].into_iter().flatten();
        all.map(|(name, (hits, misses))| CacheCounts { name, hits, misses }).collect()
    }
}
