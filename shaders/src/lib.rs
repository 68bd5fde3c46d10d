//! Erbium's compute kernels: WGSL, how its parts are joined, and each kernel's twin in Rust.
//!
//! A [`Kernel`] is one entry point. Its name is also the name of its WGSL file and of its twin, a plain Rust function on
//! the same buffers of words in the same layout, so that twin and device can be compared word by word after every pass.
//! WGSL has no includes: a kernel is an ordered list of [`Part`]s, before which the constants of its [`Program`] stand.
//!
//! Kernels do not know what lengths their buffers should have: whoever builds a pass answers for every index that its
//! [`Arguments`] imply. Shader checks are off where a device runs them for speed.

pub mod bench;
pub mod bls12_381;
pub mod common;
pub mod dilithium;
mod keccak;
mod kernel;
mod parts;
pub mod ristretto;

pub use kernel::{Access, Arguments, Binding, Constants, Form, Forms, Kernel, Part, Program, Twin, Wide};

/// Every kernel there is.
pub fn kernels() -> impl Iterator<Item = &'static Kernel> {
    common::KERNELS
        .iter()
        .chain(dilithium::KERNELS)
        .chain(ristretto::KERNELS)
        .chain(bls12_381::KERNELS)
        .chain(bench::KERNELS)
        .copied()
}
