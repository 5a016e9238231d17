//! What must hold in every run, judged from what was said between the engine and its
//! machine alone: the judge keeps its own books.

/// Ends the judgement unless the condition holds; the rest is what is said then.
macro_rules! must {
    ($holds:expr, $($said:tt)+) => {
        let holds: bool = $holds;
        if !holds {
            return Err(format!($($said)+));
        }
    };
}

mod admission;
mod arrival;
mod kinds;
mod locks;
mod pressure;
mod set_up;
mod stage;

use super::random::Case;
use super::*;
use crate::message::{Cancel, Part, SpawnFailure};
use crate::satisfy::{Edge, Own, satisfies};
use crate::termseq::KILL;
use admission::Started;
use stage::{Attempt, Stage};

/// The books of one run.
struct Judge<'a> {
    case: &'a Case,
    stages: Vec<Stage>,
    /// Which operation has each key.
    keys: BTreeMap<Key, usize>,
    holds_locks: BTreeSet<usize>,
    /// Whose wait for locks has ended since the engine last had nothing to say.
    answered: BTreeSet<usize>,
    /// Attempts that have ended, and skips, of each operation.
    attempts: Vec<u32>,
    /// An end was said that is to be followed by another attempt.
    again: Vec<bool>,
    finals: Vec<u32>,
    limit: u32,
    /// What each has of the slots, in thousandths, since it got its place.
    widths: Vec<u64>,
    /// Slots whose set-up has ended well.
    set_up: BTreeSet<u32>,
    /// Starts may be held back for a time.
    has_rates: bool,
    /// Attempts that were started, and when.
    started: Vec<Started>,
    /// What has been used up, and by whom.
    spent: BTreeSet<(usize, u32)>,
    tokens: u32,
    cancel: Option<Cancel>,
    held: bool,
    /// Since it was held or cancelled the engine has had nothing more to say.
    heard: bool,
    input_ended: bool,
    /// Starts may be held back for a lack.
    lacking: bool,
    /// What emergencies leave of the slots.
    cap: u32,
    /// Somebody has said that nothing starts.
    paused: bool,
    /// Somebody has been seen to wait.
    seen_waiting: bool,
    /// The youngest may have to make room.
    recall: bool,
    /// What the machine's clock shows, and how many have been read by then.
    clock: Seconds,
    read: u64,
    done: bool,
}

/// How long others may live after the leader has ended.
const STRAYS: Seconds = Seconds::from_micros(200_000);

type Verdict = Result<(), String>;

/// Judges a run that has come to its end.
pub fn judge(case: &Case) -> Verdict {
    let count = case.specs.len();
    let mut judge = Judge {
        case,
        stages: vec![Stage::Before; count],
        keys: BTreeMap::new(),
        holds_locks: BTreeSet::new(),
        answered: BTreeSet::new(),
        attempts: case.specs.iter().map(|(spec, _)| spec.attempts).collect(),
        again: vec![false; count],
        finals: vec![0; count],
        limit: case.sim.engine.config.jobs,
        widths: vec![0; count],
        set_up: BTreeSet::new(),
        has_rates: false,
        started: Vec::new(),
        spent: BTreeSet::new(),
        tokens: 0,
        cancel: None,
        held: false,
        heard: false,
        input_ended: false,
        lacking: false,
        cap: u32::MAX,
        paused: false,
        seen_waiting: false,
        recall: case.sim.engine.config.gate.may_evict(),
        clock: Seconds::ZERO,
        read: 0,
        done: false,
    };
    judge.has_rates = judge.finds_rates();
    for (place, (at, entry)) in case.sim.log.iter().enumerate() {
        judge.clock = *at;
        judge.hear(entry).map_err(|what| format!("{what}, at {at} s, entry {place}"))?;
    }
    judge.end()
}

