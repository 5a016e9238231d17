//! Tasks of several runs that are unlike the same tasks in the others.
//!
//! Each task is a row of features ([`feature`]): its times, its processor time, its bytes. A
//! feature is held against the same task (same id) in the other runs, robustly ([`baseline`]).
//! What is wrong with a machine or a run is wrong with all that runs there, by a little each:
//! so the deviations are put together three times, of the task alone, of its host in its run,
//! and of its run, and how rare each of these is among all tasks is the evidence ([`score`]).
//! Nothing is learnt from labels, and there is no threshold: the scores are an order.

mod baseline;
mod feature;
mod intake;
mod score;

pub use intake::TaskIntake;

use alloc::string::String;
use alloc::vec::Vec;
use feature::Features;

/// A task that has ended.
#[derive(Clone, Debug)]
struct Task {
    /// Places of the names of its run, its host in that run, and its id.
    run: usize,
    host: usize,
    id: usize,
    features: Features,
}

/// How unusual a task is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskScore<'a> {
    /// Its run.
    pub run: &'a str,
    /// The task.
    pub id: &'a str,
    /// The higher the more unusual; 0 where nothing is known against which to hold it.
    pub score: f64,
}

/// All tasks that were read.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    all: Vec<Task>,
    runs: Vec<String>,
    ids: Vec<String>,
    /// Hosts are counted within their runs.
    hosts: usize,
    /// Lines that say nothing of a task.
    pub strays: u64,
}

impl Tasks {
    /// How unusual each is, in the order in which they were read.
    pub fn scores(&self) -> Vec<TaskScore<'_>> {
        let scores = score::scores(self);
        let told = |(task, score): (&Task, f64)| TaskScore {
            run: &self.runs[task.run],
            id: &self.ids[task.id],
            score,
        };
        self.all.iter().zip(scores).map(told).collect()
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }
}

#[cfg(test)]
mod tests;
