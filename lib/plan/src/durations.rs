//! How long each node takes, where not all say so.

use alloc::vec::Vec;
use record::Seconds;

/// Durations of nodes in their order.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    each: Vec<Seconds>,
    /// How many operations there are, and how many of them say how long they take.
    ops: usize,
    stated: usize,
}

impl Durations {
    /// The next node is an operation, which says how long it takes or does not.
    pub fn op(&mut self, stated: Option<Seconds>) {
        self.ops += 1;
        self.stated += usize::from(stated.is_some());
        self.each.push(stated.unwrap_or_default());
    }

    /// The next node is a barrier, which takes no time.
    pub fn barrier(&mut self) {
        self.each.push(Seconds::ZERO);
    }

    /// The durations, and whether every operation has said its own. Where nobody says how
    /// long, each operation counts as one second.
    pub fn finish(mut self, is_barrier: impl Fn(usize) -> bool) -> (Vec<Seconds>, bool) {
        if self.stated == 0 {
            let ops = self.each.iter_mut().enumerate().filter(|(node, _)| !is_barrier(*node));
            ops.for_each(|(_, takes)| *takes = Seconds::from_secs(1));
        }
        (self.each, self.stated == self.ops)
    }
}
