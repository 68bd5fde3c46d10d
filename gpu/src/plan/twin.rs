//! Plans run by the kernels' twins, on the processor.

use super::{ExecuteError, Executor, Limits, PassRecord, Pending, Plan, Resident, Source, Trace};
use erbium_shaders::Access;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Runs plans by the kernels' twins: no device needed, and far slower than the processor's own path. For tests, and for
/// finding where a device goes wrong.
#[derive(Debug, Default)]
pub struct TwinExecutor {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    next: u64,
    resident: BTreeMap<u64, Vec<u32>>,
}

impl TwinExecutor {
    /// One without memory in use.
    pub fn new() -> Self {
        Self::default()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, plan: Plan<'_>, mut record: impl FnMut(PassRecord)) -> Result<Vec<u32>, ExecuteError> {
        plan.check()?;
        let mut memory = self.memory();
        for buffer in plan.buffers() {
            if let Source::Resident(resident) = &buffer.source
                && memory.resident.get(&resident.id()).map(Vec::len) != Some(resident.words())
            {
                return Err(ExecuteError::NotResident { id: resident.id() });
            }
        }
        let mut words = Vec::with_capacity(plan.buffers().len());
        for buffer in plan.buffers() {
            words.push(match &buffer.source {
                Source::Upload(upload) => upload.to_words(),
                Source::Table(table) => table.to_vec(),
                Source::Scratch => vec![0xdead_beef; buffer.words],
                Source::Resident(resident) => memory.resident.remove(&resident.id()).unwrap_or_default(),
            });
        }
        for pass in plan.passes() {
            let mut bound: Vec<_> =
                pass.buffers.iter().map(|index| std::mem::take(&mut words[index.0])).collect();
            pass.program.run(&pass.arguments, pass.groups, &mut bound);
            let mut written = Vec::new();
            for ((index, binding), buffer) in
                pass.buffers.iter().zip(pass.program.kernel.bindings).zip(&mut bound)
            {
                words[index.0] = std::mem::take(buffer);
                if binding.access == Access::ReadWrite {
                    let name = plan.buffers()[index.0].name;
                    written.push((*index, name, words[index.0].clone()));
                }
            }
            record(PassRecord { pass: pass.program.kernel.name, written });
        }
        let readback = plan.readback().map(|index| words[index.0].clone()).unwrap_or_default();
        for (buffer, words) in plan.buffers().iter().zip(words) {
            if let Source::Resident(resident) = &buffer.source {
                memory.resident.insert(resident.id(), words);
            }
        }
        Ok(readback)
    }
}

impl Executor for TwinExecutor {
    fn name(&self) -> &str {
        "twin"
    }

    /// Those of a small device, so that batches are split here as there.
    fn limits(&self) -> Limits {
        Limits { buffer_words: (128 << 20) / 4, budget: 1 << 30 }
    }

    fn allocate(&self, name: &'static str, words: usize) -> Result<Resident, ExecuteError> {
        let most = self.limits().buffer_words;
        if words > most {
            return Err(ExecuteError::TooLarge { buffer: name, words, most });
        }
        let mut memory = self.memory();
        memory.next += 1;
        let id = memory.next;
        memory.resident.insert(id, vec![0xdead_beef; words]);
        Ok(Resident::new(id, words))
    }

    fn release(&self, resident: Resident) {
        self.memory().resident.remove(&resident.id());
    }

    fn submit(&self, plan: Plan<'_>) -> Result<Box<dyn Pending>, ExecuteError> {
        let words = self.run(plan, |_| {})?;
        Ok(Box::new(Done(words)))
    }

    fn trace(&self, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
        let mut passes = Vec::new();
        let readback = self.run(plan, |record| passes.push(record))?;
        Ok(Trace { passes, readback })
    }
}

/// Words that are there already.
struct Done(Vec<u32>);

impl Pending for Done {
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
        Ok(self.0)
    }
}
