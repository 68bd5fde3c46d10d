//! Kernels, compiled when they are first used.

use super::error::{self, Scopes};
use super::{Field, trusted};
use crate::plan::ExecuteError;
use erbium_shaders::{Access, Form, Forms, Kernel, Program};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A compiled kernel.
pub(super) struct Pipeline {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

type Cell = Arc<OnceLock<Result<Arc<Pipeline>, ExecuteError>>>;

/// The compiled kernels of a device.
pub(super) struct Pipelines {
    forms: Forms,
    /// What was measured to be faster, where that was done.
    field: OnceLock<Form>,
    base_field: OnceLock<Form>,
    checks: bool,
    cells: Mutex<HashMap<Program, Cell>>,
    panics: AtomicBool,
}

impl Pipelines {
    pub(super) fn new(forms: Forms, checks: bool) -> Self {
        Self {
            forms,
            field: OnceLock::new(),
            base_field: OnceLock::new(),
            checks,
            cells: Mutex::default(),
            panics: AtomicBool::new(false),
        }
    }

    /// How kernels write 64-bit numbers.
    pub(super) fn forms(&self) -> Forms {
        let chosen = |cell: &OnceLock<Form>, form| cell.get().copied().unwrap_or(form);
        let Forms { field, base_field, .. } = self.forms;
        Forms {
            field: chosen(&self.field, field),
            base_field: chosen(&self.base_field, base_field),
            ..self.forms
        }
    }

    /// Kernels that are compiled from now on have this field in the form that `measure` finds, if it was not found before.
    pub(super) fn choose_field(
        &self,
        field: Field,
        measure: impl FnOnce() -> Result<Form, ExecuteError>,
    ) -> Result<(), ExecuteError> {
        let cell = match field {
            Field::Ristretto => &self.field,
            Field::Bls12381 => &self.base_field,
        };
        if cell.get().is_none() {
            let form = measure()?;
            // Another may have been first: its choice stands, as it may be compiled already.
            cell.get_or_init(|| form);
        }
        Ok(())
    }

    /// From now on every compilation panics, and nothing counts as compiled.
    pub(super) fn panic_from_now_on(&self) {
        self.panics.store(true, Ordering::Release);
        self.cells.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn get(
        &self,
        device: &wgpu::Device,
        program: &Program,
    ) -> Result<Arc<Pipeline>, ExecuteError> {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            match cells.get(program) {
                Some(cell) => Arc::clone(cell),
                None => Arc::clone(cells.entry(program.clone()).or_default()),
            }
        };
        cell.get_or_init(|| self.compile(device, program)).clone()
    }

    fn compile(&self, device: &wgpu::Device, program: &Program) -> Result<Arc<Pipeline>, ExecuteError> {
        let kernel = program.kernel.name;
        let compiled = error::catch(|| {
            let scopes = Scopes::begin(device);
            let pipeline = self.create(device, program);
            match scopes.end() {
                None => Ok(pipeline),
                Some(error) => Err(error::text(&error)),
            }
        });
        match compiled {
            Ok(Ok(pipeline)) => Ok(Arc::new(pipeline)),
            Ok(Err(reason)) => Err(ExecuteError::Compile { kernel, reason }),
            Err(panic) => Err(ExecuteError::Compile { kernel, reason: format!("panic: {panic}") }),
        }
    }

    #[expect(clippy::panic, reason = "planted by tests, and caught")]
    fn create(&self, device: &wgpu::Device, program: &Program) -> Pipeline {
        if self.panics.load(Ordering::Acquire) {
            panic!("a planted panic");
        }
        let kernel = program.kernel;
        let module = wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl(program.source(self.forms()).into()),
        };
        let module =
            if self.checks { device.create_shader_module(module) } else { trusted::load(device, module) };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(kernel.name),
            entries: &entries(kernel),
        });
        let whole = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&whole),
            module: &module,
            entry_point: Some(kernel.name),
            compilation_options: wgpu::PipelineCompilationOptions {
                // Kernels write before they read.
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        Pipeline { pipeline, layout }
    }
}

fn entries(kernel: &Kernel) -> Vec<wgpu::BindGroupLayoutEntry> {
    let entry = |(binding, ty)| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let buffers = kernel
        .bindings
        .iter()
        .map(|binding| wgpu::BufferBindingType::Storage { read_only: binding.access == Access::Read });
    let arguments = std::iter::once(wgpu::BufferBindingType::Uniform);
    (0..).zip(arguments.chain(buffers)).map(entry).collect()
}
