//! Random inputs: signatures and forgeries, changed here and there.

use super::mutation::{Field, Input, Operation, mutated};
use super::signer::{Key, params, refit};
use erbium_claims::DilithiumScheme;
use erbium_gpu::cpu::dilithium::Params;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// A change whose place is chosen when the input is known.
#[derive(Clone, Debug)]
enum Change {
    /// A bit anywhere.
    Flip(Field, Index, u8),
    /// Another length.
    Resize(Field, Index, bool),
    /// A coefficient of z, at an edge or anywhere.
    Response(Index, i64, Index),
    /// A place among the hints, used or not, becomes another.
    Place(Index, u8),
    /// Two neighbouring places change sides.
    Swap(Index),
    /// A row ends later or earlier.
    End(Index, i8),
    /// As many hints as may be, or one more.
    Full(bool),
}

impl Change {
    fn operations(&self, params: &Params, input: &Input) -> Vec<Operation> {
        let len = |field| match field {
            Field::PublicKey => input.public_key.len(),
            Field::Signature => input.signature.len(),
            Field::Message => input.message.len(),
        };
        let hints = params.signature_len() - params.omega - params.k;
        let set = |at, bytes| vec![Operation::Replace { field: Field::Signature, at, bytes }];
        let whole = input.signature.len() == params.signature_len();
        match self {
            Self::Flip(field, ..) if len(*field) == 0 => vec![],
            Self::Flip(field, at, bit) => {
                vec![Operation::Flip { field: *field, at: at.index(len(*field)), bit: *bit }]
            }
            Self::Resize(field, by, true) => {
                vec![Operation::Append { field: *field, bytes: vec![0; 1 + by.index(40)] }]
            }
            Self::Resize(field, to, false) => {
                vec![Operation::Truncate { field: *field, len: to.index(len(*field) + 1) }]
            }
            _ if !whole => vec![],
            Self::Response(place, offset, kind) => {
                let (gamma1, place) = (i64::from(params.gamma1()), place.index(params.l * 256));
                let bound = gamma1 - i64::from(params.beta);
                let edges = [bound, -bound, gamma1 - 1, 2 - gamma1, 0];
                let value = (edges[kind.index(edges.len())] + offset).clamp(1 - gamma1, gamma1);
                vec![Operation::SetZ { polynomial: place / 256, coefficient: place % 256, value }]
            }
            Self::Place(at, place) => set(hints + at.index(params.omega), vec![*place]),
            Self::Swap(at) => {
                let at = hints + at.index(params.omega - 1);
                set(at, vec![input.signature[at + 1], input.signature[at]])
            }
            Self::End(row, by) => {
                let at = hints + params.omega + row.index(params.k);
                set(at, vec![input.signature[at].wrapping_add_signed(*by)])
            }
            Self::Full(over) => {
                let most = params.omega as u8;
                let mut bytes: Vec<u8> = (0..most).collect();
                bytes.resize(params.omega + params.k, most);
                bytes[params.omega + params.k - 1] += u8::from(*over);
                set(hints, bytes)
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let field = || prop::sample::select(vec![Field::PublicKey, Field::Signature, Field::Message]);
    prop_oneof![
        2 => (field(), any::<Index>(), 0..8u8).prop_map(|(field, at, bit)| Change::Flip(field, at, bit)),
        1 => (field(), any::<Index>(), any::<bool>()).prop_map(|(field, by, more)| Change::Resize(field, by, more)),
        4 => (any::<Index>(), -2..=2i64, any::<Index>()).prop_map(|(at, by, kind)| Change::Response(at, by, kind)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, place)| Change::Place(at, place)),
        1 => any::<Index>().prop_map(Change::Swap),
        1 => (any::<Index>(), -2..=2i8).prop_map(|(row, by)| Change::End(row, by)),
        1 => any::<bool>().prop_map(Change::Full),
    ]
}

/// Inputs of `scheme`. Half of them are forgeries that are made to fit again after the changes, so that only the rules
/// on responses and hints can refuse them.
pub(crate) fn inputs(scheme: DilithiumScheme) -> impl Strategy<Value = Input> {
    let message = prop::collection::vec(any::<u8>(), 0..300);
    let changes = prop::collection::vec(change(), 0..4);
    let hints = prop::collection::btree_set(any::<u8>(), 0..20);
    (any::<[u8; 32]>(), message, any::<bool>(), hints, changes).prop_map(
        move |(seed, message, forged, hints, changes)| {
            let params = params(scheme);
            let key =
                if forged { Key::without_t1(params.clone(), &seed) } else { Key::new(params.clone(), &seed) };
            let parts = if forged {
                let mut rows = vec![vec![]; params.k];
                hints.into_iter().enumerate().for_each(|(i, place)| rows[i % params.k].push(place));
                key.forge(&message, key.response(), rows)
            } else {
                key.sign(&message)
            };
            let signature = parts.encode(&params);
            let mut input = Input { public_key: key.public_key.clone(), signature, message };
            for change in changes {
                input = mutated(&params, &input, &change.operations(&params, &input));
            }
            if forged && input.public_key == key.public_key {
                refit(&key, &mut input);
            }
            input
        },
    )
}

/// Runs `cases` inputs of `scheme` until `answer` and `other` differ; the seed is fixed. Answers how many are valid, or
/// what was found.
pub(crate) fn compare(
    scheme: DilithiumScheme,
    cases: u32,
    answer: impl Fn(&Input) -> bool,
    other: impl Fn(&Input) -> bool,
) -> Result<usize, String> {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 0,
        rng_seed: RngSeed::Fixed(u64::from(scheme.number())),
        ..Config::default()
    };
    let valid = std::cell::Cell::new(0);
    let result = TestRunner::new(config).run(&inputs(scheme), |input| {
        let expected = other(&input);
        valid.set(valid.get() + usize::from(expected));
        prop_assert_eq!(answer(&input), expected);
        Ok(())
    });
    result.map(|()| valid.get()).map_err(|error| error.to_string())
}
