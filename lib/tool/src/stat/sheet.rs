//! Comma-separated values: a line a run, so that runs can be put under each other.

use crate::fail::Fail;
use record::{Anomaly, Fields, Outcome, Ranked, Record, Report, Seconds, status};
use stat::Account;

const RUN_COLUMNS: [&str; 39] = [
    "run",
    "source",
    "wall_s",
    "makespan_s",
    "work_s",
    "slots",
    "speedup",
    "utilisation",
    "critical_path_s",
    "schedule_quality",
    "throughput",
    "ops",
    "attempts",
    "success",
    "failure",
    "error",
    "timeout",
    "cancellation",
    "skip",
    "unfinished",
    "failed_share",
    "retried_share",
    "mean_s",
    "p50_s",
    "p95_s",
    "p99_s",
    "max_s",
    "lost_path_s",
    "lost_slots_s",
    "lost_locks_s",
    "lost_resources_s",
    "lost_retries_s",
    "lost_start_s",
    "lost_output_s",
    "lost_input_s",
    "bound",
    "bound_s",
    "lost_tokens_s",
    "lost_timeouts_s",
];

/// The runs; samples and locks that belong to none are not in it.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn runs(account: &Account) -> Result<Vec<u8>, Fail> {
    let mut rows = vec![RUN_COLUMNS.map(String::from).to_vec()];
    let runs = account.told.iter().map(|told| &told.report);
    rows.extend(
        runs.filter(|report| !matches!(report.source.as_str(), "samples" | "locks")).map(run),
    );
    written(&rows)
}

fn run(report: &Report) -> Vec<String> {
    let ratio = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let time = |value: Option<Seconds>| value.map_or_else(String::new, |value| value.to_string());
    let lost = |kind: &str| -> String {
        let of_kind = report.lost_s.iter().filter(|(word, _)| {
            word.as_str() == kind || (kind.ends_with(':') && word.starts_with(kind))
        });
        of_kind.map(|(_, time)| *time).sum::<Seconds>().to_string()
    };
    let mut row = vec![
        report.run.clone(),
        report.source.clone(),
        report.wall_s.to_string(),
        time(report.makespan_s),
        report.work_s.to_string(),
        report.slots.to_string(),
        ratio(report.speedup),
        ratio(report.utilisation),
        report.critical_path_s.to_string(),
        ratio(report.schedule_quality),
        ratio(report.throughput),
        report.ops.to_string(),
        report.attempts.to_string(),
    ];
    let count = |outcome: Outcome| report.counts.get(outcome.word()).copied().unwrap_or(0);
    row.extend(Outcome::ALL.map(|outcome| count(outcome).to_string()));
    row.push(report.unfinished.unwrap_or(0).to_string());
    row.extend([report.failed_share, report.retried_share].map(|share| share.to_string()));
    let durations = [report.mean_s, report.p50_s, report.p95_s, report.p99_s, report.max_s];
    row.extend(durations.map(|time| time.to_string()));
    let kinds = ["path", "slots", "lock:", "resource:", "retries", "start", "output", "input"];
    row.extend(kinds.map(lost));
    row.extend([report.bound.clone(), time(report.bound_s)]);
    // scripts count columns: what was added later stands behind
    row.push(lost("tokens"));
    row.push(lost("timeouts"));
    row
}

const RANKED_COLUMNS: [&str; 9] = [
    "id",
    "runs",
    "attempts",
    "failed_attempts",
    "failed_share",
    "mean_s",
    "max_s",
    "work_s",
    "last",
];

/// Operations by id.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn ranked(all: &[Ranked]) -> Result<Vec<u8>, Fail> {
    let mut rows = vec![RANKED_COLUMNS.map(String::from).to_vec()];
    rows.extend(all.iter().map(|row| {
        vec![
            row.id.clone(),
            row.runs.to_string(),
            row.attempts.to_string(),
            row.failed_attempts.to_string(),
            row.failed_share.to_string(),
            row.mean_s.to_string(),
            row.max_s.to_string(),
            row.work_s.to_string(),
            row.last.word().to_string(),
        ]
    }));
    written(&rows)
}

