//! What a Gantt chart shows: bars on slots, what is held of locks and resources.

use crate::print::{brief, shown};
use record::{Amount, Seconds};

/// One operation in time.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Place of its name.
    pub node: u32,
    /// Its slot, from 1.
    pub slot: u32,
    pub start: Seconds,
    pub end: Seconds,
    /// On the critical path.
    pub critical: bool,
    /// Operations that are drawn as this one.
    pub count: u64,
    /// How it ended.
    pub ended: Ended,
}

/// How what a bar stands for has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// As it should, or nobody knows.
    #[default]
    Well,
    /// It failed, or one of several did.
    Failed,
    /// The log ends before it does.
    Open,
}

/// What a lane tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Lock,
    Resource,
}

/// How much of something is held, over time.
#[derive(Clone, Debug)]
pub struct Lane {
    pub name: String,
    pub held: Held,
    /// Amount held from each time on, in thousandths.
    pub steps: Vec<(Seconds, u64)>,
    /// The most that is held at a time.
    pub peak: Amount,
    /// How much there is; unlimited where none is said.
    pub capacity: Option<Amount>,
    /// Sum of the times in which any is held.
    pub busy: Seconds,
}

impl Lane {
    /// What the top of the lane stands for.
    pub fn top(&self) -> Amount {
        self.capacity.unwrap_or(self.peak).max(self.peak)
    }

    /// The most that is held in each of so many equal parts of the time.
    pub fn sampled(&self, columns: usize, length: Seconds) -> Vec<u64> {
        let mut most = vec![0; columns];
        let column = |at: Seconds| position(at, length, columns as f64);
        for (number, &(from, amount)) in self.steps.iter().enumerate() {
            let to = self.steps.get(number + 1).map_or(length, |next| next.0);
            let first = column(from).floor() as usize;
            let last = (column(to).ceil() as usize).clamp(first, columns);
            most[first.min(last)..last].iter_mut().for_each(|held| *held = amount.max(*held));
        }
        most
    }
}

/// Where a time lies on an axis of this length.
pub fn position(at: Seconds, length: Seconds, axis: f64) -> f64 {
    match length > Seconds::ZERO {
        true => at.as_f64() / length.as_f64() * axis,
        false => 0.0,
    }
}

/// A plan or a run in time.
#[derive(Debug)]
pub struct Chart {
    /// By slot, then by start.
    pub bars: Vec<Bar>,
    pub slots: u32,
    pub length: Seconds,
    /// Length of the critical path.
    pub critical: Seconds,
    pub lanes: Vec<Lane>,
    /// Some operations say how long they take; else times are steps.
    pub timed: bool,
    /// What bars are called.
    pub names: Vec<String>,
}

impl Chart {
    /// One line about the whole.
    pub fn title(&self) -> String {
        let many =
            |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let (ops, slots) = (
            many(self.bars.iter().map(|bar| bar.count).sum(), "operation"),
            many(self.slots.into(), "slot"),
        );
        let (end, path) = (self.time(self.length), self.time(self.critical));
        format!("{ops} on {slots}, end {end}, critical path {path}")
    }

    /// A time for people; steps where nobody says how long anything takes.
    pub fn time(&self, at: Seconds) -> String {
        if !self.timed {
            return at.to_string();
        }
        brief(at)
    }

    /// What a bar is called.
    pub fn name(&self, bar: &Bar) -> String {
        self.names.get(bar.node as usize).map_or_else(String::new, |name| shown(name))
    }
}
