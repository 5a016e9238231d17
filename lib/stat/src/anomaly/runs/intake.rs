//! Lines of run logs as tasks.

use super::feature::{Features, of_command, of_record};
use super::{Task, Tasks};
use crate::intake::{Format, Line};
use crate::intervals::Intervals;
use crate::joblog;
use crate::ninja::{self, Build, Ninja};
use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{Bad, Fields, OpEnd, Raw, Record as _, RunStart};

/// Takes lines of files, one file after the other: the run logs of other systems, a record a
/// task with its run (`{"run","id",...}`), our events (the last attempt of each operation), job
/// logs and ninja logs. A job log is one run; of a ninja log each build is one.
#[derive(Clone, Debug, Default)]
pub struct TaskIntake {
    format: Format,
    /// The run whose events come, and its host.
    open: (String, String),
    file: String,
    /// Builds of the ninja log so far.
    builds: u64,
    intervals: Intervals,
    ninja: Ninja,
    runs: HashMap<String, usize, FixedState>,
    ids: HashMap<String, usize, FixedState>,
    hosts: HashMap<(usize, String), usize, FixedState>,
    tasks: Tasks,
}

impl TaskIntake {
    /// A file begins: what is a run without a name has the name of its file.
    pub fn begin_file(&mut self, name: &str) {
        self.format = Format::Unknown;
        self.file = name.to_owned();
        self.open = (name.to_owned(), String::new());
        self.builds = 0;
    }

    /// Takes the next line, without its end.
    ///
    /// # Errors
    /// A line that begins like one of the file's format and is not, or a field that is no
    /// number; the reading may go on.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        match self.format.line(line)? {
            Line::Blank => Ok(()),
            Line::Joblog(line) => joblog::read(line, &mut self.intervals),
            Line::Ninja(line) => {
                if let Some(entry) = self.ninja.read(line)? {
                    if entry.build == Build::Later {
                        self.end_build();
                    }
                    self.intervals.push(entry.span());
                }
                Ok(())
            }
            Line::Record(line) => self.record(line),
            // a benchmark is no task of a run
            Line::Stray | Line::Hyperfine(_) | Line::HyperfineTable(_) => {
                self.tasks.strays += 1;
                Ok(())
            }
        }
    }

    fn record(&mut self, line: &[u8]) -> Result<(), Bad> {
        let fields = Fields::parse(line)?;
        let text = |key: &str| fields.get(key).map(|raw| Raw(raw.to_owned()).plain());
        let kind = text("type").unwrap_or_default();
        if kind == RunStart::KIND {
            self.open = (text("run").unwrap_or_default(), text("host").unwrap_or_default());
            return Ok(());
        }
        let id = text("id");
        let (run, host, id) = match (text("run"), id) {
            (_, Some(id)) if kind == OpEnd::KIND => {
                if fields.get("final").is_none_or(|raw| raw.get() != "true") {
                    return Ok(());
                }
                (self.open.0.clone(), self.open.1.clone(), id)
            }
            (Some(run), Some(id)) => (run, text("host").unwrap_or_default(), id),
            // other records may stand between
            _ if !kind.is_empty() => return Ok(()),
            _ => {
                self.tasks.strays += 1;
                return Ok(());
            }
        };
        let features = of_record(line, &fields)?;
        self.add((&run, &host, &id), features);
        Ok(())
    }

    fn add(&mut self, (run, host, id): (&str, &str, &str), features: Features) {
        let tasks = &mut self.tasks;
        let run = *self.runs.entry_ref(run).or_insert_with(|| {
            tasks.runs.push(run.to_owned());
            tasks.runs.len() - 1
        });
        let id = *self.ids.entry_ref(id).or_insert_with(|| {
            tasks.ids.push(id.to_owned());
            tasks.ids.len() - 1
        });
        let host = *self.hosts.entry((run, host.to_owned())).or_insert_with(|| {
            tasks.hosts += 1;
            tasks.hosts - 1
        });
        tasks.all.push(Task { run, host, id, features });
    }

    /// The commands so far are one run.
    fn end_build(&mut self) {
        self.builds += 1;
        let (habits, run) = match self.format {
            Format::Joblog => (joblog::HABITS, self.file.clone()),
            _ => (ninja::HABITS, self.file.clone() + "#" + &self.builds.to_string()),
        };
        let mut commands = alloc::vec::Vec::new();
        core::mem::take(&mut self.intervals)
            .each(habits, |end| commands.push((end.id.to_owned(), of_command(end))));
        for (id, features) in commands {
            self.add((&run, "", &id), features);
        }
    }

    /// The file has ended.
    pub fn end_file(&mut self) {
        if matches!(self.format, Format::Joblog | Format::Ninja) {
            self.end_build();
        }
        self.ninja = Ninja::default();
        self.format = Format::Unknown;
    }

    /// All files have been read.
    pub fn finish(self) -> Tasks {
        self.tasks
    }
}
