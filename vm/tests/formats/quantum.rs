//! Quantum-signed transactions as bytes, as JSON and as claims.

use super::random::{quantum_transaction, transaction};
use super::support::data;
use erbium_vm::block::json::BlockFile;
use erbium_vm::claims::{Claim, DilithiumScheme, SignedMessage};
use erbium_vm::rlp::{RlpError, RlpProblem, Writer};
use erbium_vm::tx::{QuantumSignature, Transaction, TransactionError, TransactionType};
use erbium_vm::{Fork, H160, Rejection, keccak256};
use proptest::prelude::*;

/// Names of the fields as errors give them, and a small valid encoding of each.
const FIELDS: [(&str, &[u8]); 13] = [
    ("chainId", b"\x01"),
    ("nonce", b"\x02"),
    ("maxPriorityFeePerGas", b"\x03"),
    ("maxFeePerGas", b"\x04"),
    ("gasLimit", b"\x82\x52\x08"),
    ("to", b"\x94tttttttttttttttttttt"),
    ("value", b"\x80"),
    ("data", b"\x82dd"),
    ("accessList", b"\xc0"),
    ("sender", b"\x94ssssssssssssssssssss"),
    ("scheme", b"\x2c"),
    ("publicKey", b"\x98kkkkkkkkkkkkkkkkkkkkkkkk"),
    ("signature", b"\x83sig"),
];

/// 0x45 and a list of these encoded fields.
fn encode<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Writer::new();
    out.raw(&[0x45]);
    out.list(|out| fields.into_iter().for_each(|field| out.raw(field)));
    out.finish()
}

fn good() -> Vec<u8> {
    encode(FIELDS.map(|(_, bytes)| bytes))
}

/// The fields with another encoding of the one at `at`.
fn with(at: usize, bytes: &'static [u8]) -> Result<Transaction, TransactionError> {
    let mut fields = FIELDS.map(|(_, bytes)| bytes);
    fields[at] = bytes;
    Transaction::decode(&encode(fields))
}

/// Offset of the field at `at`, behind the type and the list's two bytes.
fn offset(at: usize) -> usize {
    3 + FIELDS[..at].iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
}

fn error(at: usize, problem: RlpProblem) -> Result<Transaction, TransactionError> {
    Err(RlpError { field: FIELDS[at].0, offset: offset(at), problem }.into())
}

fn place(name: &str) -> usize {
    FIELDS.iter().position(|(field, _)| *field == name).unwrap()
}

#[test]
fn the_fields_stand_in_their_order() {
    let tx = Transaction::decode(&good()).unwrap();
    let expected = Transaction {
        kind: TransactionType::Quantum,
        chain_id: Some(1),
        nonce: 2,
        max_priority_fee_per_gas: 3.into(),
        max_fee_per_gas: 4.into(),
        gas_limit: 21_000,
        to: Some(H160::repeat_byte(b't')),
        data: b"dd".to_vec(),
        quantum: Some(Box::new(QuantumSignature {
            sender: H160::repeat_byte(b's'),
            scheme: 44,
            public_key: vec![b'k'; 24],
            signature: b"sig".to_vec(),
        })),
        ..Transaction::default()
    };
    assert_eq!(tx, expected);
    assert_eq!(tx.encode(), good());
    assert_eq!(tx.hash(), keccak256(&good()));
}

/// Domain, then the hash of the type and the first eleven fields.
#[test]
fn the_message_is_over_all_fields_up_to_the_scheme() {
    let tx = Transaction::decode(&good()).unwrap();
    let signed = keccak256(&encode(FIELDS[..11].iter().map(|&(_, bytes)| bytes)));
    let message = [&b"erbium:tx:v1"[..], signed.as_bytes()].concat();
    assert_eq!(tx.quantum_message(), message);
    assert_eq!(message.len(), Transaction::QUANTUM_MESSAGE_LEN);
    for (at, other) in [
        (0, &b"\x02"[..]),
        (1, b"\x03"),
        (2, b"\x02"),
        (3, b"\x05"),
        (4, b"\x82\x52\x09"),
        (5, b"\x80"),
        (6, b"\x01"),
        (7, b"\x82de"),
        (8, b"\xd7\xd6\x94aaaaaaaaaaaaaaaaaaaa\xc0"),
        (9, b"\x94rrrrrrrrrrrrrrrrrrrr"),
        (10, b"\x41"),
    ] {
        assert_ne!(with(at, other).unwrap().quantum_message(), message, "{}", FIELDS[at].0);
    }
    for (at, other) in [(11, b"\x83kez"), (12, b"\x83sih")] {
        let changed = with(at, other).unwrap();
        assert_eq!(changed.quantum_message(), message, "{}", FIELDS[at].0);
        assert_ne!(changed.hash(), tx.hash());
    }
}

