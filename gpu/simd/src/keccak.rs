//! Keccak-f[1600] (FIPS 202, section 3): one state, and four at once.

/// Iota's constants (FIPS 202, algorithm 6).
pub(crate) const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Four states side by side: word `i` of state `lane` is `0[i][lane]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct States(pub [[u64; 4]; 25]);

impl States {
    /// Four states of zeros.
    pub const ZERO: Self = Self([[0; 4]; 25]);
}

/// One round, with the operations that the caller's scope has: `xor(a, b)`, `chi(a, b, c)` = a ^ (!b & c), and
/// `rotate!(a, n)`.
macro_rules! round {
    ($a:ident, $constant:expr) => {{
        let c0 = xor(xor(xor($a[0], $a[5]), xor($a[10], $a[15])), $a[20]);
        let c1 = xor(xor(xor($a[1], $a[6]), xor($a[11], $a[16])), $a[21]);
        let c2 = xor(xor(xor($a[2], $a[7]), xor($a[12], $a[17])), $a[22]);
        let c3 = xor(xor(xor($a[3], $a[8]), xor($a[13], $a[18])), $a[23]);
        let c4 = xor(xor(xor($a[4], $a[9]), xor($a[14], $a[19])), $a[24]);
        let d0 = xor(c4, rotate!(c1, 1));
        let d1 = xor(c0, rotate!(c2, 1));
        let d2 = xor(c1, rotate!(c3, 1));
        let d3 = xor(c2, rotate!(c4, 1));
        let d4 = xor(c3, rotate!(c0, 1));

        let b = [
            xor($a[0], d0),
            rotate!(xor($a[6], d1), 44),
            rotate!(xor($a[12], d2), 43),
            rotate!(xor($a[18], d3), 21),
            rotate!(xor($a[24], d4), 14),
        ];
        let r0 = xor(chi(b[0], b[1], b[2]), $constant);
        let (r1, r2) = (chi(b[1], b[2], b[3]), chi(b[2], b[3], b[4]));
        let (r3, r4) = (chi(b[3], b[4], b[0]), chi(b[4], b[0], b[1]));
        let b = [
            rotate!(xor($a[3], d3), 28),
            rotate!(xor($a[9], d4), 20),
            rotate!(xor($a[10], d0), 3),
            rotate!(xor($a[16], d1), 45),
            rotate!(xor($a[22], d2), 61),
        ];
        let (r5, r6) = (chi(b[0], b[1], b[2]), chi(b[1], b[2], b[3]));
        let (r7, r8, r9) = (chi(b[2], b[3], b[4]), chi(b[3], b[4], b[0]), chi(b[4], b[0], b[1]));
        let b = [
            rotate!(xor($a[1], d1), 1),
            rotate!(xor($a[7], d2), 6),
            rotate!(xor($a[13], d3), 25),
            rotate!(xor($a[19], d4), 8),
            rotate!(xor($a[20], d0), 18),
        ];
        let (r10, r11) = (chi(b[0], b[1], b[2]), chi(b[1], b[2], b[3]));
        let (r12, r13, r14) = (chi(b[2], b[3], b[4]), chi(b[3], b[4], b[0]), chi(b[4], b[0], b[1]));
        let b = [
            rotate!(xor($a[4], d4), 27),
            rotate!(xor($a[5], d0), 36),
            rotate!(xor($a[11], d1), 10),
            rotate!(xor($a[17], d2), 15),
            rotate!(xor($a[23], d3), 56),
        ];
        let (r15, r16) = (chi(b[0], b[1], b[2]), chi(b[1], b[2], b[3]));
        let (r17, r18, r19) = (chi(b[2], b[3], b[4]), chi(b[3], b[4], b[0]), chi(b[4], b[0], b[1]));
        let b = [
            rotate!(xor($a[2], d2), 62),
            rotate!(xor($a[8], d3), 55),
            rotate!(xor($a[14], d4), 39),
            rotate!(xor($a[15], d0), 41),
            rotate!(xor($a[21], d1), 2),
        ];
        let (r20, r21) = (chi(b[0], b[1], b[2]), chi(b[1], b[2], b[3]));
        let (r22, r23, r24) = (chi(b[2], b[3], b[4]), chi(b[3], b[4], b[0]), chi(b[4], b[0], b[1]));
        $a = [
            r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19, r20,
            r21, r22, r23, r24,
        ];
    }};
}
pub(crate) use round;

/// The permutation on one state.
#[inline(always)]
pub(crate) fn permute(state: &mut [u64; 25]) {
    #[inline(always)]
    fn xor(a: u64, b: u64) -> u64 {
        a ^ b
    }
    #[inline(always)]
    fn chi(a: u64, b: u64, c: u64) -> u64 {
        a ^ (!b & c)
    }
    macro_rules! rotate {
        ($a:expr, $n:literal) => {
            $a.rotate_left($n)
        };
    }
    let mut a = *state;
    for [first, second] in ROUND_CONSTANTS.as_chunks::<2>().0 {
        round!(a, *first);
        round!(a, *second);
    }
    *state = a;
}

/// The permutation on four states, one after the other.
pub(crate) fn permute4(states: &mut States) {
    for lane in 0..4 {
        let mut state = states.0.map(|word| word[lane]);
        permute(&mut state);
        for (word, new) in states.0.iter_mut().zip(state) {
            word[lane] = new;
        }
    }
}
