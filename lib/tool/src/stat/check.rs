//! `pgstat check`: targets, met or not.

use super::args::Logs;
use super::compare::value;
use super::table::cell;
use super::{read, remark};
use crate::entry::complain;
use crate::fail::{Fail, place, reason};
use crate::flags::Json;
use crate::print::{Out, aligned};
use record::{Record as _, TargetMet, status};
use stat::{Intake, Measured, Target, TargetOutcome};
use std::path::{Path, PathBuf};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// File of targets, a line each, such as makespan <= 10m
    #[arg(long, value_name = "FILE", required = true)]
    pub target: PathBuf,
    /// Output form.
    #[command(flatten)]
    pub form: Json,
}

/// The targets of a file.
///
/// # Errors
/// It cannot be read, or a line of it is no target: the first.
pub fn read_targets(path: &Path) -> Result<Vec<Target>, Fail> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Fail::new(status::USAGE, format!("{name}: {}", reason(&error))))?;
    let mut targets = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let read = Target::parse(line, number);
        targets.extend(read.map_err(|bad| Fail::new(status::USAGE, place(&name, number, &bad)))?);
    }
    if targets.is_empty() {
        let what = format!("{name}: no target in it; write lines such as makespan <= 10m");
        return Err(Fail::new(status::USAGE, what));
    }
    Ok(targets)
}

/// The verb.
///
/// # Errors
/// The targets cannot be read, nothing of them could be measured, or the output cannot be
/// written.
pub fn run(args: &CheckArgs) -> Result<u8, Fail> {
    let targets = read_targets(&args.target)?;
    let mut intake = Intake::heard_by(Measured::new(targets), 0);
    let status = read::each(&args.logs.files, |part| match part {
        read::Part::Line(line) => intake.line(line),
        read::Part::End => intake.end_file(),
    });
    let (account, measured) = intake.finish_heard();
    remark(&account);
    let told = measured.told();
    let count = |outcome| told.iter().filter(|row| row.1 == outcome).count();
    let (missed, blank) = (count(TargetOutcome::Missed), count(TargetOutcome::NotMeasured));
    let mut out = Out::new(status::CANNOT_WRITE);
    if args.form.json {
        told.iter().try_for_each(|row| out.bytes(&row.0.to_line()))?;
    } else {
        out.bytes(table(told.iter().map(|row| &row.0)).as_bytes())?;
    }
    out.finish()?;
    if blank == told.len() {
        let what = "none of the targets could be measured in what was read";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let blanks = if blank > 0 { format!("; {blank} not measured") } else { String::new() };
    if missed > 0 || blank > 0 {
        let all = told.len();
        complain(super::TOOL.name, &format!("{missed} of {all} targets missed{blanks}"));
    }
    Ok(match status {
        status::OK if missed > 0 => status::FINDING,
        read => read,
    })
}

fn table<'a>(rows: impl Iterator<Item = &'a TargetMet>) -> String {
    let mut lines = vec!["measured\t  margin\t    n\ttarget".to_string()];
    lines.extend(rows.map(|row| {
        let (measured, margin) = (value(row.measured.0, &row.unit), value(row.margin, &row.unit));
        format!(
            "{measured}\t{margin}\t{:>5}\t{} {}\t{}",
            row.n,
            cell(&row.metric),
            row.limit,
            row.met
        )
    }));
    aligned(&lines)
}
