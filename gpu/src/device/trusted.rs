//! Loading kernels without checks at run time.
#![expect(unsafe_code, reason = "checks cost a factor of 2 to 160, and wgpu calls their absence unsafe")]

/// Loads a kernel of `erbium-shaders` so that it runs without bounds checks and loop bounds.
///
/// Kernels are this project's own text, fixed when it is built; no input becomes part of one. What they rely on is the
/// arguments and buffer lengths of a pass, which whoever builds a plan answers for (crate `erbium-shaders` says so), and
/// the whole device test suite also runs with checks on, where a breach changes words and shows.
pub(super) fn load(device: &wgpu::Device, module: wgpu::ShaderModuleDescriptor<'_>) -> wgpu::ShaderModule {
    // SAFETY: the kernels' loops are bounded by constants or by arguments that the host derives from buffer lengths, and
    // their indices stay within those lengths; they use no ray queries. Zeroing of buffers stays on.
    unsafe { device.create_shader_module_trusted(module, wgpu::ShaderRuntimeChecks::unchecked()) }
}
