//! Points of proofs times their weights, and their sums.

use super::decode::{g1_image, points, row};
use super::points::Point;
use super::recorder::{Number, Recorder};

/// Points that a lane adds up.
pub const POINTS_A_SUM: usize = 8;

/// For groups of proofs and two steps, A and C: r times the step's point of `source`, with r = a + b (z^2 - 1); infinity where
/// a point of the proof is wrong.
pub(super) fn weigh<'p>(recorder: &'p Recorder<'p>) {
    let (one, zero) = (recorder.one(), recorder.zero());
    let infinity = Point::infinity(one, zero);
    let [x, y, z] = [0, 1, 2].map(|row| recorder.load(row, 0, false));
    let [a, c, b] = [0, 1, 2].map(|point| recorder.word(row::STATUSES + point, 0).is_zero());
    let point = Point::select(a.and(b).and(c), Point { x, y, z }, infinity);
    let image = g1_image(recorder, point);
    let both = point.plus(image);
    let halves = [1, 0, 3, 2].map(|word| recorder.word(row::WEIGHTS + word, 0));
    let mut sum: Option<Point<Number<'p>>> = None;
    for bit in (0..64).rev() {
        let set = [0, 2].map(|half: usize| halves[half + 1 - bit / 32].bit(bit as u32 % 32));
        let with = Point::select(set[1], both, point);
        let without = Point::select(set[1], image, infinity);
        let summand = Point::select(set[0], with, without);
        sum = Some(sum.map_or(summand, |sum| sum.doubled().point.plus(summand)));
    }
    store(recorder, sum.unwrap_or(infinity));
}

fn store<'p>(recorder: &'p Recorder<'p>, point: Point<Number<'p>>) {
    for (row, number) in (0..).zip([point.x, point.y, point.z]) {
        recorder.store(row, number);
    }
}

/// The sum of points of `source`, in three rows from `from` on and the columns that this group's words say. Columns beyond the
/// last one are infinity.
pub(super) fn sum<'p>(recorder: &'p Recorder<'p>, from: u32) {
    let summand = |place: usize| {
        let column = recorder.word(place as u32, 0);
        let [x, y, z] = [0, 1, 2].map(|row| recorder.look_up(from + row, column, row == 1));
        Point { x, y, z }
    };
    let sum = (1..POINTS_A_SUM).fold(summand(0), |sum, place| sum.plus(summand(place)));
    store(recorder, sum);
}

/// Where C's rows begin.
pub(super) const C: u32 = points::A_POINT;
