//! The lines of Miller loops, and their products.
//!
//! Lines are those of the ate pairing on the twist, times w^3 and numbers of the field of degree 2, which the final
//! exponentiation takes away: for the tangent of slope l at (x, y), l x - y - l x_P v + y_P v w.

use super::decode::load_b;
use super::points::{Point, Z};
use super::recorder::{Number, Recorder};
use super::towers::{Field, Fp2, Fp12, Line};

/// Lines of a loop: 63 doublings and 5 additions.
pub const LINES: usize = 68;
/// Lines of a part of the program, so that few have to be kept at once.
pub const LINES_A_PART: usize = 17;
/// Rows of a line.
pub const LINE_ROWS: usize = 6;

/// For groups of proofs: the lines of (r A, B), with r A in the first three rows of `source` and B in five from
/// [`points::B`](super::decode::points::B) on. Where one of them is infinity they are 1. A part's lines are in `target`.
pub(super) fn lines<'p>(recorder: &'p Recorder<'p>) {
    let (one, zero) = (recorder.one(), recorder.zero());
    let [x, y, z] = [0, 1, 2].map(|row| recorder.load(row, 0, false));
    let b = load_b(recorder);
    let none = z.is_zero().or(b.z.is_zero());
    let [x, y, z] = [x, y, z].map(|number| none.select(zero, number));
    let rest = none.select(one, zero);
    // The point is projective: lines are times its z.
    let (minus_x, minus_three_x, two_y) = (-x, -(x.doubled() + x), y.doubled());
    let mut emitted = 0;
    let mut emit = |line: Line<Number<'p>>| {
        let c0 = line.c0.scaled(z);
        let numbers = [c0.c0 + rest, c0.c1, line.c1.c0, line.c1.c1, line.c4.c0, line.c4.c1];
        for (row, number) in (0..).zip(numbers) {
            recorder.store((LINE_ROWS * (emitted % LINES_A_PART)) as u32 + row, number);
        }
        emitted += 1;
        if emitted % LINES_A_PART == 0 {
            recorder.mark();
        }
    };
    let q = Point { x: b.x, y: b.y, z: Fp2::new(one, zero) };
    let mut sum = q;
    for bit in (0..63).rev() {
        let doubled = sum.doubled();
        emit(Line {
            c0: doubled.constant,
            c1: sum.x.square().scaled(minus_three_x),
            c4: doubled.yz.scaled(two_y),
        });
        sum = doubled.point;
        if Z >> bit & 1 == 1 {
            let (rise, run) = (sum.y - b.y * sum.z, sum.x - b.x * sum.z);
            emit(Line { c0: rise * b.x - run * b.y, c1: rise.scaled(minus_x), c4: run.scaled(y) });
            sum = sum.plus(q);
        }
    }
}

/// For steps and groups: the product of this group's lines in so many blocks of columns of `source`, as twelve rows.
pub(super) fn multiply_lines<'p>(recorder: &'p Recorder<'p>, blocks: u32) {
    let line = |block: u32| {
        let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(|row| recorder.load(row, block, row == 0));
        Line { c0: Fp2::new(a, b), c1: Fp2::new(c, d), c4: Fp2::new(e, f) }
    };
    let zero = Fp2::new(recorder.zero(), recorder.zero());
    let first = Fp12::of_lines(line(0), line(1), zero);
    store(recorder, (2..blocks).fold(first, |product, block| product.times_line(line(block))));
}

/// The same of products.
pub(super) fn multiply<'p>(recorder: &'p Recorder<'p>, blocks: u32) {
    let load = |block: u32| Fp12::of(std::array::from_fn(|row| recorder.load(row as u32, block, row == 0)));
    store(recorder, (1..blocks).fold(load(0), |product, block| product * load(block)));
}

fn store<'p>(recorder: &'p Recorder<'p>, product: Fp12<Number<'p>>) {
    for (row, number) in (0..).zip(product.numbers()) {
        recorder.store(row, number);
    }
}
