//! The report for people: the verdict first, then the figures behind it.

use super::explain;
use crate::print::{aligned, shown};
use record::{ChainLink, Outcome, Ranked, Report, Seconds, Severity, Usage};
use stat::Told;
use std::fmt::Write as _;

/// How it is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colour.
    pub color: bool,
    /// Rows of the chain, the first and the last.
    pub rows: usize,
}

/// Longest cell, in characters.
const WIDEST: usize = 48;

/// What starts took, where the run had warm ones.
fn starts(report: &Report) -> Option<String> {
    if report.starts.is_empty() {
        return None;
    }
    let ms = |time: Seconds| format!("{:.2}", time.as_f64() * 1e3);
    let kinds = report.starts.iter().map(|(kind, cost)| {
        format!("{} {kind}: {} ms, p95 {}", cost.n, ms(cost.p50_s), ms(cost.p95_s))
    });
    let saved = report.start_saved_s.map(|saved| format!("; saved {}", secs(saved).trim()));
    let kinds: Vec<String> = kinds.collect();
    Some(format!("starts\t{}{}", kinds.join("; "), saved.unwrap_or_default()))
}

/// One run.
pub fn report(told: &Told, style: Style) -> String {
    let report = &told.report;
    let mut text = String::new();
    let title = match (report.source.as_str(), report.run.as_str()) {
        (source, "") => source.to_string(),
        (_, run) => format!("run {}", cell(run)),
    };
    let _ = writeln!(text, "{}", bold(&title, style));
    for finding in &told.findings {
        let word = match finding.severity {
            Severity::Error => "error: ",
            Severity::Warning => "warning: ",
            Severity::Note => "",
        };
        let color = if finding.severity == Severity::Error { "31;1" } else { "36" };
        let line = format!("{word}{}", shown(&finding.message));
        let _ = writeln!(text, "{}", paint(&line, style.color.then_some(color)));
        let _ = writeln!(text, "  {}", finding.remedy);
    }
    if report.attempts > 0 || report.ops > 0 {
        text.push('\n');
        text.push_str(&figures(report));
    }
    section(&mut text, ("where the wall went", &lost(report)), style);
    section(&mut text, ("to blame", &explain::blame(report)), style);
    section(&mut text, ("what a change would save", &explain::advice(report)), style);
    section(&mut text, ("critical path as it happened", &chain(report, style.rows)), style);
    section(&mut text, ("slowest attempts", &slowest(report)), style);
    section(&mut text, ("what the time went into", &explain::families(report)), style);
    section(&mut text, ("most variable", &variable(report)), style);
    section(&mut text, ("locks", &locks(report)), style);
    section(&mut text, ("longest waits for locks", &lock_waits(report)), style);
    section(&mut text, ("use of resources", &usage(report)), style);
    text
}

/// Operations by id.
pub fn ranked(all: &[Ranked], style: Style) -> String {
    let mut rows =
        vec!["    mean\t longest\t    work\tattempts\tfailed\tlast\toperation".to_string()];
    rows.extend(all.iter().map(|row| {
        let times = [row.mean_s, row.max_s, row.work_s].map(secs).join("\t");
        let (failed, last) = (percent(row.failed_share), row.last.word());
        format!("{times}\t{:>8}\t{failed:>6}\t{last}\t{}", row.attempts, cell(&row.id))
    }));
    if all.is_empty() {
        return "none\n".to_string();
    }
    let text = aligned(&rows);
    match text.split_once('\n') {
        Some((head, rest)) => format!("{}\n{rest}", bold(head, style)),
        None => text,
    }
}

fn section(text: &mut String, (title, rows): (&str, &[String]), style: Style) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", bold(title, style));
    let rows: Vec<String> = rows.iter().map(|row| format!("  {row}")).collect();
    text.push_str(&aligned(&rows));
}

