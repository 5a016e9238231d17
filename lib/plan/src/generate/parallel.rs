//! The parallel scheme, for plans of any size.

use super::pool::Pool;
use crate::csr::Lists;
use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// How many ready activities that do not fit are looked at before time goes on.
const LOOK_AHEAD: usize = 256;

/// Activities with what they need and how long they take.
pub(crate) struct Net<'a> {
    pub before: &'a Lists,
    pub after: &'a Lists,
    pub ticks: &'a [i64],
}

/// Room for a run of the scheme.
pub(crate) struct Parallel {
    missing: Vec<u32>,
    /// By rank.
    at_rank: Vec<u32>,
    ready: Ready,
    running: BinaryHeap<Reverse<(i64, u32)>>,
}

impl Parallel {
    /// Room for so many activities.
    pub fn new(count: usize) -> Self {
        Parallel {
            missing: vec![0; count],
            at_rank: vec![0; count],
            ready: Ready::new(count),
            running: BinaryHeap::new(),
        }
    }

    /// Starts at each moment what fits, the least rank first; the makespan. In `pool`
    /// everything is free, and is so again in the end.
    pub fn run(
        &mut self,
        net: &Net<'_>,
        pool: &mut impl Pool,
        (rank, finish): (&[u32], &mut [i64]),
    ) -> i64 {
        let Parallel { missing, at_rank, ready, running } = self;
        let mut now = 0;
        for (activity, &its) in (0..).zip(rank) {
            at_rank[its as usize] = activity;
            let needs = net.before.list(activity).len() as u32;
            missing[activity as usize] = needs;
            match (needs, net.ticks[activity as usize]) {
                (0, 0) => running.push(Reverse((0, activity))),
                (0, _) => ready.put(its),
                _ => {}
            }
        }
        loop {
            let (mut refused, mut from) = (0, 0);
            while let Some(its) = ready.next(from) {
                let activity = at_rank[its as usize];
                from = its + 1;
                if !pool.take(activity) {
                    refused += 1;
                    if refused == LOOK_AHEAD || pool.is_exhausted() {
                        break;
                    }
                    continue;
                }
                ready.take(its);
                running.push(Reverse((now + net.ticks[activity as usize], activity)));
            }
            let Some(Reverse((end, _))) = running.peek().copied() else { break };
            now = end;
            while let Some(Reverse((_, activity))) =
                running.peek().copied().filter(|Reverse((end, _))| *end == now)
            {
                running.pop();
                finish[activity as usize] = now;
                if net.ticks[activity as usize] > 0 {
                    pool.give_back(activity);
                }
                for &next in net.after.list(activity) {
                    missing[next as usize] -= 1;
                    match (missing[next as usize], net.ticks[next as usize]) {
                        // what takes no time takes nothing: it ends at once
                        (0, 0) => running.push(Reverse((now, next))),
                        (0, _) => ready.put(rank[next as usize]),
                        _ => {}
                    }
                }
            }
        }
        now
    }
}

/// A set of ranks, the least first: a bit each, and a bit for each word of bits.
struct Ready {
    bits: Vec<u64>,
    words: Vec<u64>,
}

impl Ready {
    fn new(count: usize) -> Self {
        let words = count.div_ceil(64).max(1);
        Ready { bits: vec![0; words], words: vec![0; words.div_ceil(64)] }
    }

    fn put(&mut self, rank: u32) {
        let word = rank as usize / 64;
        self.bits[word] |= 1 << (rank % 64);
        self.words[word / 64] |= 1 << (word % 64);
    }

    fn take(&mut self, rank: u32) {
        let word = rank as usize / 64;
        self.bits[word] &= !(1 << (rank % 64));
        if self.bits[word] == 0 {
            self.words[word / 64] &= !(1 << (word % 64));
        }
    }

    /// The least rank from `from` on.
    fn next(&self, from: u32) -> Option<u32> {
        let word = from as usize / 64;
        let here = self.bits.get(word)? & (u64::MAX << (from % 64));
        if here != 0 {
            return Some(word as u32 * 64 + here.trailing_zeros());
        }
        let after = word + 1;
        let mut block = after / 64;
        let mut words = self.words.get(block)? & (u64::MAX << (after % 64));
        while words == 0 {
            block += 1;
            words = *self.words.get(block)?;
        }
        let word = block * 64 + words.trailing_zeros() as usize;
        Some(word as u32 * 64 + self.bits[word].trailing_zeros())
    }
}
