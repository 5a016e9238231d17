//! `--pin`: which CPUs each attempt runs on.

use std::collections::HashMap;
use std::path::Path;
use sys::affinity::{CpuSet, cores_first};

/// CPUs that may be used, how many attempts have each, and who has which.
#[derive(Debug, Default)]
pub struct PinDesk {
    /// CPUs for each attempt; 0: any.
    width: usize,
    /// In the order in which they are given out, with how many attempts have each.
    cpus: Vec<(u32, u32)>,
    /// By the place of the attempt.
    given: HashMap<usize, Vec<u32>>,
}

impl PinDesk {
    /// So many CPUs for each attempt, of those that we may use.
    pub fn new(width: Option<u32>) -> Self {
        let Some(width) = width else { return PinDesk::default() };
        // where even that is not told, nothing is pinned
        let allowed = CpuSet::allowed().map(|set| set.cpus()).unwrap_or_default();
        let order = cores_first(&allowed, Path::new("/sys/devices/system/cpu"));
        PinDesk::over(order, width as usize)
    }

    fn over(order: Vec<u32>, width: usize) -> Self {
        let width = width.min(order.len());
        PinDesk {
            width,
            cpus: order.into_iter().map(|cpu| (cpu, 0)).collect(),
            ..PinDesk::default()
        }
    }

    /// Those that fewest have: none is shared while others are free.
    pub fn take(&mut self, place: usize) -> Option<CpuSet> {
        if self.width == 0 {
            return None;
        }
        let mut by_use: Vec<usize> = (0..self.cpus.len()).collect();
        by_use.sort_by_key(|at| self.cpus[*at].1);
        by_use.truncate(self.width);
        by_use.iter().for_each(|at| self.cpus[*at].1 += 1);
        let cpus: Vec<u32> = by_use.into_iter().map(|at| self.cpus[at].0).collect();
        let set = CpuSet::of(&cpus);
        self.given.insert(place, cpus);
        Some(set)
    }

    /// An attempt is over.
    pub fn give(&mut self, place: usize) {
        for cpu in self.given.remove(&place).unwrap_or_default() {
            for (_, users) in self.cpus.iter_mut().filter(|(own, _)| *own == cpu) {
                *users -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(desk: &mut PinDesk, place: usize) -> Vec<u32> {
        desk.take(place).unwrap().cpus()
    }

    #[test]
    fn none_is_shared_while_others_are_free() {
        let mut desk = PinDesk::over(vec![0, 2, 1, 3], 1);
        assert_eq!((0..4).map(|place| take(&mut desk, place)[0]).collect::<Vec<_>>(), [0, 2, 1, 3]);
        assert_eq!(take(&mut desk, 4), [0], "more than CPUs: the first is shared");
        desk.give(2);
        assert_eq!(take(&mut desk, 5), [1], "what was given back comes before what is shared");
    }

    #[test]
    fn several_each() {
        let mut desk = PinDesk::over(vec![0, 1, 2, 3], 2);
        assert_eq!([take(&mut desk, 0), take(&mut desk, 1)], [[0, 1], [2, 3]]);
        desk.give(0);
        assert_eq!(take(&mut desk, 2), [0, 1]);
        let mut desk = PinDesk::over(vec![0, 1], 5);
        assert_eq!(take(&mut desk, 0), [0, 1], "no more than there are");
    }
}
