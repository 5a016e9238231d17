//! One run, event by event. What is kept grows with the operations that run at
//! once, the locks, the families, and the operations that may be needed; not
//! with the length of the log.

mod blame;
mod cause;
mod chain;
pub(crate) mod family;
mod history;
mod latency;
pub(crate) mod locks;
mod packed;
pub(crate) mod report;
pub(crate) mod restraint;
mod slots;
mod top;
pub(crate) mod usage;
pub(crate) mod verdict;

use crate::sketch::Sketch;
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use cause::{Cause, Causes, Ledger};
use family::{Families, Known};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use history::{History, Keep, Node};
use latency::Latency;
use locks::{Held, Locks, pid_name};
use record::{EndView, LockWait, OpSkip, Outcome, RunEnd, RunStart, Seconds, SlowOp, StartView};
use slots::{Before, Slots, spawn_of};
use top::Top;

/// An operation that has been started.
#[derive(Clone, Debug, Default)]
struct Running {
    pid: u32,
    head: String,
    parent: Option<usize>,
    orphan: bool,
    /// A need that the log does not have: a barrier, or it was left out.
    missing: bool,
    before: Seconds,
    held: Vec<Cause>,
    timeout: Option<Seconds>,
    /// Who had these last when it was started.
    had: Vec<(Cause, String)>,
}

/// An operation between two attempts.
#[derive(Clone, Debug, Default)]
struct Earlier {
    ready: Seconds,
    waits: Ledger,
    started: Option<Running>,
}

/// Exact sums.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Operations by result.
    pub counts: [u64; 6],
    /// What held all starts back.
    pub shut: Ledger,
    /// Attempts that ended.
    pub attempts: u64,
    /// Operations tried more than once.
    pub retried: u64,
    /// Durations.
    pub work: Seconds,
    /// Processor time in user mode.
    pub user: Seconds,
    /// Processor time in the kernel.
    pub system: Seconds,
    /// Time starts took.
    pub spawn: Seconds,
    /// Durations of attempts that were repeated, or that a timeout ended.
    pub wasted: [Seconds; 2],
    /// Time in which attempts ran and their output was not taken.
    pub stalled: Seconds,
    /// Greatest resident set.
    pub max_rss_bytes: Option<u64>,
    /// First operation ready and last end.
    pub span: Option<(Seconds, Seconds)>,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Run {
    pub(crate) began: Option<RunStart>,
    pub(crate) ended: Option<RunEnd>,
    pub(crate) sums: Sums,
    pub(crate) causes: Causes,
    pub(crate) slots: Slots,
    pub(crate) history: History,
    pub(crate) locks: Locks,
    pub(crate) families: Families,
    pub(crate) durations: Sketch,
    pub(crate) slowest: Top<SlowOp>,
    pub(crate) latency: Option<Box<Latency>>,
    running: HashMap<String, Running, FixedState>,
    earlier: HashMap<String, Earlier, FixedState>,
    /// Who had a lock or a resource last, by cause.
    holders: Vec<String>,
    spare: Option<Box<Node>>,
}

impl Run {
    /// A run of which nothing is known; lists will have at most `most` rows.
    pub fn new(most: usize) -> Self {
        Run {
            began: None,
            ended: None,
            sums: Sums::default(),
            causes: Causes::default(),
            slots: Slots::default(),
            history: History::default(),
            locks: Locks::new(most),
            families: Families::default(),
            durations: Sketch::default(),
            slowest: Top::new(most),
            latency: None,
            running: HashMap::default(),
            earlier: HashMap::default(),
            holders: Vec::new(),
            spare: None,
        }
    }

    /// First word of the command of an operation that runs; empty where the log does not say.
    pub fn head_of(&self, id: &str) -> &str {
        self.running.get(id).map_or("", |running| running.head.as_str())
    }

    /// Operations that were started and have not ended.
    pub fn unfinished(&self) -> u64 {
        let between = self.earlier.keys().filter(|id| !self.running.contains_key(*id)).count();
        (self.running.len() + between) as u64
    }

    /// True where the log has nothing of this run.
    pub fn is_empty(&self) -> bool {
        self.began.is_none()
            && self.ended.is_none()
            && self.sums.attempts == 0
            && self.sums.counts == [0; 6]
            && self.unfinished() == 0
    }

    /// An attempt begins.
    pub fn op_start(&mut self, view: &StartView<'_>) {
        let mut running =
            Running { pid: view.pid, head: view.head.to_string(), ..Running::default() };
        if !view.needs.is_empty() {
            self.history.has_needs();
            self.link(view, &mut running);
        }
        view.locks.for_each(|name| running.held.push(self.causes.lock(name)));
        view.resources.for_each(|name, _| running.held.push(self.causes.resource(name)));
        let had = running.held.iter().map(|cause| (*cause, self.holder(*cause).to_string()));
        running.had = had.collect();
        running.timeout = view.timeout;
        self.running.insert(view.id.to_string(), running);
    }

