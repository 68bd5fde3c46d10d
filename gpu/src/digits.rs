//! Which points go to which buckets of a sum.

use rayon::prelude::*;

/// A scalar, little-endian.
pub(crate) type Bytes = [u8; 32];

/// How scalars are cut: windows of `width` bits, whose digits have a sign, and a bucket for each digit's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    width: usize,
    bits: usize,
}

impl Cut {
    /// For so many points with scalars of so many bits: some 32 in a bucket, so that threads of a device have much the same to
    /// do.
    pub(crate) fn for_points(count: usize, bits: usize) -> Self {
        Self { width: (count.max(1).ilog2() as usize).saturating_sub(4).clamp(3, 12), bits }
    }

    /// Bits of a window.
    pub(crate) fn width(self) -> usize {
        self.width
    }

    /// Windows of a scalar; the highest has a bit left for what is carried.
    pub(crate) fn windows(self) -> usize {
        self.bits / self.width + 1
    }

    /// Buckets of a window: digits 1 to this.
    pub(crate) fn buckets(self) -> usize {
        1 << (self.width - 1)
    }

    /// Digits, lowest window first, from -(buckets - 1) to buckets.
    fn digits(self, bytes: &Bytes, digits: &mut Vec<i16>) {
        let mut carry = 0;
        for window in 0..self.windows() {
            let at = window * self.width;
            // Up to 12 bits are in three bytes.
            let three = (0..3)
                .map(|i| i32::from(bytes.get(at / 8 + i).copied().unwrap_or(0)) << (8 * i))
                .sum::<i32>();
            let mut digit = (three >> (at % 8) & ((1 << self.width) - 1)) + carry;
            carry = i32::from(digit > self.buckets() as i32);
            digit -= carry << self.width;
            // At most 2^11 in size.
            digits.push(digit as i16);
        }
    }

    /// Lists of all buckets, window by window: entries (a point's index, with 2^31 where it is to be subtracted), and where
    /// each bucket's begin.
    pub(crate) fn lists(self, scalars: &[Bytes]) -> Lists {
        let windows = self.windows();
        let chunks = scalars.par_chunks(256).map(|scalars| {
            let mut digits = Vec::with_capacity(scalars.len() * windows);
            scalars.iter().for_each(|scalar| self.digits(scalar, &mut digits));
            digits
        });
        let digits = chunks.collect::<Vec<_>>().concat();
        let window = |window: usize| {
            let digits = || digits.iter().skip(window).step_by(windows);
            let mut ends = vec![0; self.buckets() + 1];
            for digit in digits() {
                if let Some(count) = ends.get_mut(usize::from(digit.unsigned_abs())) {
                    *count += 1;
                }
            }
            // Zeros are in no bucket.
            let mut sum = 0;
            for (bucket, end) in ends.iter_mut().enumerate() {
                let count = std::mem::replace(end, sum);
                sum += if bucket == 0 { 0 } else { count };
            }
            let starts = ends.iter().skip(1).copied().collect::<Vec<u32>>();
            let mut entries = vec![0; sum as usize];
            for (point, digit) in (0_u32..).zip(digits()).filter(|(_, digit)| **digit != 0) {
                if let Some(place) = ends.get_mut(usize::from(digit.unsigned_abs())) {
                    if let Some(entry) = entries.get_mut(*place as usize) {
                        *entry = point | u32::from(*digit < 0) << 31;
                    }
                    *place += 1;
                }
            }
            (starts, entries)
        };
        let parts: Vec<_> = (0..windows).into_par_iter().map(window).collect();
        let mut lists = Lists { entries: Vec::new(), starts: Vec::new() };
        for (starts, entries) in parts {
            let before = lists.entries.len() as u32;
            lists.starts.extend(starts.into_iter().map(|start| before + start));
            lists.entries.extend(entries);
        }
        lists.starts.push(lists.entries.len() as u32);
        lists
    }
}

/// Points by bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) entries: Vec<u32>,
    /// One more than there are buckets.
    pub(crate) starts: Vec<u32>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use curve25519_dalek::Scalar;
    use proptest::prelude::*;

    /// The scalars that the lists stand for.
    fn back(cut: Cut, lists: &Lists, count: usize) -> Vec<Scalar> {
        let mut scalars = vec![Scalar::ZERO; count];
        let mut power = Scalar::ONE;
        for window in 0..cut.windows() {
            for bucket in 0..cut.buckets() {
                let place = window * cut.buckets() + bucket;
                let (start, end) = (lists.starts[place] as usize, lists.starts[place + 1] as usize);
                for entry in &lists.entries[start..end] {
                    let digit = Scalar::from(bucket as u64 + 1) * power;
                    let digit = if entry >> 31 == 1 { -digit } else { digit };
                    scalars[(entry & !(1 << 31)) as usize] += digit;
                }
            }
            power *= Scalar::from(1_u64 << cut.width());
        }
        scalars
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn lists_stand_for_their_scalars(
            width in 3usize..=12,
            seeds in prop::collection::vec(any::<[u8; 32]>(), 0..6),
        ) {
            let cut = Cut { width, bits: 253 };
            let mut scalars: Vec<_> = seeds.into_iter().map(Scalar::from_bytes_mod_order).collect();
            scalars.extend([Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(u128::MAX)]);
            scalars.push(Scalar::from(1_u64 << (width - 1)));
            let bytes: Vec<_> = scalars.iter().map(Scalar::to_bytes).collect();
            let lists = cut.lists(&bytes);
            prop_assert_eq!(lists.starts.len(), cut.windows() * cut.buckets() + 1);
            prop_assert_eq!(back(cut, &lists, scalars.len()), scalars);
        }
    }

    #[test]
    fn cuts_grow_with_the_points() {
        let widths = [1, 20, 1088, 17_410, 1 << 20].map(|count| Cut::for_points(count, 253).width());
        assert_eq!(widths, [3, 3, 6, 10, 12]);
        assert_eq!(Cut::for_points(0, 253).lists(&[]).starts.last().unwrap(), &0);
    }
}
