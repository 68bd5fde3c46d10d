//! Devices run plans as the kernels' twins do, and say so when they cannot.
#![cfg(feature = "device")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod adapter;

use adapter::{device, options};
use erbium_gpu::device::{Device, Fault, Options};
use erbium_gpu::plan::{ExecuteError, Executor, Plan, PlanError, Resident, Source, TwinExecutor};
use erbium_shaders::common::{FILL, FLIP_WORD, pattern};
use erbium_shaders::{Binding, Kernel, Part, Program, Twin};
use std::time::Duration;

/// A plan that fills `words` words and flips a bit of the last one.
fn fill_and_flip(words: u32, seed: u32) -> Plan<'static> {
    let mut plan = Plan::new("test");
    let target = plan.buffer("target", words as usize, Source::Scratch);
    fill(&mut plan, target, words, seed);
    let last = [words - 1, 1, 0, 0, 0, 0, 0, 0];
    plan.pass(Program::plain(&FLIP_WORD), last, &[target], 1);
    plan.read_back(target);
    plan
}

fn fill(plan: &mut Plan<'_>, target: erbium_gpu::plan::BufferIndex, words: u32, seed: u32) {
    let arguments = [words, seed, 0, 0, 0, 0, 0, 0];
    plan.pass(Program::plain(&FILL), arguments, &[target], words.div_ceil(FILL.workgroup));
}

fn expected(words: u32, seed: u32) -> Vec<u32> {
    let mut expected: Vec<_> = (0..words).map(|place| pattern(seed, place)).collect();
    expected[words as usize - 1] ^= 1;
    expected
}

fn answer(executor: &dyn Executor, plan: Plan<'_>) -> Result<Vec<u32>, ExecuteError> {
    executor.submit(plan)?.wait()
}

macro_rules! device {
    ($test:literal, $options:expr) => {
        match device($test, $options) {
            Some(device) => device,
            None => return,
        }
    };
}

#[test]
fn a_plan_gives_what_its_twins_give() {
    let device = device!("plans", options());
    for words in [1, 63, 64, 65, 10_000] {
        assert_eq!(answer(&device, fill_and_flip(words, 7)), Ok(expected(words, 7)));
        let traced = device.trace(fill_and_flip(words, 7)).unwrap();
        let twin = TwinExecutor::new();
        assert_eq!(traced.difference(&twin.trace(fill_and_flip(words, 7)).unwrap()), None);
        // A planted difference is named by its pass, its buffer and its word.
        let mut changed = fill_and_flip(words, 7);
        changed.passes_mut()[1].arguments[1] = 3;
        let difference = traced.difference(&twin.trace(changed).unwrap()).unwrap();
        assert!(
            difference.contains(&format!("pass `flip_word`, buffer `target`, word {}", words - 1)),
            "{difference}"
        );
    }
}

#[test]
fn passes_of_more_workgroups_than_one_dimension_has() {
    let device = device!("many workgroups", options());
    let words = 64 * 65_535 + 12_345;
    assert!(answer(&device, fill_and_flip(words, 9)).unwrap() == expected(words, 9));
}

#[test]
fn many_plans_are_under_way_and_buffers_are_used_again() {
    let device = device!("many plans", options());
    let sent: Vec<_> = (0..20).map(|seed| device.submit(fill_and_flip(5000, seed)).unwrap()).collect();
    for (seed, pending) in (0..).zip(sent) {
        assert_eq!(pending.wait(), Ok(expected(5000, seed)));
    }
    let held = device.bytes_held();
    for seed in 0..20 {
        drop(device.submit(fill_and_flip(5000, seed)).unwrap());
        assert_eq!(answer(&device, fill_and_flip(5000, seed)), Ok(expected(5000, seed)));
    }
    assert!(device.bytes_held() <= held, "{} bytes, not {held}", device.bytes_held());
    drop(device.submit(fill_and_flip(5000, 1)).unwrap());
}

#[test]
fn memory_outlives_plans_until_it_is_released() {
    let device = device!("resident memory", options());
    let memory = device.allocate("kept", 1000).unwrap();
    let plan = |fills: bool| {
        let mut plan = Plan::new("test");
        let kept = plan.buffer("kept", 1000, Source::Resident(memory));
        if fills {
            fill(&mut plan, kept, 1000, 5);
        }
        plan.pass(Program::plain(&FLIP_WORD), [999, 1, 0, 0, 0, 0, 0, 0], &[kept], 1);
        plan.read_back(kept);
        plan
    };
    assert_eq!(answer(&device, plan(true)), Ok(expected(1000, 5)));
    let mut twice = expected(1000, 5);
    twice[999] ^= 1;
    assert_eq!(answer(&device, plan(false)), Ok(twice));
    let held = device.bytes_held();
    device.release(memory);
    assert!(device.bytes_held() < held);
    assert_eq!(answer(&device, plan(false)), Err(ExecuteError::NotResident { id: memory.id() }));
    let foreign = Resident::new(77, 4);
    device.release(foreign);
}

