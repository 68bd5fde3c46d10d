//! Blocks to measure with.

use super::super::super::error::CliError;
use super::super::super::output;
use erbium::generate::{ClaimKind, GenerateOptions, Kind, Mix};
use erbium::quantumize::TwinOptions;
use erbium::vm::claims::DilithiumScheme;
use erbium::{GpuMode, Machine};
use erbium_conform::source::Entries;
use std::path::PathBuf;

/// Where the real blocks lie in the folder of fixtures.
const ARCHIVE: &str = "fixtures/mainnet-blocks.tar.xz";
/// Claims in a transaction that makes some: as many as fewer than 500,000 gas pay for, behind which open claims are judged
/// before a transaction goes on, and four at most.
fn claims_each(kind: ClaimKind) -> u64 {
    if kind == ClaimKind::Groth16 { 2 } else { 4 }
}

/// Transfers of one sender.
const TRANSFERS_EACH: u64 = 10;

/// Which blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinds {
    /// Real ones.
    Mainnet,
    /// Their quantum-signed twins.
    Twins,
    /// Quantum-signed transfers.
    Transfers,
    /// Claims that contracts make.
    Claims(ClaimKind),
}

impl Kinds {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Self::Mainnet, Self::Twins, Self::Transfers].into_iter().chain(ClaimKind::ALL.map(Self::Claims))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Twins => "twins",
            Self::Transfers => "transfers",
            Self::Claims(kind) => kind.name(),
        }
    }
}

/// How much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) scheme: DilithiumScheme,
    pub(super) transfers: u64,
    pub(super) claims: u64,
}

/// Block files that are validated together.
pub(super) struct Work {
    pub(super) kinds: Kinds,
    pub(super) files: Vec<Vec<u8>>,
}

impl Work {
    /// The blocks; `None`, with a word about it, where they are not at hand.
    pub(super) fn make(kinds: Kinds, amounts: Amounts) -> Result<Option<Self>, CliError> {
        let files = match kinds {
            Kinds::Mainnet => mainnet()?,
            Kinds::Twins => mainnet()?.map(|files| twins(&files, amounts.scheme)).transpose()?,
            Kinds::Transfers => Some(generated(GenerateOptions {
                transactions: amounts.transfers,
                senders: amounts.transfers.div_ceil(TRANSFERS_EACH),
                scheme: amounts.scheme,
                ..GenerateOptions::default()
            })?),
            Kinds::Claims(kind) => {
                let transactions = amounts.claims.div_ceil(claims_each(kind));
                Some(generated(GenerateOptions {
                    transactions,
                    senders: transactions,
                    scheme: amounts.scheme,
                    mix: Mix::only(Kind::Claims(kind)),
                    claims: claims_each(kind),
                    ..GenerateOptions::default()
                })?)
            }
        };
        Ok(files.map(|files| Self { kinds, files }))
    }
}

fn mainnet() -> Result<Option<Vec<Vec<u8>>>, CliError> {
    let folder =
        std::env::var_os("ERBIUM_FIXTURES").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let archive = folder.join(ARCHIVE);
    if !archive.is_file() {
        output::note(format_args!("skipped: no {}", archive.display()));
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in Entries::open(&archive).map_err(CliError::Source)? {
        let entry = entry.map_err(CliError::Source)?;
        if entry.name.ends_with(".json") {
            files.push(entry.bytes);
        }
    }
    Ok(Some(files))
}

fn twins(files: &[Vec<u8>], scheme: DilithiumScheme) -> Result<Vec<Vec<u8>>, CliError> {
    let machine = Machine::new(&GpuMode::Off)?;
    let options = TwinOptions { scheme, ..TwinOptions::default() };
    let twin = |(number, file): (usize, &Vec<u8>)| {
        let twin = machine
            .quantumize(file, None, options)
            .map_err(|source| CliError::Twin { file: format!("block {number} of {ARCHIVE}"), source })?;
        twin.file.to_json().map_err(CliError::Json)
    };
    files.iter().enumerate().map(twin).collect()
}

fn generated(options: GenerateOptions) -> Result<Vec<Vec<u8>>, CliError> {
    let machine = Machine::new(&GpuMode::Off)?;
    let blocks = machine.generate(options)?;
    blocks.map(|block| block?.file.to_json().map_err(CliError::Json)).collect()
}
