//! From sums to figures.

use crate::machine::Means;
use crate::run::Run;
use crate::run::blame::blame;
use crate::run::cause::Cause;
use crate::run::chain::{Gap, chain};
use crate::run::family::Families;
use crate::run::verdict::Evidence;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Finding, LockStory, Outcome, Report, Seconds, Severity};

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Our events.
    Events,
    /// GNU parallel's job log.
    Joblog,
    /// ninja's log.
    Ninja,
    /// hyperfine's benchmarks.
    Hyperfine,
}

/// A report with what was concluded from it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The figures.
    pub report: Report,
    /// The conclusions.
    pub findings: Vec<Finding>,
    /// What else is known of the run.
    pub facts: Facts,
    /// What the machine did meanwhile, where there are samples.
    pub machine: Option<Means>,
}

/// What is known of a run beyond its report.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Operations alike.
    pub families: Families,
    /// The locks.
    pub stories: Vec<LockStory>,
    /// Durations of attempts that were repeated, and of those that a timeout ended.
    pub wasted: [Seconds; 2],
    /// Time in which attempts ran and their output was not taken.
    pub stalled: Seconds,
}

impl Run {
    /// The figures of the run, lists at most `most` long.
    pub fn told(self, source: Source, most: usize) -> Told {
        let unfinished = self.unfinished();
        let mut told = Told::default();
        self.incomplete(source, &mut told.findings);
        let report = &mut told.report;
        report.source = source.word().to_string();
        report.run = self.began.as_ref().map_or_else(String::new, |began| began.run.clone());
        // a log that does not say it leaves a zero, which no run of anything takes
        let makespan = self.ended.as_ref().map(|ended| ended.makespan_s);
        report.makespan_s =
            makespan.filter(|makespan| *makespan > Seconds::ZERO || self.sums.attempts == 0);
        report.unfinished = Some(unfinished).filter(|count| *count > 0);
        self.counted(report);
        self.explained(source, &mut told);
        let report = &mut told.report;
        report.variable = self.families.most_variable(most);
        report.slowest = self.slowest.into_rows().into_iter().map(|row| row.1).collect();
        report.families = self.families.most_work(most);
        report.blame = blame(report);
        let tale = self.locks.into_told(Some(report.wall_s), most);
        (report.locks, report.lock_waits) = (tale.uses, tale.waits);
        told.facts = Facts {
            families: self.families,
            stories: tale.stories,
            wasted: self.sums.wasted,
            stalled: self.sums.stalled,
        };
        told
    }

    fn counted(&self, report: &mut Report) {
        let sums = &self.sums;
        let counts = || Outcome::ALL.into_iter().zip(sums.counts);
        report.ops = sums.counts.iter().sum();
        report.attempts = sums.attempts;
        report.counts = counts()
            .filter(|(_, count)| *count > 0)
            .map(|(outcome, count)| (outcome.word().to_string(), count))
            .collect();
        let failed = counts().filter(|(outcome, _)| outcome.failed()).map(|row| row.1).sum();
        let share = |part: u64| crate::rounded(part as f64 / report.ops.max(1) as f64);
        report.failed_share = share(failed);
        report.retried_share = share(sums.retried);
        report.work_s = sums.work;
        report.user_s = sums.user;
        report.system_s = sums.system;
        report.max_rss_bytes = sums.max_rss_bytes;
        if let Some(ended) = &self.ended {
            report.starts.clone_from(&ended.starts);
            report.start_saved_s = ended.start_saved_s;
        }
        let micros = |value: u64| Seconds::from_micros(value as i64);
        report.mean_s = Seconds::from_micros(sums.work.as_micros() / sums.attempts.max(1) as i64);
        report.p50_s = micros(self.durations.quantile(0.50));
        report.p95_s = micros(self.durations.quantile(0.95));
        report.p99_s = micros(self.durations.quantile(0.99));
        report.max_s = micros(self.durations.greatest());
        report.latency = self.latency.as_ref().map(|latency| latency.told());
        report.critical_path_s = self.history.longest();
        // without a bound (-j0) there is no number of slots either
        let jobs = self.began.as_ref().map_or(0, |began| began.jobs);
        let jobs = if jobs == u32::MAX { 0 } else { jobs };
        report.slots_seen = jobs == 0 && sums.attempts > 0;
        report.slots = if jobs == 0 { self.slots.seen() } else { jobs };
        let (begin, end) = sums.span.unwrap_or_default();
        report.begin = sums.span.map(|_| begin);
        report.wall_s = end - begin;
        ratios(report);
    }

