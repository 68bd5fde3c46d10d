//! The routes against each other, and the cache.

use super::*;
use aws_lc_rs::signature::{KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair};
use proptest::prelude::*;

/// A signature as owned bytes.
#[derive(Clone, Debug)]
struct Case {
    scheme: DilithiumScheme,
    public_key: Vec<u8>,
    signature: Vec<u8>,
    message: SignedMessage,
}

impl Case {
    fn new(scheme: DilithiumScheme, seed: u8, message: &[u8]) -> Self {
        let algorithm = match scheme {
            DilithiumScheme::MlDsa44 => &ML_DSA_44_SIGNING,
            DilithiumScheme::MlDsa65 => &ML_DSA_65_SIGNING,
            _ => &ML_DSA_87_SIGNING,
        };
        let pair = PqdsaKeyPair::from_seed(algorithm, &[seed; 32]).unwrap();
        let mut signature = vec![0; scheme.signature_len()];
        pair.sign(message, &mut signature).unwrap();
        Self {
            scheme,
            public_key: pair.public_key().as_ref().to_vec(),
            signature,
            message: message.to_vec().into(),
        }
    }

    fn signed(&self) -> Signed<'_> {
        let Self { scheme, public_key, signature, message } = self;
        Signed { scheme: *scheme, public_key, signature, message }
    }

    fn params(&self) -> &'static Params {
        Params::of(self.scheme)
    }

    /// The hints' bytes: positions, then where each row's end.
    fn hints(&mut self) -> (&mut [u8], &mut [u8]) {
        let params = self.params();
        let start = self.signature.len() - params.omega - params.k;
        self.signature[start..].split_at_mut(params.omega)
    }

    /// The same claim over mu.
    fn over_mu(&self) -> Self {
        let SignedMessage::Plain(_) = &self.message else { return self.clone() };
        let mu = dilithium::ExpandedKey::new(self.scheme, &self.public_key)
            .map_or([0; 64], |key| key.mu(&self.message));
        Self { message: SignedMessage::Mu(mu), ..self.clone() }
    }
}

/// What is done to a signature.
#[derive(Clone, Copy, Debug)]
enum Change {
    None,
    FlipKey(prop::sample::Index, u8),
    FlipSignature(prop::sample::Index, u8),
    FlipMessage(prop::sample::Index, u8),
    Resize(bool, usize),
    /// The same hints in another order.
    SwapHints,
    /// A hint said twice.
    RepeatHint,
    /// A byte behind the last hint that is not 0.
    Padding(u8),
    /// A count of hints beyond what there is room for, or that falls.
    Count(prop::sample::Index, u8),
    /// A coefficient of z at its largest.
    LongResponse(prop::sample::Index),
}

fn changes() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => Just(Change::None),
        1 => (index(), 0..8u8).prop_map(|(at, bit)| Change::FlipKey(at, bit)),
        1 => (index(), 0..8u8).prop_map(|(at, bit)| Change::FlipSignature(at, bit)),
        1 => (index(), 0..8u8).prop_map(|(at, bit)| Change::FlipMessage(at, bit)),
        1 => (any::<bool>(), 0..3usize).prop_map(|(key, by)| Change::Resize(key, by)),
        1 => Just(Change::SwapHints),
        1 => Just(Change::RepeatHint),
        1 => (1..=255u8).prop_map(Change::Padding),
        1 => (index(), any::<u8>()).prop_map(|(at, to)| Change::Count(at, to)),
        1 => index().prop_map(Change::LongResponse),
    ]
}

fn changed(mut case: Case, change: Change) -> Case {
    let flip = |bytes: &mut Vec<u8>, at: prop::sample::Index, bit: u8| {
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
    };
    let params = case.params();
    match change {
        Change::None => {}
        Change::FlipKey(at, bit) => flip(&mut case.public_key, at, bit),
        Change::FlipSignature(at, bit) => flip(&mut case.signature, at, bit),
        Change::FlipMessage(at, bit) => match &mut case.message {
            SignedMessage::Plain(message) => flip(message, at, bit),
            SignedMessage::Mu(mu) => mu[at.index(64)] ^= 1 << bit,
        },
        Change::Resize(key, by) => {
            let bytes = if key { &mut case.public_key } else { &mut case.signature };
            let len = bytes.len() + by - 1;
            bytes.resize(len, 0);
        }
        Change::SwapHints => {
            let (positions, ends) = case.hints();
            if ends[0] >= 2 {
                positions.swap(0, 1);
            }
        }
        Change::RepeatHint => {
            let (positions, ends) = case.hints();
            if ends[0] >= 1 && usize::from(*ends.last().unwrap()) < positions.len() {
                positions.copy_within(..params.omega - 1, 1);
                ends.iter_mut().for_each(|end| *end += 1);
            }
        }
        Change::Padding(byte) => {
            let (positions, ends) = case.hints();
            if let Some(place) = positions.get_mut(usize::from(*ends.last().unwrap())..) {
                place.iter_mut().take(1).for_each(|place| *place = byte);
            }
        }
        Change::Count(at, to) => {
            let (_, ends) = case.hints();
            ends[at.index(ends.len())] = to;
        }
        Change::LongResponse(at) => {
            // All zeros read as gamma1.
            let start = params.c_tilde_len + at.index(params.l * params.z_len() - 3);
            case.signature[start..start + 3].fill(0);
        }
    }
    case
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let schemes = prop::sample::select(vec![
        DilithiumScheme::MlDsa44,
        DilithiumScheme::MlDsa65,
        DilithiumScheme::MlDsa87,
    ]);
    // Few seeds, so that keys come again in a batch.
    let case = (schemes, 0..6u8, prop::collection::vec(any::<u8>(), 1..300), changes(), any::<bool>())
        .prop_map(|(scheme, seed, message, change, mu)| {
            let case = Case::new(scheme, seed, &message);
            changed(if mu { case.over_mu() } else { case }, change)
        });
    prop::collection::vec(case, 1..20)
}

