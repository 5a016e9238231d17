//! What ran on a day, beside the days before it. Which moments a day begins and ends with is
//! the caller's to say: it depends on a calendar.

use crate::intake::Listener;
use crate::math::median;
use crate::sketch::Sketch;
use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{Amount, Day, EndView, Operation, Seconds};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// Sums of one day; memory does not grow with what ended.
#[derive(Clone, Debug)]
struct Sums {
    begin: Seconds,
    end: Seconds,
    ops: u64,
    failed: u64,
    work: Seconds,
    times: Sketch,
    /// Operations that ended, by minute and by hour from the beginning.
    minutes: BTreeMap<i64, u64>,
    hours: BTreeMap<i64, u64>,
    cost: Option<f64>,
}

impl Sums {
    fn new((begin, end): (Seconds, Seconds)) -> Self {
        Sums {
            begin,
            end,
            ops: 0,
            failed: 0,
            work: Seconds::ZERO,
            times: Sketch::default(),
            minutes: BTreeMap::new(),
            hours: BTreeMap::new(),
            cost: None,
        }
    }

    fn add(&mut self, end: &EndView<'_>, cost: Option<f64>) {
        self.work += end.wall;
        self.times.add(end.wall.as_micros().max(0) as u64);
        if !end.last {
            return;
        }
        self.ops += 1;
        self.failed += u64::from(end.result.failed());
        let since = (end.end - self.begin).as_micros();
        *self.minutes.entry(since / MINUTE).or_default() += 1;
        *self.hours.entry(since / HOUR).or_default() += 1;
        if let Some(cost) = cost {
            *self.cost.get_or_insert(0.0) += cost;
        }
    }

    /// The part in which most ended, the first of them.
    fn greatest(&self, parts: &BTreeMap<i64, u64>, width: i64) -> Option<(Seconds, u64)> {
        let most = parts.values().max()?;
        let part = parts.iter().find(|row| row.1 == most)?;
        Some((self.begin + Seconds::from_micros(part.0 * width), *most))
    }

    fn share(&self) -> Option<f64> {
        (self.ops > 0).then(|| crate::rounded(self.failed as f64 / self.ops as f64))
    }

    fn quantile(&self, share: f64) -> Option<Seconds> {
        let any = self.times.greatest() > 0 || self.ops > 0;
        any.then(|| Seconds::from_micros(self.times.quantile(share) as i64))
    }
}

/// A day and the days before it.
#[derive(Clone, Debug)]
pub struct Days {
    /// The oldest first; the last is the day that is asked for.
    days: Vec<Sums>,
    /// What an operation costs, by its id.
    costs: HashMap<String, f64, FixedState>,
    /// From the first to the last end that was read.
    span: Option<(Seconds, Seconds)>,
}

impl Days {
    /// Of these days: begin and end of each, the oldest first.
    pub fn new(days: impl IntoIterator<Item = (Seconds, Seconds)>) -> Self {
        let days = days.into_iter().map(Sums::new).collect();
        Days { days, costs: HashMap::default(), span: None }
    }

    /// From the first to the last end that was read, of any day.
    pub fn span(&self) -> Option<(Seconds, Seconds)> {
        self.span
    }

    /// What ran on the last day, with the medians of those before it on which anything did.
    pub fn told(&self) -> Day {
        let Some((day, before)) = self.days.split_last() else { return Day::default() };
        let before: Vec<&Sums> = before.iter().filter(|day| day.ops > 0).collect();
        let usual = |figure: &dyn Fn(&Sums) -> Option<f64>| {
            median(before.iter().filter_map(|day| figure(day))).map(crate::rounded)
        };
        let count = |parts: &BTreeMap<i64, u64>| parts.values().max().map(|most| *most as f64);
        let seconds = |time: Option<Seconds>| time.map(Seconds::as_f64);
        let peak = day.greatest(&day.minutes, MINUTE);
        let busiest = day.greatest(&day.hours, HOUR);
        Day {
            begin: day.begin,
            length_s: day.end - day.begin,
            ops: day.ops,
            failed: day.failed,
            failed_share: day.share(),
            work_s: day.work,
            p50_s: day.quantile(0.5),
            p95_s: day.quantile(0.95),
            peak_minute: peak.map(|row| row.0),
            peak_ops: peak.map_or(0, |row| row.1),
            busiest_hour: busiest.map(|row| row.0),
            busiest_ops: busiest.map_or(0, |row| row.1),
            cost: day.cost.map(crate::rounded),
            days: before.len() as u64,
            usual_ops: usual(&|day| Some(day.ops as f64)),
            usual_failed_share: usual(&Sums::share),
            usual_work_s: usual(&|day| Some(day.work.as_f64())),
            usual_p50_s: usual(&|day| seconds(day.quantile(0.5))),
            usual_p95_s: usual(&|day| seconds(day.quantile(0.95))),
            usual_peak_ops: usual(&|day| count(&day.minutes)),
            usual_busiest_ops: usual(&|day| count(&day.hours)),
            usual_cost: usual(&|day| day.cost),
            ..Day::default()
        }
    }
}

impl Listener for Days {
    /// The chosen mode stands first; what it leaves out is the operation's own.
    fn operation(&mut self, op: &Operation) {
        let mode = op.modes.iter().find(|mode| mode.mode == op.mode).or(op.modes.first());
        let used = |amounts: &BTreeMap<String, Amount>| amounts.get("cost").copied();
        let of_mode =
            mode.and_then(|mode| mode.cost.or_else(|| mode.nonrenewable.as_ref().and_then(used)));
        if let Some(cost) = of_mode.or_else(|| used(&op.nonrenewable)) {
            self.costs.insert(op.id.clone(), cost.as_f64());
        }
    }

    fn end(&mut self, end: &EndView<'_>) {
        let at = end.end;
        self.span = Some(match self.span {
            None => (at, at),
            Some((first, last)) => (first.min(at), last.max(at)),
        });
        let Some(day) = self.days.iter_mut().find(|day| day.begin <= at && at < day.end) else {
            return;
        };
        day.add(end, self.costs.get(end.id).copied());
    }
}

/// The name of a figure with the day's value and the usual one.
pub type Figure = (&'static str, Option<f64>, Option<f64>);

/// The figures of a day that can be held against the usual ones.
pub fn figures(day: &Day) -> Vec<Figure> {
    let count = |value: u64| Some(value as f64);
    let time = |value: Option<Seconds>| value.map(Seconds::as_f64);
    [
        ("operations", count(day.ops), day.usual_ops),
        ("failed", day.failed_share, day.usual_failed_share),
        ("work", Some(day.work_s.as_f64()), day.usual_work_s),
        ("median", time(day.p50_s), day.usual_p50_s),
        ("p95", time(day.p95_s), day.usual_p95_s),
        ("peak minute", count(day.peak_ops), day.usual_peak_ops),
        ("busiest hour", count(day.busiest_ops), day.usual_busiest_ops),
        ("cost", day.cost, day.usual_cost),
    ]
    .to_owned()
    .into()
}
