//! Two sides doing the same work by turns.

use std::time::{Duration, Instant};

/// Times of one piece of work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Comparison {
    /// Median over the rounds.
    pub(super) ours: Duration,
    /// Median over the rounds.
    pub(super) theirs: Duration,
    /// Their time over ours: the median of the rounds' own ratios, since a disturbance that outlasts a round slows both.
    pub(super) ratio: f64,
}

/// Does the work of `ours` and `theirs` by turns, so many rounds, after one round that does not count. Each side times
/// itself.
pub(super) fn compare<E>(
    rounds: usize,
    mut ours: impl FnMut() -> Result<Duration, E>,
    mut theirs: impl FnMut() -> Result<Duration, E>,
) -> Result<Comparison, E> {
    let sides = by_turns(rounds, &mut [&mut ours, &mut theirs])?;
    let [ours, theirs] = sides.as_slice() else { return Ok(Comparison::default()) };
    let middle =
        |times: &[Duration]| Duration::from_secs_f64(median(times.iter().map(Duration::as_secs_f64)));
    Ok(Comparison { ours: middle(ours), theirs: middle(theirs), ratio: ratio(ours, theirs) })
}

/// A sample of a side: it does its work once and times itself.
pub(super) type Side<'s, E> = &'s mut dyn FnMut() -> Result<Duration, E>;

/// Samples of several sides by turns, so many of each, after one that does not count; who goes first takes turns too.
pub(super) fn by_turns<E>(rounds: usize, sides: &mut [Side<'_, E>]) -> Result<Vec<Vec<Duration>>, E> {
    let many = sides.len();
    sides.iter_mut().try_for_each(|side| side().map(drop))?;
    let mut times = vec![Vec::with_capacity(rounds); many];
    for round in 0..rounds {
        for i in 0..many {
            let turn = (round + i) % many;
            if let (Some(side), Some(times)) = (sides.get_mut(turn), times.get_mut(turn)) {
                times.push(side()?);
            }
        }
    }
    Ok(times)
}

/// Their time over ours: the median of the rounds' own ratios.
pub(super) fn ratio(ours: &[Duration], theirs: &[Duration]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| theirs.as_secs_f64() / ours.as_secs_f64()))
}

/// What `work` takes.
pub(super) fn timed<E>(work: impl FnOnce() -> Result<(), E>) -> Result<Duration, E> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The middle of the values; the upper one of two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value that this part of the values is below; the upper one of two, the largest for 1.
pub(super) fn quantile(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * part) as usize;
    values.get(place).or(values.last()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([].into_iter()), 0.0);
        assert_eq!(quantile((0..200).map(f64::from), 0.99), 198.0);
        assert_eq!(quantile([1.0, 2.0].into_iter(), 1.0), 2.0);
        let always = |seconds| move || Ok::<_, Infallible>(Duration::from_secs(seconds));
        let Ok(comparison) = compare(5, always(2), always(6));
        assert_eq!((comparison.ours, comparison.theirs), (Duration::from_secs(2), Duration::from_secs(6)));
        assert_eq!(comparison.ratio, 3.0);
        let order = std::cell::RefCell::new(String::new());
        let side = |name| {
            let order = &order;
            move || {
                order.borrow_mut().push(name);
                Ok::<_, Infallible>(Duration::ZERO)
            }
        };
        let Ok(times) = by_turns(3, &mut [&mut side('a'), &mut side('b'), &mut side('c')]);
        assert_eq!((times.len(), times.iter().map(Vec::len).sum::<usize>()), (3, 9));
        assert_eq!(order.take(), "abcabcbcacab");
        assert_eq!(compare(1, || Err("ours"), || Ok(Duration::ZERO)).err(), Some("ours"));
        assert_eq!(compare(1, || Ok(Duration::ZERO), || Err("theirs")).err(), Some("theirs"));
    }
}
