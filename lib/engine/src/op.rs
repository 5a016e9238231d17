//! An operation as the engine sees it: what decides, without what is run.

use crate::engine::Fallback;
use crate::gate::Throttle;
use crate::keyed::{Brake, KeyId};
use crate::kinds::{Kind, Place};
use crate::message::{Ending, Part};
use crate::satisfy::{Edge, Own};
use crate::slots::WHOLE;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::{Amount, LockAsk, Need, Outcome, Seconds};

/// Number of an operation: chosen by the caller, an index.
pub type Key = u32;

/// Another way to do an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alternative {
    /// Expected duration.
    pub duration: Seconds,
    /// Amounts held while it runs so.
    pub resources: Vec<(String, Amount)>,
    /// Amounts that it uses up.
    pub nonrenewable: Vec<(String, Amount)>,
}

/// What decides about an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// Name in the plan; empty where nobody can need it.
    pub id: String,
    /// Position in the input, from 1.
    pub seq: u64,
    /// What must end before.
    pub needs: Vec<Need>,
    /// Expected duration.
    pub duration: Seconds,
    /// When a schedule has it start, from the plan's beginning.
    pub start: Option<Seconds>,
    /// Amounts held while it runs.
    pub resources: Vec<(String, Amount)>,
    /// Amounts that it uses up.
    pub nonrenewable: Vec<(String, Amount)>,
    /// Share of a slot, or several; `None` is one.
    pub weight: Option<Amount>,
    /// Those with the same share the limits of a key; empty: none.
    pub key: String,
    /// Operations of one family do the same with other things: what one of them was seen to
    /// do is expected of the next (see [`KindLimits`](crate::KindLimits)).
    pub family: u32,
    /// Locks held while it runs.
    pub locks: Vec<LockAsk>,
    /// What may be run instead, in this order, when it has failed (see [`Fallback`](crate::Fallback)).
    pub alternatives: Vec<Alternative>,
    /// It has a `check`.
    pub has_check: bool,
    /// No command.
    pub barrier: bool,
    /// Greater is started first.
    pub priority: i64,
    /// Ended after this long.
    pub timeout: Option<Seconds>,
    /// Repetitions after a first try that failed; `None` takes the run's.
    pub retries: Option<u32>,
    /// Least pause before the first repetition; `None` takes the run's.
    pub retry_delay: Option<Seconds>,
    /// A failure does not skip its dependents.
    pub failure_satisfies: bool,
    /// An earlier run has done it: it is skipped, and counts as done.
    pub done: bool,
    /// Attempts of earlier runs: they are counted on, and are no tries of this one.
    pub attempts: u32,
}

/// Why an operation does not run now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It needs operations that have not ended: how many.
    Needs(u32),
    /// No slot is free.
    Slot,
    /// Fewer slots are free than it is wide: how many of them are, and how wide it is.
    Width {
        /// What is free.
        free: Amount,
        /// What it takes.
        weight: Amount,
    },
    /// As many of its kind run as may at once.
    Kind(Kind),
    /// Too little of a resource is free.
    Resource(String),
    /// Those of its key are held back, until that time where it is known.
    Key(String, Brake, Option<Seconds>),
    /// All are held back so, until that time.
    Flow(Brake, Seconds),
    /// Others have all tokens of the pool.
    Token,
    /// Somebody else holds a lock.
    Lock(String),
    /// Room is kept for others that the schedule has before it.
    Turn,
    /// Starts are held back.
    Throttle(Throttle),
    /// It failed and pauses before the next attempt.
    Backoff(Seconds),
    /// It could be started: the run is being ended, or a start has just failed.
    Held,
}

/// Order among those that are ready: the greatest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub priority: i64,
    /// Its place in a schedule that is followed; without one all have the same.
    pub turn: Reverse<u32>,
    /// Longest remaining path, its own duration included.
    pub tail: Seconds,
    /// What takes more of the slots comes first: it is harder to place.
    pub width: u32,
    pub seq: Reverse<u64>,
}

/// Where an operation stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Needs that have not ended.
    Waiting,
    /// In the ready queue.
    Ready,
    /// Slot and resources taken, asking for locks.
    Asking { slot: u32 },
    /// Waits for a lock, holding nothing else.
    LockWait { name: String, since: Seconds },
    /// Has its locks, waits for slot and resources.
    Locked,
    /// Its process runs.
    Running { slot: u32, part: Part, ending: Option<Ending>, stop: Option<Stop> },
    /// Pauses before the next attempt.
    Backoff { until: Seconds },
    /// Decided.
    Done(Outcome),
}

/// Why an attempt is being ended by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Timeout,
    /// It has written nothing for too long.
    Stall,
    Cancelled,
    /// Too little memory: it is started again later.
    Memory,
    Failed(String),
}

