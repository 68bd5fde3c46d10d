//! Charts as SVG: lines over two logarithmic axes.

use std::fmt::Write as _;

/// Charts beside each other, with the same series in the same colours.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    pub(super) title: String,
    /// What the numbers across are.
    pub(super) across: &'static str,
    /// What the numbers upward are.
    pub(super) upward: &'static str,
    pub(super) panels: Vec<Panel>,
    /// Where and on what it was measured.
    pub(super) footnote: String,
}

/// One chart.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

/// One line; points that are not above 0 are left out.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 52.0;
/// Of a line in the legend.
const ENTRY: f64 = 18.0;
/// Told apart by those who see colours otherwise too (Okabe and Ito), and by dashes.
const STYLES: [(&str, &str); 7] = [
    ("#0072b2", ""),
    ("#0072b2", "6 3"),
    ("#56b4e9", "2 2"),
    ("#d55e00", ""),
    ("#d55e00", "6 3"),
    ("#009e73", ""),
    ("#009e73", "6 3"),
];

/// A logarithmic axis over whole powers of `base`.
struct Axis {
    base: f64,
    from: i32,
    to: i32,
    start: f64,
    length: f64,
}

impl Axis {
    fn new(base: f64, values: impl Iterator<Item = f64>, start: f64, length: f64) -> Self {
        let (least, most) = values
            .filter(|value| *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
        let (least, most) = if most > 0.0 { (least, most) } else { (1.0, base) };
        let from = least.log(base).floor() as i32;
        let to = (most.log(base).ceil() as i32).max(from + 1);
        Self { base, from, to, start, length }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value.log(self.base) - f64::from(self.from)) / f64::from(self.to - self.from);
        self.start + part * self.length
    }

    /// Powers to write down: ten at most.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let step = (self.to - self.from) / 10 + 1;
        (self.from..=self.to).step_by(step as usize).map(|power| self.base.powi(power))
    }
}

impl Plot {
    /// The drawing.
    pub(super) fn svg(&self) -> String {
        let names: Vec<_> = self.names();
        let width = WIDTH * self.panels.len().max(1) as f64;
        let legend = ENTRY * names.len().div_ceil(2) as f64;
        let height = HEIGHT + legend + 34.0;
        let points = || self.panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.points);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"16\">{}</text>\n",
            escaped(&self.title)
        );
        for (i, panel) in self.panels.iter().enumerate() {
            let left = WIDTH * i as f64;
            let across = Axis::new(2.0, points().map(|point| point.0), left + LEFT, WIDTH - LEFT - RIGHT);
            let upward =
                Axis::new(10.0, points().map(|point| point.1), HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT);
            self.frame(&mut svg, panel, &across, &upward);
            for line in &panel.lines {
                let style = names.iter().position(|name| *name == line.name).unwrap_or_default();
                draw(&mut svg, line, style, &across, &upward);
            }
        }
        for (i, name) in names.iter().enumerate() {
            let (x, y) = (LEFT + (i % 2) as f64 * 300.0, HEIGHT + 4.0 + (i / 2) as f64 * ENTRY);
            let (colour, dashes) = style(i);
            let _ = writeln!(
                svg,
                "<line x1=\"{x}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\
                 <text x=\"{}\" y=\"{}\">{}</text>",
                x + 32.0,
                x + 40.0,
                y + 4.0,
                escaped(name)
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{LEFT}\" y=\"{}\" font-size=\"10\" fill=\"#555\">{}</text>\n</svg>",
            height - 12.0,
            escaped(&self.footnote)
        );
        svg
    }

    /// Of all lines, each once.
    fn names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for line in self.panels.iter().flat_map(|panel| &panel.lines) {
            if !names.contains(&line.name) {
                names.push(line.name);
            }
        }
        names
    }

    fn frame(&self, svg: &mut String, panel: &Panel, across: &Axis, upward: &Axis) {
        let (left, right) = (across.start, across.start + across.length);
        let (bottom, top) = (upward.start, upward.start + upward.length);
        for value in upward.ticks() {
            let y = upward.place(value);
            let _ = writeln!(
                svg,
                "<line x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                y + 4.0,
                short(value)
            );
        }
        for value in across.ticks() {
            let x = across.place(value);
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" y1=\"{bottom:.1}\" x2=\"{x:.1}\" y2=\"{top:.1}\" stroke=\"#eee\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 16.0,
                short(value)
            );
        }
        let middle = f64::midpoint(bottom, top);
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"#333\"/>\n\
             <text x=\"{left:.1}\" y=\"{:.1}\" font-size=\"13\">{}</text>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text transform=\"translate({:.1} {middle:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            right - left,
            bottom - top,
            top - 8.0,
            escaped(&panel.title),
            f64::midpoint(left, right),
            bottom + 34.0,
            escaped(self.across),
            left - 46.0,
            escaped(self.upward),
        );
    }
}

