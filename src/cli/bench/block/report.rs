//! What was measured of blocks: a table, JSON, a timeline, and whether marks are reached.

use super::super::measure::{median, ratio};
use super::super::place;
use super::super::timeline::{Bar, Group, Run, Timeline};
use super::sides::{BOTH, Manner, OVERLAP, PARALLEL, SEQUENTIAL, SPECULATION, Sample};
use super::work::Kinds;
use erbium::CacheCounts;
use erbium::validate::Summary;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// One way to validate one set of blocks. Times are medians over rounds, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) manner: &'static str,
    /// From begin to end.
    pub(super) wall_ms: f64,
    /// The sequential time over this: the median of the rounds' own ratios.
    pub(super) ratio: f64,
    pub(super) transactions_per_second: f64,
    pub(super) mgas_per_second: f64,
    pub(super) stages_ms: BTreeMap<&'static str, f64>,
    /// Of one round.
    pub(super) claims: u64,
    pub(super) batches: u64,
    pub(super) largest_batch: u64,
    pub(super) wrong_presumptions: u64,
    pub(super) replays: u64,
    pub(super) conflicts: u64,
    pub(super) ahead: u64,
    caches: Value,
}

/// One set of blocks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Set {
    pub(super) name: &'static str,
    pub(super) blocks: u64,
    pub(super) transactions: u64,
    pub(super) mgas: f64,
    pub(super) rows: Vec<Row>,
}

/// Something that is meant to be reached.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Mark {
    pub(super) what: String,
    pub(super) value: f64,
    pub(super) wanted: String,
    pub(super) reached: bool,
}

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    bench: &'static str,
    cpu: String,
    cores: usize,
    device: Option<String>,
    commit: String,
    rounds: usize,
    quick: bool,
    caches: bool,
    pub(super) sets: Vec<Set>,
    pub(super) marks: Vec<Mark>,
    #[serde(skip)]
    groups: Vec<Group>,
}

/// The samples of one set of blocks, of each manner in the order of rounds.
pub(super) type Samples = Vec<(Manner, Vec<Sample>)>;

