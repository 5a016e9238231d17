//! Starts held back although a slot is free: a pause between two of them, and
//! what the machine is like. The engine asks for a look at the machine only
//! when a start is wanted, and again after a while for as long as it is held.

use crate::engine::Engine;
use crate::machine::Machine;
use crate::message::Action;
use crate::op::{Key, State, Stop};
use crate::stopwatch::Stopwatch;
use crate::timers::{Due, Timer};
use record::Seconds;

/// How long a look at the machine holds: the kernel has no event for these figures.
const LOOK_AGAIN: Seconds = Seconds::from_secs(1);

/// What must hold for a start, beyond a slot, resources and locks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GateRules {
    /// Least time between two starts.
    pub delay: Option<Seconds>,
    /// Fewer tasks than that run or wait for a disk.
    pub load: Option<f64>,
    /// That many bytes of memory are available. Below half of it the youngest
    /// attempt is ended and its operation is started again later.
    pub memory: Option<u64>,
    /// Pages do not go to swap and come from it at once.
    pub no_swapping: bool,
}

impl GateRules {
    fn looks_at_the_machine(&self) -> bool {
        self.load.is_some() || self.memory.is_some() || self.no_swapping
    }
}

/// What holds starts back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The pause between two starts.
    Delay,
    /// Too many tasks run.
    Load,
    /// Too little memory is available.
    Memory,
    /// The machine swaps.
    Swap,
    /// The load has only begun to rise.
    Ramp,
}

impl Throttle {
    /// The word in `blocked_s`.
    pub const fn word(self) -> &'static str {
        match self {
            Throttle::Delay => "delay",
            Throttle::Load => "load",
            Throttle::Memory => "memory",
            Throttle::Swap => "swap",
            Throttle::Ramp => "ramp",
        }
    }
}

/// The way through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Open,
    /// Nothing starts before that time.
    Shut(Seconds),
    /// It depends on the machine.
    Look,
}

/// The rules, what was seen last, and a clock that runs while starts are held back.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    rules: GateRules,
    last_start: Option<Seconds>,
    /// The last look that no start has used up.
    seen: Option<(Seconds, Machine)>,
    /// Pages swapped at the look before, and whether that was going on.
    swapped: Option<(u64, u64)>,
    swapping: bool,
    shut_by: Option<Throttle>,
    shut: Stopwatch,
    /// When to ask again, if a timer is set.
    timer: Option<Seconds>,
    /// A timer for the memory of what runs is set.
    watching: bool,
}

impl Gate {
    pub(crate) fn new(rules: GateRules) -> Self {
        Gate { rules, ..Gate::default() }
    }

    /// An attempt may be ended for want of memory and started again.
    pub(crate) fn may_end_attempts(&self) -> bool {
        self.rules.memory.is_some()
    }

    pub(crate) fn shut_by(&self) -> Option<Throttle> {
        self.shut_by
    }

    /// How long starts have been held back, in all, up to now.
    pub(crate) fn clock(&self, now: Seconds) -> Seconds {
        self.shut.read(now)
    }

    /// Nothing could start when that was last asked.
    pub(crate) fn is_shut(&self) -> bool {
        self.shut.is_running()
    }

    /// Whether something may start now.
    pub(crate) fn passage(&mut self, now: Seconds) -> Passage {
        let passage = self.ask(now);
        if passage == Passage::Open {
            self.shut.stop(now);
        }
        passage
    }

    fn ask(&mut self, now: Seconds) -> Passage {
        let delay = self.rules.delay.unwrap_or(Seconds::ZERO);
        let earliest = self.last_start.map_or(now, |last| last + delay);
        if earliest > now {
            return self.shut(now, (Throttle::Delay, earliest));
        }
        if !self.rules.looks_at_the_machine() {
            return Passage::Open;
        }
        match self.seen {
            Some((at, machine)) if now < at + LOOK_AGAIN => match self.judge(machine) {
                Some(throttle) => self.shut(now, (throttle, at + LOOK_AGAIN)),
                None => Passage::Open,
            },
            _ => Passage::Look,
        }
    }

    fn judge(&self, machine: Machine) -> Option<Throttle> {
        let too_much = |limit: f64| machine.load.is_some_and(|load| load as f64 >= limit);
        let too_little = |least: u64| machine.available.is_some_and(|free| free < least);
        if self.rules.load.is_some_and(too_much) {
            return Some(Throttle::Load);
        }
        if self.rules.memory.is_some_and(too_little) {
            return Some(Throttle::Memory);
        }
        (self.rules.no_swapping && self.swapping).then_some(Throttle::Swap)
    }

    pub(crate) fn shut(&mut self, now: Seconds, (throttle, until): (Throttle, Seconds)) -> Passage {
        self.shut_by = Some(throttle);
        self.shut.start(now);
        Passage::Shut(until)
    }

    fn saw(&mut self, now: Seconds, machine: Machine) {
        if let (Some(before), Some(after)) = (self.swapped, machine.swapped) {
            self.swapping = after.0 > before.0 && after.1 > before.1;
        }
        self.swapped = machine.swapped;
        self.seen = Some((now, machine));
    }

    /// Something starts: the clock stops, and the next start needs a look of its own.
    pub(crate) fn pass(&mut self, now: Seconds) {
        self.shut.stop(now);
        self.last_start = Some(now);
        self.seen = None;
    }

