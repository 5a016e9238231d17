//! How many slots are best, found while the work runs.
//!
//! The [`Controller`] hears of starts and ends ([`Controller::started`],
//! [`Controller::ended`]), is shown the machine when it asks ([`Controller::deadline`],
//! [`Controller::look`]) and says how many slots there are to be, with the reason. Three
//! parts follow one another:
//!
//! - `ramp`: a slow start (Jacobson, 1988) by what the commands do at the moment: where they
//!   wait, twice as many may run, long before the first has ended; the ends then say whether
//!   the last doubling was one too many.
//! - `meter`: work done per second at a level, by Little's law (Little, 1961).
//! - `climb`: experiments. Each change is kept only if it is worth more than the noise, and
//!   undone otherwise; the smallest level within a few percent of the best is the best.
//!
//! `guards` stand over all of them. Whatever the readings say, the level stays between the
//! least and the most, and a wrong one costs time and nothing else.

mod climb;
mod guards;
mod manner;
mod meter;
mod ramp;
mod stepwise;
#[cfg(test)]
mod tests;
pub mod work;

pub use manner::Adapt;
pub use work::{Does, Own, Work};

use crate::class::WorkClass;
use crate::machine::Machine;
use crate::op::Key;
use alloc::string::String;
use climb::{Bounds, Climb};
use guards::{Guards, Rise, Verdict};
use manner::Manner;
use meter::{Extent, Meter};
use ramp::{Ramp, Wish};
use record::Seconds;
use stepwise::Stepwise;

/// Least time between two looks.
const SHORTEST: Seconds = Seconds::from_micros(1_000);

/// What a controller may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptRules {
    /// Fewest slots, at least one.
    pub least: u32,
    /// Most slots.
    pub most: u32,
    /// CPUs that may be used.
    pub cpus: u32,
    /// Time between two looks at the machine, and most that a measurement lasts where
    /// operations are shorter.
    pub every: Seconds,
    /// How bold it is; `None` is chosen by how much what it measures varies.
    pub adapt: Option<Adapt>,
}

/// What is shown to a controller.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// The machine.
    pub machine: Machine,
    /// What our own commands do at the moment.
    pub own: Own,
}

/// Another number of slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From now on.
    pub to: u32,
    /// Why.
    pub reason: String,
}

/// The part that has the word.
#[derive(Debug)]
enum Phase {
    Ramp(Ramp),
    Climb(Climb),
    Stepwise(Stepwise),
    Waiting,
}

/// Finds the best number of slots.
#[derive(Debug)]
pub struct Controller {
    rules: AdaptRules,
    level: u32,
    manner: Manner,
    meter: Meter,
    guards: Guards,
    phase: Phase,
    /// When it is to be shown the machine.
    due: Seconds,
    /// The latest time that it was told: time does not run backwards.
    now: Seconds,
    changes: u64,
}

impl Controller {
    /// One that begins now, with the slots of work of which nothing is known.
    pub fn new(mut rules: AdaptRules, now: Seconds) -> Self {
        rules.least = rules.least.max(1);
        rules.most = rules.most.max(rules.least);
        rules.cpus = rules.cpus.max(1);
        rules.every = rules.every.max(SHORTEST);
        let level = WorkClass::Mixed.slots(rules.cpus, 1.0).clamp(rules.least, rules.most);
        let manner = Manner::of(rules.adapt.unwrap_or(Adapt::Aggressive));
        let phase = match rules.adapt {
            Some(Adapt::Stepwise) => Phase::Stepwise(Stepwise::default()),
            Some(Adapt::Conservative) => Phase::Climb(Climb::new(now, level)),
            Some(Adapt::Aggressive) | None => Phase::Ramp(Ramp::new(now)),
        };
        let mut meter = Meter::default();
        meter.begin(now, level);
        let due = match &phase {
            Phase::Ramp(ramp) => now + ramp.pause(),
            _ => now + rules.every,
        };
        let guards = Guards::default();
        Controller { rules, level, manner, meter, guards, phase, due, now, changes: 0 }
    }

    /// Slots now.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// How often it has changed them.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// No more than so many from now on, for others have a part of them.
    pub fn bound(&mut self, now: Seconds, most: u32) -> Option<Change> {
        let now = self.pass(now);
        self.rules.most = most.max(self.rules.least);
        let reason = alloc::format!("{most} of the shared slots are ours");
        self.change(now, self.level, reason)
    }

    /// What the work that has ended is like, with how many have ended.
    pub fn class(&self) -> (WorkClass, u64) {
        self.meter.work.class()
    }

