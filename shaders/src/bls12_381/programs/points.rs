//! Points of both curves, y^2 z = x^3 + b z^3 with b = 4 and b = 4 (1 + u), by complete formulas (Renes, Costello, Batina,
//! "Complete addition formulas for prime order elliptic curves", 2015, algorithms 7 and 9): both orders are odd, so they hold
//! for every two points, inside the subgroups and outside.

use super::super::Fe;
use super::recorder::{Flag, Number};
use super::towers::{Field, Fp2};

/// |z|, the curve's parameter: z is negative.
pub(super) const Z: u64 = 0xd201_0000_0001_0000;

/// What coordinates of points are.
pub(super) trait Coordinate: Field {
    /// Times 3 b.
    fn times_3b(self) -> Self;

    fn times_12(self) -> Self {
        let three = self.doubled() + self;
        three.doubled().doubled()
    }
}

impl Coordinate for Fe {
    fn times_3b(self) -> Self {
        self.times_12()
    }
}

impl Coordinate for Number<'_> {
    fn times_3b(self) -> Self {
        self.times_12()
    }
}

impl<T: Field> Coordinate for Fp2<T> {
    fn times_3b(self) -> Self {
        self.times_12().times_nonresidue()
    }
}

/// (x : y : z), where (0 : 1 : 0) is infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point<T> {
    pub(super) x: T,
    pub(super) y: T,
    pub(super) z: T,
}

/// A doubled point, and what the tangent at the point needs.
pub(super) struct Doubled<T> {
    pub(super) point: Point<T>,
    /// y^2 - 3 b z^2.
    pub(super) constant: T,
    /// y z.
    pub(super) yz: T,
}

impl<T: Coordinate> Point<T> {
    pub(super) fn plus(self, other: Self) -> Self {
        let (xx, yy, zz) = (self.x * other.x, self.y * other.y, self.z * other.z);
        let xy = (self.x + self.y) * (other.x + other.y) - xx - yy;
        let yz = (self.y + self.z) * (other.y + other.z) - yy - zz;
        let xz = (self.x + self.z) * (other.x + other.z) - xx - zz;
        let three = xx.doubled() + xx;
        let (bzz, bxz) = (zz.times_3b(), xz.times_3b());
        let (sum, difference) = (yy + bzz, yy - bzz);
        Self { x: xy * difference - yz * bxz, y: difference * sum + bxz * three, z: sum * yz + three * xy }
    }

    pub(super) fn doubled(self) -> Doubled<T> {
        let yy = self.y.square();
        let eight = yy.doubled().doubled().doubled();
        let yz = self.y * self.z;
        let bzz = self.z.square().times_3b();
        let constant = yy - bzz;
        let rest = yy - (bzz.doubled() + bzz);
        let point = Self {
            x: (rest * (self.x * self.y)).doubled(),
            y: bzz * eight + rest * (yy + bzz),
            z: yz * eight,
        };
        Doubled { point, constant, yz }
    }

    /// |z| times the point, where that is the curve's parameter.
    pub(super) fn times_parameter(self) -> Self {
        (0..63).rev().fold(self, |sum, bit| {
            let sum = sum.doubled().point;
            if Z >> bit & 1 == 1 { sum.plus(self) } else { sum }
        })
    }
}

impl<'p> Point<Number<'p>> {
    pub(super) fn infinity(one: Number<'p>, zero: Number<'p>) -> Self {
        Self { x: zero, y: one, z: zero }
    }

    pub(super) fn select(flag: Flag<'p>, yes: Self, no: Self) -> Self {
        let pick = |yes, no| flag.select(yes, no);
        Self { x: pick(yes.x, no.x), y: pick(yes.y, no.y), z: pick(yes.z, no.z) }
    }

    pub(super) fn equals(self, other: Self) -> Flag<'p> {
        let same = |a: Number<'p>, b: Number<'p>| (a * other.z - b * self.z).is_zero();
        same(self.x, other.x).and(same(self.y, other.y))
    }
}

impl<'p> Point<Fp2<Number<'p>>> {
    pub(super) fn equals(self, other: Self) -> Flag<'p> {
        let same = |a: Fp2<Number<'p>>, b: Fp2<Number<'p>>| {
            let difference = a * other.z - b * self.z;
            difference.c0.is_zero().and(difference.c1.is_zero())
        };
        same(self.x, other.x).and(same(self.y, other.y))
    }
}
