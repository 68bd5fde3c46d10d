//! What the consensus vectors try, scheme by scheme.

use super::mutation::{Field, Input, Operation};
use super::signer::{Key, Parts, hint_bytes, params};
use erbium_claims::DilithiumScheme;
use erbium_gpu::cpu::dilithium::Params;

/// Inputs and what becomes of them.
pub(crate) struct Script {
    pub(crate) bases: Vec<(String, Input)>,
    pub(crate) cases: Vec<Case>,
}

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) base: usize,
    pub(crate) operations: Vec<Operation>,
    /// The verdict that whoever wrote the case had in mind; the oracle's counts.
    pub(crate) meant: bool,
}

const SIGNED: usize = 0;
const FORGED: usize = 1;
const OTHER_CHALLENGE: usize = 2;

/// All cases of `scheme`.
pub(crate) fn script(scheme: DilithiumScheme) -> Script {
    let params = params(scheme);
    let seed = [scheme.number(); 32];
    let message: Vec<u8> = (0..59).collect();
    let input = |key: &Key, parts: &Parts, message: &[u8]| Input {
        public_key: key.public_key.clone(),
        signature: parts.encode(&params),
        message: message.to_vec(),
    };
    let signer = Key::new(params.clone(), &seed);
    let signed = signer.sign(&message);
    let forger = Forger::new(params.clone(), &seed, message.clone());
    let mut script = Script {
        bases: vec![
            ("a key's signature".into(), input(&signer, &signed, &message)),
            ("a forgery under a key whose t1 is zero".into(), input(&forger.key, &forger.base, &message)),
        ],
        cases: Vec::new(),
    };
    script.add("a key's signature", SIGNED, vec![], true);
    script.add("a forgery", FORGED, vec![], true);
    script.flips(&params, &signed);
    script.lengths(&params);
    script.contents(&params, &signed);
    forger.responses(&mut script);
    forger.hints(&mut script);
    forger.messages(&mut script);
    if params.c_tilde_len > 32 {
        // The draft seeds the challenge with 32 bytes of c-tilde, FIPS 204 with all; round 3 has no more than 32.
        let ball_seed_len = if params.ball_seed_len == 32 { params.c_tilde_len } else { 32 };
        let other = Key::new(Params { ball_seed_len, ..params.clone() }, &seed);
        let parts = other.sign(&message);
        script.bases.push((
            "a challenge from as much of c-tilde as the other version takes".into(),
            input(&other, &parts, &message),
        ));
        script.add(
            "a challenge from as much of c-tilde as the other version takes",
            OTHER_CHALLENGE,
            vec![],
            false,
        );
    }
    script
}

impl Script {
    fn add(&mut self, name: &str, base: usize, operations: Vec<Operation>, meant: bool) {
        self.cases.push(Case { name: name.into(), base, operations, meant });
    }

    fn flips(&mut self, params: &Params, signed: &Parts) {
        let z = params.c_tilde_len;
        let hints = z + params.l * params.z_len();
        let used = signed.hints.concat().len();
        assert!(used >= 2 && used < params.omega, "a signature with hints and padding");
        let key = params.public_key_len();
        for (name, field, at, bit) in [
            ("first bit of c-tilde", Field::Signature, 0, 0),
            ("last bit of the challenge's seed", Field::Signature, params.ball_seed_len - 1, 7),
            ("last bit of c-tilde", Field::Signature, z - 1, 7),
            ("first bit of z", Field::Signature, z, 0),
            ("a middle bit of z", Field::Signature, z + params.l * params.z_len() / 2, 3),
            ("last bit of z", Field::Signature, hints - 1, 7),
            ("lowest bit of the first hint", Field::Signature, hints, 0),
            ("highest bit of the last hint", Field::Signature, hints + used - 1, 7),
            ("first byte of the hints' padding", Field::Signature, hints + used, 0),
            ("last byte of the hints' padding", Field::Signature, hints + params.omega - 1, 7),
            ("end of the first row's hints", Field::Signature, hints + params.omega, 0),
            ("end of the last row's hints", Field::Signature, hints + params.omega + params.k - 1, 0),
            ("first bit of rho", Field::PublicKey, 0, 0),
            ("last bit of rho", Field::PublicKey, 31, 7),
            ("first bit of t1", Field::PublicKey, 32, 0),
            ("a middle bit of t1", Field::PublicKey, key / 2, 5),
            ("last bit of t1", Field::PublicKey, key - 1, 7),
            ("first bit of the message", Field::Message, 0, 0),
            ("last bit of the message", Field::Message, 58, 7),
        ] {
            self.add(&format!("flipped: {name}"), SIGNED, vec![Operation::Flip { field, at, bit }], false);
        }
    }