#[test]
fn what_is_not_canonical_is_refused_by_its_field() {
    let [chain_id, to, sender, scheme, key, signature] =
        ["chainId", "to", "sender", "scheme", "publicKey", "signature"].map(place);
    for at in [chain_id, 1, 2, 3, 4, 6, scheme] {
        assert_eq!(with(at, b"\x00"), error(at, RlpProblem::LeadingZero));
        assert_eq!(with(at, b"\x82\x00\x2c"), error(at, RlpProblem::LeadingZero));
        assert_eq!(with(at, b"\x81\x2c"), error(at, RlpProblem::NotShortest));
        assert_eq!(with(at, b"\xc0"), error(at, RlpProblem::ExpectedBytes));
    }
    let over = [b"\x82\x01\x00".as_slice(), b"\x82\x01\x2c", b"\x88\x01\0\0\0\0\0\0\x2c"];
    for over in over {
        assert_eq!(with(scheme, over), error(scheme, RlpProblem::TooLarge { bits: 8 }));
    }
    let over_64_bits = b"\x89\x01\0\0\0\0\0\0\0\x2c";
    assert_eq!(with(scheme, over_64_bits), error(scheme, RlpProblem::TooLarge { bits: 64 }));
    assert_eq!(with(chain_id, over_64_bits), error(chain_id, RlpProblem::TooLarge { bits: 64 }));
    for (scheme_bytes, number) in
        [(b"\x80".as_slice(), 0), (b"\x7f", 127), (b"\x81\x80", 128), (b"\x81\xff", 255)]
    {
        let tx = with(scheme, scheme_bytes).unwrap();
        assert_eq!(tx.quantum.as_ref().unwrap().scheme, number);
        assert_eq!(tx.signature_claim(), Err(Rejection::UnknownScheme { number }));
    }
    let wrong_length = |got| RlpProblem::WrongLength { expected: 20, got };
    assert_eq!(with(sender, b"\x93sssssssssssssssssss"), error(sender, wrong_length(19)));
    assert_eq!(with(sender, b"\x80"), error(sender, wrong_length(0)));
    assert_eq!(with(to, b"\x81\xaa"), error(to, wrong_length(1)));
    for at in [key, signature] {
        assert_eq!(with(at, b"\xc0"), error(at, RlpProblem::ExpectedBytes));
        assert_eq!(with(at, b"\xb8\x03key"), error(at, RlpProblem::NotShortest));
    }
    assert_eq!(with(signature, b"\x84sig"), error(signature, RlpProblem::Truncated));
    assert_eq!(with(8, b"\x80"), error(8, RlpProblem::ExpectedList));
}

#[test]
fn fields_that_lack_or_follow_are_named() {
    for len in 0..FIELDS.len() {
        let short = encode(FIELDS[..len].iter().map(|&(_, bytes)| bytes));
        // A list of more than 55 bytes has a header of two.
        let offset = offset(len) - usize::from(short[1] < 0xf8);
        let missing = RlpError { field: FIELDS[len].0, offset, problem: RlpProblem::Missing };
        assert_eq!(Transaction::decode(&short), Err(missing.into()));
    }
    let trailing = |offset, len| {
        Err(RlpError { field: "transaction", offset, problem: RlpProblem::Trailing { len } }.into())
    };
    let more = encode(FIELDS.iter().map(|&(_, bytes)| bytes).chain([&b"\x01\x02"[..]]));
    assert_eq!(Transaction::decode(&more), trailing(offset(13), 2));
    let behind = [good(), vec![0]].concat();
    assert_eq!(Transaction::decode(&behind), trailing(offset(13), 1));
}

