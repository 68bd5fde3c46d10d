//! Compressed points to points, and whether points are in the subgroups.
//!
//! The host takes the flags off encodings and sees to it that numbers are below p and that infinity is written as it should
//! be. Subgroup checks are those of Scott ("A note on group membership tests for G1, G2 and GT on BLS pairing-friendly
//! curves", 2021): phi(P) = (z^2 - 1) P in G1, psi(P) = z P in G2.

use super::super::{Fe, P, Words};
use super::points::Point;
use super::recorder::{Flag, Number, Recorder};
use super::towers::{Field, Fp2, power};

/// A cube root of one: (x, y) to (BETA x, y) is z^2 - 1 times a point of G1.
const BETA: Words = [
    0x0000_aaac,
    0x8bfd_0000,
    0x4f49_fffd,
    0x4094_27eb,
    0x0fb8_5f9b,
    0x897d_2965,
    0x8975_9ad4,
    0xaa0d_857d,
    0x63d4_de85,
    0xec02_4086,
    0x397f_e699,
    0x1a01_11ea,
];

/// Bits of a point's word: what the host says of it.
pub mod encoding {
    /// It is infinity.
    pub const INFINITY: u32 = 1;
    /// Of both roots, y is the one above (p - 1) / 2.
    pub const LARGER: u32 = 1 << 1;
    /// It is not written as points are.
    pub const MALFORMED: u32 = 1 << 2;
}

/// Bits of a point's status.
pub mod status {
    /// It is no point of its curve, or malformed. That is so from the start, until decoding says otherwise.
    pub const NO_POINT: u32 = 1;
    /// It is outside the subgroup. Decoding says so of every point, until that is checked.
    pub const OUTSIDE: u32 = 1 << 1;
}

/// Rows of the words that programs share, a column a proof.
pub mod row {
    /// [`encoding`](super::encoding) of A, of C, and of B.
    pub const ENCODINGS: u32 = 0;
    /// The weights: the halves a and b, the lower word of each first.
    pub const WEIGHTS: u32 = 3;
    /// [`status`](super::status) of A, of C, and of B.
    pub const STATUSES: u32 = 7;
    /// How many there are.
    pub const COUNT: u32 = 10;
}

/// Rows of points, a column a proof.
pub(super) mod points {
    /// Of A and of C: x, y, z.
    pub(in super::super) const A_POINT: u32 = 3;
    /// Where B begins: x and y of two numbers each, and 1, or 0 for infinity.
    pub(in super::super) const B: u32 = 6;
}

/// An integer divided by a small one.
fn quotient(number: &Words, by: u32) -> Words {
    let (mut result, mut rest) = ([0; 12], 0_u64);
    for (to, word) in result.iter_mut().zip(number).rev() {
        rest = rest << 32 | u64::from(*word);
        *to = (rest / u64::from(by)) as u32;
        rest %= u64::from(by);
    }
    result
}

/// What turns a number into Montgomery's form, and what turns it back.
fn into_form<'p>(recorder: &'p Recorder<'p>) -> Number<'p> {
    recorder.fe(Fe::from_plain(&Fe::ONE.words()))
}

fn out_of_form<'p>(recorder: &'p Recorder<'p>) -> Number<'p> {
    recorder.constant([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// For groups of proofs and two steps, A and C: x of `source`, to points of `target`, three rows a step.
pub(super) fn g1<'p>(recorder: &'p Recorder<'p>) {
    let (one, zero) = (recorder.one(), recorder.zero());
    let x = recorder.load(0, 0, false) * into_form(recorder);
    let word = recorder.word(row::ENCODINGS, 1);
    let [infinite, larger, malformed] = [0, 1, 2].map(|bit| word.bit(bit));
    let squared = x.square() * x + recorder.fe(Fe::ONE.doubled().doubled());
    let y = squared * power(squared, &quotient(&P, 4));
    let is_root = (y.square() - squared).is_zero();
    let above = (y * out_of_form(recorder)).is_greater(recorder.constant(quotient(&P, 2)));
    let y = above.xor(larger).select(-y, y);
    let wrong = malformed.or(infinite.or(is_root).not());
    let point = Point { x, y, z: one };
    let point = Point::select(infinite.or(wrong), Point::infinity(one, zero), point);
    for (row, number) in (0..).zip([point.x, point.y, point.z]) {
        recorder.store(row, number);
    }
    store_decoded(recorder, row::STATUSES, 1, wrong);
}

/// For groups of proofs: x of `source`, two rows, to B of `target`, five.
pub(super) fn g2<'p>(recorder: &'p Recorder<'p>) {
    let (one, zero) = (recorder.one(), recorder.zero());
    let [c0, c1] = [0, 1].map(|row| recorder.load(row, 0, false) * into_form(recorder));
    let x = Fp2::new(c0, c1);
    let word = recorder.word(row::ENCODINGS + 2, 0);
    let [infinite, larger, malformed] = [0, 1, 2].map(|bit| word.bit(bit));
    let four = recorder.fe(Fe::ONE.doubled().doubled());
    let squared = x.square() * x + Fp2::new(four, four);
    let y = root(recorder, squared);
    let difference = y.square() - squared;
    let is_root = difference.c0.is_zero().and(difference.c1.is_zero());
    let half = recorder.constant(quotient(&P, 2));
    let above = [y.c0, y.c1].map(|number| (number * out_of_form(recorder)).is_greater(half));
    let real = y.c1.is_zero();
    let above = above[1].or(real.and(above[0]));
    let turned = above.xor(larger);
    let y = Fp2::select(turned, -y, y);
    let wrong = malformed.or(infinite.or(is_root).not());
    let none = infinite.or(wrong);
    let x = Fp2::select(none, Fp2::new(zero, zero), x);
    let y = Fp2::select(none, Fp2::new(one, zero), y);
    for (row, number) in (0..).zip([x.c0, x.c1, y.c0, y.c1, none.select(zero, one)]) {
        recorder.store(row, number);
    }
    store_decoded(recorder, row::STATUSES + 2, 0, wrong);
}

/// A square root, if there is one.
///
/// With s a root of the norm and t = (c0 + s) / 2, either t or c1^2 / -4t is the square of the root's first part; t to the
/// (p - 3) / 4 tells which, and is 1 over the square root of t or of -t.
fn root<'p>(recorder: &'p Recorder<'p>, square: Fp2<Number<'p>>) -> Fp2<Number<'p>> {
    let exponent = quotient(&P, 4);
    let half = recorder.fe(Fe::ONE.doubled().inverse());
    let norm = square.c0.square() + square.c1.square();
    let s = norm * power(norm, &exponent);
    let t = (square.c0 + s) * half;
    // It is zero where the square is -s: then the other is the square itself.
    let t = t.is_zero().select(square.c0, t);
    let inverse = power(t, &exponent);
    let first = t * inverse;
    let second = square.c1 * half * inverse;
    let has_root = (first * inverse - recorder.one()).is_zero();
    Fp2::new(has_root.select(first, -second), has_root.select(second, first))
}

