//! What is free over time.

use crate::project::Lanes;

/// What is free over time, from 0 on.
pub trait Profile: Send {
    /// Amounts of all resources.
    type Lanes: Lanes;
    /// Everything is free.
    fn new(full: Self::Lanes, guard: Self::Lanes) -> Self;
    /// Everything is free again.
    fn clear(&mut self);
    /// Takes `demand` for `ticks`, at least 1, at the earliest time from `from` on: that time.
    /// The demand is not more than there is.
    fn place(&mut self, from: i64, ticks: i64, demand: Self::Lanes) -> i64;
}
