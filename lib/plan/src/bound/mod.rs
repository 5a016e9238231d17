//! Lower bounds: no schedule is shorter.

mod destructive;
mod window;

use crate::project::{Project, Resource};
use alloc::vec::Vec;
use window::Windows;

/// More activities than these are too many for destructive improvement.
const FEW: usize = 400;

/// Times that no schedule is shorter than, in ticks.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    /// Longest path of the shortest ways.
    pub critical_path: i64,
    /// For each resource: what must be held of it over time, by how much there is.
    pub energy: Vec<(Resource, i64)>,
    /// By destructive improvement; none where it was not tried.
    pub destructive: Option<i64>,
}

impl Bounds {
    /// The quick bounds: the critical path, and energy.
    ///
    /// Energy: what is held over time cannot be more than there is; before it begins the least
    /// head passes, after it the least tail. Every set of activities whose heads
    /// (or tails) are at least so long bounds the makespan so (after Carlier and Latapie, 1991).
    pub fn quick(project: &Project) -> Bounds {
        let windows = Windows::new(project);
        let energy = project
            .resources
            .iter()
            .zip(0..)
            .map(|(resource, number)| (resource.clone(), energy(project, &windows, number)));
        Bounds { critical_path: windows.longest(), energy: energy.collect(), destructive: None }
    }

    /// Adds the bound by destructive improvement (Klein and Scholl, 1999): the least
    /// time that cannot be refuted. `upper` is the makespan of a schedule.
    pub fn improve(&mut self, project: &Project, upper: i64) {
        if project.len() <= FEW && !project.has_modes() {
            self.destructive = destructive::least(project, self.best(), upper);
        }
    }

    /// The greatest of all.
    pub fn best(&self) -> i64 {
        let energy = self.energy.iter().map(|(_, bound)| *bound).max().unwrap_or(0);
        energy.max(self.critical_path).max(self.destructive.unwrap_or(0))
    }
}

/// The bound by the energy of one resource.
fn energy(project: &Project, windows: &Windows, number: u32) -> i64 {
    let capacity = i128::from(project.capacity[number as usize].max(1));
    // an activity does it in the way that holds least of it over time
    let held = |activity: u32| -> i128 {
        let of = |way: &crate::project::Way| {
            let its = way.takes.iter().find(|(r, _)| *r == number);
            its.map_or(0, |(_, amount)| i128::from(*amount) * i128::from(way.ticks))
        };
        project.ways(activity).iter().map(of).min().unwrap_or(0)
    };
    let mut users: Vec<(u32, i128)> =
        (0..project.len() as u32).map(|a| (a, held(a))).filter(|(_, held)| *held > 0).collect();
    let mut best = 0;
    let head = |a: u32| windows.head[a as usize];
    let tail = |a: u32| windows.tail[a as usize];
    for by_head in [true, false] {
        users.sort_unstable_by_key(|&(a, _)| if by_head { -head(a) } else { -tail(a) });
        let (mut sum, mut other) = (0_i128, i64::MAX);
        for &(activity, held) in &users {
            sum += held;
            let (far, near) = match by_head {
                true => (head(activity), tail(activity)),
                false => (tail(activity), head(activity)),
            };
            other = other.min(near);
            let full = (sum + capacity - 1) / capacity;
            best = best.max(i64::try_from(full).unwrap_or(i64::MAX).saturating_add(far + other));
        }
    }
    best
}

#[cfg(test)]
mod tests;