#[derive(Debug)]
pub(crate) struct Op {
    pub spec: Spec,
    pub state: State,
    /// Needs that have not ended.
    pub unmet: u32,
    pub dependents: Vec<(Key, Edge)>,
    /// Why it must be skipped when its needs have all ended.
    pub doomed: Option<String>,
    pub rank: Rank,
    /// Longest remaining path, its own duration included.
    pub tail: Seconds,
    /// Demand class in the ready queue.
    pub class: usize,
    /// How many of its alternatives have taken the place of what failed.
    pub mode: u32,
    /// Attempts that were started, in earlier runs, too.
    pub attempts: u32,
    /// Of those, the ones that are no tries: we ended them to start them again, they were
    /// an earlier run's, or another mode's.
    pub recalled: u32,
    /// Attempts that were killed for want of memory, and whether the last one was.
    pub oom: (u32, bool),
    /// When the last attempt was started.
    pub started: Seconds,
    /// When it last wrote something, or was started.
    pub heard_at: Seconds,
    /// The signal that is next when an attempt is being ended.
    pub step: usize,
    /// When its start was counted for the rates, while it may still come to nothing.
    pub counted: Option<Seconds>,
    /// What it has of the room of the slots.
    pub width: u64,
    /// The place that it has among those of a kind.
    pub place: Place,
    /// It has used up what it uses up.
    pub paid: bool,
    /// Its attempt was told to come again no earlier.
    pub asked: Seconds,
    pub ready_at: Seconds,
    /// Since then it could have been started, but for others' turn.
    pub held_back: bool,
    /// The lock that another operation of the schedule has.
    pub lock_in_use: Option<String>,
    /// What the clocks showed when it became ready.
    pub clocks_at: Clocks,
    pub queued: Seconds,
    pub blocked: Vec<(Cause, Seconds)>,
    /// When it was to start, where that was not when it could.
    pub intended: Option<Seconds>,
    /// What it says of itself, once it is decided.
    pub own: Own,
    /// Timers set before this number are void.
    pub epoch: u32,
}

/// What a ready operation waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Slot,
    Kind(Kind),
    Start,
    Token,
    Resource(u32),
    Key(KeyId, Brake),
    Flow(Brake),
    Lock(String),
    Turn,
    Throttle(Throttle),
    Retry,
    /// Its slot was made ready.
    SetUp,
}

/// How long, in all, something that concerns every ready operation has been missing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clocks {
    /// All slots were taken.
    pub slot: Seconds,
    /// Starts were held back.
    pub gate: Seconds,
    /// A rate of the whole run was used up.
    pub flow: Seconds,
    /// Others had all tokens.
    pub token: Seconds,
}

impl Op {
    pub(crate) fn new(spec: Spec) -> Self {
        let attempts = spec.attempts;
        let tail = spec.duration;
        let seq = Reverse(spec.seq);
        let width = weight_of(&spec);
        let rank = Rank { priority: spec.priority, turn: Reverse(0), tail, width, seq };
        Op {
            tail,
            spec,
            state: State::Waiting,
            unmet: 0,
            dependents: Vec::new(),
            doomed: None,
            rank,
            class: 0,
            mode: 0,
            attempts,
            recalled: attempts,
            oom: (0, false),
            started: Seconds::ZERO,
            heard_at: Seconds::ZERO,
            step: 0,
            counted: None,
            width: 0,
            place: Place::default(),
            paid: false,
            asked: Seconds::ZERO,
            ready_at: Seconds::ZERO,
            held_back: false,
            lock_in_use: None,
            clocks_at: Clocks::default(),
            queued: Seconds::ZERO,
            blocked: Vec::new(),
            intended: None,
            own: Own::default(),
            epoch: 0,
        }
    }

    /// It has a place to run, waits for its locks, or is decided.
    pub(crate) fn has_begun(&self) -> bool {
        !matches!(self.state, State::Waiting | State::Ready | State::Backoff { .. })
    }

    /// It can be done in yet another way, and is to be.
    pub(crate) fn has_fallback(&self, fallback: Fallback) -> bool {
        fallback == Fallback::Next && self.spec.alternatives.len() > self.mode as usize
    }

    /// Adds to the time lost to a cause.
    pub(crate) fn lose(&mut self, cause: Cause, time: Seconds) {
        if time <= Seconds::ZERO {
            return;
        }
        match self.blocked.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, sum)) => *sum += time,
            None => self.blocked.push((cause, time)),
        }
    }
}

/// What an operation weighs, in thousandths of a slot.
pub(crate) fn weight_of(spec: &Spec) -> u32 {
    let weight = spec.weight.map_or(u64::from(WHOLE), Amount::as_millis);
    u32::try_from(weight).unwrap_or(u32::MAX).max(1)
}
