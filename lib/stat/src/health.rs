//! How well a run went, in one number, and what was taken off for what.

use crate::Told;
use crate::bottleneck::{Thresholds, bottlenecks};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Bottleneck, Grade, Health, Severity};

/// What a finding of a grade takes off (features, row C34).
const fn points(grade: Grade) -> u32 {
    match grade {
        Grade::Severe => 30,
        Grade::Critical => 20,
        Grade::Warning => 10,
        Grade::Fine => 0,
    }
}

/// The number, and the bottlenecks behind it. Errors of the report, such as failed operations or
/// a run that was cut off, are severe findings too; its warnings are warnings.
pub fn health(told: &Told, thresholds: &Thresholds) -> (Health, Vec<Bottleneck>) {
    let mut rows = bottlenecks(told, thresholds);
    rows.retain(|row| row.severity > Grade::Fine);
    let mut taken: Vec<(Grade, String)> = told
        .findings
        .iter()
        .filter_map(|finding| match finding.severity {
            Severity::Error => Some((Grade::Severe, finding.code.clone())),
            Severity::Warning => Some((Grade::Warning, finding.code.clone())),
            Severity::Note => None,
        })
        .collect();
    taken.extend(rows.iter().map(|row| (row.severity, row.cause.clone())));
    taken.sort_by_key(|row| core::cmp::Reverse(row.0));
    let count = |grade| taken.iter().filter(|row| row.0 == grade).count() as u32;
    let off: u32 = taken.iter().map(|row| points(row.0)).sum();
    let health = Health {
        run: told.report.run.clone(),
        score: 100u32.saturating_sub(off),
        severe: count(Grade::Severe),
        critical: count(Grade::Critical),
        warning: count(Grade::Warning),
        deductions: taken
            .iter()
            .map(|(grade, what)| format!("{} {what}: {}", points(*grade), grade.word()))
            .collect(),
        not_measured: not_measured(told),
        ..Health::default()
    };
    (health, rows)
}

fn not_measured(told: &Told) -> Vec<String> {
    let mean = told.machine.map(|means| means.mean).unwrap_or_default();
    let known = [
        ("cpu", mean.busy),
        ("memory", mean.memory),
        ("disk", mean.disk),
        ("network", mean.network),
        ("pressure", mean.cpu_some),
    ];
    known.iter().filter(|row| row.1.is_none()).map(|row| row.0.to_string()).collect()
}
