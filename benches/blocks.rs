//! Execution of real blocks next to revm, by turns in one run.
//!
//! `cargo bench --bench blocks -- [NUMBER...] [--rounds N] [--sample-ms N] [--data PATH] [--json FILE] [--cold]`
//!
//! Timed are a block's transactions on one machine, each validated, executed and paid for, from a state in memory that
//! was read beforehand: no signatures, no roots, no system calls, rewards or withdrawals. Changes
//! stay in the journal, for the block's later transactions; dropping them is not timed. Gas, refund, outcome, output
//! and number of logs of each transaction must be the same, and the gas must be the header's, or the bench fails.
//!
//! Machines and code outlive the runs: code is analysed, and on erbium's side decoded where it has become warm, before
//! the timed runs, as in a node that keeps its code. With `--cold` each run has new machines and a new state, and what
//! they find out about code is timed, on both sides.

mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::BenchError;
use support::block::{self, BlockWork};
use support::measure::{Cold, compare};
use support::options::{Options, fixtures};
use support::ours::OurBlock;
use support::peer::PeerBlock;
use support::report::{Place, Row, heading, write_json};

fn main() -> ExitCode {
    support::exit(run())
}

fn run() -> Result<(), BenchError> {
    let options = Options::parse(std::env::args().skip(1))?;
    let path = options.data.clone().unwrap_or_else(blocks_at_hand);
    println!("{}\n{}", path.display(), heading("block"));
    let mut rows = Vec::new();
    for work in &block::load(&path, &options)? {
        let row = measure(work, &options)?;
        println!("{}", row.line());
        rows.push(row);
    }
    let (place, sum) = (Place::here(options.cold), Row::sum(&rows));
    println!("{}\n\n{}", sum.line(), place.lines());
    match &options.json {
        Some(path) => write_json(path, "blocks", &place, &rows, Some(&sum)),
        None => Ok(()),
    }
}

/// The 48 blocks of the fixtures, or the few small ones of the repository.
fn blocks_at_hand() -> PathBuf {
    let archive = fixtures().join("fixtures/mainnet-blocks.tar.xz");
    if archive.is_file() { archive } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks") }
}

fn measure(work: &BlockWork, options: &Options) -> Result<Row, BenchError> {
    let state = work.file.state_before();
    let (mut ours, mut peer) = (OurBlock::new(work, &state), PeerBlock::new(work));
    let mut cold_ours = Cold::new(|lend| {
        let state = work.file.state_before();
        lend(&mut OurBlock::new(work, &state))
    });
    let mut cold_peer = Cold::new(|lend| lend(&mut PeerBlock::new(work)));
    let comparison = match options.cold {
        false => compare(&work.name, &mut ours, &mut peer, options.plan)?,
        true => compare(&work.name, &mut cold_ours, &mut cold_peer, options.plan)?,
    };
    let header = &work.block.header;
    if comparison.gas != header.gas_used {
        let reason = format!("{} gas used, the header says {}", comparison.gas, header.gas_used);
        return Err(BenchError::Malformed { place: work.name.clone(), reason });
    }
    Ok(Row::new(&format!("{} {}", work.name, work.spec.fork.name()), &comparison))
}
