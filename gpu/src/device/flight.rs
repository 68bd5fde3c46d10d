//! A plan under way.

use super::Inner;
use super::health::Health;
use super::pool::{Lease, Pool, Purpose};
use crate::plan::{ExecuteError, Plan};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Instant;

/// Words on their way to the host.
pub(super) struct Observed {
    pub(super) lease: Lease,
    pub(super) words: usize,
}

/// Timestamps of a plan's passes.
pub(super) struct Stamps {
    kernels: Vec<&'static str>,
    queries: wgpu::QuerySet,
    resolved: Lease,
    staging: Observed,
}

impl Stamps {
    pub(super) fn new(
        device: &wgpu::Device,
        pool: &Arc<Pool>,
        plan: &Plan<'_>,
    ) -> Result<Self, ExecuteError> {
        let kernels: Vec<_> = plan.passes().iter().map(|pass| pass.program.kernel.name).collect();
        let count = 2 * kernels.len();
        let queries = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: None,
            ty: wgpu::QueryType::Timestamp,
            count: count as u32,
        });
        let resolved = pool.lease(Purpose::Query, 8 * count)?;
        let staging = Observed { lease: pool.lease(Purpose::Staging, 8 * count)?, words: 2 * count };
        Ok(Self { kernels, queries, resolved, staging })
    }

    /// The two timestamps of a pass.
    pub(super) fn writes(&self, pass: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        let first = 2 * pass as u32;
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        }
    }

    pub(super) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) -> Result<(), ExecuteError> {
        let (Some(resolved), Some(staging)) = (self.resolved.buffer(), self.staging.lease.buffer()) else {
            return Err(ExecuteError::Refused { reason: "a leased buffer is gone".to_owned() });
        };
        let count = 2 * self.kernels.len() as u32;
        encoder.resolve_query_set(&self.queries, 0..count, resolved, 0);
        encoder.copy_buffer_to_buffer(resolved, 0, staging, 0, u64::from(count) * 8);
        Ok(())
    }
}

/// What was sent with a plan.
pub(super) struct Sent {
    pub(super) inner: Arc<Inner>,
    pub(super) submission: wgpu::SubmissionIndex,
    pub(super) submitted: Instant,
    pub(super) readback: Observed,
    pub(super) observed: Vec<Observed>,
    pub(super) stamps: Option<Stamps>,
    pub(super) upload: Lease,
    /// Kept until the plan is done.
    pub(super) _used: (Vec<Arc<Lease>>, Lease),
}

/// A plan under way.
pub(super) struct Flight {
    sent: Option<Sent>,
    /// One message for each buffer that is mapped.
    mapped: mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>,
    waiting: usize,
}

impl Flight {
    pub(super) fn new(sent: Sent) -> Self {
        let (sender, mapped) = mpsc::channel();
        let mut waiting = 0;
        for observed in targets(&sent) {
            if let Some(buffer) = observed.lease.buffer() {
                let sender = sender.clone();
                waiting += 1;
                let bytes = ..(observed.words * 4) as u64;
                // Nobody may listen any more.
                buffer.slice(bytes).map_async(wgpu::MapMode::Read, move |result| drop(sender.send(result)));
            }
        }
        // So that the next plan finds it mapped.
        if let Some(buffer) = sent.upload.buffer() {
            waiting += 1;
            buffer.slice(..).map_async(wgpu::MapMode::Write, move |result| drop(sender.send(result)));
        }
        Self { sent: Some(sent), mapped, waiting }
    }

    /// Waits; the words read back, and what was observed.
    pub(super) fn finish(mut self) -> Result<(Vec<u32>, Vec<Vec<u32>>), ExecuteError> {
        let inner = self.sent.as_ref().map(|sent| Arc::clone(&sent.inner));
        let Some(inner) = inner else {
            return Err(ExecuteError::Refused { reason: "a plan was waited for twice".to_owned() });
        };
        inner.guarded(|| {
            self.await_device()?;
            let Some(sent) = &self.sent else { return Ok(Default::default()) };
            let read = |observed| read(&inner.health, observed);
            let readback = read(&sent.readback)?;
            let observed = sent.observed.iter().map(read).collect::<Result<_, _>>()?;
            if let Some(stamps) = &sent.stamps {
                let ticks: Vec<u64> = read(&stamps.staging)?
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|[low, high]| u64::from(*high) << 32 | u64::from(*low))
                    .collect();
                inner.timings.add(&stamps.kernels, &ticks, inner.queue.get_timestamp_period());
            }
            // Everything is unmapped: only now may the buffers go back to the pool.
            if let Some(sent) = self.sent.take() {
                sent.upload.mapped();
            }
            Ok((readback, observed))
        })
    }

    fn await_device(&self) -> Result<(), ExecuteError> {
        let Some(sent) = &self.sent else { return Ok(()) };
        let Inner { device, health, time_out, .. } = &*sent.inner;
        let late = || {
            health.lose(format!("no answer within {time_out:?}"));
            Err(ExecuteError::TimeOut { after: *time_out })
        };
        if health.time_out.load(Ordering::Acquire) {
            return late();
        }
        loop {
            health.check()?;
            // The clock runs from when this plan's turn came.
            let began = health.advanced().max(sent.submitted);
            let left = time_out.saturating_sub(began.elapsed());
            let poll =
                wgpu::PollType::Wait { submission_index: Some(sent.submission.clone()), timeout: Some(left) };
            match device.poll(poll) {
                Ok(_) => break,
                Err(wgpu::PollError::Timeout) if health.advanced() > began => {}
                Err(wgpu::PollError::Timeout) => return late(),
                Err(error) => return Err(ExecuteError::Refused { reason: error.to_string() }),
            }
        }
        health.advance();
        for _ in 0..self.waiting {
            match self.mapped.recv_timeout(*time_out) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    health.check()?;
                    return Err(ExecuteError::Refused { reason: error.to_string() });
                }
                Err(_) => return late(),
            }
        }
        health.check()
    }
}

/// Every buffer that is mapped.
fn targets(sent: &Sent) -> impl Iterator<Item = &Observed> {
    let stamps = sent.stamps.as_ref().map(|stamps| &stamps.staging);
    std::iter::once(&sent.readback).chain(&sent.observed).chain(stamps)
}

fn read(health: &Health, observed: &Observed) -> Result<Vec<u32>, ExecuteError> {
    let refused = |reason: String| ExecuteError::Refused { reason };
    if health.unreadable.swap(false, Ordering::AcqRel) {
        return Err(refused("a planted failure to read".to_owned()));
    }
    let Some(buffer) = observed.lease.buffer() else { return Ok(Vec::new()) };
    let view = buffer
        .slice(..(observed.words * 4) as u64)
        .get_mapped_range()
        .map_err(|error| refused(error.to_string()))?;
    let words = bytemuck::pod_collect_to_vec(&view);
    drop(view);
    buffer.unmap();
    Ok(words)
}

/// A plan that nobody waited for, or that failed: its buffers may be mapped, so that they are not used again.
impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(sent) = self.sent.take() {
            sent.readback.lease.discard();
            sent.observed.into_iter().for_each(|observed| observed.lease.discard());
            if let Some(stamps) = sent.stamps {
                stamps.staging.lease.discard();
            }
        }
    }
}
