//! Lines of logs as past runs, for predictions: which operations ended well, and how
//! long they took.
//!
//! Beside events, job logs and ninja logs there are run logs of other systems: a record a
//! task, with the name of its run.

mod over_runs;

pub use over_runs::{in_order, over_runs};

use crate::hyperfine::{self, Document};
use crate::intake::{Format, Line};
use crate::intervals::Intervals;
use crate::joblog;
use crate::ninja::{Build, Ninja};
use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use plan::history::{Done, Run};
use record::{
    Bad, Command, Event, Fields, OpEnd, OpStart, Outcome, Raw, Record as _, RunEnd, Seconds, Task,
    parse_record,
};

/// A past run and where it stands.
#[derive(Clone, Debug)]
pub struct Past {
    /// The run.
    pub run: Run,
    /// When it began, since the epoch, where the log says it.
    pub began: Option<Seconds>,
    /// Line on which it begins.
    pub line: u64,
}

/// Takes the lines of one file.
#[derive(Clone, Debug, Default)]
pub struct PastIntake {
    format: Format,
    line: u64,
    runs: Vec<Past>,
    /// Run logs: place of each run.
    places: BTreeMap<String, usize>,
    /// Those of them in which a task failed.
    broken: BTreeSet<usize>,
    /// Events: the run that goes on.
    open: Option<Open>,
    intervals: Intervals,
    ninja: Ninja,
    benchmarks: Document,
    /// Lines that say nothing of a run.
    strays: u64,
}

/// A run whose events come.
#[derive(Clone, Debug)]
struct Open {
    past: Past,
    started: BTreeMap<String, OpStart>,
    /// All that was to be done has been done in it.
    whole: bool,
}

/// What was read of a file.
#[derive(Clone, Debug, Default)]
pub struct Pasts {
    /// The runs in their order.
    pub runs: Vec<Past>,
    /// Lines that were no records.
    pub strays: u64,
}

/// A time since the epoch is no less; one from the beginning of a run is.
const EPOCH: Seconds = Seconds::from_secs(100_000_000);

impl PastIntake {
    /// Takes the next line, without its end.
    ///
    /// # Errors
    /// A line that begins like one of the file's format and is not, or a duration that
    /// is none; the reading may go on.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        self.line += 1;
        self.take(line)
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Bad> {
        match self.format.line(line)? {
            Line::Blank => Ok(()),
            Line::Joblog(line) => joblog::read(line, &mut self.intervals),
            Line::Hyperfine(line) if self.benchmarks.is_young() && !hyperfine::goes_on(line) => {
                self.benchmarks = Document::default();
                self.format = Format::Records;
                self.take(line)?;
                Err(Bad::new(0, "the line before is a brace alone, and no record"))
            }
            Line::Hyperfine(line) => self.benchmarks.json(line),
            Line::HyperfineTable(line) => self.benchmarks.csv(line),
            Line::Ninja(line) => {
                if let Some(entry) = self.ninja.read(line)? {
                    if entry.build == Build::Later {
                        self.end_intervals();
                    }
                    self.intervals.push(entry.span());
                }
                Ok(())
            }
            Line::Record(line) => self.record(line),
            Line::Stray => {
                self.strays += 1;
                Ok(())
            }
        }
    }

    /// How many lines there were.
    pub fn lines(&self) -> u64 {
        self.line
    }

