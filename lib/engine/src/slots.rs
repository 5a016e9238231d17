//! Places to run: the smallest free number first.

use crate::stopwatch::Stopwatch;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use record::Seconds;

/// Slots, and a clock that runs while all of them are taken.
#[derive(Debug)]
pub(crate) struct Slots {
    limit: u32,
    taken: u32,
    /// Numbers given back, all below `fresh`.
    returned: BinaryHeap<Reverse<u32>>,
    /// The next number that was never used.
    fresh: u32,
    full: Stopwatch,
    /// When one last became free where there had been none.
    freed: Seconds,
}

impl Slots {
    pub(crate) fn new(limit: u32) -> Self {
        Slots {
            limit: limit.max(1),
            taken: 0,
            returned: BinaryHeap::new(),
            fresh: 1,
            full: Stopwatch::default(),
            freed: Seconds::ZERO,
        }
    }

    pub(crate) fn any_free(&self) -> bool {
        self.taken < self.limit
    }

    pub(crate) fn in_use(&self) -> u32 {
        self.taken
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// Changes how many there are, at least one. Where more are taken they are
    /// let end, and none is taken until fewer are.
    pub(crate) fn resize(&mut self, limit: u32, now: Seconds) {
        self.limit = limit.max(1);
        self.keep_clock(now);
    }

    pub(crate) fn take(&mut self, now: Seconds) -> Option<u32> {
        if !self.any_free() {
            return None;
        }
        self.taken += 1;
        self.keep_clock(now);
        Some(match self.returned.pop() {
            Some(Reverse(slot)) => slot,
            None => {
                self.fresh += 1;
                self.fresh - 1
            }
        })
    }

    pub(crate) fn give(&mut self, slot: u32, now: Seconds) {
        self.taken -= 1;
        self.returned.push(Reverse(slot));
        self.keep_clock(now);
    }

    fn keep_clock(&mut self, now: Seconds) {
        match self.any_free() {
            false => self.full.start(now),
            true if self.full.is_running() => {
                self.full.stop(now);
                self.freed = now;
            }
            true => {}
        }
    }

    /// When one last became free where there had been none.
    pub(crate) fn freed(&self) -> Seconds {
        self.freed
    }

    /// How long all slots have been taken, in all, up to now.
    pub(crate) fn full_clock(&self, now: Seconds) -> Seconds {
        self.full.read(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_number_first() {
        let at = Seconds::from_secs;
        let mut slots = Slots::new(3);
        assert_eq!(
            [slots.take(at(0)), slots.take(at(0)), slots.take(at(1))],
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!(slots.take(at(2)), None);
        slots.give(3, at(4));
        slots.give(1, at(4));
        assert_eq!(slots.take(at(5)), Some(1));
        assert_eq!(slots.full_clock(at(9)), at(3));
        assert_eq!(slots.take(at(9)), Some(3));
        assert_eq!(slots.full_clock(at(10)), at(4));
    }

    #[test]
    fn fewer_slots_let_what_runs_end() {
        let at = Seconds::from_secs;
        let mut slots = Slots::new(3);
        for _ in 0..3 {
            slots.take(at(0));
        }
        slots.resize(1, at(1));
        slots.give(1, at(2));
        slots.give(2, at(2));
        assert_eq!((slots.take(at(2)), slots.in_use()), (None, 1), "one still runs");
        slots.give(3, at(3));
        assert_eq!(slots.full_clock(at(9)), at(3));
        assert_eq!(slots.take(at(4)), Some(1));
        slots.resize(0, at(5));
        assert_eq!(slots.limit(), 1, "never none");
        slots.resize(2, at(6));
        assert_eq!(slots.full_clock(at(9)), at(5));
        assert_eq!(slots.take(at(6)), Some(2));
    }
}