/// A key and signature of the scheme's lengths.
fn exact(scheme: u8) -> Transaction {
    let lens = DilithiumScheme::from_number(scheme.into()).unwrap();
    let mut tx = Transaction::decode(&good()).unwrap();
    let quantum = tx.quantum.as_mut().unwrap();
    quantum.scheme = scheme;
    quantum.public_key = vec![1; lens.public_key_len()];
    quantum.signature = vec![2; lens.signature_len()];
    tx
}

#[test]
fn wrong_lengths_are_carried_and_are_no_claim() {
    for scheme in [44, 65, 87] {
        let good = exact(scheme);
        let Ok(Claim::Signature { scheme: claimed, public_key, signature, message }) = good.signature_claim()
        else {
            panic!("no claim");
        };
        assert_eq!((claimed.number(), &public_key[0], &signature[0]), (scheme, &1, &2));
        assert_eq!(message, SignedMessage::Plain(good.quantum_message()));

        type Change = fn(&mut QuantumSignature);
        let changes: [(&str, isize, Change); 4] = [
            ("public key", 1, |quantum| quantum.public_key.push(1)),
            ("public key", -1, |quantum| quantum.public_key.truncate(quantum.public_key.len() - 1)),
            ("signature", 1, |quantum| quantum.signature.push(2)),
            ("signature", -1, |quantum| quantum.signature.truncate(quantum.signature.len() - 1)),
        ];
        for (what, by, change) in changes {
            let mut tx = good.clone();
            change(tx.quantum.as_mut().unwrap());
            assert_eq!(Transaction::decode(&tx.encode()), Ok(tx.clone()), "{what}");
            let expected = match what {
                "public key" => claimed.public_key_len(),
                _ => claimed.signature_len(),
            };
            let got = expected.checked_add_signed(by).unwrap();
            assert_eq!(tx.signature_claim(), Err(Rejection::QuantumLength { what, scheme, got, expected }));
        }
    }
    // Every other number, the round-3 and draft sets among them.
    for number in (0..=255).filter(|number| ![44, 65, 87].contains(number)) {
        let mut tx = exact(44);
        tx.quantum.as_mut().unwrap().scheme = number;
        assert_eq!(Transaction::decode(&tx.encode()), Ok(tx.clone()));
        assert_eq!(tx.signature_claim(), Err(Rejection::UnknownScheme { number }));
    }
}

#[test]
fn each_kind_of_signature_is_asked_of_its_own_type() {
    let quantum = exact(44);
    let error = quantum.recovery(Fork::Osaka).unwrap_err();
    assert_eq!(error.to_string(), "signature is not valid: type 0x45 is not signed with secp256k1");
    let none = Err(Rejection::InvalidSignature { reason: "no quantum signature" });
    assert_eq!(Transaction { quantum: None, ..quantum.clone() }.signature_claim(), none);
    assert_eq!(Transaction { kind: TransactionType::DynamicFee, ..quantum }.signature_claim(), none);
    // Without what it should carry it is written all the same, and is no claim when read back.
    let bare = Transaction { kind: TransactionType::Quantum, ..Transaction::default() };
    let read = Transaction::decode(&bare.encode()).unwrap();
    assert_eq!(read.signature_claim(), Err(Rejection::UnknownScheme { number: 0 }));
}

/// The error, or the transaction, of a block file whose first transaction is `tx` with one member of its JSON changed.
fn in_json(tx: &Transaction, name: &str, value: Option<&str>) -> Result<Transaction, String> {
    let mut file = BlockFile::from_json(&data("2688148.json")).unwrap();
    file.block.transactions[0] = tx.clone();
    let mut json: serde_json::Value = serde_json::from_slice(&file.to_json().unwrap()).unwrap();
    let members = json["block"]["transactions"][0].as_object_mut().unwrap();
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value.into())),
        None => drop(members.remove(name)),
    }
    let mut file =
        BlockFile::from_json(&serde_json::to_vec(&json).unwrap()).map_err(|error| error.to_string())?;
    Ok(file.block.transactions.remove(0))
}

