//! The events, and the job log that is a rendering of them.

use super::ci::{Ci, guard};
use super::sinks::Sinks;
use crate::fail::{Fail, reason};
use record::{Event, OpEnd, Outcome, status};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use sys::poller::Poller;

/// Where the run's records go.
#[derive(Debug)]
pub struct Journal {
    on: bool,
    /// Whose log they may get into.
    ci: Option<Ci>,
    /// Records since the last write; several share one.
    batch: Vec<u8>,
    joblog: Option<(File, String)>,
    lost: Option<String>,
}

impl Journal {
    /// Keeps no records yet.
    pub fn new(ci: Option<Ci>) -> Self {
        Journal { on: false, ci, batch: Vec::new(), joblog: None, lost: None }
    }

    /// The records go to the sinks from now on.
    pub fn begin(&mut self) {
        self.on = true;
    }

    /// Makes a file for the events.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(path: &Path, sinks: &mut Sinks) -> Result<(), Fail> {
        let name = path.display().to_string();
        let wrong = |e: io::Error| Fail::io(status::LOST, format!("--events {name}"), &e);
        let file = File::create(path).map_err(wrong)?;
        sinks.add_events(file.as_raw_fd(), &name).map_err(wrong)
    }

    /// Begins a job log.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn begin_joblog(&mut self, path: &Path) -> Result<(), Fail> {
        const HEADER: &[u8] =
            b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
        let name = format!("--joblog {}", path.display());
        let wrong = |e: io::Error| Fail::io(status::LOST, &name, &e);
        let mut file = File::create(path).map_err(wrong)?;
        file.write_all(HEADER).map_err(wrong)?;
        self.joblog = Some((file, name));
        Ok(())
    }

    /// True where events are wanted.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        if self.on {
            event.append_line(&mut self.batch);
        }
    }

    /// Adds a line to the job log: GNU parallel's columns.
    pub fn log_job(&mut self, end: &OpEnd, command: &[u8]) {
        let Some((file, name)) = &mut self.joblog else { return };
        let (start, wall) = (end.start.as_f64(), end.wall_s.as_f64());
        let exit = match (end.result, end.exit) {
            (Outcome::Timeout, _) => -1,
            (_, exit) => exit.unwrap_or(0),
        };
        let signal = end.signal.unwrap_or(0);
        let (seq, received) = (end.seq, end.out_bytes);
        let mut line =
            format!("{seq}\t:\t{start:.3}\t{wall:10.3}\t0\t{received}\t{exit}\t{signal}\t")
                .into_bytes();
        line.extend(command.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        line.push(b'\n');
        if let Err(error) = file.write_all(&line) {
            let what = format!("{name}: {}; it is incomplete", reason(&error));
            self.lost.get_or_insert(what);
        }
    }

    /// Hands the batch to the sinks.
    pub fn flush(&mut self, sinks: &mut Sinks, poller: &Poller) {
        if !self.batch.is_empty() {
            match self.ci {
                Some(Ci::Github) => sinks.record(poller, &guard::records(&self.batch)),
                Some(Ci::Gitlab) | None => sinks.record(poller, &self.batch),
            }
            self.batch.clear();
        }
    }

    /// What could not be written, said once.
    pub fn take_failure(&mut self) -> Option<String> {
        self.lost.take()
    }
}
