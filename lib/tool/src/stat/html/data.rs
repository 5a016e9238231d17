//! What the page's scripts draw: the timelines as JSON, times as seconds from the run's
//! beginning, bars as columns of microseconds.

use record::{Outcome, Seconds};
use serde::ser::{Serialize, Serializer};
use stat::{Bar, Chart, Course, Ended, Line, Point, Timeline};

/// Causes, locks and resources that are drawn; what there is more is in the tables.
const COURSES: usize = 10;
/// Letters of an id.
const LETTERS: usize = 80;

/// One run.
#[derive(serde::Serialize)]
pub struct Run<'a> {
    length: Num,
    per_row: u32,
    bars: Bars,
    causes: &'a [String],
    families: Vec<&'a str>,
    first_bin: Num,
    bin: Num,
    running: Vec<Num>,
    ended: Vec<Num>,
    failed: Vec<Num>,
    waiting: Vec<Amounts>,
    locks: Vec<Lock<'a>>,
    resources: Vec<Resource<'a>>,
    charts: Vec<Lines<'a>>,
    path: Vec<Step>,
    marks: Vec<Mark<'a>>,
}

#[derive(Default, serde::Serialize)]
struct Bars {
    slot: Vec<u32>,
    from: Vec<i64>,
    long: Vec<i64>,
    busy: Vec<i64>,
    count: Vec<u64>,
    failed: Vec<u64>,
    id: Vec<String>,
    family: Vec<u32>,
    attempt: Vec<u32>,
    ended: Vec<u8>,
    cause: Vec<i32>,
    waited: Vec<i64>,
    critical: Vec<u8>,
}

/// An amount over time, in the bins of the run.
#[derive(serde::Serialize)]
pub struct Amounts {
    name: String,
    means: Vec<Num>,
}

#[derive(serde::Serialize)]
struct Lock<'a> {
    name: &'a str,
    held_s: Num,
    waited_s: Num,
    held: Vec<Num>,
    waiting: Vec<Num>,
}

#[derive(serde::Serialize)]
struct Resource<'a> {
    name: &'a str,
    whole: Option<Num>,
    means: Vec<Num>,
}

#[derive(serde::Serialize)]
struct Lines<'a> {
    name: &'a str,
    unit: &'a str,
    most: Option<Num>,
    lines: Vec<Values<'a>>,
}

#[derive(serde::Serialize)]
struct Values<'a> {
    name: &'a str,
    at: Vec<Num>,
    mean: Vec<Option<Num>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    least: Option<Vec<Option<Num>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    greatest: Option<Vec<Option<Num>>>,
}

#[derive(serde::Serialize)]
struct Step {
    from: Num,
    to: Num,
    slot: Option<u32>,
}

#[derive(serde::Serialize)]
struct Mark<'a> {
    at: Num,
    what: &'a str,
}

/// A number with six digits that count, without `.0`.
#[derive(Clone, Copy, Debug)]
struct Num(f64);

impl Num {
    fn of(value: f64) -> Self {
        if value == 0.0 || !value.is_finite() {
            return Num(0.0);
        }
        let scale = 10f64.powi(5 - value.abs().log10().floor() as i32);
        let rounded = (value * scale).round() / scale;
        Num(if rounded.is_finite() { rounded } else { value })
    }

    /// To the microsecond.
    fn time(time: Seconds) -> Self {
        Num(time.as_f64())
    }
}

impl Serialize for Num {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            whole if whole.fract() == 0.0 && whole.abs() < 1e15 => out.serialize_i64(whole as i64),
            value => out.serialize_f64(value),
        }
    }
}

/// Unit of a chart, as the script knows it, and its greatest value where that is fixed.
fn unit(chart: Chart, lines: &[&Line]) -> (&'static str, Option<f64>) {
    let whole = lines.iter().filter_map(|line| line.whole).reduce(f64::max);
    match chart {
        Chart::Cpu | Chart::DiskBusy => ("share", Some(1.0)),
        Chart::Pressure => ("share", None),
        Chart::Memory => ("bytes", whole),
        Chart::TreeMemory => ("bytes", None),
        Chart::Disk | Chart::Network => ("rate", None),
        Chart::TreeCpu => ("count", None),
    }
}

