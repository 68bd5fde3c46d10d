//! Parts that several kernels share.

use crate::kernel::{Part, Wide};

/// 64-bit lanes.
pub(crate) const LANES: Part = Part::ByForm {
    of: Wide::Lanes,
    u64: include_str!("../common/lane_u64.wgsl"),
    u32: include_str!("../common/lane_u32.wgsl"),
};

/// The permutation of Keccak; needs [`LANES`].
pub(crate) const KECCAK: Part = Part::Same(include_str!("../common/keccak.wgsl"));

/// SHAKE256; needs [`KECCAK`], and `Input` and `input_lane` of the kernel.
pub(crate) const SHAKE256: Part = Part::Same(include_str!("../common/shake256.wgsl"));

/// Products of words and their sums.
pub(crate) const PRODUCTS: Part = Part::ByForm {
    of: Wide::Products,
    u64: include_str!("../common/product_u64.wgsl"),
    u32: include_str!("../common/product_u32.wgsl"),
};

/// Dilithium's ring; needs [`PRODUCTS`], and `zetas` and `coefficients` of the kernel.
pub(crate) const RING: Part = Part::Same(include_str!("../dilithium/ring.wgsl"));
