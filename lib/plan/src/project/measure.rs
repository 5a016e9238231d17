//! Amounts as whole numbers, as small as they can be.

use alloc::collections::BTreeMap;
use record::{LockAsk, Operation};

/// Where the slots that are told of a lock have no common multiple below this, shares are
/// rounded up to such a part of it.
const FINEST: u64 = 1 << 20;

/// The greatest common divisor (Euclid); that of nothing and `b` is `b`.
pub(crate) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The locks of operations, each with so many units that all that is asked of it is whole.
pub(crate) fn lock_amounts<'a>(nodes: &[&'a Operation]) -> BTreeMap<&'a str, u64> {
    let mut asked: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for lock in nodes.iter().flat_map(|op| &op.locks) {
        let (units, sharers) = asked.entry(&lock.name).or_insert((1, 0));
        let slots = u64::from(lock.slots.max(1));
        *units = (*units / gcd(*units, slots)).saturating_mul(slots).min(FINEST);
        *sharers += u64::from(lock.shared);
    }
    // all who share it together must fit
    let whole = |(units, sharers): (u64, u64)| units * sharers.div_ceil(units).max(1);
    asked.into_iter().map(|(name, asked)| (name, whole(asked))).collect()
}

/// Units of a lock of `whole` units that one takes.
pub(crate) fn share(lock: &LockAsk, whole: u64) -> u64 {
    if lock.shared {
        return 1;
    }
    let part = whole.saturating_mul(u64::from(lock.take)).div_ceil(u64::from(lock.slots.max(1)));
    part.clamp(1, whole)
}
