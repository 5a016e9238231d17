//! Counting results, for the status that follows from them.

use crate::halt::{Halt, HaltLimit, HaltOn};
use crate::message::{Ending, How};
use record::{Fatal, Halted, Outcome, RunFacts};

/// Operations by result; barriers are not counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    counts: [u64; Outcome::ALL.len()],
    halted: Option<Halted>,
    /// Status of the operation that was decided last, as a shell reports it.
    last: u8,
    /// One exited with a status from 1 to 254.
    exited: bool,
    fatal: Option<Fatal>,
    /// The run's own time ran out.
    pub(crate) out_of_time: bool,
    in_percent: bool,
}

impl Tally {
    pub(crate) fn new(halt: Option<&Halt>) -> Self {
        let in_percent = halt.is_some_and(|halt| matches!(halt.limit, HaltLimit::Percent(_)));
        Tally { in_percent, ..Tally::default() }
    }

    pub(crate) fn add(&mut self, result: Outcome) {
        self.counts[result as usize] += 1;
    }

    /// How an operation went that was run, or tried to.
    pub(crate) fn heard(&mut self, how: How) {
        self.last = how.shell_status();
        match how {
            How::Ended(Ending::Exit(0)) => {}
            How::Ended(Ending::Exit(255)) => self.fatal = Some(Fatal::Exit255),
            How::Ended(Ending::Exit(_)) => self.exited = true,
            How::Ended(Ending::Signal(_)) => self.fatal = Some(Fatal::Signal),
            How::NotRun(status) => self.fatal = Some(Fatal::NotRun(status)),
        }
    }

    /// A halt rule was tripped by an operation with that result that went so.
    pub(crate) fn trip(&mut self, halt: &Halt, (result, how): (Outcome, How), total: u64) {
        self.halted = Some(Halted {
            status: how.shell_status(),
            failed: self.failed(),
            total,
            by_one: halt.is_of_one(total),
            ended_late: result == Outcome::Timeout && matches!(how, How::Ended(Ending::Signal(_))),
            wanted: halt.on == HaltOn::Success,
        });
    }

    /// How many ended so.
    pub fn count(&self, result: Outcome) -> u64 {
        self.counts[result as usize]
    }

    /// How many failed: failure, error, timeout.
    pub fn failed(&self) -> u64 {
        Outcome::ALL.iter().filter(|r| r.failed()).map(|r| self.count(*r)).sum()
    }

    /// How many have ended or were skipped.
    pub fn decided(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What the exit status of the run follows from.
    pub fn facts(&self) -> RunFacts {
        RunFacts {
            failed: self.failed(),
            ended: self.failed() + self.count(Outcome::Success),
            out_of_time: self.out_of_time,
            in_percent: self.in_percent,
            halted: self.halted,
            last: self.last,
            exited: self.exited,
            fatal: self.fatal,
        }
    }
}
