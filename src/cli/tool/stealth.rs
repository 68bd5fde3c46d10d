//! `erbium tool stealth`: stealth addresses.

use super::super::Outcome;
use super::super::error::CliError;
use super::super::key::{hexed, write_secret};
use super::super::output::{Output, note};
use super::confidential::seed;
use clap::{Args, Subcommand};
use erbium::stealth::{Announcement, StealthWallet, announcement};
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Stealth addresses (ERC-5564, scheme 1), from a seed. No secret is printed.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum StealthCommand {
    Generate(GenerateArgs),
    Announce(AnnounceArgs),
    Scan(ScanArgs),
}

/// Print the meta-address of a wallet, which senders need.
#[derive(Debug, Args)]
pub(in crate::cli) struct GenerateArgs {
    #[command(flatten)]
    wallet: WalletArgs,
}

#[derive(Debug, Args)]
struct WalletArgs {
    /// The wallet's seed: 64 hexadecimal digits in a file (`-` for stdin).
    #[arg(long, value_name = "FILE|-")]
    seed_from: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Make a stealth address for a recipient, and what is announced of it.
#[derive(Debug, Args)]
pub(in crate::cli) struct AnnounceArgs {
    #[command(flatten)]
    wallet: WalletArgs,
    /// The recipient's meta-address: 66 bytes in hexadecimal.
    #[arg(value_name = "META", value_parser = meta_address)]
    meta_address: [u8; 66],
    /// Which payment to this recipient it is; each needs a number of its own.
    #[arg(long, value_name = "N", default_value_t = 0)]
    index: u64,
}

/// Find the announcements that are for a wallet. Exit code 1 where none is.
#[derive(Debug, Args)]
pub(in crate::cli) struct ScanArgs {
    #[command(flatten)]
    wallet: WalletArgs,
    /// Announcements, 54 bytes in hexadecimal a line (`-` for stdin).
    #[arg(value_name = "FILE|-")]
    announcements: PathBuf,
    /// Write addresses found and their secret keys to this new file, which only its owner may read.
    #[arg(long, value_name = "FILE")]
    keys_to: Option<PathBuf>,
}

fn meta_address(text: &str) -> Result<[u8; 66], String> {
    let digits = text.strip_prefix("st:eth:").unwrap_or(text);
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let mut meta = [0; 66];
    hex::decode_to_slice(digits, &mut meta).map_err(|_| "not 66 bytes in hexadecimal".to_owned())?;
    Ok(meta)
}

pub(super) fn run(command: StealthCommand, output: &mut Output) -> Result<Outcome, CliError> {
    match command {
        StealthCommand::Generate(args) => generate(&args, output),
        StealthCommand::Announce(args) => announce(&args, output),
        StealthCommand::Scan(args) => scan(&args, output),
    }
}

impl WalletArgs {
    fn wallet(&self) -> Result<StealthWallet, CliError> {
        seed(&self.seed_from).map(StealthWallet::new)
    }
}

fn generate(args: &GenerateArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let meta = hexed(&args.wallet.wallet()?.meta_address());
    if args.wallet.json {
        output.json(&json!({"metaAddress": meta}))?;
    } else {
        output.line(format_args!("meta-address: {meta}"))?;
    }
    Ok(Outcome::Fine)
}

fn announce(args: &AnnounceArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let wallet = args.wallet.wallet()?;
    let made = wallet
        .pay(&args.meta_address, args.index)
        .ok_or(CliError::Flag { flag: "META", problem: "its keys are no points of secp256k1" })?;
    let announced = hexed(&announcement(&made));
    if args.wallet.json {
        output.json(&json!({
            "address": format!("{:?}", made.address),
            "ephemeralPublicKey": hexed(&made.ephemeral_public_key),
            "viewTag": hexed(&[made.view_tag]),
            "announcement": announced,
        }))?;
    } else {
        output.line(format_args!("address: {:?}", made.address))?;
        output.line(format_args!("announcement: {announced}"))?;
    }
    Ok(Outcome::Fine)
}

fn scan(args: &ScanArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let wallet = args.wallet.wallet()?;
    let announcements = read(&args.announcements)?;
    let ours = wallet.scan(&announcements);
    let found: Vec<_> =
        announcements.iter().enumerate().zip(ours).filter(|(_, ours)| *ours).map(|(at, _)| at).collect();
    let address = |announcement: &Announcement| hexed(announcement.get(34..).unwrap_or_default());
    if let Some(path) = &args.keys_to {
        let mut text = Zeroizing::new(String::with_capacity(112 * found.len()));
        for (_, announcement) in &found {
            let Some(key) = wallet.key_of(announcement) else { continue };
            let key = Zeroizing::new(hex::encode(key.as_slice()));
            text.push_str(&address(announcement));
            text.push_str(" 0x");
            text.push_str(&key);
            text.push('\n');
        }
        write_secret(path, text.as_bytes())
            .map_err(|source| CliError::File { path: path.clone(), source })?;
        note(format_args!("keys: {} (secret)", path.display()));
    }
    if args.wallet.json {
        let list: Vec<_> = found
            .iter()
            .map(|(number, announcement)| json!({"number": number, "address": address(announcement)}))
            .collect();
        output.json(&json!({"scanned": announcements.len(), "found": list}))?;
    } else {
        for (number, announcement) in &found {
            output.line(format_args!("{number}: {}", address(announcement)))?;
        }
        output.line(format_args!("{} of {} announcements", found.len(), announcements.len()))?;
    }
    Ok(if found.is_empty() { Outcome::No } else { Outcome::Fine })
}

/// Announcements, one a line; empty lines are passed over.
fn read(path: &Path) -> Result<Vec<Announcement>, CliError> {
    let failed = |source| CliError::File { path: path.to_owned(), source };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map_err(failed)?;
    } else {
        text = std::fs::read_to_string(path).map_err(failed)?;
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let digits = line.trim();
            let digits = digits.strip_prefix("0x").unwrap_or(digits);
            let mut announcement = [0; 54];
            hex::decode_to_slice(digits, &mut announcement).map_err(|_| CliError::Digits {
                from: path.display().to_string(),
                problem: format!("line {}: not 54 bytes in hexadecimal", number + 1),
            })?;
            Ok(announcement)
        })
        .collect()
}