fn figures(report: &Report) -> String {
    let ratio = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.2}"));
    let seen = if report.slots_seen { " (greatest concurrency seen)" } else { "" };
    let results: Vec<String> = Outcome::ALL
        .iter()
        .filter_map(|outcome| {
            report.counts.get(outcome.word()).map(|n| format!("{n} {}", outcome.word()))
        })
        .collect();
    let share =
        report.utilisation.map_or("-".to_string(), |share| percent(share).trim().to_string());
    let mut rows = vec![
        format!("wall\t{}\tspeedup\t{}", secs(report.wall_s), ratio(report.speedup)),
        format!("work\t{}\tutilisation\t{share}", secs(report.work_s)),
        format!(
            "critical path\t{}\tschedule quality\t{}",
            secs(report.critical_path_s),
            ratio(report.schedule_quality)
        ),
        format!("slots\t{:>8}\tthroughput\t{}/s{seen}", report.slots, ratio(report.throughput)),
    ];
    if !seen.is_empty() {
        rows[3] = format!("slots\t{:>8}{seen}", report.slots);
        rows.push(format!("throughput\t{:>8}/s", ratio(report.throughput)));
    }
    rows.push(format!("operations\t{:>8}\tresults\t{}", report.ops, results.join(", ")));
    rows.push(format!(
        "failed\t{}\tretried\t{}",
        percent(report.failed_share),
        percent(report.retried_share).trim()
    ));
    if let Some(makespan) = report.makespan_s {
        rows.push(format!("run in all\t{}", secs(makespan)));
    }
    if report.user_s + report.system_s > Seconds::ZERO {
        let rss = report
            .max_rss_bytes
            .map_or(String::new(), |rss| format!("\tgreatest memory\t{}", bytes(rss as f64)));
        rows.push(format!("processor time\t{}{rss}", secs(report.user_s + report.system_s)));
    }
    rows.extend(starts(report));
    let mut text = aligned(&rows);
    let durations = [
        ("mean", report.mean_s),
        ("median", report.p50_s),
        ("p95", report.p95_s),
        ("p99", report.p99_s),
        ("longest", report.max_s),
    ];
    let told = durations.map(|(word, time)| format!("{word} {}", secs(time).trim()));
    let _ = writeln!(text, "durations: {}", told.join(", "));
    if let Some(open) = &report.latency {
        let time = |time: Seconds| secs(time).trim().to_string();
        let rate = open.per_s.map_or(String::new(), |rate| format!("; {rate:.2}/s started"));
        let _ = writeln!(
            text,
            "latency from the intended start: median {}, p90 {}, p99 {}, longest {}{rate}",
            time(open.p50_s),
            time(open.p90_s),
            time(open.p99_s),
            time(open.max_s)
        );
    }
    text
}

fn lost(report: &Report) -> Vec<String> {
    let mut rows: Vec<(&String, &Seconds)> = report.lost_s.iter().collect();
    rows.sort_by_key(|(_, time)| std::cmp::Reverse(**time));
    let wall = report.wall_s.as_f64();
    let told = rows.into_iter().map(|(word, time)| {
        let share = if wall > 0.0 { time.as_f64() / wall } else { 0.0 };
        format!("{}\t{}\t{}", cell(word), secs(*time), percent(share))
    });
    told.collect()
}

/// The chain: of a long one the beginning and the end.
fn chain(report: &Report, most: usize) -> Vec<String> {
    let links = &report.chain;
    if links.is_empty() || most == 0 {
        return Vec::new();
    }
    let mut rows = vec!["   start\t     ran\toperation\tgave".to_string()];
    let before = report.chain_left_out.unwrap_or(0);
    if before > 0 {
        rows.push(format!("\t\t({before} before)"));
    }
    let half = most.div_ceil(2);
    if links.len() <= most + 1 {
        rows.extend((0..links.len()).map(|place| link(links, place)));
    } else {
        rows.extend((0..half).map(|place| link(links, place)));
        rows.push(format!("\t\t({} between)", links.len() - 2 * half));
        rows.extend((links.len() - half..links.len()).map(|place| link(links, place)));
    }
    rows
}

/// One operation; what it waited for is said where the operation before it
/// does not say it.
fn link(links: &[ChainLink], place: usize) -> String {
    let link = &links[place];
    let before = place.checked_sub(1).map_or("", |place| links[place].gave.as_str());
    let mut waits: Vec<(&String, &Seconds)> = link.waited_s.iter().collect();
    waits.sort_by_key(|(_, time)| std::cmp::Reverse(**time));
    // below a millisecond it is noise
    waits.retain(|(word, time)| time.as_micros() >= 1000 && word.as_str() != before);
    let told: Vec<String> = waits
        .iter()
        .map(|(word, time)| format!("{} {}", cell(word), secs(**time).trim()))
        .collect();
    let waited = match (&told[..], link.behind.as_str()) {
        ([], _) => String::new(),
        (told, "") => format!(" (waited: {})", told.join(", ")),
        (told, behind) => format!(" (waited: {} after {})", told.join(", "), cell(behind)),
    };
    let (start, ran) = (secs(link.start_s), secs(link.wall_s));
    format!("{start}\t{ran}\t{}{waited}\t{}", cell(&link.id), cell(&link.gave))
}

