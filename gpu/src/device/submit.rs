//! A plan becomes commands.

use super::error::Scopes;
use super::flight::{Flight, Observed, Stamps};
use super::pipeline::Pipeline;
use super::pool::{Lease, Purpose};
use super::upload;
use super::{Inner, flight, gate};
use crate::counter;
use crate::plan::{BufferIndex, ExecuteError, Pass, PassRecord, Pending, Plan, Source, Trace, dispatch};
use erbium_shaders::Access;
use std::sync::Arc;
use std::time::Instant;

/// Bytes between the arguments of two passes: the largest alignment that an adapter may ask for.
const ARGUMENTS_STRIDE: usize = 256;

/// Sends a plan off.
pub(super) fn start(inner: &Arc<Inner>, plan: &Plan<'_>) -> Result<Flight, ExecuteError> {
    send(inner, plan, false)
}

/// Runs a plan and keeps what every pass wrote.
pub(super) fn trace(inner: &Arc<Inner>, plan: Plan<'_>) -> Result<Trace, ExecuteError> {
    let (readback, observed) = send(inner, &plan, true)?.finish()?;
    let mut observed = observed.into_iter();
    let passes = plan
        .passes()
        .iter()
        .map(|pass| {
            let written = written(pass)
                .filter_map(|index| Some((index, plan.get(index)?.name, observed.next()?)))
                .collect();
            PassRecord { pass: pass.program.kernel.name, written }
        })
        .collect();
    Ok(Trace { passes, readback })
}

fn written(pass: &Pass) -> impl Iterator<Item = BufferIndex> {
    let bindings = pass.buffers.iter().zip(pass.program.kernel.bindings);
    bindings.filter(|(_, binding)| binding.access == Access::ReadWrite).map(|(index, _)| *index)
}

fn send(inner: &Arc<Inner>, plan: &Plan<'_>, observe: bool) -> Result<Flight, ExecuteError> {
    inner.health.check()?;
    plan.check()?;
    for buffer in plan.buffers() {
        inner.fits(buffer.name, buffer.words)?;
    }
    let _work = gate::work();
    inner.guarded(|| {
        let pipelines: Vec<_> = plan
            .passes()
            .iter()
            .map(|pass| inner.pipelines.get(&inner.device, &pass.program))
            .collect::<Result<_, _>>()?;
        let scopes = Scopes::begin(&inner.device);
        let flight = Commands::new(inner, plan, observe).and_then(|commands| commands.submit(&pipelines));
        scopes.finish(plan.bytes_held())?;
        inner.health.check()?;
        let flight = flight?;
        metrics::counter!(counter::DEVICE_SUBMISSIONS).increment(1);
        metrics::counter!(counter::DEVICE_BYTES_UP).increment(plan.bytes_up() as u64);
        metrics::counter!(counter::DEVICE_BYTES_DOWN).increment(plan.bytes_down() as u64);
        Ok(flight)
    })
}

/// A plan with its memory.
struct Commands<'a> {
    inner: &'a Arc<Inner>,
    plan: &'a Plan<'a>,
    buffers: Vec<Arc<Lease>>,
    arguments: Lease,
    /// Arguments, then uploads.
    upload: Lease,
    readback: Lease,
    /// In the order of passes and their written buffers.
    observed: Vec<Observed>,
    stamps: Option<Stamps>,
}

/// Memory that lost its buffer: never while it is leased.
fn gone() -> ExecuteError {
    ExecuteError::Refused { reason: "a leased buffer is gone".to_owned() }
}

