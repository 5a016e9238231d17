//! What is free at a moment, for the parallel scheme.

use crate::project::{Lanes, Project};
use alloc::vec::Vec;

/// What is free now.
pub(crate) trait Pool {
    /// Takes what an activity needs, or nothing where something is not there.
    fn take(&mut self, activity: u32) -> bool;
    /// Gives it back.
    fn give_back(&mut self, activity: u32);
    /// True where no activity that takes time fits.
    fn is_exhausted(&self) -> bool;
}

/// Amounts in one word.
pub(crate) struct Packed<'a, L> {
    free: L,
    guard: L,
    demand: &'a [L],
    /// What every activity takes at least.
    least: L,
}

impl<'a, L: Lanes> Packed<'a, L> {
    /// Everything is free.
    pub fn new((full, guard): (L, L), demand: &'a [L], least: L) -> Self {
        Packed { free: full, guard, demand, least }
    }
}

impl<L: Lanes> Pool for Packed<'_, L> {
    fn take(&mut self, activity: u32) -> bool {
        let demand = self.demand[activity as usize];
        let there = self.free.holds(demand, self.guard);
        if there {
            self.free = self.free.without(demand);
        }
        there
    }

    fn give_back(&mut self, activity: u32) {
        self.free = self.free.with(self.demand[activity as usize]);
    }

    fn is_exhausted(&self) -> bool {
        !self.free.holds(self.least, self.guard)
    }
}

/// Amounts one by one, for any number of resources: each activity in its first way.
pub(crate) struct Sparse<'a> {
    project: &'a Project,
    free: Vec<u64>,
    /// Number of a resource that every activity takes, and how much at least.
    least: Option<(u32, u64)>,
}

impl<'a> Sparse<'a> {
    /// Everything is free.
    pub fn new(project: &'a Project) -> Self {
        let least = project.least().first().copied();
        Sparse { project, free: project.capacity.clone(), least }
    }
}

impl Pool for Sparse<'_> {
    fn take(&mut self, activity: u32) -> bool {
        let takes = &self.project.ways(activity)[0].takes;
        if takes.iter().any(|&(r, amount)| self.free[r as usize] < amount) {
            return false;
        }
        takes.iter().for_each(|&(r, amount)| self.free[r as usize] -= amount);
        true
    }

    fn give_back(&mut self, activity: u32) {
        let takes = &self.project.ways(activity)[0].takes;
        takes.iter().for_each(|&(r, amount)| self.free[r as usize] += amount);
    }

    fn is_exhausted(&self) -> bool {
        self.least.is_some_and(|(r, amount)| self.free[r as usize] < amount)
    }
}
