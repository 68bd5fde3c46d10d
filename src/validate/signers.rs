//! Who signed what is in a block: one batch for all of it.

use super::report::{Flaw, SignatureCounts, TransactionFlaw};
use erbium_vm::claims::{Fault, Recoverer, Recovery};
use erbium_vm::tx::Transaction;
use erbium_vm::{Fork, H160, Rejection};
use rayon::prelude::*;

/// The signers of a block.
pub(super) struct Signers {
    /// Sender of each transaction.
    pub(super) senders: Vec<H160>,
    /// For each transaction the authority of each of its authorizations; `None` where the signature makes it one that
    /// is skipped (EIP-7702).
    pub(super) authorities: Vec<Vec<Option<H160>>>,
}

/// What a transaction wants recovered.
struct Signed {
    sender: Result<Recovery, Rejection>,
    authorities: Vec<Option<Recovery>>,
}

impl Signed {
    fn recoveries(&self) -> impl Iterator<Item = Recovery> {
        self.sender.iter().chain(self.authorities.iter().flatten()).copied()
    }
}

/// Recovers every sender and authority of `transactions` in one batch, and counts the signatures.
///
/// The inner error is the first transaction whose signature does not hold.
///
/// # Errors
/// [`Fault`] where the recoverer failed, or gave more or fewer answers than it was asked for.
pub(super) fn recover(
    transactions: &[Transaction],
    fork: Fork,
    recoverer: &dyn Recoverer,
) -> Result<(Result<Signers, Flaw>, SignatureCounts), Fault> {
    let signed: Vec<Signed> = transactions
        .par_iter()
        .map(|transaction| Signed {
            sender: transaction.recovery(fork),
            authorities: transaction.authorizations.iter().map(|entry| entry.recovery()).collect(),
        })
        .collect();
    let batch: Vec<Recovery> = signed.iter().flat_map(Signed::recoveries).collect();
    let answers = recoverer.recover(&batch)?;
    if answers.len() != batch.len() {
        let reason = format!("{} signers for {} signatures", answers.len(), batch.len());
        return Err(Fault::Coprocessor { reason });
    }
    let authorizations: usize = signed.iter().map(|signed| signed.authorities.len()).sum();
    let counts = SignatureCounts { secp256k1: (transactions.len() + authorizations) as u64 };
    Ok((distribute(signed, answers), counts))
}

/// Hands the answers out in the order of [`Signed::recoveries`].
fn distribute(signed: Vec<Signed>, answers: Vec<Option<H160>>) -> Result<Signers, Flaw> {
    let mut answers = answers.into_iter();
    let mut next = || answers.next().flatten();
    let mut signers = Signers { senders: Vec::new(), authorities: Vec::new() };
    for (index, signed) in signed.into_iter().enumerate() {
        let flaw = |flaw| Flaw::Transaction { index, flaw };
        signed.sender.map_err(|rejection| flaw(rejection.into()))?;
        signers.senders.push(next().ok_or_else(|| flaw(TransactionFlaw::NoSigner))?);
        let authorities = signed.authorities.into_iter().map(|entry| entry.and_then(|_| next()));
        signers.authorities.push(authorities.collect());
    }
    Ok(signers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use erbium_vm::U256;
    use erbium_vm::tx::{Authorization, EcdsaSignature};

    /// Answers each signature with an address made of its r, and r = 13 with none.
    struct Echo;

    impl Recoverer for Echo {
        fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
            Ok(signed.iter().map(|one| (one.r != 13.into()).then(|| address(one.r.low_u64()))).collect())
        }
    }

    struct Forgetful;

    impl Recoverer for Forgetful {
        fn recover(&self, _: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
            Ok(Vec::new())
        }
    }

    fn address(r: u64) -> H160 {
        H160::from_low_u64_be(r)
    }

    fn transaction(r: u64, authorities: &[u64]) -> Transaction {
        let authorization =
            |&r: &u64| Authorization { r: r.into(), s: U256::one(), ..Authorization::default() };
        Transaction {
            signature: EcdsaSignature { r: r.into(), s: U256::one(), y_odd: false },
            authorizations: authorities.iter().map(authorization).collect(),
            ..Transaction::default()
        }
    }

    #[test]
    fn answers_reach_those_who_asked() {
        let block = [transaction(1, &[2, 0, 13, 3]), transaction(4, &[]), transaction(5, &[6])];
        let (signers, counts) = recover(&block, Fork::Prague, &Echo).unwrap();
        let signers = signers.unwrap();
        assert_eq!(signers.senders, [1, 4, 5].map(address));
        let authorities =
            [vec![Some(address(2)), None, None, Some(address(3))], vec![], vec![Some(address(6))]];
        assert_eq!(signers.authorities, authorities);
        assert_eq!(counts.secp256k1, 8);
    }

    #[test]
    fn the_first_bad_signature_is_named() {
        for (bad, expected) in [
            (13, TransactionFlaw::NoSigner),
            (0, Rejection::InvalidSignature { reason: "r is not in 1..n" }.into()),
        ] {
            let block = [transaction(1, &[13]), transaction(bad, &[]), transaction(bad, &[])];
            let (signers, _) = recover(&block, Fork::Prague, &Echo).unwrap();
            assert_eq!(signers.err(), Some(Flaw::Transaction { index: 1, flaw: expected }));
        }
    }

    #[test]
    fn missing_answers_are_a_fault() {
        let answer = recover(&[transaction(1, &[])], Fork::Prague, &Forgetful);
        assert!(matches!(answer, Err(Fault::Coprocessor { .. })));
    }
}
