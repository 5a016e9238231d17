//! What every search has at hand: a generator, random numbers, the best so far.

use super::Found;
use crate::generate::{Direction, Generator, Profile, Timing};
use crate::project::{Packing, Project};
use alloc::vec::Vec;
use fastrand::Rng;

/// A list, to be decoded in the direction other than the one it was made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    /// Activities, first what is placed first.
    pub list: Vec<u32>,
    /// Of the schedule that the list was made of.
    pub makespan: i64,
}

/// Generator, random numbers and the best so far.
pub(super) struct Desk<P: Profile> {
    /// Makes schedules.
    pub generator: Generator<P>,
    /// Random numbers.
    pub rng: Rng,
    /// The best so far.
    pub best: Found,
    /// Schedules made.
    pub made: u64,
    timing: Timing,
}

impl<P: Profile> Desk<P> {
    /// A desk on which `first` lies.
    pub fn new(project: &Project, packing: &Packing, seed: u64, first: Found) -> Self {
        let generator = Generator::new(project, packing);
        let timing = generator.timing();
        Desk { generator, rng: Rng::with_seed(seed), best: first, made: 0, timing }
    }

    /// The best so far, to be decoded backward.
    pub fn best_member(&mut self) -> Member {
        self.timing.finish.clone_from(&self.best.finish);
        (self.timing.makespan, self.timing.direction) = (self.best.makespan, Direction::Forward);
        let mut list = Vec::new();
        self.generator.turn(&self.timing, &mut list);
        Member { list, makespan: self.best.makespan }
    }

    /// Schedules a list in a direction: the member for the other one.
    pub fn decode(
        &mut self,
        direction: Direction,
        mut list: Vec<u32>,
        method: &'static str,
    ) -> Member {
        self.generator.serial(direction, &list, &mut self.timing);
        self.made += 1;
        if self.timing.makespan < self.best.makespan {
            self.generator.ends(&self.timing, &mut self.best.finish);
            (self.best.makespan, self.best.method) = (self.timing.makespan, method);
        }
        self.generator.turn(&self.timing, &mut list);
        Member { list, makespan: self.timing.makespan }
    }

    /// A list by longest tails with durations that are off by up to `noise`.
    pub fn noisy(&mut self, noise: f64) -> Vec<u32> {
        let tails = self.generator.noisy_tails(noise, &mut self.rng);
        let mut list: Vec<u32> = (0..tails.len() as u32).collect();
        list.sort_by_key(|&a| (-tails[a as usize], a));
        list
    }
}