#[test]
fn memory_is_known_by_number_and_length_and_has_one_name() {
    let mut executors: Vec<Box<dyn Executor>> = vec![Box::new(TwinExecutor::new())];
    if let Some(device) = device("names of memory", options()) {
        executors.push(Box::new(device));
    }
    for executor in executors {
        let memory = executor.allocate("kept", 1000).unwrap();
        let other = executor.allocate("other", 1000).unwrap();
        let plan = |first: Resident, second: Resident| {
            let mut plan = Plan::new("test");
            for resident in [first, second] {
                let words = resident.words();
                let target = plan.buffer("kept", words, Source::Resident(resident));
                fill(&mut plan, target, words as u32, 5);
                plan.read_back(target);
            }
            plan
        };
        let filled: Vec<_> = (0..1000).map(|place| pattern(5, place)).collect();
        assert_eq!(answer(&*executor, plan(memory, other)), Ok(filled));
        for words in [999, 1001, 1 << 20] {
            let id = memory.id();
            let refused = answer(&*executor, plan(other, Resident::new(id, words)));
            assert_eq!(refused, Err(ExecuteError::NotResident { id }), "{words} words");
        }
        let refused = answer(&*executor, plan(memory, memory));
        assert_eq!(refused, Err(ExecuteError::Plan(PlanError::Shared { buffer: "kept" })));
    }
}

#[test]
fn what_does_not_fit_is_refused_before_it_starts() {
    let device = device!("budget", Options { budget: Some(1 << 20), ..options() });
    let most = device.limits().buffer_words;
    let refused = device.allocate("huge", most + 1).unwrap_err();
    assert_eq!(refused, ExecuteError::TooLarge { buffer: "huge", words: most + 1, most });
    let refused = answer(&device, fill_and_flip(1 << 19, 1)).unwrap_err();
    assert!(matches!(refused, ExecuteError::OutOfMemory { .. }), "{refused}");
    // Nothing is lost by that, and kept buffers of other sizes make room.
    for words in [1000, 60_000, 100_000, 3000, 110_000] {
        assert_eq!(answer(&device, fill_and_flip(words, 1)), Ok(expected(words, 1)));
    }
    let mut unfit = fill_and_flip(10, 1);
    unfit.passes_mut()[0].groups = 0;
    assert!(matches!(answer(&device, unfit), Err(ExecuteError::Plan(_))));

    device.inject(Fault::RefuseAllocations);
    assert!(matches!(device.allocate("kept", 5), Err(ExecuteError::OutOfMemory { .. })));
    assert_eq!(device.lost(), None);
}

#[test]
fn a_buffer_that_the_driver_refuses_is_not_kept() {
    let device = device!("bad buffers", options());
    // Memory of its own, then a buffer of a plan's.
    device.inject(Fault::BadBuffer);
    let failure = device.allocate("kept", 1000).unwrap_err();
    assert!(matches!(failure, ExecuteError::Refused { .. }), "{failure}");
    assert_eq!((device.bytes_held(), device.lost()), (0, None));
    let memory = device.allocate("kept", 1000).unwrap();
    device.release(memory);
    assert_eq!(device.bytes_held(), 0);

    device.inject(Fault::BadBuffer);
    let failure = answer(&device, fill_and_flip(5000, 1)).unwrap_err();
    assert!(matches!(failure, ExecuteError::Refused { .. }), "{failure}");
    assert_eq!((device.bytes_held(), device.lost()), (0, None));
    for seed in 0..3 {
        assert_eq!(answer(&device, fill_and_flip(5000, seed)), Ok(expected(5000, seed)));
    }
    assert_eq!(device.lost(), None);
}

#[test]
fn what_the_limits_promise_fits_and_the_budget_is_never_exceeded() {
    let budget = 4 << 20;
    let device = device!("promised budget", Options { budget: Some(budget), ..options() });
    // Uploads just above a power of two are what size classes add most to.
    for uploads in [1, 3, 5] {
        for words in (10..20).flat_map(|power| [1 << power, (1 << power) + 1, 3 << (power - 1)]) {
            let mut plan = Plan::new("test");
            let mut sent = Vec::new();
            for i in 0..uploads {
                sent = (0..words).map(|place| place * 7 + i).collect();
                let target = plan.upload("sent", sent.clone());
                plan.pass(Program::plain(&FLIP_WORD), [words - 1, 1, 0, 0, 0, 0, 0, 0], &[target], 1);
                plan.read_back(target);
            }
            let (needs, promised) = (plan.bytes_held(), device.limits().budget);
            match answer(&device, plan) {
                Ok(answer) => {
                    sent[words as usize - 1] ^= 1;
                    assert!(answer == sent, "{uploads} of {words} words");
                }
                Err(ExecuteError::OutOfMemory { .. }) => assert!(needs > promised, "{needs} of {promised}"),
                Err(error) => panic!("{error}"),
            }
            assert!(device.bytes_held() <= budget, "{} bytes", device.bytes_held());
        }
    }
}

