//! The events of a run.

use super::history::HistoryLog;
use super::kept::Kept;
use crate::fail::Fail;
use crate::run::ci::{Ci, guard};
use crate::run::sinks::Sinks;
use record::{Event, Seconds, status};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::Arc;
use sys::poller::Poller;

/// Where the run's records go.
#[derive(Debug)]
pub struct Journal {
    on: bool,
    /// Whose log they may get into.
    ci: Option<Ci>,
    /// Records since the last write; several share one.
    batch: Vec<u8>,
    /// The log that is kept for --resume.
    kept: Option<Arc<Kept>>,
    /// The log that is kept among those of other runs.
    history: HistoryLog,
}

impl Journal {
    /// Keeps no records yet, but in logs that are kept.
    pub fn new(ci: Option<Ci>, (kept, history): (Option<Kept>, HistoryLog)) -> Self {
        Journal { on: false, ci, batch: Vec::new(), kept: kept.map(Arc::new), history }
    }

    /// The records go to the sinks from now on.
    pub fn begin(&mut self) {
        self.on = true;
    }

    /// The log that is kept.
    pub fn kept(&self) -> Option<Arc<Kept>> {
        self.kept.clone()
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

    /// True where events are wanted.
    pub fn is_on(&self) -> bool {
        self.wants_starts() || self.kept.is_some()
    }

    /// True where starts are to be added: the log has them from the commands themselves.
    pub fn wants_starts(&self) -> bool {
        self.on || self.history.is_on()
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        self.history.hear(event);
        if self.wants_starts() {
            event.append_line(&mut self.batch);
        }
        if let Some(kept) = self.kept.as_ref().filter(|_| !matches!(event, Event::OpStart(_))) {
            kept.add(event);
        }
    }

    /// A record that is no event, for those who read the stream.
    pub fn add_line(&mut self, line: &[u8]) {
        if self.wants_starts() {
            self.batch.extend_from_slice(line);
        }
    }

    /// Writes what waits for the log.
    ///
    /// # Errors
    /// What could not be written, which waits on.
    pub fn flush_kept(&self) -> Result<(), String> {
        self.kept.as_ref().map_or(Ok(()), |kept| kept.flush())
    }

    /// Hands the batch to the sinks.
    pub fn flush(&mut self, sinks: &mut Sinks, poller: &Poller) {
        if self.batch.is_empty() {
            return;
        }
        self.history.write(&self.batch);
        if self.on {
            match self.ci {
                Some(Ci::Github) => sinks.record(poller, &guard::records(&self.batch)),
                Some(Ci::Gitlab) | None => sinks.record(poller, &self.batch),
            }
        }
        self.batch.clear();
    }

    /// All is written, and the run is over: its log among those that are kept gets its place.
    pub fn end_history(&mut self, now: Seconds) {
        self.history.end(now);
    }

    /// What is to be said of the history, once.
    pub fn take_remark(&mut self) -> Option<String> {
        self.history.take_remark()
    }
}
