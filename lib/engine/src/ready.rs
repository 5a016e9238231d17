//! The one ready queue.
//!
//! Operations with the same demand fit or do not fit together, so they share a
//! class with a heap of its own; choosing looks at the best of each class only. The classes
//! of a key that takes no more are parked: nobody looks at them.

use crate::capacity::{Capacity, Demand, ResourceId};
use crate::keyed::{Brake, KeyId};
use crate::kinds::{Kind, Kinds};
use crate::op::{Key, Rank};
use crate::slots::Slots;
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use alloc::vec::Vec;

/// After this many starts past a demand that did not fit, nothing that takes
/// from the resource it is short of may pass any more, so that the large do not starve.
const PASSED_MAX: u32 = 1000;

/// What decides whether an operation fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ask {
    /// Amounts that it holds.
    pub amounts: Demand,
    /// Of slots, in thousandths.
    pub weight: u32,
    /// What limits those of its key.
    pub key: Option<KeyId>,
    /// Whose kind is its own; 0 where there are no kinds.
    pub family: u32,
}

impl Ask {
    /// It takes of what others are short of.
    fn takes_of(&self, short: Short, kinds: Option<&Kinds>) -> bool {
        match short {
            Short::Slots => true,
            Short::Kind(kind) => kinds.is_some_and(|kinds| kinds.of(self.family) == kind),
            Short::Resource(id) => self.amounts.iter().any(|(own, _)| *own == id),
            Short::Key(id, _) => self.key == Some(id),
        }
    }
}

/// What a class was short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Short {
    /// A slot, or as many as it is wide.
    Slots,
    /// A place of its kind.
    Kind(Kind),
    Resource(ResourceId),
    /// Its key was shut.
    Key(KeyId, Brake),
}

/// What is free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room<'a> {
    pub slots: &'a Slots,
    pub kinds: Option<&'a Kinds>,
    pub capacity: &'a Capacity,
}

impl Room<'_> {
    fn short_of(self, ask: &Ask) -> Option<Short> {
        if !self.slots.fits(ask.weight) {
            return Some(Short::Slots);
        }
        let width = || self.slots.width(ask.weight);
        if let Some(kind) = self.kinds.and_then(|kinds| kinds.short_of(ask.family, width())) {
            return Some(Short::Kind(kind));
        }
        self.capacity.short_of(&ask.amounts).map(Short::Resource)
    }
}

#[derive(Debug, Default)]
struct Class {
    ask: Ask,
    heap: BinaryHeap<(Rank, Key)>,
    /// Its key is shut.
    parked: Option<Brake>,
    /// Starts since its best did not fit.
    passed: u32,
    /// What it was short of last.
    short: Option<Short>,
    /// Operations that have it, where they are forgotten.
    users: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Ready {
    classes: Vec<Class>,
    by_ask: BTreeMap<Ask, usize>,
    /// Places of classes that nobody has.
    unused: Vec<usize>,
    /// The best of each class that has any.
    tops: BTreeSet<(Rank, usize)>,
    /// Those that have their locks: before all others, in order of arrival.
    locked: VecDeque<(Key, usize)>,
    len: usize,
}

impl Ready {
    /// The class of a demand; whoever asks has it from now on.
    pub(crate) fn class(&mut self, ask: Ask) -> usize {
        if let Some(class) = self.by_ask.get(&ask) {
            self.classes[*class].users += 1;
            return *class;
        }
        let new = Class { ask: ask.clone(), users: 1, ..Class::default() };
        let class = match self.unused.pop() {
            Some(class) => {
                self.classes[class] = new;
                class
            }
            None => {
                self.classes.push(new);
                self.classes.len() - 1
            }
        };
        self.by_ask.insert(ask, class);
        class
    }

    /// Somebody has it no longer. True with the last, if it had a key: then it is forgotten.
    pub(crate) fn leave(&mut self, class: usize) -> Option<KeyId> {
        let left = &mut self.classes[class];
        left.users = left.users.saturating_sub(1);
        if left.users > 0 || !left.heap.is_empty() {
            return None;
        }
        let id = left.ask.key?;
        self.by_ask.remove(&left.ask);
        self.unused.push(class);
        Some(id)
    }

    pub(crate) fn demand(&self, class: usize) -> &Demand {
        &self.classes[class].ask.amounts
    }

    pub(crate) fn weight(&self, class: usize) -> u32 {
        self.classes[class].ask.weight
    }

    pub(crate) fn family(&self, class: usize) -> u32 {
        self.classes[class].ask.family
    }

    pub(crate) fn key(&self, class: usize) -> Option<KeyId> {
        self.classes[class].ask.key
    }

    /// What the class was short of last; with its last operation that is forgotten.
    pub(crate) fn take_short(&mut self, class: usize) -> Option<Short> {
        let class = &mut self.classes[class];
        if class.heap.is_empty() { class.short.take() } else { class.short }
    }

