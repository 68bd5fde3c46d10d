//! Points from and to bytes.

use super::field::Fe;
use super::point::Point;
use super::{POINT_WORDS, SUM_WORDS, items, numbers, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Decodes points.
///
/// Arguments: count of encodings, the word of `results` from which flags stand.
pub static DECOMPRESS: Kernel = Kernel {
    name: "ristretto_decompress",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        parts::POINT,
        Part::Same(include_str!("../../ristretto/decompress.wgsl")),
    ],
    bindings: &[Binding::read("encodings"), Binding::write("points"), Binding::write("results")],
    workgroup: 64,
    twin: Twin::Plain(decompress),
};

/// Encodes sums of points.
///
/// Arguments: count of sums, the word of `results` from which encodings stand.
pub static ENCODE: Kernel = Kernel {
    name: "ristretto_encode",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        Part::Same(include_str!("../../ristretto/encode.wgsl")),
    ],
    bindings: &[Binding::read("sums"), Binding::write("results")],
    workgroup: 64,
    twin: Twin::Plain(encode),
};

fn decompress(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [encodings, points, results] = buffers else { return };
    for item in items(arguments) {
        let point = Point::decode(&numbers(encodings)[item]);
        results[arguments[1] as usize + item] = point.is_some().into();
        // Its z is 1.
        let ready = point.unwrap_or(Point::IDENTITY).ready(Fe::ONE);
        store(points, POINT_WORDS, item, ready.words());
    }
}

fn encode(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [sums, results] = buffers else { return };
    for item in items(arguments) {
        let encoding = Point::load(&sums[SUM_WORDS * item..]).encode();
        store(&mut results[arguments[1] as usize..], 8, item, encoding);
    }
}