    fn lengths(&mut self, params: &Params) {
        use Field::{Message, PublicKey, Signature};
        let (key, signature) = (params.public_key_len(), params.signature_len());
        for (name, field, len) in [
            ("signature without its last byte", Signature, signature - 1),
            ("signature of c-tilde alone", Signature, params.c_tilde_len),
            ("signature without hints", Signature, signature - params.omega - params.k),
            ("empty signature", Signature, 0),
            ("key without its last byte", PublicKey, key - 1),
            ("key of rho alone", PublicKey, 32),
            ("empty key", PublicKey, 0),
            ("message without its last byte", Message, 58),
            ("empty message", Message, 0),
        ] {
            self.add(name, SIGNED, vec![Operation::Truncate { field, len }], false);
        }
        for (name, field, bytes) in [
            ("signature with a zero behind", Signature, vec![0]),
            ("signature with 16 bytes behind", Signature, vec![0xa5; 16]),
            ("signature twice as long", Signature, vec![0; signature]),
            ("key with a zero behind", PublicKey, vec![0]),
            ("key with 640 bytes behind", PublicKey, vec![1; 640]),
            ("message with a zero behind", Message, vec![0]),
        ] {
            self.add(name, SIGNED, vec![Operation::Append { field, bytes }], false);
        }
    }

    /// Whole parts replaced.
    fn contents(&mut self, params: &Params, signed: &Parts) {
        let hints = params.signature_len() - params.omega - params.k;
        let replace = |field, at, bytes| vec![Operation::Replace { field, at, bytes }];
        for (name, fill) in [("zeros", 0), ("ones", 0xff)] {
            for (part, field, at, len) in [
                ("c-tilde", Field::Signature, 0, params.c_tilde_len),
                ("hints", Field::Signature, hints, params.omega + params.k),
                ("signature", Field::Signature, 0, params.signature_len()),
                ("key", Field::PublicKey, 0, params.public_key_len()),
            ] {
                self.add(&format!("{part} of {name}"), SIGNED, replace(field, at, vec![fill; len]), false);
            }
        }
        let mut fewer = signed.hints.clone();
        let _ = fewer.iter_mut().find_map(Vec::pop);
        let mut more = signed.hints.clone();
        let free = (0..=255).find(|place| !more[0].contains(place));
        more[0].extend(free);
        more[0].sort_unstable();
        let mut moved = signed.hints.clone();
        moved.rotate_left(1);
        for (name, rows) in [("a hint less", fewer), ("a hint more", more), ("hints of the next row", moved)]
        {
            self.add(name, SIGNED, replace(Field::Signature, hints, hint_bytes(params, &rows)), false);
        }
    }
}

/// Makes signatures that break one rule and keep all others.
struct Forger {
    key: Key,
    base: Parts,
    message: Vec<u8>,
    params: Params,
}

impl Forger {
    fn new(params: Params, seed: &[u8], message: Vec<u8>) -> Self {
        let key = Key::without_t1(params.clone(), seed);
        let mut hints = vec![vec![]; params.k];
        hints[0] = vec![0, 7, 255];
        hints[params.k - 1] = vec![1, 2];
        let base = key.forge(&message, key.response(), hints);
        Self { key, base, message, params }
    }