    fn pass(&mut self, now: Seconds) -> Seconds {
        self.now = self.now.max(now);
        self.now
    }

    /// An operation has been started; operations of a family are alike.
    pub fn started(&mut self, now: Seconds, key: Key, family: u32) {
        let now = self.pass(now);
        self.meter.started(now, key, family);
    }

    /// It has ended, and took this. If that ends a measurement, a look is due.
    pub fn ended(&mut self, now: Seconds, key: Key, work: &Work) {
        let now = self.pass(now);
        self.meter.ended(now, key, work);
        let is_told = match self.phase {
            Phase::Ramp(_) => self.meter.ended_here() == ramp::ENOUGH,
            Phase::Climb(_) => self.meter.is_full(now, Extent::new(self.manner, self.rules.every)),
            _ => false,
        };
        if is_told {
            self.due = now;
        }
    }

    /// When it wants to be shown the machine. While nothing runs there is nothing to see.
    pub fn deadline(&self) -> Option<Seconds> {
        (!self.meter.is_idle()).then_some(self.due)
    }

    /// It is shown the machine, and says what is to change.
    pub fn look(&mut self, now: Seconds, reading: &Reading) -> Option<Change> {
        let now = self.pass(now);
        self.due = now + self.rules.every;
        let shown = (reading, self.meter.work.cpu_share());
        let (to, reason) = match self.guards.judge(now, (self.rules, self.level), shown) {
            Verdict::Fewer(to, reason) => {
                self.phase = match core::mem::replace(&mut self.phase, Phase::Waiting) {
                    Phase::Stepwise(stepwise) => Phase::Stepwise(stepwise),
                    _ => Phase::Climb(Climb::new(now, to)),
                };
                (to, reason)
            }
            Verdict::Rise(rise) => self.next(now, reading, rise)?,
        };
        self.change(now, to, reason)
    }

    /// What the part that has the word wants.
    fn next(&mut self, now: Seconds, reading: &Reading, rise: Rise) -> Option<(u32, String)> {
        let most = if rise == Rise::Free { self.rules.most } else { self.level };
        let most = most.min(self.fitting(&reading.machine)).max(self.level);
        let bounds = Bounds { least: self.rules.least, most };
        match &mut self.phase {
            Phase::Waiting => None,
            Phase::Ramp(ramp) => {
                let shown = (reading, self.rules.cpus);
                let wish = ramp.step((&self.meter, now), shown, (self.level, bounds));
                self.due = now + ramp.pause();
                match wish {
                    Wish::Rise(to, reason) => Some((to, reason)),
                    Wish::Wait => None,
                    Wish::Hold(until) => {
                        self.due = until.max(now + ramp.pause()).min(now + self.rules.every);
                        None
                    }
                    Wish::Back(to, reason) => {
                        self.begin_to_climb(now);
                        Some((to, reason))
                    }
                    Wish::Over => {
                        let free = ramp.is_free();
                        self.begin_to_climb(now);
                        if let (Phase::Climb(climb), true) = (&mut self.phase, free) {
                            climb.rest();
                        }
                        None
                    }
                }
            }
            Phase::Climb(climb) => {
                if !self.meter.is_full(now, Extent::new(self.manner, self.rules.every)) {
                    return None;
                }
                let measure = self.meter.measure(now)?;
                if self.rules.adapt.is_none() {
                    self.manner = Manner::by_noise(measure.noise);
                }
                let wish = climb.next(now, (&measure, self.manner), (self.level, bounds));
                self.meter.begin(now, self.level);
                wish
            }
            Phase::Stepwise(stepwise) => {
                let busy = self.guards.busy();
                stepwise.next(&mut self.meter, busy, (self.level, bounds))
            }
        }
    }

    /// So many operations as large as those that have ended have room in the memory that
    /// is available, beside those that run.
    fn fitting(&self, machine: &Machine) -> u32 {
        let each = self.meter.work.rss_each();
        match machine.free_memory() {
            Some(available) if each > 0 => {
                let more = (available - available / 8) / each;
                self.meter.running().saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
            }
            _ => u32::MAX,
        }
    }

    fn begin_to_climb(&mut self, now: Seconds) {
        self.phase = Phase::Climb(Climb::new(now, self.level));
        self.meter.begin(now, self.level);
    }

    fn change(&mut self, now: Seconds, to: u32, reason: String) -> Option<Change> {
        let to = to.clamp(self.rules.least, self.rules.most);
        if to == self.level {
            return None;
        }
        self.level = to;
        self.changes += 1;
        self.meter.begin(now, to);
        Some(Change { to, reason })
    }
}
