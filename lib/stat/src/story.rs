//! A log told event by event, in full: what exports are made of. Attempts come with what was
//! said at their start; what has no end in the log is told when the run is over. Job logs and
//! ninja logs are told as if pgrun had written them.

use crate::hyperfine::{self, Document};
use crate::intake::{Format, Line};
use crate::intervals::Intervals;
use crate::ninja::{Build, Ninja};
use crate::{joblog, ninja};
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{
    Bad, Bytes, ClockChange, Command, EndView, Event, Fields, OpEnd, OpRetry, OpSkip, OpStart,
    Outcome, Record as _, RunEnd, RunStart, Sample, ThrottleChange, parse_record,
};

/// What is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A run begins; a log of another kind has no more of it than its name.
    RunStart(Box<RunStart>),
    /// An attempt has ended. Its start is empty where the log does not have it.
    Attempt(Box<(OpStart, OpEnd)>),
    /// An attempt has no end in the log.
    Open(Box<OpStart>),
    /// An operation never ran.
    Skip(Box<OpSkip>),
    /// Another attempt is due.
    Retry(Box<OpRetry>),
    /// The number of slots has changed.
    Throttle(Box<ThrottleChange>),
    /// The machine has slept.
    Slept(Box<ClockChange>),
    /// A reading.
    Sample(Box<Sample>),
    /// The run is over; without its event where it was cut off, or the log has none.
    RunEnd(Option<Box<RunEnd>>),
}

/// Takes the lines of files, one file after the other.
#[derive(Clone, Debug, Default)]
pub struct Story {
    format: Format,
    /// A run goes on.
    going: bool,
    open: HashMap<String, OpStart, FixedState>,
    jobs: Vec<joblog::Row>,
    intervals: Intervals,
    ninja: Ninja,
    benchmarks: Document,
    /// Lines that were no records.
    strays: u64,
}

impl Story {
    /// Takes the next line of the file, without its end, and tells what it says.
    ///
    /// # Errors
    /// A line that begins like one of the file's format and is not; the reading may go on.
    pub fn line(&mut self, line: &[u8], tell: &mut dyn FnMut(Told)) -> Result<(), Bad> {
        match self.format.line(line)? {
            Line::Blank => Ok(()),
            Line::Joblog(line) => {
                if let Some(row) = joblog::row(line)? {
                    self.intervals.push(row.span());
                    self.jobs.push(row);
                }
                Ok(())
            }
            Line::Ninja(line) => {
                if let Some(entry) = self.ninja.read(line)? {
                    if entry.build == Build::Later {
                        self.intervals.clear();
                    }
                    self.intervals.push(entry.span());
                }
                Ok(())
            }
            Line::Hyperfine(line) if self.benchmarks.is_young() && !hyperfine::goes_on(line) => {
                self.benchmarks = Document::default();
                self.format = Format::Records;
                self.line(line, tell)?;
                Err(Bad::new(0, "the line before is a brace alone, and no record"))
            }
            Line::Hyperfine(line) => self.benchmarks.json(line),
            Line::HyperfineTable(line) => self.benchmarks.csv(line),
            Line::Record(line) => self.record(line, tell),
            Line::Stray => {
                self.strays += 1;
                Ok(())
            }
        }
    }

    fn record(&mut self, line: &[u8], tell: &mut dyn FnMut(Told)) -> Result<(), Bad> {
        let fields = Fields::parse(line)?;
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
        if kind == Sample::KIND {
            tell(Told::Sample(Box::new(parse_record(line, &fields)?)));
        } else if let Some(event) = Event::parse(kind, line, &fields)? {
            self.event(event, tell);
        }
        Ok(())
    }

    fn event(&mut self, event: Event, tell: &mut dyn FnMut(Told)) {
        match event {
            Event::RunStart(start) => {
                self.end_run(None, tell);
                self.going = true;
                tell(Told::RunStart(Box::new(start)));
            }
            Event::OpStart(start) => {
                self.go(tell);
                self.open.insert(start.id.clone(), start);
            }
            Event::OpEnd(end) => {
                self.go(tell);
                let start = self.open.remove(&end.id).unwrap_or_default();
                tell(Told::Attempt(Box::new((start, end))));
            }
            Event::OpSkip(skip) => {
                self.go(tell);
                tell(Told::Skip(Box::new(skip)));
            }
            Event::OpRetry(retry) => tell(Told::Retry(Box::new(retry))),
            Event::ThrottleChange(change) => tell(Told::Throttle(Box::new(change))),
            Event::ClockChange(change) => tell(Told::Slept(Box::new(change))),
            Event::RunEnd(end) => {
                self.go(tell);
                self.end_run(Some(Box::new(end)), tell);
            }
            Event::OpBarrier(_) | Event::RunReplan(_) => {}
            // sums of what was told
            Event::LoadSummary(_) | Event::BenchResult(_) => {}
            // what operations have of locks stands in op.start and op.end
            Event::LockWait(_) | Event::LockTake(_) | Event::LockDrop(_) => {}
        }
    }

    /// What belongs to a run has one, even where its beginning is not in the log.
    fn go(&mut self, tell: &mut dyn FnMut(Told)) {
        if !self.going {
            self.going = true;
            tell(Told::RunStart(Box::default()));
        }
    }

    fn end_run(&mut self, end: Option<Box<RunEnd>>, tell: &mut dyn FnMut(Told)) {
        if !core::mem::take(&mut self.going) {
            return;
        }
        let mut open: Vec<OpStart> = self.open.drain().map(|row| row.1).collect();
        open.sort_by(|a, b| (a.start, a.seq, &a.id).cmp(&(b.start, b.seq, &b.id)));
        open.into_iter().for_each(|start| tell(Told::Open(Box::new(start))));
        tell(Told::RunEnd(end));
    }

