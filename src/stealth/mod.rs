//! A wallet's side of stealth addresses (ERC-5564, scheme 1): keys from a seed, announcements, and what is ours of them.

use crate::seed::Seed;
use erbium_gpu::cpu::stealth;
use erbium_vm::H160;
use zeroize::Zeroizing;

pub use erbium_gpu::cpu::stealth::StealthAddress;

/// Spending and viewing keys, and ephemeral keys to pay others with.
#[derive(Debug)]
pub struct StealthWallet {
    seed: Seed,
}

/// An announcement as the opcode reads it: ephemeral public key 33 | view tag 1 | address 20.
pub type Announcement = [u8; 54];

/// What an announcement is in bytes.
pub fn announcement(made: &StealthAddress) -> Announcement {
    let mut bytes = [0; 54];
    bytes[..33].copy_from_slice(&made.ephemeral_public_key);
    bytes[33] = made.view_tag;
    bytes[34..].copy_from_slice(made.address.as_bytes());
    bytes
}

impl StealthWallet {
    /// The wallet of a seed.
    pub fn new(seed: Seed) -> Self {
        Self { seed }
    }

    /// What senders need to know: compressed public spending key | viewing key.
    pub fn meta_address(&self) -> [u8; 66] {
        // Every derived key is a key: derivation tries until it is one.
        stealth::meta_address(&self.spend_key(), &self.view_key()).unwrap_or([0; 66])
    }

    /// A payment to a recipient, number `index` of those to the same one. `None` where the meta-address is none.
    pub fn pay(&self, meta_address: &[u8; 66], index: u64) -> Option<StealthAddress> {
        let ephemeral = self.key("ephemeral", &[meta_address, &index.to_be_bytes()]);
        stealth::stealth_address(&ephemeral, meta_address)
    }

    /// Which announcements are for this wallet, on all cores.
    pub fn scan(&self, announcements: &[Announcement]) -> Vec<bool> {
        let meta = self.meta_address();
        let mut spend_public_key = [0; 33];
        spend_public_key.copy_from_slice(&meta[..33]);
        stealth::scan(&self.view_key(), &spend_public_key, announcements)
            .unwrap_or_else(|| vec![false; announcements.len()])
    }

    /// The secret key of an announced address. It is ours to spend from only if [`Self::scan`] finds it.
    pub fn key_of(&self, announcement: &Announcement) -> Option<Zeroizing<[u8; 32]>> {
        let (ephemeral, _) = announcement.split_first_chunk::<33>()?;
        stealth::stealth_key(&self.spend_key(), &self.view_key(), ephemeral)
    }

    fn spend_key(&self) -> Zeroizing<[u8; 32]> {
        self.key("spend", &[])
    }

    fn view_key(&self) -> Zeroizing<[u8; 32]> {
        self.key("view", &[])
    }

    /// The first hash that is a secp256k1 key; one in 2^128 is not.
    fn key(&self, purpose: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let purpose = format!("erbium/stealth/{purpose}/v1");
        let parts = parts.concat();
        let mut attempt = 0u8;
        loop {
            let key = self.seed.derive(&purpose, &[&parts, &[attempt]]);
            if stealth::account(&key).is_some() || attempt == u8::MAX {
                return key;
            }
            attempt += 1;
        }
    }
}

/// The account that a secret key controls; `None` where it is no key.
pub fn account(key: &[u8; 32]) -> Option<H160> {
    stealth::account(key)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_recipient_finds_and_opens_what_was_paid_to_it() {
        let [payer, recipient, other] = [1, 2, 3].map(|byte| StealthWallet::new(Seed::new([byte; 32])));
        let meta = recipient.meta_address();
        assert_ne!(meta, other.meta_address());
        let paid: Vec<_> = (0..3).map(|index| announcement(&payer.pay(&meta, index).unwrap())).collect();
        assert_ne!(paid[0], paid[1]);
        let mut list = vec![announcement(&payer.pay(&other.meta_address(), 0).unwrap())];
        list.extend(&paid);
        assert_eq!(recipient.scan(&list), [false, true, true, true]);
        assert_eq!(payer.scan(&list), [false; 4]);
        let key = recipient.key_of(&paid[1]).unwrap();
        assert_eq!(account(&key).unwrap().as_bytes(), &paid[1][34..]);
        assert_ne!(account(&other.key_of(&paid[1]).unwrap()).unwrap().as_bytes(), &paid[1][34..]);
        assert!(payer.pay(&[0; 66], 0).is_none());
    }
}
