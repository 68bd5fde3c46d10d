//! Opening an adapter.

use super::health::Health;
use super::memory::Memory;
use super::pipeline::Pipelines;
use super::pool::Pool;
use super::{Choice, Device, Inner, OpenError, Options, adapter, error, gate, timing};
use std::sync::Arc;
use wgpu::{Features, Limits};

impl Device {
    /// Opens the chosen adapter.
    ///
    /// # Errors
    /// [`OpenError`]: there is none that fits, or it refuses.
    pub fn open(choice: &Choice, options: &Options) -> Result<Self, OpenError> {
        let _change = gate::change();
        let (adapter, report) = adapter::find(choice)?;
        let refused = |reason: String| OpenError::Refused { adapter: report.name.clone(), reason };
        let mut wanted = Features::empty();
        for (has, feature) in [
            (report.int64, Features::SHADER_INT64),
            (report.timestamps && options.timestamps, Features::TIMESTAMP_QUERY),
        ] {
            wanted.set(feature, has);
        }
        // Kernels are made for the smallest limits; sizes alone are the adapter's.
        let sizes = adapter.limits();
        let limits = Limits {
            max_buffer_size: sizes.max_buffer_size,
            max_storage_buffer_binding_size: sizes.max_storage_buffer_binding_size,
            ..Limits::defaults()
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("erbium"),
            required_features: wanted,
            required_limits: limits,
            memory_hints: wgpu::MemoryHints::Performance,
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = error::catch(|| pollster::block_on(adapter.request_device(&descriptor)))
            .map_err(|panic| refused(format!("panic: {panic}")))?
            .map_err(|error| refused(error.to_string()))?;

        let health = Arc::new(Health::new(report.name.clone()));
        let heard = Arc::clone(&health);
        device.set_device_lost_callback(move |reason, message| {
            // Dropping the device says so too.
            if reason != wgpu::DeviceLostReason::Destroyed {
                heard.lose(format!("{reason:?}: {message}"));
            }
        });
        let heard = Arc::clone(&health);
        // What no scope caught belongs to no plan that could answer for it.
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| heard.lose(error::text(&error))));

        let forms = options.forms(&report);
        let limits = options.limits(&report);
        let largest = usize::try_from(report.buffer_bytes).unwrap_or(usize::MAX);
        let pool = Pool::new(device.clone(), options.budget(&report), largest);
        let timestamps = wanted.contains(Features::TIMESTAMP_QUERY);
        tracing::info!(adapter = %report, %forms, checks = options.checks, "device opened");
        Ok(Self {
            inner: Arc::new(Inner {
                time_out: options.time_out(&report),
                report,
                device,
                queue,
                checks: options.checks,
                timestamps,
                limits,
                chooses: options.form.is_none(),
                health,
                pipelines: Pipelines::new(forms, options.checks),
                memory: Memory::new(pool),
                timings: timing::Ledger::default(),
                closing: None,
            }),
        })
    }
}