impl Report {
    pub(super) fn new(device: Option<String>, rounds: usize, quick: bool, caches: bool) -> Self {
        Self {
            bench: "block",
            cpu: place::cpu(),
            cores: rayon::current_num_threads(),
            device,
            commit: place::commit(),
            rounds,
            quick,
            caches,
            sets: Vec::new(),
            marks: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Takes what was measured of `kinds`; answers its part of the table.
    pub(super) fn take(&mut self, kinds: Kinds, samples: &Samples) -> String {
        let Some(first) = samples.first().and_then(|(_, samples)| samples.first()) else {
            return String::new();
        };
        let sequential = walls(samples, SEQUENTIAL);
        let rows = samples.iter().map(|(manner, samples)| row(*manner, samples, &sequential)).collect();
        let Summary { transactions, gas_used, .. } = first.summary;
        let set = Set {
            name: kinds.name(),
            blocks: first.summary.blocks(),
            transactions,
            mgas: gas_used as f64 / 1e6,
            rows,
        };
        self.marks.extend(marks(kinds, samples, &set));
        let runs = samples.iter().filter(|(manner, _)| [SEQUENTIAL, OVERLAP].contains(manner));
        let runs = runs.filter_map(|(manner, samples)| Some(run(*manner, middle(samples)?)));
        self.groups.push(Group { title: set.title(), runs: runs.collect() });
        let text = set.lines();
        self.sets.push(set);
        text
    }

    pub(super) fn timeline(&self) -> Timeline {
        Timeline {
            title: "Blocks in their stages".to_owned(),
            groups: self.groups.clone(),
            footnote: self.place(),
        }
    }

    /// Lines under the table.
    pub(super) fn ending(&self) -> String {
        let mut text = String::new();
        for Mark { what, value, wanted, reached } in &self.marks {
            let reached = if *reached { "reached" } else { "NOT reached" };
            let _ = writeln!(text, "mark {reached}: {what}: {value:.2}, {wanted} wanted");
        }
        let _ = writeln!(text, "{}", self.place());
        text
    }

    fn place(&self) -> String {
        let Self { cpu, cores, commit, rounds, device, caches, .. } = self;
        let device =
            device.as_deref().map_or("no GPU: not measured on one".to_owned(), |name| format!("GPU {name}"));
        let caches = if *caches { "" } else { ", without caches" };
        format!("CPU {cpu}, {cores} cores; {device}; commit {commit}, {rounds} rounds{caches}")
    }
}

impl Set {
    fn title(&self) -> String {
        let Self { name, blocks, transactions, mgas, .. } = self;
        format!("{name}: {blocks} blocks, {transactions} transactions, {mgas:.1} Mgas")
    }

    fn lines(&self) -> String {
        let mut text = format!(
            "{}\n{:<12} {:>9} {:>6} {:>9} {:>8} {:>8} {:>10} {:>8} {:>8} {:>7} {:>7}\n",
            self.title(),
            "",
            "wall ms",
            "x",
            "tx/s",
            "Mgas/s",
            "decode",
            "signatures",
            "execute",
            "roots",
            "claims",
            "batches"
        );
        for row in &self.rows {
            let stage = |name| row.stages_ms.get(name).copied().unwrap_or_default();
            let _ = writeln!(
                text,
                "{:<12} {:>9.1} {:>6.2} {:>9.0} {:>8.1} {:>8.1} {:>10.1} {:>8.1} {:>8.1} {:>7} {:>7}",
                row.manner,
                row.wall_ms,
                row.ratio,
                row.transactions_per_second,
                row.mgas_per_second,
                stage("decode"),
                stage("signatures"),
                stage("execute"),
                stage("roots"),
                row.claims,
                row.batches
            );
        }
        text
    }
}

fn of(samples: &Samples, manner: Manner) -> &[Sample] {
    samples.iter().find(|(other, _)| *other == manner).map_or(&[], |(_, samples)| samples)
}

fn walls(samples: &Samples, manner: Manner) -> Vec<Duration> {
    of(samples, manner).iter().map(|sample| sample.summary.wall).collect()
}

fn milliseconds(times: impl Iterator<Item = Duration>) -> f64 {
    median(times.map(|time| time.as_secs_f64() * 1e3))
}

fn row(manner: Manner, samples: &[Sample], sequential: &[Duration]) -> Row {
    let walls: Vec<_> = samples.iter().map(|sample| sample.summary.wall).collect();
    let wall_ms = milliseconds(walls.iter().copied());
    let middle = middle(samples).map(|sample| sample.summary.clone()).unwrap_or_default();
    let seconds = (wall_ms / 1e3).max(f64::MIN_POSITIVE);
    let stages = middle.times.by_stage().map(|(name, _)| {
        let of =
            |sample: &Sample| sample.summary.times.by_stage().into_iter().find(|(other, _)| *other == name);
        (name, milliseconds(samples.iter().filter_map(of).map(|(_, time)| time)))
    });
    let counters = &middle.execution;
    Row {
        manner: manner.name,
        wall_ms,
        ratio: ratio(&walls, sequential),
        transactions_per_second: middle.transactions as f64 / seconds,
        mgas_per_second: middle.gas_used as f64 / 1e6 / seconds,
        stages_ms: stages.into_iter().collect(),
        claims: counters.claims,
        batches: counters.batches.count,
        largest_batch: counters.batches.largest,
        wrong_presumptions: counters.wrong,
        replays: counters.replays,
        conflicts: counters.conflicts,
        ahead: counters.ahead,
        caches: CacheCounts::to_json(&middle.caches),
    }
}

/// The sample that is the middle one by its time.
fn middle(samples: &[Sample]) -> Option<&Sample> {
    let mut samples: Vec<_> = samples.iter().collect();
    samples.sort_by_key(|sample| sample.summary.wall);
    samples.get(samples.len() / 2).copied()
}

fn run(manner: Manner, sample: &Sample) -> Run {
    let bars = sample.spans.iter().enumerate().flat_map(|(block, spans)| {
        spans.iter().map(move |span| Bar {
            stage: span.stage,
            block,
            start: span.start.as_secs_f64(),
            end: span.end.as_secs_f64(),
        })
    });
    Run { name: manner.name.to_owned(), bars: bars.collect() }
}

/// Blocks that take less to execute are too short to tell a ratio of.
const TELLING: f64 = 2.0;

fn marks(kinds: Kinds, samples: &Samples, set: &Set) -> Vec<Mark> {
    let row = |manner: Manner| set.rows.iter().find(|row| row.manner == manner.name);
    let mut marks = Vec::new();
    let mut mark = |what: &str, value: f64, wanted: &str, reached: bool| {
        let what = format!("{}, {what}", set.name);
        marks.push(Mark { what, value, wanted: wanted.to_owned(), reached });
    };
    match kinds {
        Kinds::Claims(_) => {
            for row in [SPECULATION, BOTH, OVERLAP].into_iter().filter_map(row) {
                let batches = row.batches as f64;
                let what = format!("batches of contracts' claims, {}", row.manner);
                mark(&what, batches, "at most 4", (1.0..=4.0).contains(&batches));
            }
        }
        Kinds::Mainnet => {
            let executing = |manner| -> Vec<Duration> {
                of(samples, manner).iter().map(|sample| sample.summary.times.execute).collect()
            };
            let all = ratio(&executing(PARALLEL), &executing(SEQUENTIAL));
            mark("sequential execution over parallel", all, "at least 0.95", all >= 0.95);
            let worst = worst_block(of(samples, PARALLEL), of(samples, SEQUENTIAL));
            let what = format!("the same in the slowest-going block of {TELLING} ms and more");
            mark(&what, worst, "at least 0.95", worst >= 0.95);
        }
        Kinds::Twins => {
            let (sequential, overlap) = (of(samples, SEQUENTIAL), of(samples, OVERLAP));
            let walls: Vec<_> = overlap.iter().map(|sample| sample.summary.wall).collect();
            let whole: Vec<_> = sequential.iter().map(|sample| sample.summary.wall).collect();
            let two: Vec<_> = sequential
                .iter()
                .map(|sample| sample.summary.times.signatures + sample.summary.times.execute)
                .collect();
            let all = ratio(&walls, &whole);
            mark("all stages one after the other over overlapping ones", all, "above 1", all > 1.0);
            let part = ratio(&walls, &two);
            mark("signatures and execution alone over all overlapping stages", part, "above 1", part > 1.0);
        }
        Kinds::Transfers => {}
    }
    marks
}

/// The least ratio of a block's times of execution, medians over rounds, among blocks that take long enough.
fn worst_block(ours: &[Sample], sequential: &[Sample]) -> f64 {
    let blocks = sequential.first().map_or(0, |sample| sample.execute.len());
    let time = |samples: &[Sample], block: usize| {
        milliseconds(samples.iter().filter_map(|sample| sample.execute.get(block)).copied())
    };
    let ratios = (0..blocks).filter_map(|block| {
        let theirs = time(sequential, block);
        (theirs >= TELLING).then(|| theirs / time(ours, block).max(f64::MIN_POSITIVE))
    });
    let worst = ratios.fold(f64::INFINITY, f64::min);
    if worst.is_finite() { worst } else { 1.0 }
}
