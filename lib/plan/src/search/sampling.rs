//! Sampling for plans of many activities: longest tails with durations that are somewhat
//! off, by the parallel scheme, justified backward and forward (after Cooper, 1976).

use super::{Found, Search};
use crate::generate::{Direction, Generator, Profile, Timing};
use crate::project::{Packing, Project};
use alloc::vec;
use alloc::vec::Vec;
use fastrand::Rng;

/// The search.
pub(super) struct Sampling<P: Profile> {
    generator: Generator<P>,
    rng: Rng,
    best: Found,
    timing: Timing,
    list: Vec<u32>,
    rank: Vec<u32>,
    made: u64,
    /// How many more times what is at hand is justified.
    left: u32,
}

impl<P: Profile> Sampling<P> {
    /// A search from a seed that begins with `first`.
    pub fn new(project: &Project, packing: &Packing, seed: u64, first: Found) -> Self {
        let generator = Generator::new(project, packing);
        let count = generator.len();
        let mut timing = generator.timing();
        timing.finish.clone_from(&first.finish);
        timing.makespan = first.makespan;
        let (rng, rank) = (Rng::with_seed(seed), vec![0; count]);
        Sampling { generator, rng, best: first, timing, list: Vec::new(), rank, made: 0, left: 2 }
    }

    fn sample(&mut self) {
        let noise = [0.1, 0.3, 0.6][self.rng.usize(0..3)];
        let tails = self.generator.noisy_tails(noise, &mut self.rng);
        self.list.clear();
        self.list.extend(0..tails.len() as u32);
        self.list.sort_by_key(|&a| (-tails[a as usize], a));
        self.decode(Direction::Forward);
        self.left = 2;
    }

    fn decode(&mut self, direction: Direction) {
        for (&activity, at) in self.list.iter().zip(0..) {
            self.rank[activity as usize] = at;
        }
        self.generator.parallel(direction, &self.rank, &mut self.timing);
        self.made += 1;
        if self.timing.makespan < self.best.makespan {
            self.generator.ends(&self.timing, &mut self.best.finish);
            self.best.makespan = self.timing.makespan;
            self.best.method = "sampling";
        }
    }
}

impl<P: Profile + Send> Search for Sampling<P> {
    fn step(&mut self) {
        if self.left == 0 {
            return self.sample();
        }
        let before = self.timing.makespan;
        let direction = self.timing.direction.turned();
        self.generator.turn(&self.timing, &mut self.list);
        self.decode(direction);
        // as long as it helps, it is gone on with
        self.left = if self.timing.makespan < before { 2 } else { self.left - 1 };
    }

    fn made(&self) -> u64 {
        self.made
    }

    fn best(&self) -> &Found {
        &self.best
    }

    fn learn(&mut self, found: &Found) {
        if found.makespan < self.best.makespan {
            self.best.clone_from(found);
        }
    }
}