const ANOMALY_COLUMNS: [&str; 9] =
    ["time", "until", "series", "id", "values", "value", "expected", "score", "chance"];

/// What is out of line.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn anomalies(all: &[Anomaly]) -> Result<Vec<u8>, Fail> {
    let mut rows = vec![ANOMALY_COLUMNS.map(String::from).to_vec()];
    rows.extend(all.iter().map(|row| {
        vec![
            row.time.to_string(),
            row.until.to_string(),
            row.series.clone(),
            row.id.clone(),
            row.values.to_string(),
            row.value.to_string(),
            row.expected.to_string(),
            row.score.to_string(),
            row.chance.to_string(),
        ]
    }));
    written(&rows)
}

/// Records as they are, a column a field; lists are joined by blanks.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn records<R: Record>(all: &[R]) -> Result<Vec<u8>, Fail> {
    let names: Vec<&str> = R::FIELDS.iter().map(|field| field.name).collect();
    let mut rows = vec![names.iter().map(|name| (*name).to_string()).collect::<Vec<String>>()];
    for record in all {
        let line = record.to_line();
        let fields =
            Fields::parse(&line).map_err(|bad| Fail::new(status::CANNOT_WRITE, bad.what))?;
        rows.push(
            names
                .iter()
                .map(|name| fields.get(name).map_or_else(String::new, |raw| value(raw.get())))
                .collect(),
        );
    }
    written(&rows)
}

fn value(raw: &str) -> String {
    match serde_json::from_str(raw) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Array(all)) => {
            all.iter().filter_map(|one| one.as_str()).collect::<Vec<&str>>().join(" ")
        }
        Ok(serde_json::Value::Null) => String::new(),
        _ => raw.to_string(),
    }
}

fn written(rows: &[Vec<String>]) -> Result<Vec<u8>, Fail> {
    let failed = |what: String| Fail::new(status::CANNOT_WRITE, what);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|error| failed(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

const COMPARED_COLUMNS: [&str; 15] = [
    "kind",
    "name",
    "unit",
    "target",
    "baseline",
    "current",
    "n_baseline",
    "n_current",
    "ratio",
    "low",
    "high",
    "improvement",
    "chance",
    "change",
    "regression",
];

/// Figures and operations of some runs beside those of others.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn compared<'a>(all: impl Iterator<Item = &'a record::Comparison>) -> Result<Vec<u8>, Fail> {
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let mut rows = vec![COMPARED_COLUMNS.map(String::from).to_vec()];
    rows.extend(all.map(|row| {
        vec![
            row.kind.clone(),
            row.name.clone(),
            row.unit.clone(),
            number(row.target),
            number(row.baseline.0),
            number(row.current.0),
            row.n_baseline.to_string(),
            row.n_current.to_string(),
            number(row.ratio),
            number(row.low),
            number(row.high),
            number(row.improvement),
            number(row.chance),
            row.change.clone(),
            row.regression.to_string(),
        ]
    }));
    written(&rows)
}

const KEPT_COLUMNS: [&str; 12] = [
    "run",
    "time",
    "status",
    "exit",
    "signal",
    "makespan_s",
    "ops",
    "failed",
    "host",
    "command",
    "file",
    "bytes",
];

/// Runs that are kept.
///
/// # Errors
/// None that can happen: it is written to memory.
pub fn kept(all: &[record::KeptRun]) -> Result<Vec<u8>, Fail> {
    let number = |value: Option<i32>| value.map_or(String::new(), |value| value.to_string());
    let mut rows = vec![KEPT_COLUMNS.map(String::from).to_vec()];
    rows.extend(all.iter().map(|run| {
        vec![
            run.run.clone(),
            run.time.to_string(),
            run.status.clone(),
            number(run.exit),
            number(run.signal),
            run.makespan_s.map_or(String::new(), |time| time.to_string()),
            run.ops.to_string(),
            run.failed.to_string(),
            run.host.clone(),
            run.command.clone(),
            run.file.clone(),
            run.bytes.to_string(),
        ]
    }));
    written(&rows)
}
