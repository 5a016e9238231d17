//! What the page says in words and numbers, beside and instead of its pictures.

use crate::draw::{Place, spread};
use crate::print::bytes;
use crate::stat::table::percent;
use record::{Finding, Outcome, Report, Seconds, Severity};
use stat::{Account, Chart, Line, Spread, Timeline, Told};
use std::cmp::Reverse;

/// Rows of a table of times.
const TIMES: usize = 12;
/// Columns of such a table.
const COLUMNS: usize = 8;
/// Families that are drawn.
const FAMILIES: usize = 12;
/// Rows of the table of the critical path.
const LINKS: usize = 40;

/// One report.
#[derive(serde::Serialize)]
pub struct Words {
    pub title: String,
    verdict: String,
    about: String,
    figures: Vec<(String, String)>,
    findings: Vec<Conclusion>,
    lost: Vec<Lost>,
    /// Place of its timeline among those of the page.
    data: Option<usize>,
    gantt: Option<String>,
    path_table: Table,
    slowest_table: Table,
    charts: Vec<Figure>,
    durations: Option<String>,
    durations_about: String,
    durations_table: Table,
    tables: Vec<Table>,
}

#[derive(serde::Serialize)]
struct Conclusion {
    severity: &'static str,
    message: String,
    remedy: String,
    from: Option<f64>,
    to: Option<f64>,
    when: String,
}

#[derive(serde::Serialize)]
struct Lost {
    name: String,
    time: String,
    percent: String,
}

/// A chart over time.
#[derive(serde::Serialize)]
struct Figure {
    name: String,
    title: String,
    about: String,
    legend: bool,
    table: Table,
}

/// A table; of each head whether numbers stand below it.
#[derive(Default, serde::Serialize)]
struct Table {
    title: String,
    about: String,
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<String>>,
}

/// Every report of the account, in its order.
pub fn reports(account: &Account, rows: usize) -> Vec<Words> {
    let mut drawn = 0;
    let report = |(place, told): (usize, &Told)| {
        let line = account.timelines.get(place).and_then(Option::as_ref);
        let data = line.map(|_| {
            drawn += 1;
            drawn - 1
        });
        words(told, (line, data), rows)
    };
    account.told.iter().enumerate().map(report).collect()
}

fn words(told: &Told, (line, data): (Option<&Timeline>, Option<usize>), rows: usize) -> Words {
    let report = &told.report;
    let ran = line.filter(|line| !line.bars.is_empty());
    let families = line.map_or_else(Vec::new, |line| families(&line.families));
    let drawn: Vec<&Spread> = families.iter().take(FAMILIES).copied().collect();
    let picture = || spread::durations(&drawn, (&title(report), 1200), Place::Page);
    Words {
        title: title(report),
        verdict: report.verdict.clone(),
        about: about(report, line),
        figures: figures(report),
        findings: findings(told, line),
        lost: lost(report),
        data,
        gantt: ran.map(gantt),
        path_table: path(report),
        slowest_table: slowest(report),
        charts: line.map_or_else(Vec::new, |line| charts((line, report))),
        durations: (!drawn.is_empty()).then(picture),
        durations_about: durations_about(&families),
        durations_table: durations(&families, rows.max(FAMILIES)),
        tables: tables(report),
    }
}

/// A duration, as the scripts write it.
fn brief(time: Seconds) -> String {
    let text = crate::print::brief(time);
    match text.strip_suffix('s') {
        Some(number) if time.as_f64() < 60.0 => format!("{number} s"),
        _ => text,
    }
}

fn title(report: &Report) -> String {
    match (report.run.as_str(), report.source.as_str()) {
        ("", "events") => "Run".to_string(),
        ("", "joblog") => "Job log".to_string(),
        ("", "ninja") => "Ninja log".to_string(),
        ("", "samples") => "Samples".to_string(),
        ("", "locks") => "Locks".to_string(),
        ("", other) => other.to_string(),
        (run, _) => format!("Run {run}"),
    }
}