    /// What a class is short of now.
    pub(crate) fn short_now(&self, class: usize, room: Room<'_>) -> Option<Short> {
        let class = &self.classes[class];
        match (class.parked, class.ask.key) {
            (Some(brake), Some(id)) => Some(Short::Key(id, brake)),
            _ => room.short_of(&class.ask),
        }
    }

    /// Its key is shut, or open again: nobody looks at it, or all do.
    pub(crate) fn park(&mut self, at: usize, brake: Option<Brake>) {
        let class = &mut self.classes[at];
        let before = core::mem::replace(&mut class.parked, brake);
        if let (Some(brake), Some(id), false) = (brake, class.ask.key, class.heap.is_empty()) {
            class.short = Some(Short::Key(id, brake));
        }
        let Some((top, _)) = class.heap.peek() else { return };
        match (before, brake) {
            (None, Some(_)) => drop(self.tops.remove(&(*top, at))),
            (Some(_), None) => drop(self.tops.insert((*top, at))),
            _ => {}
        }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn push(&mut self, at: usize, rank: Rank, key: Key) {
        self.len += 1;
        let class = &mut self.classes[at];
        let before = class.heap.peek().map(|(rank, _)| *rank);
        class.heap.push((rank, key));
        if let Some(brake) = class.parked {
            class.short = class.ask.key.map(|id| Short::Key(id, brake));
            return;
        }
        if before.is_none_or(|top| rank > top) {
            if let Some(top) = before {
                self.tops.remove(&(top, at));
            }
            self.tops.insert((rank, at));
        }
    }

    /// One that has its locks.
    pub(crate) fn push_locked(&mut self, class: usize, key: Key) {
        self.len += 1;
        self.locked.push_back((key, class));
    }

    /// True where one fits what is free.
    pub(crate) fn any_fits(&self, room: Room<'_>) -> bool {
        self.first_locked(room).is_some() || self.best_class(room).0.is_some()
    }

    /// True where one has its locks and fits.
    pub(crate) fn has_locked(&self, room: Room<'_>) -> bool {
        self.first_locked(room).is_some()
    }

    /// Takes out that one: true if it was there. Those before it in its class stay.
    pub(crate) fn take(&mut self, class: usize, key: Key) -> bool {
        let mut before = Vec::new();
        let found = loop {
            let best = self.classes[class].heap.peek().copied();
            let Some(best) = best.filter(|_| self.pop(class).is_some()) else { break false };
            if best.1 == key {
                break true;
            }
            before.push(best);
        };
        before.into_iter().for_each(|(rank, key)| self.push(class, rank, key));
        found
    }

    /// Takes out the best that fits what is free.
    pub(crate) fn pick(&mut self, room: Room<'_>) -> Option<Key> {
        if let Some(at) = self.first_locked(room) {
            self.len -= 1;
            return self.locked.remove(at).map(|(key, _)| key);
        }
        let (chosen, passed_over) = self.best_class(room);
        for at in passed_over {
            let class = &mut self.classes[at];
            class.short = room.short_of(&class.ask).or(class.short);
            class.passed += u32::from(chosen.is_some());
        }
        chosen.and_then(|at| self.pop(at))
    }

    /// The first that has its locks and fits, by its place.
    fn first_locked(&self, room: Room<'_>) -> Option<usize> {
        self.locked.iter().position(|(_, class)| self.short_now(*class, room).is_none())
    }

    /// The class with the best that fits, and those before it that do not.
    fn best_class(&self, room: Room<'_>) -> (Option<usize>, Vec<usize>) {
        let mut starved: Vec<Short> = Vec::new();
        let mut passed_over: Vec<usize> = Vec::new();
        for (_, at) in self.tops.iter().rev() {
            let class = &self.classes[*at];
            let takes_of = |short: &&Short| class.ask.takes_of(**short, room.kinds);
            let short =
                room.short_of(&class.ask).or_else(|| starved.iter().find(takes_of).copied());
            let Some(short) = short else { return (Some(*at), passed_over) };
            passed_over.push(*at);
            if class.passed >= PASSED_MAX {
                match short {
                    Short::Resource(_) | Short::Kind(_) => starved.push(short),
                    // everything takes of the slots
                    Short::Slots | Short::Key(..) => break,
                }
            }
        }
        (None, passed_over)
    }

    fn pop(&mut self, at: usize) -> Option<Key> {
        let class = &mut self.classes[at];
        class.passed = 0;
        let (rank, key) = class.heap.pop()?;
        self.len -= 1;
        if class.parked.is_none() {
            self.tops.remove(&(rank, at));
            if let Some((next, _)) = class.heap.peek() {
                self.tops.insert((*next, at));
            }
        }
        Some(key)
    }

    /// Takes out everything.
    pub(crate) fn drain(&mut self) -> Vec<Key> {
        self.len = 0;
        self.tops.clear();
        let mut keys: Vec<Key> = self.locked.drain(..).map(|(key, _)| key).collect();
        for class in &mut self.classes {
            keys.extend(class.heap.drain().map(|(_, key)| key));
        }
        keys.sort_unstable();
        keys
    }
}
