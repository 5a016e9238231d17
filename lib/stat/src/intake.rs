//! Lines of any of the formats, taken into the run they belong to.

use crate::bottleneck::{Thresholds, bottlenecks};
use crate::hyperfine::Document;
use crate::intervals::Intervals;
use crate::leak::Leaks;
use crate::machine::Machine;
use crate::ninja::{Build, Ninja};
use crate::ranking::Ranking;
use crate::run::Run;
use crate::run::locks::{Held, Locks, pid_name};
use crate::run::report::{Facts, Source, Told};
use crate::run::usage::Uses;
use crate::timeline::{Drafts, Timeline};
use crate::{hyperfine, joblog, ninja};
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use record::{
    Bad, EndView, Event, Fields, Finding, MemoryTrend, Record as _, Report, Sample, Seconds,
    StartView, parse_record, scan_op_end, scan_op_start,
};

mod listener;

pub use listener::Listener;

/// What a file holds, by its first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Nothing was read of it.
    #[default]
    Unknown,
    /// Records, one a line.
    Records,
    /// The job log of GNU parallel.
    Joblog,
    /// The log of ninja.
    Ninja,
    /// Benchmarks of hyperfine, as JSON.
    Hyperfine,
    /// The same as CSV.
    HyperfineTable,
}

impl Format {
    /// What a file holds that begins with this line.
    ///
    /// # Errors
    /// A ninja log of a version that is not read.
    pub fn of(line: &[u8]) -> Result<Format, Bad> {
        if line.starts_with(joblog::HEADER) {
            return Ok(Format::Joblog);
        }
        if line.starts_with(ninja::HEADER) {
            return ninja::header(line).map(|()| Format::Ninja);
        }
        if line.starts_with(hyperfine::HEADER) {
            return Ok(Format::HyperfineTable);
        }
        if hyperfine::begins_json(line) {
            return Ok(Format::Hyperfine);
        }
        Ok(Format::Records)
    }

    /// What the next line of a file is; the first one that is not blank tells the format.
    ///
    /// # Errors
    /// A ninja log of a version that is not read.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Result<Line<'a>, Bad> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Ok(Line::Blank);
        }
        if *self == Format::Unknown {
            *self = Format::of(line)?;
        }
        Ok(match self {
            Format::Joblog => Line::Joblog(line),
            Format::Ninja => Line::Ninja(line),
            Format::Hyperfine => Line::Hyperfine(line),
            Format::HyperfineTable => Line::HyperfineTable(line),
            Format::Unknown | Format::Records => match line.trim_ascii_start().first() {
                Some(b'{') => Line::Record(line),
                _ => Line::Stray,
            },
        })
    }
}

