//! Following a schedule: whose turn it is.
//!
//! A schedule may leave room idle on purpose, for a later operation that needs more of it;
//! to start whatever fits would take that room away. So operations that have not been
//! started keep the schedule's order, and each has room reserved from the time at which it
//! can start as things stand: its needs by the expected ends of what runs, its amounts by
//! what is free then. An operation starts before others that the schedule has earlier only
//! where it delays none of them (conservative backfilling; Mu'alem and Feitelson, 2001).
//! In the order of a schedule, serial generation starts nothing later than that schedule
//! does (Kelley, 1963; Hartmann and Kolisch, 2000): while all take as long as was expected, the run ends
//! no later than was promised. Nothing is ever held back for a time of the schedule itself.

use crate::capacity::Demand;
use crate::engine::Engine;
use crate::message::Action;
use crate::op::{Key, Op, State};
use crate::ready::Room;
use crate::replan::overtaxed;
use crate::timers::{Due, Timer};
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use plan::{Ahead, Graph, LOCK_WHOLE, Line, lock_share};
use record::{Amount, Seconds};

/// Who starts next among those that could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dispatch {
    /// As a schedule has it, where all operations carry one; else as `Tails`.
    #[default]
    Schedule,
    /// Who has the longest path before it.
    Tails,
}

/// So many operations that have not been started have room reserved, and two for each slot.
const AHEAD: usize = 64;

/// The line of the slots, in thousandths; those of resources follow, and then, far behind, those
/// of keys and those of locks.
const SLOTS: Line = 0;
const FIRST_KEY: Line = 1 << 30;
const FIRST_LOCK: Line = 1 << 31;

/// An operation that is late by this share of its duration is still expected at any moment.
const PATIENCE_SHARE: i64 = 2;

/// An end that nobody can tell.
pub(crate) const UNKNOWN: Seconds = Seconds::from_micros(i64::MAX / 4);

/// The order of a schedule, and what of it has been started.
#[derive(Debug)]
pub(crate) struct Follow {
    pub graph: Graph,
    /// What each holds while it runs, a slot included.
    pub demands: Vec<Vec<(Line, u64)>>,
    /// What is free of resources and locks.
    free: BTreeMap<Line, u64>,
    /// All operations, in order.
    pub order: Vec<Key>,
    /// The place of each in it.
    place: Vec<u32>,
    /// Places of those that have not been started.
    pub left: BTreeSet<u32>,
    /// Those that have not been started either, and cannot be before somebody else gives a lock back:
    /// they are not looked at until then.
    stuck: BTreeSet<u32>,
    running: BTreeSet<Key>,
    /// When each is expected to end, as far as that was looked at last.
    ends: Vec<Seconds>,
    /// Who may start now; unknown after something has happened.
    pub turns: Option<VecDeque<Key>>,
    /// That is the first in order; of the others nothing is known.
    head_alone: bool,
    /// Why what is left is to be planned anew.
    pub departure: Option<String>,
    /// How many have been decided since that was done last.
    pub ended: usize,
}

impl Engine {
    /// Begins to follow the schedule that the operations carry, if all do.
    pub(crate) fn begin_to_follow(&mut self, graph: Graph) {
        let all = || self.ops.iter().flatten().filter(|op| !op.spec.barrier);
        let is_planned = all().next().is_some() && all().all(|op| op.spec.start.is_some());
        if self.config.dispatch == Dispatch::Tails || !is_planned {
            return;
        }
        let demands = self.all_demands();
        if let Some((line, time)) = overtaxed(&self.ops, &demands, |line| self.total_of(line)) {
            self.refuse_schedule(line, time);
            return;
        }
        let order = planned_order(&graph, &self.ops);
        let mut free: BTreeMap<Line, u64> = BTreeMap::new();
        for (line, _) in demands.iter().flatten().filter(|(line, _)| *line != SLOTS) {
            free.insert(*line, self.total_of(*line));
        }
        let mut follow = Follow {
            graph,
            demands,
            free,
            place: vec![0; order.len()],
            left: (0..order.len() as u32).collect(),
            stuck: BTreeSet::new(),
            running: BTreeSet::new(),
            ends: vec![Seconds::ZERO; order.len()],
            turns: None,
            head_alone: false,
            departure: None,
            ended: 0,
            order: Vec::new(),
        };
        follow.keep_order(order, &mut self.ops);
        self.follow = Some(follow);
    }

