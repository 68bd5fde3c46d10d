//! Which precompiles a fork has: each set is the previous one with some entries replaced or added.

use super::{Precompile, blake2, bls12_381, bn254, ecrecover, hash, kzg, modexp, p256};
use crate::fork::Fork;
use primitive_types::H160;

/// The precompiles of one fork, looked up by address.
#[derive(Debug)]
pub struct Precompiles {
    /// Indexed by [`slot`].
    slots: [Option<Precompile>; SLOTS],
}

/// Addresses below this have slots of their own number.
const LOW: u16 = 0x20;
/// First of the addresses that follow in the table (EIP-7951 and what rollups put beside it).
const HIGH: u16 = 0x100;
/// How many addresses from [`HIGH`] on have slots.
const HIGH_LEN: u16 = 0x10;
const SLOTS: usize = (LOW + HIGH_LEN) as usize;

/// Position of an address (its low 16 bits; the others are zero) in the table.
const fn slot(address: u16) -> Option<usize> {
    match address {
        0..LOW => Some(address as usize),
        HIGH.. if address - HIGH < HIGH_LEN => Some((address - HIGH + LOW) as usize),
        _ => None,
    }
}

/// The address whose [`slot`] this is.
fn address_of(slot: usize) -> H160 {
    let low = usize::from(LOW);
    let number = if slot < low { slot } else { slot - low + usize::from(HIGH) };
    H160::from_low_u64_be(number as u64)
}

static FRONTIER: Precompiles = frontier();
static BYZANTIUM: Precompiles = byzantium();
static ISTANBUL: Precompiles = istanbul();
static BERLIN: Precompiles = berlin();
static CANCUN: Precompiles = cancun();
static PRAGUE: Precompiles = prague();
static OSAKA: Precompiles = osaka();

impl Precompiles {
    /// The precompiles in force under `fork`.
    pub fn of(fork: Fork) -> &'static Self {
        match fork {
            Fork::Frontier | Fork::Homestead | Fork::TangerineWhistle | Fork::SpuriousDragon => &FRONTIER,
            Fork::Byzantium | Fork::Constantinople | Fork::Petersburg => &BYZANTIUM,
            Fork::Istanbul => &ISTANBUL,
            Fork::Berlin | Fork::London | Fork::Paris | Fork::Shanghai => &BERLIN,
            Fork::Cancun => &CANCUN,
            Fork::Prague => &PRAGUE,
            Fork::Osaka | Fork::Bpo1 | Fork::Bpo2 | Fork::Bpo3 | Fork::Bpo4 | Fork::Amsterdam => &OSAKA,
        }
    }

    /// The contract at `address`, if it is precompiled.
    #[inline]
    pub fn get(&self, address: &H160) -> Option<&Precompile> {
        let [zeros @ .., high, low] = &address.0;
        if *zeros != [0; 18] {
            return None;
        }
        self.slots[slot(u16::from_be_bytes([*high, *low]))?].as_ref()
    }

    /// Whether a precompile lives at `address`.
    #[inline]
    pub fn contains(&self, address: &H160) -> bool {
        self.get(address).is_some()
    }

    /// The addresses in use, ascending.
    pub fn addresses(&self) -> impl Iterator<Item = H160> {
        self.slots.iter().enumerate().filter(|(_, entry)| entry.is_some()).map(|(slot, _)| address_of(slot))
    }

    /// The set with a contract put at `address`. Only for the constants below: an address without a slot does not
    /// compile.
    #[expect(clippy::panic, reason = "evaluated at compile time only")]
    const fn with(mut self, address: u16, name: &'static str, run: super::PrecompileFn) -> Self {
        match slot(address) {
            Some(slot) => self.slots[slot] = Some(Precompile::new(name, run)),
            None => panic!("address has no slot"),
        }
        self
    }
}

const fn frontier() -> Precompiles {
    Precompiles { slots: [None; SLOTS] }
        .with(0x01, "ECREC", ecrecover::run)
        .with(0x02, "SHA256", hash::sha256)
        .with(0x03, "RIPEMD160", hash::ripemd160)
        .with(0x04, "ID", hash::identity)
}

/// EIP-198, EIP-196, EIP-197.
const fn byzantium() -> Precompiles {
    frontier()
        .with(0x05, "MODEXP", modexp::byzantium)
        .with(0x06, "BN254_ADD", bn254::add_byzantium)
        .with(0x07, "BN254_MUL", bn254::mul_byzantium)
        .with(0x08, "BN254_PAIRING", bn254::pairing_byzantium)
}

/// EIP-1108, EIP-152.
const fn istanbul() -> Precompiles {
    byzantium()
        .with(0x06, "BN254_ADD", bn254::add_istanbul)
        .with(0x07, "BN254_MUL", bn254::mul_istanbul)
        .with(0x08, "BN254_PAIRING", bn254::pairing_istanbul)
        .with(0x09, "BLAKE2F", blake2::run)
}

/// EIP-2565.
const fn berlin() -> Precompiles {
    istanbul().with(0x05, "MODEXP", modexp::berlin)
}

/// EIP-4844.
const fn cancun() -> Precompiles {
    berlin().with(0x0a, "KZG_POINT_EVALUATION", kzg::run)
}

/// EIP-2537.
const fn prague() -> Precompiles {
    cancun()
        .with(0x0b, "BLS12_G1ADD", bls12_381::g1_add)
        .with(0x0c, "BLS12_G1MSM", bls12_381::g1_msm)
        .with(0x0d, "BLS12_G2ADD", bls12_381::g2_add)
        .with(0x0e, "BLS12_G2MSM", bls12_381::g2_msm)
        .with(0x0f, "BLS12_PAIRING_CHECK", bls12_381::pairing)
        .with(0x10, "BLS12_MAP_FP_TO_G1", bls12_381::map_fp_to_g1)
        .with(0x11, "BLS12_MAP_FP2_TO_G2", bls12_381::map_fp2_to_g2)
}

/// EIP-7823, EIP-7883, EIP-7951.
const fn osaka() -> Precompiles {
    prague().with(0x05, "MODEXP", modexp::osaka).with(0x100, "P256VERIFY", p256::run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(fork: Fork) -> Vec<u64> {
        Precompiles::of(fork).addresses().map(|address| address.to_low_u64_be()).collect()
    }

    #[test]
    fn each_fork_has_its_addresses() {
        assert_eq!(numbers(Fork::SpuriousDragon), [1, 2, 3, 4]);
        assert_eq!(numbers(Fork::Petersburg), (1..=8).collect::<Vec<_>>());
        assert_eq!(numbers(Fork::Shanghai), (1..=9).collect::<Vec<_>>());
        assert_eq!(numbers(Fork::Cancun), (1..=0x0a).collect::<Vec<_>>());
        assert_eq!(numbers(Fork::Prague), (1..=0x11).collect::<Vec<_>>());
        assert_eq!(numbers(Fork::Osaka), (1..=0x11).chain([0x100]).collect::<Vec<_>>());
    }

    #[test]
    fn only_the_whole_address_counts() {
        let set = Precompiles::of(Fork::Osaka);
        for address in set.addresses() {
            assert!(set.contains(&address));
            for byte in 0..18 {
                let mut other = address;
                other.0[byte] = 1;
                assert!(!set.contains(&other));
            }
        }
        for free in [0, 0x12, 0x1f, 0x20, 0xff, 0x101, 0x110, 0x200, 0xffff] {
            assert!(!set.contains(&H160::from_low_u64_be(free)), "{free:#x}");
        }
    }
}
