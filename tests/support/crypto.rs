//! Dilithium inputs from bytes, and verifiers held against each other on them.

use crate::dilithium::mutation::{Field, Input, Operation};
use crate::dilithium::signer::{self, Key, Rules, params, refit};
use crate::dilithium::{ask, ask_mu};
use crate::reference;
use crate::support::bytes::Reader;
use erbium_claims::{
    Claim, DilithiumScheme, Fault, SignatureInput, SignedMessage, SigningInput, Verdict, Verifier,
};
use erbium_gpu::cpu::dilithium::Params;
use std::sync::LazyLock;

const SCHEMES: [u8; 9] = [2, 3, 5, 18, 19, 21, 44, 65, 87];

/// A key with a signature of its own, and whether it is a key that lets anybody forge.
struct Base {
    key: Key,
    input: Input,
    forged: bool,
}

static BASES: LazyLock<Vec<(DilithiumScheme, [Base; 2])>> = LazyLock::new(|| {
    let schemes = SCHEMES.iter().filter_map(|&number| DilithiumScheme::from_number(number.into()));
    schemes.map(|scheme| (scheme, [base(scheme, false), base(scheme, true)])).collect()
});

fn base(scheme: DilithiumScheme, forged: bool) -> Base {
    let (params, message) = (params(scheme), b"fuzz".to_vec());
    let seed = [scheme.number(); 32];
    let (key, parts);
    if forged {
        key = Key::without_t1(params.clone(), &seed);
        parts = key.forge(&message, key.response(), vec![vec![3, 200]; params.k]);
    } else {
        key = Key::new(params.clone(), &seed);
        parts = key.sign(&message);
    }
    let (public_key, signature) = (key.public_key.clone(), parts.encode(&params));
    Base { key, input: Input { public_key, signature, message }, forged }
}

/// One change that fits `input`, as the bytes say.
fn operation(bytes: &mut Reader<'_>, params: &Params, input: &Input) -> Option<Operation> {
    let field =
        [Field::Signature, Field::PublicKey, Field::Message, Field::Signature][usize::from(bytes.below(4))];
    let len = match field {
        Field::PublicKey => input.public_key.len(),
        Field::Signature => input.signature.len(),
        Field::Message => input.message.len(),
    };
    let at = usize::from(bytes.word());
    let whole = input.signature.len() == params.signature_len();
    Some(match bytes.below(6) {
        0 if len > 0 => Operation::Flip { field, at: at % len, bit: bytes.below(8) },
        1 if len > 0 => {
            let at = at % len;
            let new = bytes.below(8);
            let new = bytes.take(usize::from(new).min(len - at)).to_vec();
            Operation::Replace { field, at, bytes: new }
        }
        2 => Operation::Truncate { field, len: at % (len + 1) },
        3 => {
            let new = bytes.below(40);
            Operation::Append { field, bytes: bytes.take(new.into()).to_vec() }
        }
        4 if whole => {
            let (gamma1, at) = (i64::from(params.gamma1()), at % (params.l * 256));
            let bound = gamma1 - i64::from(params.beta);
            let edge = [bound, -bound, gamma1, 1 - gamma1, 0][usize::from(bytes.below(5))];
            let value = (edge + i64::from(bytes.below(5)) - 2).clamp(1 - gamma1, gamma1);
            Operation::SetZ { polynomial: at / 256, coefficient: at % 256, value }
        }
        // The hints: places, padding and the ends of rows.
        5 if whole => {
            let hints = params.omega + params.k;
            let at = params.signature_len() - hints + at % hints;
            Operation::Replace { field: Field::Signature, at, bytes: vec![bytes.byte()] }
        }
        _ => return None,
    })
}

/// The question that `bytes` stand for.
fn question(bytes: &[u8]) -> (DilithiumScheme, Input) {
    let mut bytes = Reader(bytes);
    let (scheme, bases) = &BASES[usize::from(bytes.below(9))];
    let kind = bytes.below(8);
    if kind == 0 {
        // Any key and signature; their lengths are right unless the input says otherwise.
        let (off_key, off_signature) = (bytes.below(4), bytes.below(4));
        let fill = bytes.byte();
        let mut field = |len: usize, off: u8| {
            let mut field = bytes.take(len / 2).to_vec();
            field.resize(len + usize::from(off == 1) - usize::from(off == 2), fill);
            field
        };
        let public_key = field(scheme.public_key_len(), off_key);
        let signature = field(scheme.signature_len(), off_signature);
        return (*scheme, Input { public_key, signature, message: bytes.0.to_vec() });
    }
    let base = &bases[usize::from(kind % 2)];
    let params = &base.key.params;
    let mut input = base.input.clone();
    for _ in 0..bytes.below(6) {
        if let Some(operation) = operation(&mut bytes, params, &input) {
            operation.apply(params, &mut input);
        }
    }
    // Made to fit again: then only the rules on responses and hints can refuse it.
    if base.forged && input.public_key == base.key.public_key {
        refit(&base.key, &mut input);
    }
    (*scheme, input)
}

/// What the references say; an error where they differ.
fn expected(scheme: DilithiumScheme, input: &Input) -> Result<bool, String> {
    let Input { public_key, signature, message } = input;
    let ours = signer::verify(&params(scheme), public_key, message, signature, Rules::ALL);
    let mut others = Vec::new();
    if reference::ML_DSA.contains(&scheme) {
        others.push((reference::ML_DSA_ORACLE, reference::ml_dsa(scheme, input)));
        others.push(("fips204", reference::fips204(scheme, input)));
    } else if reference::DRAFT.contains(&scheme) {
        others.push((reference::DRAFT_ORACLE, reference::draft(scheme, input)));
    }
    match others.iter().find(|(_, answer)| *answer != ours) {
        None => Ok(ours),
        Some((name, answer)) => Err(format!("{scheme:?}: {name} says {answer}, the tests' verifier {ours}")),
    }
}

/// How `verifier` differs from the references on what `bytes` stand for, if it does: over the message, over its mu, and
/// as the input of a precompile.
pub(crate) fn disagreement(bytes: &[u8], verifier: &dyn Verifier) -> Option<String> {
    let _ = (SignatureInput::with_scheme(bytes).claim(), SigningInput::read(bytes));
    let (scheme, input) = question(bytes);
    let expected_here = match expected(scheme, &input) {
        Ok(expected) => expected,
        Err(difference) => return Some(difference),
    };
    let answers = [
        ("the message", ask(verifier, scheme, &input), expected_here),
        ("mu", ask_mu(verifier, scheme, &input), expected_here),
    ];
    let different = answers.into_iter().find(|(_, answer, expected)| answer != expected);
    if let Some((over, answer, _)) = different {
        return Some(format!("{scheme:?} over {over}: {answer}, not {expected_here}: {input:02x?}"));
    }
    let laid = [&[scheme.number()][..], &input.public_key, &input.signature, &input.message].concat();
    let Some(Claim::Signature { scheme, public_key, signature, message: SignedMessage::Plain(message) }) =
        SignatureInput::with_scheme(&laid).claim()
    else {
        let short = laid.len() < 1 + scheme.public_key_len() + scheme.signature_len();
        return (!short).then(|| format!("{scheme:?}: a whole input is found malformed"));
    };
    let read = Input { public_key, signature, message };
    let answer = ask(verifier, scheme, &read);
    (expected(scheme, &read) != Ok(answer)).then(|| format!("{scheme:?} as laid out: {answer}: {read:02x?}"))
}

/// Answers every claim alike.
pub(crate) struct Stubborn(pub(crate) Verdict);

impl Verifier for Stubborn {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![self.0; claims.len()])
    }
}
