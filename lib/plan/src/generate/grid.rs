//! What is free at each tick: for durations of few ticks.

use super::profile::Profile;
use crate::project::Lanes;
use alloc::vec::Vec;

/// What is free at each tick; beyond the last, everything.
pub(crate) struct Grid<L> {
    free: Vec<L>,
    /// From here on nothing was taken.
    used: usize,
    full: L,
    guard: L,
}

impl<L: Lanes> Profile for Grid<L> {
    type Lanes = L;

    fn new(full: L, guard: L) -> Self {
        Grid { free: Vec::new(), used: 0, full, guard }
    }

    fn clear(&mut self) {
        self.free[..self.used].fill(self.full);
        self.used = 0;
    }

    #[inline]
    fn place(&mut self, from: i64, ticks: i64, demand: L) -> i64 {
        let (mut start, ticks) = (from as usize, ticks as usize);
        let mut end = start + ticks;
        // from the end of the window backward: one tick without room moves it behind
        let mut known = start;
        'window: loop {
            let mut at = end.min(self.used);
            while at > known {
                at -= 1;
                if !self.free[at].holds(demand, self.guard) {
                    (known, start) = (end.min(self.used).max(at + 1), at + 1);
                    end = start + ticks;
                    continue 'window;
                }
            }
            break;
        }
        if end > self.free.len() {
            self.free.resize(end * 2, self.full);
        }
        self.used = self.used.max(end);
        for free in &mut self.free[start..end] {
            *free = free.without(demand);
        }
        start as i64
    }
}
