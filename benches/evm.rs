//! Interpreter workloads next to revm, by turns in one run.
//!
//! `cargo bench --bench evm -- [NAME...] [--rounds N] [--sample-ms N] [--data FOLDER] [--json FILE]`
//!
//! Each workload is one call under Osaka's rules from a state in memory, without a transaction around it: gas is that
//! of execution alone. Timed is the call. Not timed: reading the state and analysing its code, dropping what the run
//! before left in the journal, warming what a transaction finds warm. Both machines keep their stacks and
//! memory from run to run. Gas, refunds, outcome, output and number of logs must be the same, or the bench fails.

mod support;

use erbium_vm::Fork;
use erbium_vm::evm::BlockEnv;
use erbium_vm::spec::ChainSpec;
use std::process::ExitCode;
use support::BenchError;
use support::measure::compare;
use support::options::{Options, fixtures};
use support::ours::{self, OurCall};
use support::peer::PeerCall;
use support::report::{Place, Row, geometric_mean, heading, write_json};
use support::workload;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if matches!(error, BenchError::Usage(_)) { 2 } else { 1 })
        }
    }
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
        let row = Row::new(&workload.name, &compare(&workload.name, &mut ours, &mut peer, options.plan)?);
        println!("{}", row.line());
        rows.push(row);
    }
    let place = Place::here();
    println!("\ngeometric mean of the ratios: {:.2}\n{}", geometric_mean(&rows), place.lines());
    match &options.json {
        Some(path) => write_json(path, "evm", &place, &rows, None),
        None => Ok(()),
    }
}
