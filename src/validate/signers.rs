//! Who signed what is in a block: one batch a kind of signature for all of it.

use super::report::{Flaw, SignatureCounts, TransactionFlaw};
use erbium_vm::claims::{Claim, Fault, Recoverer, Recovery, Verdict, Verifier};
use erbium_vm::tx::{QuantumSignature, Transaction};
use erbium_vm::{Fork, H160, Rejection};
use rayon::prelude::*;

/// The signers of a block.
pub(crate) struct Signers {
    /// Sender of each transaction.
    pub(crate) senders: Vec<H160>,
    /// For each transaction the authority of each of its authorizations; `None` where the signature makes it one that
    /// is skipped (EIP-7702).
    pub(crate) authorities: Vec<Vec<Option<H160>>>,
}

/// What a transaction wants answered.
struct Signed<'t> {
    sender: Sender<'t>,
    authorities: Vec<Option<Recovery>>,
}

/// How a transaction's sender shows.
enum Sender<'t> {
    /// Its signature cannot hold.
    Refused(Rejection),
    /// To be recovered.
    Recovered(Recovery),
    /// Named by the transaction; the signature of its key is a claim.
    Named(&'t QuantumSignature),
}

impl<'t> Signed<'t> {
    fn of(transaction: &'t Transaction, fork: Fork) -> (Self, Option<Claim>) {
        let (sender, claim) = match &transaction.quantum {
            Some(quantum) => match transaction.signature_claim() {
                Ok(claim) => (Sender::Named(quantum), Some(claim)),
                Err(rejection) => (Sender::Refused(rejection), None),
            },
            None => match transaction.recovery(fork) {
                Ok(recovery) => (Sender::Recovered(recovery), None),
                Err(rejection) => (Sender::Refused(rejection), None),
            },
        };
        let authorities = transaction.authorizations.iter().map(|entry| entry.recovery()).collect();
        (Self { sender, authorities }, claim)
    }

    fn recoveries(&self) -> impl Iterator<Item = Recovery> {
        let sender = match &self.sender {
            Sender::Recovered(recovery) => Some(recovery),
            Sender::Refused(_) | Sender::Named(_) => None,
        };
        sender.into_iter().chain(self.authorities.iter().flatten()).copied()
    }
}

