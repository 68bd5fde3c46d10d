//! Memory that outlives a plan.

use super::error::Scopes;
use super::pool::{Lease, Pool, Purpose};
use crate::plan::{ExecuteError, Resident};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Resident memory and tables of a device.
pub(super) struct Memory {
    pool: Arc<Pool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// With its words.
    resident: BTreeMap<u64, (Arc<Lease>, usize)>,
    /// By address and length: tables are static.
    tables: BTreeMap<(usize, usize), Arc<Lease>>,
}

impl Memory {
    pub(super) fn new(pool: Arc<Pool>) -> Self {
        Self { pool, state: Mutex::default() }
    }

    pub(super) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    pub(super) fn allocate(&self, words: usize) -> Result<Resident, ExecuteError> {
        let lease = self.pool.lease(Purpose::Storage, words * 4)?;
        let mut state = self.state();
        state.next += 1;
        let id = state.next;
        state.resident.insert(id, (Arc::new(lease), words));
        Ok(Resident::new(id, words))
    }

    pub(super) fn release(&self, id: u64) {
        let lease = self.state().resident.remove(&id);
        // Plans in flight hold it as well; then it is kept for others.
        if let Some(lease) = lease.and_then(|(lease, _)| Arc::into_inner(lease)) {
            lease.discard();
        }
    }

    /// The memory of this number, if it has this length as well.
    pub(super) fn resident(&self, resident: &Resident) -> Result<Arc<Lease>, ExecuteError> {
        let id = resident.id();
        match self.state().resident.get(&id) {
            Some((lease, words)) if *words == resident.words() => Ok(Arc::clone(lease)),
            _ => Err(ExecuteError::NotResident { id }),
        }
    }

    /// A table, sent when it is first asked for. It is kept once it is there.
    pub(super) fn table(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        table: &'static [u32],
    ) -> Result<Arc<Lease>, ExecuteError> {
        let key = (table.as_ptr().addr(), table.len());
        let mut state = self.state();
        if let Some(lease) = state.tables.get(&key) {
            return Ok(Arc::clone(lease));
        }
        let lease = Arc::new(self.pool.lease(Purpose::Storage, size_of_val(table))?);
        let scopes = Scopes::begin(device);
        if let Some(buffer) = lease.buffer() {
            queue.write_buffer(buffer, 0, bytemuck::cast_slice(table));
        }
        scopes.finish(size_of_val(table))?;
        state.tables.insert(key, Arc::clone(&lease));
        Ok(lease)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
