//! Markdown, for the summary of a CI job: `pgstat export markdown run.ndjson >>
//! "$GITHUB_STEP_SUMMARY"`.

use crate::markdown::{LIMIT_BYTES, literal, time};
use crate::stat::table::reading;
use record::{ChainLink, Outcome, Ranked, Report, Seconds, Severity};
use stat::{Account, By};
use std::cmp::Reverse;
use std::fmt::Write as _;

/// Kept free for what is said of what was left out.
const RESERVE_BYTES: usize = 1 << 10;

/// The document: at most what GitHub shows of one.
pub fn text(account: Account, rows: usize) -> String {
    let mut out = String::new();
    let Account { told, ranking, .. } = account;
    let failed = ranking.into_rows(By::Failed, rows);
    let mut left_out = 0;
    for told in &told {
        let part = run(told, rows);
        if out.len() + part.len() + RESERVE_BYTES > LIMIT_BYTES {
            left_out += 1;
            continue;
        }
        out.push_str(&part);
    }
    let part = failures(&failed);
    if out.len() + part.len() + RESERVE_BYTES <= LIMIT_BYTES {
        out.push_str(&part);
    }
    if left_out > 0 {
        let _ = writeln!(out, "{left_out} runs are left out here: a summary has at most 1 MiB.");
    }
    out
}

fn run(told: &stat::Told, rows: usize) -> String {
    let report = &told.report;
    let name = match report.run.as_str() {
        "" => report.source.as_str(),
        run => run,
    };
    let failed: u64 = Outcome::ALL
        .iter()
        .filter(|outcome| outcome.failed())
        .filter_map(|outcome| report.counts.get(outcome.word()))
        .sum();
    let mut out = format!("### {}", literal(name));
    if report.ops > 0 {
        let many = if report.ops == 1 { "operation" } else { "operations" };
        let _ = match failed {
            0 => write!(out, ": {} {many}, none failed", report.ops),
            _ => write!(out, ": {failed} of {} {many} failed", report.ops),
        };
    }
    out.push_str("\n\n");
    for finding in &told.findings {
        let mark = match finding.severity {
            Severity::Error => "**error:** ",
            Severity::Warning => "**warning:** ",
            Severity::Note => "",
        };
        let _ = writeln!(out, "- {mark}{}", literal(&finding.message));
        if !finding.remedy.is_empty() {
            let _ = writeln!(out, "  <br>{}", literal(&finding.remedy));
        }
    }
    out.push('\n');
    out.push_str(&figures(report));
    out.push_str(&lost(report));
    let advice = report.advice.iter().take(rows).map(|row| {
        let saved = format!("{} ({:.0} %)", time(row.gain_s), row.gain_share * 100.0);
        vec![literal(&row.change), saved, time(row.predicted_s), literal(&row.fired)]
    });
    let heads = ["change", "saves:", "wall then:", "why"];
    out.push_str(&table("What a change would save", &heads, advice.collect()));
    let slowest = report
        .slowest
        .iter()
        .take(rows)
        .map(|op| vec![literal(&op.id), time(op.wall_s), op.result.word().to_string()]);
    out.push_str(&table("Slowest", &["operation", "time:", "result"], slowest.collect()));
    let chain = report.chain.iter().rev().take(rows).rev().map(link).collect();
    out.push_str(&folded(
        "Critical path as it happened",
        &table("", &["operation", "start:", "time:", "waited for"], chain),
    ));
    let locks = report.locks.iter().map(|lock| {
        vec![literal(&lock.name), lock.waits.to_string(), time(lock.waited_s), time(lock.held_s)]
    });
    out.push_str(&table("Locks", &["lock", "waits:", "waited:", "held:"], locks.collect()));
    let used = report.usage.iter().filter(|usage| usage.peak > 0.0).map(|usage| {
        let figures = [usage.mean, usage.p95, usage.peak].map(|value| reading(usage, value));
        let figures = figures.map(|figure| figure.trim().to_string());
        [literal(&usage.name)].into_iter().chain(figures).collect()
    });
    out.push_str(&folded(
        "Use of resources",
        &table("", &["what", "mean:", "p95:", "peak:"], used.collect()),
    ));
    out
}

fn figures(report: &Report) -> String {
    if report.ops == 0 && report.attempts == 0 {
        return String::new();
    }
    let ratio = |value: Option<f64>| value.map_or("–".to_string(), |value| format!("{value:.2}"));
    let row = vec![
        time(report.wall_s),
        time(report.work_s),
        report.slots.to_string(),
        ratio(report.speedup),
        report.utilisation.map_or("–".to_string(), |share| format!("{:.0} %", share * 100.0)),
        time(report.critical_path_s),
        format!("{} / {} / {}", time(report.p50_s), time(report.p95_s), time(report.max_s)),
    ];
    let heads = [
        "wall:",
        "work:",
        "slots:",
        "speedup:",
        "utilisation:",
        "critical path:",
        "median / p95 / longest:",
    ];
    let mut out = table("", &heads, vec![row]);
    let counts: Vec<Vec<String>> = report
        .counts
        .iter()
        .map(|(result, count)| vec![result.clone(), count.to_string()])
        .collect();
    out.push_str(&table("", &["result", "operations:"], counts));
    out
}

fn lost(report: &Report) -> String {
    let wall = report.wall_s.as_f64();
    let mut rows: Vec<(&String, Seconds)> =
        report.lost_s.iter().map(|(name, time)| (name, *time)).collect();
    rows.retain(|row| wall > 0.0 && row.1 > Seconds::ZERO);
    rows.sort_by_key(|row| Reverse(row.1));
    let row = |(name, lost): (&String, Seconds)| {
        let share = lost.as_f64() / wall;
        let bar = "█".repeat((share * 20.0).round() as usize);
        vec![literal(name), time(lost), format!("{:.0} %", share * 100.0), bar]
    };
    table(
        "Where the wall went",
        &["cause", "time:", "share:", ""],
        rows.into_iter().map(row).collect(),
    )
}

fn link(link: &ChainLink) -> Vec<String> {
    let waited: Vec<String> = link
        .waited_s
        .iter()
        .map(|(name, waited)| format!("{} {}", literal(name), time(*waited)))
        .collect();
    vec![literal(&link.id), time(link.start_s), time(link.wall_s), waited.join(", ")]
}

/// Operations whose last attempt failed.
fn failures(failed: &[Ranked]) -> String {
    let row = |row: &Ranked| {
        vec![
            literal(&row.id),
            row.attempts.to_string(),
            time(row.work_s),
            row.last.word().to_string(),
        ]
    };
    table(
        "Failed",
        &["operation", "attempts:", "work:", "result"],
        failed.iter().map(row).collect(),
    )
}

/// A table; numbers stand below heads that end with a colon.
fn table(title: &str, heads: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut out = if title.is_empty() { String::new() } else { format!("#### {title}\n\n") };
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> =
        heads.iter().map(|head| head.trim_end_matches(':').to_string()).collect();
    out.push_str(&line(&names));
    let rules = heads.iter().map(|head| if head.ends_with(':') { "---:" } else { "---" });
    let _ = writeln!(out, "|{}|", rules.collect::<Vec<_>>().join("|"));
    rows.iter().for_each(|row| out.push_str(&line(row)));
    out.push('\n');
    out
}

fn folded(title: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<details><summary>{title}</summary>\n\n{text}</details>\n\n")
}
