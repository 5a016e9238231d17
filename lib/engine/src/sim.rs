//! A simulated machine: virtual clock, scripted children, injected faults. The
//! only fake there is; tests of behaviour use it instead of processes.

use crate::backoff::splitmix;
use crate::engine::{Config, Engine};
use crate::gate::Machine;
use crate::message::{Action, Cancel, Ended, Ending, Input, Part, SpawnFailure};
use crate::op::{Key, Spec};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::{Outcome, Seconds};

/// What a simulated command does.
#[derive(Clone, Debug)]
pub struct Script {
    /// How long it runs if nobody ends it.
    pub runs: Seconds,
    /// How its attempts end, one after the other; the last one repeats.
    pub endings: Vec<Ending>,
    /// How long after TERM it ends; `None` ignores TERM.
    pub on_term: Option<Seconds>,
    /// How long somebody of its group outlives it.
    pub stray: Option<Seconds>,
    /// What its `check` says.
    pub check: Ending,
    /// Locks it takes, by name.
    pub locks: Vec<String>,
    /// Verdict of its output.
    pub verdict: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        Script {
            runs: Seconds::from_secs(1),
            endings: Vec::new(),
            on_term: Some(Seconds::ZERO),
            stray: None,
            check: Ending::Exit(1),
            locks: Vec::new(),
            verdict: None,
        }
    }
}

/// Faults that a simulation injects.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Of 1000 starts, that many fail for a lack.
    pub lack_per_mille: u64,
    /// The run is ended so at that time.
    pub cancel: Option<(Seconds, Cancel)>,
    /// Tokens of a pool that others use, too.
    pub tokens: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    LeaderEnds(Key, u32),
    GroupEmpty(Key, u32),
    Cancel,
    Slots(u32),
    /// Others take a token, or give one back.
    Others,
}

/// Others take and give so often; then they give back everything.
const OTHERS_MAX: u32 = 500;

/// The pool of tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokens {
    /// In the pool.
    pub free: u32,
    /// Held by the engine.
    pub ours: u32,
    /// Held by others.
    pub others: u32,
    turns: u32,
}

#[derive(Debug, Default)]
struct LockState {
    holder: Option<Key>,
    queue: VecDeque<Key>,
}

/// What a simulated process is doing.
#[derive(Debug)]
struct Process {
    number: u32,
    part: Part,
    ended: bool,
    killed: Option<i32>,
}

/// One simulated run.
#[derive(Debug)]
pub struct Sim {
    /// The engine under test.
    pub engine: Engine,
    /// Virtual time.
    pub now: Seconds,
    /// Every action, with its time.
    pub log: Vec<(Seconds, Action)>,
    /// Places in the log of the starts that failed for a lack.
    pub lacks: BTreeSet<usize>,
    /// Places in the log of the tokens that were to be had.
    pub grants: BTreeSet<usize>,
    /// Where the tokens are.
    pub tokens: Tokens,
    scripts: BTreeMap<Key, Script>,
    happenings: BinaryHeap<Reverse<(Seconds, u64, Happening)>>,
    counter: u64,
    processes: BTreeMap<Key, Process>,
    locks: BTreeMap<String, LockState>,
    attempts: BTreeMap<Key, usize>,
    faults: Faults,
    /// What the machine is like from a time on, in order.
    pub machine: Vec<(Seconds, Machine)>,
    /// Numbers of slots to come, and when.
    pub changes: Vec<(Seconds, u32)>,
    seed: u64,
}

impl Sim {
    /// A machine on which nothing runs yet.
    pub fn new(config: Config, faults: Faults, seed: u64) -> Self {
        let mut sim = Sim {
            engine: Engine::new(config),
            now: Seconds::ZERO,
            log: Vec::new(),
            lacks: BTreeSet::new(),
            grants: BTreeSet::new(),
            tokens: Tokens { free: faults.tokens, ..Tokens::default() },
            scripts: BTreeMap::new(),
            happenings: BinaryHeap::new(),
            counter: 0,
            processes: BTreeMap::new(),
            locks: BTreeMap::new(),
            attempts: BTreeMap::new(),
            faults,
            machine: Vec::new(),
            changes: Vec::new(),
            seed,
        };
        if let Some((at, _)) = faults.cancel {
            sim.at(at, Happening::Cancel);
        }
        if faults.tokens > 0 {
            sim.at(Seconds::ZERO, Happening::Others);
        }
        sim
    }

