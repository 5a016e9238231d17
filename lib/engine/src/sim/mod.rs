//! A simulated machine: virtual clock, scripted children, injected faults. The
//! only fake there is; tests of behaviour use it instead of processes.
//!
//! `children.rs` has the processes, `cpus.rs` what they compute on, `locks.rs` and `tokens.rs` what is shared with others,
//! `faults.rs` what goes wrong. Everything follows from one seed.

mod children;
mod cpus;
mod faults;
mod locks;
mod tokens;

pub use cpus::Cpus;
pub use faults::{Faults, Trouble, When};
pub use tokens::Tokens;

use crate::adapt::Does;
use crate::engine::{Config, Engine};
use crate::machine::Machine;
use crate::message::{Action, Ended, Ending, Input};
use crate::op::{Key, Spec};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BinaryHeap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use children::Process;
use core::cmp::Reverse;
use faults::Chance;
use locks::Locks;
use record::{LockAsk, Outcome, Seconds};

/// More rounds than any plan needs: an engine that is still busy then goes round in a circle.
const ROUNDS_MAX: u64 = 50_000_000;

/// What a simulated command does.
#[derive(Clone, Debug)]
pub struct Script {
    /// How long it runs if nobody ends it.
    pub runs: Seconds,
    /// How long its further attempts run, where they are known; the last one repeats.
    pub further: Vec<Seconds>,
    /// How its attempts end, one after the other; the last one repeats.
    pub endings: Vec<Ending>,
    /// How long after TERM it ends; `None` ignores TERM.
    pub on_term: Option<Seconds>,
    /// How long after KILL it ends; `None` is held by the kernel for ever.
    pub on_kill: Option<Seconds>,
    /// How long somebody of its group outlives it.
    pub stray: Option<Seconds>,
    /// What its `check` says.
    pub check: Ending,
    /// What it does whenever it is looked at.
    pub does: Does,
    /// How often it writes something, where that is listened for.
    pub writes: Option<Seconds>,
    /// Verdict of its output.
    pub verdict: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        Script {
            runs: Seconds::from_secs(1),
            further: Vec::new(),
            endings: Vec::new(),
            on_term: Some(Seconds::ZERO),
            on_kill: Some(Seconds::ZERO),
            stray: None,
            check: Ending::Exit(1),
            does: Does::Run,
            writes: None,
            verdict: None,
        }
    }
}

/// What was said between the engine and its machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The engine was given an operation: its key, and its place in the input.
    Read(Key, u64),
    /// The engine was told something else.
    Told(Input),
    /// The engine asked for something.
    Asked(Action),
    /// No starts from now on.
    Held,
    /// Starts again.
    WentOn,
    /// The engine had nothing more to say, when its clock showed that time.
    Waits(Seconds),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    LeaderEnds(Key, u32),
    EndIsTold(Key, u32),
    GroupEmpty(Key, u32),
    Writes(Key, u32),
    OutputEnds(Key, u32),
    LockComes(Key, u64),
    StrangerComes(String),
    StrangerLeaves(String),
    /// Others take a token, or give one back.
    Others,
    /// More of the input can be read.
    Input,
    Trouble(usize),
    GoOn,
    /// Starts that somebody has paused are let on.
    Resume,
    Calm,
}

impl Happening {
    /// It waits while our children are stopped.
    fn is_of_a_child(&self) -> bool {
        use Happening::{GroupEmpty, LeaderEnds, Writes};
        matches!(self, LeaderEnds(..) | GroupEmpty(..) | Writes(..))
    }
}

/// An operation that can be read from a time on.
#[derive(Debug)]
struct Coming {
    at: Seconds,
    spec: Spec,
    script: Script,
}

/// One simulated run.
#[derive(Debug)]
pub struct Sim {
    /// The engine under test.
    pub engine: Engine,
    /// Time of the machine.
    pub now: Seconds,
    /// Everything that was said, with the time, if it is kept.
    pub log: Vec<(Seconds, Entry)>,
    keeps: bool,
    /// Where the tokens are.
    pub tokens: Tokens,
    /// What the machine is like from a time on, in order.
    pub machine: Vec<(Seconds, Machine)>,
    /// Its CPUs, where what runs keeps them busy.
    pub cpus: Option<Cpus>,
    /// What goes wrong.
    pub faults: Faults,
    /// After so many rounds the engine goes round in a circle.
    pub rounds: u64,
    /// How long we have been stopped, in all: so much our clock is behind.
    stopped: Seconds,
    scripts: BTreeMap<Key, Script>,
    /// Locks that each takes.
    asks: BTreeMap<Key, Vec<LockAsk>>,
    coming: VecDeque<Coming>,
    /// How many operations have come so.
    came: usize,
    free_keys: Vec<Key>,
    input_ended: bool,
    held: bool,
    happenings: BinaryHeap<Reverse<(Seconds, u64, Happening)>>,
    counter: u64,
    steps: u64,
    steps_to_trouble: Vec<(u64, Trouble)>,
    processes: BTreeMap<Key, Process>,
    locks: Locks,
    attempts: BTreeMap<Key, usize>,
    chance: Chance,
}

