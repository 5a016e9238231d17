//! The engine's state, and its three doors: `handle`, `poll`, `deadline`.

use crate::arrival::{Arrival, Arrivals};
use crate::backoff::Backoff;
use crate::capacity::Capacity;
use crate::check::Awaited;
use crate::follow::{Dispatch, Follow};
use crate::gate::{Gate, GateRules};
use crate::halt::{Halt, HaltLimit};
use crate::median::Median;
use crate::message::{Action, Cancel, Input};
use crate::op::{Key, Op, Spec, State, Why};
use crate::ready::Ready;
use crate::slots::Slots;
use crate::tally::Tally;
use crate::termseq::TermSeq;
use crate::timeout::Timeout;
use crate::timers::{Due, Timer, Timers};
use crate::tokens::{Pool, Purse};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{Amount, Seconds};

/// How operations come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feeding {
    /// All are read and checked before the first starts.
    #[default]
    Whole,
    /// Each starts as soon as it may; what turns out wrong is its own error.
    Stream,
    /// As `Stream`, and none needs another: each is forgotten when it has ended.
    Lines,
}

/// What follows on the last try of an operation that can be done in several ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: it has failed.
    #[default]
    None,
    /// Its next alternative, with tries of its own.
    Next,
}

/// The rules of a run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Slots.
    pub jobs: u32,
    /// Capacity of each resource; what has none is unlimited.
    pub resources: BTreeMap<String, Amount>,
    /// Who else decides how many run.
    pub pool: Pool,
    /// How operations come.
    pub feeding: Feeding,
    /// Who starts next.
    pub dispatch: Dispatch,
    /// When results end the run.
    pub halt: Option<Halt>,
    /// Whether alternatives are tried.
    pub fallback: Fallback,
    /// Repetitions after a first try that failed, where an operation says nothing.
    pub retries: u32,
    /// Pauses between attempts.
    pub backoff: Backoff,
    /// Time for each attempt, where an operation says nothing.
    pub timeout: Option<Timeout>,
    /// An attempt that writes nothing for so long is ended.
    pub stall: Option<Seconds>,
    /// Of an attempt that writes nothing it is told so often.
    pub heartbeat: Option<Seconds>,
    /// Time for the whole run.
    pub total_timeout: Option<Seconds>,
    /// How attempts are ended.
    pub termseq: TermSeq,
    /// What holds starts back.
    pub gate: GateRules,
    /// When operations come, where load is generated.
    pub arrivals: Option<Arrivals>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            jobs: 1,
            resources: BTreeMap::new(),
            pool: Pool::Unlimited,
            feeding: Feeding::Whole,
            dispatch: Dispatch::default(),
            halt: None,
            fallback: Fallback::None,
            retries: 0,
            backoff: Backoff::default(),
            timeout: None,
            stall: None,
            heartbeat: None,
            total_timeout: None,
            termseq: TermSeq::default(),
            gate: GateRules::default(),
            arrivals: None,
        }
    }
}

/// Decides about one run.
#[derive(Debug)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) ops: Vec<Option<Op>>,
    pub(crate) ids: HashMap<String, Key, FixedState>,
    /// Needs of operations that have not been read yet.
    pub(crate) awaited: BTreeMap<String, Vec<Awaited>>,
    pub(crate) actions: VecDeque<Action>,
    pub(crate) ready: Ready,
    pub(crate) slots: Slots,
    pub(crate) purse: Purse,
    pub(crate) capacity: Capacity,
    pub(crate) gate: Gate,
    pub(crate) arrival: Option<Arrival>,
    /// The schedule that is followed.
    pub(crate) follow: Option<Follow>,
    /// Durations of attempts that ended well, where a timeout is a share of them.
    pub(crate) durations: Median,
    pub(crate) timers: Timers,
    pub(crate) tally: Tally,
    pub(crate) halt_matches: u64,
    /// Operations that were read, barriers left out.
    pub(crate) total: u64,
    pub(crate) cancel: Option<Cancel>,
    /// Starts that failed for a lack, one after the other; none may start now.
    pub(crate) lack: u32,
    pub(crate) lacking: bool,
    /// The caller wants no starts now.
    pub(crate) held: bool,
    pub(crate) begun: bool,
    pub(crate) input_ended: bool,
    pub(crate) undecided: u64,
    pub(crate) epochs: u32,
    said_done: bool,
    total_set: bool,
}

