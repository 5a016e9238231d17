//! When reality departs from a schedule: what is left is planned anew.

use crate::engine::Engine;
use crate::follow::{Follow, UNKNOWN};
use crate::message::Action;
use crate::op::{Key, Op, State};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use plan::{Ahead, Line, Task, reorder};
use record::Seconds;

/// So many of those that are next are put into a new order; the others keep theirs.
const NEXT: usize = 256;

/// After a new plan as many operations must have ended before the next as this part of
/// those that are planned, so that planning never takes more than the run.
const REST: usize = 16;

/// An operation that takes less than this part of what was expected has departed from it.
const EARLY: i64 = 2;

impl Engine {
    /// Reality has departed from the schedule: why.
    pub(crate) fn departs(&mut self, reason: impl FnOnce(&Self) -> String) {
        if self.follow.as_ref().is_none_or(|follow| follow.departure.is_some()) {
            return;
        }
        let reason = reason(self);
        if let Some(follow) = &mut self.follow {
            follow.departure = Some(reason);
        }
    }

    /// An attempt has ended well, perhaps much earlier than expected.
    pub(crate) fn departs_early(&mut self, now: Seconds, key: Key) {
        let Some(op) = self.op_at(key) else { return };
        let (took, expected) = (now - op.started, op.spec.duration);
        if Seconds::from_micros(took.as_micros().saturating_mul(EARLY)) < expected {
            self.departs(|engine| {
                format!("{} has taken {took} s instead of {expected} s", engine.id_of(key))
            });
        }
    }

    /// An attempt takes twice as long as expected, or more.
    pub(crate) fn departs_late(&mut self, now: Seconds, key: Key) {
        let Some(op) = self.op_at(key) else { return };
        let (takes, expected) = (now - op.started, op.spec.duration);
        if takes >= expected + expected {
            self.departs(|engine| {
                format!("{} takes more than {takes} s instead of {expected} s", engine.id_of(key))
            });
        }
    }

    pub(crate) fn id_of(&self, key: Key) -> &str {
        self.op_at(key).map_or("", |op| &op.spec.id)
    }

    /// Plans what is left anew, if there is a reason and it is time: true if it does.
    pub(crate) fn replan(&mut self, now: Seconds) -> bool {
        let Some(mut follow) = self.follow.take() else { return false };
        let left = follow.unstarted().min(NEXT);
        let is_time = follow.departure.is_some() && (follow.ended + 1) * REST >= left;
        if is_time {
            let reason = follow.departure.take().unwrap_or_default();
            self.replan_now(now, &mut follow, reason);
        }
        self.follow = Some(follow);
        is_time
    }

    fn replan_now(&mut self, now: Seconds, follow: &mut Follow, reason: String) {
        let places: Vec<u32> = follow.left.iter().copied().take(NEXT).collect();
        let keys: Vec<Key> = places.iter().map(|place| follow.order[*place as usize]).collect();
        let mut ahead = Ahead::new();
        let tasks = self.tasks(now, &keys, (&mut ahead, follow));
        let found = reorder(&ahead, &tasks);
        follow.ended = 0;
        let changed = !found.order.is_sorted();
        if changed {
            for (place, from) in places.iter().zip(&found.order) {
                follow.put(*place, keys[*from as usize], &mut self.ops);
            }
            follow.turns = None;
        }
        let (before, after) = (found.before - now, found.after - now);
        let left = follow.unstarted() as u64;
        self.actions.push_back(Action::Replanned { reason, left, before, after });
    }

    /// What has not been started, as tasks; what they take becomes known ahead.
    fn tasks<'a>(
        &self,
        now: Seconds,
        keys: &[Key],
        (ahead, follow): (&mut Ahead, &'a Follow),
    ) -> Vec<Task<'a>> {
        let places: BTreeMap<Key, u32> = keys.iter().copied().zip(0..).collect();
        let mut tasks = Vec::with_capacity(keys.len());
        for key in keys {
            let demand: &[(Line, u64)] = &follow.demands[*key as usize];
            self.learn(now, demand, (ahead, follow));
            let (duration, tail) =
                self.op_at(*key).map_or_else(Default::default, |op| (op.spec.duration, op.tail));
            let mut needs = Vec::new();
            let mut ready = self.own_pause(now, *key);
            for need in follow.graph.predecessors(*key) {
                match places.get(need) {
                    Some(place) => needs.push(*place),
                    None => ready = ready.max(self.need_ends(now, *need, follow)),
                }
            }
            if ready >= UNKNOWN {
                // what others hold may come at any moment
                ready = now;
            }
            tasks.push(Task { ready, duration, tail, demand, needs });
        }
        tasks
    }

    /// When a need that has been started is expected to have ended.
    fn need_ends(&self, now: Seconds, need: Key, follow: &Follow) -> Seconds {
        self.op_at(need).map_or(now, |op| self.expected(now, (need, op), follow))
    }
}

/// The first amount that a schedule takes more of than there is, and when; what takes no
/// time takes nothing.
pub(crate) fn overtaxed(
    ops: &[Option<Op>],
    demands: &[Vec<(Line, u64)>],
    total: impl Fn(Line) -> u64,
) -> Option<(Line, Seconds)> {
    let mut moments: Vec<(Seconds, bool, usize)> = Vec::with_capacity(2 * ops.len());
    for (at, op) in ops.iter().enumerate() {
        let Some(op) = op.as_ref().filter(|op| !matches!(op.state, State::Done(_))) else {
            continue;
        };
        if let Some(start) = op.spec.start.filter(|_| op.spec.duration > Seconds::ZERO) {
            // an end comes before a start at the same time
            moments.push((start + op.spec.duration, false, at));
            moments.push((start, true, at));
        }
    }
    moments.sort_unstable();
    let mut taken: BTreeMap<Line, u64> = BTreeMap::new();
    for (time, starts, at) in moments {
        for (line, amount) in &demands[at] {
            let taken = taken.entry(*line).or_default();
            if !starts {
                *taken -= amount;
                continue;
            }
            *taken += amount;
            if *taken > total(*line) {
                return Some((*line, time));
            }
        }
    }
    None
}