impl Sim {
    /// A machine on which nothing runs yet.
    pub fn new(config: Config, faults: Faults, seed: u64) -> Self {
        Sim {
            engine: Engine::new(config),
            now: Seconds::ZERO,
            log: Vec::new(),
            keeps: true,
            tokens: Tokens { free: faults.tokens, ..Tokens::default() },
            machine: Vec::new(),
            cpus: None,
            faults,
            rounds: ROUNDS_MAX,
            stopped: Seconds::ZERO,
            scripts: BTreeMap::new(),
            asks: BTreeMap::new(),
            coming: VecDeque::new(),
            came: 0,
            free_keys: Vec::new(),
            input_ended: false,
            held: false,
            happenings: BinaryHeap::new(),
            counter: 0,
            steps: 0,
            steps_to_trouble: Vec::new(),
            processes: BTreeMap::new(),
            locks: Locks::default(),
            attempts: BTreeMap::new(),
            chance: Chance(seed),
        }
    }

    /// Keeps nothing of what is said: for large runs of which only the end is of interest.
    #[must_use]
    pub fn without_log(mut self) -> Self {
        self.keeps = false;
        self
    }

    fn note(&mut self, entry: impl FnOnce() -> Entry) {
        if self.keeps {
            self.log.push((self.now, entry()));
        }
    }

    /// Adds an operation.
    pub fn add(&mut self, key: Key, spec: Spec, script: Script) {
        self.asks.insert(key, spec.locks.clone());
        self.note(|| Entry::Read(key, spec.seq));
        self.scripts.insert(key, script);
        self.attempts.remove(&key);
        self.engine.handle(self.clock(), Input::Op(key, Box::new(spec)));
    }

    /// Adds an operation that is read when the engine wants it, from a time on.
    pub fn add_later(&mut self, at: Seconds, spec: Spec, script: Script) {
        self.coming.push_back(Coming { at, spec, script });
    }

    /// Runs to the end. `None` if the engine stops without being done: a hang.
    pub fn run(&mut self) -> Option<()> {
        self.prepare_faults();
        for _ in 0..self.rounds {
            let mut said = self.feed();
            while let Some(action) = self.engine.poll(self.clock()) {
                let done = action == Action::Done;
                self.step(action);
                if done {
                    return Some(());
                }
                self.trouble_after_step();
                said = true;
            }
            if !said {
                let clock = self.clock();
                self.note(|| Entry::Waits(clock));
                self.wait()?;
            }
        }
        None
    }

    /// Does what the engine says.
    pub fn step(&mut self, action: Action) {
        self.note(|| Entry::Asked(action.clone()));
        self.act(action);
    }

    /// What the engine asked for, and when.
    pub fn actions(&self) -> impl Iterator<Item = (Seconds, &Action)> {
        self.log.iter().filter_map(|(at, entry)| match entry {
            Entry::Asked(action) => Some((*at, action)),
            _ => None,
        })
    }

    /// How the operations were decided, by key.
    pub fn results(&self) -> BTreeMap<Key, (Outcome, String)> {
        let mut results = BTreeMap::new();
        for (_, action) in self.actions() {
            match action {
                Action::End(Ended { key, last: true, result, reason, .. })
                | Action::Skip { key, result, reason } => {
                    results.insert(*key, (*result, reason.clone()));
                }
                _ => {}
            }
        }
        results
    }

    /// When each attempt ran: operation, start, end of its group.
    pub fn spans(&self) -> Vec<(Key, Seconds, Seconds)> {
        let mut open: BTreeMap<Key, Seconds> = BTreeMap::new();
        let mut spans = Vec::new();
        for (at, entry) in &self.log {
            match entry {
                Entry::Told(Input::SpawnFailed(key, _)) => drop(open.remove(key)),
                Entry::Asked(Action::Spawn { key, .. }) => {
                    open.entry(*key).or_insert(*at);
                }
                Entry::Asked(Action::End(Ended { key, .. })) => {
                    spans.extend(open.remove(key).map(|start| (*key, start, *at)));
                }
                _ => {}
            }
        }
        spans
    }

    /// The time that the engine is told.
    fn clock(&self) -> Seconds {
        let ours = (self.now - self.stopped).as_micros();
        let grain = self.faults.grain.as_micros().max(1);
        Seconds::from_micros(ours / grain * grain)
    }

    /// When our clock will show that time, at the earliest.
    fn when_the_clock_shows(&self, time: Seconds) -> Seconds {
        let grain = self.faults.grain.as_micros().max(1);
        let shown = time.as_micros().saturating_add(grain - 1) / grain * grain;
        Seconds::from_micros(shown) + self.stopped
    }

    fn tell(&mut self, input: Input) {
        self.note(|| Entry::Told(input.clone()));
        self.engine.handle(self.clock(), input);
    }