fn slowest(report: &Report) -> Vec<String> {
    let told = report.slowest.iter().map(|op| {
        let result = if op.result == Outcome::Success { "" } else { op.result.word() };
        format!("{}\t{}\t{result}", secs(op.wall_s), cell(&op.id))
    });
    told.collect()
}

fn variable(report: &Report) -> Vec<String> {
    if report.variable.is_empty() {
        return Vec::new();
    }
    let mut rows = vec!["deviation\t    mean\t  count\tfamily".to_string()];
    rows.extend(report.variable.iter().map(|family| {
        let (variation, mean) = (percent(family.variation), secs(family.mean_s));
        format!("{variation:>9}\t{mean}\t{:>7}\t{}", family.count, cell(&family.name))
    }));
    rows
}

fn locks(report: &Report) -> Vec<String> {
    if report.locks.is_empty() {
        return Vec::new();
    }
    let mut rows = vec!["  waited\t  waits\t    held\tlock".to_string()];
    rows.extend(report.locks.iter().map(|lock| {
        let (waited, held) = (secs(lock.waited_s), secs(lock.held_s));
        format!("{waited}\t{:>7}\t{held}\t{}", lock.waits, cell(&lock.name))
    }));
    rows
}

fn lock_waits(report: &Report) -> Vec<String> {
    if report.lock_waits.is_empty() {
        return Vec::new();
    }
    let mut rows = vec!["  waited\tlock\twho\tfor whom".to_string()];
    rows.extend(report.lock_waits.iter().map(|wait| {
        let names = [&wait.name, &wait.id, &wait.behind].map(|name| cell(name)).join("\t");
        format!("{}\t{names}", secs(wait.waited_s))
    }));
    rows
}

fn usage(report: &Report) -> Vec<String> {
    if report.usage.is_empty() {
        return Vec::new();
    }
    let mut rows = vec!["what\t     mean\t      p95\t     peak\tabove 80 %".to_string()];
    // what was never used is in the records
    rows.extend(report.usage.iter().filter(|usage| usage.peak > 0.0).map(|usage| {
        let figures = [usage.mean, usage.p95, usage.peak].map(|value| reading(usage, value));
        let above = usage.above_80_s.map_or_else(String::new, |time| secs(time).trim().to_string());
        let name = usage.name.trim_end_matches("_bytes").replace("_bytes_per_s", "");
        format!("{}\t{}\t{above}", cell(&name.replace('_', " ")), figures.join("\t"))
    }));
    rows
}

/// A reading in the unit its name ends with.
pub fn reading(usage: &Usage, value: f64) -> String {
    let text = if usage.name.ends_with("_bytes") {
        bytes(value)
    } else if usage.name.ends_with("_bytes_per_s") {
        format!("{}/s", bytes(value))
    } else if ["busy", "iowait", "some", "util"].iter().any(|word| usage.name.ends_with(word)) {
        percent(value)
    } else {
        format!("{value:.2}")
    };
    format!("{text:>9}")
}

/// Seconds to the millisecond, at least eight wide, so that columns line up.
pub fn secs(time: Seconds) -> String {
    format!("{:>8}", format!("{:.3} s", time.as_f64()))
}

pub fn percent(share: f64) -> String {
    format!("{:>5}", format!("{:.0} %", share * 100.0))
}

/// Bytes in powers of 1024.
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut value, mut unit) = (value, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{value:.0} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// A name of the log as a cell: nothing in it moves the cursor, and it has an end.
pub fn cell(text: &str) -> String {
    let clean = shown(text);
    if clean.chars().count() <= WIDEST {
        return clean;
    }
    clean.chars().take(WIDEST - 3).chain("...".chars()).collect()
}

pub fn bold(text: &str, style: Style) -> String {
    paint(text, style.color.then_some("1"))
}

fn paint(text: &str, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("\x1b[{code}m{text}\x1b[0m"),
        None => text.to_string(),
    }
}
