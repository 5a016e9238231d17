//! What is shown: the last sample, and what it does not have of each process.

use super::view::Row;
use crate::fail::Fail;
use crate::mon::sampler::{Sampler, unreadable};
use record::Sample;
use std::cell::RefCell;
use std::collections::HashMap;
use sys::proc::process::Processes;
use sys::proc::words::command_line;
use sys::proc::{ReadError, Root};

/// Reads what is shown.
#[derive(Debug)]
pub struct Figures {
    proc: Root,
    processes: Processes,
    /// Bytes read and written by each process at the reading before.
    before: HashMap<u32, (u64, u64)>,
    /// Command lines that were asked for, until the next sample.
    words: RefCell<HashMap<u32, String>>,
    /// The last sample.
    pub sample: Sample,
    /// All processes.
    pub rows: Vec<Row>,
}

impl Figures {
    /// Nothing yet.
    pub fn new(proc: Root) -> Self {
        Figures {
            proc,
            processes: Processes::default(),
            before: HashMap::new(),
            words: RefCell::default(),
            sample: Sample::default(),
            rows: Vec::new(),
        }
    }

    /// Reads everything anew.
    ///
    /// # Errors
    /// A file that every kernel has cannot be read or understood.
    pub fn read(&mut self, sampler: &mut Sampler, missed: u64) -> Result<(), Fail> {
        self.sample = sampler.take(missed)?;
        self.words.borrow_mut().clear();
        let mut past = std::mem::take(&mut self.before);
        let seconds = self.sample.interval_s.as_f64();
        self.rows.clear();
        for process in std::mem::take(&mut self.sample.top) {
            // what belongs to others may not be read
            let io = self.processes.io(&self.proc, process.pid).ok().flatten();
            let now = io.map(|io| (io.read_bytes, io.write_bytes));
            let before = past.remove(&process.pid).filter(|_| seconds > 0.0);
            let rate = |of: fn((u64, u64)) -> u64| {
                let (now, before) = now.zip(before)?;
                Some(of(now).saturating_sub(of(before)) as f64 / seconds)
            };
            let (read, written) = (rate(|both| both.0), rate(|both| both.1));
            if let Some(now) = now {
                self.before.insert(process.pid, now);
            }
            self.rows.push(Row { process, read, written, depth: 0 });
        }
        Ok(())
    }

    /// The command line of a process, or its name where it has none.
    pub fn words(&self, pid: u32) -> String {
        let mut known = self.words.borrow_mut();
        let read = || self.read_words(pid).ok().flatten().unwrap_or_default();
        known.entry(pid).or_insert_with(read).clone()
    }

    fn read_words(&self, pid: u32) -> Result<Option<String>, ReadError> {
        command_line(&self.proc, pid)
    }

    /// A view of `/proc`.
    ///
    /// # Errors
    /// It is not mounted.
    pub fn open(path: &std::path::Path) -> Result<Self, Fail> {
        Ok(Figures::new(Root::open(path).map_err(|e| unreadable(&e))?))
    }
}
