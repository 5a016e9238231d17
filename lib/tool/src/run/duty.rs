//! `--cpu-limit` where no control group keeps it: all commands are stopped for as long as it
//! takes until what they have used is what they may have, and go on then. No stop is longer
//! than a part of a second, so that nothing starves.

use super::drive::Runner;
use super::machine::Own;
use super::settings::cpus;
use record::Seconds;
use std::path::Path;
use sys::signal;

/// What they have used is looked at so often while they run.
const LOOK: Seconds = Seconds::from_micros(100_000);

/// The longest stop.
const STOP: Seconds = Seconds::from_micros(900_000);

/// A bucket of CPU time, which fills at the rate that is allowed.
#[derive(Debug)]
struct Bucket {
    /// CPUs' time that they may have.
    rate: f64,
    /// Used beyond that, in seconds; below zero what was left over, for one look at most.
    debt: f64,
    before: Option<(Seconds, Seconds)>,
}

impl Bucket {
    /// How long they must stop now; `None` where they may go on.
    fn used(&mut self, now: Seconds, cpu: Seconds) -> Option<Seconds> {
        if let Some((then, used)) = self.before {
            let may = self.rate * (now - then).as_f64();
            let used = (cpu - used).as_f64().max(0.0);
            self.debt = (self.debt + used - may).max(-self.rate * LOOK.as_f64());
        }
        self.before = Some((now, cpu));
        let stop = Seconds::from_micros((self.debt / self.rate * 1e6) as i64);
        (stop > Seconds::ZERO).then(|| stop.min(STOP))
    }
}

/// Stops commands and lets them go on.
#[derive(Debug)]
pub struct Duty {
    bucket: Option<Bucket>,
    own: Option<Own>,
    due: Option<Seconds>,
    stopped: bool,
}

impl Duty {
    /// For a share of all CPUs; nothing without one.
    pub fn of(share: Option<f64>) -> Self {
        let bucket =
            share.map(|share| Bucket { rate: share * f64::from(cpus()), debt: 0.0, before: None });
        let own = bucket.as_ref().and_then(|_| Own::open(Path::new("/proc")).ok());
        Duty { bucket, own, due: None, stopped: false }
    }

    /// When it is to act again.
    pub fn due(&self) -> Option<Seconds> {
        self.due
    }
}

impl Runner {
    /// Stops or lets go on, if it is time.
    pub fn keep_duty(&mut self) {
        if !self.guard.by_stops {
            return;
        }
        let now = self.clock.now();
        if self.engine.running() == 0 {
            // the next one begins at once
            (self.oversight.duty.due, self.oversight.duty.stopped) = (None, false);
            return;
        }
        if self.oversight.duty.due.is_some_and(|due| due > now) {
            return;
        }
        if std::mem::take(&mut self.oversight.duty.stopped) {
            self.signal_all(signal::SIGCONT);
        }
        let Duty { bucket: Some(bucket), own: Some(own), .. } = &mut self.oversight.duty else {
            return;
        };
        let stop = own.cpu().and_then(|cpu| bucket.used(now, cpu));
        self.oversight.duty.due = Some(now + stop.unwrap_or(LOOK));
        if stop.is_some() {
            self.oversight.duty.stopped = true;
            self.oversight.acted.once("--cpu-limit stopped the jobs");
            self.signal_all(signal::SIGSTOP);
        }
    }

    fn signal_all(&mut self, number: i32) {
        for attempt in self.attempts.iter().flatten().filter(|one| one.exited.is_none()) {
            let _ = attempt.child.signal(number);
            self.strays.signal(attempt, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> Seconds {
        Seconds::from_micros(millis * 1000)
    }

    /// Commands that would use so many CPUs, under a rate, for so many seconds: what they get.
    fn gets(wanted: f64, rate: f64) -> f64 {
        let mut bucket = Bucket { rate, debt: 0.0, before: None };
        let (mut now, mut cpu) = (Seconds::ZERO, 0.0);
        let end = Seconds::from_secs(60);
        while now < end {
            match bucket.used(now, Seconds::from_micros((cpu * 1e6) as i64)) {
                Some(stop) => now += stop,
                None => {
                    now += LOOK;
                    cpu += wanted * LOOK.as_f64();
                    continue;
                }
            }
            // it goes on until the next look
            now += LOOK;
            cpu += wanted * LOOK.as_f64();
        }
        cpu / end.as_f64()
    }

    #[test]
    fn they_get_what_they_may_and_never_nothing() {
        for (wanted, rate, expected) in
            [(1.0, 2.0, 1.0), (2.0, 1.0, 1.0), (8.0, 1.0, 1.0), (2.0, 0.2, 0.2), (1.0, 0.5, 0.5)]
        {
            let got = gets(wanted, rate);
            assert!((got / expected - 1.0).abs() < 0.05, "{wanted} under {rate}: {got}");
        }
        assert!(gets(2.0, 0.001) > 0.0);
        let mut bucket = Bucket { rate: 0.001, debt: 0.0, before: None };
        bucket.used(millis(0), millis(0));
        assert_eq!(bucket.used(millis(100), millis(200)), Some(STOP), "however much it was");
    }
}
