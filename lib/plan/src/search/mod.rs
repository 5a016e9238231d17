//! The search for a good schedule.

mod genetic;

pub use genetic::{Genetic, Tuning};

use crate::project::Project;
use alloc::vec::Vec;

/// The best schedule found, by activity.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// End of each activity in ticks.
    pub finish: Vec<i64>,
    /// Which of its ways each is done in.
    pub way: Vec<u32>,
    /// End of the last.
    pub makespan: i64,
}

/// A search that goes on as long as it is asked to.
pub trait Search {
    /// A little more work: how many schedules it has made.
    fn step(&mut self) -> u64;
    /// What was found.
    fn best(&self) -> &Found;
}

/// lab
pub fn lab(project: &Project, seed: u64, tuning: Tuning) -> alloc::boxed::Box<dyn Search> {
    use crate::generate::{Grid, Steps};
    let packing = crate::project::Packing::new(project);
    let mean: i64 = (0..project.len() as u32).map(|a| project.ways(a)[0].ticks).sum::<i64>()
        / project.len().max(1) as i64;
    match (packing.bits, mean < 40) {
        (0..=64, true) => {
            alloc::boxed::Box::new(Genetic::<Grid<u64>>::new(project, &packing, seed, tuning))
        }
        (65..=128, true) => {
            alloc::boxed::Box::new(Genetic::<Grid<u128>>::new(project, &packing, seed, tuning))
        }
        (0..=64, false) => {
            alloc::boxed::Box::new(Genetic::<Steps<u64>>::new(project, &packing, seed, tuning))
        }
        _ => alloc::boxed::Box::new(Genetic::<Steps<u128>>::new(project, &packing, seed, tuning)),
    }
}
