//! `pgstat health`: how well each run went, in one number with what was taken off for what.

use super::args::Logs;
use super::bottleneck::LevelArgs;
use super::rows;
use super::table::cell;
use super::{read, remark, sheet};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::Out;
use record::{Bottleneck, Health, Record as _, status};
use stat::{Intake, Told, health};
use std::fmt::Write as _;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct HealthArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// From which figures on something is bad.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// The verb.
///
/// # Errors
/// There is nothing to judge, or the output cannot be written.
pub fn run(args: &HealthArgs) -> Result<u8, Fail> {
    let HealthArgs { logs, levels, form } = args;
    let thresholds = levels.read()?;
    let taken = read::all(&logs.files, Intake::new(10));
    remark(&taken.account);
    if taken.account.told.is_empty() {
        return rows::nothing(taken.status);
    }
    let told = &taken.account.told;
    let all: Vec<(Health, Vec<Bottleneck>)> =
        told.iter().map(|told| health(told, &thresholds)).collect();
    let mut out = Out::new(status::CANNOT_WRITE);
    if form.csv {
        let scores: Vec<Health> = all.into_iter().map(|row| row.0).collect();
        out.bytes(&sheet::records(&scores)?)?;
    } else if form.json {
        for ((score, rows), told) in all.iter().zip(told) {
            out.bytes(&score.to_line())?;
            rows.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
            told.findings.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
        }
    } else {
        for ((score, rows), told) in all.iter().zip(told) {
            out.bytes(text(score, rows, told).as_bytes())?;
        }
    }
    out.finish()?;
    Ok(taken.status)
}

fn text(score: &Health, rows: &[Bottleneck], told: &Told) -> String {
    let name = if score.run.is_empty() { &told.report.source } else { &score.run };
    let mut text = format!("{}: {} of 100\n", cell(name), score.score);
    for line in &score.deductions {
        let _ = writeln!(text, "  -{line}");
        let cause = line.split_once(' ').map_or("", |row| row.1);
        let cause = cause.rsplit_once(": ").map_or(cause, |row| row.0);
        if let Some(row) = rows.iter().find(|row| row.cause == cause) {
            let _ = writeln!(text, "      {}\n      {}", row.message, row.remedy);
        } else if let Some(row) = told.findings.iter().find(|row| row.code == cause) {
            let _ = writeln!(text, "      {}\n      {}", row.message, row.remedy);
        }
    }
    if !score.not_measured.is_empty() {
        let _ = writeln!(text, "  not measured: {}", score.not_measured.join(", "));
    }
    text
}
