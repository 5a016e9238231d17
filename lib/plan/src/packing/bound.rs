//! What no groups can be shorter than.

use super::items::Items;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::Seconds;

/// The critical path, or for one capacity what groups would take if operations could be divided
/// between them: filled up one after the other by decreasing duration, each group is as long as
/// the one that begins it (Uzsoy, 1994).
pub fn of(items: &Items<'_>) -> Seconds {
    let path = items.tail.iter().copied().max().unwrap_or_default();
    let mut nodes: Vec<u32> = items.operations().collect();
    nodes.sort_by_key(|&node| Reverse(items.duration[node as usize]));
    divided(items, nodes.into_iter()).max(path)
}

/// The bound by capacities alone; the nodes come by decreasing duration.
pub fn divided(items: &Items<'_>, nodes: impl Iterator<Item = u32>) -> Seconds {
    let mut fill: Vec<Fill> = items.takes.free.iter().map(|&whole| Fill::new(whole)).collect();
    for node in nodes {
        for &(at, amount) in &items.takes.of[node as usize] {
            fill[at].add(amount, items.duration[node as usize]);
        }
    }
    fill.iter().map(|fill| fill.length).max().unwrap_or_default()
}

/// Groups of one capacity, filled without a gap.
struct Fill {
    whole: u128,
    /// Sum of the amounts put in.
    filled: u128,
    /// Room in the groups begun.
    begun: u128,
    length: Seconds,
}

impl Fill {
    fn new(whole: u64) -> Fill {
        Fill { whole: u128::from(whole), filled: 0, begun: 0, length: Seconds::ZERO }
    }

    fn add(&mut self, amount: u64, duration: Seconds) {
        self.filled += u128::from(amount);
        // an amount is never more than the whole: it begins one group at most
        if self.filled > self.begun && self.whole > 0 {
            self.begun += self.whole;
            self.length += duration;
        }
    }
}
