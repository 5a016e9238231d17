//! One sample: everything that is watched, read once.

use super::everyone::Everyone;
use super::own::Own;
use super::rates::{self, Detail, Span};
use super::runs::Runs;
use super::tree::Tree;
use crate::fail::Fail;
use record::{Sample, Seconds, status};
use sys::clock::Clock;
use sys::proc::machine::{Machine, MachineReading};
use sys::proc::pids::Pids;
use sys::proc::{Cause, ReadError, Root};

/// A file of the kernel that could not be read, as a failure of ours.
pub fn unreadable(error: &ReadError) -> Fail {
    match &error.cause {
        Cause::System(cause) => Fail::io(status::OWN, error.path.display(), cause),
        Cause::Text(line, what) => {
            Fail::new(status::OWN, format!("{}:{line}: {what}", error.path.display()))
        }
    }
}

/// Takes samples.
pub struct Sampler {
    clock: Clock,
    proc: Root,
    machine: Machine,
    before: Option<(Seconds, MachineReading)>,
    /// Trees and cgroups, in the order they were named.
    pub trees: Vec<Tree>,
    everyone: Option<Everyone>,
    pids: Pids,
    runs: Option<Runs>,
    own: Own,
    detail: Detail,
    seq: u64,
    page_bytes: u64,
}

impl Sampler {
    /// A sampler of a machine and trees of its processes.
    pub fn new((clock, proc): (Clock, Root), machine: Machine, trees: Vec<Tree>) -> Self {
        Sampler {
            runs: None,
            own: Own::new(&proc),
            detail: Detail::default(),
            clock,
            proc,
            machine,
            before: None,
            trees,
            everyone: None,
            pids: Pids::default(),
            seq: 0,
            page_bytes: sys::proc::page_bytes(),
        }
    }

    /// The same, with the busiest of all processes.
    pub fn with_everyone(mut self, everyone: Option<Everyone>) -> Self {
        self.everyone = everyone;
        self
    }

    /// The same, with running pgruns and their operations.
    pub fn with_runs(mut self, runs: Option<Runs>) -> Self {
        self.runs = runs;
        self
    }

    /// The same, with more of the machine.
    pub fn with_detail(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// The clock of the samples.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Takes a sample now; `missed` ticks were left out before it.
    ///
    /// # Errors
    /// A file that every kernel has cannot be read or understood.
    pub fn take(&mut self, missed: u64) -> Result<Sample, Fail> {
        self.read(missed).map_err(|error| unreadable(&error))
    }

    fn read(&mut self, missed: u64) -> Result<Sample, ReadError> {
        let now = self.clock.now();
        let interval = self.before.as_ref().map_or(Seconds::ZERO, |(then, _)| now - *then);
        let span = Span::new(interval.as_f64());
        let mut sample = Sample {
            time: self.clock.wall(now),
            interval_s: interval,
            seq: self.seq,
            missed,
            ..Sample::default()
        };
        let reading = self.machine.read()?;
        let counts = sample.processes.get_or_insert_default();
        match &mut self.everyone {
            Some(everyone) => {
                everyone.read(&self.proc, counts)?;
                sample.top = everyone.top(span);
            }
            None => counts.count = self.pids.count(&self.proc)?,
        }
        let before = self.before.as_ref().and_then(|(_, before)| Some((before, span?)));
        rates::fill(&mut sample, &reading, before, (self.page_bytes, self.detail));
        for tree in &mut self.trees {
            sample.trees.push(tree.read(&self.proc, span)?);
        }
        if let Some(runs) = &mut self.runs {
            (sample.runs, sample.ops) = runs.read(&self.proc, span)?;
        }
        self.before = Some((now, reading));
        self.seq += 1;
        sample.own = Some(self.own.read(&self.proc, span));
        Ok(sample)
    }
}
