//! Every kernel: the forms against each other, and the portable form against its definition.

use crate::sample::{RATE_128, Stream};
use crate::{Absorbing, Kernels, Poly, Q, RATE_256, Range, States};
use proptest::prelude::*;

/// True where both forms compute the same; trivially so on a processor that has only one.
fn agree<T: PartialEq>(portable: impl Fn(Kernels) -> T, fastest: impl Fn(Kernels) -> T) -> bool {
    portable(Kernels::PORTABLE) == fastest(Kernels::fastest())
}

fn poly(range: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = Poly> {
    prop::collection::vec(range, 256).prop_map(|v| Poly(v.try_into().unwrap()))
}

fn states() -> impl Strategy<Value = States> {
    prop::array::uniform25(any::<[u64; 4]>()).prop_map(States)
}

fn ranges() -> impl Strategy<Value = Range> {
    prop::sample::select(vec![Range::Narrow, Range::Wide])
}

fn with<T: Copy>(start: &T, change: impl Fn(&mut T)) -> T {
    let mut value = *start;
    change(&mut value);
    value
}

fn random_bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    // Mostly noise, sometimes runs of one byte, which are refused candidates or the ends of ranges.
    (prop::collection::vec(any::<u8>(), N), any::<u8>(), prop::option::of(0..N)).prop_map(
        |(mut bytes, fill, from)| {
            if let Some(from) = from {
                bytes[from..].fill(fill);
            }
            bytes.try_into().unwrap()
        },
    )
}

fn multiply(a: &Poly, b: &Poly) -> Poly {
    let mut sums = [0i64; 512];
    for (i, a) in a.0.iter().enumerate() {
        for (j, b) in b.0.iter().enumerate() {
            sums[i + j] = (sums[i + j] + i64::from(*a) * i64::from(*b)) % i64::from(Q);
        }
    }
    Poly(std::array::from_fn(|i| (sums[i] - sums[i + 256]).rem_euclid(i64::from(Q)) as i32))
}

/// `bytes` as one number in little-endian bits, cut into numbers of `bits`.
fn cut(bytes: &[u8], bits: usize) -> Vec<i32> {
    let bit = |i: usize| i32::from(bytes[i / 8] >> (i % 8) & 1);
    (0..256).map(|i| (0..bits).map(|k| bit(i * bits + k) << k).sum()).collect()
}

#[test]
fn the_hashes_of_fips_202() {
    // SHAKE256 of nothing, as NIST's examples have it.
    let empty =
        [0x46, 0xb9, 0xdd, 0x2b, 0x0b, 0xa8, 0x8d, 0x13, 0x23, 0x3b, 0x3f, 0xeb, 0x74, 0x3e, 0xeb, 0x24];
    for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
        assert_eq!(kernels.shake256(&[]).first::<16>(), empty);
        for sponge in kernels.shake256_four([&[], &[&[]], &[&[], &[]], &[]]) {
            assert_eq!(sponge.first::<16>(), empty);
        }
    }
}

#[test]
fn high_bits_of_every_number() {
    // Algorithm 36 as it is written.
    let define = |range: Range, r: i32| {
        let modulus = 2 * range.gamma2();
        let mut low = r % modulus;
        if low > range.gamma2() {
            low -= modulus;
        }
        if r - low == Q - 1 { 0 } else { (r - low) / modulus }
    };
    for range in [Range::Narrow, Range::Wide] {
        assert_eq!(range.high_count(), define(range, Q - 1 - range.gamma2() - 1) + 1);
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            for start in (0..Q).step_by(256) {
                let numbers = Poly(std::array::from_fn(|i| (start + i as i32).min(Q - 1)));
                let mut high = [0; 256];
                kernels.high_bits(range, &numbers, &mut high);
                assert_eq!(
                    high.map(i32::from),
                    numbers.0.map(|r| define(range, r)),
                    "{range:?} from {start}"
                );
            }
        }
    }
}

