//! Points as the kernels' twins compute them: the twin of `ristretto/point.wgsl`, and of decoding and encoding.

use super::Words;
use super::field::Fe;

/// d of the curve, and 1 over the square root of -1 - d.
const D: Words =
    [0x1359_78a3, 0x75eb_4dca, 0x4141_d8ab, 0x0070_0a4d, 0x7779_e898, 0x8cc7_4079, 0x2b6f_fe73, 0x5203_6cee];
const INVERSE_ROOT_OF_A_MINUS_D: Words =
    [0x805d_40ea, 0x99c8_fdaa, 0x5a41_72be, 0x9d2f_1617, 0xfe01_d840, 0x16c2_7b91, 0xcfaf_fca2, 0x786c_8905];

/// A point (x : y : z : t), t z = x y.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: Fe,
    pub(super) y: Fe,
    pub(super) z: Fe,
    pub(super) t: Fe,
}

/// A point with z = 1, ready to be added: y + x, y - x, 2 d x y.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    plus: Fe,
    minus: Fe,
    product: Fe,
}

fn twice_d() -> Fe {
    let d = Fe::from_words(&D);
    d + d
}

fn words(bytes: &[u32]) -> &[Words] {
    bytes.as_chunks::<8>().0
}

impl Ready {
    /// From its 24 words.
    pub(super) fn load(from: &[u32]) -> Self {
        let [plus, minus, product] = [0, 1, 2].map(|i| Fe::from_words(&words(from)[i]));
        Self { plus, minus, product }
    }

    pub(super) fn words(self) -> impl Iterator<Item = u32> {
        [self.plus, self.minus, self.product].into_iter().flat_map(Fe::words)
    }
}

impl Point {
    pub(super) const IDENTITY: Self = Self { x: Fe::ZERO, y: Fe::ONE, z: Fe::ONE, t: Fe::ZERO };

    /// From its 32 words.
    pub(super) fn load(from: &[u32]) -> Self {
        let [x, y, z, t] = [0, 1, 2, 3].map(|i| Fe::from_words(&words(from)[i]));
        Self { x, y, z, t }
    }

    pub(super) fn words(self) -> impl Iterator<Item = u32> {
        [self.x, self.y, self.z, self.t].into_iter().flat_map(Fe::words)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let a = (self.y - self.x) * (other.y - other.x);
        let b = (self.y + self.x) * (other.y + other.x);
        Self::sum(a, b, self.t * other.t * twice_d(), (self.z + self.z) * other.z)
    }

    /// With `other`, or with its opposite.
    pub(super) fn plus_ready(self, other: Ready, subtract: bool) -> Self {
        let Ready { mut plus, mut minus, mut product } = other;
        if subtract {
            (plus, minus, product) = (minus, plus, -product);
        }
        let (a, b) = ((self.y - self.x) * minus, (self.y + self.x) * plus);
        Self::sum(a, b, self.t * product, self.z + self.z)
    }

    fn sum(a: Fe, b: Fe, c: Fe, d: Fe) -> Self {
        let (e, f, g, h) = (b - a, d - c, d + c, b + a);
        Self { x: e * f, y: g * h, z: f * g, t: e * h }
    }

    /// It with z = 1, given 1 over its z.
    pub(super) fn ready(self, z_inverse: Fe) -> Ready {
        let (x, y) = (self.x * z_inverse, self.y * z_inverse);
        Ready { plus: y + x, minus: y - x, product: x * y * twice_d() }
    }

    /// RFC 9496, section 4.3.1.
    pub(super) fn decode(encoding: &Words) -> Option<Self> {
        let s = Fe::from_words(encoding);
        let ss = s.square();
        let (u1, u2) = (Fe::ONE - ss, Fe::ONE + ss);
        let v = -(Fe::from_words(&D) * u1.square()) - u2.square();
        let (root, is_square) = (v * u2.square()).inverse_root();
        let den_x = root * u2;
        let x = ((s + s) * den_x).even();
        let y = u1 * root * den_x * v;
        let t = x * y;
        let holds =
            Fe::is_canonical(encoding) && !s.is_odd() && is_square && !t.is_odd() && y.words() != [0; 8];
        holds.then_some(Self { x, y, z: Fe::ONE, t })
    }

    /// RFC 9496, section 4.3.2.
    pub(super) fn encode(self) -> Words {
        let Self { x, y, z, t } = self;
        let (u1, u2) = ((z + y) * (z - y), x * y);
        let (root, _) = (u1 * u2.square()).inverse_root();
        let (den_1, den_2) = (root * u1, root * u2);
        let z_inverse = den_1 * den_2 * t;
        let i = Fe::root_of_minus_one();
        let (x, y, den) = if (t * z_inverse).is_odd() {
            (y * i, x * i, den_1 * Fe::from_words(&INVERSE_ROOT_OF_A_MINUS_D))
        } else {
            (x, y, den_2)
        };
        let y = if (x * z_inverse).is_odd() { -y } else { y };
        (den * (z - y)).even().words()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
    use proptest::prelude::*;

    fn words_of(bytes: [u8; 32]) -> Words {
        std::array::from_fn(|i| u32::from_le_bytes(*bytes.as_chunks().0.get(i).unwrap()))
    }

    fn encoded(point: RistrettoPoint) -> Words {
        words_of(point.compress().to_bytes())
    }

    fn point(seed: [u8; 64]) -> RistrettoPoint {
        RistrettoPoint::from_uniform_bytes(&seed)
    }

    fn seeds() -> impl Strategy<Value = [u8; 64]> {
        any::<([u8; 32], [u8; 32])>()
            .prop_map(|(a, b)| std::array::from_fn(|i| if i < 32 { a[i] } else { b[i - 32] }))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sums_and_encodings_are_the_librarys(a in seeds(), b in seeds()) {
            let (a, b) = (point(a), point(b));
            let [p, q] = [a, b].map(|point| Point::decode(&encoded(point)).unwrap());
            prop_assert_eq!(p.encode(), encoded(a));
            let sum = p.plus(q);
            prop_assert_eq!(sum.encode(), encoded(a + b));
            prop_assert_eq!(sum.plus(sum).encode(), encoded(a + b + a + b));
            let ready = q.ready(q.z.inverse());
            prop_assert_eq!(p.plus_ready(ready, false).encode(), encoded(a + b));
            prop_assert_eq!(p.plus_ready(ready, true).encode(), encoded(a - b));
            // A point and its opposite, and the identity.
            prop_assert_eq!(q.plus_ready(ready, true).encode(), [0; 8]);
            prop_assert_eq!(Point::IDENTITY.plus(p).encode(), encoded(a));
            let scaled = sum.ready(sum.z.inverse());
            prop_assert_eq!(Point::IDENTITY.plus_ready(scaled, false).encode(), encoded(a + b));
        }

        #[test]
        fn what_the_library_decodes_is_decoded(bytes: [u8; 32], clear: bool) {
            let mut bytes = bytes;
            if clear {
                // Half of these are points, instead of an eighth.
                bytes[0] &= 0xfe;
                bytes[31] &= 0x7f;
            }
            let theirs = CompressedRistretto(bytes).decompress();
            let ours = Point::decode(&words_of(bytes));
            prop_assert_eq!(ours.map(Point::encode), theirs.map(encoded));
        }
    }
}
