//! When the next operation is due, where load is generated: a rule before readiness.
//!
//! In an open loop operations come at times of their own, however long those before them
//! take, as users do who do not know of one another. Each has the start that was meant for
//! it, its intended start; how late it really begins belongs to its latency. Who measures
//! from the real start leaves out what waited, just when the server was slow: coordinated
//! omission (Tene 2015). In a closed loop each of so many users comes again when the one
//! before has ended (Schroeder, Wierman and Harchol-Balter 2006 on what differs).
//!
//! Nothing is kept of operations that are due and cannot start: the next intended start
//! follows from the one before, so however long the queue, it takes no memory.

use crate::backoff::splitmix;
use crate::engine::Engine;
use crate::gate::{Passage, Throttle};
use crate::op::{Cause, Key};
use record::Seconds;

/// How operations come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrivals {
    /// Who decides when.
    pub pattern: Pattern,
    /// How the load begins.
    pub ramp: Option<Ramp>,
    /// Nothing comes from this time on, from the first that could have come.
    pub until: Option<Seconds>,
}

/// Who decides when the next operation comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pattern {
    /// Closed loop: the end of another, since there are so many users as slots.
    Users,
    /// Open loop: so many a second, at the same distance from each other.
    Even(f64),
    /// Open loop: so many a second on average, each independent of the others.
    Poisson {
        /// How many a second.
        rate: f64,
        /// The same seed gives the same times.
        seed: u64,
    },
}

/// How the load rises to what was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// How long that takes.
    pub over: Seconds,
    /// Along which curve.
    pub form: RampForm,
}

/// The curve of a ramp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RampForm {
    /// A straight line from nothing.
    Linear,
    /// From a hundredth, by the same factor in the same time.
    Exponential,
}

/// By how much an exponential ramp rises.
const RISE: f64 = 100.0;

impl Ramp {
    fn over(self) -> f64 {
        self.over.as_f64()
    }

    /// The time at which the load, as a share of all of it and summed up over time, is
    /// `sum` seconds: the inverse of the integral of the curve.
    fn inverse(self, sum: f64) -> f64 {
        let over = self.over();
        let whole = self.sum_of_all();
        if sum >= whole {
            return over + (sum - whole);
        }
        match self.form {
            RampForm::Linear => libm::sqrt(2.0 * over * sum),
            RampForm::Exponential => {
                let growth = libm::log(RISE);
                over / growth * libm::log1p(sum * growth * RISE / over)
            }
        }
    }

    /// The integral of the curve up to its end, in seconds of the whole load.
    fn sum_of_all(self) -> f64 {
        match self.form {
            RampForm::Linear => self.over() / 2.0,
            RampForm::Exponential => self.over() / libm::log(RISE) * (1.0 - 1.0 / RISE),
        }
    }

    /// When there is a user more than `number`, of `all`.
    fn user_comes(self, number: u32, all: u32) -> f64 {
        let all = f64::from(all.max(1));
        match self.form {
            RampForm::Linear => self.over() * f64::from(number) / all,
            RampForm::Exponential => {
                let share = (f64::from(number) + 1.0) / all;
                (self.over() * (1.0 + libm::log(share) / libm::log(RISE))).max(0.0)
            }
        }
    }
}

/// The arrivals of a run.
#[derive(Debug)]
pub(crate) struct Arrival {
    rules: Arrivals,
    /// The first that could have come.
    origin: Option<Seconds>,
    /// How many have come.
    count: u64,
    /// The sum of the rate up to the next arrival: how many were to be expected by then.
    expected: f64,
    /// When it was last asked if one is due.
    asked: Seconds,
}

impl Arrival {
    pub(crate) fn new(rules: Arrivals) -> Self {
        let asked = Seconds::from_micros(-1);
        let mut arrival = Arrival { rules, origin: None, count: 0, expected: 0.0, asked };
        arrival.expected = arrival.first_gap();
        arrival
    }

    /// In a Poisson process even the first is waited for.
    fn first_gap(&self) -> f64 {
        match self.rules.pattern {
            Pattern::Poisson { seed, .. } => exponential(seed, 0),
            Pattern::Users | Pattern::Even(_) => 0.0,
        }
    }

    /// When the next one is due, where it may not be now; users in use and in all.
    fn due(&self, (busy, users): (u32, u32)) -> Option<Seconds> {
        let origin = self.origin?;
        let after = match (self.rules.pattern, self.rules.ramp) {
            (Pattern::Users, None) => 0.0,
            (Pattern::Users, Some(ramp)) => ramp.user_comes(busy, users),
            (Pattern::Even(rate) | Pattern::Poisson { rate, .. }, ramp) => {
                let sum = self.expected / rate;
                ramp.map_or(sum, |ramp| ramp.inverse(sum))
            }
        };
        Some(origin + Seconds::from_f64(after))
    }

