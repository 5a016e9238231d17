//! OpenMetrics: the figures of the runs, for a push to a gateway or the textfile collector.

use crate::openmetrics::{Dialect, Families, Kind, Metric};
use record::{Report, Severity};
use stat::{Account, Told};

const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, help }
}

/// A figure of a run, where it is known.
type Figure = fn(&Report) -> Option<f64>;

/// Figures that every run has once.
const FIGURES: [(Metric, Figure); 19] = [
    (
        gauge(
            "pgstat_run_wall",
            "seconds",
            "From the first operation being ready to the last end.",
        ),
        |r| Some(r.wall_s.as_f64()),
    ),
    (
        gauge(
            "pgstat_run_makespan",
            "seconds",
            "From the beginning of the run to its end, as the runner measured it.",
        ),
        |r| r.makespan_s.map(|s| s.as_f64()),
    ),
    (gauge("pgstat_run_work", "seconds", "Sum of the durations of all attempts."), |r| {
        ran(r, r.work_s.as_f64())
    }),
    (
        gauge(
            "pgstat_run_critical_path",
            "seconds",
            "Longest chain of needs by measured durations.",
        ),
        |r| ran(r, r.critical_path_s.as_f64()),
    ),
    (gauge("pgstat_run_slots", "", "Places to run."), |r| ran(r, f64::from(r.slots))),
    (gauge("pgstat_run_attempts", "", "Attempts that ended."), |r| ran(r, r.attempts as f64)),
    (gauge("pgstat_run_unfinished", "", "Operations that have no end in the log."), |r| {
        ran(r, r.unfinished.unwrap_or(0) as f64)
    }),
    (gauge("pgstat_run_speedup", "", "Work over wall."), |r| r.speedup),
    (gauge("pgstat_run_utilisation", "ratio", "Work over wall times slots."), |r| r.utilisation),
    (
        gauge("pgstat_run_schedule_quality", "ratio", "The least possible wall over the wall."),
        |r| r.schedule_quality,
    ),
    (gauge("pgstat_run_throughput", "", "Operations ended, a second of wall."), |r| r.throughput),
    (gauge("pgstat_run_duration_mean", "seconds", "Mean duration of an attempt."), |r| {
        ran(r, r.mean_s.as_f64())
    }),
    (
        gauge(
            "pgstat_run_duration_median",
            "seconds",
            "Median duration of an attempt, within 0.4 %.",
        ),
        |r| ran(r, r.p50_s.as_f64()),
    ),
    (
        gauge(
            "pgstat_run_duration_p95",
            "seconds",
            "95th percentile of the durations, within 0.4 %.",
        ),
        |r| ran(r, r.p95_s.as_f64()),
    ),
    (
        gauge(
            "pgstat_run_duration_p99",
            "seconds",
            "99th percentile of the durations, within 0.4 %.",
        ),
        |r| ran(r, r.p99_s.as_f64()),
    ),
    (gauge("pgstat_run_duration_longest", "seconds", "Longest duration."), |r| {
        ran(r, r.max_s.as_f64())
    }),
    (gauge("pgstat_run_user", "seconds", "Processor time in user mode."), |r| {
        ran(r, r.user_s.as_f64())
    }),
    (gauge("pgstat_run_system", "seconds", "Processor time in the kernel."), |r| {
        ran(r, r.system_s.as_f64())
    }),
    (gauge("pgstat_run_max_rss", "bytes", "Greatest resident set of a process."), |r| {
        r.max_rss_bytes.map(|bytes| bytes as f64)
    }),
];

/// What reports without operations have not.
fn ran(report: &Report, value: f64) -> Option<f64> {
    (report.attempts > 0 || report.ops > 0).then_some(value)
}

/// The exposition.
pub fn text(account: &Account) -> String {
    let runs: Vec<(String, &Told)> = named(account);
    let mut all = Families::default();
    all.begin(Metric {
        name: "pgstat_run",
        kind: Kind::Info,
        unit: "",
        help: "What a report is of, and what bound the run.",
    });
    for (run, told) in &runs {
        let report = &told.report;
        all.point(
            &[("run", run), ("source", &report.source), ("bound", &report.bound)],
            Some(1u64),
        );
    }
    for (metric, figure) in FIGURES {
        all.begin(metric);
        for (run, told) in &runs {
            all.point(&[("run", run)], figure(&told.report));
        }
    }
    of_parts(&mut all, &runs);
    of_use(&mut all, &runs);
    all.text(Dialect::OpenMetrics)
}

/// What a run has by result, by cause, by severity.
fn of_parts(all: &mut Families, runs: &[(String, &Told)]) {
    all.begin(gauge("pgstat_run_operations", "", "Operations by result."));
    for (run, told) in runs {
        for (result, count) in &told.report.counts {
            all.point(&[("run", run), ("result", result)], Some(*count));
        }
    }
    all.begin(gauge(
        "pgstat_run_lost",
        "seconds",
        "The wall by what held the operation that ended last.",
    ));
    for (run, told) in runs {
        for (cause, time) in &told.report.lost_s {
            all.point(&[("run", run), ("cause", cause)], Some(*time));
        }
    }
    all.begin(gauge("pgstat_run_findings", "", "Findings by severity."));
    for (run, told) in runs {
        for severity in [Severity::Note, Severity::Warning, Severity::Error] {
            let count = told.findings.iter().filter(|finding| finding.severity == severity).count();
            all.point(&[("run", run), ("severity", severity.word())], Some(count as u64));
        }
    }
}

/// Locks, and what samples tell.
fn of_use(all: &mut Families, runs: &[(String, &Told)]) {
    let locks = || {
        runs.iter().flat_map(|(run, told)| told.report.locks.iter().map(move |lock| (run, lock)))
    };
    all.begin(gauge("pgstat_lock_waited", "seconds", "Time waited for a lock."));
    locks().for_each(|(run, lock)| {
        all.point(&[("run", run), ("lock", &lock.name)], Some(lock.waited_s))
    });
    all.begin(gauge("pgstat_lock_held", "seconds", "Time a lock was held."));
    locks().for_each(|(run, lock)| {
        all.point(&[("run", run), ("lock", &lock.name)], Some(lock.held_s))
    });
    all.begin(gauge("pgstat_lock_waits", "", "How often somebody waited for a lock."));
    locks()
        .for_each(|(run, lock)| all.point(&[("run", run), ("lock", &lock.name)], Some(lock.waits)));
    let uses =
        || runs.iter().flat_map(|(run, told)| told.report.usage.iter().map(move |one| (run, one)));
    all.begin(gauge("pgstat_usage_mean", "", "Mean of a figure of the samples, in its own unit."));
    uses().for_each(|(run, one)| all.point(&[("run", run), ("figure", &one.name)], Some(one.mean)));
    all.begin(gauge(
        "pgstat_usage_peak",
        "",
        "Greatest reading of a figure of the samples, in its own unit.",
    ));
    uses().for_each(|(run, one)| all.point(&[("run", run), ("figure", &one.name)], Some(one.peak)));
}

/// Reports with names that are their own: two metrics of one name and labels are refused.
fn named(account: &Account) -> Vec<(String, &Told)> {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let name = |told: &Told| match told.report.run.as_str() {
        "" => told.report.source.clone(),
        run => run.to_string(),
    };
    let named = account.told.iter().map(|told| {
        let name = name(told);
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        (if *count > 1 { format!("{name}#{count}") } else { name }, told)
    });
    named.collect()
}
