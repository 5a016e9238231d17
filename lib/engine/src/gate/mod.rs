//! Starts held back although a slot is free: a pause between two of them, and
//! what the machine is like. The engine asks for a look at the machine only
//! when a start is wanted, and again after a while for as long as it is held.
//!
//! `memory.rs` and `cpu.rs` have the rules of their figures, `emergency.rs` what is done when
//! the machine is in need, `watch.rs` looks at what runs and says who makes room.

mod cpu;
mod emergency;
mod memory;
mod watch;

pub use emergency::{Emergency, Figure, Measure};
pub use memory::{Evict, OwnMemory};
pub(crate) use watch::evicted;

use crate::engine::Engine;
use crate::machine::Machine;
use crate::message::Action;
use crate::op::Key;
use crate::stopwatch::Stopwatch;
use crate::timers::{Due, Timer};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use cpu::Busy;
use emergency::Emergencies;
use record::Seconds;

/// How long a look at the machine holds: the kernel has no event for these figures.
const LOOK_AGAIN: Seconds = Seconds::from_secs(1);

/// What must hold for a start, beyond a slot, resources and locks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GateRules {
    /// Least time between two starts.
    pub delay: Option<Seconds>,
    /// Fewer tasks than that run or wait for a disk.
    pub load: Option<f64>,
    /// That many bytes of memory are available. Below half of it the youngest
    /// attempt is ended and its operation is started again later.
    pub memory: Option<u64>,
    /// No greater share of the memory is used, of the machine's or of our control group's.
    pub most_memory: Option<f64>,
    /// What the run's own operations may use.
    pub own: Option<OwnMemory>,
    /// Who makes room where more than `most_memory` is used, by half of what is left then.
    pub evict: Evict,
    /// The CPUs were busy for a smaller share of the last second; one operation always runs.
    pub busy: Option<f64>,
    /// Pages do not go to swap and come from it at once.
    pub no_swapping: bool,
    /// What is done when the machine is in need.
    pub emergencies: Vec<Emergency>,
    /// The caller is told when tasks stand still for want of memory, and looks then.
    pub told_of_stalls: bool,
}

impl GateRules {
    fn looks_at_the_machine(&self) -> bool {
        self.load.is_some()
            || self.looks_at_memory()
            || self.busy.is_some()
            || self.no_swapping
            || !self.emergencies.is_empty()
    }

    fn looks_at_memory(&self) -> bool {
        self.memory.is_some() || self.most_memory.is_some() || self.own.is_some()
    }
}

/// What holds starts back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Throttle {
    /// Somebody has said so, until he says otherwise.
    Pause,
    /// The pause between two starts.
    Delay,
    /// Too many tasks run.
    Load,
    /// The CPUs are too busy.
    Cpu,
    /// Too little memory is available.
    Memory,
    /// The run's own operations use too much memory.
    OwnMemory,
    /// A rule for emergencies.
    Emergency,
    /// The machine swaps.
    Swap,
    /// The load has only begun to rise.
    Ramp,
}

impl Throttle {
    /// The word in `blocked_s`.
    pub const fn word(self) -> &'static str {
        match self {
            Throttle::Pause => "pause",
            Throttle::Delay => "delay",
            Throttle::Load => "load",
            Throttle::Cpu => "cpu",
            Throttle::Memory => "memory",
            Throttle::OwnMemory => "own-memory",
            Throttle::Emergency => "emergency",
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
    /// Nothing starts until somebody says so.
    Paused,
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
    busy: Busy,
    emergencies: Emergencies,
    paused: bool,
    /// Attempts that run.
    running: u32,
    shut_by: Option<Throttle>,
    shut: Stopwatch,
    /// How often each has held starts back, and how long in all.
    held: BTreeMap<Throttle, (u64, Stopwatch)>,
    /// When to ask again, if a timer is set.
    timer: Option<Seconds>,
    /// A timer for the memory of what runs is set.
    watching: bool,
}

impl Gate {
    pub(crate) fn new(rules: GateRules) -> Self {
        Gate { emergencies: Emergencies::new(&rules.emergencies), rules, ..Gate::default() }
    }

