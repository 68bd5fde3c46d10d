//! `erbium bench block`: blocks a second, from bytes to verdicts.

mod report;
mod sides;
mod work;

use super::super::error::CliError;
use super::super::output::{self, Output};
use super::super::{GpuArgs, Outcome};
use super::measure::{Side, by_turns};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use erbium::vm::claims::DilithiumScheme;
use report::{Report, Samples};
use serde_json::json;
use sides::{Machines, Manner, Sample};
use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;
use work::{Amounts, Kinds, Work};

/// Validate the same blocks sequentially, in parallel, with speculation, with overlapping stages and on a GPU, by turns.
///
/// The real blocks are taken from the folder that ERBIUM_FIXTURES names, else ../shared. Every verdict is looked at: exit
/// code 1 where a block is found invalid.
#[derive(Debug, Args)]
pub(in crate::cli) struct BlockArgs {
    /// Sets of blocks: mainnet, twins, transfers, dilithium-opcode, dilithium-precompile, range-proof, confidential,
    /// groth16; all by default.
    #[arg(long, value_name = "SET,..", value_delimiter = ',', value_parser = kinds)]
    sets: Vec<Kinds>,
    /// Quantum-signed transfers, over as many blocks as limits of gas and bytes need.
    #[arg(long, value_name = "N", default_value = "10000")]
    transfers: u64,
    /// Claims of each kind that contracts make.
    #[arg(long, value_name = "N", default_value = "2000")]
    claims: u64,
    /// Signature scheme of twins, transfers and claims.
    #[arg(
        long,
        default_value = "65",
        value_parser = PossibleValuesParser::new(["44", "65", "87"]).try_map(|number| number.parse::<u64>())
    )]
    scheme: u64,
    /// Threads from which on transactions run in parallel, 2 or more; as everywhere if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..))]
    parallel_from: Option<u16>,
    /// Rounds that count.
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Keep no keys, code or verdicts from block to block.
    #[arg(long)]
    no_cache: bool,
    /// Write JSON to this file; - for stdout, in place of the table.
    #[arg(long, value_name = "FILE|-")]
    json: Option<PathBuf>,
    /// Draw the stages over time, as SVG, into this file.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    gpu: GpuArgs,
    /// One round over few transactions, which shows that it runs and no more.
    #[arg(long)]
    quick: bool,
}

fn kinds(name: &str) -> Result<Kinds, String> {
    let names = || Kinds::all().map(Kinds::name).collect::<Vec<_>>().join(", ");
    Kinds::all().find(|kinds| kinds.name() == name).ok_or_else(|| format!("there are {}", names()))
}

/// Why a measurement ended early.
enum Stop {
    /// A valid block was found invalid this way.
    Wrong(&'static str),
    Error(CliError),
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self::Error(error)
    }
}

pub(super) fn run(args: BlockArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let amounts = Amounts {
        scheme: DilithiumScheme::from_number(args.scheme).unwrap_or(DilithiumScheme::MlDsa65),
        transfers: if args.quick { args.transfers.min(40) } else { args.transfers },
        claims: if args.quick { args.claims.min(20) } else { args.claims },
    };
    let rounds = if args.quick { 1 } else { usize::from(args.rounds) };
    let sets = if args.sets.is_empty() { Kinds::all().collect() } else { args.sets };
    let machines = Machines::new(&args.gpu.mode(), !args.no_cache, args.parallel_from.map(usize::from))?;
    let mut report = Report::new(machines.device(), rounds, args.quick, !args.no_cache);
    for kinds in sets {
        let Some(work) = Work::make(kinds, amounts)? else { continue };
        let samples = match measure(&machines, &work, rounds) {
            Ok(samples) => samples,
            Err(Stop::Error(error)) => return Err(error),
            Err(Stop::Wrong(manner)) => {
                output::note(format_args!("{manner} found a valid block of {} invalid", kinds.name()));
                return Ok(Outcome::No);
            }
        };
        let lines = report.take(kinds, &samples);
        if !to_stdout {
            output.line(lines)?;
        }
    }
    if let Some(path) = args.plot {
        let svg = report.timeline().svg();
        std::fs::write(&path, svg).map_err(|source| CliError::File { path, source })?;
    }
    let json = json!(report);
    if to_stdout {
        output.json(&json)?;
        return Ok(Outcome::Fine);
    }
    output.text(&report.ending())?;
    if let Some(path) = args.json {
        std::fs::write(&path, format!("{json:#}\n")).map_err(|source| CliError::File { path, source })?;
    }
    Ok(Outcome::Fine)
}

/// Samples of every manner by turns.
fn measure(machines: &Machines, work: &Work, rounds: usize) -> Result<Samples, Stop> {
    let manners = machines.manners();
    let kept: Vec<RefCell<Vec<Sample>>> = manners.iter().map(|_| RefCell::default()).collect();
    let sample = |manner: Manner, kept: &RefCell<Vec<Sample>>| -> Result<Duration, Stop> {
        let sample = machines.sample(manner, work)?.ok_or(Stop::Wrong(manner.name))?;
        let wall = sample.summary.wall;
        kept.borrow_mut().push(sample);
        Ok(wall)
    };
    let mut sides: Vec<_> =
        manners.iter().zip(&kept).map(|(manner, kept)| move || sample(*manner, kept)).collect();
    let mut turns: Vec<Side<'_, Stop>> = sides.iter_mut().map(|side| side as Side<'_, Stop>).collect();
    by_turns(rounds, &mut turns)?;
    drop(turns);
    drop(sides);
    // The first does not count.
    let counted = |kept: RefCell<Vec<Sample>>| kept.into_inner().into_iter().skip(1).collect();
    Ok(manners.into_iter().zip(kept.into_iter().map(counted)).collect())
}
