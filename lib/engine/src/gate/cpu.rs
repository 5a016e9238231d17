//! How busy the CPUs have been in the last second, and how many commands keep them as busy as
//! they may be: what has just been started does not show in the figures of a second yet.

use crate::machine::CpuTime;
use alloc::collections::VecDeque;
use record::Seconds;

/// Readings lie this far apart at least: the kernel counts in hundredths of a second.
pub(super) const STEP: Seconds = Seconds::from_micros(100_000);

/// What the share is a mean over.
const WINDOW: Seconds = Seconds::from_secs(1);

/// Commands that run may become so many times as many between two readings.
const GROWTH: f64 = 2.0;

/// Counters at a time.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Seconds,
    cpu: CpuTime,
    /// Time that commands have run, all together, seconds.
    ran: f64,
}

/// The share of the last second, from readings of counters.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy {
    readings: VecDeque<Reading>,
    /// The kernel tells.
    known: bool,
    /// The CPUs were busy for so much of the last second.
    share: Option<f64>,
    /// So many commands would keep them busy for as much as they may be: as many as ran, times
    /// the limit over the share. Others' work is taken for ours, so that it is found step by step.
    target: f64,
    running: u32,
    since: Seconds,
    ran: f64,
}

impl Busy {
    /// So many commands run from now on.
    pub(super) fn runs(&mut self, now: Seconds, running: u32) {
        self.ran += f64::from(self.running) * (now - self.since).as_f64().max(0.0);
        (self.running, self.since) = (running, now);
    }

    pub(super) fn saw(&mut self, now: Seconds, cpu: Option<CpuTime>, limit: f64) {
        self.known = cpu.is_some();
        let Some(cpu) = cpu else { return };
        let last = self.readings.back().map(|last| last.at);
        if last.is_some_and(|at| now < at + STEP) {
            return;
        }
        // who has not looked for long knows nothing of the last second
        while self.readings.front().is_some_and(|first| first.at + WINDOW < now) {
            self.readings.pop_front();
        }
        self.runs(now, self.running);
        self.readings.push_back(Reading { at: now, cpu, ran: self.ran });
        let most = GROWTH * f64::from(self.running.max(1));
        let Some((share, ran)) = self.measure() else {
            (self.share, self.target) = (None, 0.0);
            return;
        };
        self.share = Some(share);
        self.target = if share > 0.0 { (ran * limit / share).min(most) } else { most };
    }

    /// How busy the CPUs were, and how many commands ran on the average.
    fn measure(&self) -> Option<(f64, f64)> {
        let (then, now) = (self.readings.front()?, self.readings.back()?);
        let (all, passed) = ((now.cpu.all - then.cpu.all).as_f64(), (now.at - then.at).as_f64());
        let busy = (now.cpu.busy - then.cpu.busy).as_f64();
        (all > 0.0 && passed > 0.0).then(|| (busy / all, (now.ran - then.ran) / passed))
    }

    /// Until when nothing may start, while others run.
    pub(super) fn shut_until(&self, limit: f64) -> Option<Seconds> {
        let last = self.readings.back().filter(|_| self.known)?.at;
        let running = f64::from(self.running);
        let fits = running + 1.0 <= self.target;
        // there may be no number of commands that keeps them exactly so busy
        let below = running < self.target && self.share.is_some_and(|share| share < limit);
        let opens = self.share.is_some() && (fits || below);
        (!opens).then(|| last + STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> Seconds {
        Seconds::from_micros(millis * 1000)
    }

    /// Readings of ten CPUs, which so many commands keep busy from then on.
    struct Watch {
        busy: Busy,
        at: i64,
        worked: i64,
    }

    impl Watch {
        fn new() -> Self {
            let mut one = Watch { busy: Busy::default(), at: 0, worked: 0 };
            one.after(0, 0, 0);
            one
        }

        fn after(&mut self, pause: i64, running: u32, percent: i64) -> &Busy {
            self.busy.runs(millis(self.at), running);
            self.at += pause;
            self.worked += pause * percent / 10;
            let cpu = CpuTime { busy: millis(self.worked), all: millis(10 * self.at) };
            self.busy.saw(millis(self.at), Some(cpu), 0.8);
            &self.busy
        }
    }

    #[test]
    fn it_is_the_mean_of_a_second() {
        let mut watch = Watch::new();
        assert_eq!(watch.busy.shut_until(0.8), Some(millis(100)), "not known yet");
        assert_eq!(watch.after(100, 4, 40).share, Some(0.4));
        assert_eq!(watch.after(50, 4, 100).share, Some(0.4), "too early for another reading");
        let share = watch.after(50, 4, 100).share;
        assert!(share.is_some_and(|share| (share - 0.7).abs() < 1e-9), "{share:?}");
        // of what was more than a second ago nothing is known
        assert_eq!(watch.after(5000, 4, 40).share, None);
    }

    #[test]
    fn twice_as_many_may_run_until_it_is_known_how_many_fit() {
        let mut watch = Watch::new();
        for (running, may) in [(1, 2.0), (2, 4.0), (4, 8.0), (8, 8.0)] {
            let busy = watch.after(100, running, i64::from(running) * 10);
            assert!((busy.target - may).abs() < 1e-9, "{}", busy.target);
        }
        assert_eq!(watch.busy.shut_until(0.8), Some(millis(500)), "eight are enough");
        watch.busy.runs(millis(410), 7);
        assert_eq!(watch.busy.shut_until(0.8), None, "one for each that has ended");
        watch.busy.saw(millis(500), None, 0.8);
        watch.busy.runs(millis(500), 9);
        assert_eq!(watch.busy.shut_until(0.8), None, "what nobody knows holds nothing back");
    }

    #[test]
    fn where_no_number_fits_one_more_runs_while_the_share_is_below() {
        let mut watch = Watch::new();
        // five CPUs each: 1.6 would fit
        for (running, percent, opens) in [(1, 50, true), (2, 100, true), (2, 100, false)] {
            let busy = watch.after(100, running, percent);
            assert!(busy.target > 1.59, "{}", busy.target);
            watch.busy.runs(millis(watch.at), 1);
            let open = watch.busy.shut_until(0.8).is_none();
            assert_eq!(open, opens, "{running} were busy for {percent} %");
        }
    }
}
