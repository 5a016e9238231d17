//! Lines and areas over time as a picture.

use super::axis;
use super::sheet::{LETTER, Place, Sheet, escaped, shortened};
use crate::print::{brief, shown};
use record::Seconds;
use std::fmt::Write as _;

/// Space for names of values at the left, and beside the right end.
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 92.0;
const HEIGHT: f64 = 260.0;
/// Width of a name in the legend that is shown whole.
const NAME: usize = 28;
/// Colours of lines; more begin anew.
const COLOURS: usize = 8;

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A part of a whole.
    Share,
    Bytes,
    /// Bytes a second.
    Rate,
    Count,
    /// A count a second.
    PerSecond,
}

impl Unit {
    /// A value for people.
    pub fn told(self, value: f64) -> String {
        match self {
            Unit::Share => format!("{:.0} %", value * 100.0),
            Unit::Bytes => crate::print::bytes(value as u64),
            Unit::Rate => format!("{}/s", crate::print::bytes(value as u64)),
            Unit::Count => short(value),
            Unit::PerSecond => format!("{}/s", short(value)),
        }
    }

    /// Steps of an axis are so many times a power of this.
    fn base(self) -> f64 {
        if matches!(self, Unit::Bytes | Unit::Rate) { 1024.0 } else { 10.0 }
    }
}

fn short(value: f64) -> String {
    let text = if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// One line: a value from each time on, or at it.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    /// From the beginning of the axis; nothing is drawn where there is no value.
    pub values: Vec<(Seconds, Option<f64>)>,
}

/// How values between two times are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As a line from one to the other.
    Lines,
    /// As they are until the next, each on the one before it.
    Stacked,
    /// As they are until the next.
    Steps,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Graph<'a> {
    pub title: &'a str,
    pub about: &'a str,
    pub unit: Unit,
    pub shape: Shape,
    pub length: Seconds,
    /// The top of the axis, where that is fixed.
    pub most: Option<f64>,
    pub lines: Vec<Line>,
}

/// The picture, so wide in pixels.
pub fn graph(graph: &Graph<'_>, width: u32) -> String {
    let width = f64::from(width);
    let rows = graph.lines.len().div_ceil(((width - LEFT) / 230.0).max(1.0) as usize);
    let height = TOP + HEIGHT + 44.0 + rows as f64 * 18.0;
    let mut sheet = Sheet::new((graph.title, graph.about), (width, height), Place::File);
    let axis = width - LEFT - RIGHT;
    let sums = stacked(graph);
    let all = || sums.iter().flat_map(|line| line.values.iter().filter_map(|value| value.1));
    let greatest = all().fold(0.0, f64::max);
    let top = graph.most.unwrap_or(greatest * 1.05).max(f64::MIN_POSITIVE);
    let x = |at: Seconds| LEFT + super::position(at, graph.length, axis).clamp(0.0, axis);
    let y = |value: f64| TOP + HEIGHT - (value / top).clamp(0.0, 1.0) * HEIGHT;
    let step = step_of(top, graph.unit.base());
    let mut mark = 0.0;
    while mark <= top * 1.000_001 {
        let (at, word) = (y(mark), graph.unit.told(mark));
        sheet.put(format_args!(
            "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{:.1}\"/>\
             <text class=\"dim\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{word}</text>",
            LEFT + axis,
            LEFT - 8.0,
            at + 4.0
        ));
        mark += step;
    }
    for mark in axis::marks(graph.length, (axis / 90.0) as usize) {
        let (at, word) = (x(mark), brief(mark));
        sheet.put(format_args!(
            "<path class=\"grid\" d=\"M{at:.1} {TOP}V{:.0}\"/>\
             <text class=\"dim\" x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{word}</text>",
            TOP + HEIGHT,
            TOP + HEIGHT + 16.0
        ));
    }
    for (place, line) in sums.iter().enumerate().rev() {
        let colour = place % COLOURS;
        let path = path(line, graph, (&x, &y));
        let about =
            escaped(&format!("{}: {}", shown(&line.name), said(&graph.lines[place], graph.unit)));
        let (fill, stroke) = match graph.shape {
            Shape::Lines => ("none".to_string(), 1.5),
            Shape::Steps | Shape::Stacked => (format!("var(--c{colour})"), 1.0),
        };
        sheet.put(format_args!(
            "<path d=\"{path}\" fill=\"{fill}\" fill-opacity=\"0.3\" stroke=\"var(--c{colour})\" \
             stroke-width=\"{stroke}\" stroke-linejoin=\"round\"><title>{about}</title></path>"
        ));
    }
    legend(&mut sheet, graph, axis);
    sheet.finish()
}