#[test]
fn transforms_at_the_ends_of_their_ranges() {
    for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
        for value in [Q, -Q, Q - 1, 1 - Q, 1, 0] {
            let transformed = with(&Poly([value; 256]), |poly| kernels.ntt(poly));
            assert!(transformed.0.iter().all(|c| c.abs() < 9 * Q), "{value}");
        }
        // Equal values are the transform of a constant; its sums are the largest there can be.
        for value in [Q - 1, 1 - Q] {
            let back = with(&Poly([value; 256]), |poly| kernels.inverse_ntt(poly));
            let mut expected = Poly::ZERO;
            expected.0[0] = (i64::from(value) * (1 << 32)).rem_euclid(i64::from(Q)) as i32;
            assert_eq!(back, expected, "{value}");
        }
        let (matrix, other) = (Poly([Q - 1; 256]), Poly([9 * Q - 1; 256]));
        let pairs = [(&matrix, &other); 7].into_iter().chain([(&other, &other)]);
        let sum = with(&Poly::ZERO, |sum| kernels.inner_product(pairs.clone(), sum));
        let two_to_32 = (1i128 << 32) % i128::from(Q);
        let product = i128::from(Q - 1) * i128::from(9 * Q - 1) * 7 + i128::from(9 * Q - 1).pow(2);
        assert!(
            sum.0.iter().all(|c| (i128::from(*c) * two_to_32 - product) % i128::from(Q) == 0 && c.abs() < Q)
        );
    }
}