    /// The look shows that what runs has too little memory.
    fn is_short(&self) -> bool {
        let available = self.seen.and_then(|(_, machine)| machine.available);
        match (self.rules.memory, available) {
            (Some(least), Some(available)) => available < least / 2,
            _ => false,
        }
    }
}

impl Engine {
    /// Whether something may start. Where it may not, a timer asks again.
    pub(crate) fn passage(&mut self, now: Seconds) -> Passage {
        let passage = self.ramp(now).unwrap_or_else(|| self.gate.passage(now));
        match passage {
            Passage::Shut(until) if self.gate.timer.is_none_or(|at| until < at) => {
                self.gate.timer = Some(until);
                self.timers.set(Timer { at: until, key: Key::MAX, epoch: 0, due: Due::Gate });
            }
            Passage::Look => self.actions.push_back(Action::Look),
            _ => {}
        }
        passage
    }

    /// The time has come to ask again.
    pub(crate) fn gate_is_due(&mut self) {
        self.gate.timer = None;
    }

    /// What the machine is like: the youngest attempt goes when memory runs out.
    /// The oldest never does, so that the run comes to its end.
    pub(crate) fn saw(&mut self, now: Seconds, machine: Machine) {
        self.gate.saw(now, machine);
        if self.gate.is_short()
            && self.slots.in_use() > 1
            && let Some(youngest) = self.youngest()
        {
            self.stop_attempt(now, youngest, Stop::Memory);
        }
    }

    fn youngest(&self) -> Option<Key> {
        let runs = |key: &Key| {
            let op = self.ops[*key as usize].as_ref();
            op.is_some_and(|op| matches!(op.state, State::Running { ending: None, .. }))
        };
        let mut running: alloc::vec::Vec<Key> = (0..self.ops.len() as Key).filter(runs).collect();
        // one at a time: its end gives back what there is too little of
        let is_being_ended = |key: &Key| {
            let op = self.ops[*key as usize].as_ref();
            op.is_some_and(|op| matches!(op.state, State::Running { stop: Some(Stop::Memory), .. }))
        };
        if running.len() < 2 || running.iter().any(is_being_ended) {
            return None;
        }
        running.sort_by_key(|key| {
            self.ops[*key as usize].as_ref().map(|op| (op.started, op.spec.seq))
        });
        running.pop()
    }

    /// While two or more run and memory counts, it is looked at now and then.
    pub(crate) fn watch_memory(&mut self, now: Seconds) {
        if self.gate.may_end_attempts() && self.slots.in_use() > 1 && !self.gate.watching {
            self.gate.watching = true;
            let at = now + LOOK_AGAIN;
            self.timers.set(Timer { at, key: Key::MAX, epoch: 0, due: Due::Watch });
        }
    }

    /// The time has come to look at the memory of what runs.
    pub(crate) fn watch_is_due(&mut self, now: Seconds) {
        self.gate.watching = false;
        if self.cancel.is_none() && self.slots.in_use() > 1 {
            self.actions.push_back(Action::Look);
            self.watch_memory(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Seconds {
        Seconds::from_secs(seconds)
    }

    #[test]
    fn starts_keep_their_distance() {
        let mut gate = Gate::new(GateRules { delay: Some(at(5)), ..GateRules::default() });
        assert_eq!(gate.passage(at(1)), Passage::Open, "the first is not held");
        gate.pass(at(1));
        assert_eq!(gate.passage(at(2)), Passage::Shut(at(6)));
        assert_eq!(gate.passage(at(6)), Passage::Open);
        gate.pass(at(6));
        assert_eq!((gate.clock(at(9)), gate.shut_by()), (at(4), Some(Throttle::Delay)));
    }

    #[test]
    fn each_start_needs_a_look_of_its_own() {
        let rules = GateRules { load: Some(2.0), ..GateRules::default() };
        let mut gate = Gate::new(rules);
        let load = |load| Machine { load: Some(load), ..Machine::default() };
        assert_eq!(gate.passage(at(0)), Passage::Look);
        gate.saw(at(0), load(1));
        assert_eq!(gate.passage(at(0)), Passage::Open);
        gate.pass(at(0));
        assert_eq!(gate.passage(at(0)), Passage::Look);
        gate.saw(at(0), load(2));
        assert_eq!(gate.passage(at(0)), Passage::Shut(at(1)));
        assert_eq!(gate.passage(at(1)), Passage::Look);
        gate.saw(at(1), Machine::default());
        assert_eq!(gate.passage(at(1)), Passage::Open, "what nobody knows holds nothing back");
    }

    #[test]
    fn swapping_is_both_ways_between_two_looks() {
        let mut gate = Gate::new(GateRules { no_swapping: true, ..GateRules::default() });
        let mut look = |now, swapped| {
            gate.saw(at(now), Machine { swapped: Some(swapped), ..Machine::default() });
            gate.passage(at(now))
        };
        assert_eq!(look(0, (100, 100)), Passage::Open, "one look shows no movement");
        assert_eq!(look(1, (101, 101)), Passage::Shut(at(2)));
        assert_eq!(look(2, (101, 109)), Passage::Open, "out alone makes room, and is over soon");
    }
}
