//! `erbium tool generate`: blocks from a seed, as files.

use super::super::Outcome;
use super::super::error::CliError;
use super::super::files::{seed, write_block};
use super::super::output::Output;
use super::super::progress::Progress;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use erbium::Machine;
use erbium::generate::{Counts, GenerateOptions, Generated, Mix, Rate};
use erbium::vm::claims::DilithiumScheme;
use erbium_conform::source::xz;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Make blocks of quantum-signed transactions from a seed, with the whole state and the results in each file.
///
/// The same options give the same bytes.
#[derive(Debug, Args)]
pub(in crate::cli) struct GenerateArgs {
    /// Folder for one file a block, or archive (.tar).
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// 32 bytes that everything is derived from [default: zeros]. It is no secret.
    #[arg(long, value_name = "HEX")]
    seed: Option<String>,
    /// Transactions in all.
    #[arg(long, value_name = "N", default_value = "100")]
    transactions: u64,
    /// Spread them over so many blocks, if limits of gas and bytes allow; else as few as these need.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    blocks: Option<u64>,
    /// Accounts that send by turns, with a key each; as many as transactions, and no key comes twice.
    #[arg(long, value_name = "N", default_value = "64")]
    senders: u64,
    /// Signature scheme: ML-DSA-44, 65 or 87.
    #[arg(
        long,
        default_value = "65",
        value_parser = PossibleValuesParser::new(["44", "65", "87"]).try_map(|number| number.parse::<u64>())
    )]
    scheme: u64,
    /// What transactions do, with weights: transfer, token, swap, dilithium-opcode, dilithium-precompile, range-proof,
    /// confidential, groth16.
    #[arg(long, value_name = "KIND=N,..", default_value = "transfer")]
    mix: Mix,
    /// Claims in a transaction that has a contract make any.
    #[arg(long, value_name = "N", default_value = "1")]
    claims: u64,
    /// Share of the transactions that write what others write, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = rate)]
    conflict: Rate,
    /// Share of contracts' claims that do not hold, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = rate)]
    invalid: Rate,
    /// Gas limit of every block.
    #[arg(long, value_name = "GAS", default_value = "500000000")]
    gas_limit: u64,
    /// Compress the files (.json.xz).
    #[arg(long)]
    compress: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn rate(text: &str) -> Result<Rate, String> {
    text.parse().ok().and_then(Rate::new).ok_or_else(|| "not a number from 0 to 1".to_owned())
}

impl GenerateArgs {
    fn options(&self) -> Result<GenerateOptions, CliError> {
        let defaults = GenerateOptions::default();
        Ok(GenerateOptions {
            seed: self.seed.as_deref().map(seed).transpose()?.unwrap_or_default(),
            transactions: self.transactions,
            per_block: self.blocks.map(|blocks| self.transactions.div_ceil(blocks)),
            senders: self.senders,
            scheme: DilithiumScheme::from_number(self.scheme).unwrap_or(defaults.scheme),
            mix: self.mix.clone(),
            claims: self.claims,
            conflict: self.conflict,
            invalid: self.invalid,
            gas_limit: self.gas_limit,
        })
    }
}

pub(super) fn run(args: GenerateArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let machine = Machine::default();
    let blocks = machine.generate(args.options()?)?;
    let mut target = Target::new(&args.output)?;
    let progress = Progress::new("blocks");
    let (mut sum, mut number, mut gas) = (Counts::default(), 0u64, 0u64);
    if args.json {
        output.text("{\"blocks\":[")?;
    }
    for generated in blocks {
        let Generated { file, counts } = generated?;
        let name = format!("{:06}.json{}", file.block.header.number, if args.compress { ".xz" } else { "" });
        target.write(&name, file.to_json().map_err(CliError::Json)?)?;
        let header = &file.block.header;
        let transactions = file.block.transactions.len();
        progress.one_more();
        progress.aside(|| match args.json {
            false => output.line(format_args!(
                "{name}: {transactions} transactions, {} claims, {:.3} Mgas, {} bytes",
                counts.claims,
                header.gas_used as f64 / 1e6,
                file.claimed.size.unwrap_or_default()
            )),
            true => {
                let mut value = counts_json(&counts);
                value["file"] = name.as_str().into();
                value["number"] = header.number.into();
                value["hash"] = format!("{:?}", file.claimed.hash).into();
                value["gasUsed"] = header.gas_used.into();
                value["size"] = file.claimed.size.into();
                output.text(&format!("{}\n{value}", if number == 0 { "" } else { "," }))
            }
        })?;
        sum.add(&counts);
        number += 1;
        gas = gas.saturating_add(header.gas_used);
    }
    target.finish()?;
    if args.json {
        let mut value = counts_json(&sum);
        value["blocks"] = number.into();
        value["gasUsed"] = gas.into();
        output.text(&format!("\n],\n\"summary\":{value}}}\n"))?;
    } else {
        output.line(sum_line(&sum, number, gas))?;
    }
    Ok(Outcome::Fine)
}

fn counts_json(counts: &Counts) -> Value {
    let kinds: Value = counts.kinds().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
    json!({
        "transactions": counts.kinds().map(|(_, count)| count).sum::<u64>(),
        "kinds": kinds,
        "conflicts": counts.conflicts,
        "claims": counts.claims,
        "invalidClaims": counts.invalid_claims,
    })
}

fn sum_line(sum: &Counts, blocks: u64, gas: u64) -> String {
    let kinds: Vec<_> = sum.kinds().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    format!(
        "sum: {blocks} blocks; {}; {} of them conflict; {} claims, {} of them do not hold; {:.3} Mgas",
        kinds.join(", "),
        sum.conflicts,
        sum.claims,
        sum.invalid_claims,
        gas as f64 / 1e6
    )
}

/// Where blocks are written to.
enum Target {
    Folder(PathBuf),
    Archive(PathBuf, Box<tar::Builder<File>>),
}

impl Target {
    fn new(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::File { path: path.to_owned(), source };
        if path.extension().is_some_and(|extension| extension == "tar") && !path.is_dir() {
            let file = File::create(path).map_err(failed)?;
            return Ok(Self::Archive(path.to_owned(), Box::new(tar::Builder::new(file))));
        }
        std::fs::create_dir_all(path).map_err(failed)?;
        Ok(Self::Folder(path.to_owned()))
    }

    /// Writes a block, compressed where its name says so.
    fn write(&mut self, name: &str, json: Vec<u8>) -> Result<(), CliError> {
        match self {
            Self::Folder(path) => write_block(&path.join(name), json),
            Self::Archive(path, archive) => {
                let bytes = if name.ends_with(".xz") { xz(&json) } else { Ok(json) };
                let written = bytes.and_then(|bytes| {
                    let mut header = tar::Header::new_ustar();
                    header.set_mode(0o644);
                    header.set_size(bytes.len() as u64);
                    archive.append_data(&mut header, name, bytes.as_slice())
                });
                written.map_err(|source| CliError::File { path: path.clone(), source })
            }
        }
    }

    fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Archive(path, archive) => {
                let ended = archive.into_inner().and_then(|file| file.sync_all());
                ended.map_err(|source| CliError::File { path, source })
            }
        }
    }
}
