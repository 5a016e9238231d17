//! The engine's state, and its three doors: `handle`, `poll`, `deadline`.

use crate::arrival::{Arrival, Arrivals};
use crate::backoff::Backoff;
use crate::capacity::Capacity;
use crate::check::Awaited;
use crate::follow::{Dispatch, Follow};
use crate::gate::{Gate, GateRules};
use crate::halt::{Halt, HaltLimit};
use crate::keyed::{Admission, Brake, Flow, Keys};
use crate::kinds::{KindLimits, Kinds};
use crate::median::Median;
use crate::message::{Action, Cancel, Input};
use crate::op::{Alternative, Key, Op, Spec, State, Why, weight_of};
use crate::priority::{Again, PriorityRule, Score};
use crate::ready::{Ask, Ready, Room, Short};
use crate::set_up::SetUp;
use crate::slots::Slots;
use crate::stopwatch::Stopwatch;
use crate::store::Store;
use crate::tally::Tally;
use crate::termseq::TermSeq;
use crate::timeout::Timeout;
use crate::timers::{Due, Timer, Timers};
use crate::tokens::{Pool, Purse};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// How many of those that compute, and of those that wait; `None`: one kind like the other.
    pub kinds: Option<KindLimits>,
    /// Capacity of each resource; what has none is unlimited.
    pub resources: BTreeMap<String, Amount>,
    /// Amounts that are used up; what has none here is unlimited.
    pub nonrenewable: BTreeMap<String, Amount>,
    /// What limits starts besides.
    pub admission: Admission,
    /// What priorities are made of, where not of what operations say alone.
    pub priorities: Option<PriorityRule>,
    /// When what has failed is started again.
    pub again: Again,
    /// Who else decides how many run.
    pub pool: Pool,
    /// How operations come.
    pub feeding: Feeding,
    /// Who starts next.
    pub dispatch: Dispatch,
    /// What comes before the first operation of a slot.
    pub set_up: SetUp,
    /// When results end the run.
    pub halt: Option<Halt>,
    /// Whether alternatives are tried.
    pub fallback: Fallback,
    /// Repetitions after a first try that failed, where an operation says nothing.
    pub retries: u32,
    /// Repetitions of what was killed for want of memory; `None`: none.
    pub retry_oom: Option<u32>,
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
            kinds: None,
            resources: BTreeMap::new(),
            nonrenewable: BTreeMap::new(),
            admission: Admission::default(),
            priorities: None,
            again: Again::InOrder,
            pool: Pool::Unlimited,
            feeding: Feeding::Whole,
            dispatch: Dispatch::default(),
            set_up: SetUp::None,
            halt: None,
            fallback: Fallback::None,
            retries: 0,
            retry_oom: None,
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