    fn hold(&mut self) {
        self.held = true;
        self.note(|| Entry::Held);
        self.engine.hold();
    }

    fn go_on(&mut self) {
        if core::mem::take(&mut self.held) {
            self.note(|| Entry::WentOn);
            self.engine.go_on();
        }
    }

    /// Gives the engine an operation if it wants one: true if anything was said.
    fn feed(&mut self) -> bool {
        if self.input_ended || self.held {
            return false;
        }
        let fails = self.faults.input.is_some_and(|most| self.came >= most);
        let clock = self.clock();
        if fails && self.engine.wants_input(clock) && !self.coming.is_empty() {
            // as where a read fails: what runs is let end
            self.tell(Input::Cancel(crate::message::Cancel::Drain));
        }
        let over = self.engine.load_is_over(clock);
        if over || self.coming.is_empty() || self.engine.is_cancelled() {
            self.input_ended = true;
            self.tell(Input::EndOfInput);
            return true;
        }
        let is_there = self.coming.front().is_some_and(|next| next.at <= self.now);
        if !self.engine.wants_input(clock) {
            return false;
        }
        if !is_there {
            if let Some(next) = self.coming.front() {
                self.at(next.at, Happening::Input);
            }
            return false;
        }
        if let Some(Coming { spec, script, .. }) = self.coming.pop_front() {
            let key = self.free_keys.pop().unwrap_or(self.came as Key);
            self.came += 1;
            self.add(key, spec, script);
        }
        true
    }

    /// Lets time pass until something happens, or the engine wants to be asked.
    fn wait(&mut self) -> Option<()> {
        let next = self.happenings.peek().map(|Reverse((at, _, _))| *at);
        let deadline = self.engine.deadline().map(|at| self.when_the_clock_shows(at));
        self.now = match (next, deadline) {
            (None, None) => return None,
            (Some(at), None) | (None, Some(at)) => at,
            (Some(one), Some(two)) => one.min(two),
        }
        .max(self.now);
        self.compute();
        if next.is_some_and(|at| at <= self.now)
            && let Some(Reverse((_, _, happening))) = self.happenings.pop()
        {
            self.happen(happening);
        }
        Some(())
    }

    fn at(&mut self, at: Seconds, happening: Happening) {
        self.counter += 1;
        self.happenings.push(Reverse((at, self.counter, happening)));
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Spawn { key, part, .. } => self.spawn(key, part),
            Action::Signal(key, signal) => self.signal(key, signal),
            Action::Look => {
                let machine = self.machine_now();
                self.tell(Input::Machine(machine));
            }
            Action::Observe(key) => self.observe(key),
            Action::TakeLocks(key) => self.take_locks(key),
            Action::DropLocks(key) | Action::CancelLocks(key) => self.leave_locks(key),
            Action::TakeToken => self.take_token(),
            Action::GiveToken => self.give_token(),
            Action::CloseOutput(key) => self.close_output(key),
            Action::Abandon(key) => self.over(key),
            Action::End(Ended { key, last: true, .. }) | Action::Skip { key, .. } => {
                self.free(key);
            }
            Action::End(_)
            | Action::Retry { .. }
            | Action::Replanned { .. }
            | Action::Silent { .. }
            | Action::Unfit { .. }
            | Action::Throttled { .. }
            | Action::Found(_)
            | Action::Done => {}
        }
    }

    /// Where operations are lines, the key of one that is decided is used again.
    fn free(&mut self, key: Key) {
        if self.engine.config.feeding == crate::engine::Feeding::Lines {
            self.free_keys.push(key);
        }
    }

    pub(super) fn machine_now(&self) -> Machine {
        let past = self.machine.iter().take_while(|(from, _)| *from <= self.now);
        let machine = past.last().map_or(Machine::default(), |(_, machine)| *machine);
        let cpu = self.cpus.map(|cpus| cpus.time()).or(machine.cpu);
        Machine { cpu, ..machine }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::LeaderEnds(key, number) => self.leader_ends(key, number),
            Happening::EndIsTold(key, number) => self.end_is_told(key, number),
            Happening::GroupEmpty(key, number) => self.group_is_empty(key, number),
            Happening::Writes(key, number) => self.writes(key, number),
            Happening::OutputEnds(key, number) => self.output_ends(key, number),
            Happening::LockComes(key, ask) => self.lock_comes(key, ask),
            Happening::StrangerComes(name) => self.stranger_comes(&name),
            Happening::StrangerLeaves(name) => self.stranger_leaves(&name),
            Happening::Others => self.others(),
            Happening::Input => {}
            Happening::Trouble(at) => {
                let (_, trouble) = self.faults.troubles[at];
                self.meet(trouble);
            }
            Happening::GoOn => self.go_on(),
            Happening::Resume => self.tell(Input::Resume),
            Happening::Calm => self.calm(),
        }
    }
}

#[cfg(test)]
mod tests;
