//! When samples are due: tick k at k intervals after the start, whatever the
//! samples themselves take. A late tick is not made up for by a burst.

use record::Seconds;

/// The ticks of one stream of samples; times are since its start.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    interval: i64,
    next: i64,
}

impl Ticks {
    /// The first tick is due at the start. An interval of zero counts as a microsecond.
    pub fn new(interval: Seconds) -> Self {
        Ticks { interval: interval.as_micros().max(1), next: 0 }
    }

    /// When the next tick is due.
    pub fn deadline(&self) -> Seconds {
        Seconds::from_micros(self.next.saturating_mul(self.interval))
    }

    /// Whether the next tick is due.
    pub fn is_due(&self, now: Seconds) -> bool {
        now >= self.deadline()
    }

    /// Takes the tick that is due: the latest one. Returns how many before it
    /// were left out.
    pub fn take(&mut self, now: Seconds) -> u64 {
        let latest = (now.as_micros() / self.interval).max(self.next);
        let missed = latest - self.next;
        self.next = latest + 1;
        missed.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_ticks_do_not_drift() {
        let mut ticks = Ticks::new(Seconds::from_micros(10_000));
        for k in 0..1000 {
            assert_eq!(ticks.deadline().as_micros(), k * 10_000);
            // each wake-up is late by another bit, the sample takes its time
            let now = ticks.deadline() + Seconds::from_micros((k * 7919) % 9_999);
            assert!(ticks.is_due(now));
            assert_eq!(ticks.take(now), 0);
            assert!(!ticks.is_due(now));
        }
        assert_eq!(ticks.deadline(), Seconds::from_secs(10));
    }

    #[test]
    fn a_late_tick_is_one_tick() {
        let mut ticks = Ticks::new(Seconds::from_secs(1));
        assert_eq!(ticks.take(Seconds::ZERO), 0);
        // stopped for a while: ticks 1, 2 and 3 are over, 4 is taken
        let now = Seconds::from_micros(4_300_000);
        assert!(ticks.is_due(now));
        assert_eq!(ticks.take(now), 3);
        assert!(!ticks.is_due(now));
        assert_eq!(ticks.deadline(), Seconds::from_secs(5));
    }
}
