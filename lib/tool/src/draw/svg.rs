//! A Gantt chart as a picture: one file, no scripts, for light and dark pages.

use super::axis;
use super::chart::{Bar, Chart, Ended, Held, Lane, position};
use super::sheet::{LETTER, Place, Sheet, escaped, shortened};
use super::text::short;
use crate::print::shown;
use record::{Amount, Seconds};
use std::fmt::Write as _;

/// Rows of slots; more of them share rows.
const ROWS: u32 = 240;
/// Lanes of locks, the busiest.
const LOCKS: usize = 16;
/// Space for names at the left, and beside the right end.
const LEFT: f64 = 150.0;
const RIGHT: f64 = 24.0;
/// Where the rows begin.
const TOP: f64 = 92.0;
/// Height of the lane of a lock, and of a resource.
const LOCK: f64 = 18.0;
const RESOURCE: f64 = 52.0;
/// Bars narrower than this are drawn together with their neighbours.
const NARROW: f64 = 1.5;
/// Steps of a lane that are drawn as they are; more are drawn by pixels.
const STEPS: usize = 2000;

/// The chart, of `title` and a width in pixels.
pub fn gantt(chart: &Chart, (title, width): (&str, u32)) -> String {
    let rows = chart.slots.min(ROWS);
    let row = match rows {
        0..=40 => 24.0,
        41..=100 => 12.0,
        _ => 5.0,
    };
    let locks = chart.lanes.iter().filter(|lane| lane.held == Held::Lock).count();
    let more = locks.saturating_sub(LOCKS);
    let resources = chart.lanes.len() - locks;
    let beneath = locks.min(LOCKS + 1) as f64 * LOCK + resources as f64 * RESOURCE;
    let height = TOP + f64::from(rows) * row + beneath + 40.0;
    let wide = f64::from(width);
    let sheet = Sheet::new((title, &chart.title()), (wide, height), Place::File);
    let mut picture = Picture { chart, sheet, axis: wide - LEFT - RIGHT, rows, row };
    picture.legend(wide);
    picture.grid(height - 24.0);
    picture.slots();
    let mut at = TOP + f64::from(rows) * row + 14.0;
    for lane in chart.lanes.iter().filter(|lane| lane.held == Held::Lock).take(LOCKS) {
        picture.lock(lane, at);
        at += LOCK;
    }
    if more > 0 {
        picture.put(format_args!(
            "<text class=\"dim\" x=\"{LEFT}\" y=\"{:.0}\">and {more} locks that are held less</text>",
            at + 12.0
        ));
        at += LOCK;
    }
    for lane in chart.lanes.iter().filter(|lane| lane.held == Held::Resource) {
        picture.resource(lane, at);
        at += RESOURCE;
    }
    picture.sheet.finish()
}

struct Picture<'a> {
    chart: &'a Chart,
    sheet: Sheet,
    /// Length of the axis of time, in pixels.
    axis: f64,
    rows: u32,
    /// Height of a row of slots.
    row: f64,
}

/// Bars that are drawn as one.
struct Cluster {
    from: f64,
    to: f64,
    count: u64,
    first: Bar,
    last: Bar,
}

