//! Takes the events of one run and makes its timeline.

use super::bars::{Bar, Bars, Ended};
use super::grid::{Grid, MOST as BINS};
use super::readings::Readings;
use super::spread::Spreads;
use super::{Course, LockCourse, Mark, ROWS, Step, Timeline, moment};
use crate::run::report::Told;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::cmp::Reverse;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{
    Amount, ClockChange, EndView, LockDrop, LockTake, Seconds, StartView, ThrottleChange,
};

/// Causes, locks and resources that have a course of their own; more are one, [`OTHERS`].
const COURSES: usize = 32;
const OTHERS: &str = "others";
/// Marks at most.
const MARKS: usize = 500;

/// An attempt that runs.
#[derive(Clone, Debug, Default)]
struct Open {
    slot: u32,
    attempt: u32,
    start: Seconds,
    head: String,
    locks: Vec<String>,
    resources: Vec<(String, Amount)>,
}

/// Amounts over time by name.
#[derive(Clone, Debug, Default)]
struct Grids(BTreeMap<String, Grid>);

impl Grids {
    fn of(&mut self, name: &str) -> &mut Grid {
        let full = self.0.len() >= COURSES && !self.0.contains_key(name);
        let name = if full { OTHERS } else { name };
        if !self.0.contains_key(name) {
            self.0.insert(name.to_string(), Grid::default());
        }
        self.0.entry(name.to_string()).or_default()
    }
}

/// What is gathered of a run. Memory is bounded but for what runs at once.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    bars: Bars,
    open: HashMap<String, Open, FixedState>,
    causes: Vec<String>,
    cause_places: HashMap<String, u32, FixedState>,
    families: Spreads,
    running: Grid,
    ended: Grid,
    failed: Grid,
    waiting: Grids,
    held: Grids,
    resources: Grids,
    capacity: BTreeMap<String, Amount>,
    marks: Vec<Mark>,
    /// First operation ready and last end.
    span: Option<(Seconds, Seconds)>,
    attempts: u64,
}

impl Draft {
    /// How much there is of resources.
    pub fn capacity(&mut self, resources: &BTreeMap<String, Amount>) {
        self.capacity.clone_from(resources);
    }

    /// An attempt begins.
    pub fn op_start(&mut self, view: &StartView<'_>) {
        let mut open = Open {
            slot: view.slot,
            attempt: view.attempt,
            start: view.start,
            head: view.head.to_string(),
            ..Open::default()
        };
        view.locks.for_each(|name| open.locks.push(name.to_string()));
        view.resources.for_each(|name, amount| open.resources.push((name.to_string(), amount)));
        self.reach(view.start, view.start);
        self.open.insert(view.id.to_string(), open);
    }

    /// An attempt has ended.
    pub fn op_end(&mut self, view: &EndView<'_>) {
        let open = if self.open.is_empty() { None } else { self.open.remove(view.id) };
        let open = open.unwrap_or_default();
        let ready = view.start - view.queued;
        self.reach(ready, view.end);
        self.attempts += 1;
        let failed = view.result.failed();
        self.ended.count(view.end, 1.0);
        if failed {
            self.failed.count(view.end, 1.0);
        }
        let waited = self.waits(view, ready);
        self.held_while(&open, (view.start, view.end));
        let family = self.families.add((&open.head, view.id), view.wall, view.result);
        self.bars.push(Bar {
            slot: view.slot.max(1),
            from: view.start,
            to: view.end.max(view.start),
            busy: view.wall,
            count: 1,
            failed: u64::from(failed),
            id: view.id.to_string(),
            family,
            attempt: view.attempt,
            ended: Ended::With(view.result),
            waited,
            critical: false,
        });
    }

    /// What it waited for between being ready and being started. The log has sums by cause;
    /// they are drawn in the order in which the runner asks: pauses and what holds all starts
    /// back, resources, a slot, locks, the start.
    fn waits(&mut self, view: &EndView<'_>, ready: Seconds) -> Option<(u32, Seconds)> {
        if view.queued <= Seconds::ZERO {
            return None;
        }
        let mut parts: Vec<(u8, &str, Seconds)> = Vec::new();
        view.blocked.for_each(|key, time| {
            if time > Seconds::ZERO {
                parts.push((turn(key), word(key), time));
            }
        });
        parts.sort_by_key(|part| part.0);
        let mut at = ready;
        let mut longest: Option<(&str, Seconds)> = None;
        for (_, name, time) in parts {
            let until = (at + time).min(view.start);
            self.waiting.of(name).span(at, until, 1.0);
            if longest.is_none_or(|longest| time > longest.1) {
                longest = Some((name, time));
            }
            at = until;
        }
        if at < view.start {
            self.waiting.of("start").span(at, view.start, 1.0);
        }
        let name = longest.map_or("start", |longest| longest.0);
        Some((self.cause(name), view.queued))
    }

