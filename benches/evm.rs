//! Interpreter workloads next to revm, by turns in one run.
//!
//! `cargo bench --bench evm -- [NAME...] [--rounds N] [--sample-ms N] [--data FOLDER] [--json FILE] [--cold]`
//!
//! Each workload is one call under Osaka's rules from a state in memory, without a transaction around it: gas is that
//! of execution alone. Timed is the call. Not timed: reading the state, dropping what the run before left in the
//! journal, warming what a transaction finds warm. Gas, refunds, outcome, output and number of logs must be the same,
//! or the bench fails.
//!
//! Machines and code outlive the runs: code is analysed, and on erbium's side decoded where it has become warm, before
//! the timed runs, as in a node that keeps its code. With `--cold` each run has new machines and a new state, and what
//! they find out about code is timed, on both sides.

mod support;

use erbium_vm::Fork;
use erbium_vm::evm::BlockEnv;
use erbium_vm::spec::ChainSpec;
use std::process::ExitCode;
use support::BenchError;
use support::measure::{Cold, compare};
use support::options::{Options, fixtures};
use support::ours::{self, OurCall};
use support::peer::PeerCall;
use support::report::{Place, Row, geometric_mean, heading, write_json};
use support::workload;

fn main() -> ExitCode {
    support::exit(run())
}

fn run() -> Result<(), BenchError> {
    let options = Options::parse(std::env::args().skip(1))?;
    let folder = match &options.data {
        Some(folder) => folder.clone(),
        None => fixtures().join("benchdata/evm-workloads"),
    };
    if options.data.is_none() && !folder.is_dir() {
        println!("skipped: no workloads at {}; see ERBIUM_FIXTURES", folder.display());
        return Ok(());
    }
    let spec = ChainSpec { max_transaction_gas: None, ..ChainSpec::ethereum(Fork::Osaka) };
    let block = BlockEnv { number: 1, timestamp: 1, gas_limit: u64::MAX, ..BlockEnv::default() };

    println!("{}", heading("workload"));
    let mut rows = Vec::new();
    for workload in workload::load(&folder)?.iter().filter(|workload| options.wants(&workload.name)) {
        let state = ours::state(workload);
        let mut ours = OurCall::new(workload, &spec, &block, &state);
        let mut peer = PeerCall::new(workload, spec.fork, &block);
        let mut cold_ours = Cold::new(|lend| {
            let state = ours::state(workload);
            lend(&mut OurCall::new(workload, &spec, &block, &state))
        });
        let mut cold_peer = Cold::new(|lend| lend(&mut PeerCall::new(workload, spec.fork, &block)));
        let comparison = match options.cold {
            false => compare(&workload.name, &mut ours, &mut peer, options.plan)?,
            true => compare(&workload.name, &mut cold_ours, &mut cold_peer, options.plan)?,
        };
        let row = Row::new(&workload.name, &comparison);
        println!("{}", row.line());
        rows.push(row);
    }
    let place = Place::here(options.cold);
    let mean = geometric_mean(rows.iter().map(|row| row.ratio));
    let best = geometric_mean(rows.iter().map(|row| row.best_ratio));
    println!("geometric mean {mean:>63.2} {best:>7.2}\n\n{}", place.lines());
    match &options.json {
        Some(path) => write_json(path, "evm", &place, &rows, None),
        None => Ok(()),
    }
}
