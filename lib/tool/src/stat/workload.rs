//! `pgstat workload`: what operations alike spend their time with.

use super::args::{Length, Logs};
use super::rows::{self, Rows};
use super::table::{bytes, cell, percent, secs};
use super::{read, remark};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::aligned;
use record::Workload;
use stat::{Intake, workload};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct WorkloadArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Length of the list.
    #[command(flatten)]
    pub length: Length,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// The verb.
///
/// # Errors
/// There is nothing to tell, or the output cannot be written.
pub fn run(args: &WorkloadArgs) -> Result<u8, Fail> {
    let WorkloadArgs { logs, length, form } = args;
    let taken = read::all(&logs.files, Intake::new(length.rows));
    remark(&taken.account);
    if taken.account.told.is_empty() {
        return rows::nothing(taken.status);
    }
    let told = taken.account.told.iter().flat_map(|told| workload(told, length.rows));
    let all: Vec<Workload> = told.collect();
    Rows { form: *form, rows: &all, text: &table(&all) }.print()?;
    Ok(taken.status)
}

fn table(all: &[Workload]) -> String {
    if all.is_empty() {
        return "no operations\n".to_string();
    }
    let mut lines = vec![
        "    work\t   n\t  median\t95 % of medians\tconsistency\tclass\t sure\t  CPU\t     I/O\tgreatest\twaited for\tfamily"
            .to_string(),
    ];
    lines.extend(all.iter().map(line));
    aligned(&lines)
}

fn line(row: &Workload) -> String {
    let interval = match (row.median_low_s, row.median_high_s) {
        (Some(low), Some(high)) => format!("{} - {}", secs(low).trim(), secs(high).trim()),
        _ => "n < 6".to_string(),
    };
    let waits = [
        ("slots", row.slot_s),
        ("locks", row.lock_s),
        ("resources", row.resource_s),
        ("others", row.other_s),
    ];
    let waits: Vec<String> = waits
        .into_iter()
        .filter(|(_, time)| time.as_micros() >= 1000)
        .map(|(what, time)| format!("{what} {}", secs(time).trim()))
        .collect();
    let unknown = || "    -".to_string();
    let moved =
        row.blocks_per_s.map_or_else(unknown, |blocks| format!("{}/s", bytes(blocks * 512.0)));
    [
        secs(row.work_s),
        format!("{:>4}", row.n),
        secs(row.median_s),
        interval,
        row.consistency.clone(),
        row.class.clone(),
        row.confidence.0.map_or_else(unknown, percent),
        row.cpu_share.map_or_else(unknown, percent),
        format!("{moved:>8}"),
        row.max_rss_bytes.map_or_else(unknown, |rss| bytes(rss as f64)),
        waits.join(", "),
        cell(&row.family),
    ]
    .join("\t")
}
