//! Sums of multiples of points by buckets (Pippenger): with signed digits of c bits a window has 2^(c-1) buckets.

use super::point::Point;
use super::{AFFINE_WORDS, POINT_WORDS, items, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Sums the points of each part of a bucket.
///
/// Arguments: count of parts. An entry takes [`super::ADD_TRIPS`] trips.
pub static ACCUMULATE: Kernel = Kernel {
    name: "bls12_381_accumulate",
    parts: &[
        parts::BASE_FIELD[0],
        parts::BASE_FIELD[1],
        parts::G1,
        Part::Same(include_str!("../../bls12_381/accumulate.wgsl")),
    ],
    bindings: &[
        Binding::read("points"),
        Binding::read("entries"),
        Binding::read("starts"),
        Binding::write("sums"),
    ],
    workgroup: 64,
    twin: Twin::Plain(accumulate),
};

/// Sums the parts of each bucket.
///
/// Arguments: count of buckets. A part takes [`super::ADD_TRIPS`] trips.
pub static SUM_PARTS: Kernel = Kernel {
    name: "bls12_381_sum_parts",
    parts: &[
        parts::BASE_FIELD[0],
        parts::BASE_FIELD[1],
        parts::G1,
        Part::Same(include_str!("../../bls12_381/sum_parts.wgsl")),
    ],
    bindings: &[Binding::read("parts"), Binding::read("starts"), Binding::write("sums")],
    workgroup: 64,
    twin: Twin::Plain(sum_parts),
};

/// Sums parts of windows: of so many buckets side by side the sum of their sums, each times its place in the part from 1 on,
/// and the plain sum.
///
/// Arguments: count of parts, buckets in a part (2 additions each).
pub static REDUCE_BUCKETS: Kernel = Kernel {
    name: "bls12_381_reduce_buckets",
    parts: &[
        parts::BASE_FIELD[0],
        parts::BASE_FIELD[1],
        parts::G1,
        Part::Same(include_str!("../../bls12_381/reduce_buckets.wgsl")),
    ],
    bindings: &[Binding::read("sums"), Binding::write("totals")],
    workgroup: 64,
    twin: Twin::Plain(reduce_buckets),
};

/// Makes a part of so many side by side: the sum of the weighted sums and of each plain sum times 2^doublings times the part's
/// place from 0 on, and the sum of the plain sums.
///
/// Arguments: count of parts afterwards, parts in each (3 additions each), doublings.
pub static COMBINE_PARTS: Kernel = Kernel {
    name: "bls12_381_combine_parts",
    parts: &[
        parts::BASE_FIELD[0],
        parts::BASE_FIELD[1],
        parts::G1,
        Part::Same(include_str!("../../bls12_381/combine_parts.wgsl")),
    ],
    bindings: &[Binding::read("totals"), Binding::write("combined")],
    workgroup: 64,
    twin: Twin::Plain(combine_parts),
};

fn accumulate(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [points, entries, starts, sums] = buffers else { return };
    for item in items(arguments) {
        let entries = &entries[starts[item] as usize..starts[item + 1] as usize];
        let sum = entries.iter().fold(Point::INFINITY, |sum, entry| {
            let place = (entry & !(1 << 31)) as usize;
            sum.plus(Point::load_affine(&points[AFFINE_WORDS * place..], entry >> 31 == 1))
        });
        store(sums, POINT_WORDS, item, sum.words());
    }
}

fn sum_parts(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [parts, starts, sums] = buffers else { return };
    for item in items(arguments) {
        let parts = &parts[POINT_WORDS * starts[item] as usize..POINT_WORDS * starts[item + 1] as usize];
        let sum = parts.chunks_exact(POINT_WORDS).map(Point::load).fold(Point::INFINITY, Point::plus);
        store(sums, POINT_WORDS, item, sum.words());
    }
}

fn reduce_buckets(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [sums, totals] = buffers else { return };
    let size = arguments[1] as usize;
    for item in items(arguments) {
        let (mut running, mut total) = (Point::INFINITY, Point::INFINITY);
        for place in (item * size..(item + 1) * size).rev() {
            running = Point::load(&sums[POINT_WORDS * place..]).plus(running);
            total = total.plus(running);
        }
        store(totals, 2 * POINT_WORDS, item, total.words().chain(running.words()));
    }
}

fn combine_parts(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [totals, combined] = buffers else { return };
    let [_, size, doublings, ..] = *arguments;
    let load = |place: usize| Point::load(&totals[POINT_WORDS * place..]);
    for item in items(arguments) {
        let (mut running, mut weighted, mut places) = (Point::INFINITY, Point::INFINITY, Point::INFINITY);
        for part in (item * size as usize..(item + 1) * size as usize).rev() {
            places = places.plus(running);
            running = load(2 * part + 1).plus(running);
            weighted = weighted.plus(load(2 * part));
        }
        for _ in 0..doublings {
            places = places.plus(places);
        }
        weighted = weighted.plus(places);
        store(combined, 2 * POINT_WORDS, item, weighted.words().chain(running.words()));
    }
}
