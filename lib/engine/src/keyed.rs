//! Limits of those with the same key: how many run at once, and how many start in a time.
//!
//! A key that takes no more is shut. What waits for it alone is out of the way of the others until
//! it opens: its classes are parked in the ready queue. Those of one key that ask for the same
//! stay in order.

use crate::engine::Engine;
use crate::op::Key;
use crate::rate::{Meter, Rate};
use crate::timers::{Due, Timer};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::Seconds;

/// Whose starts a rate counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of all.
    Run,
    /// Those of each key by itself.
    EachKey,
    /// Those of one key.
    Key(String),
}

/// What limits starts beyond slots, resources and locks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admission {
    /// How many of one key run at once, where its name does not say otherwise.
    pub key_limit: Option<u32>,
    /// The same of single keys.
    pub key_limits: BTreeMap<String, u32>,
    /// Starts in a time.
    pub rates: Vec<(Scope, Rate)>,
    /// How many may wait that were read while they are run; `None`: as few as will do.
    pub queue: Option<u32>,
}

/// What shuts a key, or everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brake {
    /// As many run as may at once.
    Limit,
    /// Starts in a time, evenly.
    Rate,
    /// Starts in any window of time.
    Quota,
    /// An attempt was told to come again later.
    RetryAfter,
}

impl Brake {
    /// The word in `blocked_s`.
    pub const fn word(self) -> &'static str {
        match self {
            Brake::Limit => "key",
            Brake::Rate => "rate",
            Brake::Quota => "quota",
            Brake::RetryAfter => "retry-after",
        }
    }
}

/// Index of a key.
pub(crate) type KeyId = u32;

/// Starts of somebody in a time.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    meters: Vec<Meter>,
    /// It was asked to wait until then.
    asked: Seconds,
}

impl Flow {
    fn of(rates: &[(Scope, Rate)], counts: impl Fn(&Scope) -> bool) -> Self {
        let mine = rates.iter().filter(|(scope, _)| counts(scope));
        let meters = mine.map(|(_, rate)| Meter::new(*rate)).collect();
        Flow { meters, asked: Seconds::ZERO }
    }

    /// The flow of the whole run.
    pub(crate) fn of_run(rules: &Admission) -> Self {
        Flow::of(&rules.rates, |scope| *scope == Scope::Run)
    }

    pub(crate) fn is_limited(&self) -> bool {
        !self.meters.is_empty()
    }

    /// What keeps the next start back, and until when.
    pub(crate) fn shut(&self, now: Seconds) -> Option<(Brake, Seconds)> {
        let brake = |meter: &Meter| if meter.is_quota() { Brake::Quota } else { Brake::Rate };
        let meters = self.meters.iter().map(|meter| (brake(meter), meter.opens()));
        let all = meters.chain([(Brake::RetryAfter, self.asked)]);
        all.filter(|(_, opens)| *opens > now).max_by_key(|(_, opens)| *opens)
    }

    pub(crate) fn take(&mut self, now: Seconds) {
        self.meters.iter_mut().for_each(|meter| meter.take(now));
    }

    pub(crate) fn give_back(&mut self, at: Seconds) {
        self.meters.iter_mut().for_each(|meter| meter.give_back(at));
    }

    pub(crate) fn ask_to_wait(&mut self, until: Seconds) {
        self.asked = self.asked.max(until);
    }

    fn is_fresh(&self, now: Seconds) -> bool {
        self.asked <= now && self.meters.iter().all(|meter| meter.is_fresh(now))
    }
}

#[derive(Debug)]
struct Keyed {
    name: String,
    running: u32,
    limit: u32,
    flow: Flow,
    /// Demand classes of the ready queue with this key.
    classes: Vec<usize>,
    /// When it is looked at again, if a timer is set.
    timer: Option<Seconds>,
}

impl Keyed {
    fn shut(&self, now: Seconds) -> Option<(Brake, Option<Seconds>)> {
        if self.running >= self.limit {
            return Some((Brake::Limit, None));
        }
        self.flow.shut(now).map(|(brake, until)| (brake, Some(until)))
    }
}

/// The keys that are in use, or remembered.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    rules: Admission,
    by_name: HashMap<String, KeyId, FixedState>,
    all: Vec<Option<Keyed>>,
    free: Vec<KeyId>,
    /// Keys that nobody uses and whose flow is remembered still: looked at when they have doubled.
    remembered: Vec<KeyId>,
    look_at: usize,
}

/// So many keys may be remembered before it is looked which need not be.
const REMEMBERED: usize = 1000;

impl Keys {
    pub(crate) fn new(rules: Admission) -> Self {
        Keys { rules, look_at: REMEMBERED, ..Keys::default() }
    }

    fn limits(&self, name: &str) -> bool {
        let rules = &self.rules;
        let counts = |scope: &Scope| match scope {
            Scope::Run => false,
            Scope::EachKey => true,
            Scope::Key(key) => key == name,
        };
        rules.key_limit.is_some()
            || rules.key_limits.contains_key(name)
            || rules.rates.iter().any(|(scope, _)| counts(scope))
    }