impl Engine {
    /// An engine that has heard of nothing.
    pub fn new(config: Config) -> Self {
        Engine {
            slots: Slots::new(config.jobs),
            purse: Purse::new(config.pool),
            capacity: Capacity::new(&config.resources),
            gate: Gate::new(config.gate),
            arrival: config.arrivals.map(Arrival::new),
            follow: None,
            durations: Median::default(),
            tally: Tally::new(config.halt.as_ref()),
            begun: config.feeding != Feeding::Whole && !counts_first(&config),
            config,
            ops: Vec::new(),
            ids: HashMap::with_hasher(FixedState::default()),
            awaited: BTreeMap::new(),
            actions: VecDeque::new(),
            ready: Ready::default(),
            timers: Timers::default(),
            halt_matches: 0,
            total: 0,
            cancel: None,
            lack: 0,
            lacking: false,
            held: false,
            input_ended: false,
            undecided: 0,
            epochs: 0,
            said_done: false,
            total_set: false,
        }
    }

    /// Takes in what happened. Afterwards [`Engine::poll`] until it says nothing more.
    pub fn handle(&mut self, now: Seconds, input: Input) {
        match input {
            Input::Op(key, spec) => self.take(now, key, *spec),
            Input::EndOfInput => self.end_input(now),
            Input::SpawnFailed(key, failure) => self.spawn_failed(now, key, failure),
            Input::LocksTaken(key) => self.locks_taken(now, key),
            Input::LocksWait(key, name) => self.locks_wait(now, key, name),
            Input::LocksFailed(key, reason) => self.locks_failed(now, key, reason),
            Input::TokenTaken => self.token_taken(),
            Input::TokenMissing => self.token_missing(),
            Input::TokenReady => self.token_ready(),
            Input::Heard(key) => self.heard(now, key),
            Input::Exited(key, ending) => self.exited(now, key, ending),
            Input::Strays(key) => self.strays(now, key),
            Input::Over(key, verdict) => self.over(now, key, verdict),
            Input::Fail(key, reason) => self.fail_attempt(now, key, reason),
            Input::Cancel(cancel) => self.cancel(now, cancel),
            Input::Slots(limit) => {
                self.slots.resize(limit, now);
                self.follow_look_again();
                self.departs(|engine| format!("{} slots now", engine.slots.limit()));
            }
            Input::Machine(machine) => self.saw(now, machine),
        }
    }

