//! How many items one command gets, learnt from those that have ended.
//!
//! A command takes `c0 + c1 n` for n items: starting costs `c0`. The two are fitted by weighted
//! least squares, where what has more items counts less, as its scatter is larger. So many items
//! are given that starting is a fiftieth of the whole; while that is learnt, never more than twice
//! as many as have been tried. So that the last commands do not run alone, a command is
//! never given more than a part of what is left (guided self-scheduling; Polychronopoulos
//! and Kuck, 1987), or, where nobody knows how much that is, of what is done.

use record::Seconds;

/// A command is to take so many times what its start costs.
const WORTH: f64 = 50.0;

/// Of what is done, one command gets at most this part, divided by the slots.
const OF_DONE: u64 = 10;

/// Of what is left, one command gets at most this part, divided by the slots.
const OF_LEFT: u64 = 2;

/// A start takes no less than this part of the shortest command: where items differ so much that
/// the fit tells nothing, more of them are tried all the same.
const LEAST_START: f64 = 0.05;

/// Learns how many items a command is to get.
#[derive(Clone, Debug)]
pub struct Chunk {
    slots: u64,
    /// Bytes of memory that a command may take.
    memory: Option<u64>,
    /// Sums of the fit: weights, and items and times, weighted.
    sums: [f64; 5],
    /// The shortest command, in seconds.
    least: f64,
    done: u64,
    /// The most that has been tried.
    tried: u64,
    /// More would take more memory than a command may.
    most: u64,
}

impl Chunk {
    /// For so many commands at a time, each of which may take so many bytes of memory.
    pub fn new(slots: u32, memory: Option<u64>) -> Self {
        let slots = u64::from(slots.max(1));
        Chunk { slots, memory, sums: [0.0; 5], least: f64::MAX, done: 0, tried: 1, most: u64::MAX }
    }

    /// A command with so many items has ended.
    pub fn learn(&mut self, items: u64, time: Seconds, memory: Option<u64>) {
        let (n, time) = (items.max(1) as f64, time.as_f64().max(0.0));
        let weight = 1.0 / n;
        let new = [weight, weight * n, weight * time, weight * n * n, weight * n * time];
        self.sums.iter_mut().zip(new).for_each(|(sum, new)| *sum += new);
        self.least = self.least.min(time);
        self.done += items;
        self.tried = self.tried.max(items);
        if let (Some(most), Some(taken)) = (self.memory, memory)
            && taken > most
        {
            self.most = self.most.min((items as f64 * most as f64 / taken as f64) as u64).max(1);
        }
    }

    /// What a start costs, and an item, in seconds, as far as is known.
    fn fit(&self) -> Option<(f64, f64)> {
        let [w, n, t, nn, nt] = self.sums;
        let spread = w * nn - n * n;
        if spread <= 1e-9 * w * nn {
            return None;
        }
        let item = ((w * nt - n * t) / spread).max(0.0);
        Some((((t - item * n) / w).max(self.least * LEAST_START), item))
    }

    /// How many items the next command gets, when so many are left, where that is known.
    pub fn next(&self, left: Option<u64>) -> u64 {
        let worth = match self.fit() {
            // the start costs nothing that can be told from the items
            Some((start, item)) if item > 0.0 => libm::ceil((WORTH - 1.0) * start / item) as u64,
            _ => u64::MAX,
        };
        let shared = match left {
            Some(left) => left.div_ceil(OF_LEFT * self.slots),
            None => self.done / (OF_DONE * self.slots),
        };
        worth.min(2 * self.tried).min(shared).min(self.most).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backoff::splitmix;
    use alloc::vec;
    use alloc::vec::Vec;

    #[derive(Clone, Copy, PartialEq)]
    enum Told {
        Nothing,
        Left,
    }

    /// Runs items on slots: how long all took, how long the last commands ran with a slot idle,
    /// the sizes of the chunks, and time lost to starts.
    fn run(slots: u32, items: &[f64], start: f64, told: Told) -> (f64, f64, Vec<u64>) {
        let mut chunk = Chunk::new(slots, None);
        let mut free = vec![0.0f64; slots as usize];
        let (mut at, mut sizes) = (0, Vec::new());
        while at < items.len() {
            let left = (items.len() - at) as u64;
            let size = chunk.next((told == Told::Left).then_some(left)).min(left);
            let time = start + items[at..at + size as usize].iter().sum::<f64>();
            // one command after the other is learnt from at once: the fit sees what it would see
            let slot = (0..free.len()).min_by(|a, b| free[*a].total_cmp(&free[*b])).unwrap();
            free[slot] += time;
            chunk.learn(size, Seconds::from_micros((time * 1e6) as i64), None);
            sizes.push(size);
            at += size as usize;
        }
        let (first, last) =
            free.iter().fold((f64::MAX, 0.0f64), |(a, b), t| (a.min(*t), b.max(*t)));
        (last, last - first, sizes)
    }

    #[test]
    fn a_start_is_a_fiftieth_of_a_command() {
        for told in [Told::Nothing, Told::Left] {
            let (_, _, sizes) = run(4, &vec![0.0001; 400_000], 0.002, told);
            let largest = *sizes.iter().max().unwrap();
            assert!((900..1100).contains(&largest), "{largest} items");
        }
    }

    #[test]
    fn the_last_commands_leave_little_idle_however_skewed_the_items_are() {
        for seed in 0..100u64 {
            let skewed = |at: u64| {
                let u = splitmix(seed ^ at.rotate_left(20)) as f64 / u64::MAX as f64;
                // Pareto with index 2, at most a hundred times the least
                0.0001 * (1.0 / libm::sqrt(1.0 - u)).min(100.0)
            };
            let items: Vec<f64> = (0..100_000).map(skewed).collect();
            for told in [Told::Nothing, Told::Left] {
                let (all, tail, sizes) = run(4, &items, 0.002, told);
                assert!(tail < 0.1 * all, "seed {seed}: {tail} of {all}");
                let starts = sizes.len() as f64 * 0.002 / 4.0;
                assert!(starts < 0.1 * all, "seed {seed}: {starts} of {all} for starts");
            }
        }
    }

    #[test]
    fn memory_is_not_passed_for_long() {
        let mut chunk = Chunk::new(1, Some(1000));
        let mut sizes = Vec::new();
        for _ in 0..40 {
            let size = chunk.next(Some(1 << 40));
            chunk.learn(size, Seconds::from_micros(2000 + size as i64), Some(10 * size));
            sizes.push(size);
        }
        let too_large = sizes.iter().filter(|size| **size > 100).count();
        assert!(too_large <= 1 && sizes[39] > 50, "{sizes:?}");
    }
}
