//! Simulated processes: a leader that runs as its script says, and what outlives it.

use super::{Happening, Script, Sim};
use crate::adapt::{Does, Work};
use crate::message::{Ending, Input, Part, SpawnFailure};
use crate::op::Key;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use record::Seconds;

/// How late an end is heard of at most.
const LATE: Seconds = Seconds::from_secs(3);

/// One attempt.
#[derive(Debug)]
pub(super) struct Process {
    /// Tells it from a later one of the same operation.
    number: u32,
    part: Part,
    /// How the leader has ended.
    ended: Option<Ending>,
    /// Its end was told.
    told: bool,
    /// Its end is told only to those who ask.
    lost: bool,
    /// Nobody is left; only its output is still open.
    empty: bool,
    killed: Option<i32>,
    began: Seconds,
    /// The kernel holds it: not even KILL ends it.
    stuck: bool,
}

impl Sim {
    pub(super) fn spawn(&mut self, key: Key, part: Part) {
        if self.strikes(self.faults.lack) {
            let lack = SpawnFailure::Lack("no more processes".to_string());
            return self.tell(Input::SpawnFailed(key, lack));
        }
        if self.strikes(self.faults.never) {
            let never = SpawnFailure::Never("no such command".to_string(), 127);
            return self.tell(Input::SpawnFailed(key, never));
        }
        self.counter += 1;
        let number = self.counter as u32;
        let process = Process {
            number,
            part,
            ended: None,
            told: false,
            lost: false,
            empty: false,
            killed: None,
            began: self.now,
            stuck: false,
        };
        self.processes.insert(key, process);
        let runs = self.lasts(key);
        self.at(self.now + runs, Happening::LeaderEnds(key, number));
        self.writes_again(key, number);
    }

    /// How long the next attempt runs.
    fn lasts(&self, key: Key) -> Seconds {
        let script = self.script(key);
        let before = self.attempts.get(&key).copied().unwrap_or(0);
        let further = before.checked_sub(1).map(|at| script.further.get(at));
        let last = script.further.last();
        further.and_then(|known| known.or(last)).copied().unwrap_or(script.runs)
    }

    fn writes_again(&mut self, key: Key, number: u32) {
        if let Some(pause) = self.script(key).writes.filter(|_| self.engine.listens()) {
            self.at(self.now + pause, Happening::Writes(key, number));
        }
    }

    pub(super) fn writes(&mut self, key: Key, number: u32) {
        if self.processes.get(&key).is_some_and(|p| p.number == number && p.ended.is_none()) {
            self.tell(Input::Heard(key));
            self.writes_again(key, number);
        }
    }

    /// What an operation does, as it looks; that may be wrong.
    fn seen(&mut self, key: Key) -> Does {
        match (self.script(key).does, self.strikes(self.faults.misread)) {
            (does, false) => does,
            (Does::Run, true) => Does::Sleep,
            (Does::Disk | Does::Sleep, true) => Does::Run,
        }
    }

    /// Somebody looks; one that has just ended cannot be seen.
    pub(super) fn observe(&mut self, key: Key) {
        if self.processes.get(&key).is_some_and(|process| process.ended.is_none()) {
            let does = self.seen(key);
            self.tell(Input::Does(key, does));
        }
    }

    pub(super) fn script(&self, key: Key) -> &Script {
        &self.scripts[&key]
    }

    /// One that runs and whose end has not been told, by chance.
    pub(super) fn somebody_who_runs(&mut self) -> Option<Key> {
        let runs = |process: &Process| !process.told;
        let keys: Vec<Key> =
            self.processes.iter().filter(|(_, p)| runs(p)).map(|(key, _)| *key).collect();
        let at = self.chance.below(keys.len() as u64) as usize;
        keys.get(at).copied()
    }

    /// Commands that have not ended.
    pub(super) fn running(&self) -> usize {
        self.processes.values().filter(|process| process.ended.is_none()).count()
    }

    pub(super) fn lost_ends(&self) -> Vec<Key> {
        self.processes.iter().filter(|(_, p)| p.lost && !p.told).map(|(key, _)| *key).collect()
    }

    pub(super) fn signal(&mut self, key: Key, signal: i32) {
        let script = self.script(key);
        let delay = if signal == crate::termseq::KILL { script.on_kill } else { script.on_term };
        let now = self.now;
        let Some(process) = self.processes.get_mut(&key) else { return };
        if process.lost {
            // there is nobody: then it must have ended
            return self.find_end(key);
        }
        let Some(delay) = delay else {
            process.stuck |= signal == crate::termseq::KILL;
            return;
        };
        process.killed = Some(signal);
        let number = process.number;
        let ends = match process.ended {
            Some(_) => Happening::GroupEmpty(key, number),
            None => Happening::LeaderEnds(key, number),
        };
        self.at(now + delay, ends);
    }

