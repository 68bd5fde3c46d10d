//! A sum as a plan.

use crate::digits::{Bytes, Cut, Lists};
use crate::plan::{BufferIndex, Limits, Plan, Source};
use erbium_shaders::bls12_381::{
    ACCUMULATE, ADD_TRIPS, AFFINE_WORDS, COMBINE_PARTS, MAX_TRIPS, POINT_WORDS, REDUCE_BUCKETS, SUM_PARTS,
};
use erbium_shaders::{Kernel, Program, common};

/// Bits of a scalar.
const BITS: usize = 255;
/// Most points that a thread adds.
const LONGEST: u32 = 256;
/// Buckets that a thread reduces, and parts that one combines.
const BUCKETS: usize = 16;
const PARTS: usize = 8;
/// Words of a window's weighted and plain sum.
pub(super) const WINDOW_WORDS: usize = 2 * POINT_WORDS;

const _: () = assert!(LONGEST * ADD_TRIPS < MAX_TRIPS);
const _: () = assert!(2 * BUCKETS as u32 * ADD_TRIPS < MAX_TRIPS);
// Doublings are at most as many as a window has bits.
const _: () = assert!((3 * PARTS as u32 + 12 + 1) * ADD_TRIPS < MAX_TRIPS);

/// What the words that are read back are: two sums' windows, the lowest first, each a weighted and a plain sum of points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) cut: Cut,
}

impl Layout {
    /// Words of a sum.
    pub(super) fn words(self) -> usize {
        self.cut.windows() * WINDOW_WORDS
    }
}

/// The passes for two sums over the same points. Before they run, the words that are read back are the pattern of `seed`.
pub(super) fn sums(points: Vec<u32>, scalars: &[Vec<Bytes>; 2], seed: u32) -> (Plan<'static>, Layout) {
    sums_of(points, scalars, seed, LONGEST)
}

/// The same with so many points a thread adds at most.
fn sums_of(points: Vec<u32>, scalars: &[Vec<Bytes>; 2], seed: u32, longest: u32) -> (Plan<'static>, Layout) {
    let cut = Cut::for_points(points.len() / AFFINE_WORDS, BITS);
    let layout = Layout { cut };
    let [mut lists, second] = scalars.each_ref().map(|scalars| cut.lists(scalars));
    join(&mut lists, second);
    let (buckets, windows) = (2 * cut.windows() * cut.buckets(), 2 * cut.windows());

    let mut plan = Plan::new("g1_msm");
    let points = plan.upload("points", points);
    let mut entries = lists.entries;
    // A buffer has a word at least.
    entries.push(0);
    let entries = plan.upload("entries", entries);
    let (starts, mut groups) = parts(&lists.starts, longest);
    let mut sums = scratch(&mut plan, "part_sums", (starts.len() - 1).max(1) * POINT_WORDS);
    let sent = plan.upload("part_starts", starts.clone());
    pass(&mut plan, &ACCUMULATE, &[starts.len() - 1], &[points, entries, sent, sums]);
    // Until a bucket's parts are few enough for one thread.
    while groups.windows(2).any(|ends| ends[1] - ends[0] > longest) {
        let (starts, fewer) = parts(&groups, longest);
        let sent = plan.upload("part_starts", starts.clone());
        let to = scratch(&mut plan, "part_sums", (starts.len() - 1) * POINT_WORDS);
        pass(&mut plan, &SUM_PARTS, &[starts.len() - 1], &[sums, sent, to]);
        (sums, groups) = (to, fewer);
    }
    let sent = plan.upload("bucket_starts", groups);
    let bucket_sums = scratch(&mut plan, "bucket_sums", buckets * POINT_WORDS);
    pass(&mut plan, &SUM_PARTS, &[buckets], &[sums, sent, bucket_sums]);

    let size = BUCKETS.min(cut.buckets());
    let mut count = buckets / size;
    let mut totals = scratch(&mut plan, "totals", count * WINDOW_WORDS);
    if count == windows {
        fill(&mut plan, totals, 2 * layout.words(), seed);
    }
    pass(&mut plan, &REDUCE_BUCKETS, &[count, size], &[bucket_sums, totals]);
    let mut doublings = size.ilog2();
    while count > windows {
        let size = PARTS.min(count / windows);
        count /= size;
        let combined = scratch(&mut plan, "totals", count * WINDOW_WORDS);
        if count == windows {
            fill(&mut plan, combined, 2 * layout.words(), seed);
        }
        pass(&mut plan, &COMBINE_PARTS, &[count, size, doublings as usize], &[totals, combined]);
        doublings += size.ilog2();
        totals = combined;
    }
    plan.read_back(totals);
    (plan, layout)
}

/// Most of so many points that a plan of these limits takes, with half of the budget.
pub(super) fn most(points: usize, limits: Limits) -> usize {
    let mut most = points.max(1);
    // A power of two and a plant has the cut of the power.
    while most > 1 && !fits(most + 1, limits) {
        most = most.div_ceil(2);
    }
    most
}

