//! The keys of a twin: each derived from the seed and the account that it speaks for.

use super::{QuantumizeError, TwinOptions};
use erbium_vm::claims::{Bytes, Derivation, Deriver, DilithiumScheme};
use erbium_vm::{H160, H256, keccak256, registry};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What the hashed bytes of every key's seed start with.
const SEED_DOMAIN: &[u8; 20] = b"erbium/quantumize/v1";

/// The FIPS 204 seed of the key with which `account` signs in a twin made from `seed`: Keccak-256 of
/// `"erbium/quantumize/v1" | seed 32 | account 20 | scheme 1`.
pub fn key_seed(seed: &H256, account: &H160, scheme: DilithiumScheme) -> H256 {
    keccak256(&[&SEED_DOMAIN[..], seed.as_bytes(), account.as_bytes(), &[scheme.number()]].concat())
}

/// One account's key.
pub(super) struct Key {
    pub(super) scheme: DilithiumScheme,
    pub(super) seed: H256,
    pub(super) public_key: Bytes,
}

/// The keys of all accounts, in the order of their addresses.
pub(super) struct Keys(BTreeMap<H160, Key>);

impl Keys {
    /// Derives a key for each account, on all cores.
    pub(super) fn derive(
        accounts: &BTreeSet<H160>,
        options: TwinOptions,
        deriver: &dyn Deriver,
    ) -> Result<Self, QuantumizeError> {
        let scheme = options.scheme;
        let keys = accounts.par_iter().map(|account| {
            let seed = key_seed(&options.seed, account, scheme);
            let derived = deriver.derive(&Derivation::DilithiumKeygen { scheme, seed })?;
            let public_key = derived.map_err(QuantumizeError::Signing)?;
            Ok((*account, Key { scheme, seed, public_key }))
        });
        keys.collect::<Result<_, QuantumizeError>>().map(Self)
    }

    /// The account with its key, if it has one.
    pub(super) fn of(&self, account: &H160) -> Option<(H160, &Key)> {
        self.0.get(account).map(|key| (*account, key))
    }

    /// Every account with the hash that the registry has of its key, by address in ascending order.
    pub(super) fn registered(&self) -> impl Iterator<Item = (H160, H256)> {
        self.0
            .iter()
            .map(|(account, key)| (*account, registry::key_hash(key.scheme.number(), &key.public_key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected seed was computed with another implementation of Keccak.
    #[test]
    fn seeds_depend_on_every_input() {
        let (seed, account) = (H256::repeat_byte(1), H160::repeat_byte(2));
        let of = key_seed(&seed, &account, DilithiumScheme::MlDsa65);
        let expected = "7b829493893d208ea7ec097c77c4b32690921c14cc647d9ce0079fbb43ab3b93";
        assert_eq!(hex::encode(of), expected);
        assert_ne!(of, key_seed(&H256::zero(), &account, DilithiumScheme::MlDsa65));
        assert_ne!(of, key_seed(&seed, &H160::zero(), DilithiumScheme::MlDsa65));
        assert_ne!(of, key_seed(&seed, &account, DilithiumScheme::MlDsa44));
    }
}