/// When it was, and what is not whole.
fn about(report: &Report, line: Option<&Timeline>) -> String {
    let mut parts = Vec::new();
    if let Some(line) = line {
        let epoch = Seconds::from_secs(100_000_000);
        if line.begin >= epoch {
            let at = std::time::SystemTime::UNIX_EPOCH + line.begin.to_duration();
            parts.push(format!("began {}", humantime::format_rfc3339_millis(at)));
        }
    } else {
        parts.push("of so many runs only the last are drawn".to_string());
    }
    if report.slots_seen {
        parts.push("slots: the greatest concurrency seen".to_string());
    }
    if let Some(unfinished) = report.unfinished {
        parts.push(format!("{unfinished} operations have no end in the log"));
    }
    parts.join(" · ")
}

fn figures(report: &Report) -> Vec<(String, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    if report.ops > 0 || report.attempts > 0 {
        all.push(("operations", report.ops.to_string()));
        all.push(("attempts", report.attempts.to_string()));
        let counts = Outcome::ALL.iter().filter_map(|outcome| {
            report.counts.get(outcome.word()).map(|count| (outcome.word(), count.to_string()))
        });
        all.extend(counts);
    }
    all.push(("wall", brief(report.wall_s)));
    if report.attempts > 0 {
        let ratio =
            |value: Option<f64>| value.map_or("–".to_string(), |value| format!("{value:.2}"));
        let share =
            report.utilisation.map_or("–".to_string(), |share| percent(share).trim().to_string());
        all.push(("work", brief(report.work_s)));
        all.push(("slots", report.slots.to_string()));
        all.push(("speedup", ratio(report.speedup)));
        all.push(("utilisation", share));
        all.push(("critical path", brief(report.critical_path_s)));
        all.push(("schedule quality", ratio(report.schedule_quality)));
        all.push(("ended a second", ratio(report.throughput)));
        all.push(("median", brief(report.p50_s)));
        all.push(("95th percentile", brief(report.p95_s)));
        all.push(("longest", brief(report.max_s)));
    }
    let cpu = report.user_s + report.system_s;
    if cpu > Seconds::ZERO {
        all.push(("processor time", brief(cpu)));
    }
    if let Some(rss) = report.max_rss_bytes {
        all.push(("greatest memory", bytes(rss)));
    }
    all.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

fn findings(told: &Told, line: Option<&Timeline>) -> Vec<Conclusion> {
    let moments = line.map_or(&[][..], |line| &line.moments);
    let moment = |place: usize| moments.get(place).copied().flatten();
    let conclusion = |(place, finding): (usize, &Finding)| {
        let begin = line.map_or(Seconds::ZERO, |line| line.begin);
        let span = moment(place).map(|(from, to)| (from - begin, to - begin));
        let when = span.map(|(from, to)| format!("{} to {}", brief(from), brief(to)));
        Conclusion {
            severity: finding.severity.word(),
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
            from: span.map(|span| span.0.as_f64()),
            to: span.map(|span| span.1.as_f64()),
            when: when.unwrap_or_default(),
        }
    };
    let mut all: Vec<(Severity, Conclusion)> = told
        .findings
        .iter()
        .enumerate()
        .map(|(place, finding)| (finding.severity, conclusion((place, finding))))
        .collect();
    all.sort_by_key(|row| Reverse(row.0));
    all.into_iter().map(|row| row.1).collect()
}

fn lost(report: &Report) -> Vec<Lost> {
    let wall = report.wall_s.as_f64();
    let mut rows: Vec<(&String, Seconds)> =
        report.lost_s.iter().map(|(name, time)| (name, *time)).collect();
    rows.retain(|row| wall > 0.0 && row.1 > Seconds::ZERO);
    rows.sort_by_key(|row| Reverse(row.1));
    let told = |(name, time): (&String, Seconds)| Lost {
        name: name.clone(),
        time: brief(time),
        percent: format!("{:.1}", time.as_f64() / wall * 100.0),
    };
    rows.into_iter().map(told).collect()
}

fn gantt(line: &Timeline) -> String {
    let mut text = format!("{} attempts", line.attempts);
    if line.unfinished > 0 {
        text.push_str(&format!(" and {} that have no end", line.unfinished));
    }
    text.push_str(&format!(" on {} slots", line.slots));
    if line.per_row > 1 {
        text.push_str(&format!(", {} slots a row", line.per_row));
    }
    if let Some(column) = line.column {
        let bars = line.bars.len();
        text.push_str(&format!(
            ", drawn as {bars} bars: those of a slot within {} of each other are one",
            brief(column)
        ));
    }
    text + "."
}

fn head(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    names.iter().map(|(name, number)| ((*name).to_string(), *number)).collect()
}

fn path(report: &Report) -> Table {
    let links = &report.chain;
    let before = report.chain_left_out.unwrap_or(0) as usize;
    let from = links.len().saturating_sub(LINKS);
    let row = |link: &record::ChainLink| {
        let waited: Vec<String> =
            link.waited_s.iter().map(|(name, time)| format!("{name} {}", brief(*time))).collect();
        vec![
            brief(link.start_s),
            brief(link.wall_s),
            link.id.clone(),
            waited.join(", "),
            link.gave.clone(),
        ]
    };
    let left_out = before + from;
    Table {
        title: "Critical path as it happened".to_string(),
        about: if left_out > 0 {
            format!("the last {LINKS}; {left_out} before them")
        } else {
            String::new()
        },
        heads: head(&[
            ("start", true),
            ("ran", true),
            ("operation", false),
            ("waited for", false),
            ("gave the next", false),
        ]),
        rows: links[from..].iter().map(row).collect(),
    }
}

fn slowest(report: &Report) -> Table {
    let row =
        |op: &record::SlowOp| vec![brief(op.wall_s), op.id.clone(), op.result.word().to_string()];
    Table {
        title: "Slowest attempts".to_string(),
        heads: head(&[("ran", true), ("operation", false), ("result", false)]),
        rows: report.slowest.iter().map(row).collect(),
        ..Table::default()
    }
}

/// The charts over time, in the order of the page.
fn charts((line, report): (&Timeline, &Report)) -> Vec<Figure> {
    let mut all = Vec::new();
    let figure = |name: &str, title: &str, about: &str, table: Table| Figure {
        name: name.to_string(),
        title: title.to_string(),
        about: about.to_string(),
        legend: name == "locks",
        table,
    };
    if !line.waiting.is_empty() {
        let columns: Vec<(&str, &[f64])> =
            line.waiting.iter().map(|course| (course.name.as_str(), &course.means[..])).collect();
        let about = "Operations that were ready and had not been started, by what they waited for.";
        all.push(figure(
            "waiting",
            "Waiting, by cause",
            about,
            over_time(line, "Waiting, by cause", &columns),
        ));
    }
    if line.attempts + line.unfinished > 0 {
        let about = "Operations that ran at the same time.";
        all.push(figure(
            "running",
            "Concurrency",
            about,
            over_time(line, "Concurrency", &[("running", &line.running)]),
        ));
        let about = "Attempts that ended in a second.";
        let columns = [("ended", &line.ended[..]), ("failed", &line.failed[..])];
        let rate: Vec<Vec<f64>> = columns
            .iter()
            .map(|column| column.1.iter().map(|count| count / line.bin.as_f64()).collect())
            .collect();
        let columns = [("ended a second", &rate[0][..]), ("failed a second", &rate[1][..])];
        all.push(figure(
            "throughput",
            "Throughput",
            about,
            over_time(line, "Throughput", &columns),
        ));
    }
    let chart = |chart: Chart| {
        let lines: Vec<&Line> = line.lines.iter().filter(|one| one.chart == chart).collect();
        let (title, about) = title_of(chart);
        (!lines.is_empty())
            .then(|| figure(chart.word(), title, about, readings(line, (title, chart), &lines)))
    };
    all.extend(Chart::ALL.into_iter().filter_map(chart));
    if !line.locks.is_empty() {
        let about = "Above: held; below: waited for, the darker the more.";
        all.push(figure("locks", "Locks", about, locks(report)));
    }
    for (place, (course, whole)) in line.resources.iter().take(10).enumerate() {
        let about = whole.map_or_else(String::new, |whole| format!("There is {}.", amount(whole)));
        let title = format!("Resource {}", course.name);
        let table = over_time(line, &title, &[("held", &course.means)]);
        all.push(figure(&format!("resource-{place}"), &title, &about, table));
    }
    all
}

fn title_of(chart: Chart) -> (&'static str, &'static str) {
    match chart {
        Chart::Cpu => ("CPU", "Shares of the time of all CPUs."),
        Chart::Memory => ("Memory", "Of the machine."),
        Chart::Pressure => (
            "Pressure (PSI)",
            "Shares of the time in which some or all tasks stood still for want of it.",
        ),
        Chart::Disk => ("Disks", "Bytes a second from and to disks."),
        Chart::DiskBusy => ("Busy disks", "Shares of the time in which disks had something to do."),
        Chart::Network => ("Network", "Bytes a second."),
        Chart::TreeCpu => ("CPUs of process trees and cgroups", "1 is one CPU all the time."),
        Chart::TreeMemory => ("Memory of process trees and cgroups", "Resident memory."),
    }
}

/// An amount of anything: large ones are taken for bytes.
fn amount(value: f64) -> String {
    if value >= 1_048_576.0 { bytes(value as u64) } else { number(value) }
}

fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_string(),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 0.995 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// The bounds of so many equal parts of the time.
fn parts(line: &Timeline) -> Vec<(Seconds, Seconds)> {
    let length = (line.end - line.begin).as_micros();
    let at = |n: usize| line.begin + Seconds::from_micros(length / TIMES as i64 * n as i64);
    (0..TIMES).map(|n| (at(n), if n + 1 == TIMES { line.end } else { at(n + 1) })).collect()
}

fn times(line: &Timeline, (from, to): (Seconds, Seconds)) -> String {
    format!("{} to {}", brief(from - line.begin), brief(to - line.begin))
}

/// Means of bins in equal parts of the time.
fn over_time(line: &Timeline, title: &str, columns: &[(&str, &[f64])]) -> Table {
    let columns = &columns[..columns.len().min(COLUMNS)];
    let mut heads = head(&[("time", false)]);
    heads.extend(columns.iter().map(|column| (column.0.to_string(), true)));
    let place =
        |at: Seconds| ((at - line.first_bin).as_micros() / line.bin.as_micros().max(1)) as usize;
    let row = |part: (Seconds, Seconds)| {
        let mean = |values: &[f64]| {
            let (from, to) = (place(part.0), place(part.1).max(place(part.0) + 1));
            let bins = &values[from.min(values.len())..to.min(values.len())];
            number(bins.iter().sum::<f64>() / bins.len().max(1) as f64)
        };
        [times(line, part)].into_iter().chain(columns.iter().map(|column| mean(column.1))).collect()
    };
    let about = "means over equal parts of the time".to_string();
    Table {
        title: title.to_string(),
        about,
        heads,
        rows: parts(line).into_iter().map(row).collect(),
    }
}

/// The same of readings: means, and the greatest of all.
fn readings(line: &Timeline, (title, chart): (&str, Chart), lines: &[&Line]) -> Table {
    let lines = &lines[..lines.len().min(COLUMNS)];
    let mut heads = head(&[("time", false)]);
    heads.extend(lines.iter().map(|one| (one.name.clone(), true)));
    let word = |value: f64| match chart {
        Chart::Cpu | Chart::Pressure | Chart::DiskBusy => percent(value).trim().to_string(),
        Chart::Memory | Chart::TreeMemory => bytes(value as u64),
        Chart::Disk | Chart::Network => format!("{}/s", bytes(value as u64)),
        Chart::TreeCpu => number(value),
    };
    let row = |(from, to): (Seconds, Seconds)| {
        let cell = |one: &&Line| {
            let last = to == line.end;
            let within =
                one.points.iter().filter(|p| from <= p.at && (p.at < to || last && p.at == to));
            let (sum, count) = within.fold((0.0, 0.0), |(sum, n), p| {
                (sum + p.mean * f64::from(p.count), n + f64::from(p.count))
            });
            if count > 0.0 { word(sum / count) } else { "–".to_string() }
        };
        [times(line, (from, to))].into_iter().chain(lines.iter().map(cell)).collect()
    };
    let mut rows: Vec<Vec<String>> = parts(line).into_iter().map(row).collect();
    let peak =
        |one: &&Line| word(one.points.iter().map(|point| point.greatest).fold(0.0, f64::max));
    rows.push(["greatest".to_string()].into_iter().chain(lines.iter().map(peak)).collect());
    let about = "means of the readings in equal parts of the time".to_string();
    Table { title: title.to_string(), about, heads, rows }
}

fn locks(report: &Report) -> Table {
    let row = |lock: &record::LockUse| {
        vec![lock.name.clone(), brief(lock.held_s), lock.waits.to_string(), brief(lock.waited_s)]
    };
    Table {
        title: "Locks".to_string(),
        heads: head(&[("lock", false), ("held", true), ("waits", true), ("waited", true)]),
        rows: report.locks.iter().map(row).collect(),
        ..Table::default()
    }
}

/// Those that took most, first.
fn families(all: &[Spread]) -> Vec<&Spread> {
    let mut families: Vec<&Spread> = all.iter().filter(|family| family.count > 0).collect();
    families.sort_by(|a, b| b.work.cmp(&a.work).then_with(|| a.name.cmp(&b.name)));
    families
}

fn durations_about(families: &[&Spread]) -> String {
    let more = match families.len().checked_sub(FAMILIES) {
        None | Some(0) => String::new(),
        Some(more) => format!(" {more} families that took less are left out."),
    };
    format!(
        "Attempts by duration, on a logarithmic axis; each family against its own peak. Dark line: median; orange line: 95th percentile.{more}"
    )
}

fn durations(families: &[&Spread], most: usize) -> Table {
    let row = |family: &&Spread| {
        let [q1, median, q3, p95] = family.quantiles.map(brief);
        let (least, greatest, work) =
            (brief(family.least), brief(family.greatest), brief(family.work));
        let counts = [family.count.to_string(), family.failed.to_string()];
        [family.name.clone()]
            .into_iter()
            .chain(counts)
            .chain([work, least, q1, median, q3, p95, greatest])
            .collect()
    };
    let names = [
        "attempts",
        "failed",
        "work",
        "shortest",
        "1st quartile",
        "median",
        "3rd quartile",
        "p95",
        "longest",
    ];
    let mut heads = head(&[("family", false)]);
    heads.extend(names.map(|name| (name.to_string(), true)));
    Table {
        title: "Durations by family".to_string(),
        about: "quantiles within 0.4 %".to_string(),
        heads,
        rows: families.iter().take(most).map(row).collect(),
    }
}

/// What has no picture.
fn tables(report: &Report) -> Vec<Table> {
    let wait = |wait: &record::LockWaited| {
        vec![brief(wait.waited_s), wait.name.clone(), wait.id.clone(), wait.behind.clone()]
    };
    let variable = |family: &record::OpFamily| {
        let deviation = percent(family.variation).trim().to_string();
        vec![family.name.clone(), family.count.to_string(), brief(family.mean_s), deviation]
    };
    let table = |title: &str, heads: &[(&str, bool)], rows: Vec<Vec<String>>| Table {
        title: title.to_string(),
        about: String::new(),
        heads: head(heads),
        rows,
    };
    let blame = |row: &record::Blame| {
        let time = brief(row.time_s);
        vec![row.cause.clone(), time, row.id.clone(), row.behind.clone()]
    };
    let advice = |row: &record::Advice| {
        let saved = format!("{} ({})", brief(row.gain_s), percent(row.gain_share).trim());
        let (change, fired) = (row.change.clone(), row.fired.clone());
        vec![change, saved, brief(row.predicted_s), fired, row.unless.clone()]
    };
    let all = [
        table(
            "What a change would save",
            &[
                ("change", false),
                ("saves", true),
                ("wall then", true),
                ("why", false),
                ("unless", false),
            ],
            report.advice.iter().map(advice).collect(),
        ),
        table(
            "Who is to blame",
            &[
                ("cause", false),
                ("time", true),
                ("who waited or ran", false),
                ("behind whom", false),
            ],
            report.blame.iter().map(blame).collect(),
        ),
        table(
            "Longest waits for locks",
            &[("waited", true), ("lock", false), ("who", false), ("for whom", false)],
            report.lock_waits.iter().map(wait).collect(),
        ),
        table(
            "Most variable families",
            &[("family", false), ("attempts", true), ("mean", true), ("deviation", true)],
            report.variable.iter().map(variable).collect(),
        ),
    ];
    all.into_iter().filter(|table| !table.rows.is_empty()).collect()
}
