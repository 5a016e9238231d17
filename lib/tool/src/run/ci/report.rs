//! What is reported of a run to a CI system when it has ended: the summary, JUnit.

use super::Ci;
use super::junit::Junit;
use super::summary::Summary;
use crate::fail::{Fail, reason};
use crate::junit::{Merged, Told};
use crate::run::capture::Tail;
use crate::run::dress::About;
use crate::run::drive::{Runner, pasteable};
use crate::run::output::{Tagger, Written};
use crate::run::settings::LiveSettings;
use record::{OpEnd, Outcome, Seconds};
use std::path::PathBuf;

/// Gathers what is reported at the end.
#[derive(Debug, Default)]
pub struct Reports {
    /// Failures are annotated in the log.
    annotated: bool,
    summary: Option<(PathBuf, Summary)>,
    junit: Option<Junit>,
    merge: Vec<PathBuf>,
}

impl Reports {
    /// What these settings ask for.
    ///
    /// # Errors
    /// A file cannot be made.
    pub fn begin(settings: &LiveSettings) -> Result<Self, Fail> {
        let ci = settings.ci.and_then(Ci::of);
        let file = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        let file = file.filter(|_| ci == Some(Ci::Github));
        Ok(Reports {
            annotated: ci.is_some(),
            summary: file.map(|path| (PathBuf::from(path), Summary::default())),
            junit: settings.junit.as_deref().map(Junit::begin).transpose()?,
            merge: settings.junit_merge.clone(),
        })
    }

    /// Anything is asked for.
    pub fn is_on(&self) -> bool {
        self.annotated || self.summary.is_some() || self.junit.is_some()
    }

    /// An operation has been decided.
    pub fn add(&mut self, told: &Told) {
        if let Some((_, summary)) = &mut self.summary {
            summary.add(told);
        }
        if let Some(junit) = &mut self.junit {
            junit.add(told);
        }
    }

    /// Not all jobs were started.
    pub fn end_early(&mut self) {
        if let Some((_, summary)) = &mut self.summary {
            summary.end_early();
        }
    }

    /// Writes everything. The run began at `start`, seconds since the epoch, and took `wall`.
    /// What could not be written or read, in words.
    pub fn finish(&mut self, (start, wall): (Seconds, Seconds)) -> Vec<String> {
        let mut lost = Vec::new();
        if let Some((path, summary)) = self.summary.take()
            && let Err(error) = summary.append(&path, wall)
        {
            let (path, why) = (path.display(), reason(&error));
            lost.push(format!("GITHUB_STEP_SUMMARY {path}: {why}; there is no summary"));
        }
        if let Some(junit) = self.junit.take() {
            let mut merged = Merged::default();
            lost.extend(self.merge.iter().flat_map(|path| merged.add(path)));
            lost.extend(junit.finish((start, wall), merged).err());
        }
        lost
    }
}

impl Runner {
    /// What is told of an operation that has been decided.
    pub fn told(&self, key: engine::Key, (result, reason): (Outcome, &str)) -> Told {
        let mut told = Told { result, reason: reason.to_string(), ..Told::default() };
        if let Some(job) = self.job(key) {
            told.seq = job.seq;
            let command = pasteable(&self.settings.log.redact.command(&job.as_read()));
            told.command = crate::harmless::one_line(command.as_bytes());
            told.name = match &job.op {
                Some(op) => {
                    told.source.clone_from(&op.source);
                    job.id.clone()
                }
                None => told.command.clone(),
            };
        }
        told
    }

    /// Tells of an operation that has been decided: at the end of the run, and beside its
    /// output.
    pub fn tell(&mut self, written: &mut Written, told: Told) {
        self.reports.add(&told);
        if self.printer.dress.ci().is_some() {
            let about = written.about();
            about.seq = told.seq;
            about.end = told.start + told.wall;
            about.failed = told.result.failed().then_some(told);
        }
    }

    /// Output of an operation that starts, in a group of its name.
    pub fn written(&self, key: engine::Key, tagger: Tagger) -> Written {
        let mut written = Written::new(tagger);
        if self.printer.dress.ci().is_some() {
            let Told { seq, name, .. } = self.told(key, (Outcome::Success, ""));
            let start = self.clock.wall(self.clock.now());
            *written.about() = About { seq, name, start, end: start, failed: None };
        }
        written
    }

    /// Writes what is reported at the end.
    pub fn finish_reports(&mut self) {
        self.printer.dress.finish((&mut self.sinks, &self.poller));
        let (start, wall) = (self.clock.wall(Seconds::ZERO), self.clock.now());
        if self.left_jobs_out() {
            self.reports.end_early();
        }
        for what in self.reports.finish((start, wall)) {
            self.lose(what);
        }
    }

    /// The same of one that ran.
    pub fn told_of_end(&self, key: engine::Key, (event, tail): (&OpEnd, Tail)) -> Told {
        Told {
            start: event.start,
            wall: event.wall_s,
            tail: tail.bytes().to_vec(),
            ..self.told(key, (event.result, &event.reason))
        }
    }
}
