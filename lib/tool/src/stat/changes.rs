//! `pgstat changes`: where a series changes its level, its trend or its spread.

use super::args::Logs;
use super::{TOOL, read};
use crate::entry::complain;
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::{Out, aligned, shown};
use record::{Nullable, Record as _, Seconds, SeriesChange, status};
use serde::Serialize;
use stat::{Changes, Series, SeriesIntake, changes};
use std::time::{Duration, UNIX_EPOCH};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct ChangesArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// A series whose numbers stood in one line, as its changes are written.
#[derive(Serialize)]
struct Line<'a> {
    series: &'a str,
    changepoints: Vec<usize>,
}

/// The verb.
///
/// # Errors
/// There is no series in what was read, or the output cannot be written.
pub fn run(args: &ChangesArgs) -> Result<u8, Fail> {
    let ChangesArgs { logs, form } = args;
    let mut intake = SeriesIntake::default();
    let read = read::each(&logs.files, |part| match part {
        read::Part::Line(line) => intake.line(line),
        read::Part::End => {
            intake.end_file();
            Ok(())
        }
    });
    match intake.strays {
        0 => {}
        1 => complain(TOOL.name, "passed over 1 line that is no record"),
        n => complain(TOOL.name, &format!("passed over {n} lines that are no records")),
    }
    let only_lines = intake.only_lines();
    let all = intake.finish();
    if all.is_empty() {
        if read != status::OK {
            return Ok(read);
        }
        let what = "no series in the input; give samples of pgmon, events of pgrun, a table with \
                    a column of times, or lines {\"series\",\"values\"}";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    if only_lines && !form.csv {
        for series in &all {
            let changepoints = changes(&series.values).all;
            let changepoints = changepoints.iter().map(|change| change.at).collect();
            let told = Line { series: &series.name, changepoints };
            let line = serde_json::to_vec(&told).unwrap_or_default();
            out.bytes(&line)?;
            out.bytes(b"\n")?;
        }
    } else {
        let rows: Vec<SeriesChange> =
            all.iter().flat_map(|series| records(series, changes(&series.values))).collect();
        if form.json {
            rows.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
        } else if form.csv {
            out.bytes(&sheet(&rows)?)?;
        } else if rows.is_empty() {
            let enough = all.iter().filter(|series| series.values.len() >= 10).count();
            let count = all.len();
            out.line(format!("no change in {count} series ({enough} with 10 values or more)"))?;
        } else {
            out.bytes(table(&rows).as_bytes())?;
        }
    }
    out.finish()?;
    Ok(read)
}

/// The changes of a series.
fn records(series: &Series, changes: Changes) -> Vec<SeriesChange> {
    let number = |value: f64| Nullable(value.is_finite().then_some(value));
    let one = |change: &stat::Change| SeriesChange {
        series: series.name.clone(),
        time: Seconds::from_f64(series.times[change.at]),
        at: change.at as u64,
        what: changes.what.name().to_string(),
        before: number(change.before),
        after: number(change.after),
        confidence: (change.confidence * 1e6).round() / 1e6,
        n: changes.n as u64,
        ..SeriesChange::default()
    };
    changes.all.iter().map(one).collect()
}

const COLUMNS: [&str; 8] = ["series", "time", "at", "what", "before", "after", "confidence", "n"];

fn sheet(rows: &[SeriesChange]) -> Result<Vec<u8>, Fail> {
    let broken = |error: csv::Error| Fail::new(status::CANNOT_WRITE, error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(broken)?;
    let number = |value: Nullable<f64>| value.0.map(|value| value.to_string()).unwrap_or_default();
    for row in rows {
        let cells = [
            row.series.clone(),
            row.time.to_string(),
            row.at.to_string(),
            row.what.clone(),
            number(row.before),
            number(row.after),
            row.confidence.to_string(),
            row.n.to_string(),
        ];
        writer.write_record(&cells).map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Fail::new(status::CANNOT_WRITE, error.to_string()))
}

fn table(rows: &[SeriesChange]) -> String {
    let mut lines = vec!["TIME\tBEFORE\tAFTER\tWHAT\tCONFIDENCE\tN\tSERIES".to_string()];
    lines.extend(rows.iter().map(|row| {
        format!(
            "{}\t{:>8}\t{:>8}\t{}\t{:>9.1}%\t{}\t{}",
            when(row.time),
            figure(row.before),
            figure(row.after),
            row.what,
            // never more certain than can be told
            (row.confidence * 100.0).min(99.9),
            row.n,
            shown(&row.series)
        )
    }));
    aligned(&lines)
}

/// A time since the epoch as a date, UTC; one from the beginning in seconds.
fn when(time: Seconds) -> String {
    let seconds = time.as_f64();
    if seconds < 1e8 {
        return format!("{seconds} s");
    }
    let time = UNIX_EPOCH + Duration::from_secs(seconds as u64);
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Four digits that matter, large amounts in powers of 1024.
fn figure(value: Nullable<f64>) -> String {
    match value.0 {
        None => "-".to_string(),
        Some(value) if value >= 1e6 => crate::print::bytes(value as u64),
        Some(value) if value.abs() >= 1000.0 || value == 0.0 => format!("{value:.0}"),
        Some(value) => {
            let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
            format!("{value:.digits$}")
        }
    }
}