#[test]
fn json_has_the_members_of_type_2_and_those_of_the_signature() {
    let tx = exact(44);
    let mut file = BlockFile::from_json(&data("2688148.json")).unwrap();
    file.block.transactions[0] = tx.clone();
    let json: serde_json::Value = serde_json::from_slice(&file.to_json().unwrap()).unwrap();
    let written = &json["block"]["transactions"][0];
    for (name, value) in [
        ("type", "0x45"),
        ("from", "0x7373737373737373737373737373737373737373"),
        ("scheme", "0x2c"),
        ("chainId", "0x1"),
        ("maxFeePerGas", "0x4"),
        ("maxPriorityFeePerGas", "0x3"),
        ("gas", "0x5208"),
    ] {
        assert_eq!(written[name], value, "{name}");
    }
    let quantum = tx.quantum.as_ref().unwrap();
    assert_eq!(written["publicKey"], format!("0x{}", hex::encode(&quantum.public_key)));
    assert_eq!(written["signature"], format!("0x{}", hex::encode(&quantum.signature)));
    for absent in ["v", "r", "s", "yParity"] {
        assert_eq!(written.get(absent), None, "{absent}");
    }
    assert_eq!(in_json(&tx, "unknown", Some("0x1")), Ok(tx.clone()));

    for name in ["from", "scheme", "publicKey", "signature", "chainId", "maxFeePerGas", "accessList"] {
        assert_eq!(in_json(&tx, name, None), Err(format!("block.transactions[0].{name}: missing")));
    }
    for (name, value, problem) in [
        ("scheme", "0x100", "more than 8 bits"),
        ("scheme", "44", "no 0x before the digits"),
        ("publicKey", "0x123", "an odd number of digits"),
        ("from", "0x73", "2 digits where 40 belong"),
    ] {
        assert_eq!(in_json(&tx, name, Some(value)), Err(format!("block.transactions[0].{name}: {problem}")));
    }
    let other = in_json(&tx, "from", Some("0x7272727272727272727272727272727272727272")).unwrap();
    assert_eq!(other.quantum.unwrap().sender, H160::repeat_byte(b'r'));
}

proptest! {
    #[test]
    fn they_read_back(tx in quantum_transaction()) {
        let bytes = tx.encode();
        prop_assert_eq!(bytes[0], 0x45);
        prop_assert_eq!(Transaction::decode(&bytes), Ok(tx));
    }

    /// Bytes cut off or put behind leave nothing that decodes.
    #[test]
    fn cut_or_extended_ones_are_refused(
        tx in quantum_transaction(), at in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let bytes = tx.encode();
        let cut = &bytes[..at.index(bytes.len())];
        prop_assert!(Transaction::decode(cut).is_err());
        let extended = [&bytes[..], &more].concat();
        let problem = RlpProblem::Trailing { len: more.len() };
        let error = RlpError { field: "transaction", offset: bytes.len(), problem };
        prop_assert_eq!(Transaction::decode(&extended), Err(error.into()));
    }

    /// A claim is made of exactly the right form, whatever is carried.
    #[test]
    fn claims_are_of_the_right_form(tx in transaction(), scheme in any::<u8>(), by in -1isize..=1) {
        let mut tx = tx;
        if let (Some(quantum), Some(lens)) = (&mut tx.quantum, DilithiumScheme::from_number(scheme.into())) {
            let len = lens.signature_len().checked_add_signed(by).unwrap();
            quantum.scheme = scheme;
            quantum.public_key.resize(lens.public_key_len(), 0);
            quantum.signature.resize(len, 0);
        }
        let fits = tx.quantum.as_ref().is_some_and(|quantum| {
            let lens = match quantum.scheme {
                44 => (1_312, 2_420),
                65 => (1_952, 3_309),
                87 => (2_592, 4_627),
                _ => return false,
            };
            (quantum.public_key.len(), quantum.signature.len()) == lens
        });
        prop_assert_eq!(tx.signature_claim().is_ok(), fits);
    }
}
