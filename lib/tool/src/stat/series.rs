//! What the verbs that look at series have in common: reading them, and writing their records
//! as lines, as a sheet and in columns.

use super::TOOL;
use super::args::Logs;
use super::read::{self, Part};
use crate::entry::complain;
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::Out;
use record::{Record, status};
use serde_json::Value;
use stat::{PastIntake, Series, SeriesIntake};

/// Which series.
#[derive(Clone, Debug, clap::Args)]
pub struct Chosen {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Only figures whose name holds TEXT
    #[arg(long, value_name = "TEXT")]
    pub figure: Vec<String>,
}

/// What was read, and whether all of it was as it should be.
pub struct Read {
    /// The series that were chosen; at least one.
    pub all: Vec<Series>,
    /// The status that the reading alone calls for.
    pub status: u8,
}

/// Reads the series of all files.
///
/// # Errors
/// There is none.
pub fn of(chosen: &Chosen) -> Result<Read, Fail> {
    let mut intake = SeriesIntake::default();
    let status = read::each(&chosen.logs.files, |part| match part {
        Part::Line(line) => intake.line(line),
        Part::End => {
            intake.end_file();
            Ok(())
        }
    });
    passed_over(intake.strays);
    let all = intake.finish();
    if all.is_empty() {
        let what = "no series in the input; give samples of pgmon, events of pgrun, a table with \
                    a column of times, or lines {\"series\",\"step_s\",\"values\"}";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    choose(chosen, all).map(|all| Read { all, status })
}

/// Reads all files as logs of past runs: the series have a value a run.
///
/// # Errors
/// There is no run.
pub fn over_runs(chosen: &Chosen) -> Result<Read, Fail> {
    let (mut intake, mut runs, mut strays) = (PastIntake::default(), Vec::new(), 0);
    let status = read::each(&chosen.logs.files, |part| match part {
        Part::Line(line) => intake.line(line),
        Part::End => {
            let pasts = std::mem::take(&mut intake).finish();
            runs.extend(pasts.runs);
            strays += pasts.strays;
            Ok(())
        }
    });
    passed_over(strays);
    stat::in_order(&mut runs);
    let all = stat::over_runs(&runs);
    if all.is_empty() {
        let what = "no run in the input; give logs of past runs: events of pgrun, job logs, ninja logs, \
                    run logs, or a folder of them";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    choose(chosen, all).map(|all| Read { all, status })
}

fn passed_over(strays: u64) {
    if strays > 0 {
        let lines = if strays == 1 { "line" } else { "lines" };
        complain(TOOL.name, &format!("passed over {strays} {lines} that are no records"));
    }
}

/// The series that were asked for.
fn choose(chosen: &Chosen, mut all: Vec<Series>) -> Result<Vec<Series>, Fail> {
    let names: Vec<String> = all.iter().take(3).map(|series| series.name.clone()).collect();
    let is_chosen = |series: &Series| chosen.figure.iter().any(|text| series.name.contains(text));
    all.retain(|series| chosen.figure.is_empty() || is_chosen(series));
    if all.is_empty() {
        let what = format!("no figure has such a name; there are {} and others", names.join(", "));
        return Err(Fail::new(status::USAGE, what));
    }
    Ok(all)
}

/// Writes records: as lines, as a sheet, or as the text that `table` makes of them.
///
/// # Errors
/// Standard output cannot be written.
pub fn write<R: Record>(
    rows: &[R],
    form: Form,
    table: impl FnOnce(&[R]) -> String,
) -> Result<(), Fail> {
    let mut out = Out::new(status::CANNOT_WRITE);
    if form.json {
        rows.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
    } else if form.csv {
        out.bytes(&sheet(rows)?)?;
    } else {
        out.bytes(table(rows).as_bytes())?;
    }
    out.finish()
}

/// A column a field, in the order in which records have them.
fn sheet<R: Record>(rows: &[R]) -> Result<Vec<u8>, Fail> {
    let broken = |error: csv::Error| Fail::new(status::CANNOT_WRITE, error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(R::FIELDS.iter().map(|field| field.name)).map_err(broken)?;
    for row in rows {
        let line = serde_json::to_value(row).unwrap_or_default();
        let cell = |name: &str| match &line[name] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        writer.write_record(R::FIELDS.iter().map(|field| cell(field.name))).map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Fail::new(status::CANNOT_WRITE, error.to_string()))
}

/// Four digits that matter, large figures in thousands; a dash where nothing was measured.
pub fn figure(value: impl Into<Option<f64>>) -> String {
    let Some(value) = value.into().filter(|value: &f64| value.is_finite()) else {
        return "-".to_string();
    };
    let size = value.abs();
    let (value, unit) = match size {
        size if size >= 9.9995e11 => (value / 1e12, "T"),
        size if size >= 9.9995e8 => (value / 1e9, "G"),
        size if size >= 9.9995e5 => (value / 1e6, "M"),
        _ => (value, ""),
    };
    if value == 0.0 {
        return "0".to_string();
    }
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    format!("{value:.digits$}{unit}")
}

/// A chance: never more certain than can be told.
pub fn chance(chance: f64) -> String {
    if chance < 1e-4 { "<0.0001".to_string() } else { format!("{chance:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_in_few_letters() {
        for (value, text) in [
            (0.0, "0"),
            (0.001_234_5, "0.001234"),
            (12.345, "12.35"),
            (-1234.4, "-1234"),
            (1_500_000.0, "1.500M"),
            (8.5e9, "8.500G"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(figure(value), text, "{value}");
        }
        assert_eq!(
            (figure(None), chance(1e-9), chance(0.05)),
            ("-".into(), "<0.0001".into(), "0.0500".into())
        );
    }
}
