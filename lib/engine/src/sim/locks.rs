//! Simulated locks: who has each, and who stands in its queue.

use super::{Happening, Sim};
use crate::message::Input;
use crate::op::Key;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
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

#[derive(Debug, Default)]
struct Lock {
    holder: Option<Who>,
    queue: VecDeque<Who>,
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
        !self.all.values().any(|lock| lock.holder.iter().chain(&lock.queue).any(ours))
    }
}

impl Sim {
    /// Takes what is free in order of name; waits for the first that is not.
    pub(super) fn take_locks(&mut self, key: Key) {
        if self.strikes(self.faults.refused) {
            self.leave_locks(key);
            return self.tell(Input::LocksFailed(key, "the folder cannot be written".to_string()));
        }
        let names: BTreeSet<String> = self.scripts[&key].locks.iter().cloned().collect();
        for name in names {
            self.meet_strangers(&name);
            let lock = self.locks.all.entry(name.clone()).or_default();
            if lock.holder == Some(Who::Op(key)) {
                continue;
            }
            if lock.holder.is_some() {
                lock.queue.push_back(Who::Op(key));
                return self.tell(Input::LocksWait(key, name));
            }
            lock.holder = Some(Who::Op(key));
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
        if lock.holder.is_some() {
            lock.queue.push_back(Who::Stranger(stays));
        } else {
            lock.holder = Some(Who::Stranger(stays));
            self.at(self.now + stays, Happening::StrangerLeaves(name.to_string()));
        }
        let count = self.locks.strangers.entry(name.to_string()).or_default();
        *count += 1;
        if *count < STRANGERS_MAX {
            let pause = self.within(BETWEEN_STRANGERS);
            self.at(self.now + pause, Happening::StrangerComes(name.to_string()));
        }
    }

    /// Its holder leaves: the next in the queue has it.
    pub(super) fn hand_on(&mut self, name: &str) {
        let Some(lock) = self.locks.all.get_mut(name) else { return };
        lock.holder = lock.queue.pop_front();
        let holder = lock.holder;
        match holder {
            None => {}
            Some(Who::Stranger(stays)) => {
                self.at(self.now + stays, Happening::StrangerLeaves(name.to_string()));
            }
            Some(Who::Op(key)) if self.strikes(self.faults.late) => {
                self.counter += 1;
                self.locks.on_their_way.insert(key, self.counter);
                let late = self.within(LATE);
                self.at(self.now + late, Happening::LockComes(key, self.counter));
            }
            // the next of several
            Some(Who::Op(key)) => self.take_locks(key),
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
            lock.queue.retain(|who| *who != Who::Op(key));
            if lock.holder == Some(Who::Op(key)) {
                held.push(name.clone());
            }
        }
        // one after the other: who gets the first may want the next
        held.iter().for_each(|name| self.hand_on(name));
    }
}