    fn explained(&self, source: Source, told: &mut Told) {
        let Some((begin, _)) = self.sums.span else { return };
        let unexplained = if source == Source::Ninja { Cause::PATH } else { Cause::INPUT };
        let report = &mut told.report;
        let held = self.ended.as_ref().and_then(|ended| ended.output_wait_s).unwrap_or_default();
        let busy = self.sums.work.as_micros() / i64::from(report.slots.max(1));
        let busy = Seconds::from_micros(busy);
        let gap = Gap { begin, busy, held, shut: &self.sums.shut, unexplained };
        let chain = chain(&self.history, &self.causes, gap);
        let verdict = Evidence {
            chain: &chain,
            causes: &self.causes,
            wall: report.wall_s,
            work: self.sums.work,
            spawn: self.sums.spawn,
            idle: self.slots.idle(),
            slots: report.slots,
            path: report.critical_path_s,
            longest: report.max_s,
        }
        .verdict();
        report.bound = self.causes.word(verdict.cause).to_string();
        report.bound_s = Some(verdict.time);
        told.findings.push(verdict.finding((&self.causes, report.wall_s)));
        let words = chain.lost.0.iter().map(|(cause, time)| (self.causes.word(*cause), *time));
        report.lost_s = words.map(|(word, time)| (word.to_string(), time)).collect();
        report.verdict = verdict.text;
        report.chain = chain.links;
        report.chain_left_out = Some(chain.left_out).filter(|count| *count > 0);
    }

    /// What makes the run a failed one, and what makes its log doubtful.
    fn incomplete(&self, source: Source, findings: &mut Vec<Finding>) {
        let error = |code: &str, message: String, remedy: &str| Finding {
            severity: Severity::Error,
            code: code.to_string(),
            message,
            remedy: remedy.to_string(),
            ..Finding::default()
        };
        let told = |counts: &BTreeMap<String, u64>| -> u64 {
            let failed = Outcome::ALL.into_iter().filter(|outcome| outcome.failed());
            failed.filter_map(|outcome| counts.get(outcome.word())).sum()
        };
        let seen: u64 = Outcome::ALL
            .into_iter()
            .zip(self.sums.counts)
            .filter(|(outcome, _)| outcome.failed())
            .map(|row| row.1)
            .sum();
        let failed = self.ended.as_ref().map_or(0, |ended| told(&ended.counts)).max(seen);
        if failed > 0 {
            let mut finding = error(
                "failed-operations",
                format!("{failed} {} failed", plural(failed, "operation")),
                "look at their output; pgstat top --failed lists them",
            );
            finding.value = Some(failed as f64);
            findings.push(finding);
        }
        if source != Source::Events {
            return;
        }
        let Some(ended) = &self.ended else {
            let unfinished = self.unfinished();
            let running = if unfinished == 0 {
                String::new()
            } else {
                format!("; {unfinished} {} had not ended", plural(unfinished, "operation"))
            };
            findings.push(error(
                "cut-off",
                format!("the log has no run.end: the run was cut off or still runs{running}"),
                "wait for its end, or run it again",
            ));
            return;
        };
        if !ended.lost.is_empty() {
            let lost = ended.lost.join(", ");
            findings.push(error(
                "lost",
                format!("not fully read or written: {lost}"),
                "make room or keep the reader running, and run again",
            ));
        }
        if failed == 0 && ended.lost.is_empty() && ended.exit.is_some_and(|exit| exit != 0) {
            let exit = ended.exit.unwrap_or_default();
            findings.push(error(
                "run-failed",
                format!("the runner ended with status {exit}"),
                "look at its standard error",
            ));
        }
    }
}

impl Told {
    /// A later run of the same log went on from this one: what was wrong with it is history.
    pub(crate) fn taken_up(&mut self) {
        let errors = self.findings.iter_mut().filter(|f| f.severity == Severity::Error);
        errors.for_each(|finding| {
            finding.severity = Severity::Note;
            finding.remedy = "a later run of this log went on from it".to_string();
        });
    }
}

impl Source {
    const fn word(self) -> &'static str {
        match self {
            Source::Events => "events",
            Source::Joblog => "joblog",
            Source::Ninja => "ninja",
            Source::Hyperfine => "hyperfine",
        }
    }
}

/// Speedup = work / wall, utilisation = work / (wall x slots), schedule quality
/// = max(critical path, work / slots) / wall (Graham's two lower bounds, 1969).
fn ratios(report: &mut Report) {
    let (wall, work) = (report.wall_s.as_f64(), report.work_s.as_f64());
    if wall <= 0.0 {
        return;
    }
    let slots = f64::from(report.slots.max(1));
    let ran = report.ops - report.counts.get(Outcome::Skip.word()).copied().unwrap_or(0);
    let least = report.critical_path_s.as_f64().max(work / slots);
    report.speedup = Some(crate::rounded(work / wall));
    report.utilisation = Some(crate::rounded(work / wall / slots));
    report.schedule_quality = Some(crate::rounded(least / wall));
    report.throughput = Some(crate::rounded(ran as f64 / wall));
}

/// `word`, or `word` with an s.
fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_string() } else { format!("{word}s") }
}
