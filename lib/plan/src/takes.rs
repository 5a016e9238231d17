//! What nodes take of slots, locks and resources, as numbers.

use crate::schedule::Limits;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use record::{LockAsk, Operation};

/// The whole of a lock, so that any number of slots divides it finely enough.
pub const LOCK_WHOLE: u64 = 1 << 40;

/// What each node takes of numbered amounts.
pub(crate) struct Takes {
    /// For each node: number of the capacity, amount.
    pub(crate) of: Vec<Vec<(usize, u64)>>,
    /// What is free of each capacity; slots come first where they are limited.
    pub(crate) free: Vec<u64>,
}

impl Takes {
    pub(crate) fn new(nodes: &[&Operation], limits: &Limits) -> Takes {
        let mut takes = Takes { of: vec![Vec::new(); nodes.len()], free: Vec::new() };
        if let Some(slots) = limits.slots {
            takes.free.push(u64::from(slots.max(1)));
            let real = nodes.iter().zip(&mut takes.of).filter(|(op, _)| !op.barrier);
            real.for_each(|(_, list)| list.push((0, 1)));
        }
        let mut locks: BTreeMap<&str, usize> = BTreeMap::new();
        for (op, list) in nodes.iter().zip(&mut takes.of) {
            for lock in &op.locks {
                let next = takes.free.len();
                let at = *locks.entry(lock.name.as_str()).or_insert(next);
                if at == next {
                    takes.free.push(LOCK_WHOLE);
                }
                list.push((at, lock_share(lock)));
            }
        }
        for (name, amount) in &limits.resources {
            let capacity = amount.as_millis();
            for (op, list) in nodes.iter().zip(&mut takes.of) {
                let asked = op.resources.get(name).map_or(0, |asked| asked.as_millis());
                if asked > 0 {
                    list.push((takes.free.len(), asked.min(capacity)));
                }
            }
            takes.free.push(capacity);
        }
        takes
    }
}

/// The part of [`LOCK_WHOLE`] that an operation holds of a lock.
pub fn lock_share(lock: &LockAsk) -> u64 {
    if lock.shared {
        return 1;
    }
    let slots = u64::from(lock.slots.max(1));
    (LOCK_WHOLE / slots * u64::from(lock.take)).clamp(1, LOCK_WHOLE)
}