    /// The file has ended.
    ///
    /// # Errors
    /// Benchmarks that are not whole.
    pub fn end_file(&mut self, tell: &mut dyn FnMut(Told)) -> Result<(), Bad> {
        self.end_run(None, tell);
        let format = core::mem::take(&mut self.format);
        let jobs = core::mem::take(&mut self.jobs);
        let intervals = core::mem::take(&mut self.intervals);
        let benchmarks = core::mem::take(&mut self.benchmarks);
        self.ninja = Ninja::default();
        let (name, habits) = match format {
            Format::Joblog => ("joblog", joblog::HABITS),
            Format::Ninja => ("ninja", ninja::HABITS),
            Format::Hyperfine | Format::HyperfineTable => ("hyperfine", ninja::HABITS),
            Format::Unknown | Format::Records => return Ok(()),
        };
        let tool = name.to_string();
        tell(Told::RunStart(Box::new(RunStart { tool, ..RunStart::default() })));
        intervals.each_numbered(habits, |number, view| {
            tell(Told::Attempt(Box::new(attempt(view, (number, jobs.get(number))))));
        });
        let mut number = 0;
        let read = if name == "hyperfine" {
            benchmarks.finish(|view| {
                tell(Told::Attempt(Box::new(attempt(view, (number, None)))));
                number += 1;
            })
        } else {
            Ok(())
        };
        tell(Told::RunEnd(None));
        read
    }

    /// Lines that were no records.
    pub fn strays(&self) -> u64 {
        self.strays
    }
}

/// A command of a log that is not ours, as pgrun would have written it.
fn attempt(view: &EndView<'_>, (number, job): (usize, Option<&joblog::Row>)) -> (OpStart, OpEnd) {
    let seq = job.map_or(number as u64 + 1, |job| job.seq);
    let mut start = OpStart {
        id: view.id.to_string(),
        seq,
        attempt: 1,
        slot: view.slot,
        start: view.start,
        ..OpStart::default()
    };
    let mut end = OpEnd {
        id: view.id.to_string(),
        seq,
        attempt: 1,
        r#final: true,
        slot: view.slot,
        start: view.start,
        end: view.end,
        wall_s: view.wall,
        result: view.result,
        queued_s: view.queued,
        ..OpEnd::default()
    };
    view.blocked.for_each(|name, time| {
        end.blocked_s.insert(name.to_string(), time);
    });
    if let Some(job) = job {
        start.cmd = Some(Command::Shell(Bytes(job.command.clone())));
        (end.in_bytes, end.out_bytes) = (Some(job.send).filter(|sent| *sent > 0), job.receive);
        match (job.exit, job.signal) {
            // so pgrun writes a job whose time was over
            (-1, _) => end.result = Outcome::Timeout,
            (exit, 0) => end.exit = Some(exit),
            (_, signal) => end.signal = Some(signal),
        }
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn told(lines: &[&str]) -> Vec<String> {
        let mut story = Story::default();
        let mut all = Vec::new();
        let mut tell = |told: Told| {
            all.push(match told {
                Told::RunStart(start) => format!("run {}{}", start.run, start.tool),
                Told::Attempt(pair) => {
                    let (start, end) = *pair;
                    let cmd = start.cmd.map(|cmd| cmd.display()).unwrap_or_default();
                    format!("{} {} {:?} on {}: {cmd}", end.seq, end.id, end.result, end.slot)
                }
                Told::Open(start) => format!("open {}", start.id),
                Told::Skip(skip) => format!("skip {}", skip.id),
                Told::RunEnd(end) => format!("end {}", end.is_some()),
                other => format!("{other:?}").chars().take(8).collect(),
            });
        };
        lines.iter().for_each(|line| story.line(line.as_bytes(), &mut tell).unwrap());
        story.end_file(&mut tell).unwrap();
        all
    }

    #[test]
    fn what_has_no_end_is_told_when_the_run_is_over() {
        let start = |id: &str| {
            format!(
                r#"{{"type":"op.start","id":"{id}","seq":1,"attempt":1,"slot":2,"start":5,"pid":3,"cmd":["make","{id}"]}}"#
            )
        };
        let end = r#"{"type":"op.end","id":"a","seq":1,"attempt":1,"final":true,"slot":2,"start":5,"end":6,"wall_s":1,"user_s":0,"system_s":0,"max_rss_bytes":null,"exit":0,"result":"success","queued_s":0,"out_bytes":0}"#;
        let (a, b) = (start("a"), start("b"));
        let skip =
            r#"{"type":"op.skip","id":"c","seq":3,"time":7,"result":"skip","reason":"halt"}"#;
        let over = r#"{"type":"run.end","run":"r","time":8,"makespan_s":3,"counts":{},"containment":"group"}"#;
        assert_eq!(
            told(&[&a, &b, end, "no record", skip, over]),
            ["run ", "1 a Success on 2: make a", "skip c", "open b", "end true"]
        );
        assert_eq!(told(&[&a]), ["run ", "open a", "end false"]);
        assert_eq!(told(&[]), [""; 0]);
    }

    #[test]
    fn a_job_log_is_told_in_full() {
        let log = [
            "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand",
            "2\t:\t1700000000.500\t     1.000\t0\t4\t3\t0\tfalse \t x",
            "1\t:\t1700000000.000\t     1.000\t0\t0\t0\t0\ttrue",
            "3\t:\t1700000002.000\t     1.000\t0\t0\t-1\t15\twork 9",
        ];
        assert_eq!(
            told(&log),
            [
                "run joblog",
                "1 true Success on 1: true",
                "2 false \t x Failure on 2: false \t x",
                "3 work 9 Timeout on 1: work 9",
                "end false"
            ]
        );
    }
}