    /// Finds the need that ended last.
    fn link(&self, view: &StartView<'_>, running: &mut Running) {
        let mut latest: Option<(Seconds, usize)> = None;
        view.needs.for_each(|id| match self.history.find(id) {
            Some(number) => {
                let Some(node) = self.history.brief(number) else { return };
                running.before = running.before.max(node.longest);
                if latest.is_none_or(|(end, _)| node.end > end) {
                    latest = Some((node.end, number));
                }
            }
            None => running.missing = true,
        });
        running.parent = latest.map(|(_, number)| number);
        running.orphan = latest.is_none() && !running.missing;
    }

    /// An attempt has ended.
    pub fn op_end(&mut self, view: &EndView<'_>) {
        let running = if self.running.is_empty() { None } else { self.running.remove(view.id) };
        let earlier = if self.earlier.is_empty() { None } else { self.earlier.remove(view.id) };
        self.tally(view);
        let mut node = self.spare.take().unwrap_or_default();
        (node.slot, node.stalled) = self.waits(view, &mut node.waits);
        node.spawn = spawn_of(view);
        node.late = view.result == Outcome::Timeout;
        self.sums.stalled += node.stalled;
        let of_start = running.as_ref();
        self.families.add(
            view,
            Known {
                head: of_start.map_or("", |running| running.head.as_str()),
                waited: self.causes.by_kind(&node.waits),
                timeout: of_start.and_then(|running| running.timeout),
            },
        );
        self.behind(view, &mut node, running.as_ref().map_or(&[], |running| &running.had));
        self.slots.end(view);
        let findable = running.is_some() || earlier.is_some();
        let mut earlier = earlier
            .unwrap_or_else(|| Earlier { ready: view.start - view.queued, ..Earlier::default() });
        let started = earlier.started.take().or(running).unwrap_or_default();
        let mut held = started.held.clone();
        let named =
            node.waits.0.iter().map(|row| row.0).filter(|cause| self.causes.is_held(*cause));
        named.for_each(|cause| {
            if !held.contains(&cause) {
                held.push(cause);
            }
        });
        self.hold((view, &node.waits), &held);
        earlier.waits.0.iter().for_each(|(cause, time)| node.waits.add(*cause, *time));
        if view.last {
            node.held = held;
            node.ready = earlier.ready;
            self.finish(view, node, (started, findable));
            return;
        }
        node.waits.add(if node.late { Cause::TIMEOUTS } else { Cause::RETRIES }, view.wall);
        earlier.waits = core::mem::take(&mut node.waits);
        earlier.started = Some(started);
        self.spare = Some(node);
        self.earlier.insert(view.id.to_string(), earlier);
    }

    /// What the log does not have ended when the operation became ready: whoever
    /// ended last before that stands for it.
    fn link_missing(&self, ready: Seconds, started: &mut Running) {
        let Some((number, last)) = self.history.last_ended_by(ready) else { return };
        let parent = started.parent.and_then(|number| self.history.brief(number));
        if parent.is_none_or(|parent| last.end > parent.end) {
            started.before = started.before.max(last.longest);
            started.parent = Some(number);
        }
    }

    /// The operation is over: it joins the history.
    fn finish(&mut self, view: &EndView<'_>, mut node: Box<Node>, of: (Running, bool)) {
        let (mut started, findable) = of;
        if started.missing {
            self.link_missing(node.ready, &mut started);
        }
        self.sums.counts[place(view.result)] += 1;
        if let Some(intended) = view.intended {
            self.latency.get_or_insert_default().note(intended, view);
        }
        self.sums.retried += u64::from(view.attempt > 1);
        node.id.clear();
        node.id.push_str(view.id);
        node.start = view.start;
        node.end = view.end;
        node.parent = started.parent;
        node.orphan = started.orphan;
        node.longest = started.before + view.wall;
        let keep = if findable { Keep::ById } else { Keep::Briefly };
        self.spare = self.history.push(node, keep);
    }