    /// It was made for other limits: what takes more than there is cannot be kept to.
    fn refuse_schedule(&mut self, line: Line, time: Seconds) {
        let what = match line {
            SLOTS => format!("slots than the {} there are", self.slots.limit()),
            line if line < FIRST_KEY => {
                format!("of \"{}\" than there is", self.capacity.name(line - 1))
            }
            line if line < FIRST_LOCK => {
                format!("of key {} at once than may run", self.keys.name(line - FIRST_KEY))
            }
            _ => String::from("of a lock than there is"),
        };
        let reason =
            format!("the schedule takes more {what}, at {time} s: the longest path decides");
        let left = self.total;
        let none = Seconds::ZERO;
        self.actions.push_back(Action::Replanned { reason, left, before: none, after: none });
    }

    /// What each operation holds, by line: slot, resources, locks.
    fn all_demands(&self) -> Vec<Vec<(Line, u64)>> {
        let mut locks: BTreeMap<&str, Line> = BTreeMap::new();
        let mut demands = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            let mut lines: BTreeMap<Line, u64> = BTreeMap::new();
            if let Some(op) = op.as_ref().filter(|op| !op.spec.barrier) {
                lines.insert(SLOTS, self.slots.width(self.ready.weight(op.class)));
                lines.extend(self.resource_lines(op));
                let key = self.ready.key(op.class).filter(|id| self.keys.limit(*id).is_some());
                lines.extend(key.map(|id| (FIRST_KEY + id, 1)));
                for ask in &op.spec.locks {
                    let next = FIRST_LOCK + locks.len() as Line;
                    let line = *locks.entry(ask.name.as_str()).or_insert(next);
                    let share = lines.entry(line).or_default();
                    *share = lock_share(ask).max(*share);
                }
            }
            demands.push(lines.into_iter().collect());
        }
        demands
    }

    fn resource_lines(&self, op: &Op) -> impl Iterator<Item = (Line, u64)> {
        let resources: &Demand = self.ready.demand(op.class);
        resources.iter().map(|(id, amount)| (id + 1, amount.as_millis()))
    }

    /// It holds other amounts from now on, or takes another time. It has no place now.
    pub(crate) fn follow_changed(&mut self, key: Key) {
        let Some(mut follow) = self.follow.take() else { return };
        if let Some(op) = self.op_at(key) {
            let demand = &mut follow.demands[key as usize];
            demand.retain(|(line, _)| *line == SLOTS || *line >= FIRST_KEY);
            demand.extend(self.resource_lines(op));
            for (line, _) in demand.iter() {
                let total = self.total_of(*line);
                follow.free.entry(*line).or_insert(total);
            }
        }
        follow.turns = None;
        self.follow = Some(follow);
    }

    /// There are more slots, or fewer: what is wider than all takes all of them.
    pub(crate) fn follow_widths(&mut self) {
        let Some(mut follow) = self.follow.take() else { return };
        for (demand, op) in follow.demands.iter_mut().zip(self.ops.iter().flatten()) {
            let width = self.slots.width(self.ready.weight(op.class));
            demand.iter_mut().filter(|(line, _)| *line == SLOTS).for_each(|held| held.1 = width);
        }
        follow.turns = None;
        self.follow = Some(follow);
    }

    /// How much there is of a resource or a lock.
    fn total_of(&self, line: Line) -> u64 {
        if line >= FIRST_LOCK {
            return LOCK_WHOLE;
        }
        if line == SLOTS {
            return self.slots.room();
        }
        if line >= FIRST_KEY {
            return self.keys.limit(line - FIRST_KEY).map_or(u64::MAX, u64::from);
        }
        line.checked_sub(1)
            .and_then(|id| self.capacity.total(id))
            .map_or(u64::MAX, Amount::as_millis)
    }

    /// An operation gets its place to run.
    pub(crate) fn follow_begin(&mut self, key: Key) {
        let Some(follow) = &mut self.follow else { return };
        follow.left.remove(&follow.place[key as usize]);
        if follow.running.insert(key) {
            for (line, amount) in &follow.demands[key as usize] {
                if let Some(free) = follow.free.get_mut(line) {
                    *free = free.saturating_sub(*amount);
                }
            }
        }
    }

    /// It gives its place back.
    pub(crate) fn follow_give_back(&mut self, key: Key) {
        let Some(follow) = &mut self.follow else { return };
        follow.turns = None;
        if follow.running.remove(&key) {
            for (line, amount) in &follow.demands[key as usize] {
                if let Some(free) = follow.free.get_mut(line) {
                    *free += *amount;
                }
            }
        }
    }

    /// It is to be started once more.
    pub(crate) fn follow_again(&mut self, key: Key) {
        let Some(follow) = &mut self.follow else { return };
        follow.turns = None;
        let place = follow.place[key as usize];
        follow.stuck.remove(&place);
        follow.left.insert(place);
    }

    /// One that has waited for locks of others has them, or will never have them.
    pub(crate) fn follow_unstuck(&mut self) {
        let Some(follow) = &mut self.follow else { return };
        follow.turns = None;
        follow.left.append(&mut follow.stuck);
    }

    /// It is decided.
    pub(crate) fn follow_decided(&mut self, key: Key) {
        let Some(follow) = &mut self.follow else { return };
        follow.turns = None;
        follow.ended += 1;
        follow.left.remove(&follow.place[key as usize]);
        follow.stuck.remove(&follow.place[key as usize]);
    }

    /// Something has happened: who may start is to be looked at anew.
    pub(crate) fn follow_look_again(&mut self) {
        if let Some(follow) = &mut self.follow {
            follow.turns = None;
        }
    }

    /// Somebody may start now.
    pub(crate) fn has_turn(&mut self, now: Seconds) -> bool {
        if self.follow.is_none() {
            return true;
        }
        self.ready.has_locked(self.room()) || self.turn(now).is_some()
    }

    /// The same, as it was when it was last looked at.
    pub(crate) fn had_turn(&self) -> bool {
        let turns = self.follow.as_ref().and_then(|follow| follow.turns.as_ref());
        self.ready.has_locked(self.room()) || turns.is_some_and(|turns| !turns.is_empty())
    }

    /// Takes out whoever starts next.
    pub(crate) fn pick(&mut self, now: Seconds) -> Option<Key> {
        if self.follow.is_none() || self.ready.has_locked(self.room()) {
            // it takes what others were to have
            self.follow_look_again();
            let room =
                Room { slots: &self.slots, kinds: self.kinds.as_ref(), capacity: &self.capacity };
            return self.ready.pick(room);
        }
        let key = self.turn(now)?;
        if let Some(follow) = &mut self.follow {
            if let Some(turns) = &mut follow.turns {
                turns.pop_front();
            }
            if core::mem::take(&mut follow.head_alone) {
                follow.turns = None;
            }
        }
        let class = self.op(key)?.class;
        self.ready.take(class, key).then_some(key)
    }

    fn turn(&mut self, now: Seconds) -> Option<Key> {
        let mut follow = self.follow.take()?;
        let turns = match follow.turns.take() {
            Some(turns) if turns.front().is_none_or(|key| self.fits(*key)) => turns,
            _ if !self.ready.any_fits(self.room()) => VecDeque::new(),
            _ => match self.head(&follow) {
                Some(head) => {
                    follow.head_alone = true;
                    VecDeque::from([head])
                }
                None => self.look_ahead(now, &mut follow),
            },
        };
        let first = turns.front().copied();
        follow.turns = Some(turns);
        self.follow = Some(follow);
        first
    }

    /// The first in order, where nothing stands against it.
    fn head(&self, follow: &Follow) -> Option<Key> {
        let key = follow.order[*follow.left.first()? as usize];
        let op = self.op_at(key).filter(|op| op.state == State::Ready)?;
        let locks = &follow.demands[key as usize];
        let is_free =
            |(line, amount): &(Line, u64)| follow.free.get(line).is_none_or(|free| free >= amount);
        let fits = self.ready.short_now(op.class, self.room()).is_none();
        (fits && locks.iter().all(is_free)).then_some(key)
    }

    fn fits(&self, key: Key) -> bool {
        self.op_at(key).is_some_and(|op| self.ready.short_now(op.class, self.room()).is_none())
    }

    /// Reserves room in the order of the schedule; who has it from now on may start.
    fn look_ahead(&mut self, now: Seconds, follow: &mut Follow) -> VecDeque<Key> {
        let mut turns = VecDeque::new();
        let mut ahead = Ahead::new();
        let mut slots = self.slots.free();
        let mut spare = follow.free.clone();
        let mut most = AHEAD + 2 * self.slots.limit().min(1 << 20) as usize;
        let left = core::mem::take(&mut follow.left);
        let mut stuck = Vec::new();
        for place in &left {
            let key = follow.order[*place as usize];
            let Some(op) = self.ops[key as usize].as_ref() else { continue };
            let ready = self.needs_end(now, key, follow);
            let duration = op.spec.duration.max(Seconds::from_micros(1));
            follow.ends[key as usize] = ready.min(UNKNOWN);
            if ready >= UNKNOWN && self.is_stuck(key, follow) {
                follow.stuck.insert(*place);
                stuck.push(*place);
            }
            if op.spec.barrier || ready >= UNKNOWN {
                continue;
            }
            let demand = &follow.demands[key as usize];
            self.learn(now, demand, (&mut ahead, follow));
            let Some(start) = ahead.earliest(ready, duration, demand) else { continue };
            ahead.take(start, duration, demand);
            follow.ends[key as usize] = start + duration;
            let is_free = |(line, amount): &(Line, u64)| {
                *line == SLOTS || spare.get(line).is_none_or(|free| free >= amount)
            };
            let fits = op.state == State::Ready
                && demand.iter().all(is_free)
                && self.ready.short_now(op.class, self.room()).is_none();
            if fits && start <= now {
                // slots are counted apart
                for (line, amount) in demand.iter().filter(|(line, _)| *line != SLOTS) {
                    spare.entry(*line).and_modify(|free| *free -= amount);
                }
                turns.push_back(key);
                slots = slots.saturating_sub(self.slots.width(self.ready.weight(op.class)));
            } else {
                let lock = Self::lock_in_use(op, demand, &spare);
                if let Some(op) = self.op(key).filter(|op| op.state == State::Ready) {
                    op.held_back |= fits;
                    op.lock_in_use = lock.or(op.lock_in_use.take());
                }
            }
            most -= 1;
            if slots == 0 || most == 0 {
                break;
            }
        }
        follow.left = left;
        for place in stuck {
            follow.left.remove(&place);
        }
        turns
    }

    /// Something that it needs waits for a lock that others hold, at once or behind others.
    fn is_stuck(&self, key: Key, follow: &Follow) -> bool {
        follow.graph.predecessors(key).iter().any(|need| {
            follow.stuck.contains(&follow.place[*need as usize])
                || self.op_at(*need).is_some_and(|op| matches!(op.state, State::LockWait { .. }))
        })
    }

    /// The lock of which an operation would have too little.
    fn lock_in_use(op: &Op, demand: &[(Line, u64)], spare: &BTreeMap<Line, u64>) -> Option<String> {
        let short = |(line, amount): &(Line, u64)| spare.get(line).is_some_and(|s| s < amount);
        let locks = demand.iter().filter(|(line, _)| *line >= FIRST_LOCK);
        // the lines of locks have the order in which they were first named, not this one's
        let at = locks.clone().position(short)?;
        match op.spec.locks.len() {
            1 => op.spec.locks.first().map(|ask| ask.name.clone()),
            _ => op.spec.locks.get(at).map(|ask| ask.name.clone()),
        }
    }

    /// When everything that an operation needs is expected to have ended, and its pause
    /// to be over.
    fn needs_end(&self, now: Seconds, key: Key, follow: &Follow) -> Seconds {
        let place = follow.place[key as usize];
        let ends = follow.graph.predecessors(key).iter().filter_map(|need| {
            let op = self.op_at(*need)?;
            // one that ran when those after it got new places, and is to run again
            let is_behind = follow.place[*need as usize] > place && !op.has_begun();
            Some(if is_behind { UNKNOWN } else { self.expected(now, (*need, op), follow) })
        });
        ends.fold(self.own_pause(now, key), Seconds::max)
    }

    /// When an operation may be started as far as its own pause goes, and the rate of its key.
    pub(crate) fn own_pause(&self, now: Seconds, key: Key) -> Seconds {
        let Some(op) = self.op_at(key) else { return now };
        let shut = self.ready.key(op.class).and_then(|id| self.keys.shut(id, now));
        let opens = shut.and_then(|(_, until)| until).unwrap_or(now);
        match &op.state {
            State::Backoff { until } => opens.max(*until),
            _ => opens,
        }
    }

    /// When an operation is expected to have ended, as things stood when its turn was
    /// looked at.
    pub(crate) fn expected(&self, now: Seconds, (key, op): (Key, &Op), follow: &Follow) -> Seconds {
        match &op.state {
            State::Done(_) => now,
            State::Running { .. } | State::Asking { .. } => expected_end(now, op),
            // nobody knows for how long others hold it
            State::LockWait { .. } => UNKNOWN,
            State::Locked => now + op.spec.duration,
            State::Waiting | State::Ready | State::Backoff { .. } => follow.ends[key as usize],
        }
    }

    /// Enters what is free of these lines, now and when what runs gives back.
    pub(crate) fn learn(
        &self,
        now: Seconds,
        demand: &[(Line, u64)],
        (ahead, follow): (&mut Ahead, &Follow),
    ) {
        for (line, _) in demand {
            if ahead.knows(*line) {
                continue;
            }
            let holds = |key: &Key| {
                let held = follow.demands[*key as usize].iter().find(|held| held.0 == *line)?;
                Some((expected_end(now, self.op_at(*key)?), held.1))
            };
            let held = follow.running.iter().filter_map(holds).collect();
            let free = match *line {
                SLOTS => self.slots.free(),
                line => follow.free.get(&line).copied().unwrap_or(0),
            };
            ahead.add(*line, (now, free), held);
        }
    }

    /// What runs may take longer than was expected: that is looked at when its time is up.
    pub(crate) fn expect_end(&mut self, now: Seconds, key: Key) {
        if self.follow.is_none() {
            return;
        }
        let Some(op) = self.op(key).filter(|op| op.spec.duration > Seconds::ZERO) else { return };
        let (epoch, at) = (op.epoch, next_look(now, op));
        self.timers.set(Timer { at, key, epoch, due: Due::Late });
    }

    /// An operation has not ended when it was expected.
    pub(crate) fn is_late(&mut self, now: Seconds, key: Key) {
        self.follow_look_again();
        self.departs_late(now, key);
        self.expect_end(now, key);
    }
}

