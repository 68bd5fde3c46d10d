//! Sums of multiples by buckets (Pippenger): with signed digits of c bits a window has 2^(c-1) buckets.

use super::point::{Point, Ready};
use super::{POINT_WORDS, SUM_WORDS, items, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Sums the points of each bucket.
///
/// Arguments: count of buckets. A bucket has at most [`super::MAX_TRIPS`] entries.
pub static ACCUMULATE: Kernel = Kernel {
    name: "ristretto_accumulate",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        parts::POINT,
        Part::Same(include_str!("../../ristretto/accumulate.wgsl")),
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

/// Sums parts of windows: of so many buckets side by side the sum of their sums, each times its place in the part from 1 on,
/// and the plain sum.
///
/// Arguments: count of parts, buckets in a part (2 trips each).
pub static REDUCE_BUCKETS: Kernel = Kernel {
    name: "ristretto_reduce_buckets",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        parts::POINT,
        Part::Same(include_str!("../../ristretto/reduce_buckets.wgsl")),
    ],
    bindings: &[Binding::read("sums"), Binding::write("totals")],
    workgroup: 64,
    twin: Twin::Plain(reduce_buckets),
};

/// Makes windows of their parts: the weighted sums, and each plain sum times 2^doublings times the part's place from 0 on.
///
/// Arguments: count of windows, parts in each (3 trips each), doublings.
pub static COMBINE_WINDOWS: Kernel = Kernel {
    name: "ristretto_combine_windows",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        parts::POINT,
        Part::Same(include_str!("../../ristretto/combine_windows.wgsl")),
    ],
    bindings: &[Binding::read("totals"), Binding::write("windows")],
    workgroup: 64,
    twin: Twin::Plain(combine_windows),
};

fn accumulate(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [points, entries, starts, sums] = buffers else { return };
    for item in items(arguments) {
        let entries = &entries[starts[item] as usize..starts[item + 1] as usize];
        let sum = entries.iter().fold(Point::IDENTITY, |sum, entry| {
            let place = (entry & !(1 << 31)) as usize;
            sum.plus_ready(Ready::load(&points[POINT_WORDS * place..]), entry >> 31 == 1)
        });
        store(sums, SUM_WORDS, item, sum.words());
    }
}

fn reduce_buckets(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [sums, totals] = buffers else { return };
    let size = arguments[1] as usize;
    for item in items(arguments) {
        let (mut running, mut total) = (Point::IDENTITY, Point::IDENTITY);
        for place in (item * size..(item + 1) * size).rev() {
            running = running.plus(Point::load(&sums[SUM_WORDS * place..]));
            total = total.plus(running);
        }
        store(totals, 2 * SUM_WORDS, item, total.words().chain(running.words()));
    }
}

fn combine_windows(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [totals, windows] = buffers else { return };
    let [_, parts, doublings, ..] = *arguments;
    let load = |place: usize| Point::load(&totals[SUM_WORDS * place..]);
    for item in items(arguments) {
        let (mut running, mut weighted, mut plain) = (Point::IDENTITY, Point::IDENTITY, Point::IDENTITY);
        for part in (item * parts as usize..(item + 1) * parts as usize).rev() {
            plain = plain.plus(running);
            running = load(2 * part + 1).plus(running);
            weighted = weighted.plus(load(2 * part));
        }
        for _ in 0..doublings {
            plain = plain.plus(plain);
        }
        store(windows, SUM_WORDS, item, weighted.plus(plain).words());
    }
}