    fn cause(&mut self, name: &str) -> u32 {
        if let Some(place) = self.cause_places.get(name) {
            return *place;
        }
        if self.causes.len() >= COURSES && name != OTHERS {
            return self.cause(OTHERS);
        }
        let place = self.causes.len() as u32;
        self.causes.push(name.to_string());
        self.cause_places.insert(name.to_string(), place);
        place
    }

    fn held_while(&mut self, open: &Open, (from, to): (Seconds, Seconds)) {
        self.running.span(from, to, 1.0);
        for name in &open.locks {
            self.held.of(name).span(from, to, 1.0);
        }
        for (name, amount) in &open.resources {
            self.resources.of(name).span(from, to, amount.as_f64());
        }
    }

    /// Somebody who is no operation has got a lock.
    pub fn lock_take(&mut self, take: &LockTake) {
        self.reach(take.time - take.waited_s, take.time);
        let name = format!("lock:{}", take.name);
        self.waiting.of(&name).span(take.time - take.waited_s, take.time, 1.0);
        let _ = self.held.of(&take.name);
    }

    /// Somebody who is no operation has given a lock back.
    pub fn lock_drop(&mut self, drop: &LockDrop) {
        self.reach(drop.time - drop.held_s, drop.time);
        self.held.of(&drop.name).span(drop.time - drop.held_s, drop.time, 1.0);
    }

    /// The number of slots has changed.
    pub fn throttle(&mut self, change: &ThrottleChange) {
        let ThrottleChange { time, from, to, reason, .. } = change;
        self.mark(*time, format!("slots {from} to {to}: {reason}"));
    }

    /// The machine has slept.
    pub fn slept(&mut self, change: &ClockChange) {
        self.mark(change.time, format!("the machine slept {} s", change.asleep_s));
    }

    fn mark(&mut self, at: Seconds, what: String) {
        if self.marks.len() < MARKS {
            self.marks.push(Mark { at, what });
        }
    }

    /// Something happened from one time to another.
    fn reach(&mut self, from: Seconds, to: Seconds) {
        self.span = Some(match self.span {
            None => (from, to),
            Some((first, last)) => (first.min(from), last.max(to)),
        });
    }

    /// The timeline of at most `most` bars, with what was concluded of the run.
    pub fn timeline(mut self, told: &Told, most: usize) -> Timeline {
        let (begin, end) = self.span.unwrap_or_default();
        let unfinished = self.open.len() as u64;
        for (id, open) in core::mem::take(&mut self.open) {
            self.held_while(&open, (open.start, end));
            let family = self.families.place(&open.head, &id);
            self.bars.push(Bar {
                slot: open.slot.max(1),
                from: open.start,
                to: end,
                count: 1,
                id,
                family,
                attempt: open.attempt,
                ..Bar::default()
            });
        }
        let path = self.path(told, begin);
        let moments = moment::moments(told, (begin, end), self.bars.all());
        let slots = self.bars.slots();
        let per_row = slots.div_ceil(ROWS).max(1);
        self.bars.fit(most, per_row);
        let mut line = Timeline {
            begin,
            end,
            slots,
            per_row,
            column: self.bars.column(),
            causes: core::mem::take(&mut self.causes),
            families: self.families.told(),
            path,
            moments,
            marks: core::mem::take(&mut self.marks),
            attempts: self.attempts,
            unfinished,
            ..Timeline::default()
        };
        self.courses(&mut line);
        line.bars = self.bars.into_all();
        line
    }

    /// Marks the bars of the critical path.
    fn path(&mut self, told: &Told, begin: Seconds) -> Vec<Step> {
        let chain = &told.report.chain;
        let at = chain.iter().enumerate().map(|(place, link)| ((begin + link.start_s, place), ()));
        let by_start: BTreeMap<(Seconds, usize), ()> = at.collect();
        let mut slots: Vec<Option<u32>> = alloc::vec![None; chain.len()];
        for bar in self.bars.all_mut() {
            let links = by_start.range((bar.from, 0)..=(bar.from, usize::MAX));
            for ((_, place), ()) in links {
                if chain[*place].id == bar.id {
                    bar.critical = true;
                    slots[*place] = Some(bar.slot);
                }
            }
        }
        let step = |(link, slot): (&record::ChainLink, Option<u32>)| {
            let from = begin + link.start_s;
            Step { id: link.id.clone(), from, to: from + link.wall_s, slot }
        };
        chain.iter().zip(slots).map(step).collect()
    }

