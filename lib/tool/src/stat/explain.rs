//! The parts of a report that say who is to blame, what the time went into, and what to do.

use super::table::{bytes, cell, percent, secs};
use record::{Report, Seconds};

/// Who waited, behind whom, how long; by cause.
pub fn blame(report: &Report) -> Vec<String> {
    let mut rows: Vec<String> = report
        .blame
        .iter()
        .map(|row| {
            let behind = match (row.cause.as_str(), row.behind.as_str()) {
                (_, "") => String::new(),
                ("slots", behind) => format!("most of them filled by {}", cell(behind)),
                (_, behind) => format!("behind {}", cell(behind)),
            };
            let did = if row.cause == "path" { "ran" } else { "waited" };
            format!("{}\t{}\t{} {did}\t{behind}", secs(row.time_s), cell(&row.cause), cell(&row.id))
        })
        .collect();
    if !rows.is_empty() {
        rows.insert(0, "    time\tcause\twho\tbehind whom".to_string());
    }
    rows
}

/// What each family's time went into.
pub fn families(report: &Report) -> Vec<String> {
    // a log without these figures says nothing of them
    if report.user_s + report.system_s == Seconds::ZERO {
        return Vec::new();
    }
    let mut rows =
        vec!["    work\t    user\t  system\twaiting\tfor locks\tfor others\t   n\t  median\t95 % of medians\tmemory\tfamily".to_string()];
    rows.extend(report.families.iter().map(|family| {
        let time = |time: Option<Seconds>| time.map_or_else(|| "-".to_string(), secs);
        let interval = match (family.median_low_s, family.median_high_s) {
            (Some(low), Some(high)) => format!("{} - {}", secs(low).trim(), secs(high).trim()),
            _ => "n < 6".to_string(),
        };
        [
            secs(family.work_s),
            time(family.user_s),
            time(family.system_s),
            time(family.wait_s),
            time(family.lock_s),
            time(family.queue_s),
            format!("{:>4}", family.count),
            time(family.median_s),
            interval,
            family.max_rss_bytes.map_or_else(|| "-".to_string(), |rss| bytes(rss as f64)),
            cell(&family.name),
        ]
        .join("\t")
    }));
    rows
}

/// What to change, and what it saves by simulation.
pub fn advice(report: &Report) -> Vec<String> {
    let mut rows: Vec<String> = report
        .advice
        .iter()
        .map(|row| {
            let unless =
                if row.unless.is_empty() { String::new() } else { format!("; {}", row.unless) };
            format!(
                "{}\t{}\t{}\t{}\t{}{unless}",
                secs(row.gain_s),
                percent(row.gain_share),
                secs(row.predicted_s),
                cell(&row.change),
                row.fired
            )
        })
        .collect();
    if !rows.is_empty() {
        rows.insert(0, "    gain\t     \t    then\tchange\twhy".to_string());
    }
    rows
}
