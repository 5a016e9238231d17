//! What is left of a plan that runs, put into a better order when reality has departed
//! from it.

use crate::ahead::{Ahead, Line};
use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::Seconds;

/// So many placements of tasks are made for one re-planning, at the least two orders.
const PLACEMENTS: usize = 2048;

/// Orders are drawn by tails that are longer or shorter by up to a part of so many.
const DRAWN: u64 = 4;

/// A task that has not been started.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// When everything outside of the list that it needs has ended.
    pub ready: Seconds,
    /// How long it takes.
    pub duration: Seconds,
    /// Longest remaining path, its own duration included, also beyond the list.
    pub tail: Seconds,
    /// What it takes.
    pub demand: &'a [(Line, u64)],
    /// What it needs, by place in the list: all before its own.
    pub needs: Vec<u32>,
}

/// A better order, or the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reordered {
    /// Places in the list, in the new order.
    pub order: Vec<u32>,
    /// When all would have ended in the order of the list.
    pub before: Seconds,
    /// When all will have ended.
    pub after: Seconds,
}

/// Looks for an order in which serial generation ends earlier than in that of the list: by
/// longest tails (Hu, 1961), then by tails that are drawn anew around their lengths
/// (biased random sampling; Kolisch and Drexl, 1996). The same list gives the same order.
/// The list's own order stays unless another is better.
pub fn reorder(ahead: &Ahead, tasks: &[Task<'_>]) -> Reordered {
    let own: Vec<u32> = (0..tasks.len() as u32).collect();
    let before = length(ahead, tasks, &own);
    let mut best = Reordered { order: own, before, after: before };
    let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); tasks.len()];
    for (task, at) in tasks.iter().zip(0..) {
        task.needs.iter().for_each(|need| dependents[*need as usize].push(at));
    }
    let mut chance = 0;
    for round in 0..(PLACEMENTS / tasks.len().max(1)).max(1) {
        let mut rank = |task: &Task<'_>| {
            let tail = task.tail.as_micros().unsigned_abs();
            let spread = if round == 0 { 0 } else { tail / DRAWN };
            tail + drawn(&mut chance) % (2 * spread + 1)
        };
        let ranks: Vec<u64> = tasks.iter().map(&mut rank).collect();
        let order = by_rank(tasks, &dependents, &ranks);
        let after = length(ahead, tasks, &order);
        if after < best.after {
            best = Reordered { order, before, after };
        }
    }
    best
}

/// Numbers by chance (splitmix64; Steele, Lea and Flood, 2014).
fn drawn(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Each after what it needs, the greatest rank first.
fn by_rank(tasks: &[Task<'_>], dependents: &[Vec<u32>], ranks: &[u64]) -> Vec<u32> {
    let mut unmet: Vec<usize> = tasks.iter().map(|task| task.needs.len()).collect();
    let entry = |at: u32| (ranks[at as usize], Reverse(at));
    let free = (0..tasks.len() as u32).filter(|at| unmet[*at as usize] == 0);
    let mut open: BinaryHeap<(u64, Reverse<u32>)> = free.map(entry).collect();
    let mut order = Vec::with_capacity(tasks.len());
    while let Some((_, Reverse(at))) = open.pop() {
        order.push(at);
        for next in &dependents[at as usize] {
            unmet[*next as usize] -= 1;
            if unmet[*next as usize] == 0 {
                open.push(entry(*next));
            }
        }
    }
    order
}

/// When all have ended, what comes after the list included as far as tails tell of it.
fn length(ahead: &Ahead, tasks: &[Task<'_>], order: &[u32]) -> Seconds {
    let mut ahead = ahead.clone();
    let mut ends: Vec<Seconds> = vec![Seconds::ZERO; tasks.len()];
    let mut length = Seconds::ZERO;
    for at in order {
        let task = &tasks[*at as usize];
        let needs = task.needs.iter().map(|need| ends[*need as usize]);
        let ready = needs.fold(task.ready, Seconds::max);
        let start = ahead.earliest(ready, task.duration, task.demand).unwrap_or(ready);
        ahead.take(start, task.duration, task.demand);
        ends[*at as usize] = start + task.duration;
        length = length.max(start + task.tail);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: i64) -> Seconds {
        Seconds::from_secs(seconds)
    }

    fn task(duration: i64, tail: i64, needs: &[u32]) -> Task<'static> {
        Task {
            ready: secs(0),
            duration: secs(duration),
            tail: secs(tail),
            demand: &[(0, 1)],
            needs: needs.to_vec(),
        }
    }

    fn one_slot() -> Ahead {
        let mut ahead = Ahead::new();
        ahead.add(0, (secs(0), 1), Vec::new());
        ahead
    }

    #[test]
    fn the_long_way_goes_first_and_needs_are_kept() {
        // the third needs the second, and long things follow it that need no slot
        let tasks = [task(5, 5, &[]), task(1, 22, &[]), task(1, 21, &[1])];
        let found = reorder(&one_slot(), &tasks);
        assert_eq!((found.order, found.before, found.after), (vec![1, 2, 0], secs(27), secs(22)));
    }

    #[test]
    fn nothing_changes_where_nothing_is_won() {
        let tasks = [task(5, 5, &[]), task(1, 1, &[]), task(3, 3, &[])];
        let found = reorder(&one_slot(), &tasks);
        assert_eq!((found.order, found.before, found.after), (vec![0, 1, 2], secs(9), secs(9)));
        assert!(reorder(&one_slot(), &[]).order.is_empty());
    }
}