/// What aws-lc-rs says of each; over mu, of the message that mu came from if the rest is untouched.
fn by_library(cases: &[Case]) -> Vec<Verdict> {
    let library = Signatures::new(Route::Library, 0);
    cases.iter().map(|case| library.verify_one(case.signed())).collect()
}

fn routes() -> [Route; 5] {
    [Route::Fastest, Route::Library, Route::Plain, Route::FourWay, Route::FourWayPortable]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_route_gives_the_same_verdicts(cases in cases(), planted in any::<prop::sample::Index>()) {
        let expected = by_library(&cases);
        let signed: Vec<_> = cases.iter().map(Case::signed).collect();
        let mut wrong = expected.clone();
        let at = planted.index(wrong.len());
        wrong[at] = (!wrong[at].is_valid()).into();
        for route in routes() {
            for bytes in [0, 4 << 20] {
                let verifier = Signatures::new(route, bytes);
                for _ in 0..3 {
                    let verdicts = verifier.verify(&signed).unwrap();
                    prop_assert_eq!(&verdicts, &expected, "{:?} with {} bytes", route, bytes);
                    prop_assert_ne!(&verdicts, &wrong);
                    let singly: Vec<_> = signed.iter().map(|one| verifier.verify_one(*one)).collect();
                    prop_assert_eq!(&singly, &expected, "{:?} with {} bytes", route, bytes);
                }
            }
        }
    }

    #[test]
    fn mu_says_the_same_as_its_message(seed in 0..6u8, message in prop::collection::vec(any::<u8>(), 1..300), change in changes()) {
        for scheme in [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87] {
            let plain = changed(Case::new(scheme, seed, &message), change);
            let mu = plain.over_mu();
            for route in routes() {
                let verifier = Signatures::new(route, 1 << 20);
                prop_assert_eq!(verifier.verify_one(plain.signed()), verifier.verify_one(mu.signed()));
            }
        }
    }

    #[test]
    fn the_cache_stays_within_its_bytes(sizes in 0usize..2_000_000, seeds in prop::collection::vec(any::<u8>(), 1..60)) {
        let verifier = Signatures::new(Route::FourWay, sizes);
        for seed in seeds {
            // Not a signature, but a key like any other.
            let public_key = vec![seed; DilithiumScheme::MlDsa65.public_key_len()];
            let signature = vec![0; DilithiumScheme::MlDsa65.signature_len()];
            let message = SignedMessage::Plain(vec![]);
            let signed =
                Signed { scheme: DilithiumScheme::MlDsa65, public_key: &public_key, signature: &signature, message: &message };
            prop_assert_eq!(verifier.verify_one(signed), Verdict::Invalid);
            prop_assert!(verifier.cache.held().1 <= sizes);
        }
    }
}