    fn record(&mut self, line: &[u8]) -> Result<(), Bad> {
        let fields = Fields::parse(line)?;
        let text = |key: &str| fields.get(key).map(|raw| Raw(raw.to_owned()).plain());
        let kind = text("type").unwrap_or_default();
        if let Some(event) = Event::parse(&kind, line, &fields)? {
            let wrong = |what: String| Bad::new(column(line, &fields, "wall_s"), what);
            return self.event(event).map_err(wrong);
        }
        // operations, plans, samples and findings may stand between
        if fields.get("run").is_none() || fields.get("id").is_none() {
            return Ok(());
        }
        let task: Task = parse_record(line, &fields)?;
        let wrong = |(key, what)| Bad::new(column(line, &fields, key), what);
        let (name, span) = (task.run.clone(), (task.start, task.end));
        let well = task.exit.unwrap_or(0) == 0 && matches!(task.result.as_str(), "" | "success");
        let done = if well { done_of(task, &kind).map_err(wrong)? } else { None };
        let place = self.place(name);
        if !well {
            self.broken.insert(place);
        }
        self.runs[place].take(done, span);
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::RunStart(start) => {
                self.close();
                let open = self.open();
                open.past.run.name = start.run;
                open.past.began = Some(start.time);
                open.whole = !start.resumed;
            }
            Event::OpStart(start) => {
                self.open().started.insert(start.id.clone(), start);
            }
            Event::OpEnd(end) => {
                if end.wall_s < Seconds::ZERO {
                    return Err(less_than_none("wall_s", end.wall_s));
                }
                if end.r#final {
                    self.open().end(end);
                }
            }
            Event::OpSkip(_) => self.open().whole = false,
            Event::RunEnd(end) => {
                self.open().past.run.makespan = makespan(&end);
                self.close();
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self) -> &mut Open {
        let line = self.line;
        self.open.get_or_insert_with(|| Open {
            past: Past { run: Run::default(), began: None, line },
            started: BTreeMap::new(),
            whole: true,
        })
    }

    fn close(&mut self) {
        if let Some(mut open) = self.open.take().filter(|open| !open.past.run.done.is_empty()) {
            open.past.run.makespan = open.past.run.makespan.filter(|_| open.whole);
            self.runs.push(open.past);
        }
    }

    /// The run of a run log that has this name; its tasks may stand in any order of lines.
    fn place(&mut self, name: String) -> usize {
        *self.places.entry(name).or_insert_with_key(|name| {
            let run = Run { name: name.clone(), ..Run::default() };
            self.runs.push(Past { run, began: None, line: self.line });
            self.runs.len() - 1
        })
    }

    /// The commands so far are one run.
    fn end_intervals(&mut self) {
        let mut run = Run::default();
        let (mut begin, mut end) = (None::<Seconds>, Seconds::ZERO);
        let mut whole = true;
        let habits = match self.format {
            Format::Joblog => joblog::HABITS,
            _ => crate::ninja::HABITS,
        };
        let is_command = self.format == Format::Joblog;
        core::mem::take(&mut self.intervals).each(habits, |view| {
            begin = Some(begin.map_or(view.start, |begin| begin.min(view.start)));
            end = end.max(view.end);
            if view.result != Outcome::Success {
                whole = false;
                return;
            }
            let id = view.id.to_owned();
            let cmd = if is_command { id.clone() } else { String::new() };
            run.done.push(Done { id, cmd, begin: view.start, took: view.wall, ..Done::default() });
        });
        if run.done.is_empty() {
            return;
        }
        run.makespan = begin.map(|begin| end - begin).filter(|_| whole);
        self.runs.push(Past { run, began: begin, line: 1 });
    }

    /// The first time of each command is a run, the second times are another.
    fn end_benchmarks(&mut self) {
        let first = self.runs.len();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        let runs = &mut self.runs;
        self.benchmarks.each(|timing| {
            let time = times.entry(timing.command.to_owned()).or_default();
            let place = first + *time;
            *time += 1;
            if place == runs.len() {
                runs.push(Past { run: Run::default(), began: None, line: 1 });
            }
            if timing.well {
                let (id, took) = (timing.command.to_owned(), timing.wall);
                runs[place].run.done.push(Done { cmd: id.clone(), id, took, ..Done::default() });
            }
        });
    }

    /// The file has ended.
    pub fn finish(mut self) -> Pasts {
        self.close();
        self.end_intervals();
        self.end_benchmarks();
        for place in &self.broken {
            self.runs[*place].run.makespan = None;
        }
        for past in &mut self.runs {
            past.began = past.began.filter(|began| *began >= EPOCH);
        }
        self.runs.retain(|past| !past.run.done.is_empty());
        Pasts { runs: self.runs, strays: self.strays }
    }
}