fn fits(points: usize, limits: Limits) -> bool {
    let cut = Cut::for_points(points, BITS);
    let (windows, buckets) = (2 * cut.windows(), 2 * cut.windows() * cut.buckets());
    let (entries, places) = (points * windows, points * AFFINE_WORDS);
    let parts = buckets + entries / LONGEST as usize;
    let largest = entries.max(places).max(parts * POINT_WORDS);
    // Uploads twice, as they are staged; sums of parts at most twice over, of buckets, and totals.
    let all = 2 * (entries + places + 2 * (parts + buckets))
        + (2 * parts + buckets) * POINT_WORDS
        + 2 * buckets.div_ceil(2) * WINDOW_WORDS;
    // Indices of entries have 31 bits.
    largest < limits.buffer_words && 4 * all <= limits.budget / 2 && entries < 1 << 31
}

/// The second lists behind the first.
fn join(lists: &mut Lists, second: Lists) {
    let before = lists.entries.len() as u32;
    lists.starts.pop();
    lists.starts.extend(second.starts.into_iter().map(|start| before + start));
    lists.entries.extend(second.entries);
}

/// Cuts each item's range into parts of much the same length: where parts begin, and which parts each item has.
fn parts(starts: &[u32], longest: u32) -> (Vec<u32>, Vec<u32>) {
    let (mut cut, mut groups) = (vec![0], vec![0]);
    for ends in starts.windows(2) {
        let &[start, end] = ends else { continue };
        let count = (end - start).div_ceil(longest);
        cut.extend(
            (1..=count)
                .map(|part| start + (u64::from(end - start) * u64::from(part) / u64::from(count)) as u32),
        );
        groups.push(cut.len() as u32 - 1);
    }
    (cut, groups)
}

fn fill(plan: &mut Plan<'_>, buffer: BufferIndex, words: usize, seed: u32) {
    pass(plan, &common::FILL, &[words, seed as usize], &[buffer]);
}

fn scratch(plan: &mut Plan<'_>, name: &'static str, words: usize) -> BufferIndex {
    plan.buffer(name, words, Source::Scratch)
}

/// Threads as the first argument says. All arguments are below 2^32, as buffers are that they count in.
fn pass(plan: &mut Plan<'_>, kernel: &'static Kernel, given: &[usize], buffers: &[BufferIndex]) {
    let mut arguments = [0; 8];
    for (argument, given) in arguments.iter_mut().zip(given) {
        *argument = *given as u32;
    }
    plan.pass(Program::plain(kernel), arguments, buffers, arguments[0].div_ceil(kernel.workgroup));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cpu::groth16::{Doubled, G1Point, g1_msm, g1_multiples, of_windows};
    use crate::plan::{Executor, TwinExecutor};
    use crate::signatures::Random;

    #[test]
    fn buckets_may_have_any_number_of_points() {
        // All in one bucket, so that its parts have parts.
        let points = g1_multiples(&G1Point::generator_multiple(&[5; 32]).unwrap(), 30);
        let scalars = vec![[1; 32]; 30];
        let mut question = Doubled::new(&points, &scalars, &mut Random::new(&[1; 32], 0));
        let words = std::mem::take(&mut question.words);
        let (plan, layout) = sums_of(words, &question.scalars, 7, 3);
        assert_eq!(plan.passes().iter().filter(|pass| pass.program.kernel.name == SUM_PARTS.name).count(), 3);
        let words = TwinExecutor::new().submit(plan).unwrap().wait().unwrap();
        let (first, second) = words.split_at(layout.words());
        let sums = [first, second].map(|words| of_windows(words, WINDOW_WORDS, layout.cut.width()).unwrap());
        assert_eq!(question.judge(sums), g1_msm(&points, &scalars));
        // Neither half may be another's.
        assert_eq!(question.judge([sums[1], sums[0]]), None);
        assert_eq!(question.judge([sums[0]; 2]), None);
        assert_eq!(question.judge([Default::default(); 2]), None);
    }

    #[test]
    fn ranges_are_cut_evenly_and_completely() {
        let starts = [0, 0, 5, 5 + LONGEST, 6 + 2 * LONGEST, 6 + 2 * LONGEST, 6 + 12 * LONGEST];
        let (cut, groups) = parts(&starts, LONGEST);
        assert_eq!(groups, [0, 0, 1, 2, 4, 4, 14]);
        assert!(cut.windows(2).all(|ends| ends[0] < ends[1] && ends[1] - ends[0] <= LONGEST));
        for (item, group) in starts.iter().zip(&groups) {
            assert_eq!(cut[*group as usize], *item);
        }
        assert_eq!(cut[3], 5 + LONGEST + LONGEST.div_ceil(2));
    }

    #[test]
    fn sums_are_cut_to_the_limits() {
        let limits = |buffer_words, budget| Limits { buffer_words, budget };
        assert_eq!(most(1 << 10, limits(1 << 25, 1 << 30)), 1 << 10);
        assert_eq!(most(0, limits(1, 1)), 1);
        let small = most(1 << 20, limits(1 << 25, 1 << 28));
        let smaller = most(1 << 20, limits(1 << 18, 1 << 28));
        assert!(smaller < small && small < 1 << 20 && smaller > 1 << 8, "{smaller} {small}");
    }
}
