//! Sums of multiples of points that never change, and sums of points.

use super::field::Fe;
use super::point::{Point, Ready};
use super::{POINT_WORDS, SUM_WORDS, Words, items, store};
use crate::kernel::{Arguments, Binding, Kernel, Part, Twin};
use crate::parts;

/// Multiples of a point in a table: by 1 to 15.
pub const MULTIPLES: usize = 15;

/// Adds the multiples that nibbles of factors say: one sum for each nibble and part of the points, a nibble's side by side.
///
/// Arguments: count of sums (64 nibbles times parts), parts, points in a part (a trip each), points in all. `factors`: 8 words
/// a point.
pub static SUM_FIXED: Kernel = Kernel {
    name: "ristretto_sum_fixed",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        parts::POINT,
        Part::Same(include_str!("../../ristretto/sum_fixed.wgsl")),
    ],
    bindings: &[Binding::read("table"), Binding::read("factors"), Binding::write("sums")],
    workgroup: 64,
    twin: Twin::Plain(sum_fixed),
};

/// Adds points that lie side by side.
///
/// Arguments: count of sums, points in each (a trip each).
pub static SUM_POINTS: Kernel = Kernel {
    name: "ristretto_sum_points",
    parts: &[
        parts::FIELD[0],
        parts::FIELD[1],
        parts::FIELD[2],
        parts::POINT,
        Part::Same(include_str!("../../ristretto/sum_points.wgsl")),
    ],
    bindings: &[Binding::read("points"), Binding::write("sums")],
    workgroup: 64,
    twin: Twin::Plain(sum_points),
};

fn sum_fixed(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [table, factors, sums] = buffers else { return };
    let [parts, size, points] = [1, 2, 3].map(|i| arguments[i] as usize);
    for item in items(arguments) {
        let (nibble, first) = (item / parts, item % parts * size);
        let mut sum = Point::IDENTITY;
        for place in first..(first + size).min(points) {
            let digit = (factors[8 * place + nibble / 8] >> (4 * (nibble % 8))) & 15;
            if digit != 0 {
                let multiple = MULTIPLES * place + digit as usize - 1;
                sum = sum.plus_ready(Ready::load(&table[POINT_WORDS * multiple..]), false);
            }
        }
        store(sums, SUM_WORDS, item, sum.words());
    }
}

fn sum_points(arguments: &Arguments, _: u32, buffers: &mut [Vec<u32>]) {
    let [points, sums] = buffers else { return };
    let size = arguments[1] as usize;
    for item in items(arguments) {
        let mut summands =
            points[SUM_WORDS * size * item..].chunks_exact(SUM_WORDS).take(size).map(Point::load);
        let first = summands.next().unwrap_or(Point::IDENTITY);
        store(sums, SUM_WORDS, item, summands.fold(first, Point::plus).words());
    }
}

/// The table of [`SUM_FIXED`] for these points; `None` where one of them is no encoding of a point.
pub fn multiples(encodings: &[Words]) -> Option<Vec<u32>> {
    let mut points = Vec::with_capacity(MULTIPLES * encodings.len());
    for encoding in encodings {
        let point = Point::decode(encoding)?;
        let mut multiple = Point::IDENTITY;
        for _ in 0..MULTIPLES {
            multiple = multiple.plus(point);
            points.push(multiple);
        }
    }
    // One inverse for all: the product of all z, from which each is taken off again. None of them is 0.
    let before: Vec<_> = points
        .iter()
        .scan(Fe::ONE, |product, point| Some(std::mem::replace(product, *product * point.z)))
        .collect();
    let mut inverse = match (before.last(), points.last()) {
        (Some(before), Some(last)) => (*before * last.z).inverse(),
        _ => return Some(Vec::new()),
    };
    let mut ready = Vec::with_capacity(points.len());
    for (point, before) in points.iter().zip(before).rev() {
        ready.push(point.ready(inverse * before));
        inverse = inverse * point.z;
    }
    Some(ready.into_iter().rev().flat_map(Ready::words).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use curve25519_dalek::Scalar;
    use curve25519_dalek::ristretto::RistrettoPoint;

    #[test]
    fn tables_hold_the_multiples_in_order() {
        let points: Vec<_> = (1..4_u64).map(|i| RistrettoPoint::mul_base(&Scalar::from(i * 77))).collect();
        let encoded = |point: RistrettoPoint| -> Words {
            let bytes = point.compress().to_bytes();
            std::array::from_fn(|i| u32::from_le_bytes(bytes.as_chunks().0[i]))
        };
        let encodings: Vec<_> = points.iter().copied().map(encoded).collect();
        let table = multiples(&encodings).unwrap();
        assert_eq!(table.len(), 3 * MULTIPLES * POINT_WORDS);
        for (i, words) in table.chunks_exact(POINT_WORDS).enumerate() {
            let expected = points[i / MULTIPLES] * Scalar::from((i % MULTIPLES + 1) as u64);
            let found = Point::IDENTITY.plus_ready(Ready::load(words), false).encode();
            assert_eq!(found, encoded(expected), "{i}");
        }
        assert_eq!(multiples(&[]), Some(vec![]));
        assert_eq!(multiples(&[encodings[0], [!0; 8]]), None);
    }
}
