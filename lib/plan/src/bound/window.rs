//! Between which times an activity must run.

use crate::project::Project;
use alloc::vec;
use alloc::vec::Vec;

/// Heads and tails of all activities, with the shortest way of each.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// Duration in the shortest way.
    pub ticks: Vec<i64>,
    /// What must pass before an activity starts.
    pub head: Vec<i64>,
    /// What must pass after it has ended.
    pub tail: Vec<i64>,
}

impl Windows {
    /// By the critical path method.
    pub fn new(project: &Project) -> Windows {
        let shortest = |a: u32| project.ways(a).iter().map(|way| way.ticks).min().unwrap_or(0);
        let ticks: Vec<i64> = (0..project.len() as u32).map(shortest).collect();
        let none = vec![0; ticks.len()];
        let mut windows = Windows { ticks, head: none.clone(), tail: none };
        windows.spread(project);
        windows
    }

    /// Lets heads and tails follow from one another along the needs.
    pub fn spread(&mut self, project: &Project) {
        let Windows { ticks, head, tail } = self;
        for activity in 0..ticks.len() {
            let ends = project
                .before
                .list(activity as u32)
                .iter()
                .map(|&need| head[need as usize] + ticks[need as usize]);
            head[activity] = ends.fold(head[activity], i64::max);
        }
        for activity in (0..ticks.len()).rev() {
            let rests = project
                .after
                .list(activity as u32)
                .iter()
                .map(|&next| tail[next as usize] + ticks[next as usize]);
            tail[activity] = rests.fold(tail[activity], i64::max);
        }
    }

    /// The longest path.
    pub fn longest(&self) -> i64 {
        let paths = self.head.iter().zip(&self.ticks).zip(&self.tail);
        paths.map(|((head, ticks), tail)| head + ticks + tail).max().unwrap_or(0)
    }
}