/// So many that do not fit what is free may wait, while others that might are read.
const LOOK_AHEAD: usize = 4096;

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
    /// Slots whose set-up has ended well.
    pub(crate) set_up: BTreeSet<u32>,
    pub(crate) kinds: Option<Kinds>,
    pub(crate) purse: Purse,
    pub(crate) capacity: Capacity,
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    /// Starts of the whole run, what holds them back, and for how long it has.
    pub(crate) flow: Flow,
    pub(crate) flow_shut: Brake,
    pub(crate) flow_clock: Stopwatch,
    /// When to ask again, if a timer is set.
    pub(crate) flow_timer: Option<Seconds>,
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
            set_up: BTreeSet::new(),
            kinds: config.kinds.map(Kinds::new),
            purse: Purse::new(config.pool),
            capacity: Capacity::new(&config.resources),
            store: Store::new(&config.nonrenewable),
            keys: Keys::new(config.admission.clone()),
            flow: Flow::of_run(&config.admission),
            flow_shut: Brake::Rate,
            flow_clock: Stopwatch::default(),
            flow_timer: None,
            gate: Gate::new(config.gate.clone()),
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
            Input::Does(key, does) => self.saw_what_runs(now, key, does),
            Input::Took(key, work) => self.kind_ended(key, &work),
            Input::OutOfMemory(key) => self.was_out_of_memory(key),
            Input::Fail(key, reason) => self.fail_attempt(now, key, reason),
            Input::Cancel(cancel) => self.cancel(now, cancel),
            Input::Slots(limit) => {
                self.slots.resize(limit, now);
                self.slots_changed();
            }
            Input::Pause => self.pause_starts(),
            Input::Resume => self.resume_starts(),
            Input::RetryAfter(key, after) => {
                if let Some(op) = self.op(key) {
                    op.asked = op.asked.max(now + after);
                }
            }
            Input::Machine(machine) => self.saw(now, machine),
        }
    }

    /// There are more slots now, or fewer: what was made for their number is made anew.
    pub(crate) fn slots_changed(&mut self) {
        self.follow_widths();
        self.departs(|engine| format!("{} slots now", engine.slots.limit()));
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

    /// True while more operations can be used: there is room for another start, and nothing
    /// that waits could fill it, or more may wait. Lines are read no faster, and where load is
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

    /// There is room for another start, and nothing that waits could fill it, or more may wait.
    pub(crate) fn has_room(&self) -> bool {
        if self.cancel.is_some() || self.lacking {
            return false;
        }
        match self.config.admission.queue {
            Some(most) => {
                let waiting = self.ready.len();
                waiting < most as usize || waiting == 0 && self.slots.any_free()
            }
            None => self.ready.len() < LOOK_AHEAD && self.could_start_more(),
        }
    }

    /// There is a free slot, and nobody who waits fits into it.
    fn could_start_more(&self) -> bool {
        self.slots.any_free() && (self.ready.is_empty() || !self.ready.any_fits(self.room()))
    }

    pub(crate) fn room(&self) -> Room<'_> {
        Room { slots: &self.slots, kinds: self.kinds.as_ref(), capacity: &self.capacity }
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
    pub fn why(&self, key: Key, now: Seconds) -> Option<Why> {
        let op = self.ops.get(key as usize)?.as_ref()?;
        match &op.state {
            State::Waiting => Some(Why::Needs(op.unmet)),
            State::LockWait { name, .. } => Some(Why::Lock(name.clone())),
            State::Backoff { until } => Some(Why::Backoff(*until)),
            State::Ready | State::Locked | State::Asking { .. } => Some(self.why_ready(op, now)),
            State::Running { .. } | State::Done(_) => None,
        }
    }

    /// Why one that is ready is not started: the narrowest reason first.
    fn why_ready(&self, op: &Op, now: Seconds) -> Why {
        if self.cancel.is_some() || self.lacking {
            return Why::Held;
        }
        match self.ready.short_now(op.class, self.room()) {
            Some(Short::Key(id, brake)) => {
                let until = self.keys.shut(id, now).and_then(|(_, until)| until);
                return Why::Key(self.keys.name(id).to_string(), brake, until);
            }
            Some(Short::Slots) if self.slots.any_free() => {
                let weight = Amount::from_millis(self.slots.width(self.ready.weight(op.class)));
                return Why::Width { free: Amount::from_millis(self.slots.free()), weight };
            }
            Some(Short::Slots) => return Why::Slot,
            Some(Short::Kind(kind)) => return Why::Kind(kind),
            Some(Short::Resource(id)) => {
                return Why::Resource(self.capacity.name(id).to_string());
            }
            None => {}
        }
        if let Some((brake, until)) = self.flow.shut(now) {
            return Why::Flow(brake, until);
        }
        let no_token = self.purse.is_short(self.slots.in_use());
        match self.gate.shut_by() {
            _ if no_token && self.waits_for_token() => Why::Token,
            Some(throttle) => Why::Throttle(throttle),
            None if self.follow.is_some() => Why::Turn,
            None => Why::Slot,
        }
    }

    /// How wide an operation is, if no slots there are will do: it runs alone.
    pub fn runs_alone(&self, spec: &Spec) -> bool {
        u64::from(weight_of(spec)) > self.slots.room()
    }

    /// What an operation's priority is made of, where a rule says so.
    pub fn score(&self, key: Key) -> Option<Score> {
        let op = self.op_at(key)?;
        let weight = self.slots.width(self.ready.weight(op.class)) as f64;
        let of_slots = weight / self.slots.room() as f64;
        let of = |(id, amount): &(u32, Amount)| {
            let total = self.capacity.total(*id)?.as_millis();
            (total > 0).then(|| amount.as_millis() as f64 / total as f64)
        };
        let shares = self.ready.demand(op.class).iter().filter_map(of);
        let fit = shares.fold(of_slots, f64::max);
        self.config.priorities.map(|rule| rule.score(op, fit))
    }

    /// The demand class of an operation in one of its modes.
    pub(crate) fn class_of(&mut self, resources: &[(String, Amount)], spec: &Spec) -> usize {
        let key = self.keys.id(&spec.key);
        let amounts = self.capacity.demand(resources);
        let family = if self.kinds.is_some() { spec.family } else { 0 };
        let class = self.ready.class(Ask { amounts, weight: weight_of(spec), key, family });
        if let Some(id) = key {
            self.keys.add_class(id, class);
        }
        class
    }

    /// The same of an alternative.
    pub(crate) fn class_of_other(&mut self, other: &Alternative, key: Key) -> Option<usize> {
        let op = self.ops.get_mut(key as usize)?.take()?;
        let class = self.class_of(&other.resources, &op.spec);
        self.ops[key as usize] = Some(op);
        Some(class)
    }

    fn take(&mut self, now: Seconds, key: Key, spec: Spec) {
        let at = key as usize;
        if self.ops.len() <= at {
            self.ops.resize_with(at + 1, || None);
        }
        self.undecided += 1;
        self.total += u64::from(!spec.barrier);
        let mut op = Op::new(spec);
        op.class = self.class_of(&op.spec.resources, &op.spec);
        if let Some(id) = self.ready.key(op.class) {
            self.look_at_key(now, id);
        }
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
    if matches!(timer.due, Due::Total | Due::Lack | Due::Gate | Due::Watch | Due::Flow | Due::Key) {
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
            Due::Flow => self.flow_timer = None,
            Due::Key => self.key_is_due(now, timer.key),
            Due::Watch => self.watch_is_due(now),
            Due::Timeout => self.time_out(now, timer.key),
            Due::Stall => self.stall_is_due(now, timer.key),
            Due::Late => self.is_late(now, timer.key),
            Due::Heartbeat => self.heartbeat_is_due(now, timer.key),
            Due::NextSignal => self.next_signal(now, timer.key),
            Due::GiveUp => self.actions.push_back(Action::Abandon(timer.key)),
            Due::Observe => self.is_to_be_observed(now, timer.key),
            Due::Drain => self.actions.push_back(Action::CloseOutput(timer.key)),
            Due::Strays => self.end_strays(now, timer.key),
        }
    }
}
