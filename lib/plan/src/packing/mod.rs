//! Groups for tools that know only barriers: a group begins when the one before it has ended,
//! so it takes as long as its longest operation, and all of it must fit at once.
//!
//! Bin packing where a bin costs what its longest item takes, with an order between items: the
//! batches of Uzsoy (1994), the stations of Wee and Magazine (1982). `first_fit` is fast,
//! `exact` finds the best for a few operations, `bound` says how good one can be at all.

mod bound;
mod exact;
mod first_fit;
mod items;

use crate::assemble::Plan;
use crate::graph::Cycle;
use crate::schedule::Limits;
use alloc::vec::Vec;
use core::cmp::Reverse;
use items::Items;
use record::Seconds;

/// Most operations for which the best groups are found; each one more doubles the work.
pub const EXACT_OPERATIONS: usize = 20;

/// Operations in groups that run one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// The groups in their order, each the longest tail first.
    pub groups: Vec<Vec<u32>>,
    /// Sum of the groups' longest durations.
    pub length: Seconds,
    /// No groups are shorter than this.
    pub bound: Seconds,
    /// By how it was found.
    pub method: Method,
}

/// How groups were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The shortest of several first-fit packings.
    #[default]
    FirstFitDecreasing,
    /// All packings were looked at, or ruled out.
    Exact,
}

/// Packs the operations of a plan: within limits and locks, each after all that it needs.
///
/// # Errors
/// A cycle.
pub fn pack(plan: &Plan, limits: &Limits) -> Result<Packing, Cycle> {
    let items = Items::of(plan, limits)?;
    let bound = bound::of(&items);
    let (mut best, mut length) = (first_fit::decreasing(&items), Seconds::ZERO);
    length += items.length(&best);
    let mut packing = Packing { bound, ..Packing::default() };
    if items.count() <= EXACT_OPERATIONS {
        if length > bound
            && let Some(better) = exact::shorter_than(&items, length)
        {
            length = items.length(&better);
            best = better;
        }
        packing.bound = length;
        packing.method = Method::Exact;
    }
    for group in &mut best {
        group.sort_by_key(|&node| (Reverse(items.tail[node as usize]), node));
    }
    packing.groups = best;
    packing.length = length;
    Ok(packing)
}

/// The length of the groups that come of filling them in the order of the input: what a tool
/// makes that does not look at durations.
///
/// # Errors
/// A cycle.
pub fn packed_as_listed(plan: &Plan, limits: &Limits) -> Result<Seconds, Cycle> {
    let items = Items::of(plan, limits)?;
    Ok(items.length(&first_fit::as_listed(&items)))
}

#[cfg(test)]
mod tests;
