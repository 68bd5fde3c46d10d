//! The files of `tests/data/consensus`, as its README defines them.

use erbium_vm::spec::{Extensions, GasSchedule, Policy};
use erbium_vm::{ChainSpec, Fork, H160};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) const FILES: [&str; 20] = [
    "E0", "E1", "E2", "E4", "E5", "E6", "E7", "F0", "F1", "F2", "F3", "F4", "0x12", "0x13", "0x14", "0x100",
    "0x101", "0x102", "0x103", "0x104",
];

/// The vectors of one extension.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    format: String,
    version: u64,
    pub(crate) extension: String,
    /// The opcode's own byte, or the precompile's address.
    pub(crate) opcode: Option<String>,
    pub(crate) address: Option<String>,
    /// Results depend on the account that they are made for, and static frames make none.
    #[serde(default)]
    pub(crate) accounts: bool,
    pub(crate) cases: Vec<Case>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    fork: Option<String>,
    extensions: Option<String>,
    policy: Option<String>,
    gas_preset: Option<String>,
    /// Code that is called; a precompile's cases have none.
    pub(crate) code: Option<Content>,
    pub(crate) input: Content,
    pub(crate) gas: u64,
    pub(crate) result: Expected,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) outcome: String,
    pub(crate) output: Content,
    pub(crate) gas_used: u64,
}

/// Bytes: digits, or pieces end to end.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Digits(String),
    Pieces(Vec<Piece>),
}

#[derive(Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Piece {
    Digits(String),
    Blob {
        blob: String,
        #[serde(default)]
        then: Vec<Change>,
    },
    Repeat {
        repeat: String,
        times: usize,
    },
    Opcode {
        opcode: bool,
    },
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Flip(usize, u8),
    Keep(usize),
    Drop(usize),
    Append(String),
    Replace(usize, String),
}

/// Bytes with a name, in a file of their own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blobs {
    format: String,
    version: u64,
    blobs: BTreeMap<String, Blob>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    bytes: String,
    source: String,
}

/// The named bytes.
pub(crate) struct Names(BTreeMap<String, Vec<u8>>);

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/consensus")
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = folder().join(name).with_extension("json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn file(name: &str) -> File {
    let file: File = read(name);
    assert_eq!((&*file.format, file.version), ("erbium-consensus", 1), "{name}");
    assert!(file.opcode.is_some() != file.address.is_some(), "{name}: an opcode or a precompile");
    assert!(file.cases.iter().all(|case| case.code.is_some() == file.opcode.is_some()), "{name}");
    file
}

pub(crate) fn names() -> Names {
    let file: Blobs = read("blobs");
    assert_eq!((&*file.format, file.version), ("erbium-consensus", 1));
    let blobs = file.blobs.into_iter().map(|(name, blob)| {
        assert!(!blob.source.is_empty(), "{name} has no source");
        (name, digits(&blob.bytes))
    });
    Names(blobs.collect())
}

pub(crate) fn digits(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or_else(|| panic!("{text} does not begin with 0x"));
    hex::decode(digits).unwrap_or_else(|error| panic!("{text}: {error}"))
}

impl Content {
    /// The bytes, with `opcode` where code asks for it.
    pub(crate) fn bytes(&self, names: &Names, opcode: &[u8]) -> Vec<u8> {
        let pieces = match self {
            Self::Digits(text) => return digits(text),
            Self::Pieces(pieces) => pieces.iter(),
        };
        pieces.flat_map(|piece| piece.bytes(names, opcode)).collect()
    }

    /// True where the same code is meant with either form of the opcode.
    pub(crate) fn has_opcode(&self) -> bool {
        let Self::Pieces(pieces) = self else { return false };
        pieces.iter().any(|piece| matches!(piece, Piece::Opcode { opcode: true }))
    }
}

impl Piece {
    fn bytes(&self, names: &Names, opcode: &[u8]) -> Vec<u8> {
        match self {
            Self::Digits(text) => digits(text),
            Self::Repeat { repeat, times } => digits(repeat).repeat(*times),
            Self::Opcode { .. } => opcode.to_vec(),
            Self::Blob { blob, then } => {
                let blob = names.0.get(blob).unwrap_or_else(|| panic!("no bytes are named {blob}"));
                then.iter().fold(blob.clone(), |bytes, change| change.apply(bytes))
            }
        }
    }
}

impl Change {
    pub(crate) fn apply(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Flip(at, bit) => bytes[*at] ^= 1 << bit,
            Self::Keep(len) => {
                assert!(*len <= bytes.len());
                bytes.truncate(*len);
            }
            Self::Drop(len) => drop(bytes.drain(..len)),
            Self::Append(text) => bytes.extend(digits(text)),
            Self::Replace(at, text) => {
                let new = digits(text);
                bytes[*at..*at + new.len()].copy_from_slice(&new);
            }
        }
        bytes
    }
}

impl File {
    /// What is known of an opcode's vectors but for the cases.
    pub(crate) fn opcode(extension: &str, byte: u8) -> Self {
        Self::empty(extension, Some(format!("{byte:#x}")), None)
    }

    /// What is known of a precompile's vectors but for the cases.
    pub(crate) fn precompile(extension: &str, address: u64) -> Self {
        Self::empty(extension, None, Some(format!("{:#x}", H160::from_low_u64_be(address))))
    }

    fn empty(extension: &str, opcode: Option<String>, address: Option<String>) -> Self {
        let (format, extension) = ("erbium-consensus".to_owned(), extension.to_owned());
        Self { format, version: 1, extension, opcode, address, accounts: false, cases: Vec::new() }
    }
}

impl Case {
    /// A case on the newest fork, in a block.
    pub(crate) fn new(name: &str, code: Option<Content>, input: Content, gas: u64, result: Expected) -> Self {
        let (fork, extensions, policy, gas_preset) = (None, None, None, None);
        Self { name: name.to_owned(), fork, extensions, policy, gas_preset, code, input, gas, result }
    }

    /// The rules that the case runs under.
    pub(crate) fn spec(&self) -> ChainSpec {
        fn pick<T>(name: Option<&str>, choices: impl IntoIterator<Item = (&'static str, T)>) -> T {
            let mut choices = choices.into_iter();
            match name {
                None => choices.next().map(|(_, choice)| choice),
                Some(name) => choices.find(|(other, _)| *other == name).map(|(_, choice)| choice),
            }
            .unwrap_or_else(|| panic!("{name:?} is no choice"))
        }
        let fork = self.fork.as_deref().map_or(Fork::Osaka, |name| name.parse().unwrap());
        ChainSpec {
            extensions: pick(
                self.extensions.as_deref(),
                [("erbium", Extensions::Erbium), ("none", Extensions::None)],
            ),
            policy: pick(
                self.policy.as_deref(),
                [("block", Policy::Block), ("test-chain", Policy::TestChain), ("local", Policy::Local)],
            ),
            gas: pick(
                self.gas_preset.as_deref(),
                [("erbium", GasSchedule::erbium()), ("seed", GasSchedule::seed())],
            ),
            chain_id: erbium_vm::spec::ERBIUM_CHAIN_ID,
            ..ChainSpec::ethereum(fork)
        }
    }
}
