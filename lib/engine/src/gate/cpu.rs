//! How busy the CPUs have been in the last second, and how fast starts may follow one
//! another below the limit: what has just been started does not show yet.

use crate::machine::CpuTime;
use alloc::collections::VecDeque;
use record::Seconds;

/// Readings lie this far apart at least: the kernel counts in hundredths of a second.
pub(super) const STEP: Seconds = Seconds::from_micros(100_000);

/// What the share is a mean over.
const WINDOW: Seconds = Seconds::from_secs(1);

/// Starts between two readings, at most.
const MOST: u32 = 1 << 16;

/// The share of the last second, from readings of counters.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy {
    readings: VecDeque<(Seconds, CpuTime)>,
    /// The kernel tells.
    known: bool,
    share: Option<f64>,
    /// Starts that may follow a reading: twice as many while they are used up and the share
    /// stays below the limit, half as many when it does not.
    pace: u32,
    left: u32,
}

impl Busy {
    pub(super) fn saw(&mut self, now: Seconds, cpu: Option<CpuTime>, limit: f64) {
        self.known = cpu.is_some();
        let Some(cpu) = cpu else { return };
        let last = self.readings.back().map(|(at, _)| *at);
        if last.is_some_and(|at| now < at + STEP) {
            return;
        }
        // who has not looked for long knows nothing of the last second
        while self.readings.front().is_some_and(|(at, _)| *at + WINDOW < now) {
            self.readings.pop_front();
        }
        self.readings.push_back((now, cpu));
        self.share = self.measure();
        let Some(share) = self.share else { return };
        if share < limit {
            self.pace = if self.left == 0 { self.pace.saturating_mul(2) } else { self.pace };
            self.pace = self.pace.clamp(1, MOST);
            self.left = self.pace;
        } else {
            self.pace = (self.pace / 2).max(1);
            self.left = 0;
        }
    }

    fn measure(&self) -> Option<f64> {
        let ((_, then), (_, now)) = (self.readings.front()?, self.readings.back()?);
        let all = (now.all - then.all).as_f64();
        (all > 0.0).then(|| (now.busy - then.busy).as_f64() / all)
    }

    /// Until when nothing may start, while others run.
    pub(super) fn shut_until(&self) -> Option<Seconds> {
        let last = self.readings.back().filter(|_| self.known)?.0;
        let waits = self.share.is_none() || self.left == 0;
        waits.then(|| last + STEP)
    }

    /// Something starts.
    pub(super) fn pass(&mut self) {
        self.left = self.left.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> Seconds {
        Seconds::from_micros(millis * 1000)
    }

    #[test]
    fn it_is_the_mean_of_a_second_and_starts_are_paced() {
        let mut busy = Busy::default();
        let mut worked = 0;
        let mut saw = |at: i64, percent: i64| {
            worked += percent;
            let cpu = CpuTime { busy: millis(worked), all: millis(at) };
            busy.saw(millis(at), Some(cpu), 0.8);
            busy.clone()
        };
        assert_eq!(saw(0, 0).shut_until(), Some(millis(100)), "not known yet");
        let first = saw(100, 50);
        assert_eq!((first.share, first.left, first.shut_until()), (Some(0.5), 1, None));
        assert_eq!(saw(150, 0).share, Some(0.5), "too early for another reading");
        // a start left over: no faster
        assert_eq!(saw(200, 50).left, 1);
        let above = saw(300, 150);
        assert_eq!((above.left, above.shut_until()), (0, Some(millis(400))));
        // of what was more than a second ago nothing is known
        assert_eq!(saw(5000, 4000).share, None);
    }

    #[test]
    fn starts_come_faster_while_they_are_used_up() {
        let mut busy = Busy::default();
        let mut allowed = alloc::vec::Vec::new();
        for step in 0..6 {
            let at = millis(step * 100);
            let cpu = CpuTime { busy: Seconds::ZERO, all: at };
            busy.saw(at, Some(cpu), 0.8);
            allowed.push(busy.left);
            while busy.shut_until().is_none() {
                busy.pass();
            }
        }
        assert_eq!(allowed, [0, 1, 2, 4, 8, 16]);
        busy.saw(millis(600), None, 0.8);
        assert_eq!(busy.shut_until(), None, "what nobody knows holds nothing back");
    }
}