    /// The change of c-tilde that makes the forgery fit again.
    fn fit(&self, message: &[u8], z: &[super::signer::Poly], hints: &[Vec<u8>]) -> Operation {
        let parts = self.key.forge(message, z.to_vec(), hints.to_vec());
        Operation::Replace { field: Field::Signature, at: 0, bytes: parts.c_tilde }
    }

    fn responses(&self, script: &mut Script) {
        let gamma1 = i64::from(self.params.gamma1());
        let bound = gamma1 - i64::from(self.params.beta);
        let last = (self.params.l - 1, 255);
        for (name, value, meant) in [
            ("just within the bound", bound - 1, true),
            ("just within the bound, negative", 1 - bound, true),
            ("at the bound", bound, false),
            ("at the bound, negative", -bound, false),
            ("past the bound", bound + 1, false),
            ("past the bound, negative", -bound - 1, false),
            ("as large as can be written", gamma1, false),
            ("as small as can be written", 1 - gamma1, false),
        ] {
            for (polynomial, coefficient) in [(0, 0), last] {
                let mut z = self.base.z.clone();
                z[polynomial][coefficient] = value;
                let operations = vec![
                    Operation::SetZ { polynomial, coefficient, value },
                    self.fit(&self.message, &z, &self.base.hints),
                ];
                script.add(
                    &format!("coefficient {coefficient} of z's polynomial {polynomial} {name}"),
                    FORGED,
                    operations,
                    meant,
                );
            }
        }
        let (mut z, mut operations) = (self.base.z.clone(), Vec::new());
        for (polynomial, coefficient, value) in [(0, 128, bound), (self.params.l - 1, 3, -bound)] {
            z[polynomial][coefficient] = value;
            operations.push(Operation::SetZ { polynomial, coefficient, value });
        }
        operations.push(self.fit(&self.message, &z, &self.base.hints));
        script.add("two coefficients of z at the bound", FORGED, operations, false);
    }

