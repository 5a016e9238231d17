//! `pgstat mem`: how the memory of operations alike goes with their number.

use super::args::{Length, Logs};
use super::rows::{self, Rows};
use super::table::{bytes, cell};
use super::{read, remark};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::aligned;
use record::MemoryTrend;
use stat::Intake;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct MemArgs {
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
/// No run was read, or the output cannot be written.
pub fn run(args: &MemArgs) -> Result<u8, Fail> {
    let MemArgs { logs, length, form } = args;
    let taken = read::all(&logs.files, Intake::new(0).with_memory());
    remark(&taken.account);
    if taken.account.told.is_empty() {
        return rows::nothing(taken.status);
    }
    let all: Vec<MemoryTrend> = taken.account.memory.into_iter().take(length.rows).collect();
    let mut text = table(&all);
    let kills = taken.account.told.iter().filter_map(|told| {
        let means = told.machine.as_ref()?;
        let kills = means.mean.oom? * means.measured.as_f64();
        (kills >= 0.5)
            .then(|| format!("the kernel killed {kills:.0} for want of memory meanwhile\n"))
    });
    text.extend(kills);
    Rows { form: *form, rows: &all, text: &text }.print()?;
    Ok(taken.status)
}

fn table(all: &[MemoryTrend]) -> String {
    if all.is_empty() {
        return "no memory known of any operation\n".to_string();
    }
    let mut lines = vec![
        "greatest\t  median\tin 100 more\t95 % interval\tp\tverdict\tkilled\t   n\tfamily"
            .to_string(),
    ];
    lines.extend(all.iter().map(|row| {
        let size =
            |size: Option<u64>| size.map_or_else(|| "-".to_string(), |size| bytes(size as f64));
        let slope = row.slope_bytes_per_100.map_or_else(|| "-".to_string(), signed);
        let interval = match (row.slope_low_bytes_per_100, row.slope_high_bytes_per_100) {
            (Some(low), Some(high)) => format!("{} to {}", signed(low), signed(high)),
            _ => String::new(),
        };
        let p = row.p.map_or_else(String::new, |p| format!("{p:.4}"));
        format!(
            "{:>8}\t{:>8}\t{slope}\t{interval}\t{p}\t{}\t{:>6}\t{:>4}\t{}",
            size(row.max_rss_bytes),
            size(row.median_rss_bytes),
            row.verdict,
            row.oom_kills,
            row.n,
            cell(&row.family)
        )
    }));
    aligned(&lines)
}

fn signed(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "+" };
    format!("{sign}{}", bytes(value.abs()))
}