/// Lines as they are drawn: each on the sum of those before it where they are stacked.
fn stacked(graph: &Graph<'_>) -> Vec<Line> {
    let mut lines = graph.lines.clone();
    if graph.shape == Shape::Stacked {
        for place in 1..lines.len() {
            let (below, above) = lines.split_at_mut(place);
            let pairs = above[0].values.iter_mut().zip(&below[place - 1].values);
            pairs.for_each(|(value, under)| {
                value.1 = Some(value.1.unwrap_or(0.0) + under.1.unwrap_or(0.0));
            });
        }
    }
    lines
}

type Places<'a> = (&'a dyn Fn(Seconds) -> f64, &'a dyn Fn(f64) -> f64);

fn path(line: &Line, graph: &Graph<'_>, (x, y): Places<'_>) -> String {
    let mut path = String::new();
    let base = y(0.0);
    let mut down = false;
    for (place, (at, value)) in line.values.iter().enumerate() {
        let Some(value) = value else {
            down = false;
            continue;
        };
        let (left, level) = (x(*at), y(*value));
        let _ = match (graph.shape, down) {
            (Shape::Lines, false) => write!(path, "M{left:.1} {level:.1}"),
            (Shape::Lines, true) => write!(path, "L{left:.1} {level:.1}"),
            (_, down) => {
                let next = line.values.get(place + 1).map_or(graph.length, |next| next.0);
                if !down {
                    let _ = write!(path, "M{left:.1} {base:.1}");
                }
                write!(path, "V{level:.1}H{:.1}", x(next))
            }
        };
        down = true;
    }
    if graph.shape != Shape::Lines && down {
        let _ = write!(path, "V{base:.1}Z");
    }
    path
}

/// Mean and greatest of a line.
fn said(line: &Line, unit: Unit) -> String {
    let values: Vec<f64> = line.values.iter().filter_map(|value| value.1).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("mean {}, greatest {}", unit.told(mean), unit.told(most))
}

fn legend(sheet: &mut Sheet, graph: &Graph<'_>, axis: f64) {
    let columns = (axis / 230.0).max(1.0) as usize;
    for (place, line) in graph.lines.iter().enumerate() {
        let at = LEFT + (place % columns) as f64 * 230.0;
        let y = TOP + HEIGHT + 34.0 + (place / columns) as f64 * 18.0;
        let name = escaped(&shortened(&shown(&line.name), NAME.min((axis / LETTER) as usize)));
        sheet.put(format_args!(
            "<rect x=\"{at:.0}\" y=\"{:.0}\" width=\"12\" height=\"12\" rx=\"2\" fill=\"var(--c{})\"/>\
             <text x=\"{:.0}\" y=\"{y:.0}\">{name}</text>",
            y - 10.0, place % COLOURS, at + 18.0
        ));
    }
}

/// At most six steps up to the top: 1, 2 or 5 times a power of ten, or of two in units of 1024.
fn step_of(top: f64, base: f64) -> f64 {
    let wide = top / 6.0;
    let power = base.powf(wide.log(base).floor());
    let parts: &[f64] = if base > 10.0 {
        &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0]
    } else {
        &[1.0, 2.0, 5.0, 10.0]
    };
    let step = parts.iter().map(|part| part * power).find(|step| *step >= wide * 0.999_999);
    step.filter(|step| step.is_finite() && *step > 0.0).unwrap_or(top.max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, values: &[(i64, Option<f64>)]) -> Line {
        let values = values.iter().map(|(at, value)| (Seconds::from_secs(*at), *value)).collect();
        Line { name: name.to_string(), values }
    }

    #[test]
    fn a_gap_interrupts_a_line_and_areas_stand_on_each_other() {
        let mut one = Graph {
            title: "t<",
            about: "a",
            unit: Unit::Share,
            shape: Shape::Lines,
            length: Seconds::from_secs(4),
            most: Some(1.0),
            lines: vec![line("x&y", &[(0, Some(0.5)), (1, None), (2, Some(1.0)), (4, Some(0.0))])],
        };
        let picture = graph(&one, 800);
        assert!(picture.contains("d=\"M84.0 222.0M430.0 92.0L776.0 352.0\""), "{picture}");
        assert!(picture.contains("x&amp;y: mean 50 %, greatest 100 %"));
        one.shape = Shape::Stacked;
        one.lines = vec![
            line("a", &[(0, Some(0.25)), (2, Some(0.5))]),
            line("b", &[(0, Some(0.25)), (2, Some(0.5))]),
        ];
        let picture = graph(&one, 800);
        assert!(picture.contains("d=\"M84.0 352.0V287.0H430.0V222.0H776.0V352.0Z\""), "{picture}");
        assert!(picture.contains("d=\"M84.0 352.0V222.0H430.0V92.0H776.0V352.0Z\""), "{picture}");
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([0.9, 7.0, 100.0, 33.0].map(|top| step_of(top, 10.0)), [0.2, 2.0, 20.0, 10.0]);
        assert_eq!(step_of(8.0 * 1024.0 * 1024.0, 1024.0), 2.0 * 1024.0 * 1024.0);
        assert!(step_of(f64::MIN_POSITIVE, 10.0) > 0.0);
    }
}
