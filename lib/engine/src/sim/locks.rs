//! Simulated locks: who has each, and who stands in its queue.

use super::{Happening, Sim};
use crate::message::Input;
use crate::op::Key;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use plan::{LOCK_WHOLE, lock_share};
use record::Seconds;

/// Strangers come so often to a lock.
const STRANGERS_MAX: u32 = 20;
/// From one stranger to the next at most.
const BETWEEN_STRANGERS: Seconds = Seconds::from_secs(5);
/// How late we hear at most that a lock is ours.
const LATE: Seconds = Seconds::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Op(Key),
    /// Somebody else, who will hold it for so long.
    Stranger(Seconds),
}

/// How much of a lock somebody wants: all of it, or a part.
type Share = u64;

#[derive(Debug, Default)]
struct Lock {
    holders: Vec<(Who, Share)>,
    queue: VecDeque<(Who, Share)>,
}

impl Lock {
    fn is_held_by(&self, who: Who) -> bool {
        self.holders.iter().any(|(holder, _)| *holder == who)
    }

    /// In order of arrival: true where it is had at once, else it stands in the queue.
    fn take(&mut self, who: Who, share: Share) -> bool {
        let taken = self.queue.is_empty() && self.fits(share);
        if taken {
            self.holders.push((who, share));
        } else {
            self.queue.push_back((who, share));
        }
        taken
    }

    fn fits(&self, share: Share) -> bool {
        let held: Share = self.holders.iter().map(|(_, share)| share).sum();
        held + share <= LOCK_WHOLE
    }

    /// The first of the queue, where there is room for it.
    fn next(&mut self) -> Option<Who> {
        let share = self.queue.front()?.1;
        if !self.fits(share) {
            return None;
        }
        let next = self.queue.pop_front()?;
        self.holders.push(next);
        Some(next.0)
    }
}

/// All locks, by name.
#[derive(Debug, Default)]
pub(super) struct Locks {
    all: BTreeMap<String, Lock>,
    /// How many strangers have come to each.
    strangers: BTreeMap<String, u32>,
    /// Grants that have not been told: the number is the ask's.
    pub on_their_way: BTreeMap<Key, u64>,
}

impl Locks {
    /// Nobody of ours holds or wants one.
    #[cfg(test)]
    pub(super) fn are_left(&self) -> bool {
        let ours = |who: &Who| matches!(who, Who::Op(_));
        !self.all.values().any(|lock| lock.holders.iter().chain(&lock.queue).any(|w| ours(&w.0)))
    }
}

impl Sim {
    /// Takes what is free in order of name; waits for the first that is not.
    pub(super) fn take_locks(&mut self, key: Key) {
        if self.strikes(self.faults.refused) {
            self.leave_locks(key);
            return self.tell(Input::LocksFailed(key, "the folder cannot be written".to_string()));
        }
        let mut asks: BTreeMap<String, Share> = BTreeMap::new();
        for ask in self.asks.get(&key).into_iter().flatten() {
            let share = asks.entry(ask.name.clone()).or_default();
            *share = lock_share(ask).max(*share);
        }
        for (name, share) in asks {
            self.meet_strangers(&name);
            let lock = self.locks.all.entry(name.clone()).or_default();
            if !lock.is_held_by(Who::Op(key)) && !lock.take(Who::Op(key), share) {
                return self.tell(Input::LocksWait(key, name));
            }
        }
        self.tell(Input::LocksTaken(key));
    }

    /// Where strangers use locks, the first comes with our first ask.
    fn meet_strangers(&mut self, name: &str) {
        if self.faults.strangers.is_some() && !self.locks.strangers.contains_key(name) {
            self.locks.strangers.insert(name.to_string(), 0);
            self.stranger_comes(name);
        }
    }

    pub(super) fn stranger_comes(&mut self, name: &str) {
        let Some(longest) = self.faults.strangers else { return };
        let stays = self.within(longest);
        let lock = self.locks.all.entry(name.to_string()).or_default();
        if lock.take(Who::Stranger(stays), LOCK_WHOLE) {
            self.at(self.now + stays, Happening::StrangerLeaves(name.to_string()));
        }
        let count = self.locks.strangers.entry(name.to_string()).or_default();
        *count += 1;
        if *count < STRANGERS_MAX {
            let pause = self.within(BETWEEN_STRANGERS);
            self.at(self.now + pause, Happening::StrangerComes(name.to_string()));
        }
    }

    pub(super) fn stranger_leaves(&mut self, name: &str) {
        let Some(lock) = self.locks.all.get_mut(name) else { return };
        lock.holders.retain(|(who, _)| matches!(who, Who::Op(_)));
        self.hand_on(name);
    }

    /// Somebody has left: the next in the queue have what is free.
    fn hand_on(&mut self, name: &str) {
        while let Some(next) = self.locks.all.get_mut(name).and_then(Lock::next) {
            self.hand_to(next, name);
        }
    }

    fn hand_to(&mut self, next: Who, name: &str) {
        match next {
            Who::Stranger(stays) => {
                self.at(self.now + stays, Happening::StrangerLeaves(name.to_string()));
            }
            Who::Op(key) if self.strikes(self.faults.late) => {
                self.counter += 1;
                self.locks.on_their_way.insert(key, self.counter);
                let late = self.within(LATE);
                self.at(self.now + late, Happening::LockComes(key, self.counter));
            }
            // the next of several
            Who::Op(key) => self.take_locks(key),
        }
    }

    pub(super) fn lock_comes(&mut self, key: Key, ask: u64) {
        if self.locks.on_their_way.get(&key) == Some(&ask) {
            self.locks.on_their_way.remove(&key);
            self.take_locks(key);
        }
    }

    /// Holds none any more, and waits for none.
    pub(super) fn leave_locks(&mut self, key: Key) {
        self.locks.on_their_way.remove(&key);
        let mut held = Vec::new();
        for (name, lock) in &mut self.locks.all {
            let before = (lock.holders.len(), lock.queue.len());
            lock.queue.retain(|(who, _)| *who != Who::Op(key));
            lock.holders.retain(|(who, _)| *who != Who::Op(key));
            if before != (lock.holders.len(), lock.queue.len()) {
                held.push(name.clone());
            }
        }
        // one after the other: who gets the first may want the next
        held.iter().for_each(|name| self.hand_on(name));
    }
}