    /// Adds an operation.
    pub fn add(&mut self, key: Key, mut spec: Spec, script: Script) {
        spec.has_locks = !script.locks.is_empty();
        self.scripts.insert(key, script);
        self.engine.handle(self.now, Input::Op(key, Box::new(spec)));
    }

    /// Runs to the end. `None` if the engine stops without being done: a hang.
    pub fn run(&mut self) -> Option<()> {
        self.engine.handle(self.now, Input::EndOfInput);
        for (at, slots) in core::mem::take(&mut self.changes) {
            self.at(at, Happening::Slots(slots));
        }
        loop {
            while let Some(action) = self.engine.poll(self.now) {
                let done = action == Action::Done;
                self.step(action);
                if done {
                    return Some(());
                }
            }
            let next = self.happenings.peek().map(|Reverse((at, _, _))| *at);
            let deadline = self.engine.deadline();
            self.now = match (next, deadline) {
                (None, None) => return None,
                (Some(at), None) | (None, Some(at)) => at,
                (Some(one), Some(two)) => one.min(two),
            }
            .max(self.now);
            if next.is_some_and(|at| at <= self.now)
                && let Some(Reverse((_, _, happening))) = self.happenings.pop()
            {
                self.happen(happening);
            }
        }
    }

    /// Does what the engine says.
    pub fn step(&mut self, action: Action) {
        self.log.push((self.now, action.clone()));
        self.act(action);
    }

    /// How the operations were decided, by key.
    pub fn results(&self) -> BTreeMap<Key, (Outcome, String)> {
        let mut results = BTreeMap::new();
        for (_, action) in &self.log {
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
        for (place, (at, action)) in self.log.iter().enumerate() {
            match action {
                Action::Spawn { key, .. } if self.lacks.contains(&place) => {
                    open.remove(key);
                }
                Action::Spawn { key, .. } => {
                    open.entry(*key).or_insert(*at);
                }
                Action::End(Ended { key, .. }) => {
                    spans.extend(open.remove(key).map(|start| (*key, start, *at)));
                }
                _ => {}
            }
        }
        spans
    }

    fn at(&mut self, at: Seconds, happening: Happening) {
        self.counter += 1;
        self.happenings.push(Reverse((at, self.counter, happening)));
    }

    fn random(&mut self, below: u64) -> u64 {
        self.seed = splitmix(self.seed);
        self.seed % below
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Spawn { key, part, .. } => self.spawn(key, part),
            Action::Signal(key, signal) => self.signal(key, signal),
            Action::Look => {
                let machine = self.machine_now();
                self.engine.handle(self.now, Input::Machine(machine));
            }
            Action::TakeLocks(key) => self.take_locks(key),
            Action::DropLocks(key) | Action::CancelLocks(key) => self.drop_locks(key),
            Action::TakeToken => self.take_token(),
            Action::GiveToken => {
                self.tokens.ours -= 1;
                self.tokens.free += 1;
            }
            // the simulated pipe closes with the group
            Action::CloseOutput(_) | Action::Silent { .. } => {}
            Action::Abandon(key) => self.empty(key),
            Action::End(_) | Action::Retry { .. } | Action::Skip { .. } | Action::Done => {}
        }
    }

    fn take_token(&mut self) {
        let input = if self.tokens.free > 0 {
            self.tokens.free -= 1;
            self.tokens.ours += 1;
            self.grants.insert(self.log.len() - 1);
            Input::TokenTaken
        } else {
            Input::TokenMissing
        };
        self.engine.handle(self.now, input);
    }

    /// Others come to the pool; who watches it hears of what they give back.
    fn others(&mut self) {
        let watched = self.engine.waits_for_token();
        self.tokens.turns += 1;
        let takes = self.random(2) == 0;
        let tokens = &mut self.tokens;
        if tokens.turns > OTHERS_MAX {
            tokens.free += core::mem::take(&mut tokens.others);
        } else if takes && tokens.free > 0 {
            tokens.free -= 1;
            tokens.others += 1;
        } else if tokens.others > 0 {
            tokens.others -= 1;
            tokens.free += 1;
        }
        if watched && tokens.free > 0 {
            self.engine.handle(self.now, Input::TokenReady);
        }
        if self.tokens.turns <= OTHERS_MAX {
            let pause = self.random(2_000_000) as i64;
            self.at(self.now + Seconds::from_micros(pause), Happening::Others);
        }
    }

