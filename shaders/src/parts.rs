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

/// Words of 256 bits, and numbers modulo 2^255 - 19.
pub(crate) const FIELD: [Part; 3] = [
    WORDS,
    Part::ByForm {
        of: Wide::Field,
        u64: include_str!("../ristretto/field_u64.wgsl"),
        u32: include_str!("../ristretto/field_u32.wgsl"),
    },
    Part::Same(include_str!("../ristretto/field.wgsl")),
];

/// Points; needs [`FIELD`].
pub(crate) const POINT: Part = Part::Same(include_str!("../ristretto/point.wgsl"));

/// 256 bits.
pub(crate) const WORDS: Part = Part::Same(include_str!("../ristretto/words.wgsl"));

/// Numbers modulo the order of ristretto255; needs [`WORDS`].
pub(crate) const SCALAR: Part = Part::ByForm {
    of: Wide::Field,
    u64: include_str!("../ristretto/scalar_u64.wgsl"),
    u32: include_str!("../ristretto/scalar_u32.wgsl"),
};

/// Numbers modulo the prime of BLS12-381's base field.
pub(crate) const BASE_FIELD: [Part; 2] = [
    Part::ByForm {
        of: Wide::BaseField,
        u64: include_str!("../bls12_381/field_u64.wgsl"),
        u32: include_str!("../bls12_381/field_u32.wgsl"),
    },
    Part::Same(include_str!("../bls12_381/field.wgsl")),
];

/// Points of BLS12-381's G1; needs [`BASE_FIELD`].
pub(crate) const G1: Part = Part::Same(include_str!("../bls12_381/point.wgsl"));
