//! Transaction tests: raw bytes, and under each fork either sender, hash and intrinsic gas, or why they are refused.

use crate::filter::Filter;
use crate::hex::{Address, Bytes, Quantity64, Word};
use crate::report::Outcome;
use crate::state_test::{Refusal, exception_matches};
use erbium_vm::claims::{Fault, Recoverer, Recovery};
use erbium_vm::evm::{BlockEnv, Evm, intrinsic_gas};
use erbium_vm::state::MemoryState;
use erbium_vm::tx::{Transaction, TransactionError, TransactionType};
use erbium_vm::{ChainSpec, Code, Fork, H160, H256, Rejection, U256};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// One test.
#[derive(Debug, Deserialize)]
struct TransactionTest {
    txbytes: Bytes,
    result: BTreeMap<String, Expected>,
}

/// What must come of it under one fork.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    exception: Option<String>,
    sender: Option<Address>,
    hash: Option<Word>,
    intrinsic_gas: Option<Quantity64>,
}

/// The tests of one file.
pub(crate) struct TransactionFile {
    tests: Vec<(String, Result<TransactionTest, serde_json::Error>)>,
}

/// One case.
pub(crate) struct TransactionCase<'a> {
    pub(crate) name: String,
    /// The fork as the test calls it.
    pub(crate) fork_name: &'a str,
    kind: CaseKind<'a>,
}

enum CaseKind<'a> {
    Runnable {
        fork: Fork,
        expected: &'a Expected,
        bytes: &'a [u8],
        decoded: Box<Result<Asked, Box<Refused>>>,
    },
    UnknownFork,
    Unreadable(&'a serde_json::Error),
}

/// A transaction and the place of its sender in the answer of the batch.
struct Asked {
    transaction: Transaction,
    sender: usize,
}

/// Why a transaction is refused, and another rule that it breaks: which is asked first is not said anywhere.
#[derive(Clone, Debug)]
struct Refused {
    refusal: Refusal,
    also: Option<Refusal>,
}

impl<T: Into<Refusal>> From<T> for Box<Refused> {
    fn from(refusal: T) -> Self {
        Self::new(Refused { refusal: refusal.into(), also: None })
    }
}

/// Where two byte strings part: lengths, the first place, and the bytes from there on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{got} bytes, not {expected}, from byte {at} on 0x{ours}, not 0x{theirs}")]
struct OtherBytes {
    got: usize,
    expected: usize,
    at: usize,
    ours: String,
    theirs: String,
}

impl OtherBytes {
    /// Bytes to show.
    const SHOWN: usize = 8;

