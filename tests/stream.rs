//! Many blocks in overlapping stages are judged as each alone, in order, in bounded memory, until told to stop.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use erbium::validate::{BlockReport, Judged, StreamOptions, Times};
use erbium::{CacheCounts, GpuMode, Machine};
use erbium_conform::source::Entries;
use std::convert::Infallible;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

static MACHINE: LazyLock<Machine> = LazyLock::new(Machine::default);

/// Real blocks and twins, one of each spoilt, and bytes that are no block.
fn files() -> Vec<(String, Option<Vec<u8>>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/blocks");
    let entries = Entries::open(&folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = entries
        .filter(|entry| entry.name.contains(".json"))
        .map(|entry| (entry.name, Some(entry.bytes)))
        .collect();
    assert!(files.len() >= 6);
    // The first digit behind a text becomes another.
    let spoilt = |name: &str, behind: &str| {
        let (found, bytes) = files.iter().find(|file| file.0.ends_with(name)).unwrap();
        let mut bytes = bytes.clone().unwrap();
        let at = std::str::from_utf8(&bytes).unwrap().find(behind).unwrap() + behind.len();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        (format!("spoilt {found}"), Some(bytes))
    };
    let later = [
        spoilt("6196166.json", "\"gasUsed\":\"0x"),
        spoilt("twins/930196.json.xz", "\"signature\":\"0x"),
        spoilt("930196.json", "\"r\":\"0x"),
        ("no block".to_owned(), Some(b"[]".to_vec())),
        ("nothing".to_owned(), None),
    ];
    // What is judged soon stands behind what takes long, and the other way round.
    for (place, file) in later.into_iter().enumerate() {
        files.insert(2 * place, file);
    }
    files
}

/// A report without how it went, in time and order of execution, or what was said instead.
fn told(judged: Option<Judged>) -> String {
    let without_times = |report: BlockReport| BlockReport {
        times: Times::default(),
        execution: Default::default(),
        ..report
    };
    match judged.map(|judged| judged.result) {
        None => "handed on".to_owned(),
        Some(Ok(report)) => without_times(report).to_json().to_string(),
        Some(Err(error)) => error.to_string(),
    }
}

fn streamed(files: &[(String, Option<Vec<u8>>)], options: StreamOptions<'_>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let answer = MACHINE.validate_stream(files.iter().cloned(), None, options, |name, judged| {
        all.push((name, told(judged)));
        Ok::<_, Infallible>(())
    });
    let Ok(streamed) = answer;
    assert!(!streamed.stopped);
    all
}

#[test]
fn a_stream_is_judged_as_each_file_alone() {
    let files = files();
    let alone: Vec<_> = files
        .iter()
        .map(|(name, bytes)| {
            let judged = bytes.as_ref().map(|bytes| MACHINE.validate(bytes, None));
            (name.clone(), told(judged.map(|result| Judged { result, spans: Vec::new() })))
        })
        .collect();
    for options in [
        StreamOptions::default(),
        StreamOptions { bytes: 1, ..StreamOptions::default() },
        StreamOptions { overlap: false, ..StreamOptions::default() },
    ] {
        assert_eq!(streamed(&files, options), alone, "{options:?}");
    }
    // Planted: a file that is another, and two that change places.
    let mut others = files.clone();
    others.swap(3, 4);
    assert_ne!(streamed(&others, StreamOptions::default()), alone);
    let verdicts = alone.iter().filter(|told| told.1.contains("\"verdict\":\"invalid\"")).count();
    assert_eq!(verdicts, 3, "{alone:?}");
}

#[test]
fn stages_follow_each_other() {
    let mut last = Vec::new();
    let answer = MACHINE.validate_stream(files().into_iter(), None, StreamOptions::default(), |_, judged| {
        let Some(Judged { result: Ok(_), spans }) = judged else { return Ok(()) };
        let names: Vec<_> = spans.iter().map(|span| span.stage).collect();
        assert_eq!(names, ["decode", "signatures", "execute", "roots"]);
        for pair in spans.windows(2) {
            let [before, after] = pair else { panic!("pairs") };
            assert!(before.start <= before.end && before.end <= after.start);
        }
        // A stage has one block at a time.
        for (before, after) in last.iter().zip(&spans) {
            let (before, after): (&erbium::validate::Span, _) = (before, after);
            assert!(before.end <= after.start);
        }
        last = spans;
        Ok::<_, Infallible>(())
    });
    assert!(answer.is_ok_and(|streamed| last.iter().all(|span| span.end <= streamed.wall)));
}

