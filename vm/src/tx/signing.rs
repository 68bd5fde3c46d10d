//! What transactions and authorizations sign, and which signatures are allowed.

use super::{Authorization, Transaction, TransactionType};
use crate::error::Rejection;
use crate::fork::Fork;
use crate::keccak::keccak256;
use crate::rlp::Writer;
use erbium_claims::Recovery;
use primitive_types::{H256, U256};

/// Order of secp256k1's group.
const N: U256 =
    U256([0xbfd2_5e8c_d036_4141, 0xbaae_dce6_af48_a03b, 0xffff_ffff_ffff_fffe, 0xffff_ffff_ffff_ffff]);
/// Half of it, rounded down: the largest low s (EIP-2).
const HALF_N: U256 =
    U256([0xdfe9_2f46_681b_20a0, 0x5d57_6e73_57a4_501d, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff]);
/// What an authorization's signed bytes start with (EIP-7702).
const AUTHORIZATION_MAGIC: u8 = 0x05;

impl Transaction {
    /// Keccak-256 of the network form.
    pub fn hash(&self) -> H256 {
        keccak256(&self.encode())
    }

    /// The hash that the sender signs.
    pub fn signing_hash(&self) -> H256 {
        keccak256(&self.signing_bytes())
    }

    /// What to recover the sender from, under the signature rules of `fork`.
    ///
    /// # Errors
    /// [`Rejection::InvalidSignature`] where r or s is not in 1..n, where s is high from Homestead on (EIP-2), where `v`
    /// carries a chain id before Spurious Dragon (EIP-155), and for type 0x45, which has no such signature. Whether it is
    /// the right chain id is not judged here.
    pub fn recovery(&self, fork: Fork) -> Result<Recovery, Rejection> {
        let reject = |reason| Err(Rejection::InvalidSignature { reason });
        if self.kind == TransactionType::Quantum {
            return reject("type 0x45 is not signed with secp256k1");
        }
        let signature = self.signature;
        if !is_scalar(signature.r) {
            return reject("r is not in 1..n");
        }
        if !is_scalar(signature.s) {
            return reject("s is not in 1..n");
        }
        if fork >= Fork::Homestead && signature.s > HALF_N {
            return reject("s is above n/2 (EIP-2)");
        }
        if self.kind == TransactionType::Legacy && self.chain_id.is_some() && fork < Fork::SpuriousDragon {
            return reject("v carries a chain id before EIP-155");
        }
        let (r, s) = (signature.r, signature.s);
        Ok(Recovery { hash: self.signing_hash(), r, s, y_odd: signature.y_odd })
    }
}

impl Authorization {
    /// What to recover the authority from; `None` where the signature makes the entry one that is skipped (EIP-7702):
    /// y parity neither 0 nor 1, r or s not in 1..n, or s high.
    pub fn recovery(&self) -> Option<Recovery> {
        let allowed =
            self.y_parity <= U256::one() && is_scalar(self.r) && is_scalar(self.s) && self.s <= HALF_N;
        allowed.then(|| {
            let mut out = Writer::new();
            out.raw(&[AUTHORIZATION_MAGIC]);
            out.list(|out| self.write_unsigned(out));
            let hash = keccak256(&out.finish());
            Recovery { hash, r: self.r, s: self.s, y_odd: self.y_parity.bit(0) }
        })
    }
}

/// True for 1..n.
fn is_scalar(value: U256) -> bool {
    !value.is_zero() && value < N
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::tx::EcdsaSignature;

    fn legacy(r: U256, s: U256) -> Transaction {
        Transaction { signature: EcdsaSignature { r, s, y_odd: true }, ..Transaction::default() }
    }

    #[test]
    fn half_of_the_order() {
        assert_eq!(HALF_N, N >> 1);
    }

    #[test]
    fn scalars_have_bounds_and_s_is_low_from_homestead_on() {
        let one = U256::one();
        for bad in [U256::zero(), N, U256::MAX] {
            assert!(legacy(bad, one).recovery(Fork::Frontier).is_err());
            assert!(legacy(one, bad).recovery(Fork::Frontier).is_err());
        }
        assert!(legacy(N - 1, N - 1).recovery(Fork::Frontier).is_ok());
        assert!(legacy(N - 1, HALF_N + 1).recovery(Fork::Homestead).is_err());
        assert!(legacy(N - 1, HALF_N).recovery(Fork::Homestead).unwrap().y_odd);
    }

    #[test]
    fn a_chain_id_needs_spurious_dragon() {
        let transaction = Transaction { chain_id: Some(1), ..legacy(U256::one(), U256::one()) };
        assert!(transaction.recovery(Fork::TangerineWhistle).is_err());
        assert!(transaction.recovery(Fork::SpuriousDragon).is_ok());
    }

    #[test]
    fn authorizations_with_odd_signatures_are_skipped() {
        let one = U256::one();
        let good = Authorization { y_parity: one, r: one, s: HALF_N, ..Authorization::default() };
        assert!(good.recovery().is_some_and(|recovery| recovery.y_odd));
        for bad in [
            Authorization { y_parity: one + 1, ..good.clone() },
            Authorization { r: U256::zero(), ..good.clone() },
            Authorization { r: N, ..good.clone() },
            Authorization { s: U256::zero(), ..good.clone() },
            Authorization { s: HALF_N + 1, ..good },
        ] {
            assert_eq!(bad.recovery(), None);
        }
    }
}