    fn of(got: &[u8], expected: &[u8]) -> Option<Self> {
        if got == expected {
            return None;
        }
        let at = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
        let shown = |bytes: &[u8]| {
            let rest = bytes.get(at..).unwrap_or_default();
            hex::encode(rest.get(..Self::SHOWN).unwrap_or(rest))
        };
        Some(Self { got: got.len(), expected: expected.len(), at, ours: shown(got), theirs: shown(expected) })
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("accepted; expected {0}")]
    Accepted(String),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("refused for another reason: {refusal}; expected {expected}")]
    WrongRefusal { refusal: Refusal, expected: String },
    #[error("unknown exception name `{name}`; the transaction was refused: {refusal}")]
    UnknownException { name: String, refusal: Refusal },
    #[error("{field} is {got}, not {expected}")]
    Field { field: &'static str, got: String, expected: String },
    #[error("encodes to other bytes than it was read from: {0}")]
    Encoding(OtherBytes),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl TransactionFile {
    /// Parses every test of a file.
    pub(crate) fn parse(tests: &BTreeMap<String, &RawValue>) -> Self {
        let parse = |(name, raw): (&String, &&RawValue)| (name.clone(), serde_json::from_str(raw.get()));
        Self { tests: tests.iter().map(parse).collect() }
    }

    /// The cases that `filter` lets through, named after `place`, and the senders of all of them.
    ///
    /// # Errors
    /// [`Fault`] when the recoverer failed.
    pub(crate) fn cases(
        &self,
        place: &str,
        filter: &Filter,
        recoverer: &dyn Recoverer,
    ) -> Result<(Vec<TransactionCase<'_>>, Vec<Option<H160>>), Fault> {
        let (mut cases, mut batch) = (Vec::new(), Vec::new());
        for (test_name, test) in &self.tests {
            let name = format!("{place}: {test_name}");
            let test = match test {
                Ok(test) => test,
                Err(error) => {
                    let kind = CaseKind::Unreadable(error);
                    cases.push(TransactionCase { name, fork_name: "unreadable", kind });
                    continue;
                }
            };
            for (fork_name, expected) in &test.result {
                let fork = fork_name.parse::<Fork>().ok();
                let name = format!("{name} [{fork_name}]");
                if !filter.wants_fork(fork) || !filter.wants_name(&name) {
                    continue;
                }
                let bytes = &test.txbytes.0[..];
                let kind = match fork {
                    Some(fork) => CaseKind::Runnable {
                        fork,
                        expected,
                        bytes,
                        decoded: Box::new(decode(bytes, fork, &mut batch)),
                    },
                    None => CaseKind::UnknownFork,
                };
                cases.push(TransactionCase { name, fork_name, kind });
            }
        }
        let senders = recoverer.recover(&batch)?;
        Ok((cases, senders))
    }
}

fn decode(bytes: &[u8], fork: Fork, batch: &mut Vec<Recovery>) -> Result<Asked, Box<Refused>> {
    let decoded = Transaction::decode(bytes).map_err(undecodable);
    let kind = bytes.first().copied().unwrap_or_default();
    if kind < 0xc0 && TransactionType::from_number(kind).is_none_or(|known| !is_of(known, fork)) {
        let refusal = Rejection::TypeNotSupported { kind, fork: fork.name() }.into();
        return Err(Box::new(Refused { refusal, also: decoded.err().map(|refused| refused.refusal) }));
    }
    let transaction = decoded?;
    let expected = ChainSpec::ethereum(fork).chain_id;
    let also = transaction.chain_id.filter(|&got| got != expected);
    let also = also.map(|got| Rejection::WrongChainId { got, expected }.into());
    let recovery =
        transaction.recovery(fork).map_err(|reason| Box::new(Refused { refusal: reason.into(), also }))?;
    batch.push(recovery);
    Ok(Asked { transaction, sender: batch.len() - 1 })
}

/// A `v` out of range has no chain id that could be right.
fn undecodable(error: TransactionError) -> Box<Refused> {
    let refusal = Refusal::Undecodable { reason: error.to_string() };
    let also = match error {
        TransactionError::InvalidV { v, .. } => {
            Some(Rejection::WrongChainId { got: v.low_u64(), expected: 1 }.into())
        }
        _ => None,
    };
    Box::new(Refused { refusal, also })
}

fn is_of(kind: TransactionType, fork: Fork) -> bool {
    match kind {
        // No byte announces it.
        TransactionType::Legacy | TransactionType::Quantum => false,
        TransactionType::AccessList => fork >= Fork::Berlin,
        TransactionType::DynamicFee => fork >= Fork::London,
        TransactionType::Blob => fork >= Fork::Cancun,
        TransactionType::SetCode => fork >= Fork::Prague,
    }
}

impl TransactionCase<'_> {
    /// Compares what comes of the bytes with what must.
    pub(crate) fn run(&self, senders: &[Option<H160>]) -> Outcome {
        let (fork, expected, bytes, decoded) = match &self.kind {
            CaseKind::UnknownFork => {
                return Outcome::Unreadable { reason: format!("unknown fork `{}`", self.fork_name) };
            }
            CaseKind::Unreadable(error) => {
                return Outcome::Failed { reason: format!("not a transaction test: {error}") };
            }
            CaseKind::Runnable { fork, expected, bytes, decoded } => (*fork, *expected, *bytes, decoded),
        };
        let judged = admitted(fork, decoded, senders).map_err(Failure::from);
        match judged.and_then(|admitted| judge(fork, expected, bytes, admitted)) {
            Ok(()) => Outcome::Passed,
            Err(failure) => Outcome::Failed { reason: failure.to_string() },
        }
    }
}

