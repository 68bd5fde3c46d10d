//! The fields above the base field: of degree 2 with u^2 = -1, of degree 6 over that with v^3 = 1 + u, of degree 12 with
//! w^2 = v. Over numbers, or over what will be numbers when a program runs.

use super::super::Fe;
use super::recorder::{Flag, Number};
use std::ops::{Add, Mul, Neg, Sub};

/// What can be computed with.
pub(super) trait Field:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    fn square(self) -> Self;

    fn doubled(self) -> Self {
        self + self
    }
}

impl Field for Fe {
    fn square(self) -> Self {
        self * self
    }
}

impl Field for Number<'_> {
    fn square(self) -> Self {
        self * self
    }
}

/// c0 + c1 u.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fp2<T> {
    pub(super) c0: T,
    pub(super) c1: T,
}

/// c0 + c1 v + c2 v^2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fp6<T> {
    pub(super) c0: Fp2<T>,
    pub(super) c1: Fp2<T>,
    pub(super) c2: Fp2<T>,
}

/// c0 + c1 w.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fp12<T> {
    pub(super) c0: Fp6<T>,
    pub(super) c1: Fp6<T>,
}

/// The value of a line: c0 + c1 v + c4 v w.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<T> {
    pub(super) c0: Fp2<T>,
    pub(super) c1: Fp2<T>,
    pub(super) c4: Fp2<T>,
}

impl<T: Field> Fp2<T> {
    pub(super) const fn new(c0: T, c1: T) -> Self {
        Self { c0, c1 }
    }

    pub(super) fn conjugate(self) -> Self {
        Self::new(self.c0, -self.c1)
    }

    /// Times a number of the base field.
    pub(super) fn scaled(self, by: T) -> Self {
        Self::new(self.c0 * by, self.c1 * by)
    }

    /// Times 1 + u, which is no square and no cube.
    pub(super) fn times_nonresidue(self) -> Self {
        Self::new(self.c0 - self.c1, self.c0 + self.c1)
    }
}

impl<'p> Fp2<Number<'p>> {
    pub(super) fn select(flag: Flag<'p>, yes: Self, no: Self) -> Self {
        Self::new(flag.select(yes.c0, no.c0), flag.select(yes.c1, no.c1))
    }
}

impl<T: Field> Add for Fp2<T> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1)
    }
}

impl<T: Field> Sub for Fp2<T> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1)
    }
}

impl<T: Field> Neg for Fp2<T> {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(-self.c0, -self.c1)
    }
}

impl<T: Field> Mul for Fp2<T> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (low, high) = (self.c0 * other.c0, self.c1 * other.c1);
        Self::new(low - high, (self.c0 + self.c1) * (other.c0 + other.c1) - low - high)
    }
}

impl<T: Field> Field for Fp2<T> {
    fn square(self) -> Self {
        let product = self.c0 * self.c1;
        Self::new((self.c0 + self.c1) * (self.c0 - self.c1), product.doubled())
    }
}

impl<T: Field> Fp6<T> {
    pub(super) const fn new(c0: Fp2<T>, c1: Fp2<T>, c2: Fp2<T>) -> Self {
        Self { c0, c1, c2 }
    }

    fn times_v(self) -> Self {
        Self::new(self.c2.times_nonresidue(), self.c0, self.c1)
    }

    /// Times b0 + b1 v.
    fn times_01(self, b0: Fp2<T>, b1: Fp2<T>) -> Self {
        let (low, high) = (self.c0 * b0, self.c1 * b1);
        Self::new(
            low + (self.c2 * b1).times_nonresidue(),
            (self.c0 + self.c1) * (b0 + b1) - low - high,
            high + self.c2 * b0,
        )
    }

    /// Times b1 v.
    fn times_1(self, b1: Fp2<T>) -> Self {
        Self::new((self.c2 * b1).times_nonresidue(), self.c0 * b1, self.c1 * b1)
    }
}

impl<T: Field> Add for Fp6<T> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1, self.c2 + other.c2)
    }
}

