//! Places to run: the smallest free number first. An operation takes as much of a slot, or of
//! several, as it weighs.

use crate::stopwatch::Stopwatch;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use record::Seconds;

/// What one slot weighs: weights are in thousandths.
pub(crate) const WHOLE: u32 = 1000;

/// Slots, and a clock that runs while all of them are taken.
#[derive(Debug)]
pub(crate) struct Slots {
    limit: u32,
    /// No more than these while the machine is in need.
    cap: u32,
    /// How many run.
    taken: u32,
    /// What they weigh.
    weight: u64,
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
            cap: u32::MAX,
            taken: 0,
            weight: 0,
            returned: BinaryHeap::new(),
            fresh: 1,
            full: Stopwatch::default(),
            freed: Seconds::ZERO,
        }
    }

    pub(crate) fn any_free(&self) -> bool {
        self.free() > 0
    }

    /// What is free, in thousandths.
    pub(crate) fn free(&self) -> u64 {
        self.room().saturating_sub(self.weight)
    }

    /// All there is, in thousandths.
    pub(crate) fn room(&self) -> u64 {
        u64::from(self.limit()) * u64::from(WHOLE)
    }

    /// What an operation takes. What is wider than all slots takes all of them: it runs alone.
    pub(crate) fn width(&self, weight: u32) -> u64 {
        u64::from(weight).clamp(1, self.room())
    }

    pub(crate) fn fits(&self, weight: u32) -> bool {
        self.width(weight) <= self.free()
    }

    pub(crate) fn in_use(&self) -> u32 {
        self.taken
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit.min(self.cap)
    }

    /// For a time there are no more than that, at least one, whatever else is said.
    pub(crate) fn cap(&mut self, cap: u32, now: Seconds) {
        self.cap = cap.max(1);
        self.keep_clock(now);
    }

    /// Changes how many there are, at least one. Where more are taken they are
    /// let end, and none is taken until fewer are.
    pub(crate) fn resize(&mut self, limit: u32, now: Seconds) {
        self.limit = limit.max(1);
        self.keep_clock(now);
    }

    /// A slot for what weighs so much, and how much of the room that takes.
    pub(crate) fn take(&mut self, weight: u32, now: Seconds) -> Option<(u32, u64)> {
        if !self.fits(weight) {
            return None;
        }
        let width = self.width(weight);
        self.taken += 1;
        self.weight += width;
        self.keep_clock(now);
        let slot = match self.returned.pop() {
            Some(Reverse(slot)) => slot,
            None => {
                self.fresh += 1;
                self.fresh - 1
            }
        };
        Some((slot, width))
    }

    pub(crate) fn give(&mut self, (slot, width): (u32, u64), now: Seconds) {
        self.taken -= 1;
        self.weight -= width;
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
    use alloc::vec::Vec;

    const ONE: u64 = WHOLE as u64;

    fn take(slots: &mut Slots, at: Seconds) -> Option<u32> {
        slots.take(WHOLE, at).map(|(slot, _)| slot)
    }

    #[test]
    fn the_smallest_free_number_first() {
        let at = Seconds::from_secs;
        let mut slots = Slots::new(3);
        assert_eq!(
            [take(&mut slots, at(0)), take(&mut slots, at(0)), take(&mut slots, at(1))],
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!(take(&mut slots, at(2)), None);
        slots.give((3, ONE), at(4));
        slots.give((1, ONE), at(4));
        assert_eq!(take(&mut slots, at(5)), Some(1));
        assert_eq!(slots.full_clock(at(9)), at(3));
        assert_eq!(take(&mut slots, at(9)), Some(3));
        assert_eq!(slots.full_clock(at(10)), at(4));
    }

    #[test]
    fn fewer_slots_let_what_runs_end() {
        let at = Seconds::from_secs;
        let mut slots = Slots::new(3);
        for _ in 0..3 {
            take(&mut slots, at(0));
        }
        slots.resize(1, at(1));
        slots.give((1, ONE), at(2));
        slots.give((2, ONE), at(2));
        assert_eq!((take(&mut slots, at(2)), slots.in_use()), (None, 1), "one still runs");
        slots.give((3, ONE), at(3));
        assert_eq!(slots.full_clock(at(9)), at(3));
        assert_eq!(take(&mut slots, at(4)), Some(1));
        slots.resize(0, at(5));
        assert_eq!(slots.limit(), 1, "never none");
        slots.resize(4, at(5));
        slots.cap(1, at(5));
        assert_eq!(slots.limit(), 1, "the machine is in need");
        slots.cap(u32::MAX, at(5));
        assert_eq!(slots.limit(), 4, "as it was said meanwhile");
        slots.resize(1, at(5));
        slots.resize(2, at(6));
        assert_eq!(slots.full_clock(at(9)), at(5));
        assert_eq!(take(&mut slots, at(6)), Some(2));
    }

    #[test]
    fn weights_share_slots_and_the_widest_run_alone() {
        let now = Seconds::ZERO;
        let mut slots = Slots::new(2);
        let halves: Vec<u32> =
            (0..5).filter_map(|_| slots.take(500, now)).map(|(slot, _)| slot).collect();
        assert_eq!(halves, [1, 2, 3, 4], "four halves in two slots");
        (1..=4).for_each(|slot| slots.give((slot, 500), now));
        let (slot, width) = slots.take(5000, now).unwrap();
        assert_eq!((slot, width), (1, 2000), "as wide as there is");
        assert_eq!(slots.take(1, now), None);
        // fewer slots do not lose count of what runs
        slots.resize(1, now);
        slots.give((slot, width), now);
        assert_eq!((slots.free(), slots.in_use()), (1000, 0));
    }
}
