//! What the judge keeps of weights, keys, rates and what is used up.

use super::{Judge, Verdict};
use crate::keyed::Scope;
use crate::rate::{Pace, Rate};
use crate::slots::WHOLE;
use crate::{Feeding, Spec};
use alloc::format;
use record::{Amount, Seconds};

/// An attempt that was started.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    op: usize,
    at: Seconds,
}

/// Ends the judgement unless the condition holds; the rest is what is said then.
macro_rules! must {
    ($holds:expr, $($said:tt)+) => {
        let holds: bool = $holds;
        if !holds {
            return Err(format!($($said)+));
        }
    };
}

fn weight(spec: &Spec) -> u64 {
    spec.weight.map_or(u64::from(WHOLE), Amount::as_millis)
}

impl Judge<'_> {
    fn spec(&self, op: usize) -> &Spec {
        &self.case.specs[op].0
    }

    /// What runs weighs so much; what is wider than all slots weighs as much as there were.
    pub fn weight_in_use(&self) -> u64 {
        let places = self.stages.iter().zip(&self.widths).filter(|(stage, _)| stage.has_a_place());
        places.map(|(_, width)| width).sum()
    }

    /// It would fit into what is free of the slots.
    pub fn is_narrow(&self, op: usize) -> bool {
        let taken = self.weight_in_use();
        taken == 0 || taken + weight(self.spec(op)) <= u64::from(self.limit.min(self.cap)) * 1000
    }

    fn of_key(&self, name: &str) -> usize {
        let has = |(op, stage): &(usize, &super::Stage)| {
            stage.has_a_place() && self.spec(*op).key == name
        };
        self.stages.iter().enumerate().filter(has).count()
    }

    fn key_limit(&self, name: &str) -> usize {
        let rules = &self.config().admission;
        let limit = rules.key_limits.get(name).copied().or(rules.key_limit);
        limit.filter(|_| !name.is_empty()).map_or(usize::MAX, |limit| limit as usize)
    }

    /// Its key lets one more run.
    pub fn key_is_open(&self, op: usize) -> bool {
        let name = &self.spec(op).key;
        self.of_key(name) < self.key_limit(name)
    }

    /// Starts may be held back for a time.
    pub fn finds_rates(&self) -> bool {
        // an attempt may have been told to come again later
        let later = |(_, entry): &(Seconds, super::Entry)| {
            matches!(entry, super::Entry::Told(crate::Input::RetryAfter(..)))
        };
        !self.config().admission.rates.is_empty() || self.case.sim.log.iter().any(later)
    }

    /// It gets a place: among the slots, and among those of its key.
    pub fn has_room(&mut self, op: usize) -> Verdict {
        let (taken, own) = (self.weight_in_use(), weight(self.spec(op)));
        let narrow = self.is_narrow(op);
        must!(narrow, "{op} of {own} beside {taken} in {} slots", self.limit.min(self.cap));
        self.widths[op] = own.min(u64::from(self.limit.min(self.cap)) * 1000);
        let name = self.spec(op).key.clone();
        must!(self.key_is_open(op), "{} of key {name} run already", self.of_key(&name));
        self.is_of_a_kind(taken)?;
        self.keeps_order(op)
    }

    /// Lines of one key that ask for the same start in their order.
    fn keeps_order(&self, op: usize) -> Verdict {
        let own = self.spec(op);
        let ruled = self.config().feeding != Feeding::Lines
            || self.config().priorities.is_some()
            || own.key.is_empty()
            || !own.locks.is_empty()
            || self.attempts[op] > own.attempts;
        let same = |other: &Spec| {
            other.key == own.key
                && other.family == own.family
                && other.weight == own.weight
                && other.resources == own.resources
                && other.locks.is_empty()
                && !other.done
        };
        let passed = self.keys.values().find(|other| {
            let spec = self.spec(**other);
            **other < op
                && same(spec)
                && self.stages[**other] == super::Stage::Before
                && self.finals[**other] == 0
        });
        must!(ruled || passed.is_none(), "{op} passes {passed:?} of its key");
        Ok(())
    }

    /// It starts: that counts for the rates, and it uses up its own.
    pub fn counts(&mut self, op: usize) -> Verdict {
        self.started.push(Started { op, at: self.clock });
        for (scope, rate) in &self.config().admission.rates {
            let counts = |name: &str| match scope {
                Scope::Run => true,
                Scope::EachKey => !name.is_empty() && name == self.spec(op).key,
                Scope::Key(key) => key == name,
            };
            if counts(&self.spec(op).key) {
                self.holds(*rate, counts)?;
            }
        }
        if self.attempts[op] == self.spec(op).attempts {
            self.spent.insert((op, 0));
        }
        let cost = |spec: &Spec| -> u64 {
            spec.nonrenewable.iter().map(|(_, cost)| cost.as_millis()).sum()
        };
        let spent: u64 = self.spent.iter().map(|(op, _)| cost(self.spec(*op))).sum::<u64>();
        must!(spent <= 12_000, "{spent} of 12000 are used up");
        Ok(())
    }

    /// No window holds more than its starts; an even rate lets one through at its beginning.
    fn holds(&self, rate: Rate, counts: impl Fn(&str) -> bool) -> Verdict {
        let grain = self.case.sim.faults.grain;
        let mine = self.started.iter().rev().filter(|one| counts(&self.spec(one.op).key));
        let allowed = match rate.pace {
            Pace::Window => rate.starts,
            Pace::Even { burst } => rate.starts + burst,
        };
        let first = mine.clone().nth(allowed as usize).map(|one| one.at);
        // the clock that the engine is shown may be late by its grain
        let since = self.clock - rate.period + grain;
        must!(
            first.is_none_or(|at| at < since || at == since && grain > Seconds::ZERO),
            "{} starts in {} s",
            allowed + 1,
            rate.period
        );
        Ok(())
    }

    /// A lack: it has not started after all.
    pub fn has_not_started(&mut self, op: usize) {
        if let Some(at) = self.started.iter().rposition(|one| one.op == op) {
            self.started.remove(at);
        }
    }
}