    /// What to do next, or `None` until something happens or the deadline comes.
    pub fn poll(&mut self, now: Seconds) -> Option<Action> {
        self.set_total(now);
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Some(action);
            }
            if let Some(timer) = self.timers.pop_due(now) {
                self.fire(now, timer);
                continue;
            }
            if self.start_one(now) || self.give_token() {
                continue;
            }
            self.time_token(now);
            let over = self.input_ended && self.begun && self.undecided == 0;
            if over && !self.said_done {
                self.said_done = true;
                return Some(Action::Done);
            }
            return None;
        }
    }

    /// When to poll again although nothing happened.
    pub fn deadline(&mut self) -> Option<Seconds> {
        let ops = &self.ops;
        let timer = self.timers.next(|timer| is_void(ops, timer));
        [timer, self.next_arrival()].into_iter().flatten().min()
    }

    /// Capacity of each resource.
    pub fn limits(&self) -> &BTreeMap<String, Amount> {
        &self.config.resources
    }

    /// Resources that operations hold and that have no capacity.
    pub fn unlimited(&self) -> Vec<String> {
        self.capacity.unlimited().map(ToString::to_string).collect()
    }

    /// The counts so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// True while more operations can be used: there is room for another start,
    /// and nothing that waits could fill it. Lines are read no faster, and where load is
    /// generated not before they are due.
    pub fn wants_input(&mut self, now: Seconds) -> bool {
        if self.cancel.is_some() {
            return false;
        }
        if !self.begun && !self.input_ended {
            return true;
        }
        self.has_room() && self.is_due(now)
    }

    /// There is room for another start, and nothing that waits could fill it.
    pub(crate) fn has_room(&self) -> bool {
        self.cancel.is_none() && self.ready.is_empty() && self.slots.any_free() && !self.lacking
    }

    /// Starts nothing for now: a reader of ours stands still.
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Starts again what may be started.
    pub fn go_on(&mut self) {
        self.held = false;
    }

    /// A schedule is followed.
    pub fn follows(&self) -> bool {
        self.follow.is_some()
    }

    /// The run is being ended.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_some()
    }

    /// Attempts that hold a slot.
    pub fn running(&self) -> u32 {
        self.slots.in_use()
    }

    /// Why an operation does not run now; `None` if it runs or is decided.
    pub fn why(&self, key: Key) -> Option<Why> {
        let op = self.ops.get(key as usize)?.as_ref()?;
        match &op.state {
            State::Waiting => Some(Why::Needs(op.unmet)),
            State::LockWait { name, .. } => Some(Why::Lock(name.clone())),
            State::Backoff { until } => Some(Why::Backoff(*until)),
            State::Ready | State::Locked | State::Asking { .. } => {
                if self.cancel.is_some() || self.lacking {
                    return Some(Why::Held);
                }
                if !self.slots.any_free() {
                    return Some(Why::Slot);
                }
                if let Some(id) = self.capacity.short_of(self.ready.demand(op.class)) {
                    return Some(Why::Resource(self.capacity.name(id).to_string()));
                }
                let no_token = self.purse.is_short(self.slots.in_use());
                Some(match self.gate.shut_by() {
                    _ if no_token && self.waits_for_token() => Why::Token,
                    Some(throttle) => Why::Throttle(throttle),
                    None if self.follow.is_some() => Why::Turn,
                    None => Why::Slot,
                })
            }
            State::Running { .. } | State::Done(_) => None,
        }
    }

    fn take(&mut self, now: Seconds, key: Key, spec: Spec) {
        let at = key as usize;
        if self.ops.len() <= at {
            self.ops.resize_with(at + 1, || None);
        }
        self.undecided += 1;
        self.total += u64::from(!spec.barrier);
        let mut op = Op::new(spec);
        let demand = self.capacity.demand(&op.spec.resources);
        op.class = self.ready.class(demand);
        if !op.spec.id.is_empty() && self.config.feeding != Feeding::Lines {
            self.ids.entry(op.spec.id.clone()).or_insert(key);
        }
        self.ops[at] = Some(op);
        if self.config.feeding != Feeding::Whole {
            self.admit(now, key);
            self.arrives(now, key);
        }
    }

    fn set_total(&mut self, now: Seconds) {
        if let (false, Some(total)) = (self.total_set, self.config.total_timeout) {
            self.timers.set(Timer { at: now + total, key: Key::MAX, epoch: 0, due: Due::Total });
        }
        self.total_set = true;
    }

    pub(crate) fn op_at(&self, key: Key) -> Option<&Op> {
        self.ops.get(key as usize)?.as_ref()
    }

    pub(crate) fn op(&mut self, key: Key) -> Option<&mut Op> {
        self.ops.get_mut(key as usize)?.as_mut()
    }

    /// Makes every timer that was set for an operation void.
    pub(crate) fn new_epoch(&mut self, key: Key) -> u32 {
        self.epochs = self.epochs.wrapping_add(1);
        let epoch = self.epochs;
        if let Some(op) = self.op(key) {
            op.epoch = epoch;
        }
        epoch
    }
}

/// A share of all operations can only be told when all have been read.
fn counts_first(config: &Config) -> bool {
    matches!(config.halt, Some(Halt { limit: HaltLimit::Percent(_), .. }))
}

fn is_void(ops: &[Option<Op>], timer: &Timer) -> bool {
    if matches!(timer.due, Due::Total | Due::Lack | Due::Gate | Due::Watch) {
        return false;
    }
    match ops.get(timer.key as usize) {
        Some(Some(op)) => op.epoch != timer.epoch || matches!(op.state, State::Done(_)),
        _ => true,
    }
}

impl Engine {
    /// Acts on a deadline that has come.
    fn fire(&mut self, now: Seconds, timer: Timer) {
        if is_void(&self.ops, &timer) {
            return;
        }
        match timer.due {
            Due::Total => {
                if !(self.input_ended && self.undecided == 0) {
                    self.tally.out_of_time = true;
                    self.cancel(now, Cancel::Stop);
                }
            }
            Due::Lack => self.lacking = false,
            Due::Backoff => self.become_ready(now, timer.key),
            Due::Gate => self.gate_is_due(),
            Due::Watch => self.watch_is_due(now),
            Due::Timeout => self.time_out(now, timer.key),
            Due::Stall => self.stall_is_due(now, timer.key),
            Due::Late => self.is_late(now, timer.key),
            Due::Heartbeat => self.heartbeat_is_due(now, timer.key),
            Due::NextSignal => self.next_signal(now, timer.key),
            Due::GiveUp => self.actions.push_back(Action::Abandon(timer.key)),
            Due::Drain => self.actions.push_back(Action::CloseOutput(timer.key)),
            Due::Strays => self.end_strays(now, timer.key),
        }
    }
}