/// Recovers every sender and authority of `transactions` on secp256k1 in one batch, has every quantum-safe signature
/// checked in another, and counts the signatures. Whether a quantum-safe key may sign for its sender is not judged here.
///
/// The inner error is the first transaction whose signature does not hold.
///
/// # Errors
/// [`Fault`] where recoverer or verifier failed, or gave more or fewer answers than it was asked for.
pub(super) fn check(
    transactions: &[Transaction],
    fork: Fork,
    recoverer: &dyn Recoverer,
    verifier: &dyn Verifier,
) -> Result<(Result<Signers, Flaw>, SignatureCounts), Fault> {
    let (signed, claims): (Vec<Signed<'_>>, Vec<Option<Claim>>) =
        transactions.par_iter().map(|transaction| Signed::of(transaction, fork)).unzip();
    let claims: Vec<Claim> = claims.into_iter().flatten().collect();
    let recoveries: Vec<Recovery> = signed.iter().flat_map(Signed::recoveries).collect();
    let answers = Answers {
        signers: complete(recoverer.recover(&recoveries)?, recoveries.len(), "signers")?.into_iter(),
        verdicts: complete(verifier.verify(&claims)?, claims.len(), "verdicts")?.into_iter(),
    };
    let counts = count(transactions);
    Ok((answers.distribute(signed), counts))
}

/// The answers, where there is one a signature.
fn complete<T>(answers: Vec<T>, signatures: usize, what: &str) -> Result<Vec<T>, Fault> {
    if answers.len() == signatures {
        return Ok(answers);
    }
    Err(Fault::Coprocessor { reason: format!("{} {what} for {signatures} signatures", answers.len()) })
}

/// Signatures of unknown schemes are of no kind.
fn count(transactions: &[Transaction]) -> SignatureCounts {
    let mut counts = SignatureCounts::default();
    for transaction in transactions {
        match &transaction.quantum {
            Some(quantum) => quantum.scheme().into_iter().for_each(|scheme| counts.add_quantum(scheme)),
            None => counts.secp256k1 += 1,
        }
        counts.secp256k1 += transaction.authorizations.len() as u64;
    }
    counts
}

struct Answers {
    /// In the order of [`Signed::recoveries`].
    signers: std::vec::IntoIter<Option<H160>>,
    /// In the order of the claims.
    verdicts: std::vec::IntoIter<Verdict>,
}

impl Answers {
    fn distribute(mut self, signed: Vec<Signed<'_>>) -> Result<Signers, Flaw> {
        let mut signers = Signers { senders: Vec::new(), authorities: Vec::new() };
        for (index, signed) in signed.into_iter().enumerate() {
            let sender = self.sender(signed.sender).map_err(|flaw| Flaw::Transaction { index, flaw })?;
            signers.senders.push(sender);
            let authorities = signed.authorities.into_iter();
            let authorities = authorities.map(|entry| entry.and_then(|_| self.signers.next().flatten()));
            signers.authorities.push(authorities.collect());
        }
        Ok(signers)
    }

    fn sender(&mut self, sender: Sender<'_>) -> Result<H160, TransactionFlaw> {
        match sender {
            Sender::Refused(rejection) => Err(rejection.into()),
            Sender::Recovered(_) => self.signers.next().flatten().ok_or(TransactionFlaw::NoSigner),
            Sender::Named(quantum) => match self.verdicts.next() {
                Some(Verdict::Valid) => Ok(quantum.sender),
                _ => Err(TransactionFlaw::InvalidQuantumSignature { scheme: quantum.scheme }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use erbium_vm::U256;
    use erbium_vm::claims::{DilithiumScheme, NoCoprocessor};
    use erbium_vm::tx::{Authorization, EcdsaSignature, TransactionType};

    /// Answers each signature with an address made of its r, and r = 13 with none.
    struct Echo;

    impl Recoverer for Echo {
        fn recover(&self, signed: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
            Ok(signed.iter().map(|one| (one.r != 13.into()).then(|| address(one.r.low_u64()))).collect())
        }
    }

    /// Accepts a signature whose first byte is 1.
    impl Verifier for Echo {
        fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
            let holds = |claim: &Claim| match claim {
                Claim::Signature { signature, .. } => signature[0] == 1,
                _ => false,
            };
            Ok(claims.iter().map(|claim| holds(claim).into()).collect())
        }
    }

    struct Forgetful;

    impl Recoverer for Forgetful {
        fn recover(&self, _: &[Recovery]) -> Result<Vec<Option<H160>>, Fault> {
            Ok(Vec::new())
        }
    }

    impl Verifier for Forgetful {
        fn verify(&self, _: &[Claim]) -> Result<Vec<Verdict>, Fault> {
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

    /// Of the sender with this number; the signature starts with `first`.
    fn quantum(sender: u64, first: u8) -> Transaction {
        let scheme = DilithiumScheme::MlDsa65;
        let mut signature = vec![0; scheme.signature_len()];
        signature[0] = first;
        let quantum = QuantumSignature {
            sender: address(sender),
            scheme: scheme.number(),
            public_key: vec![0; scheme.public_key_len()],
            signature,
        };
        Transaction {
            kind: TransactionType::Quantum,
            quantum: Some(Box::new(quantum)),
            ..Transaction::default()
        }
    }

    fn checked(block: &[Transaction]) -> (Result<Signers, Flaw>, SignatureCounts) {
        check(block, Fork::Prague, &Echo, &Echo).unwrap()
    }

    #[test]
    fn answers_reach_those_who_asked() {
        let block = [
            transaction(1, &[2, 0, 13, 3]),
            quantum(7, 1),
            transaction(4, &[]),
            transaction(5, &[6]),
            quantum(8, 1),
        ];
        let (signers, counts) = checked(&block);
        let signers = signers.unwrap();
        assert_eq!(signers.senders, [1, 7, 4, 5, 8].map(address));
        let authorities = [
            vec![Some(address(2)), None, None, Some(address(3))],
            vec![],
            vec![],
            vec![Some(address(6))],
            vec![],
        ];
        assert_eq!(signers.authorities, authorities);
        assert_eq!((counts.secp256k1, counts.ml_dsa_65, counts.total()), (8, 2, 10));
    }

    #[test]
    fn the_first_bad_signature_is_named() {
        for (bad, expected) in [
            (13, TransactionFlaw::NoSigner),
            (0, Rejection::InvalidSignature { reason: "r is not in 1..n" }.into()),
        ] {
            let block = [transaction(1, &[13]), transaction(bad, &[]), transaction(bad, &[])];
            let (signers, _) = checked(&block);
            assert_eq!(signers.err(), Some(Flaw::Transaction { index: 1, flaw: expected }));
        }
    }

    #[test]
    fn the_first_bad_quantum_signature_is_named() {
        let refused = |block: &[Transaction]| checked(block).0.err();
        let named = |index, flaw| Some(Flaw::Transaction { index, flaw });
        let invalid = TransactionFlaw::InvalidQuantumSignature { scheme: 65 };
        assert_eq!(refused(&[quantum(7, 1), quantum(8, 0), transaction(13, &[])]), named(1, invalid.clone()));
        assert_eq!(
            refused(&[quantum(7, 1), transaction(13, &[]), quantum(8, 0)]),
            named(1, TransactionFlaw::NoSigner)
        );

        // A transaction that asks nothing must not take the answer of the next.
        let mut strange = quantum(7, 1);
        strange.quantum.as_mut().unwrap().scheme = 3;
        let unknown = Rejection::UnknownScheme { number: 3 };
        let block = [quantum(6, 1), strange, quantum(8, 0)];
        assert_eq!(refused(&block), named(1, unknown.into()));
        assert_eq!(checked(&block).1.total(), 2, "an unknown scheme is of no kind");
        let mut short = quantum(7, 1);
        short.quantum.as_mut().unwrap().signature.pop();
        let length = Rejection::QuantumLength { what: "signature", scheme: 65, got: 3_308, expected: 3_309 };
        assert_eq!(refused(&[short]), named(0, length.into()));
    }

    #[test]
    fn missing_answers_are_a_fault() {
        for (block, expected) in [
            (transaction(1, &[]), "0 signers for 1 signatures"),
            (quantum(1, 1), "0 verdicts for 1 signatures"),
        ] {
            let Err(Fault::Coprocessor { reason }) = check(&[block], Fork::Prague, &Forgetful, &Forgetful)
            else {
                panic!("no fault");
            };
            assert_eq!(reason, expected);
        }
        let answer = check(&[quantum(1, 1)], Fork::Prague, &Echo, &NoCoprocessor);
        assert!(matches!(answer, Err(Fault::Unsupported { .. })));
    }
}