impl Follow {
    /// How many have not been started.
    pub(crate) fn unstarted(&self) -> usize {
        self.left.len() + self.stuck.len()
    }

    /// Gives every operation its place.
    fn keep_order(&mut self, order: Vec<Key>, ops: &mut [Option<Op>]) {
        self.order.clone_from(&order);
        for (place, key) in (0..).zip(order) {
            self.put(place, key, ops);
        }
    }

    /// Gives an operation another place.
    pub(crate) fn put(&mut self, place: u32, key: Key, ops: &mut [Option<Op>]) {
        self.order[place as usize] = key;
        self.place[key as usize] = place;
        if let Some(op) = &mut ops[key as usize] {
            op.rank.turn = Reverse(place);
        }
    }
}

/// When what runs is expected to end, and never before now: at the end of its duration,
/// up to half of that later at any moment; after that it is expected to take twice as long, and
/// twice again. That is the best that can be said of what may take any time.
fn expected_end(now: Seconds, op: &Op) -> Seconds {
    let duration = op.spec.duration;
    let end = op.started + duration;
    if now <= end {
        return end;
    }
    if now <= end + patience(duration) {
        return now;
    }
    op.started + doubled(now - op.started, duration)
}

fn patience(duration: Seconds) -> Seconds {
    Seconds::from_micros(duration.as_micros() / PATIENCE_SHARE)
}

