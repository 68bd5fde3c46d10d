//! Known answers that a device must give before it is asked anything.

use super::plant::Plant;
use super::random::Random;
use erbium_claims::DilithiumScheme;

/// Signatures of a self-test.
pub(super) const COUNT: usize = 8;

/// The first four bytes of what the first signature of each scheme's self-test commits to, so that not even the
/// processor is believed alone.
const KNOWN: [(DilithiumScheme, [u8; 4]); 9] = [
    (DilithiumScheme::Round3Level2, [0xba, 0x67, 0xce, 0xba]),
    (DilithiumScheme::Round3Level3, [0x78, 0x93, 0x71, 0x29]),
    (DilithiumScheme::Round3Level5, [0xc3, 0x7d, 0x94, 0x6b]),
    (DilithiumScheme::DraftLevel2, [0x69, 0x3b, 0x1d, 0xd4]),
    (DilithiumScheme::DraftLevel3, [0x7c, 0x39, 0x40, 0x54]),
    (DilithiumScheme::DraftLevel5, [0xdc, 0xbe, 0xbd, 0xf8]),
    (DilithiumScheme::MlDsa44, [0x57, 0xd6, 0x71, 0x7f]),
    (DilithiumScheme::MlDsa65, [0xfb, 0x62, 0x90, 0xff]),
    (DilithiumScheme::MlDsa87, [0x4a, 0xd5, 0x16, 0xc6]),
];

/// The signatures of a scheme's self-test, always the same, over messages and over mu.
pub(super) fn signatures(scheme: DilithiumScheme) -> Vec<Plant> {
    let mut random = Random::new(&[0x5e; 32], u64::from(scheme.number()));
    (0..COUNT).map(|i| Plant::new(scheme, &mut random, i % 3 == 2)).collect()
}

/// Whether the processor finds the known answer.
pub(super) fn is_known(scheme: DilithiumScheme, signatures: &[Plant]) -> bool {
    let known = KNOWN.iter().find(|(of, _)| *of == scheme).map(|(_, known)| known);
    let found = signatures.first().and_then(|first| first.expected(scheme));
    matches!((known, &found), (Some(known), Some([found @ .., _, _, _, _])) if found.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_knows_the_answers() {
        for (scheme, known) in KNOWN {
            let signatures = signatures(scheme);
            assert!(
                is_known(scheme, &signatures),
                "{scheme:?} {known:02x?}: {:02x?}",
                signatures[0].expected(scheme)
            );
            assert!(!is_known(scheme, &signatures[1..]));
            assert!(!is_known(scheme, &[]));
        }
    }
}
