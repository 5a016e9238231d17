//! Attempts as bars on slots; of many, those that lie in one column of pixels are one bar.

use alloc::string::String;
use alloc::vec::Vec;
use record::{Outcome, Seconds};

/// Bars kept while a log is read; then those too narrow to be seen alone are put together.
const KEPT: usize = 1 << 18;

/// How the first attempt of a bar has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// With this result.
    With(Outcome),
    /// The log ends before it does.
    #[default]
    Open,
}

/// One attempt, or several of one slot that lie in one column of pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// Its slot, from 1; where slots share rows, the first of its row.
    pub slot: u32,
    /// When the first attempt began.
    pub from: Seconds,
    /// When the last one ended.
    pub to: Seconds,
    /// Sum of the durations.
    pub busy: Seconds,
    /// Attempts in it.
    pub count: u64,
    /// Those that failed.
    pub failed: u64,
    /// The first attempt's operation.
    pub id: String,
    /// Place of its family.
    pub family: u32,
    /// Which spawn of its operation.
    pub attempt: u32,
    /// How it ended.
    pub ended: Ended,
    /// What it waited for longest, by place of the cause, and how long it waited in all.
    pub waited: Option<(u32, Seconds)>,
    /// It is on the critical path, as that happened, or has one that is.
    pub critical: bool,
}

/// All bars of a run.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    all: Vec<Bar>,
    /// Columns in which bars have been put together, in microseconds as a power of two.
    fine: u32,
}

impl From<Vec<Bar>> for Bars {
    fn from(all: Vec<Bar>) -> Self {
        Bars { all, fine: 0 }
    }
}

impl Bars {
    /// Adds an attempt.
    pub fn push(&mut self, bar: Bar) {
        self.all.push(bar);
        if self.all.len() >= KEPT {
            self.fit(KEPT / 2, 1);
        }
    }

    /// The bars, by slot and start.
    pub fn all(&self) -> &[Bar] {
        &self.all
    }

    /// The same, as they are.
    pub fn into_all(self) -> Vec<Bar> {
        self.all
    }

    /// The same, to be marked.
    pub fn all_mut(&mut self) -> &mut [Bar] {
        &mut self.all
    }

    /// Greatest number of a slot.
    pub fn slots(&self) -> u32 {
        self.all.iter().map(|bar| bar.slot).max().unwrap_or(0)
    }

    /// Puts bars together until there are at most `most`; `per_row` slots share a row. What
    /// is wider than a column stays alone, so there is a width at which this ends.
    pub fn fit(&mut self, most: usize, per_row: u32) {
        let per_row = per_row.max(1);
        if per_row > 1 {
            let shared = |slot: u32| slot.saturating_sub(1) / per_row * per_row + 1;
            self.all.iter_mut().for_each(|bar| bar.slot = shared(bar.slot));
        }
        self.all.sort_by(|a, b| {
            (a.slot, a.from, a.to).cmp(&(b.slot, b.from, b.to)).then_with(|| a.id.cmp(&b.id))
        });
        while self.all.len() > most.max(1) && self.fine < 62 {
            // the first width at which anything can be put together in a run this long
            let span = self.span().map_or(0, |(from, to)| (to - from).as_micros().max(1));
            let least = (u64::BITS - (span as u64).leading_zeros()).saturating_sub(24);
            self.fine = (self.fine + 1).max(least);
            self.merge();
        }
    }

    /// From the first start to the last end.
    pub fn span(&self) -> Option<(Seconds, Seconds)> {
        let from = self.all.iter().map(|bar| bar.from).min()?;
        Some((from, self.all.iter().map(|bar| bar.to).max()?))
    }

    /// Width of a column in which bars have been put together; none where all are alone.
    pub fn column(&self) -> Option<Seconds> {
        let merged = self.all.iter().any(|bar| bar.count > 1);
        merged.then(|| Seconds::from_micros(1 << self.fine))
    }