/// A timeline for the page.
pub fn run(line: &Timeline) -> Run<'_> {
    let amounts = |values: &[f64]| -> Vec<Num> { values.iter().copied().map(Num::of).collect() };
    let lock =
        |lock: &'_ stat::LockCourse| (amounts(&lock.held.means), amounts(&lock.waiting.means));
    let locks = line.locks.iter().take(COURSES).map(|one| {
        let (held, waiting) = lock(one);
        let (held_s, waited_s) = (Num::of(one.held.total), Num::of(one.waiting.total));
        Lock { name: &one.name, held_s, waited_s, held, waiting }
    });
    let resources = line.resources.iter().take(COURSES).map(|(course, whole)| Resource {
        name: &course.name,
        whole: whole.map(Num::of),
        means: amounts(&course.means),
    });
    let path = line.path.iter().map(|step| Step {
        from: Num::time(step.from - line.begin),
        to: Num::time(step.to - line.begin),
        slot: step.slot,
    });
    let marks = line.marks.iter();
    Run {
        length: Num::time(line.end - line.begin),
        per_row: line.per_row,
        bars: bars(line),
        causes: &line.causes,
        families: line.families.iter().map(|family| family.name.as_str()).collect(),
        first_bin: Num::time(line.first_bin - line.begin),
        bin: Num::time(line.bin),
        running: amounts(&line.running),
        ended: amounts(&line.ended),
        failed: amounts(&line.failed),
        waiting: waiting(&line.waiting),
        locks: locks.collect(),
        resources: resources.collect(),
        charts: Chart::ALL.into_iter().filter_map(|chart| lines(line, chart)).collect(),
        path: path.collect(),
        marks: marks
            .map(|mark| Mark { at: Num::time(mark.at - line.begin), what: &mark.what })
            .collect(),
    }
}

fn bars(line: &Timeline) -> Bars {
    let mut all = Bars::default();
    for bar in &line.bars {
        all.slot.push(bar.slot);
        all.from.push((bar.from - line.begin).as_micros());
        all.long.push((bar.to - bar.from).as_micros());
        all.busy.push(bar.busy.as_micros());
        all.count.push(bar.count);
        all.failed.push(bar.failed);
        all.id.push(short(&bar.id));
        all.family.push(bar.family);
        all.attempt.push(bar.attempt);
        all.ended.push(ended(bar));
        all.cause.push(bar.waited.map_or(-1, |waited| waited.0 as i32));
        all.waited.push(bar.waited.map_or(0, |waited| waited.1.as_micros()));
        all.critical.push(u8::from(bar.critical));
    }
    all
}

/// By place in the script's list: the results in their order, then what has not ended.
fn ended(bar: &Bar) -> u8 {
    let place = |outcome| Outcome::ALL.iter().position(|other| *other == outcome).unwrap_or(0);
    match bar.ended {
        Ended::With(outcome) => place(outcome) as u8,
        Ended::Open => Outcome::ALL.len() as u8,
    }
}

fn short(id: &str) -> String {
    let clean = crate::print::shown(id);
    match clean.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

/// The greatest causes; the others are one.
fn waiting(all: &[Course]) -> Vec<Amounts> {
    let rounded = |values: &[f64]| values.iter().copied().map(Num::of).collect();
    let drawn =
        |course: &Course| Amounts { name: course.name.clone(), means: rounded(&course.means) };
    if all.len() <= COURSES {
        return all.iter().map(drawn).collect();
    }
    let (first, rest) = all.split_at(COURSES - 1);
    let mut others = vec![0.0; all[0].means.len()];
    for course in rest {
        others.iter_mut().zip(&course.means).for_each(|(sum, mean)| *sum += mean);
    }
    let others = Amounts { name: format!("{} others", rest.len()), means: rounded(&others) };
    first.iter().map(drawn).chain([others]).collect()
}

fn lines(line: &Timeline, chart: Chart) -> Option<Lines<'_>> {
    let lines: Vec<&Line> = line.lines.iter().filter(|one| one.chart == chart).collect();
    if lines.is_empty() {
        return None;
    }
    let (unit, most) = unit(chart, &lines);
    let lines = lines.into_iter().take(COURSES).map(|one| values(one, line.begin)).collect();
    Some(Lines { name: chart.word(), unit, most: most.map(Num::of), lines })
}

/// A line; where readings are missing it is interrupted.
fn values(line: &Line, begin: Seconds) -> Values<'_> {
    let merged = line.points.iter().any(|point| point.count > 1);
    let mut values = Values {
        name: &line.name,
        at: Vec::new(),
        mean: Vec::new(),
        least: merged.then(Vec::new),
        greatest: merged.then(Vec::new),
    };
    line.with_gaps().for_each(|(at, point)| values.push(Num::time(at - begin), point));
    values
}

impl Values<'_> {
    fn push(&mut self, at: Num, point: Option<&Point>) {
        self.at.push(at);
        self.mean.push(point.map(|point| Num::of(point.mean)));
        for (list, of) in [
            (&mut self.least, (|point: &Point| point.least) as fn(&Point) -> f64),
            (&mut self.greatest, |point: &Point| point.greatest),
        ] {
            list.iter_mut().for_each(|list| list.push(point.map(|point| Num::of(of(point)))));
        }
    }
}

/// JSON inside a script element: no letter in it can end the element.
pub fn embedded(value: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    let mut out = String::with_capacity(text.len() + 64);
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            letter => out.push(letter),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_log_cannot_end_the_script() {
        let text = "</script><img src=x onerror=alert(1)><!-- \u{2028} & ]]>";
        let json = embedded(&[text]).unwrap();
        assert!(!json.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }

    #[test]
    fn numbers_are_short() {
        let all: Vec<Num> =
            [0.0, 1.0, 1.0 / 3.0, 123_456_789.0, 1e-7, f64::NAN].map(Num::of).into();
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(json, "[0,1,0.333333,123457000,1e-7,0]");
    }
}