/// Of a step's point in G1, with `source` as [`g1`] leaves it.
pub(super) fn g1_subgroup<'p>(recorder: &'p Recorder<'p>) {
    let [x, y, z] = [0, 1, 2].map(|row| recorder.load(row, 0, false));
    let point = Point { x, y, z };
    let sum = point.plus(g1_image(recorder, point));
    let inside = point.times_parameter().times_parameter().equals(sum);
    store_checked(recorder, row::STATUSES, 1, inside);
}

/// phi of a point.
pub(super) fn g1_image<'p>(recorder: &'p Recorder<'p>, point: Point<Number<'p>>) -> Point<Number<'p>> {
    Point { x: point.x * recorder.fe(Fe::from_plain(&BETA)), ..point }
}

/// Of B, with `source` as [`g2`] leaves it.
pub(super) fn g2_subgroup<'p>(recorder: &'p Recorder<'p>) {
    let (point, zero) = (load_b(recorder), recorder.zero());
    let point = Point { x: point.x, y: point.y, z: Fp2::new(point.z, zero) };
    let xi = Fp2::new(Fe::ONE, Fe::ONE);
    let constant = |exponent: Words| {
        let power = power(xi, &exponent);
        let norm = power.c0.square() + power.c1.square();
        let inverse = power.conjugate().scaled(norm.inverse());
        Fp2::new(recorder.fe(inverse.c0), recorder.fe(inverse.c1))
    };
    let image = Point {
        x: point.x.conjugate() * constant(quotient(&P, 3)),
        y: point.y.conjugate() * constant(quotient(&P, 2)),
        z: point.z,
    };
    // z is negative.
    let multiple = point.times_parameter();
    let inside = Point { y: -multiple.y, ..multiple }.equals(image);
    store_checked(recorder, row::STATUSES + 2, 0, inside);
}

/// B, as decoding leaves it.
pub(super) struct B<'p> {
    pub(super) x: Fp2<Number<'p>>,
    pub(super) y: Fp2<Number<'p>>,
    pub(super) z: Number<'p>,
}

pub(super) fn load_b<'p>(recorder: &'p Recorder<'p>) -> B<'p> {
    let [x0, x1, y0, y1, z] = [0, 1, 2, 3, 4].map(|row| recorder.load(points::B + row, 0, false));
    B { x: Fp2::new(x0, x1), y: Fp2::new(y0, y1), z }
}

fn store_decoded<'p>(recorder: &'p Recorder<'p>, row: u32, rows_a_step: u32, wrong: Flag<'p>) {
    let status = wrong.select(word(recorder, status::NO_POINT), word(recorder, status::OUTSIDE));
    recorder.store_word(row, rows_a_step, status);
}

fn store_checked<'p>(recorder: &'p Recorder<'p>, row: u32, rows_a_step: u32, inside: Flag<'p>) {
    let before = recorder.word(row, rows_a_step);
    let checked = inside.select(word(recorder, 0), word(recorder, status::OUTSIDE));
    let none = word(recorder, status::NO_POINT);
    recorder.store_word(row, rows_a_step, before.bit(0).select(none, checked));
}

/// A word that is always the same.
fn word<'p>(recorder: &'p Recorder<'p>, word: u32) -> Number<'p> {
    recorder.constant([word, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// A proof's flags out of the statuses of its points: bits 0 to 2 for A, B, C that are no points, 3 to 5 for those outside.
pub(super) fn flags<'p>(recorder: &'p Recorder<'p>) {
    let mut flags = word(recorder, 0);
    for (point, row) in (0..).zip([row::STATUSES, row::STATUSES + 2, row::STATUSES + 1]) {
        let status = recorder.word(row, 0);
        for bit in 0..2 {
            let set = word(recorder, 1 << (3 * bit + point));
            flags = flags.or(status.bit(bit).select(set, word(recorder, 0)));
        }
    }
    recorder.answer(flags);
}
