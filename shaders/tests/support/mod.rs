//! What the tests share.

use erbium_shaders::dilithium::{Q, Set};

/// The schemes, by their numbers in Erbium, with their sets (FIPS 204, table 1; round 3 of CRYSTALS-Dilithium; the draft of
/// FIPS 204).
pub(crate) fn sets() -> [(u32, Set); 9] {
    [2, 3, 5, 18, 19, 21, 44, 65, 87].map(|scheme| (scheme, set(scheme)))
}

fn set(scheme: u32) -> Set {
    let level_2 = Set {
        k: 4,
        l: 4,
        tau: 39,
        gamma1_bits: 17,
        gamma2: (Q - 1) / 88,
        omega: 80,
        tr_len: 64,
        c_tilde_len: 32,
        ball_seed_len: 32,
        prefix_len: 2,
    };
    let (gamma1_bits, gamma2) = (19, (Q - 1) / 32);
    let level = match scheme {
        2 | 18 | 44 => level_2,
        3 | 19 | 65 => {
            Set { k: 6, l: 5, tau: 49, gamma1_bits, gamma2, omega: 55, c_tilde_len: 48, ..level_2 }
        }
        _ => Set { k: 8, l: 7, tau: 60, gamma1_bits, gamma2, omega: 75, c_tilde_len: 64, ..level_2 },
    };
    match scheme {
        2 | 3 | 5 => Set { tr_len: 32, c_tilde_len: 32, prefix_len: 0, ..level },
        18 | 19 | 21 => Set { prefix_len: 0, ..level },
        _ => Set { ball_seed_len: level.c_tilde_len, ..level },
    }
}