/// The transaction and its sender, or why it is refused whatever the state is.
fn admitted<'a>(
    fork: Fork,
    decoded: &'a Result<Asked, Box<Refused>>,
    senders: &[Option<H160>],
) -> Result<Result<(&'a Transaction, H160), Box<Refused>>, Fault> {
    let Asked { transaction, sender } = match decoded {
        Ok(asked) => asked,
        Err(refused) => return Ok(Err(refused.clone())),
    };
    let Some(sender) = senders.get(*sender).copied().flatten() else {
        return Ok(Err(Rejection::InvalidSignature { reason: "no key fits it" }.into()));
    };
    if transaction.max_fee_per_gas.checked_mul(transaction.gas_limit.into()).is_none() {
        return Ok(Err(Rejection::CostOverflow.into()));
    }
    // Behind a sender whose nonce is past the transaction's, all that could refuse it has been asked, and nothing runs.
    let mut state = MemoryState::new();
    state.insert_account(sender, u64::MAX, U256::MAX, Code::empty(), []);
    let spec = ChainSpec::ethereum(fork);
    let block = BlockEnv { gas_limit: u64::MAX, ..BlockEnv::default() };
    let authorities = vec![None; transaction.authorizations.len()];
    let outcome = Evm::new(&spec, &block, &state).transact(transaction, sender, &authorities, u64::MAX)?;
    Ok(match outcome {
        Err(Rejection::NonceTooLow { .. }) | Ok(_) => Ok((transaction, sender)),
        Err(rejection) => Err(rejection.into()),
    })
}

fn judge(
    fork: Fork,
    expected: &Expected,
    bytes: &[u8],
    admitted: Result<(&Transaction, H160), Box<Refused>>,
) -> Result<(), Failure> {
    let (transaction, sender) = match (admitted, expected.exception.clone()) {
        (Err(refused), None) => return Err(Failure::Refused(refused.refusal)),
        (Ok(_), Some(exception)) => return Err(Failure::Accepted(exception)),
        (Err(refused), Some(expected)) => return expect(*refused, expected),
        (Ok(admitted), None) => admitted,
    };
    if let Some(other) = OtherBytes::of(&transaction.encode(), bytes) {
        return Err(Failure::Encoding(other));
    }
    let gas = intrinsic_gas(fork, transaction).gas;
    let zero = (H160::zero(), H256::zero());
    same("sender", sender, expected.sender.map_or(zero.0, |address| address.0))?;
    same("hash", transaction.hash(), expected.hash.map_or(zero.1, |hash| hash.0))?;
    same("intrinsicGas", gas, expected.intrinsic_gas.unwrap_or_default().0)
}

/// Compares a refusal with the exception names, joined by `|`, of which one must fit.
fn expect(refused: Refused, expected: String) -> Result<(), Failure> {
    let Refused { refusal, also } = refused;
    let mut matched = false;
    for name in expected.split('|').map(str::trim) {
        match exception_matches(name, Some(&refusal)) {
            Some(answer) => {
                matched |= answer || also.is_some() && exception_matches(name, also.as_ref()) == Some(true);
            }
            None => return Err(Failure::UnknownException { name: name.to_owned(), refusal }),
        }
    }
    if matched { Ok(()) } else { Err(Failure::WrongRefusal { refusal, expected }) }
}

fn same<T: PartialEq + std::fmt::Debug>(field: &'static str, got: T, expected: T) -> Result<(), Failure> {
    if got == expected {
        return Ok(());
    }
    Err(Failure::Field { field, got: format!("{got:?}"), expected: format!("{expected:?}") })
}

#[cfg(test)]
mod tests {
    use super::OtherBytes;

    #[test]
    fn other_bytes_are_told_with_their_place() {
        assert_eq!(OtherBytes::of(&[1, 2, 3], &[1, 2, 3]), None);
        let told = |got: &[u8], expected: &[u8]| OtherBytes::of(got, expected).map(|other| other.to_string());
        let expected = "3 bytes, not 4, from byte 1 on 0x0203, not 0x050304".to_owned();
        assert_eq!(told(&[1, 2, 3], &[1, 5, 3, 4]), Some(expected));
        let expected = "2 bytes, not 1, from byte 1 on 0x02, not 0x".to_owned();
        assert_eq!(told(&[1, 2], &[1]), Some(expected));
    }
}
