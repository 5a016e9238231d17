//! The job log: a line for each job that has ended.

use crate::joblog::{HEADER, Row};
use crate::run::output::Target;
use crate::run::sinks::Sinks;
use sys::poller::Poller;

/// A job log that is being written.
#[derive(Debug)]
pub struct JobLog {
    target: Target,
}

impl JobLog {
    /// A new one: its header is written at once.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(mut target: Target, out: (&mut Sinks, &Poller)) -> Result<Self, String> {
        target.add(HEADER, out)?;
        Ok(JobLog { target })
    }

    /// One that has its header.
    pub fn go_on(target: Target) -> Self {
        JobLog { target }
    }

    /// Adds a job.
    ///
    /// # Errors
    /// It is incomplete from now on.
    pub fn add(&mut self, row: &Row, out: (&mut Sinks, &Poller)) -> Result<(), String> {
        let mut text = Vec::new();
        row.append(&mut text);
        self.target.add(&text, out)
    }

    /// Where it goes.
    pub fn target(&mut self) -> &mut Target {
        &mut self.target
    }
}
