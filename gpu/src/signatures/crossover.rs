//! From which size on a device answers a batch sooner than the processor.

use std::time::Duration;

/// Time as a line over the size of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Line {
    /// Seconds that a batch takes whatever its size.
    pub base: f64,
    /// Seconds that each signature adds.
    pub each: f64,
}

impl Line {
    /// Through two measurements: sizes, the smaller first, and their times. Noise never makes a batch free: neither part
    /// is below 0, nor does a larger batch take less.
    pub fn through(small: (usize, Duration), large: (usize, Duration)) -> Self {
        let (x0, y0) = (small.0 as f64, small.1.as_secs_f64());
        let (x1, y1) = (large.0 as f64, large.1.as_secs_f64());
        let each = if x1 > x0 { ((y1 - y0) / (x1 - x0)).max(0.0) } else { 0.0 };
        Self { base: (y0 - each * x0).max(0.0), each }
    }

    /// Seconds for a batch of this size.
    pub fn at(&self, size: usize) -> f64 {
        self.base + self.each * size as f64
    }
}

/// What was measured of a scheme when its first batch came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossover {
    /// The device, keys new to it.
    pub device: Line,
    /// All cores of the processor, keys new to them.
    pub processor: Line,
}

impl Crossover {
    /// The smallest batch that the device answers sooner; `None` where it never does.
    pub fn size(&self) -> Option<usize> {
        let (base, gain) = (self.device.base - self.processor.base, self.processor.each - self.device.each);
        if base <= 0.0 && gain >= 0.0 {
            return Some(1);
        }
        // Past that many no batch is.
        let size = (base / gain).ceil();
        (gain > 0.0 && size < 1e9).then_some(size as usize + 1)
    }

    /// Whether the device answers a batch of this size sooner.
    pub fn prefers_device(&self, size: usize) -> bool {
        self.device.at(size) < self.processor.at(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crossover(device: (f64, f64), processor: (f64, f64)) -> Crossover {
        let line = |(base, each)| Line { base, each };
        Crossover { device: line(device), processor: line(processor) }
    }

    #[test]
    fn lines_go_through_what_was_measured() {
        let ms = Duration::from_millis;
        let line = Line::through((10, ms(12)), (110, ms(32)));
        assert!((line.at(10) - 0.012).abs() < 1e-9 && (line.at(110) - 0.032).abs() < 1e-9);
        // Noise: the larger batch was faster.
        assert_eq!(Line::through((10, ms(12)), (110, ms(2))), Line { base: 0.012, each: 0.0 });
        assert_eq!(Line::through((10, ms(12)), (10, ms(12))).each, 0.0);
    }

    #[test]
    fn a_slow_device_is_never_preferred() {
        assert_eq!(crossover((1e-3, 2e-6), (0.0, 1e-6)).size(), None);
        assert_eq!(crossover((1e-3, 1e-6), (0.0, 1e-6)).size(), None);
        assert_eq!(crossover((0.0, 1e-6), (0.0, 2e-6)).size(), Some(1));
    }

    proptest! {
        #[test]
        fn from_the_crossover_on_the_device_is_preferred(
            device in (0.0..1e-2f64, 1e-8..1e-4f64),
            processor in (0.0..1e-3f64, 1e-8..1e-4f64),
        ) {
            let crossover = crossover(device, processor);
            if let Some(size) = crossover.size() {
                prop_assert!(crossover.prefers_device(size + 1));
                prop_assert!(size < 3 || !crossover.prefers_device(size - 2));
            } else {
                prop_assert!(!crossover.prefers_device(100_000));
            }
        }
    }
}
