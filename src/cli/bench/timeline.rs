//! Stages over time as SVG: a row a stage, a bar a block.

use super::plot::escaped;
use std::fmt::Write as _;

/// Timelines below each other.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    pub(super) title: String,
    pub(super) groups: Vec<Group>,
    /// Where and on what it was measured.
    pub(super) footnote: String,
}

/// Runs of the same work, over one axis.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) runs: Vec<Run>,
}

/// One run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) bars: Vec<Bar>,
}

/// A stage at work on a block, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub(super) stage: &'static str,
    /// The block's place.
    pub(super) block: usize,
    pub(super) start: f64,
    pub(super) end: f64,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 30.0;
const ROW: f64 = 15.0;
const BAR: f64 = 11.0;
/// Above the rows of a group: its title. Below them: the axis.
const HEADING: f64 = 30.0;
const AXIS: f64 = 26.0;
/// Between two runs.
const GAP: f64 = 8.0;
/// Stages with a colour each, told apart by those who see colours otherwise too (Okabe and Ito).
const STAGES: [(&str, &str); 4] =
    [("decode", "#999999"), ("signatures", "#0072b2"), ("execute", "#d55e00"), ("roots", "#009e73")];

impl Run {
    fn end(&self) -> f64 {
        self.bars.iter().map(|bar| bar.end).fold(0.0, f64::max)
    }
}

impl Group {
    fn height(&self) -> f64 {
        let rows = ROW * STAGES.len() as f64 + GAP;
        HEADING + rows * self.runs.len() as f64 + AXIS
    }

    fn draw(&self, svg: &mut String, top: f64) {
        let last = self.runs.iter().map(Run::end).fold(0.0, f64::max).max(1e-6);
        let place = |seconds: f64| LEFT + seconds / last * (WIDTH - LEFT - RIGHT);
        let bottom = top + self.height() - AXIS;
        let _ = writeln!(
            svg,
            "<text x=\"12\" y=\"{:.1}\" font-size=\"13\" font-weight=\"bold\">{}</text>",
            top + 18.0,
            escaped(&self.title)
        );
        for tick in ticks(last) {
            let x = place(tick);
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"10\">{} ms</text>",
                top + HEADING - 4.0,
                bottom + 12.0,
                rounded(tick * 1e3)
            );
        }
        let mut y = top + HEADING;
        for run in &self.runs {
            let _ = writeln!(
                svg,
                "<text x=\"12\" y=\"{:.1}\">{}</text><text x=\"12\" y=\"{:.1}\" fill=\"#555\">{} ms</text>",
                y + ROW * 1.5,
                escaped(&run.name),
                y + ROW * 2.5,
                rounded(run.end() * 1e3)
            );
            for (row, (stage, colour)) in STAGES.iter().enumerate() {
                let row = y + ROW * row as f64;
                let _ = writeln!(
                    svg,
                    "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"10\" fill=\"{colour}\">{stage}</text>",
                    LEFT - 6.0,
                    row + 9.0
                );
                for bar in run.bars.iter().filter(|bar| bar.stage == *stage) {
                    let (start, end) = (place(bar.start), place(bar.end));
                    // Neighbours are told apart.
                    let opacity = if bar.block % 2 == 0 { 1.0 } else { 0.55 };
                    let _ = writeln!(
                        svg,
                        "<rect x=\"{start:.2}\" y=\"{row:.1}\" width=\"{:.2}\" height=\"{BAR}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"><title>block {}, {stage}: {:.1} ms</title></rect>",
                        (end - start).max(0.3),
                        bar.block,
                        (bar.end - bar.start) * 1e3
                    );
                }
            }
            y += ROW * STAGES.len() as f64 + GAP;
        }
    }
}

impl Timeline {
    /// The drawing.
    pub(super) fn svg(&self) -> String {
        let height = 40.0 + self.groups.iter().map(Group::height).sum::<f64>() + 24.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"12\" y=\"24\" font-size=\"16\">{}</text>\n",
            escaped(&self.title)
        );
        let mut top = 40.0;
        for group in &self.groups {
            group.draw(&mut svg, top);
            top += group.height();
        }
        let _ = writeln!(
            svg,
            "<text x=\"12\" y=\"{:.1}\" font-size=\"10\" fill=\"#555\">{}</text>\n</svg>",
            height - 10.0,
            escaped(&self.footnote)
        );
        svg
    }
}

/// Round times from 0 up to the last, ten at most.
fn ticks(last: f64) -> impl Iterator<Item = f64> {
    let power = 10f64.powf((last / 10.0).log10().ceil());
    let step =
        [power / 5.0, power / 2.0, power].into_iter().find(|step| last / step <= 10.0).unwrap_or(power);
    (0..=10).map(move |number| f64::from(number) * step).take_while(move |tick| *tick <= last * 1.0001)
}

fn rounded(value: f64) -> String {
    if value >= 10.0 || value == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for last in [1e-4, 0.013, 0.5, 1.0, 7.3, 99.0] {
            let ticks: Vec<_> = ticks(last).collect();
            assert!((3..=11).contains(&ticks.len()), "{last}: {ticks:?}");
            assert!(ticks.iter().all(|tick| *tick <= last * 1.001));
        }
    }

    #[test]
    fn every_bar_is_drawn_in_its_row() {
        let bar = |stage, block, start, end| Bar { stage, block, start, end };
        let bars = vec![bar("decode", 0, 0.0, 0.1), bar("execute", 0, 0.1, 0.4), bar("decode", 1, 0.1, 0.1)];
        let run = |name: &str| Run { name: name.to_owned(), bars: bars.clone() };
        let groups = vec![Group { title: "a <b>".to_owned(), runs: vec![run("one"), run("other")] }];
        let svg = Timeline { title: "t".to_owned(), groups, footnote: "here & now".to_owned() }.svg();
        let count = |part: &str| svg.matches(part).count();
        assert_eq!(count("<rect x="), 6);
        assert_eq!((count("block 0, execute: 300.0 ms"), count("400 ms</text>")), (2, 3));
        assert_eq!((count("a &lt;b&gt;"), count("here &amp; now"), count("NaN"), count("inf")), (1, 1, 0, 0));
    }
}