impl<T: Field> Sub for Fp6<T> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1, self.c2 - other.c2)
    }
}

impl<T: Field> Mul for Fp6<T> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (first, second, third) = (self.c0 * other.c0, self.c1 * other.c1, self.c2 * other.c2);
        let mixed = (self.c1 + self.c2) * (other.c1 + other.c2) - second - third;
        Self::new(
            first + mixed.times_nonresidue(),
            (self.c0 + self.c1) * (other.c0 + other.c1) - first - second + third.times_nonresidue(),
            (self.c0 + self.c2) * (other.c0 + other.c2) - first + second - third,
        )
    }
}

impl<T: Field> Fp12<T> {
    /// The product of two lines. Its c1.c0 is zero, which has to be given.
    pub(super) fn of_lines(a: Line<T>, b: Line<T>, zero: Fp2<T>) -> Self {
        let (p0, p1, p4) = (a.c0 * b.c0, a.c1 * b.c1, a.c4 * b.c4);
        let mixed = |x: [Fp2<T>; 2], y: [Fp2<T>; 2]| (x[0] + x[1]) * (y[0] + y[1]);
        Self {
            c0: Fp6::new(p0 + p4.times_nonresidue(), mixed([a.c0, a.c1], [b.c0, b.c1]) - p0 - p1, p1),
            c1: Fp6::new(
                zero,
                mixed([a.c0, a.c4], [b.c0, b.c4]) - p0 - p4,
                mixed([a.c1, a.c4], [b.c1, b.c4]) - p1 - p4,
            ),
        }
    }

    /// Times a line.
    pub(super) fn times_line(self, line: Line<T>) -> Self {
        let low = self.c0.times_01(line.c0, line.c1);
        let high = self.c1.times_1(line.c4);
        let both = (self.c0 + self.c1).times_01(line.c0, line.c1 + line.c4);
        Self { c0: low + high.times_v(), c1: both - low - high }
    }

    /// Its twelve numbers, in blst's order.
    pub(super) fn numbers(self) -> [T; 12] {
        let [a, b] = [self.c0, self.c1].map(|half| [half.c0, half.c1, half.c2]);
        let [a0, a1, a2, b0, b1, b2] = [a[0], a[1], a[2], b[0], b[1], b[2]];
        [a0.c0, a0.c1, a1.c0, a1.c1, a2.c0, a2.c1, b0.c0, b0.c1, b1.c0, b1.c1, b2.c0, b2.c1]
    }

    /// Of its twelve numbers.
    pub(super) fn of(numbers: [T; 12]) -> Self {
        let pair = |i: usize| Fp2::new(numbers[2 * i], numbers[2 * i + 1]);
        Self { c0: Fp6::new(pair(0), pair(1), pair(2)), c1: Fp6::new(pair(3), pair(4), pair(5)) }
    }
}

impl<T: Field> Mul for Fp12<T> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (low, high) = (self.c0 * other.c0, self.c1 * other.c1);
        let mixed = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self { c0: low + high.times_v(), c1: mixed - low - high }
    }
}

/// A number to the power of an exponent that is not 0, its lowest word first, by windows of five bits.
pub(super) fn power<T: Field>(x: T, exponent: &[u32; 12]) -> T {
    let bit = |i: usize| exponent[i / 32] >> (i % 32) & 1;
    let square = x.square();
    let mut odd = vec![x];
    for i in 1..16 {
        odd.push(odd[i - 1] * square);
    }
    let mut result: Option<T> = None;
    let mut next = 384;
    while next > 0 {
        let top = next - 1;
        if bit(top) == 0 {
            result = result.map(Field::square);
            next = top;
            continue;
        }
        let mut low = top.saturating_sub(4);
        while bit(low) == 0 {
            low += 1;
        }
        let digit = (low..=top).rev().fold(0, |digit, i| 2 * digit + bit(i) as usize);
        let factor = odd[digit / 2];
        result = Some(match result {
            None => factor,
            Some(result) => (low..=top).fold(result, |result, _| result.square()) * factor,
        });
        next = low;
    }
    result.unwrap_or(x)
}
