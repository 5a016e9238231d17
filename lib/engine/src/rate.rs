//! How many starts in a time: rates and quotas.
//!
//! A rate is even: a token bucket (the leaky bucket as a meter; Turner, 1986) in the form of the
//! generic cell rate algorithm (ITU-T I.371, 1996), which keeps one time instead of a count. After
//! a pause it lets a burst through, so that a window may see the burst beside its share.
//! A quota must hold in every window, wherever that begins, which no bucket with a burst does: the
//! times of the starts in the last period are kept, and the next waits until the oldest has left it.

use alloc::collections::VecDeque;
use record::Seconds;

/// How starts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Evenly, and so many at once after a pause.
    Even {
        /// Starts at once, at least one.
        burst: u32,
    },
    /// In any order, never more in any period.
    Window,
}

/// So many starts in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How they are counted.
    pub pace: Pace,
    /// Starts, at least one.
    pub starts: u32,
    /// The period, above zero.
    pub period: Seconds,
}

/// The smallest time.
const TICK: Seconds = Seconds::from_micros(1);

/// What of a rate has been used.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    rate: Rate,
    /// Even: when the bucket is empty again, in microseconds times starts, which leaves no rest.
    empty_at: i128,
    /// Window: starts of the last period.
    recent: VecDeque<Seconds>,
}

impl Meter {
    pub(crate) fn new(rate: Rate) -> Self {
        Meter { rate, empty_at: i128::MIN / 2, recent: VecDeque::new() }
    }

    pub(crate) fn is_quota(&self) -> bool {
        self.rate.pace == Pace::Window
    }

    /// When the next start may be, which may be in the past.
    pub(crate) fn opens(&self) -> Seconds {
        match self.rate.pace {
            Pace::Even { burst } => {
                let ahead = self.cost() * (i128::from(burst.max(1)) - 1);
                let starts = i128::from(self.rate.starts.max(1));
                // at most a tick early: what is cut off here is not lost, but comes with the next
                let micros = (self.empty_at - ahead).div_euclid(starts);
                Seconds::from_micros(i64::try_from(micros).unwrap_or(0))
            }
            Pace::Window => match self.recent.front() {
                // one tick more: a window has both its ends
                Some(oldest) if self.recent.len() >= self.rate.starts.max(1) as usize => {
                    *oldest + self.rate.period + TICK
                }
                _ => Seconds::ZERO,
            },
        }
    }

    /// Something starts.
    pub(crate) fn take(&mut self, now: Seconds) {
        match self.rate.pace {
            Pace::Even { .. } => {
                let since = i128::from(now.as_micros()) * i128::from(self.rate.starts.max(1));
                self.empty_at = self.empty_at.max(since) + self.cost();
            }
            Pace::Window => {
                while self.recent.front().is_some_and(|at| *at + self.rate.period < now) {
                    self.recent.pop_front();
                }
                self.recent.push_back(now);
            }
        }
    }

    /// What was to start at that time did not.
    pub(crate) fn give_back(&mut self, at: Seconds) {
        match self.rate.pace {
            Pace::Even { .. } => self.empty_at -= self.cost(),
            Pace::Window => {
                if let Some(place) = self.recent.iter().rposition(|start| *start == at) {
                    self.recent.remove(place);
                }
            }
        }
    }

    /// Nothing that it remembers matters any more.
    pub(crate) fn is_fresh(&self, now: Seconds) -> bool {
        match self.rate.pace {
            Pace::Even { .. } => {
                self.empty_at <= i128::from(now.as_micros()) * i128::from(self.rate.starts)
            }
            Pace::Window => self.recent.back().is_none_or(|at| *at + self.rate.period < now),
        }
    }

    /// One start, in microseconds times starts.
    fn cost(&self) -> i128 {
        i128::from(self.rate.period.as_micros().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backoff::splitmix;
    use alloc::vec::Vec;

    /// Whoever wants to start at any moment does so as soon as it may.
    fn starts(rate: Rate, count: usize, idle: impl Fn(usize) -> i64) -> Vec<Seconds> {
        let mut meter = Meter::new(rate);
        let mut now = Seconds::ZERO;
        (0..count)
            .map(|at| {
                now = now.max(meter.opens()) + Seconds::from_micros(idle(at));
                meter.take(now);
                now
            })
            .collect()
    }

    #[test]
    fn a_rate_is_even_and_loses_nothing() {
        let second = Seconds::from_secs(1);
        let rate = Rate { pace: Pace::Even { burst: 1 }, starts: 7, period: second };
        let at = starts(rate, 701, |_| 0);
        assert_eq!(at[700], Seconds::from_secs(100), "no rest is lost on the way");
        assert!(
            at.windows(2)
                .all(|pair| (142_857..=142_858).contains(&(pair[1] - pair[0]).as_micros()))
        );
    }

    #[test]
    fn a_burst_comes_after_a_pause() {
        let second = Seconds::from_secs(1);
        let rate = Rate { pace: Pace::Even { burst: 3 }, starts: 1, period: second };
        let at: Vec<i64> = starts(rate, 6, |_| 0).iter().map(|at| at.as_micros()).collect();
        assert_eq!(at, [0, 0, 0, 1_000_000, 2_000_000, 3_000_000]);
    }

    #[test]
    fn no_window_ever_holds_more_than_its_quota() {
        for seed in 0..200u64 {
            let quota = 1 + (splitmix(seed) % 9) as usize;
            let period = Seconds::from_micros(1 + (splitmix(seed + 1) % 5000) as i64);
            let rate = Rate { pace: Pace::Window, starts: quota as u32, period };
            let idle = |at: usize| match splitmix(seed ^ (at as u64) << 8) % 4 {
                0 => (splitmix(at as u64) % 4000) as i64,
                _ => 0,
            };
            let at = starts(rate, 300, idle);
            for window in at.windows(quota + 1) {
                assert!(window[quota] - window[0] > period, "seed {seed}");
            }
        }
    }

    #[test]
    fn a_start_that_was_not_is_not_counted() {
        let now = Seconds::from_secs(5);
        for pace in [Pace::Window, Pace::Even { burst: 1 }] {
            let mut meter = Meter::new(Rate { pace, starts: 1, period: Seconds::from_secs(10) });
            meter.take(now);
            assert!(meter.opens() > now);
            meter.give_back(now);
            assert!(meter.opens() <= now);
        }
    }
}