/// A line, by what its file holds, without a carriage return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// It says nothing.
    Blank,
    /// A record, or what should be one.
    Record(&'a [u8]),
    /// No record, where records are.
    Stray,
    /// Of a job log.
    Joblog(&'a [u8]),
    /// Of a ninja log.
    Ninja(&'a [u8]),
    /// Of benchmarks as JSON.
    Hyperfine(&'a [u8]),
    /// Of benchmarks as CSV.
    HyperfineTable(&'a [u8]),
}

/// What came of all the lines.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// A report a run; samples and pglock's events that belong to none have their own.
    pub told: Vec<Told>,
    /// Lines that were no records.
    pub strays: u64,
    /// Operations by id, where they were asked for.
    pub ranking: Ranking,
    /// How memory goes with the number of operations, where that was asked for.
    pub memory: Vec<MemoryTrend>,
    /// Lines of earlier builds in a ninja log, which were left out.
    pub earlier_builds: u64,
    /// The timelines of the reports, where they were asked for; of very many runs the last ones.
    pub timelines: Vec<Option<Timeline>>,
}

/// Takes lines of files, one file after the other.
#[derive(Clone, Debug)]
pub struct Intake<L = ()> {
    most: usize,
    format: Format,
    run: Run,
    intervals: Intervals,
    ninja: Ninja,
    benchmarks: Document,
    /// pglock's own events: they belong to no run.
    outside: Locks,
    uses: Uses,
    machine: Machine,
    ranking: Option<Ranking>,
    leaks: Option<Leaks>,
    drafts: Option<Drafts>,
    account: Account,
    /// Reports of files before this one.
    of_others: usize,
    listener: L,
}

impl Intake {
    /// Lists of reports will have at most `most` rows.
    pub fn new(most: usize) -> Self {
        Intake::heard_by((), most)
    }
}

impl<L: Listener> Intake<L> {
    /// One of which `listener` hears all that is read; lists of reports as above.
    pub fn heard_by(listener: L, most: usize) -> Self {
        Intake {
            most,
            format: Format::Unknown,
            run: Run::new(most),
            intervals: Intervals::default(),
            ninja: Ninja::default(),
            benchmarks: Document::default(),
            outside: Locks::new(most),
            uses: Uses::default(),
            machine: Machine::default(),
            ranking: None,
            leaks: None,
            drafts: None,
            account: Account::default(),
            of_others: 0,
            listener,
        }
    }

    /// Keeps every operation by its id as well: memory grows with their number.
    #[must_use]
    pub fn with_ranking(mut self) -> Self {
        self.ranking = Some(Ranking::default());
        self
    }

    /// Keeps what memory each attempt had as well, by family.
    #[must_use]
    pub fn with_memory(mut self) -> Self {
        self.leaks = Some(Leaks::default());
        self
    }

    /// Makes timelines of the runs, for pictures.
    #[must_use]
    pub fn with_timelines(mut self) -> Self {
        self.drafts = Some(Drafts::default());
        self
    }

    /// Takes the next line of the file, without its end.
    ///
    /// # Errors
    /// A line that begins like one of the file's format and is not; the
    /// reading may go on with the next.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        if let Some(end) = scan_op_end(line) {
            self.format = Format::Records;
            self.op_end(&end);
            return Ok(());
        }
        if let Some(start) = scan_op_start(line) {
            self.format = Format::Records;
            self.op_start(&start);
            return Ok(());
        }
        self.other(line)
    }

    fn op_end(&mut self, end: &EndView<'_>) {
        self.open();
        if let Some(ranking) = &mut self.ranking {
            ranking.add(end);
        }
        if let Some(leaks) = &mut self.leaks {
            leaks.add(self.run.head_of(end.id), end);
        }
        self.listener.end(end);
        if let Some(drafts) = &mut self.drafts {
            drafts.run.op_end(end);
        }
        self.run.op_end(end);
    }

    fn op_start(&mut self, start: &StartView<'_>) {
        self.open();
        self.listener.start(start);
        if let Some(drafts) = &mut self.drafts {
            drafts.run.op_start(start);
        }
        self.run.op_start(start);
    }

    /// What comes after a run's end belongs to another.
    fn open(&mut self) {
        if self.run.ended.is_some() {
            self.close();
        }
    }

    fn close(&mut self) {
        if !self.run.is_empty() {
            let run = core::mem::replace(&mut self.run, Run::new(self.most));
            if let Some(leaks) = &mut self.leaks {
                let name = run.began.as_ref().map_or("", |began| began.run.as_str());
                self.account.memory.extend(core::mem::take(leaks).into_told(name));
            }
            self.tell(run.told(Source::Events, self.most));
        }
    }

    /// Adds the report of a run.
    fn tell(&mut self, told: Told) {
        self.listener.over(&told);
        if let Some(drafts) = &mut self.drafts {
            drafts.end_run(&told);
        }
        self.account.told.push(told);
    }

    fn other(&mut self, line: &[u8]) -> Result<(), Bad> {
        match self.format.line(line)? {
            Line::Blank => Ok(()),
            Line::Joblog(line) => joblog::read(line, &mut self.intervals),
            Line::Ninja(line) => self.built(line),
            Line::Hyperfine(line) if self.benchmarks.is_young() && !hyperfine::goes_on(line) => {
                self.benchmarks = Document::default();
                self.format = Format::Records;
                self.line(line)?;
                Err(Bad::new(0, "the line before is a brace alone, and no record"))
            }
            Line::Hyperfine(line) => self.benchmarks.json(line),
            Line::HyperfineTable(line) => self.benchmarks.csv(line),
            Line::Record(line) => self.record(line),
            Line::Stray => {
                self.account.strays += 1;
                Ok(())
            }
        }
    }

    /// A line of a ninja log: the last build alone is a run.
    fn built(&mut self, line: &[u8]) -> Result<(), Bad> {
        if let Some(entry) = self.ninja.read(line)? {
            if entry.build == Build::Later {
                self.intervals.clear();
            }
            self.intervals.push(entry.span());
        }
        Ok(())
    }

    fn record(&mut self, line: &[u8]) -> Result<(), Bad> {
        let fields = Fields::parse(line)?;
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
        if kind == Sample::KIND {
            let sample = parse_record::<Sample>(line, &fields)?;
            self.listener.sample(&sample);
            self.drafts.iter_mut().for_each(|drafts| drafts.sample(&sample));
            self.uses.add(&sample);
            self.machine.add(&sample);
        } else if let Some(event) = Event::parse(kind, line, &fields)? {
            self.event(event);
        } else if kind.is_empty() && fields.get("cmd").is_some() {
            self.listener.operation(&parse_record(line, &fields)?);
        }
        // plans and findings may stand between: they say nothing of a run
        Ok(())
    }

    fn event(&mut self, event: Event) {
        if matches!(event, Event::RunStart(_)) {
            self.close();
        }
        self.drafts.iter_mut().for_each(|drafts| drafts.event(&event));
        match event {
            Event::RunStart(start) => {
                if start.resumed {
                    self.account.told[self.of_others..].iter_mut().for_each(Told::taken_up);
                }
                self.listener.begin(&start);
                self.run.began = Some(start);
            }
            Event::OpStart(start) => self.op_start(&StartView::from(&start)),
            Event::OpEnd(end) => self.op_end(&EndView::from(&end)),
            Event::OpSkip(skip) => {
                self.open();
                self.listener.skip(&skip);
                self.run.op_skip(&skip);
            }
            Event::RunEnd(end) => {
                self.open();
                self.run.ended = Some(end);
            }
            Event::LockWait(wait) if wait.id.is_empty() => {
                let holder = pid_name(wait.holder_pid);
                self.outside.wait(&wait.name, &pid_name(Some(wait.pid)), holder);
            }
            Event::LockTake(take) if take.id.is_empty() => {
                let who = pid_name(Some(take.pid));
                self.outside.waited(&take.name, &who, (take.waited_s, ""));
            }
            Event::LockDrop(drop) if drop.id.is_empty() => {
                let who = pid_name(Some(drop.pid));
                let (end, time, waited) = (drop.time, drop.held_s, Seconds::ZERO);
                self.outside.held(&drop.name, Held { who: &who, end, time, waited });
            }
            Event::LockWait(wait) => self.run.lock_wait(&wait),
            // the same is in op.end
            Event::LockTake(_) | Event::LockDrop(_) => {}
            Event::OpBarrier(_) | Event::RunReplan(_) => {}
            // as the operations themselves tell
            Event::LoadSummary(_) | Event::BenchResult(_) => {}
            Event::OpRetry(_) | Event::ThrottleChange(_) | Event::ClockChange(_) => {}
        }
    }

    /// The file has ended.
    ///
    /// # Errors
    /// It ended in the middle of something that is one whole.
    pub fn end_file(&mut self) -> Result<(), Bad> {
        self.close();
        let habits = match self.format {
            Format::Joblog => Some((joblog::HABITS, Source::Joblog)),
            Format::Ninja => Some((ninja::HABITS, Source::Ninja)),
            Format::Unknown | Format::Records | Format::Hyperfine | Format::HyperfineTable => None,
        };
        if let Some((habits, source)) = habits {
            let mut run = Run::new(self.most);
            let (ranking, drafts) = (&mut self.ranking, &mut self.drafts);
            let listener = &mut self.listener;
            core::mem::take(&mut self.intervals).each(habits, |end| {
                ranking.iter_mut().for_each(|ranking| ranking.add(end));
                drafts.iter_mut().for_each(|drafts| drafts.run.op_end(end));
                listener.end(end);
                run.op_end(end);
            });
            self.tell(run.told(source, self.most));
        }
        let benchmarked = self.benchmarked();
        self.account.earlier_builds += self.ninja.earlier;
        self.ninja = Ninja::default();
        self.format = Format::Unknown;
        self.of_others = self.account.told.len();
        benchmarked
    }

    /// What hyperfine has measured is a run of each command time and again.
    fn benchmarked(&mut self) -> Result<(), Bad> {
        let benchmarks = core::mem::take(&mut self.benchmarks);
        if !matches!(self.format, Format::Hyperfine | Format::HyperfineTable) {
            return Ok(());
        }
        let mut run = Run::new(self.most);
        let (ranking, listener) = (&mut self.ranking, &mut self.listener);
        let drafts = &mut self.drafts;
        let read = benchmarks.finish(|end| {
            ranking.iter_mut().for_each(|ranking| ranking.add(end));
            drafts.iter_mut().for_each(|drafts| drafts.run.op_end(end));
            listener.end(end);
            run.op_end(end);
        });
        self.tell(run.told(Source::Hyperfine, self.most));
        read
    }

    /// All files have been read.
    pub fn finish(self) -> Account {
        self.finish_heard().0
    }

    /// The same, with who has heard it.
    pub fn finish_heard(mut self) -> (Account, L) {
        // a file that was not ended by the caller has nobody to be told to
        let _ = self.end_file();
        self.account.ranking = self.ranking.take().unwrap_or_default();
        let told = &mut self.account.told;
        if let Some((begin, end)) = self.uses.span() {
            let usage = self.uses.told();
            match &mut told[..] {
                [only] => only.report.usage = usage,
                _ => {
                    self.drafts.iter_mut().for_each(Drafts::samples_alone);
                    told.push(Told {
                        report: Report {
                            source: "samples".to_string(),
                            wall_s: end - begin,
                            usage,
                            ..Report::default()
                        },
                        ..Told::default()
                    });
                }
            }
        }
        for told in told.iter_mut() {
            let begin = told.report.begin.or(self.uses.span().map(|span| span.0));
            let begin = begin.unwrap_or_default();
            told.machine = self.machine.over(begin, begin + told.report.wall_s);
            told.findings.extend(slowed_by(told));
        }
        if !self.outside.is_empty() {
            let tale = self.outside.into_told(None, self.most);
            let source = "locks".to_string();
            let (locks, lock_waits) = (tale.uses, tale.waits);
            let report = Report { source, locks, lock_waits, ..Report::default() };
            let facts = Facts { stories: tale.stories, ..Facts::default() };
            let of_locks = Told { report, facts, ..Told::default() };
            self.drafts.iter_mut().for_each(|drafts| drafts.end_outside(&of_locks));
            told.push(of_locks);
        }
        self.account.timelines = self.drafts.map(Drafts::finish).unwrap_or_default();
        (self.account, self.listener)
    }
}

/// Where the machine was watched, it may be that it held up a run more than what bound it.
fn slowed_by(told: &Told) -> Option<Finding> {
    told.machine?;
    let first = bottlenecks(told, &Thresholds::default()).into_iter().next()?;
    if first.cause == told.report.bound || first.lost_s <= Seconds::ZERO {
        return None;
    }
    Some(Finding {
        code: format!("slowed-by-{}", first.cause),
        message: format!("slowed by {}: {}", first.cause, first.message),
        value: Some(first.lost_s.as_f64()),
        threshold: Some(told.report.wall_s.as_f64()),
        remedy: first.remedy,
        ..Finding::default()
    })
}

#[cfg(test)]
mod tests;