    pub(super) fn leader_ends(&mut self, key: Key, number: u32) {
        let Some(process) = self.processes.get(&key) else { return };
        if process.number != number || process.ended.is_some() || process.stuck {
            return;
        }
        let ending = match (process.killed, process.part) {
            (Some(signal), _) => Ending::Signal(signal),
            (None, Part::SetUp) => Ending::Exit(self.strikes(self.faults.set_up).into()),
            (None, Part::Check) => self.script(key).check,
            (None, Part::Main) => self.next_ending(key),
        };
        let (lost, late) = (self.strikes(self.faults.lost), self.strikes(self.faults.late));
        if let Some(process) = self.processes.get_mut(&key) {
            process.ended = Some(ending);
            process.lost = lost;
        }
        match (lost, late) {
            (true, _) => {}
            (false, true) => {
                let late = self.within(LATE);
                self.at(self.now + late, Happening::EndIsTold(key, number));
            }
            (false, false) => self.tell_end(key),
        }
    }

    pub(super) fn end_is_told(&mut self, key: Key, number: u32) {
        if self.processes.get(&key).is_some_and(|p| p.number == number && !p.told) {
            self.tell_end(key);
        }
    }

    /// Somebody asked after an end that was not told.
    pub(super) fn find_end(&mut self, key: Key) {
        if self.processes.get(&key).is_some_and(|p| p.ended.is_some() && !p.told) {
            self.tell_end(key);
        }
    }

    fn tell_end(&mut self, key: Key) {
        let Some(process) = self.processes.get_mut(&key) else { return };
        let Some(ending) = process.ended else { return };
        process.told = true;
        process.lost = false;
        let (number, killed) = (process.number, process.killed);
        if !self.strikes(self.faults.unseen) {
            self.tell(Input::Exited(key, ending));
            if self.strikes(self.faults.twice) {
                self.tell(Input::Exited(key, ending));
            }
        }
        match self.script(key).stray {
            Some(after) if killed != Some(crate::termseq::KILL) => {
                self.tell(Input::Strays(key));
                self.at(self.now + after, Happening::GroupEmpty(key, number));
            }
            _ => self.group_is_empty(key, number),
        }
    }

    fn next_ending(&mut self, key: Key) -> Ending {
        let attempt = self.attempts.entry(key).or_default();
        let endings = &self.scripts[&key].endings;
        let ending = endings.get(*attempt).or(endings.last()).copied();
        *attempt += 1;
        ending.unwrap_or(Ending::Exit(0))
    }

    pub(super) fn group_is_empty(&mut self, key: Key, number: u32) {
        let late = self.strikes(self.faults.late);
        let Some(process) = self.processes.get_mut(&key) else { return };
        if process.number != number || process.empty || process.stuck {
            return;
        }
        process.empty = true;
        if late {
            let late = self.within(LATE);
            self.at(self.now + late, Happening::OutputEnds(key, number));
        } else {
            self.over(key);
        }
    }

    pub(super) fn output_ends(&mut self, key: Key, number: u32) {
        if self.processes.get(&key).is_some_and(|p| p.number == number) {
            self.over(key);
        }
    }

    /// No more of its output is read.
    pub(super) fn close_output(&mut self, key: Key) {
        if self.processes.get(&key).is_some_and(|p| p.empty) {
            self.over(key);
        }
    }

    /// The attempt is over, whoever may be left.
    pub(super) fn over(&mut self, key: Key) {
        let Some(process) = self.processes.remove(&key) else { return };
        let by_itself = process.killed.is_none() && process.part == Part::Main;
        if by_itself && self.strikes(self.faults.oom) {
            self.tell(Input::OutOfMemory(key));
        }
        if self.engine.config.kinds.is_some() && process.part == Part::Main {
            let wall = self.now - process.began;
            let does = self.seen(key);
            let cpu = if does == Does::Run { wall } else { Seconds::ZERO };
            self.tell(Input::Took(key, Work { wall, cpu, waits: 1, ..Work::default() }));
        }
        // the patterns speak of the operation's own output
        let says = process.part != Part::SetUp;
        let verdict = self.script(key).verdict.clone().filter(|_| says);
        self.tell(Input::Over(key, verdict.clone()));
        // of a check the second would be the next command's
        if process.part == Part::Main && self.strikes(self.faults.twice) {
            self.tell(Input::Over(key, verdict));
        }
    }
}