    /// An attempt may be ended for want of memory and started again.
    pub(crate) fn may_end_attempts(&self) -> bool {
        self.rules.may_evict()
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

    /// Whether something may start now, while so many run.
    pub(crate) fn passage(&mut self, now: Seconds, running: u32) -> Passage {
        self.running = running;
        if self.rules.busy.is_some() {
            self.busy.runs(now, running);
        }
        let passage = self.ask(now);
        if passage == Passage::Open {
            self.is_open(now);
        }
        passage
    }

    fn ask(&mut self, now: Seconds) -> Passage {
        if self.paused {
            self.shut(now, (Throttle::Pause, now));
            return Passage::Paused;
        }
        let delay = self.rules.delay.unwrap_or(Seconds::ZERO);
        let earliest = self.last_start.map_or(now, |last| last + delay);
        if earliest > now {
            return self.shut(now, (Throttle::Delay, earliest));
        }
        if !self.rules.looks_at_the_machine() {
            return Passage::Open;
        }
        let lasts = if self.rules.busy.is_some() { cpu::STEP } else { LOOK_AGAIN };
        match self.seen {
            Some((at, machine)) if now < at + lasts => match self.judge(machine) {
                Some((throttle, until)) => {
                    let until = until.unwrap_or(at + LOOK_AGAIN).min(at + lasts);
                    if until > now { self.shut(now, (throttle, until)) } else { Passage::Look }
                }
                None => Passage::Open,
            },
            _ => Passage::Look,
        }
    }

    /// What holds starts back, and until when if that is known.
    fn judge(&self, machine: Machine) -> Option<(Throttle, Option<Seconds>)> {
        let too_much = |limit: f64| machine.load.is_some_and(|load| load as f64 >= limit);
        if self.rules.load.is_some_and(too_much) {
            return Some((Throttle::Load, None));
        }
        if let Some(memory) = self.rules.lacks_memory(machine) {
            // what our own operations use must not keep all of them from running
            let own = memory == Throttle::OwnMemory && self.running == 0;
            if !own {
                return Some((memory, None));
            }
        }
        if self.rules.no_swapping && self.swapping {
            return Some((Throttle::Swap, None));
        }
        // the others may hold what they measure down for ever: one always runs
        if self.running == 0 {
            return None;
        }
        if self.emergencies.holds_starts() {
            return Some((Throttle::Emergency, None));
        }
        let busy = self.rules.busy.and_then(|limit| self.busy.shut_until(limit));
        busy.map(|until| (Throttle::Cpu, Some(until)))
    }

    pub(crate) fn shut(&mut self, now: Seconds, (throttle, until): (Throttle, Seconds)) -> Passage {
        if self.shut_by != Some(throttle) || !self.shut.is_running() {
            self.stop_held(now);
            let (times, clock) = self.held.entry(throttle).or_default();
            *times += 1;
            clock.start(now);
        }
        self.shut_by = Some(throttle);
        self.shut.start(now);
        Passage::Shut(until)
    }

    fn stop_held(&mut self, now: Seconds) {
        self.held.values_mut().for_each(|(_, clock)| clock.stop(now));
    }

    fn is_open(&mut self, now: Seconds) {
        self.shut.stop(now);
        self.stop_held(now);
    }

    fn saw(&mut self, now: Seconds, machine: Machine) {
        let both =
            |(before, after): ((u64, u64), (u64, u64))| after.0 > before.0 && after.1 > before.1;
        self.swapping = self.swapped.zip(machine.swapped).is_some_and(both);
        self.swapped = machine.swapped;
        if let Some(limit) = self.rules.busy {
            self.busy.saw(now, machine.cpu, limit);
        }
        self.seen = Some((now, machine));
    }

    /// Something starts: the clock stops, and the next start needs a look of its own.
    pub(crate) fn pass(&mut self, now: Seconds) {
        self.is_open(now);
        self.last_start = Some(now);
        self.seen = None;
    }

    /// The look shows that what runs has too little memory.
    fn is_short(&self) -> bool {
        let short = self.seen.is_some_and(|(_, machine)| self.rules.is_short(machine));
        short || self.emergencies.evicts_now()
    }
}

impl Engine {
    /// Whether something may start. Where it may not, a timer asks again.
    pub(crate) fn passage(&mut self, now: Seconds) -> Passage {
        let running = self.slots.in_use();
        let passage = self.ramp(now).unwrap_or_else(|| self.gate.passage(now, running));
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

    /// Nothing starts until [`Engine::resume_starts`]; what runs goes on.
    pub(crate) fn pause_starts(&mut self) {
        self.gate.paused = true;
    }

    pub(crate) fn resume_starts(&mut self) {
        self.gate.paused = false;
    }

    /// Somebody has said that nothing starts.
    pub fn is_paused(&self) -> bool {
        self.gate.paused
    }

    /// What holds starts back now.
    pub fn held_by(&self) -> Option<Throttle> {
        self.gate.shut_by.filter(|_| self.gate.is_shut())
    }

    /// What has held starts back: how often, and how long in all.
    pub fn held(&self, now: Seconds) -> Vec<(Throttle, u64, Seconds)> {
        let read = |(throttle, (times, clock)): (&Throttle, &(u64, Stopwatch))| {
            (*throttle, *times, clock.read(now))
        };
        self.gate.held.iter().map(read).collect()
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
        assert_eq!(gate.passage(at(1), 1), Passage::Open, "the first is not held");
        gate.pass(at(1));
        assert_eq!(gate.passage(at(2), 1), Passage::Shut(at(6)));
        assert_eq!(gate.passage(at(6), 1), Passage::Open);
        gate.pass(at(6));
        assert_eq!((gate.clock(at(9)), gate.shut_by()), (at(4), Some(Throttle::Delay)));
    }

    #[test]
    fn each_start_needs_a_look_of_its_own() {
        let rules = GateRules { load: Some(2.0), ..GateRules::default() };
        let mut gate = Gate::new(rules);
        let load = |load| Machine { load: Some(load), ..Machine::default() };
        assert_eq!(gate.passage(at(0), 1), Passage::Look);
        gate.saw(at(0), load(1));
        assert_eq!(gate.passage(at(0), 1), Passage::Open);
        gate.pass(at(0));
        assert_eq!(gate.passage(at(0), 1), Passage::Look);
        gate.saw(at(0), load(2));
        assert_eq!(gate.passage(at(0), 1), Passage::Shut(at(1)));
        assert_eq!(gate.passage(at(1), 1), Passage::Look);
        gate.saw(at(1), Machine::default());
        assert_eq!(gate.passage(at(1), 1), Passage::Open, "what nobody knows holds nothing back");
    }

    #[test]
    fn swapping_is_both_ways_between_two_looks() {
        let mut gate = Gate::new(GateRules { no_swapping: true, ..GateRules::default() });
        let mut look = |now, swapped| {
            gate.saw(at(now), Machine { swapped: Some(swapped), ..Machine::default() });
            gate.passage(at(now), 1)
        };
        assert_eq!(look(0, (100, 100)), Passage::Open, "one look shows no movement");
        assert_eq!(look(1, (101, 101)), Passage::Shut(at(2)));
        assert_eq!(look(2, (101, 109)), Passage::Open, "out alone makes room, and is over soon");
    }
}