    fn hints(&self, script: &mut Script) {
        let (k, omega) = (self.params.k, self.params.omega);
        let at = self.params.signature_len() - omega - k;
        // What the rows mean, and how the bytes differ from their encoding.
        let mut add = |name: &str, rows: Vec<Vec<u8>>, change: &[(usize, u8)], meant| {
            let mut bytes = hint_bytes(&self.params, &rows);
            change.iter().for_each(|(at, byte)| bytes[*at] = *byte);
            let operations = vec![
                Operation::Replace { field: Field::Signature, at, bytes },
                self.fit(&self.message, &self.base.z, &rows),
            ];
            script.add(name, FORGED, operations, meant);
        };
        let only = |row: usize, places: Vec<u8>| {
            let mut rows = vec![vec![]; k];
            rows[row] = places;
            rows
        };
        let full: Vec<u8> = (0..omega as u8).collect();
        add("no hints", vec![vec![]; k], &[], true);
        add("as many hints as may be, in the first row", only(0, full.clone()), &[], true);
        add("as many hints as may be, in the last row", only(k - 1, full.clone()), &[], true);
        add("hints at both ends of a row", only(1, vec![0, 255]), &[], true);
        let spread = (0..k).map(|row| vec![row as u8, 200 + row as u8]).collect();
        add("two hints in every row", spread, &[], true);

        let ends = |rows: Vec<Vec<u8>>| -> Vec<(usize, u8)> {
            hint_bytes(&self.params, &rows)[omega..]
                .iter()
                .enumerate()
                .map(|(i, end)| (omega + i, *end))
                .collect()
        };
        let twice = [vec![(1, 9)], ends(only(0, vec![9, 9]))].concat();
        add("a hint twice in the first row", only(0, vec![9]), &twice, false);
        let twice = [vec![(1, 9)], ends(only(k - 1, vec![9, 9]))].concat();
        add("a hint twice in the last row", only(k - 1, vec![9]), &twice, false);
        add("zero as a hint twice", only(1, vec![0]), &ends(only(1, vec![0, 0])), false);
        add("two hints in falling order", only(0, vec![3, 9]), &[(0, 9), (1, 3)], false);
        add("the last of three hints out of order", only(k - 1, vec![3, 9, 30]), &[(1, 30), (2, 9)], false);
        add("the largest hint before the smallest", only(0, vec![0, 255]), &[(0, 255), (1, 0)], false);
        add("as many hints as may be, backwards", only(0, full.clone()), &reversed(&full), false);
        add("padding not zero right after the hints", only(0, vec![4]), &[(1, 1)], false);
        add("padding not zero at its end", only(0, vec![4]), &[(omega - 1, 1)], false);
        add("padding not zero without hints", vec![vec![]; k], &[(0, 1)], false);
        add("padding that repeats the last hint", only(k - 1, vec![4]), &[(1, 4)], false);
        add("all padding ones", only(0, vec![4]), &(1..omega).map(|i| (i, 0xff)).collect::<Vec<_>>(), false);
        add(
            "one hint more than may be",
            only(k - 1, full.clone()),
            &[(omega + k - 1, omega as u8 + 1)],
            false,
        );
        add(
            "the first row alone has one hint more than may be",
            only(0, full.clone()),
            &[(omega, omega as u8 + 1)],
            false,
        );
        let over: Vec<_> = (0..k).map(|row| (omega + row, omega as u8 + 1)).collect();
        add("every row ends past the places", only(0, full.clone()), &over, false);
        add("a last row that ends at 255", only(0, vec![4]), &[(omega + k - 1, 255)], false);
        add("a row that ends before it starts", only(0, vec![4]), &[(omega + 1, 0)], false);
        add("a last row that ends before it starts", only(0, vec![4, 5]), &[(omega + k - 1, 1)], false);
        add("the first row's end larger than the others'", only(0, vec![4]), &[(omega, 2)], false);
    }

    fn messages(&self, script: &mut Script) {
        let refit = |message: &[u8]| self.fit(message, &self.base.z, &self.base.hints);
        let field = Field::Message;
        let empty = vec![Operation::Truncate { field, len: 0 }, refit(&[])];
        script.add("an empty message", FORGED, empty, true);
        // Around the ends of the hash's blocks of 136 bytes, after 64 or 32 bytes of tr.
        for len in [69, 70, 71, 72, 73, 104, 136, 1000] {
            let bytes = vec![0x5a; len - self.message.len()];
            let message = [&*self.message, &*bytes].concat();
            let operations = vec![Operation::Append { field, bytes }, refit(&message)];
            script.add(&format!("a message of {len} bytes"), FORGED, operations, true);
        }
        script.add("c-tilde of another message", FORGED, vec![refit(b"another")], false);
        // The versions put different things before the message.
        for (name, prefix, tr_len) in [
            ("nothing before the message", &[][..], self.params.tr_len),
            ("an empty context before the message", &[0, 0], self.params.tr_len),
            ("a context of one byte before the message", &[0, 1, 7], self.params.tr_len),
            ("the prefix of a hashed message", &[1, 0], self.params.tr_len),
            ("half of tr", self.params.prefix, 32),
            ("all of tr", self.params.prefix, 64),
        ] {
            let meant = (prefix, tr_len) == (self.params.prefix, self.params.tr_len);
            let params = Params { prefix, tr_len, ..self.params.clone() };
            let other = Forger::new(params, &[self.params.scheme.number(); 32], self.message.clone());
            let operations =
                vec![Operation::Replace { field: Field::Signature, at: 0, bytes: other.base.c_tilde }];
            script.add(&format!("signed with {name}"), FORGED, operations, meant);
        }
    }
}

fn reversed(places: &[u8]) -> Vec<(usize, u8)> {
    places.iter().rev().copied().enumerate().collect()
}