impl Judge<'_> {
    fn config(&self) -> &Config {
        &self.case.sim.engine.config
    }

    fn op(&self, key: Key) -> Result<usize, String> {
        self.keys.get(&key).copied().ok_or_else(|| format!("key {key} is nobody's"))
    }

    fn attempt(&mut self, key: Key) -> Result<(usize, &mut Attempt), String> {
        let op = self.op(key)?;
        match &mut self.stages[op] {
            Stage::Runs(attempt) => Ok((op, attempt)),
            other => Err(format!("operation {op} does not run: {other:?}")),
        }
    }

    fn hear(&mut self, entry: &Entry) -> Verdict {
        must!(!self.done, "something was said after the end");
        match entry {
            Entry::Read(key, seq) => {
                let op = *seq as usize - 1;
                if let Some(before) = self.keys.insert(*key, op) {
                    let decided = matches!(self.stages[before], Stage::Decided(..));
                    must!(decided, "key {key} is in use");
                }
                must!(self.stages[op] == Stage::Before, "{op} was read twice");
                self.comes()
            }
            Entry::Held => {
                (self.held, self.heard) = (true, false);
                Ok(())
            }
            Entry::WentOn => {
                self.held = false;
                Ok(())
            }
            Entry::Waits(clock) => self.waits(*clock),
            Entry::Told(input) => self.told(input),
            Entry::Asked(action) => self.asked(action),
        }
    }

    fn told(&mut self, input: &Input) -> Verdict {
        match input {
            Input::EndOfInput => self.input_ended = true,
            Input::SpawnFailed(key, failure) => return self.not_started(*key, failure),
            Input::LocksTaken(key) => return self.locks(*key, Some(true)),
            Input::LocksWait(key, _) => return self.locks(*key, None),
            Input::LocksFailed(key, _) => return self.locks(*key, Some(false)),
            Input::TokenTaken => self.tokens += 1,
            Input::Exited(key, ending) => {
                // told twice it may come when all is over
                if let Ok((_, attempt)) = self.attempt(*key) {
                    attempt.exited = true;
                    attempt.ended_well = *ending == Ending::Exit(0);
                }
            }
            Input::Strays(key) => self.attempt(*key)?.1.strays = true,
            Input::Over(key, _) => {
                self.lacking = false;
                if let Ok((_, attempt)) = self.attempt(*key) {
                    attempt.over = true;
                }
            }
            Input::OutOfMemory(key) => return self.attempt(*key).map(|_| ()),
            Input::Does(key, does) => return self.was_seen(*key, *does),
            Input::Took(key, work) => return self.has_taken(*key, work),
            Input::Fail(key, _) => self.attempt(*key)?.1.unwanted = true,
            Input::Cancel(cancel) => {
                self.cancel = self.cancel.max(Some(*cancel));
                self.heard = false;
            }
            Input::Slots(slots) => self.limit = *slots,
            Input::Pause => (self.paused, self.heard) = (true, false),
            Input::Resume => self.paused = false,
            Input::Heard(key) => return self.attempt(*key).map(|_| ()),
            Input::RetryAfter(key, _) => return self.attempt(*key).map(|_| ()),
            Input::Op(..) | Input::TokenMissing | Input::TokenReady | Input::Machine(_) => {}
        }
        Ok(())
    }

    fn not_started(&mut self, key: Key, failure: &SpawnFailure) -> Verdict {
        let (op, attempt) = self.attempt(key)?;
        let is_main = attempt.part == Part::Main;
        attempt.over = true;
        attempt.not_started = true;
        attempt.lacked = matches!(failure, SpawnFailure::Lack(_));
        if attempt.lacked {
            self.lacking = true;
            self.attempts[op] -= u32::from(is_main);
            self.has_not_started(op);
        }
        Ok(())
    }

    fn asked(&mut self, action: &Action) -> Verdict {
        match action {
            Action::TakeLocks(key) => self.takes_locks(*key),
            Action::CancelLocks(key) => self.waits_no_more(*key),
            Action::DropLocks(key) => {
                let op = self.op(*key)?;
                if let Stage::Locked = self.stages[op] {
                    self.stages[op] = Stage::Before;
                }
                let runs = matches!(&self.stages[op], Stage::Runs(attempt) if !attempt.over);
                must!(!runs, "{op} still runs and loses its locks");
                must!(self.holds_locks.remove(&op), "{op} holds no locks");
                Ok(())
            }
            Action::Spawn { key, attempt, slot, part, last } => {
                self.spawns(*key, (*attempt, *slot), (*part, *last))
            }
            Action::Signal(key, signal) => self.signals(*key, *signal),
            Action::Abandon(key) => {
                let (op, attempt) = self.attempt(*key)?;
                let may = !attempt.over
                    && attempt.signals.contains(&KILL)
                    && !core::mem::replace(&mut attempt.abandoned, true);
                must!(may, "{op} is given up too early, or twice");
                Ok(())
            }
            Action::Silent { key, .. } => self.is_silent(*key),
            Action::CloseOutput(key) => {
                let (op, attempt) = self.attempt(*key)?;
                let may = !attempt.over
                    && attempt.exited
                    && !core::mem::replace(&mut attempt.closed, true);
                must!(may, "the output of {op} is closed too early, or twice");
                Ok(())
            }
            Action::End(ended) => self.ends(ended),
            Action::Retry { key, attempt, .. } => {
                let op = self.op(*key)?;
                let next = self.attempts[op] + 1;
                must!(
                    core::mem::replace(&mut self.again[op], false),
                    "{op} has not ended and is repeated"
                );
                must!(*attempt == next, "{op}: attempt {attempt} after {next}");
                Ok(())
            }
            Action::Skip { key, result, reason } => self.skips(*key, *result, reason),
            Action::GiveToken => {
                must!(self.tokens > 0, "a token that nobody took");
                self.tokens -= 1;
                let taken = self.slots_in_use();
                must!(self.tokens + 1 >= taken, "a token too few for {taken}");
                Ok(())
            }
            Action::Throttled { from, to, cap, reason } => {
                self.throttled((*from, *to), (*cap, reason))
            }
            Action::Unfit { slot, reason } => self.unfit(*slot, reason),
            Action::Observe(key) => self.is_looked_at(*key),
            Action::Found(found) => self.was_found(found),
            Action::TakeToken | Action::Look | Action::Replanned { .. } => Ok(()),
            Action::Done => {
                self.done = true;
                Ok(())
            }
        }
    }

    fn is_silent(&mut self, key: Key) -> Verdict {
        let heartbeat = self.config().heartbeat.is_some();
        let (op, attempt) = self.attempt(key)?;
        let silent = heartbeat && !attempt.exited && !attempt.over && attempt.part == Part::Main;
        must!(silent, "{op} is said to be silent");
        Ok(())
    }

    fn slots_in_use(&self) -> u32 {
        self.stages.iter().filter(|stage| stage.has_a_place()).count() as u32
    }

    fn memory_in_use(&self) -> u64 {
        let all = self.stages.iter().zip(&self.case.specs);
        let has = all.filter(|(stage, _)| stage.has_a_place());
        has.map(|(_, (spec, _))| memory(spec)).sum()
    }

    /// It gets a place to run: what that asks for.
    fn takes_place(&mut self, op: usize) -> Verdict {
        must!(!(self.heard && self.held), "{op} starts while output stands still");
        must!(!(self.heard && self.paused), "{op} starts in a pause");
        must!(!(self.heard && self.cancel.is_some()), "{op} starts in a run that ends");
        self.has_room(op)?;
        let slots = self.slots_in_use() + 1;
        self.has_a_user(slots - 1)?;
        let memory = self.memory_in_use() + memory(&self.case.specs[op].0);
        must!(memory <= 8000, "{op}: {memory} of 8000 of memory");
        let short = self.config().pool == Pool::Shared && self.tokens + 1 < slots;
        must!(!short, "{} tokens for {slots}", self.tokens);
        must!(!matches!(self.stages[op], Stage::Decided(..)), "{op} was decided");
        for need in &self.case.specs[op].0.needs {
            must!(self.is_met(need) == Some(true), "{op} needs {}", need.id);
        }
        Ok(())
    }

    fn spawns(
        &mut self,
        key: Key,
        (number, slot): (u32, u32),
        (part, last): (Part, bool),
    ) -> Verdict {
        let op = self.op(key)?;
        match &self.stages[op] {
            // the command after its check, in the same place
            Stage::Runs(check) if check.part == Part::Check && check.over && !check.lacked => {
                let same = part == Part::Main && check.slot == slot;
                must!(same, "{op}: a check is followed by its command");
            }
            Stage::Runs(first) if first.part == Part::SetUp && first.over && !first.lacked => {
                let same = part != Part::SetUp && first.slot == slot && first.is_fit();
                must!(same, "{op}: a set-up that ended well is followed by what it is for");
                self.set_up.insert(slot);
            }
            Stage::Asking => self.counts(op)?,
            stage if stage.may_start() => {
                self.takes_place(op)?;
                self.counts(op)?;
            }
            other => return Err(format!("{op} starts while it is {other:?}")),
        }
        let spec = &self.case.specs[op].0;
        must!(spec.locks.is_empty() != self.holds_locks.contains(&op), "{op} lacks its locks");
        must!(!spec.done, "{op} was done and starts");
        let check_first = spec.has_check && self.attempts[op] == spec.attempts;
        must!(part != Part::Check || check_first, "{op} has no check now");
        self.is_in_order(slot, part)?;
        let same_slot = |stage: &Stage| matches!(stage, Stage::Runs(other) if other.slot == slot && !other.lacked);
        let twice = (0..self.stages.len()).any(|at| at != op && same_slot(&self.stages[at]));
        must!(!twice, "slot {slot} twice");
        if part == Part::Main {
            self.attempts[op] += 1;
        }
        let expected = self.attempts[op].max(1);
        must!(number == expected, "{op}: attempt {number} is the {expected}th");
        self.stages[op] = Stage::Runs(Attempt {
            number,
            slot,
            part,
            started: self.clock,
            exited: false,
            ended_well: false,
            over: false,
            not_started: false,
            lacked: false,
            strays: false,
            strays_since: None,
            unwanted: false,
            signals: Vec::new(),
            was_oldest: false,
            closed: false,
            abandoned: false,
            last,
        });
        Ok(())
    }

    fn signals(&mut self, key: Key, signal: i32) -> Verdict {
        let cancelled = self.cancel >= Some(Cancel::Stop)
            || self.config().halt.is_some()
            || self.config().total_timeout.is_some();
        let timeout = self.config().timeout.is_some() || self.config().stall.is_some();
        let recall = self.recall;
        let op = self.op(key)?;
        let timeout = timeout || self.case.specs[op].0.timeout.is_some();
        let (op, attempt) = self.attempt(key)?;
        let why = cancelled || timeout || recall || attempt.strays || attempt.unwanted;
        must!(why, "signal {signal} to {op} for no reason");
        must!(!attempt.signals.contains(&KILL), "{op} was killed already");
        attempt.signals.push(signal);
        if attempt.signals.len() == 1 {
            let started = attempt.started;
            let oldest = self.is_oldest(op, started);
            self.attempt(key)?.1.was_oldest = oldest;
        }
        Ok(())
    }

    fn ends(&mut self, ended: &Ended) -> Verdict {
        let recall = self.recall;
        let (op, attempt) = self.attempt(ended.key)?;
        must!(attempt.over, "{op} has not ended");
        let is_main = attempt.part == Part::Main || attempt.not_started;
        must!(is_main, "the end of a check of {op}");
        let (number, slot) = (attempt.number, attempt.slot);
        must!(ended.attempt == number && ended.slot == slot, "another end of {op}");
        must!(ended.last || !attempt.last, "the last attempt of {op} is repeated");
        let room = !ended.evicted || recall && !ended.last && !attempt.was_oldest;
        must!(room, "{op} is the oldest, or none that may make room");
        let untouched = attempt.signals.is_empty() && attempt.exited && !attempt.unwanted;
        let script = &self.case.specs[op].1;
        let tried = number.saturating_sub(self.case.specs[op].0.attempts + 1) as usize;
        let natural = script.endings.get(tried).or(script.endings.last()).copied();
        let well = natural == Some(Ending::Exit(0)) && script.verdict.is_none();
        if untouched && self.attempts_are_endings(op) {
            let says = ended.result == Outcome::Success;
            must!(says == well, "{op} ended {natural:?} and is {:?}", ended.result);
        }
        if ended.last {
            let own =
                Own { is_done: false, failure_satisfies: self.case.specs[op].0.failure_satisfies };
            return self.decide(op, (ended.result, own));
        }
        self.again[op] = true;
        self.stages[op] = Stage::Pauses;
        Ok(())
    }

    /// Each attempt has used up one ending of the script: none was ended before it ended.
    fn attempts_are_endings(&self, op: usize) -> bool {
        self.case.sim.faults.lost == 0 && self.attempts[op] == 1 + self.case.specs[op].0.attempts
    }

    fn skips(&mut self, key: Key, result: Outcome, reason: &str) -> Verdict {
        let op = self.op(key)?;
        let is_done = reason == "check" || reason == "resumed";
        let resumed = !self.case.specs[op].0.done || reason == "resumed" || reason == "halt";
        must!(resumed, "{op} was done and is skipped: {reason}");
        if let Stage::Runs(attempt) = &self.stages[op] {
            must!(attempt.over, "{op} runs and is skipped");
        }
        if reason.starts_with("needs ") && result == Outcome::Skip {
            let met = |need: &Need| self.is_met(need) == Some(true);
            let all = self.case.specs[op].0.needs.iter().all(met);
            must!(!all, "{op} has what it needs and is skipped: {reason}");
        }
        let own = Own { is_done, failure_satisfies: false };
        self.decide(op, (result, own))
    }

    fn decide(&mut self, op: usize, (result, own): (Outcome, Own)) -> Verdict {
        self.finals[op] += 1;
        must!(self.finals[op] == 1, "{op} was decided twice");
        self.stages[op] = Stage::Decided(result, own);
        Ok(())
    }

    /// Whether a need lets its dependent start; `None` while that is open.
    fn is_met(&self, need: &Need) -> Option<bool> {
        let at = self.case.specs.iter().position(|(spec, _)| spec.id == need.id)?;
        let edge = if need.weak { Edge::Order } else { Edge::Success };
        // an order beside what never came orders nothing
        let never_comes = self.input_ended && !self.keys.values().any(|read| *read == at);
        if never_comes && (need.weak || need.optional) {
            return Some(true);
        }
        let (result, own) = self.decided(at)?;
        Some(satisfies(result, edge, own))
    }

    /// How an operation was decided. A barrier is when its needs are.
    fn decided(&self, op: usize) -> Option<(Outcome, Own)> {
        let spec = &self.case.specs[op].0;
        if !spec.barrier {
            return match self.stages[op] {
                Stage::Decided(result, own) => Some((result, own)),
                _ => None,
            };
        }
        let mut all = self.keys.values().any(|read| *read == op).then_some(true)?;
        for need in &spec.needs {
            all &= self.is_met(need)?;
        }
        let halted = self.cancel.is_some();
        let result = if all && !halted { Outcome::Success } else { Outcome::Skip };
        Some((result, Own::default()))
    }

    /// The engine has nothing more to say: then nothing may be left undone.
    fn waits(&mut self, clock: Seconds) -> Verdict {
        self.heard = true;
        self.answered.clear();
        let ends = self.cancel >= Some(Cancel::Stop);
        for (op, stage) in self.stages.iter_mut().enumerate() {
            let Stage::Runs(attempt) = stage else { continue };
            if attempt.lacked {
                continue;
            }
            must!(!attempt.over, "the end of {op} was not heard");
            let left = ends && !attempt.exited && attempt.signals.is_empty();
            must!(!left, "{op} runs on although the run ends");
            if attempt.strays && attempt.signals.is_empty() {
                let since = *attempt.strays_since.get_or_insert(clock);
                must!(clock < since + STRAYS, "strays of {op} are let live");
            }
        }
        let taken = self.slots_in_use();
        let surplus = self.tokens > taken.saturating_sub(1);
        must!(!surplus, "{} tokens are kept for {taken}", self.tokens);
        self.nothing_is_idle(taken)
    }

    /// A slot is free and somebody could use it: work is never left lying.
    fn nothing_is_idle(&self, taken: u32) -> Verdict {
        let config = self.config();
        let held = self.held || self.paused || self.cancel.is_some() || self.lacking;
        let rules = config.pool == Pool::Shared
            || config.gate != GateRules::default()
            || config.arrivals.is_some()
            || config.kinds.is_some()
            || config.halt.is_some()
            || self.has_rates
            || config.total_timeout.is_some();
        // who follows a schedule may keep room, but not while nothing goes on at all
        let goes_on = |stage: &Stage| matches!(stage, Stage::Pauses | Stage::Waiting);
        let keeps =
            self.case.sim.engine.follows() && (taken > 0 || self.stages.iter().any(goes_on));
        if held || rules || keeps || self.weight_in_use() >= u64::from(self.limit) * 1000 {
            return Ok(());
        }
        let free = 8000 - self.memory_in_use();
        let read: BTreeSet<usize> = self.keys.values().copied().collect();
        for (op, (spec, _)) in self.case.specs.iter().enumerate() {
            let stage = &self.stages[op];
            let could = read.contains(&op)
                && !spec.barrier
                && !spec.done
                && matches!(stage, Stage::Before | Stage::Locked)
                && self.finals[op] == 0
                && memory(spec) <= free
                && self.key_is_open(op)
                && self.is_narrow(op)
                && spec.needs.iter().all(|need| self.is_met(need) == Some(true));
            must!(!could, "{op} could run in a free slot: {stage:?}");
        }
        Ok(())
    }

    fn end(&self) -> Verdict {
        let sim = &self.case.sim;
        must!(self.done, "the run has not ended");
        must!(self.tokens == 0 && sim.tokens.ours == 0, "tokens were kept");
        let all = sim.tokens.free + sim.tokens.others + sim.tokens.stolen;
        must!(all == sim.faults.tokens, "{all} tokens of {}", sim.faults.tokens);
        must!(sim.locks.are_left(), "locks were kept");
        must!(self.holds_locks.is_empty(), "locks were not given back");
        for op in self.keys.values() {
            let barrier = self.case.specs[*op].0.barrier;
            let told = self.finals[*op] == u32::from(!barrier);
            must!(told, "{op} was decided {} times", self.finals[*op]);
        }
        let tally = sim.engine.tally();
        let counted: u64 = self.finals.iter().map(|count| u64::from(*count)).sum();
        must!(counted == tally.decided(), "{} were counted", tally.decided());
        for result in Outcome::ALL {
            let is = |stage: &&Stage| matches!(stage, Stage::Decided(r, _) if *r == result);
            let count = self.stages.iter().filter(is).count() as u64;
            must!(count == tally.count(result), "{count} times {result:?}");
        }
        Ok(())
    }
}

fn memory(spec: &Spec) -> u64 {
    spec.resources.iter().map(|(_, amount)| amount.as_millis()).sum()
}