/// Every number near an end of the range, at every place of a polynomial, alone among zeros.
#[test]
fn responses_at_their_bounds() {
    for (range, bits, gamma1) in [(Range::Narrow, 18, 1_i32 << 17), (Range::Wide, 20, 1 << 19)] {
        let with_one = |place: usize, stored: i32| {
            let mut bytes = vec![0; 2 * range.response_len()];
            for i in 0..512 {
                let stored = if i == place { stored } else { gamma1 };
                for k in 0..bits {
                    let bit = i * bits + k;
                    bytes[bit / 8] |= ((stored >> k & 1) as u8) << (bit % 8);
                }
            }
            bytes
        };
        for place in (0..512).step_by(if cfg!(miri) { 97 } else { 3 }) {
            for beta in [1, 78, 196] {
                let bound = gamma1 - beta;
                for stored in [0, 1, beta - 1, beta, beta + 1, gamma1, gamma1 + 1, 2 * gamma1 - beta - 1]
                    .into_iter()
                    .chain([2 * gamma1 - beta, (2 * gamma1 - beta + 1).min(2 * gamma1 - 1), 2 * gamma1 - 1])
                {
                    let within = (gamma1 - stored).abs() < bound;
                    for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
                        let found = kernels.responses_within(range, &with_one(place, stored), bound as u32);
                        assert_eq!(found, within, "{range:?}, {stored} at {place}, {}", kernels.name());
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 64 }))]

    #[test]
    fn permutations_agree(start in states(), word in 0usize..25, lane in 0usize..4, bit in 0u32..64) {
        let permute = |start: States| move |kernels: Kernels| with(&start, |states| kernels.permute4(states));
        prop_assert!(agree(permute(start), permute(start)));
        let one = |start: States| move |kernels: Kernels| {
            with(&start.0.map(|words| words[lane]), |state| kernels.permute(state))
        };
        prop_assert!(agree(one(start), one(start)));
        prop_assert_eq!(one(start)(Kernels::PORTABLE), permute(start)(Kernels::PORTABLE).0.map(|words| words[lane]));
        // Planted.
        let other = with(&start, |states| states.0[word][lane] ^= 1 << bit);
        prop_assert!(!agree(permute(start), permute(other)));
        prop_assert!(!agree(one(start), one(other)));
        // One lane knows nothing of the others.
        let only = |start: States| permute(start)(Kernels::fastest()).0.map(|words| words[(lane + 1) % 4]);
        prop_assert_eq!(only(start), only(other));
    }

    #[test]
    fn output_is_read_alike(start in states(), block in 0usize..5, lane in 0usize..4, byte in 0usize..RATE_128) {
        let read = |change: bool| move |kernels: Kernels| {
            let mut streams: [Stream; 4] = [[0; size_of::<Stream>()]; 4];
            kernels.squeeze(&start, block * RATE_128, &mut streams);
            streams[lane][block * RATE_128 + byte] ^= u8::from(change);
            streams
        };
        prop_assert!(agree(read(false), read(false)));
        prop_assert!(!agree(read(false), read(true)));
        let stream = read(false)(Kernels::PORTABLE)[lane];
        prop_assert_eq!(stream[block * RATE_128 + byte], start.0[byte / 8][lane].to_le_bytes()[byte % 8]);
    }

    #[test]
    fn candidates_are_accepted_alike(stream in random_bytes::<{ size_of::<Stream>() }>(), at in 0usize..768) {
        let accept = |stream: Stream| move |kernels: Kernels| {
            let mut poly = Poly::ZERO;
            let count = kernels.accept(&stream, &mut poly);
            (poly, count)
        };
        prop_assert!(agree(accept(stream), accept(stream)));
        let expected: Vec<i32> = stream[..5 * RATE_128]
            .chunks_exact(3)
            .map(|b| i32::from(b[0]) | i32::from(b[1]) << 8 | i32::from(b[2] & 0x7f) << 16)
            .filter(|candidate| *candidate < Q)
            .take(256)
            .collect();
        let (poly, count) = accept(stream)(Kernels::PORTABLE);
        prop_assert_eq!((&poly.0[..count], count), (&expected[..], expected.len()));
        // Planted, where the byte counts at all: the low byte of an accepted candidate.
        let at = at / 3 * 3;
        let mut other = stream;
        other[at] ^= 1;
        let accepted = |stream: &Stream| {
            i32::from_le_bytes([stream[at], stream[at + 1], stream[at + 2] & 0x7f, 0]) < Q
        };
        if accepted(&stream) && accepted(&other) {
            prop_assert!(!agree(accept(stream), accept(other)));
        }
    }

    #[test]
    fn polynomials_are_drawn_alike(seeds in any::<[[u8; 32]; 4]>(), nonces in any::<[[u8; 2]; 4]>(), lane in 0usize..4) {
        let seeds: [[u8; 34]; 4] =
            std::array::from_fn(|i| [&seeds[i][..], &nonces[i]].concat().try_into().unwrap());
        let draw = |seeds: [[u8; 34]; 4]| move |kernels: Kernels| {
            let mut polys = [Poly::ZERO; 4];
            kernels.uniform4(&seeds, polys.each_mut());
            polys
        };
        prop_assert!(agree(draw(seeds), draw(seeds)));
        let mut other = seeds;
        other[lane][33] ^= 1;
        prop_assert!(!agree(draw(seeds), draw(other)));
        prop_assert!(draw(seeds)(Kernels::fastest()).iter().all(|poly| poly.0.iter().all(|c| (0..Q).contains(c))));
    }

    #[test]
    fn a_guest_disturbs_nobody_and_is_hashed(
        seeds in any::<[[u8; 32]; 4]>(),
        message in prop::collection::vec(any::<u8>(), 0..12 * RATE_256),
        at in any::<prop::sample::Index>(),
    ) {
        let seeds: [[u8; 34]; 4] = std::array::from_fn(|i| [&seeds[i][..], &[1, 2]].concat().try_into().unwrap());
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            let mut expected = [Poly::ZERO; 4];
            kernels.uniform4(&seeds, expected.each_mut());
            let mut guest = Absorbing::new(&message);
            let mut turns = 0;
            while guest.is_hungry() {
                let mut polys = [Poly::ZERO; 3];
                kernels.uniform3(&[seeds[0], seeds[1], seeds[2]], polys.each_mut(), &mut guest);
                prop_assert_eq!(&polys[..], &expected[..3]);
                turns += 1;
            }
            prop_assert_eq!(turns, (message.len() / RATE_256 + 1).div_ceil(5));
            let hash = guest.finish(kernels).block();
            prop_assert_eq!(hash, Kernels::PORTABLE.shake256(&[&message]).block());
            // Planted.
            let mut other = message.clone();
            other.insert(at.index(message.len() + 1), 7);
            prop_assert_ne!(hash, Kernels::PORTABLE.shake256(&[&other]).block());
            // Nothing taken in yet is no loss either.
            prop_assert_eq!(Absorbing::new(&message).finish(kernels).block(), hash);
        }
    }

    #[test]
    fn transforms_agree_and_multiply(a in poly(-Q..=Q), b in poly(0..=Q - 1), at in 0usize..256) {
        let forward = |poly: Poly| move |kernels: Kernels| with(&poly, |poly| kernels.ntt(poly));
        let back = |poly: Poly| move |kernels: Kernels| with(&poly, |poly| kernels.inverse_ntt(poly));
        prop_assert!(agree(forward(a), forward(a)));
        prop_assert!(agree(back(b), back(b)));
        let other = with(&b, |poly| poly.0[at] ^= 1);
        prop_assert!(!agree(forward(b), forward(other)));
        prop_assert!(!agree(back(b), back(other)));

        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            let (left, right) = (forward(a)(kernels), forward(b)(kernels));
            let product = with(&Poly::ZERO, |sum| kernels.inner_product([(&left, &right)].into_iter(), sum));
            prop_assert_eq!(back(product)(kernels), multiply(&a, &b));
        }
    }

    #[test]
    fn inner_products_agree(
        left in prop::collection::vec(poly(-Q..=Q), 1..8),
        right in prop::collection::vec(poly(-9 * Q..=9 * Q), 8),
        at in 0usize..256,
    ) {
        let sum = |change: i32| {
            let (left, mut right) = (left.clone(), right.clone());
            right[0].0[at] += change;
            move |kernels: Kernels| with(&Poly::ZERO, |sum| kernels.inner_product(left.iter().zip(&right), sum))
        };
        prop_assert!(agree(sum(0), sum(0)));
        prop_assert!(left[0].0[at] % Q == 0 || !agree(sum(0), sum(1)));
    }

    #[test]
    fn responses_are_read_alike(range in ranges(), bytes in random_bytes::<640>(), beta in 1..300, bit in 0usize..576 * 8) {
        let bytes = &bytes[..range.response_len()];
        let (bits, gamma1) = if range == Range::Narrow { (18, 1 << 17) } else { (20, 1 << 19) };
        let decode = |bytes: Vec<u8>, bound: i32| move |kernels: Kernels| {
            let mut poly = Poly::ZERO;
            let within = kernels.decode_response(range, &bytes, bound, &mut poly);
            (within, poly)
        };
        prop_assert!(agree(decode(bytes.to_vec(), gamma1 - beta), decode(bytes.to_vec(), gamma1 - beta)));
        let mut other = bytes.to_vec();
        other[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!agree(decode(bytes.to_vec(), gamma1), decode(other, gamma1)));

        let (_, poly) = decode(bytes.to_vec(), gamma1)(Kernels::PORTABLE);
        let expected: Vec<i32> = cut(bytes, bits).into_iter().map(|number| gamma1 - number).collect();
        prop_assert_eq!(&poly.0[..], &expected[..]);
        // The bound is the first number that is too long, on both sides.
        let longest = expected.iter().map(|z| z.abs()).max().unwrap();
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            prop_assert!(!decode(bytes.to_vec(), longest)(kernels).0);
            prop_assert!(decode(bytes.to_vec(), longest + 1)(kernels).0);
            prop_assert_eq!(decode(bytes[1..].to_vec(), gamma1)(kernels), (false, Poly::ZERO));
            prop_assert_eq!(decode([bytes, &[0]].concat(), gamma1)(kernels), (false, Poly::ZERO));
        }
    }

    #[test]
    fn responses_within_a_bound_are_told_without_reading_them(
        range in ranges(),
        polys in 0usize..4,
        bytes in prop::collection::vec(any::<u8>(), 3 * 640),
        bound in prop_oneof![1u32..400, (1u32 << 17) - 400..=1 << 17, (1u32 << 19) - 400..=1 << 19],
    ) {
        let bound = bound.min(if range == Range::Narrow { 1 << 17 } else { 1 << 19 });
        let bytes = &bytes[..polys * range.response_len()];
        let decoded = bytes.chunks(range.response_len()).all(|bytes| {
            Kernels::PORTABLE.decode_response(range, bytes, bound as i32, &mut Poly::ZERO.clone())
        });
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            prop_assert_eq!(kernels.responses_within(range, bytes, bound), decoded);
            prop_assert!(!kernels.responses_within(range, &[bytes, &[0]].concat(), bound));
            prop_assert!(bytes.is_empty() || !kernels.responses_within(range, &bytes[1..], bound));
            prop_assert_eq!(kernels.responses_within(range, bytes, 0), bytes.is_empty());
        }
    }

    #[test]
    fn high_bits_are_packed_alike(range in ranges(), numbers in random_bytes::<256>(), at in 0usize..256) {
        let (bits, count) = if range == Range::Narrow { (6, 44) } else { (4, 16) };
        let numbers = numbers.map(|number| number % count);
        let pack = |numbers: [u8; 256]| move |kernels: Kernels| {
            let mut bytes = vec![0; range.high_len()];
            kernels.pack_high(range, &numbers, &mut bytes);
            bytes
        };
        prop_assert!(agree(pack(numbers), pack(numbers)));
        prop_assert!(!agree(pack(numbers), pack(with(&numbers, |numbers| numbers[at] ^= 1))));
        prop_assert_eq!(cut(&pack(numbers)(Kernels::PORTABLE), bits), numbers.map(i32::from).to_vec());
    }

    #[test]
    fn four_keccak_hashes_are_the_library_s(
        messages in prop::array::uniform4(prop::collection::vec(any::<u8>(), 0..600)),
    ) {
        let expected = messages.each_ref().map(|message| <[u8; 32]>::from(keccak_asm::Keccak256::digest(message)));
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            let [a, b, c, d] = messages.each_ref().map(Vec::as_slice);
            prop_assert_eq!(kernels.keccak256_four([a, b, c, d]), expected);
            // Planted.
            let longer = [a, &[0]].concat();
            prop_assert_ne!(kernels.keccak256_four([&longer, b, c, d]), expected);
        }
    }

    #[test]
    fn four_hashes_are_four_times_one(
        messages in prop::array::uniform4(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..4)),
    ) {
        let parts: Vec<Vec<&[u8]>> =
            messages.iter().map(|parts| parts.iter().map(Vec::as_slice).collect()).collect();
        let joined = messages.each_ref().map(|parts| parts.concat());
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            let sponges = kernels.shake256_four([&parts[0], &parts[1], &parts[2], &parts[3]]);
            for (mut sponge, message) in sponges.into_iter().zip(&joined) {
                let mut one = kernels.shake256(&[message]);
                prop_assert_eq!(sponge.block(), one.block());
                sponge.advance();
                one.advance();
                prop_assert_eq!(sponge.block(), one.block());
                // Planted.
                let mut longer = message.clone();
                longer.push(0);
                prop_assert_ne!(kernels.shake256(&[&longer]).block(), kernels.shake256(&[message]).block());
            }
        }
    }
}