impl<'a> Commands<'a> {
    /// Everything is leased before anything is written: a plan that does not fit leaves nothing behind.
    fn new(inner: &'a Arc<Inner>, plan: &'a Plan<'a>, observe: bool) -> Result<Self, ExecuteError> {
        let pool = inner.memory.pool();
        let lease = |words: usize| pool.lease(Purpose::Storage, words * 4).map(Arc::new);
        let buffers = plan
            .buffers()
            .iter()
            .map(|buffer| match &buffer.source {
                Source::Upload(_) | Source::Scratch => lease(buffer.words),
                Source::Table(table) => inner.memory.table(&inner.device, &inner.queue, table),
                Source::Resident(resident) => inner.memory.resident(resident),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let argument_bytes = plan.passes().len().max(1) * ARGUMENTS_STRIDE;
        let arguments = pool.lease(Purpose::Uniform, argument_bytes)?;
        let sent = plan.buffers().iter().filter_map(|buffer| match &buffer.source {
            Source::Upload(upload) => Some(upload),
            _ => None,
        });
        let upload = pool.lease(Purpose::Upload, argument_bytes + upload::bytes_for(sent))?;
        let readback = pool.lease(Purpose::Staging, plan.bytes_down())?;
        let mut observed = Vec::new();
        if observe {
            for index in plan.passes().iter().flat_map(written) {
                let words = plan.get(index).map_or(0, |buffer| buffer.words);
                observed.push(Observed { lease: pool.lease(Purpose::Staging, words * 4)?, words });
            }
        }
        let stamps = if inner.timestamps && !plan.passes().is_empty() {
            Some(Stamps::new(&inner.device, pool, plan)?)
        } else {
            None
        };
        Ok(Self { inner, plan, buffers, arguments, upload, readback, observed, stamps })
    }

    fn buffer(&self, index: BufferIndex) -> Result<&wgpu::Buffer, ExecuteError> {
        self.buffers.get(index.place()).and_then(|lease| lease.buffer()).ok_or_else(gone)
    }

    fn submit(self, pipelines: &[Arc<Pipeline>]) -> Result<Flight, ExecuteError> {
        let Inner { device, queue, .. } = &**self.inner;
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.copy_up(&mut encoder)?;
        let passes = self.plan.passes();
        let groups =
            (0..).zip(passes).zip(pipelines).map(|((i, pass), pipeline)| self.group(i, pass, pipeline));
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        let steps = || passes.iter().zip(pipelines).zip(&groups);
        if self.stamps.is_none() && self.observed.is_empty() {
            // What a later kernel reads of an earlier one is put in order within a pass as well.
            if !passes.is_empty() {
                let mut commands = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                steps().for_each(|((pass, pipeline), group)| record(&mut commands, pass, pipeline, group));
            }
        } else {
            let mut observed = self.observed.iter();
            for (i, ((pass, pipeline), group)) in steps().enumerate() {
                let timestamp_writes = self.stamps.as_ref().map(|stamps| stamps.writes(i));
                let descriptor = wgpu::ComputePassDescriptor { label: None, timestamp_writes };
                record(&mut encoder.begin_compute_pass(&descriptor), pass, pipeline, group);
                if !self.observed.is_empty() {
                    for (index, target) in written(pass).zip(observed.by_ref()) {
                        let target_buffer = target.lease.buffer().ok_or_else(gone)?;
                        let bytes = target.words as u64 * 4;
                        encoder.copy_buffer_to_buffer(self.buffer(index)?, 0, target_buffer, 0, bytes);
                    }
                }
            }
        }
        if let Some(index) = self.plan.readback() {
            let target = self.readback.buffer().ok_or_else(gone)?;
            encoder.copy_buffer_to_buffer(self.buffer(index)?, 0, target, 0, self.plan.bytes_down() as u64);
        }
        if let Some(stamps) = &self.stamps {
            stamps.resolve(&mut encoder)?;
        }
        let submitted = Instant::now();
        let submission = queue.submit([encoder.finish()]);
        let readback = Observed { lease: self.readback, words: self.plan.bytes_down() / 4 };
        Ok(Flight::new(flight::Sent {
            inner: Arc::clone(self.inner),
            submission,
            submitted,
            readback,
            observed: self.observed,
            stamps: self.stamps,
            upload: self.upload,
            _used: (self.buffers, self.arguments),
        }))
    }

    /// Writes arguments and uploads into mapped memory, from where the device copies them.
    fn copy_up(&self, encoder: &mut wgpu::CommandEncoder) -> Result<(), ExecuteError> {
        let (staging, arguments) = (self.upload.buffer().ok_or_else(gone)?, self.arguments.buffer());
        let mut pieces = upload::Pieces::new();
        let mut argument_bytes = 0;
        for pass in self.plan.passes() {
            let at = pieces.bytes(bytemuck::cast_slice(&pass.arguments), ARGUMENTS_STRIDE);
            argument_bytes = at + ARGUMENTS_STRIDE;
        }
        if argument_bytes > 0 {
            let arguments = arguments.ok_or_else(gone)?;
            encoder.copy_buffer_to_buffer(staging, 0, arguments, 0, argument_bytes as u64);
        }
        for (buffer, lease) in self.plan.buffers().iter().zip(&self.buffers) {
            if let Source::Upload(sent) = &buffer.source {
                let (at, target) = (pieces.upload(sent), lease.buffer().ok_or_else(gone)?);
                encoder.copy_buffer_to_buffer(staging, at as u64, target, 0, sent.len() as u64 * 4);
            }
        }
        pieces.write(staging)?;
        staging.unmap();
        Ok(())
    }

    /// The buffers of a pass.
    fn group(&self, i: usize, pass: &Pass, pipeline: &Pipeline) -> Result<wgpu::BindGroup, ExecuteError> {
        let part = |buffer, offset: usize, bytes: usize| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer,
                offset: offset as u64,
                size: std::num::NonZeroU64::new(bytes as u64),
            })
        };
        let arguments = self.arguments.buffer().ok_or_else(gone)?;
        let mut resources = vec![part(arguments, i * ARGUMENTS_STRIDE, size_of_val(&pass.arguments))];
        for index in &pass.buffers {
            let words = self.plan.get(*index).map_or(0, |buffer| buffer.words);
            resources.push(part(self.buffer(*index)?, 0, words * 4));
        }
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        Ok(self.inner.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.layout,
            entries: &entries,
        }))
    }
}

fn record(commands: &mut wgpu::ComputePass<'_>, pass: &Pass, pipeline: &Pipeline, group: &wgpu::BindGroup) {
    commands.set_pipeline(&pipeline.pipeline);
    commands.set_bind_group(0, group, &[]);
    let [x, y, z] = dispatch(pass.groups);
    commands.dispatch_workgroups(x, y, z);
}

impl Pending for Flight {
    fn wait(self: Box<Self>) -> Result<Vec<u32>, ExecuteError> {
        Ok((*self).finish()?.0)
    }
}
