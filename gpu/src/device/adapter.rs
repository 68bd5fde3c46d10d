//! What adapters there are.

use super::error::{self, OpenError};
use super::{Choice, choice, gate};
use std::fmt;
use std::sync::OnceLock;
use wgpu::Backends;

/// Backends that are used. OpenGL is not: it has no 64-bit integers and is found where nobody expects it.
const BACKENDS: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

/// Percent of the memory that the driver reports beyond which it refuses new buffers, where it tells.
const MEMORY_PERCENT: u8 = 90;

/// What sort of processor an adapter is, the best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdapterKind {
    /// A card with memory of its own.
    Discrete,
    /// One that shares memory with the processor.
    Integrated,
    /// One lent to a virtual machine.
    Virtual,
    /// One that does not say.
    #[default]
    Other,
    /// The processor itself.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Software => "software",
        })
    }
}

/// What is known about an adapter before it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdapterReport {
    /// Its name.
    pub name: String,
    /// The interface it is reached by: `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// The driver with its version.
    pub driver: String,
    /// What it is.
    pub kind: AdapterKind,
    /// Its number on the bus, where known.
    pub bus: String,
    /// Whether its kernels can use 64-bit integers.
    pub int64: bool,
    /// Whether it can tell how long kernels took.
    pub timestamps: bool,
    /// Fewest and most invocations that run in step.
    pub subgroup: (u32, u32),
    /// Bytes of the largest buffer.
    pub buffer_bytes: u64,
    /// Bytes of the largest part of a buffer that a kernel can use.
    pub binding_bytes: u64,
    /// Most invocations of a workgroup; kernels use 256 at most.
    pub workgroup_invocations: u32,
    /// Bytes that a workgroup shares; kernels use 16,384 at most.
    pub workgroup_bytes: u32,
    /// What keeps it from running the kernels.
    pub lacks: Option<String>,
}

impl AdapterReport {
    fn of(adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        let limits = adapter.limits();
        let features = adapter.features();
        let mut lacks = Vec::new();
        wgpu::Limits::defaults().check_limits_with_fail_fn(&limits, false, |name, wanted, there| {
            lacks.push(format!("{name} {there}, not {wanted}"));
        });
        Self {
            backend: info.backend.to_str().to_owned(),
            driver: [info.driver.as_str(), info.driver_info.as_str()].join(" ").trim().to_owned(),
            kind: match info.device_type {
                wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
                wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
                wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
                wgpu::DeviceType::Cpu => AdapterKind::Software,
                wgpu::DeviceType::Other => AdapterKind::Other,
            },
            bus: info.device_pci_bus_id,
            int64: features.contains(wgpu::Features::SHADER_INT64),
            timestamps: features.contains(wgpu::Features::TIMESTAMP_QUERY),
            subgroup: (info.subgroup_min_size, info.subgroup_max_size),
            buffer_bytes: limits.max_buffer_size,
            binding_bytes: limits.max_storage_buffer_binding_size,
            workgroup_invocations: limits.max_compute_invocations_per_workgroup,
            workgroup_bytes: limits.max_compute_workgroup_storage_size,
            lacks: (!lacks.is_empty()).then(|| lacks.join(", ")),
            name: info.name,
        }
    }

    /// Whether name or bus number contain this text, given in lower case.
    pub(super) fn is_called(&self, wanted: &str) -> bool {
        self.name.to_lowercase().contains(wanted) || (!self.bus.is_empty() && self.bus.contains(wanted))
    }

    /// Its name with what it is.
    pub(super) fn label(&self) -> String {
        format!("{} ({}, {})", self.name, self.kind, self.backend)
    }
}

impl fmt::Display for AdapterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = |has| if has { "yes" } else { "no" };
        write!(
            f,
            "{}; driver {}; 64-bit integers {}, timestamps {}, buffers {} MiB, bindings {} MiB",
            self.label(),
            self.driver,
            yes(self.int64),
            yes(self.timestamps),
            self.buffer_bytes >> 20,
            self.binding_bytes >> 20,
        )?;
        self.lacks.as_ref().map_or(Ok(()), |lacks| write!(f, "; lacks {lacks}"))
    }
}

/// Every adapter, software ones too, in the order in which the best is looked for among equals.
pub fn adapters() -> Vec<AdapterReport> {
    let _change = gate::change();
    list().iter().map(AdapterReport::of).collect()
}

/// The chosen adapter.
pub(super) fn find(choice: &Choice) -> Result<(wgpu::Adapter, AdapterReport), OpenError> {
    let mut adapters = list();
    let mut reports: Vec<_> = adapters.iter().map(AdapterReport::of).collect();
    let place = choice::choose(choice, &reports)?;
    Ok((adapters.swap_remove(place), reports.swap_remove(place)))
}

/// One for the process: a driver that is loaded and unloaded by many threads at once may deadlock.
fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = BACKENDS;
        descriptor.memory_budget_thresholds.for_resource_creation = Some(MEMORY_PERCENT);
        wgpu::Instance::new(descriptor)
    })
}

fn list() -> Vec<wgpu::Adapter> {
    let enumerate = || {
        // Without a backend for this system `Instance::new` would panic.
        if !wgpu::Instance::enabled_backend_features().intersects(BACKENDS) {
            return Vec::new();
        }
        pollster::block_on(instance().enumerate_adapters(BACKENDS))
    };
    let mut adapters = error::catch(enumerate).unwrap_or_else(|reason| {
        tracing::error!(reason, "adapters could not be listed");
        Vec::new()
    });
    adapters.sort_by_key(|adapter| match adapter.get_info().backend {
        wgpu::Backend::Vulkan => 0,
        wgpu::Backend::Metal => 1,
        _ => 2,
    });
    adapters
}
