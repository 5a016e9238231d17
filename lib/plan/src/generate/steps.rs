//! What is free from step to step: for durations of any length.

use super::profile::Profile;
use crate::project::Lanes;
use alloc::vec::Vec;

/// From a time on, until the next step, so much is free.
pub(crate) struct Steps<L> {
    step: Vec<(i64, L)>,
    full: L,
    guard: L,
}

impl<L: Lanes> Steps<L> {
    /// The number of the step that begins at `time`, which is made where there is none.
    fn cut(&mut self, time: i64, near: usize) -> usize {
        let at = near + self.step[near..].partition_point(|(begin, _)| *begin < time);
        if self.step.get(at).is_none_or(|(begin, _)| *begin != time) {
            let before = self.step[at - 1].1;
            self.step.insert(at, (time, before));
        }
        at
    }
}

impl<L: Lanes> Profile for Steps<L> {
    type Lanes = L;

    fn new(full: L, guard: L) -> Self {
        Steps { step: alloc::vec![(0, full)], full, guard }
    }

    fn clear(&mut self) {
        self.step.clear();
        self.step.push((0, self.full));
    }

    fn place(&mut self, from: i64, ticks: i64, demand: L) -> i64 {
        let (mut start, mut at) =
            (from, self.step.partition_point(|(begin, _)| *begin <= from) - 1);
        let mut first = at;
        while let Some(&(begin, free)) = self.step.get(at) {
            if begin >= start + ticks {
                break;
            }
            at += 1;
            if !free.holds(demand, self.guard) {
                // in the last step everything is free: there is a next one
                start = self.step.get(at).map_or(start, |(next, _)| *next);
                first = at;
            }
        }
        let first = self.cut(start, first);
        let last = self.cut(start + ticks, first);
        for (_, free) in &mut self.step[first..last] {
            *free = free.without(demand);
        }
        start
    }
}
