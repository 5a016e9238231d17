//! `pgstat bottleneck`: what held up each run, by the wall seconds lost to it.

use super::args::{Length, Logs};
use super::rows::{self, Rows};
use super::table::{Style, cell, percent, secs};
use super::{TOOL, read, remark};
use crate::fail::Fail;
use crate::flags::{Color, Form};
use crate::logs::each_line;
use record::{Bottleneck, Grade, status};
use stat::{Account, Intake, Thresholds, bottlenecks};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct BottleneckArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// From which figures on something is bad.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// Print the thresholds, as a file has them, and end
    #[arg(long)]
    pub show_thresholds: bool,
    /// Length of the list.
    #[command(flatten)]
    pub length: Length,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
    /// Colour.
    #[command(flatten)]
    pub color: Color,
}

/// Thresholds, the same for every verb that grades.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LevelArgs {
    /// Levels of the figures: lines of NAME WARNING CRITICAL SEVERE; others stay as they are
    #[arg(long, value_name = "FILE")]
    pub thresholds: Option<String>,
}

impl LevelArgs {
    /// The table.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is wrong.
    pub fn read(&self) -> Result<Thresholds, Fail> {
        let mut all = Thresholds::default();
        let Some(file) = &self.thresholds else { return Ok(all) };
        let bad = each_line((TOOL.name, file), |line| all.line(line))?;
        if bad > 0 {
            let what = format!("{file}: not read; --show-thresholds prints a file that can be");
            return Err(Fail::new(status::BAD_INPUT, what));
        }
        Ok(all)
    }
}

/// The verb.
///
/// # Errors
/// There is nothing to judge, a wrong table, or the output cannot be written.
pub fn run(args: &BottleneckArgs) -> Result<u8, Fail> {
    let BottleneckArgs { logs, levels, show_thresholds, length, form, color } = args;
    if *show_thresholds {
        let text = match &levels.thresholds {
            None => stat::DEFAULT_THRESHOLDS.to_string(),
            Some(_) => levels.read()?.to_string(),
        };
        return rows::text(&text);
    }
    let thresholds = levels.read()?;
    let taken = read::all(&logs.files, Intake::new(length.rows));
    remark(&taken.account);
    let account = taken.account;
    if account.told.is_empty() {
        return rows::nothing(taken.status);
    }
    let mut all = Vec::new();
    for told in &account.told {
        all.extend(bottlenecks(told, &thresholds).into_iter().take(length.rows));
    }
    let style = Style { color: color.on(&std::io::stdout()), rows: length.rows };
    let text = table(&account, (&all, &thresholds), style);
    Rows { form: *form, rows: &all, text: &text }.print()?;
    Ok(taken.status)
}

fn table(
    account: &Account,
    (all, thresholds): (&[Bottleneck], &Thresholds),
    style: Style,
) -> String {
    let mut text = String::new();
    for told in &account.told {
        let of_run = bottlenecks(told, thresholds);
        let shown = &of_run[..of_run.len().min(all.len())];
        text.push_str(&one(told, shown, style));
    }
    text
}

/// The list of one run; what was not measured is said.
fn one(told: &stat::Told, rows: &[Bottleneck], style: Style) -> String {
    let report = &told.report;
    let name = if report.run.is_empty() { &report.source } else { &report.run };
    let measured = match &told.machine {
        Some(means) => {
            format!("{} samples over {} of it", means.samples, secs(means.measured).trim())
        }
        None => "the machine was not measured: give the samples of pgmon, too".to_string(),
    };
    let mut text = format!("{}: {} wall; {measured}\n", cell(name), secs(report.wall_s).trim());
    if let Some(cut) = told.findings.iter().find(|finding| finding.code == "cut-off") {
        text.push_str(&format!("{}\n", cut.message));
    }
    if rows.is_empty() {
        text.push_str("nothing held it up\n");
        return text;
    }
    let mut lines = vec!["    lost\twall\tseverity\tkind\tcause\tto blame".to_string()];
    lines.extend(rows.iter().take(style.rows).map(|row| {
        let blame: Vec<String> = row.blame.iter().map(|id| cell(id)).collect();
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}",
            secs(row.lost_s),
            percent(row.share),
            severity(row.severity),
            row.kind,
            cell(&row.cause),
            blame.join(", ")
        )
    }));
    text.push_str(&crate::print::aligned(&lines));
    for row in
        rows.iter().take(style.rows).filter(|row| row.rank <= 3 || row.severity > Grade::Fine)
    {
        text.push_str(&format!("{}: {}\n  {}\n", cell(&row.cause), row.message, row.remedy));
    }
    text
}

/// The word, and nothing where it is fine.
pub fn severity(grade: Grade) -> &'static str {
    if grade == Grade::Fine { "" } else { grade.word() }
}