/// After these a device refuses everything.
fn lost_after(device: &Device, failure: ExecuteError) {
    assert!(device.lost().is_some(), "after {failure}");
    let again = answer(device, fill_and_flip(10, 1)).unwrap_err();
    assert!(matches!(again, ExecuteError::Lost { .. }), "{again}");
    assert!(matches!(device.allocate("kept", 5), Err(ExecuteError::Lost { .. })));
}

#[test]
fn a_destroyed_device_answers_nothing_more() {
    let device = device!("destroyed", options());
    let pending = device.submit(fill_and_flip(100_000, 3)).unwrap();
    device.inject(Fault::Destroy);
    let failure = pending.wait().unwrap_err();
    assert!(matches!(failure, ExecuteError::Lost { .. }), "{failure}");
    lost_after(&device, failure);
}

#[test]
fn a_device_that_is_late_is_lost() {
    let device = device!("late", options());
    let pending = device.submit(fill_and_flip(100_000, 3)).unwrap();
    device.inject(Fault::TimeOut);
    let failure = pending.wait().unwrap_err();
    assert!(matches!(failure, ExecuteError::TimeOut { .. }), "{failure}");
    lost_after(&device, failure);
}

#[test]
fn memory_that_could_not_be_read_is_not_used_again() {
    for timestamps in [false, true] {
        let device = device!("unreadable", Options { timestamps, ..options() });
        assert_eq!(answer(&device, fill_and_flip(5000, 1)), Ok(expected(5000, 1)));
        let held = device.bytes_held();
        device.inject(Fault::Unreadable);
        let failure = answer(&device, fill_and_flip(5000, 2)).unwrap_err();
        assert!(matches!(failure, ExecuteError::Refused { .. }), "{failure}");
        assert!(device.bytes_held() < held, "a mapped buffer is kept");
        // A mapped buffer could not take part in these.
        for seed in 3..6 {
            assert_eq!(answer(&device, fill_and_flip(5000, seed)), Ok(expected(5000, seed)));
        }
        assert_eq!(device.bytes_held(), held);
        assert_eq!(device.lost(), None);
    }
}

/// A kernel whose text is not WGSL.
static BROKEN: Kernel = Kernel {
    name: "broken",
    parts: &[Part::Same("@compute @workgroup_size(1) fn broken() { this is not a kernel }")],
    bindings: &[Binding::write("words")],
    workgroup: 1,
    twin: Twin::Plain(|_, _, _| {}),
};

/// A kernel that has a binding which its declaration lacks.
static DRIFTED: Kernel = Kernel {
    name: "drifted",
    parts: &[Part::Same(
        "@group(0) @binding(2) var<storage, read_write> words: array<u32>;
        @compute @workgroup_size(1) fn drifted() { words[0] = 1u; }",
    )],
    bindings: &[Binding::write("words")],
    workgroup: 1,
    twin: Twin::Plain(|_, _, _| {}),
};

#[test]
fn a_kernel_that_does_not_compile_is_named() {
    let device = device!("broken kernels", options());
    for kernel in [&BROKEN, &DRIFTED] {
        let mut plan = Plan::new("test");
        let words = plan.buffer("words", 4, Source::Scratch);
        plan.pass(Program::plain(kernel), [0; 8], &[words], 1);
        plan.read_back(words);
        match answer(&device, plan) {
            Err(ExecuteError::Compile { kernel: named, reason }) => {
                assert_eq!(named, kernel.name);
                assert!(!reason.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
    // Others still run.
    assert_eq!(answer(&device, fill_and_flip(10, 1)), Ok(expected(10, 1)));

    device.inject(Fault::PanicInCompiler);
    match answer(&device, fill_and_flip(10, 1)) {
        Err(ExecuteError::Compile { kernel: "fill", reason }) => assert_eq!(reason, "panic: a planted panic"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn kernels_are_timed_where_the_adapter_can() {
    let device = device!("timestamps", Options { timestamps: true, ..options() });
    assert_eq!(answer(&device, fill_and_flip(100_000, 3)), Ok(expected(100_000, 3)));
    let timings = device.timings();
    if device.report().timestamps {
        let runs: Vec<_> = timings.iter().map(|(kernel, (runs, _))| (*kernel, *runs)).collect();
        assert_eq!(runs, [("fill", 1), ("flip_word", 1)]);
        assert!(timings["fill"].1 > Duration::ZERO);
    }
    assert!(device.timings().is_empty());
}