impl Past {
    /// Takes a task of a run log.
    fn take(&mut self, done: Option<Done>, (start, end): (Option<Seconds>, Option<Seconds>)) {
        self.run.done.extend(done);
        let before = self.began;
        self.began = match (before, start) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let Some(began) = self.began else { return };
        // the makespan so far moves with the begin
        let ended = before.zip(self.run.makespan).map(|(begin, length)| begin + length);
        self.run.makespan = ended.max(end).map(|end| end - began);
    }
}

impl Open {
    fn end(&mut self, end: OpEnd) {
        if end.result != Outcome::Success {
            self.whole = false;
            return;
        }
        let start = self.started.remove(&end.id).unwrap_or_default();
        let mut done = Done {
            cmd: start.cmd.as_ref().map(Command::display).unwrap_or_default(),
            begin: end.start,
            took: end.wall_s,
            queued: Some(end.queued_s),
            needs: start.needs.into_iter().map(|need| need.id).collect(),
            id: end.id,
            ..Done::default()
        };
        if let Some(bytes) = end.in_bytes {
            done.sizes.insert("in_bytes".to_string(), bytes as f64);
        }
        for (name, raw) in &end.labels {
            label(&mut done, name, raw);
        }
        self.past.run.done.push(done);
    }
}

/// A label that is a number is a size, any other a word.
fn label(done: &mut Done, name: &str, raw: &Raw) {
    match raw.text().parse::<f64>() {
        Ok(size) if size.is_finite() => drop(done.sizes.insert(name.to_owned(), size)),
        _ => drop(done.words.insert(name.to_owned(), raw.plain())),
    }
}

/// Of a run that did all it should.
fn makespan(end: &RunEnd) -> Option<Seconds> {
    (end.exit == Some(0) && end.makespan_s >= Seconds::ZERO).then_some(end.makespan_s)
}

/// What has ended; `None` where it has not.
///
/// # Errors
/// A duration less than none, by the name of its field.
fn done_of(task: Task, kind: &str) -> Result<Option<Done>, (&'static str, String)> {
    let (took, key) = match (task.runtime_s, task.start.zip(task.end)) {
        (Some(took), _) => (Some(took), "runtime_s"),
        (None, span) => (span.map(|(start, end)| end - start), "end"),
    };
    let Some(took) = took else { return Ok(None) };
    if took < Seconds::ZERO {
        return Err((key, less_than_none(key, took)));
    }
    let begin = task.start.unwrap_or_default();
    let queued = task.ready.map(|ready| begin - ready);
    let mut done = Done {
        id: task.id,
        cmd: task.cmd.as_ref().map(Command::display).unwrap_or_default(),
        begin,
        took,
        queued: queued.filter(|queued| *queued >= Seconds::ZERO),
        needs: task.needs.into_iter().map(|need| need.id).collect(),
        aside: !matches!(kind, "" | Task::KIND),
        ..Done::default()
    };
    let sizes = [("input_bytes", task.input_bytes), ("stage_in_bytes", task.stage_in_bytes)];
    for (name, size) in sizes {
        if let Some(size) = size {
            done.sizes.insert(name.to_string(), size.as_f64());
        }
    }
    task.labels.iter().for_each(|(name, raw)| label(&mut done, name, raw));
    Ok(Some(done))
}

fn less_than_none(key: &str, took: Seconds) -> String {
    format!("\"{key}\": a duration of {took} s; none is less than 0")
}

/// The column of a field.
fn column(line: &[u8], fields: &Fields<'_>, key: &str) -> usize {
    let at = fields.get(key).map_or(line.as_ptr(), |raw| raw.get().as_ptr());
    (at as usize).saturating_sub(line.as_ptr() as usize) + 1
}

#[cfg(test)]
mod tests;