/// The first of twice, four times, eight times the duration that is not over.
fn doubled(spent: Seconds, duration: Seconds) -> Seconds {
    let mut all = duration.as_micros().max(1);
    while all <= spent.as_micros() {
        all = all.saturating_mul(2);
    }
    Seconds::from_micros(all)
}

/// When what is expected of an operation that runs changes next.
fn next_look(now: Seconds, op: &Op) -> Seconds {
    let late = op.started + op.spec.duration + patience(op.spec.duration);
    let tick = Seconds::from_micros(1);
    if now < late { late + tick } else { op.started + doubled(now - op.started, op.spec.duration) }
}

/// All operations, each after what it needs; among those that could come next the greater
/// priority first, then the earlier start. A barrier follows what it waits for at once.
fn planned_order(graph: &Graph, ops: &[Option<Op>]) -> Vec<Key> {
    let count = ops.len() as Key;
    let rank = |key: Key| {
        let spec = ops[key as usize].as_ref().map(|op| &op.spec);
        let (priority, start) = match spec {
            Some(spec) if !spec.barrier => (spec.priority, spec.start.unwrap_or_default()),
            _ => (i64::MAX, Seconds::ZERO),
        };
        Reverse((Reverse(priority), start, key))
    };
    let mut unmet: Vec<u32> = (0..count).map(|key| graph.predecessors(key).len() as u32).collect();
    let mut open: BinaryHeap<_> =
        (0..count).filter(|k| unmet[*k as usize] == 0).map(rank).collect();
    let mut order = Vec::with_capacity(ops.len());
    while let Some(Reverse((_, _, key))) = open.pop() {
        order.push(key);
        for next in graph.successors(key) {
            unmet[*next as usize] -= 1;
            if unmet[*next as usize] == 0 {
                open.push(rank(*next));
            }
        }
    }
    order
}