fn style(i: usize) -> (&'static str, &'static str) {
    STYLES.get(i % STYLES.len()).copied().unwrap_or(("black", ""))
}

fn draw(svg: &mut String, line: &Line, number: usize, across: &Axis, upward: &Axis) {
    let (colour, dashes) = style(number);
    let mut path = String::new();
    for (x, y) in line.points.iter().filter(|point| point.0 > 0.0 && point.1 > 0.0) {
        let (x, y) = (across.place(*x), upward.place(*y));
        let step = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{step}{x:.1} {y:.1}");
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{colour}\"/>");
    }
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>"
    );
}

/// A number with a letter for its size.
fn short(value: f64) -> String {
    for (unit, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if value >= unit {
            let value = value / unit;
            return if value >= 10.0 || value.fract() == 0.0 {
                format!("{value:.0}{letter}")
            } else {
                format!("{value:.1}{letter}")
            };
        }
    }
    if value >= 1.0 { format!("{value:.0}") } else { format!("{value}") }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_reach_from_the_least_to_the_most() {
        let axis = Axis::new(10.0, [250.0, 4e6, 0.0].into_iter(), 0.0, 100.0);
        assert_eq!((axis.from, axis.to), (2, 7));
        assert!((axis.place(100.0) - 0.0).abs() < 1e-9 && (axis.place(1e7) - 100.0).abs() < 1e-9);
        assert!(axis.place(250.0) > 0.0 && axis.place(4e6) < 100.0);
        let none = Axis::new(2.0, std::iter::empty(), 0.0, 100.0);
        assert_eq!(none.ticks().collect::<Vec<_>>(), [1.0, 2.0]);
        assert!(Axis::new(2.0, [1.0, 1e6].into_iter(), 0.0, 1.0).ticks().count() <= 11);
    }

    #[test]
    fn numbers_are_short() {
        let shorts = [0.5, 1.0, 999.0, 1e3, 1024.0, 65_536.0, 1.5e6, 1e9].map(short);
        assert_eq!(shorts, ["0.5", "1", "999", "1k", "1.0k", "66k", "1.5M", "1G"]);
    }

    #[test]
    fn every_line_is_drawn_and_named_once() {
        let line = |name, points: &[(f64, f64)]| Line { name, points: points.to_vec() };
        let panel = |title: &str| Panel {
            title: title.to_owned(),
            lines: vec![
                line("ours <1>", &[(1.0, 10.0), (16.0, 0.0), (256.0, 5e3)]),
                line("theirs", &[(1.0, 7.0)]),
            ],
        };
        let plot = Plot {
            title: "a & b".to_owned(),
            across: "batch",
            upward: "per second",
            panels: vec![panel("left"), panel("right")],
            footnote: "here".to_owned(),
        };
        let svg = plot.svg();
        let count = |part: &str| svg.matches(part).count();
        assert_eq!(count("<path"), 4);
        // The point that is not above 0 is not drawn.
        assert_eq!(count("<circle"), 6);
        assert_eq!(
            (count("ours &lt;1&gt;"), count("theirs"), count("a &amp; b"), count("batch")),
            (1, 1, 1, 2)
        );
        assert_eq!((count("NaN"), count("inf")), (0, 0));
    }
}