    fn machine_now(&self) -> Machine {
        let past = self.machine.iter().take_while(|(from, _)| *from <= self.now);
        past.last().map_or(Machine::default(), |(_, machine)| *machine)
    }

    fn spawn(&mut self, key: Key, part: Part) {
        if self.random(1000) < self.faults.lack_per_mille {
            let lack = SpawnFailure::Lack("no more processes".to_string());
            self.lacks.insert(self.log.len() - 1);
            self.engine.handle(self.now, Input::SpawnFailed(key, lack));
            return;
        }
        self.counter += 1;
        let number = self.counter as u32;
        self.processes.insert(key, Process { number, part, ended: false, killed: None });
        let runs = self.scripts[&key].runs;
        self.at(self.now + runs, Happening::LeaderEnds(key, number));
    }

    fn signal(&mut self, key: Key, signal: i32) {
        let on_term = self.scripts[&key].on_term;
        let now = self.now;
        let Some(process) = self.processes.get_mut(&key) else { return };
        let number = process.number;
        let delay = match (signal, on_term) {
            (9, _) => Seconds::ZERO,
            (_, Some(delay)) => delay,
            (_, None) => return,
        };
        process.killed = Some(signal);
        if process.ended {
            self.at(now + delay, Happening::GroupEmpty(key, number));
        } else {
            self.at(now + delay, Happening::LeaderEnds(key, number));
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Cancel => {
                if let Some((_, cancel)) = self.faults.cancel {
                    self.engine.handle(self.now, Input::Cancel(cancel));
                }
            }
            Happening::Others => self.others(),
            Happening::Slots(slots) => self.engine.handle(self.now, Input::Slots(slots)),
            Happening::LeaderEnds(key, number) => self.leader_ends(key, number),
            Happening::GroupEmpty(key, number) => {
                if self.processes.get(&key).is_some_and(|p| p.number == number) {
                    self.empty(key);
                }
            }
        }
    }

    fn leader_ends(&mut self, key: Key, number: u32) {
        let stray = self.scripts[&key].stray;
        let Some(process) = self.processes.get_mut(&key) else { return };
        if process.number != number || process.ended {
            return;
        }
        process.ended = true;
        let (part, killed) = (process.part, process.killed);
        let ending = match (killed, part) {
            (Some(signal), _) => Ending::Signal(signal),
            (None, Part::Check) => self.scripts[&key].check,
            (None, Part::Main) => self.next_ending(key),
        };
        self.engine.handle(self.now, Input::Exited(key, ending));
        match stray {
            Some(after) if killed != Some(9) => {
                self.engine.handle(self.now, Input::Strays(key));
                self.at(self.now + after, Happening::GroupEmpty(key, number));
            }
            _ => self.empty(key),
        }
    }

    fn next_ending(&mut self, key: Key) -> Ending {
        let attempt = self.attempts.entry(key).or_default();
        let endings = &self.scripts[&key].endings;
        let ending = endings.get(*attempt).or(endings.last()).copied();
        *attempt += 1;
        ending.unwrap_or(Ending::Exit(0))
    }

    fn empty(&mut self, key: Key) {
        if self.processes.remove(&key).is_some() {
            let verdict = self.scripts[&key].verdict.clone();
            self.engine.handle(self.now, Input::Over(key, verdict));
        }
    }

    /// Takes what is free in order of name; waits for the first that is not.
    fn take_locks(&mut self, key: Key) {
        let names: BTreeSet<String> = self.scripts[&key].locks.iter().cloned().collect();
        for name in names {
            let lock = self.locks.entry(name.clone()).or_default();
            if lock.holder == Some(key) {
                continue;
            }
            if lock.holder.is_some() {
                lock.queue.push_back(key);
                self.engine.handle(self.now, Input::LocksWait(key, name));
                return;
            }
            lock.holder = Some(key);
        }
        self.engine.handle(self.now, Input::LocksTaken(key));
    }

    fn drop_locks(&mut self, key: Key) {
        let mut next = Vec::new();
        for lock in self.locks.values_mut() {
            lock.queue.retain(|waiter| *waiter != key);
            if lock.holder == Some(key) {
                lock.holder = lock.queue.pop_front();
                next.extend(lock.holder);
            }
        }
        for key in next {
            self.take_locks(key);
        }
    }
}

#[cfg(test)]
mod tests;