    /// The key of that name; `None` where nothing limits it.
    pub(crate) fn id(&mut self, name: &str) -> Option<KeyId> {
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        if name.is_empty() || !self.limits(name) {
            return None;
        }
        let rules = &self.rules;
        let limit = rules.key_limits.get(name).copied().or(rules.key_limit).unwrap_or(u32::MAX);
        let flow = Flow::of(&rules.rates, |scope| match scope {
            Scope::Run => false,
            Scope::EachKey => true,
            Scope::Key(key) => key == name,
        });
        let keyed = Keyed {
            name: name.into(),
            running: 0,
            limit: limit.max(1),
            flow,
            classes: Vec::new(),
            timer: None,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.all[id as usize] = Some(keyed);
                id
            }
            None => {
                self.all.push(Some(keyed));
                (self.all.len() - 1) as KeyId
            }
        };
        self.by_name.insert(name.into(), id);
        Some(id)
    }

    fn get(&self, id: KeyId) -> Option<&Keyed> {
        self.all.get(id as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: KeyId) -> Option<&mut Keyed> {
        self.all.get_mut(id as usize)?.as_mut()
    }

    pub(crate) fn name(&self, id: KeyId) -> &str {
        self.get(id).map_or("", |keyed| &keyed.name)
    }

    /// How many of a key may run at once, where that is limited.
    pub(crate) fn limit(&self, id: KeyId) -> Option<u32> {
        self.get(id).map(|keyed| keyed.limit).filter(|limit| *limit < u32::MAX)
    }

    /// What shuts a key, and until when, where a time opens it.
    pub(crate) fn shut(&self, id: KeyId, now: Seconds) -> Option<(Brake, Option<Seconds>)> {
        self.get(id)?.shut(now)
    }

    pub(crate) fn add_class(&mut self, id: KeyId, class: usize) {
        if let Some(keyed) = self.get_mut(id)
            && !keyed.classes.contains(&class)
        {
            keyed.classes.push(class);
        }
    }

    /// A class is no longer used: the key is forgotten with its last one, unless its starts
    /// count still.
    pub(crate) fn drop_class(&mut self, id: KeyId, class: usize, now: Seconds) {
        let Some(keyed) = self.get_mut(id) else { return };
        keyed.classes.retain(|other| *other != class);
        if !keyed.classes.is_empty() {
            return;
        }
        if keyed.flow.is_fresh(now) {
            self.forget(id);
            return;
        }
        self.remembered.push(id);
        if self.remembered.len() >= self.look_at {
            for id in core::mem::take(&mut self.remembered) {
                match self.get(id) {
                    Some(keyed) if !keyed.classes.is_empty() => {}
                    Some(keyed) if keyed.flow.is_fresh(now) => self.forget(id),
                    Some(_) => self.remembered.push(id),
                    None => {}
                }
            }
            self.look_at = (2 * self.remembered.len()).max(REMEMBERED);
        }
    }

    fn forget(&mut self, id: KeyId) {
        if let Some(keyed) = self.all[id as usize].take() {
            self.by_name.remove(&keyed.name);
            self.free.push(id);
        }
    }
}

impl Engine {
    /// One of a key starts.
    pub(crate) fn key_begins(&mut self, now: Seconds, id: KeyId) {
        if let Some(keyed) = self.keys.get_mut(id) {
            keyed.running += 1;
            keyed.flow.take(now);
        }
        self.look_at_key(now, id);
    }

    /// It gives back its place among those of its key.
    pub(crate) fn key_ends(&mut self, now: Seconds, id: KeyId) {
        if let Some(keyed) = self.keys.get_mut(id) {
            keyed.running = keyed.running.saturating_sub(1);
        }
        self.look_at_key(now, id);
    }

    /// Parks or unparks what has a key, as that is shut or open now.
    pub(crate) fn look_at_key(&mut self, now: Seconds, id: KeyId) {
        let Engine { keys, ready, timers, .. } = self;
        let Some(keyed) = keys.get_mut(id) else { return };
        let shut = keyed.shut(now);
        if let Some((_, Some(at))) = shut
            && keyed.timer.is_none_or(|set| at < set)
        {
            keyed.timer = Some(at);
            timers.set(Timer { at, key: id, epoch: 0, due: Due::Key });
        }
        let brake = shut.map(|(brake, _)| brake);
        keyed.classes.iter().for_each(|class| ready.park(*class, brake));
        self.follow_look_again();
    }

    /// The time has come to look at a key.
    pub(crate) fn key_is_due(&mut self, now: Seconds, id: KeyId) {
        if let Some(keyed) = self.keys.get_mut(id) {
            keyed.timer = None;
        }
        self.look_at_key(now, id);
    }

    /// What was told to start at that time has not been, and counts for no rate.
    pub(crate) fn uncount_start(&mut self, now: Seconds, key: Key) {
        let Some(op) = self.op(key) else { return };
        let Some(at) = op.counted.take() else { return };
        let class = op.class;
        self.flow.give_back(at);
        if let Some(id) = self.ready.key(class) {
            if let Some(keyed) = self.keys.get_mut(id) {
                keyed.flow.give_back(at);
            }
            self.look_at_key(now, id);
        }
    }

    /// An attempt was told to come again after so long: if it fails, so long nothing of its key
    /// starts, and nothing at all where all share a rate.
    pub(crate) fn heed(&mut self, now: Seconds, key: Key, until: Seconds) {
        let Some(class) = self.op(key).map(|op| op.class) else { return };
        if let Some(id) = self.ready.key(class) {
            if let Some(keyed) = self.keys.get_mut(id) {
                keyed.flow.ask_to_wait(until);
            }
            self.look_at_key(now, id);
        } else if self.flow.is_limited() {
            self.flow.ask_to_wait(until);
        }
    }

    /// Whether the flow of the run lets something start now. Where it does not, a timer asks again.
    pub(crate) fn flows(&mut self, now: Seconds) -> bool {
        match self.flow.shut(now) {
            None => {
                self.flow_clock.stop(now);
                true
            }
            Some((brake, at)) => {
                self.flow_shut = brake;
                self.flow_clock.start(now);
                if self.flow_timer.is_none_or(|set| at < set) {
                    self.flow_timer = Some(at);
                    self.timers.set(Timer { at, key: Key::MAX, epoch: 0, due: Due::Flow });
                }
                false
            }
        }
    }
}