/// Bytes that are a signature of no one, but well-formed: z within its norm, hints that rise.
fn well_formed(params: &Params, seed: u64, hints: &[(u8, u8)]) -> Vec<u8> {
    let mut state = seed | 1;
    let mut noise = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut signature: Vec<u8> = (0..params.c_tilde_len).map(|_| noise() as u8).collect();
    let mut bits = vec![0u8; params.l * params.z_len()];
    let width = params.gamma1_bits as usize + 1;
    for i in 0..params.l * 256 {
        // Less than gamma1 - beta away from gamma1.
        let room = 2 * u64::from(params.gamma1() - params.beta) - 1;
        let stored = u64::from(params.beta) + 1 + noise() % room;
        for bit in 0..width {
            bits[(i * width + bit) / 8] |= ((stored >> bit & 1) as u8) << ((i * width + bit) % 8);
        }
    }
    signature.extend(bits);
    let (mut places, mut ends) = (Vec::new(), Vec::new());
    for row in 0..params.k {
        let mut of_row: Vec<u8> = hints
            .iter()
            .filter(|(at, _)| usize::from(*at) % params.k == row)
            .map(|(_, place)| *place)
            .collect();
        of_row.sort_unstable();
        of_row.dedup();
        places.extend(of_row);
        places.truncate(params.omega);
        ends.push(places.len() as u8);
    }
    places.resize(params.omega, 0);
    signature.extend(places);
    signature.extend(ends);
    signature
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn commitments_are_those_of_the_plain_verifier(
        number in prop::sample::select(vec![2u64, 3, 5, 18, 19, 21, 44, 65, 87]),
        seeds in prop::collection::vec(any::<u64>(), 1..=WIDTH),
        hints in prop::collection::vec(any::<(u8, u8)>(), 0..80),
        key_bytes in any::<u8>(),
        message in prop::collection::vec(any::<u8>(), 0..400),
        planted in any::<prop::sample::Index>(),
    ) {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        let params = Params::of(scheme);
        let message = SignedMessage::Plain(message);
        let cases: Vec<(Vec<u8>, Vec<u8>)> = seeds
            .iter()
            .map(|seed| {
                let byte = |i: usize| (seed.rotate_left(i as u32 % 64) as u8).wrapping_add(key_bytes) ^ i as u8;
                ((0..scheme.public_key_len()).map(byte).collect(), well_formed(params, *seed, &hints))
            })
            .collect();
        let expected: Vec<_> = cases
            .iter()
            .map(|(public_key, signature)| {
                let key = dilithium::ExpandedKey::new(scheme, public_key).unwrap();
                let signature = dilithium::Signature::decode(params, signature).unwrap();
                key.commitment(&key.mu(&message), &signature)[..params.c_tilde_len].to_vec()
            })
            .collect();
        for kernels in [Kernels::PORTABLE, Kernels::fastest()] {
            let keys: Vec<_> = cases.iter().map(|case| ExpandedKey::expand(kernels, params, &case.0)).collect();
            // Bit by bit: which of the keys are at hand.
            for at_hand in 0..1 << cases.len() {
                let items: Vec<_> = cases
                    .iter()
                    .enumerate()
                    .map(|(i, (public_key, signature))| {
                        let expanded = (at_hand >> i & 1 == 1).then(|| &keys[i]);
                        Item { public_key, expanded, signature, message: &message }
                    })
                    .collect();
                let found: Vec<_> = check::commitments(kernels, params, &items)
                    .into_iter()
                    .flatten()
                    .map(|found| found[..params.c_tilde_len].to_vec())
                    .collect();
                prop_assert_eq!(&found, &expected);
                // Planted.
                let mut wrong = expected.clone();
                wrong[planted.index(cases.len())][0] ^= 1;
                prop_assert_ne!(found, wrong);
            }
        }
    }
}

#[test]
fn malformed_hints_are_told_from_sound_ones() {
    // Each of these leaves the meaning of the hints as it was: only its spelling is wrong.
    for scheme in [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87] {
        let sound = Case::new(scheme, 1, b"hints");
        for change in [Change::SwapHints, Change::RepeatHint, Change::Padding(9)] {
            let bad = changed(sound.clone(), change);
            for route in routes() {
                let verifier = Signatures::new(route, 1 << 20);
                assert_eq!(verifier.verify_one(sound.signed()), Verdict::Valid);
                assert!(bad.signature != sound.signature, "{change:?} changed nothing");
                assert_eq!(verifier.verify_one(bad.signed()), Verdict::Invalid, "{change:?} by {route:?}");
            }
        }
    }
}

#[test]
fn a_key_is_kept_when_it_comes_again() {
    let verifier = Signatures::new(Route::FourWay, 1 << 20);
    let case = Case::new(DilithiumScheme::MlDsa44, 1, b"once");
    let other = Case::new(DilithiumScheme::MlDsa44, 2, b"once");
    for (keys, case) in [(0, &case), (0, &other), (1, &case), (1, &case), (2, &other)] {
        assert_eq!(verifier.verify_one(case.signed()), Verdict::Valid);
        assert_eq!(verifier.cache.held().0, keys);
    }
    // Twice in one batch is twice.
    let verifier = Signatures::new(Route::FourWay, 1 << 20);
    assert_eq!(
        verifier.verify(&[case.signed(), other.signed(), case.signed()]).unwrap(),
        [Verdict::Valid; 3]
    );
    assert_eq!(verifier.cache.held().0, 1);
    // A cache of nothing keeps nothing.
    let verifier = Signatures::new(Route::FourWay, 0);
    assert_eq!(verifier.verify(&vec![case.signed(); 5]).unwrap(), [Verdict::Valid; 5]);
    assert_eq!(verifier.cache.held(), (0, 0));
}