    /// Nothing comes from now on: the time is over, or nothing is due before it is.
    fn is_over(&self, now: Seconds, users: (u32, u32)) -> bool {
        let Some((origin, until)) = self.origin.zip(self.rules.until) else { return false };
        match self.rules.pattern {
            Pattern::Users => now >= origin + until,
            Pattern::Even(_) | Pattern::Poisson { .. } => {
                self.due(users).is_some_and(|due| due >= origin + until)
            }
        }
    }

    /// One has come; when it was due, in an open loop.
    fn take(&mut self, users: (u32, u32)) -> Option<Seconds> {
        let due = self.due(users);
        self.count += 1;
        match self.rules.pattern {
            Pattern::Users => return None,
            // not by adding up, which would lose a little each time
            Pattern::Even(_) => self.expected = self.count as f64,
            Pattern::Poisson { seed, .. } => self.expected += exponential(seed, self.count),
        }
        due
    }
}

/// A gap of a Poisson process of rate 1, by inversion (Devroye 1986); time is stretched by
/// the rate afterwards, also by one that changes (Cinlar 1975).
fn exponential(seed: u64, number: u64) -> f64 {
    let word = splitmix(splitmix(seed) ^ number);
    let unit = ((word >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    -libm::log(unit)
}

impl Engine {
    fn users(&self) -> (u32, u32) {
        (self.slots.in_use(), self.slots.limit())
    }

    /// An operation is due, or none has to be waited for.
    pub(crate) fn is_due(&mut self, now: Seconds) -> bool {
        let users = self.users();
        let Some(arrival) = &mut self.arrival else { return true };
        arrival.origin.get_or_insert(now);
        arrival.asked = now;
        let over = arrival.is_over(now, users);
        !over && arrival.due(users).is_none_or(|due| due <= now)
    }

    /// Nothing more comes: the time of the load is over.
    pub fn load_is_over(&self, now: Seconds) -> bool {
        self.arrival.as_ref().is_some_and(|arrival| arrival.is_over(now, self.users()))
    }

    /// When the next operation is wanted although nothing has happened. What was due when that
    /// was last asked waits for the input, or for somebody's end.
    pub(crate) fn next_arrival(&self) -> Option<Seconds> {
        let arrival = self.arrival.as_ref().filter(|_| !self.input_ended && !self.held)?;
        if !self.has_room() {
            return None;
        }
        let due = arrival.due(self.users())?;
        let end = arrival.origin.zip(arrival.rules.until).map(|(origin, until)| origin + until);
        let next = end.map_or(due, |end| due.min(end));
        let end = end.filter(|end| *end > arrival.asked && arrival.rules.pattern == Pattern::Users);
        Some(next).filter(|next| *next > arrival.asked).or(end)
    }

    /// An operation has come: what it has waited already is counted.
    pub(crate) fn arrives(&mut self, now: Seconds, key: Key) {
        let (users, freed) = (self.users(), self.slots.freed());
        let Some(arrival) = &mut self.arrival else { return };
        let Some(intended) = arrival.take(users) else { return };
        let late = (now - intended).max(Seconds::ZERO);
        // it could not start before one was free; from then on it was we who were late
        let by_slot = (freed - intended).max(Seconds::ZERO).min(late);
        let Some(op) = self.op(key) else { return };
        op.intended = Some(intended);
        op.queued += late;
        op.lose(Cause::Slot, by_slot);
        op.lose(Cause::Start, late - by_slot);
    }

    /// When an operation was to start, in an open loop.
    pub fn intended(&self, key: Key) -> Option<Seconds> {
        self.op_at(key)?.intended
    }

    /// Fewer users are there than slots, for now: nothing else starts before that time.
    pub(crate) fn ramp(&mut self, now: Seconds) -> Option<Passage> {
        let users = self.users();
        let arrival = self.arrival.as_mut()?;
        if arrival.rules.pattern != Pattern::Users || arrival.rules.ramp.is_none() {
            return None;
        }
        arrival.origin.get_or_insert(now);
        let due = arrival.due(users).filter(|due| *due > now)?;
        Some(self.gate.shut(now, (Throttle::Ramp, due)))
    }
}

#[cfg(test)]
mod tests;