/// How many files were drawn but not reported at most, with so many bytes under way.
fn most_under_way(bytes: usize, overlap: bool) -> usize {
    let block = include_bytes!("../examples/blocks/930196.json");
    let (drawn, mut reported, mut most) = (AtomicUsize::new(0), 0, 0);
    let files = (0..40).map(|index| {
        drawn.fetch_add(1, SeqCst);
        (index, Some(block.to_vec()))
    });
    let options = StreamOptions { bytes, overlap, stop: None };
    let Ok(_) = MACHINE.validate_stream(files, None, options, |index, _| {
        assert_eq!(index, reported);
        most = most.max(drawn.load(SeqCst) - reported);
        reported += 1;
        Ok::<_, Infallible>(())
    });
    assert_eq!(reported, 40);
    most
}

#[test]
fn few_files_are_in_memory_however_many_come() {
    // One that is reported, one under way, and one that waits for its room.
    assert!(most_under_way(1, true) <= 3);
    assert_eq!(most_under_way(1, false), 1);
    // One in each of five threads, and one between any two.
    assert!(most_under_way(usize::MAX, true) <= 9);
}

#[test]
fn what_is_under_way_when_told_to_stop_is_reported() {
    for overlap in [true, false] {
        let (stop, drawn, mut reported) = (AtomicBool::new(false), AtomicUsize::new(0), 0);
        let block = include_bytes!("../examples/blocks/930196.json");
        let files = (0..1000).map(|index| {
            drawn.fetch_add(1, SeqCst);
            (index, Some(block.to_vec()))
        });
        let options = StreamOptions { overlap, stop: Some(&stop), ..StreamOptions::default() };
        let Ok(streamed) = MACHINE.validate_stream(files, None, options, |_, judged| {
            reported += 1;
            assert!(judged.unwrap().result.unwrap().is_valid());
            stop.store(reported >= 3, SeqCst);
            Ok::<_, Infallible>(())
        });
        assert!(streamed.stopped);
        assert_eq!(reported, drawn.into_inner());
        assert!((3..20).contains(&reported), "{reported}");
    }
}

#[test]
fn nothing_is_reported_behind_an_error() {
    for overlap in [true, false] {
        let mut reported = 0;
        let options = StreamOptions { overlap, ..StreamOptions::default() };
        let answer = MACHINE.validate_stream(files().into_iter(), None, options, |_, _| {
            reported += 1;
            if reported == 4 { Err("full") } else { Ok(()) }
        });
        assert_eq!((answer, reported), (Err("full"), 4));
    }
}

/// Twins twice: what the first time found out is known the second time, and nothing else changes.
#[test]
fn caches_count_and_change_nothing() {
    let files: Vec<_> = files().into_iter().filter(|file| file.0.contains("twins")).collect();
    let twice: Vec<_> = files.iter().chain(&files).cloned().collect();
    let run = |machine: &Machine| {
        let mut all = Vec::new();
        let Ok(_) =
            machine.validate_stream(twice.iter().cloned(), None, StreamOptions::default(), |_, judged| {
                all.push(told(judged));
                Ok::<_, Infallible>(())
            });
        (all, machine.cache_counts())
    };
    let (with, counts) = run(&Machine::new(&GpuMode::Off).unwrap());
    let (without, none) = run(&Machine::without_caches(&GpuMode::Off).unwrap());
    assert_eq!(with, without);
    let of = |counts: &[CacheCounts], name| {
        let counts = counts.iter().find(|counts| counts.name == name)?;
        Some((counts.hits, counts.misses))
    };
    let (hits, misses) = of(&counts, "code").unwrap();
    assert!(hits >= misses && misses > 0, "{counts:?}");
    let (hits, _) = of(&counts, "keys").unwrap();
    assert!(hits > 0, "{counts:?}");
    assert!(of(&counts, "verdicts").is_some());
    assert_eq!((of(&none, "code"), of(&none, "verdicts")), (None, None));
    assert_eq!(of(&none, "keys").unwrap().0, 0, "{none:?}");
}