impl Picture<'_> {
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.sheet.put(text);
    }

    /// Where a time lies.
    fn x(&self, at: Seconds) -> f64 {
        LEFT + position(at, self.chart.length, self.axis)
    }

    fn name(&self, bar: &Bar) -> String {
        self.chart.name(bar)
    }

    fn legend(&mut self, width: f64) {
        let has = |ended| self.chart.bars.iter().any(|bar| bar.ended == ended);
        let mut legend = vec![("critical", "critical path", 110.0), ("bar", "other", 80.0)];
        if has(Ended::Failed) {
            legend.push(("failed", "failed", 76.0));
        }
        if has(Ended::Open) {
            legend.push(("open", "has no end", 96.0));
        }
        let mut at = width - RIGHT - legend.iter().map(|(_, _, wide)| wide).sum::<f64>();
        for (class, word, wide) in legend {
            self.put(format_args!(
                "<rect class=\"{class}\" x=\"{at}\" y=\"38\" width=\"12\" height=\"12\" rx=\"2\"/>\
                 <text x=\"{}\" y=\"48\">{word}</text>",
                at + 18.0
            ));
            at += wide;
        }
    }

    fn grid(&mut self, bottom: f64) {
        for mark in axis::marks(self.chart.length, (self.axis / 90.0) as usize) {
            let (x, word) = (self.x(mark), self.chart.time(mark));
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{x:.1} {:.0}V{bottom:.0}\"/>\
                 <text class=\"dim\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{word}</text>",
                TOP - 8.0,
                TOP - 14.0
            ));
        }
    }

    fn slots(&mut self) {
        let per_row = self.chart.slots.div_ceil(self.rows.max(1)).max(1);
        // names of rows stand as close as letters can
        let every = (14.0 / self.row).ceil() as u32;
        let mut from = 0;
        for row in 0..self.rows {
            let before = row.saturating_mul(per_row);
            let (first, last) = (before.saturating_add(1), before.saturating_add(per_row));
            let bars = &self.chart.bars[from..];
            let count = bars.iter().take_while(|bar| bar.slot <= last).count();
            if count == 0 {
                continue;
            }
            let mut bars = bars[..count].to_vec();
            bars.sort_by_key(|bar| (bar.start, bar.end));
            from += count;
            let y = TOP + f64::from(row) * self.row;
            if row % every == 0 {
                let word = if per_row == 1 { first.to_string() } else { format!("{first}-{last}") };
                self.row_name(&format!("slot {word}"), y + self.row / 2.0 + 4.0);
            }
            for cluster in self.clusters(&bars) {
                self.bar(&cluster, y);
            }
        }
    }

    fn row_name(&mut self, name: &str, y: f64) {
        let most = ((LEFT - 20.0) / LETTER) as usize;
        let name = escaped(&shortened(name, most));
        let x = LEFT - 10.0;
        self.put(format_args!(
            "<text class=\"dim\" x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{name}</text>"
        ));
    }

    /// The bars of a row; those too narrow to be seen alone are put together.
    fn clusters(&self, bars: &[Bar]) -> Vec<Cluster> {
        let mut clusters: Vec<Cluster> = Vec::new();
        for bar in bars {
            let (from, to) = (self.x(bar.start), self.x(bar.end));
            if let Some(last) = clusters.last_mut() {
                let narrow = to - from < NARROW && last.to - last.from < 4.0 * NARROW;
                let same = (last.first.critical, last.first.ended) == (bar.critical, bar.ended);
                let within = from < last.to - 0.01 && bar.end > bar.start;
                if within || (narrow && same && from - last.to < 0.5) {
                    last.to = last.to.max(to);
                    last.count += bar.count;
                    last.last = *bar;
                    last.first.critical |= bar.critical;
                    if bar.ended != Ended::Well {
                        last.first.ended = bar.ended;
                    }
                    continue;
                }
            }
            clusters.push(Cluster { from, to, count: bar.count, first: *bar, last: *bar });
        }
        clusters
    }

    fn bar(&mut self, cluster: &Cluster, y: f64) {
        let gap = if self.row > 6.0 { 2.0 } else { 0.5 };
        let width = (cluster.to - cluster.from).max(0.8);
        // neighbours stay apart where there is room for it
        let seen = if width > 4.0 { width - 1.0 } else { width };
        let class = match cluster.first.ended {
            Ended::Failed => "failed",
            Ended::Open => "open",
            Ended::Well if cluster.first.critical => "critical",
            Ended::Well => "bar",
        };
        let (from, height) = (cluster.from, self.row - gap);
        let round = if seen > 8.0 && height > 10.0 { " rx=\"3\"" } else { "" };
        let about = escaped(&self.about(cluster));
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{seen:.1}\" \
             height=\"{height:.1}\"{round}><title>{about}</title></rect>"
        ));
        let room = ((seen - 8.0) / LETTER).max(0.0) as usize;
        if cluster.count > 1 || self.row < 12.0 || room < 3 {
            return;
        }
        let name = escaped(&shortened(&self.name(&cluster.first), room));
        let base = y + height / 2.0 + 4.0;
        self.put(format_args!(
            "<text class=\"on\" x=\"{:.1}\" y=\"{base:.1}\" pointer-events=\"none\">{name}</text>",
            from + 4.0
        ));
    }

    /// What is told where the pointer rests.
    fn about(&self, cluster: &Cluster) -> String {
        let (first, last) = (&cluster.first, &cluster.last);
        let (from, to) = (self.chart.time(first.start), self.chart.time(last.end));
        let name = self.name(first);
        if cluster.count > 1 {
            return format!(
                "{} operations, {name} to {}: {from} to {to}",
                cluster.count,
                self.name(last)
            );
        }
        let takes = self.chart.time(first.end - first.start);
        let critical = if first.critical { ", critical" } else { "" };
        let ended = match first.ended {
            Ended::Well => "",
            Ended::Failed => ", failed",
            Ended::Open => ", has no end in the log",
        };
        format!("{name}: {from} to {to} ({takes}), slot {}{critical}{ended}", first.slot)
    }

    /// A lane of what is locked when: the more of it is held, the darker.
    fn lock(&mut self, lane: &Lane, y: f64) {
        self.row_name(&shown(&lane.name), y + 12.0);
        let top = lane.top().as_millis().max(1) as f64;
        let name = escaped(&shown(&lane.name));
        for (from, to, amount) in self.steps(lane) {
            if amount == 0 {
                continue;
            }
            let share = 0.3 + 0.7 * amount as f64 / top;
            let held = match lane.capacity {
                Some(whole) if whole > Amount::from_units(1) => {
                    format!(", {} of {}", Amount::from_millis(amount), whole)
                }
                _ => String::new(),
            };
            let width = (to - from).max(0.8);
            self.put(format_args!(
                "<rect class=\"lock\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
                 height=\"{:.0}\" opacity=\"{share:.2}\"><title>{name} is held{held}</title></rect>",
                LOCK - 4.0
            ));
        }
    }

    /// A lane of how much is held of what there is.
    fn resource(&mut self, lane: &Lane, y: f64) {
        let name = shown(&lane.name);
        let (top, base) = (y + 8.0, y + RESOURCE - 6.0);
        let height = base - top;
        self.row_name(&name, y + 22.0);
        let peak = match lane.capacity {
            Some(whole) => format!("peak {} of {}", short(lane.peak), short(whole)),
            None => format!("peak {}", short(lane.peak)),
        };
        self.row_name(&peak, y + 38.0);
        let whole = lane.top().as_millis().max(1) as f64;
        let mut path = format!("M{LEFT} {base:.1}");
        let mut end = LEFT;
        for (from, to, amount) in self.steps(lane) {
            let level = base - amount as f64 / whole * height;
            let _ = write!(path, "H{from:.1}V{level:.1}H{to:.1}");
            end = to;
        }
        let _ = write!(path, "H{end:.1}V{base:.1}Z");
        let about = escaped(&format!("{name}: {peak}"));
        self.put(format_args!("<path class=\"area\" d=\"{path}\"><title>{about}</title></path>"));
        if lane.capacity.is_some() {
            let right = LEFT + self.axis;
            self.put(format_args!("<path class=\"whole\" d=\"M{LEFT} {top:.1}H{right:.1}\"/>"));
        }
    }

    /// What is held from where to where: as it is, or by pixels where it changes too often.
    fn steps(&self, lane: &Lane) -> Vec<(f64, f64, u64)> {
        if lane.steps.len() <= STEPS {
            let ends = lane.steps.iter().skip(1).map(|step| step.0).chain([self.chart.length]);
            let step =
                |(step, end): (&(Seconds, u64), Seconds)| (self.x(step.0), self.x(end), step.1);
            return lane.steps.iter().zip(ends).map(step).collect();
        }
        let mut steps: Vec<(f64, f64, u64)> = Vec::new();
        let held = lane.sampled(self.axis as usize, self.chart.length);
        for (column, amount) in held.into_iter().enumerate() {
            let at = LEFT + column as f64;
            match steps.last_mut() {
                Some(last) if last.2 == amount => last.1 = at + 1.0,
                _ => steps.push((at, at + 1.0, amount)),
            }
        }
        steps
    }
}