    /// Those of a slot that begin and end in one column become one.
    fn merge(&mut self) {
        let fine = self.fine;
        let column = |at: Seconds| at.as_micros() >> fine;
        let mut merged: Vec<Bar> = Vec::with_capacity(self.all.len() / 2);
        for bar in self.all.drain(..) {
            let narrow = |bar: &Bar| column(bar.from) == column(bar.to);
            match merged.last_mut() {
                Some(last)
                    if last.slot == bar.slot
                        && column(last.from) == column(bar.from)
                        && narrow(last)
                        && narrow(&bar) =>
                {
                    last.take(&bar);
                }
                _ => merged.push(bar),
            }
        }
        self.all = merged;
    }
}

impl Bar {
    fn take(&mut self, bar: &Bar) {
        self.to = self.to.max(bar.to);
        self.busy += bar.busy;
        self.count += bar.count;
        self.failed += bar.failed;
        self.critical |= bar.critical;
        let waited = |bar: &Bar| bar.waited.map_or(Seconds::ZERO, |waited| waited.1);
        if waited(bar) > waited(self) {
            self.waited = bar.waited;
        }
        if bar.ended == Ended::Open {
            self.ended = Ended::Open;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bar(slot: u32, from: i64, long: i64, ended: Outcome) -> Bar {
        let time = Seconds::from_micros;
        Bar {
            slot,
            from: time(from),
            to: time(from + long),
            busy: time(long),
            count: 1,
            failed: u64::from(ended.failed()),
            ended: Ended::With(ended),
            ..Bar::default()
        }
    }

    #[test]
    fn a_long_one_stays_alone_and_a_failure_is_seen() {
        let mut bars = Bars::default();
        bars.push(bar(1, 0, 1_000_000, Outcome::Success));
        (0..1000).for_each(|n| {
            let ended = if n == 500 { Outcome::Failure } else { Outcome::Success };
            bars.push(bar(1, 1_000_000 + n * 10, 8, ended));
        });
        assert_eq!(bars.column(), None);
        bars.fit(100, 1);
        assert!(bars.all().len() <= 100);
        let first = &bars.all()[0];
        assert_eq!((first.count, first.busy), (1, Seconds::from_secs(1)));
        let failed: Vec<&Bar> = bars.all().iter().filter(|bar| bar.failed > 0).collect();
        assert_eq!((failed.len(), failed[0].failed), (1, 1));
        assert!(bars.column().is_some());
    }

    #[test]
    fn slots_that_share_a_row_lie_in_it() {
        let mut bars = Bars::default();
        (1..=10).for_each(|slot| bars.push(bar(slot, 0, 10, Outcome::Success)));
        bars.fit(100, 4);
        let rows: Vec<u32> = bars.all().iter().map(|bar| bar.slot).collect();
        assert_eq!(rows, [1, 1, 1, 1, 5, 5, 5, 5, 9, 9]);
    }

    proptest! {
        #[test]
        fn counts_and_work_are_kept(
            all in prop::collection::vec((1u32..5, 0i64..10_000_000, 0i64..200_000, any::<bool>()), 1..400),
            most in 1usize..100,
        ) {
            let mut bars = Bars::default();
            for (slot, from, long, well) in &all {
                let ended = if *well { Outcome::Success } else { Outcome::Failure };
                bars.push(bar(*slot, *from, *long, ended));
            }
            let sums = |bars: &Bars| {
                let sum = |of: fn(&Bar) -> u64| bars.all().iter().map(of).sum::<u64>();
                (sum(|bar| bar.count), sum(|bar| bar.failed), sum(|bar| bar.busy.as_micros() as u64))
            };
            let (before, span) = (sums(&bars), bars.span());
            bars.fit(most, 1);
            prop_assert_eq!(sums(&bars), before);
            prop_assert_eq!(bars.span(), span);
            prop_assert!(bars.all().len() <= most.max(4));
            prop_assert!(bars.all().is_sorted_by_key(|bar| (bar.slot, bar.from)));
        }
    }
}