    /// Everything that lies in bins, in bins of one width.
    fn courses(&mut self, line: &mut Timeline) {
        let single = [&mut self.running, &mut self.ended, &mut self.failed].into_iter();
        let named = [&mut self.waiting, &mut self.held, &mut self.resources];
        let named = named.into_iter().flat_map(|grids| grids.0.values_mut());
        let mut all: Vec<&mut Grid> = single.chain(named).collect();
        let mut fine = all.iter().map(|grid| grid.fine()).max().unwrap_or(0);
        let bin = |time: Seconds, fine: u32| time.as_micros() >> fine;
        while bin(line.end, fine) - bin(line.begin, fine) >= BINS as i64 {
            fine += 1;
        }
        all.iter_mut().for_each(|grid| grid.widen(fine));
        let first = bin(line.begin, fine);
        let count = (bin(line.end, fine) - first + 1) as usize;
        line.first_bin = Seconds::from_micros(first << fine);
        line.bin = Seconds::from_micros(1 << fine);
        let width = line.bin.as_f64();
        let means = |grid: &Grid| -> Vec<f64> {
            grid.bins(first, count).into_iter().map(|sum| crate::rounded(sum / width)).collect()
        };
        let course = |name: &str, grid: &Grid| Course {
            name: name.to_string(),
            total: crate::rounded(grid.total()),
            means: means(grid),
        };
        line.running = means(&self.running);
        line.ended = self.ended.bins(first, count);
        line.failed = self.failed.bins(first, count);
        line.waiting = self.waiting.0.iter().map(|(name, grid)| course(name, grid)).collect();
        line.waiting.retain(|course| course.total > 0.0);
        line.waiting.sort_by(|a, b| b.total.total_cmp(&a.total));
        let waiting = |name: &str| self.waiting.0.get(&format!("lock:{name}"));
        let waited = self.waiting.0.keys().filter_map(|name| name.strip_prefix("lock:"));
        let mut names: Vec<&str> = self.held.0.keys().map(String::as_str).chain(waited).collect();
        names.sort_unstable();
        names.dedup();
        let empty = Grid::default();
        let lock = |name: &str| LockCourse {
            name: name.to_string(),
            held: course(name, self.held.0.get(name).unwrap_or(&empty)),
            waiting: course(name, waiting(name).unwrap_or(&empty)),
        };
        line.locks = names.into_iter().map(lock).collect();
        line.locks.sort_by_key(|lock| {
            let micros = |course: &Course| (course.total * 1e6) as i64;
            Reverse((micros(&lock.waiting), micros(&lock.held)))
        });
        let whole = |name: &str| self.capacity.get(name).map(|amount| amount.as_f64());
        let resources = self.resources.0.iter();
        line.resources = resources.map(|(name, grid)| (course(name, grid), whole(name))).collect();
    }
}

impl Timeline {
    /// The timeline of samples alone.
    pub fn of_samples(span: (Seconds, Seconds)) -> Self {
        Timeline { begin: span.0, end: span.1, per_row: 1, ..Timeline::default() }
    }

    /// Adds what was measured meanwhile.
    pub fn measured(&mut self, readings: &Readings) {
        self.lines = readings.lines((self.begin, self.end));
    }

    /// Puts bars together until there are at most `most`.
    pub fn thin(&mut self, most: usize) {
        let mut bars = Bars::from(core::mem::take(&mut self.bars));
        bars.fit(most, 1);
        self.column = bars.column().max(self.column);
        self.bars = bars.into_all();
    }
}

/// The word of a report for a key of `blocked_s`.
fn word(key: &str) -> &str {
    match key {
        "slot" => "slots",
        "retry" => "retries",
        "token" => "tokens",
        other => other,
    }
}

/// When what is waited for is asked for.
fn turn(key: &str) -> u8 {
    match key {
        "slot" => 2,
        "token" => 3,
        "start" => 5,
        _ if key.starts_with("lock:") => 4,
        _ if key.starts_with("resource:") => 1,
        _ => 0,
    }
}