    fn tally(&mut self, view: &EndView<'_>) {
        let sums = &mut self.sums;
        sums.attempts += 1;
        sums.work += view.wall;
        sums.user += view.user;
        sums.system += view.system;
        sums.spawn += spawn_of(view);
        match (view.result, view.last) {
            (Outcome::Timeout, _) => sums.wasted[1] += view.wall,
            (_, false) => sums.wasted[0] += view.wall,
            _ => {}
        }
        sums.max_rss_bytes = sums.max_rss_bytes.max(view.max_rss_bytes);
        let ready = view.start - view.queued;
        sums.span = Some(match sums.span {
            None => (ready, view.end),
            Some((begin, end)) => (begin.min(ready), end.max(view.end)),
        });
        self.durations.add(view.wall.as_micros().max(0) as u64);
        self.slowest.offer(view.wall, || SlowOp {
            id: view.id.to_string(),
            wall_s: view.wall,
            result: view.result,
        });
    }

    /// What the attempt waited for; returns what its slot did before, and how long its
    /// output was not taken while it ran. A wait for a slot is start overhead as far as that slot stood idle
    /// although its next operation was ready.
    fn waits(&mut self, view: &EndView<'_>, waits: &mut Ledger) -> (Before, Seconds) {
        waits.0.clear();
        view.blocked.for_each(|key, time| {
            let cause = self.causes.of_blocked(key);
            waits.add(cause, time);
        });
        // what it waited for its reader after its start is not of the time before it
        let over = (waits.sum() - view.queued).max(Seconds::ZERO);
        let stalled = waits.get(Cause::OUTPUT).min(over).min(view.wall);
        waits.take(Cause::OUTPUT, stalled);
        waits.fit(view.queued);
        for (cause, time) in waits.0.iter().filter(|(cause, _)| self.causes.shuts(*cause)) {
            self.sums.shut.add(*cause, *time);
        }
        let slot = waits.get(Cause::SLOTS);
        let rest = view.queued - waits.sum();
        let before = self.slots.start(view, slot + rest);
        if slot > Seconds::ZERO {
            let known = (before.busy + before.idle).as_f64();
            let part = if known > 0.0 { before.idle.as_f64() / known } else { 0.0 };
            let idle = Seconds::from_micros((slot.as_micros() as f64 * part) as i64).min(slot);
            waits
                .0
                .iter_mut()
                .filter(|row| row.0 == Cause::SLOTS)
                .for_each(|row| row.1 = slot - idle);
            waits.add(Cause::START, idle);
        }
        waits.add(if view.attempt > 1 { Cause::RETRIES } else { Cause::START }, rest);
        (before, stalled)
    }

    /// For whom it waited longest; and each of its waits for a lock. `had`
    /// knows who had something last, where its start is in the log.
    fn behind(&mut self, view: &EndView<'_>, node: &mut Node, had: &[(Cause, String)]) {
        let holders = &self.holders;
        let holder = |cause: Cause| {
            let then = had.iter().find(|row| row.0 == cause).map(|row| &row.1);
            then.or_else(|| holders.get(Causes::place(cause))).map_or("", String::as_str)
        };
        node.behind.clear();
        node.behind.push_str(match node.waits.greatest() {
            Some((Cause::SLOTS | Cause::START, _)) | None => self.slots.last(view.slot),
            Some((cause, _)) => holder(cause),
        });
        for (cause, time) in &node.waits.0 {
            if let Some(name) = self.causes.lock_name(*cause) {
                self.locks.waited(name, view.id, (*time, holder(*cause)));
            }
        }
    }

    fn holder(&self, cause: Cause) -> &str {
        self.holders.get(Causes::place(cause)).map_or("", String::as_str)
    }

    /// It held what it said at its start, and what it waited for.
    fn hold(&mut self, (view, waits): (&EndView<'_>, &Ledger), held: &[Cause]) {
        for cause in held {
            let place = Causes::place(*cause);
            if place >= self.holders.len() {
                self.holders.resize_with(place + 1, String::new);
            }
            self.holders[place].clear();
            self.holders[place].push_str(view.id);
            if let Some(name) = self.causes.lock_name(*cause) {
                let (end, time, waited) = (view.end, view.wall, waits.get(*cause));
                self.locks.held(name, Held { who: view.id, end, time, waited });
            }
        }
    }

    /// An operation never ran.
    pub fn op_skip(&mut self, skip: &OpSkip) {
        self.earlier.remove(&skip.id);
        self.sums.counts[place(skip.result)] += 1;
    }

    /// An operation begins to wait for a lock.
    pub fn lock_wait(&mut self, wait: &LockWait) {
        let by_pid = |pid: u32| self.running.iter().find(|(_, op)| op.pid == pid);
        let holder = wait.holder_pid.and_then(by_pid).map(|(id, _)| id.clone());
        let holder = holder.unwrap_or_else(|| pid_name(wait.holder_pid));
        self.locks.wait(&wait.name, &wait.id, holder);
    }
}

/// Place of a result in the counts.
fn place(result: Outcome) -> usize {
    Outcome::ALL.iter().position(|other| *other == result).unwrap_or(0)
}
