//! Points of G1's curve as the kernels' twins compute them: the twin of `bls12_381/point.wgsl`.

use super::field::Fe;
use super::number;

/// A point (x : y : z) of y^2 = x^3 + 4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    x: Fe,
    y: Fe,
    z: Fe,
}

fn thrice(x: Fe) -> Fe {
    x + x + x
}

/// Three times the curve's constant.
fn times_twelve(x: Fe) -> Fe {
    let six = thrice(x) + thrice(x);
    six + six
}

impl Point {
    pub(super) const INFINITY: Self = Self { x: Fe::ZERO, y: Fe::ONE, z: Fe::ZERO };

    /// From its 36 words.
    pub(super) fn load(from: &[u32]) -> Self {
        let [x, y, z] = [0, 1, 2].map(|i| number(from, i));
        Self { x, y, z }
    }

    /// From the 24 words of a finite point, or its opposite.
    pub(super) fn load_affine(from: &[u32], opposite: bool) -> Self {
        let [x, y] = [0, 1].map(|i| number(from, i));
        Self { x, y: if opposite { -y } else { y }, z: Fe::ONE }
    }

    pub(super) fn words(self) -> impl Iterator<Item = u32> {
        [self.x, self.y, self.z].into_iter().flat_map(Fe::words)
    }

    /// The sum of any two points: algorithm 7 of Renes, Costello and Batina.
    pub(super) fn plus(self, other: Self) -> Self {
        let Self { x, y, z } = self;
        let (xx, yy, zz) = (x * other.x, y * other.y, z * other.z);
        let xy = (x + y) * (other.x + other.y) - (xx + yy);
        let yz = (y + z) * (other.y + other.z) - (yy + zz);
        let xz = times_twelve((x + z) * (other.x + other.z) - (xx + zz));
        let (xx, zz) = (thrice(xx), times_twelve(zz));
        let (more, less) = (yy + zz, yy - zz);
        Self { x: xy * less - yz * xz, y: xz * xx + less * more, z: more * yz + xx * xy }
    }
}
