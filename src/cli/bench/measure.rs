//! Two sides doing the same work by turns.

use std::time::{Duration, Instant};

/// Times of one piece of work.
#[derive(Clone, Copy, Debug)]
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
    ours()?;
    theirs()?;
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        // Who goes first takes turns too.
        times.push(if round % 2 == 0 {
            let ours = ours()?;
            (ours, theirs()?)
        } else {
            let theirs = theirs()?;
            (ours()?, theirs)
        });
    }
    let ratio = |(ours, theirs): &(Duration, Duration)| theirs.as_secs_f64() / ours.as_secs_f64();
    let middle = |time: fn(&(Duration, Duration)) -> Duration| {
        Duration::from_secs_f64(median(times.iter().map(|times| time(times).as_secs_f64())))
    };
    Ok(Comparison {
        ours: middle(|times| times.0),
        theirs: middle(|times| times.1),
        ratio: median(times.iter().map(ratio)),
    })
}

/// What `work` takes.
pub(super) fn timed<E>(work: impl FnOnce() -> Result<(), E>) -> Result<Duration, E> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The middle of the values; the upper one of two.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([].into_iter()), 0.0);
        let always = |seconds| move || Ok::<_, Infallible>(Duration::from_secs(seconds));
        let Ok(comparison) = compare(5, always(2), always(6));
        assert_eq!((comparison.ours, comparison.theirs), (Duration::from_secs(2), Duration::from_secs(6)));
        assert_eq!(comparison.ratio, 3.0);
        assert_eq!(compare(1, || Err("ours"), || Ok(Duration::ZERO)).err(), Some("ours"));
        assert_eq!(compare(1, || Ok(Duration::ZERO), || Err("theirs")).err(), Some("theirs"));
    }
}
