//! The profile and the word that fit a project.

use crate::generate::{Grid, Profile, Steps};
use crate::project::{Packing, Project};

/// With durations of more ticks than these on average, steps are fewer than ticks.
const SHORT: i64 = 40;

/// Bits of the widest word.
const WIDEST: u32 = 64 * 64;

/// Work that is to be done with a profile.
pub(crate) trait Task {
    /// Its result.
    type Out;
    /// Does it.
    fn run<P: Profile + Send + 'static>(self, project: &Project, packing: &Packing) -> Self::Out;
}

/// Does a task with the profile that is the fastest for a project; nothing where more
/// amounts may run short than any word holds.
pub(crate) fn fitted<T: Task>(project: &Project, task: T) -> Option<T::Out> {
    let packing = Packing::new(project);
    let count = project.len().max(1) as i64;
    let longest = |a| project.ways(a).iter().map(|way| way.ticks).max().unwrap_or(0);
    let ticks = (0..project.len() as u32).map(longest);
    let short = ticks.fold(0_i64, i64::saturating_add) / count <= SHORT;
    Some(match (packing.bits, short) {
        (0..=64, true) => task.run::<Grid<u64>>(project, &packing),
        (65..=128, true) => task.run::<Grid<u128>>(project, &packing),
        (0..=64, false) => task.run::<Steps<u64>>(project, &packing),
        (65..=128, false) => task.run::<Steps<u128>>(project, &packing),
        (129..=512, _) => task.run::<Steps<[u64; 8]>>(project, &packing),
        (513..=WIDEST, _) => task.run::<Steps<[u64; 64]>>(project, &packing),
        _ => return None,
    })
}
