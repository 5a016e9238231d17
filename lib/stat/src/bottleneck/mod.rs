//! What held up a run, ranked by the wall seconds that were lost to it.
//!
//! The chain of the run (`run/chain.rs`) has cut the wall by what its operations waited for:
//! locks, resources, retries, starts, the reader of the output. That time is lost. In what
//! remains operations ran, on the chain (path) or in the slots that the chain waited for
//! (slots). Of that time
//!
//! - attempts that were repeated or ended by a timeout came to nothing: their share of what
//!   filled the slots is lost to retries and timeouts;
//! - the kernel says in which share of it somebody stood still for memory, disks or CPUs
//!   (pressure stall information, Weiner 2018), was stolen by other guests, or held back by a
//!   quota. Disks and network cost nothing while the CPUs have no room, nor more than the
//!   operations were off them;
//! - the rest is work. It ends sooner only with more of what limits it: slots where there is
//!   room, CPUs where there is none, a shorter chain. Twice as much would save half of it at
//!   most, and that half is what counts as lost to it.

mod machine;
mod remedy;
mod thresholds;

pub use thresholds::{DEFAULT, Thresholds};

use crate::Told;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use machine::{Demand, Stalls};
use record::{Bottleneck, Grade, Report, Seconds};

/// Less of the wall than this is not told of, unless its figure is bad.
const LEAST: f64 = 0.005;

/// What more of a limit would save of the time that it limits, at most: half, with twice as much.
const HALF: f64 = 0.5;

/// What is measured of a cause, beside the wall that it took.
#[derive(Clone, Copy, Debug)]
struct Figure {
    name: &'static str,
    value: Option<f64>,
}

/// Seconds by cause.
type Lost = BTreeMap<String, f64>;

/// The bottlenecks of a run, the worst first.
pub fn bottlenecks(told: &Told, thresholds: &Thresholds) -> Vec<Bottleneck> {
    let report = &told.report;
    let lost = lost(told);
    let mut rows: Vec<Bottleneck> =
        lost.iter().map(|(cause, time)| row(told, (cause, *time), thresholds)).collect();
    rows.extend(exceeded(told, &lost, thresholds));
    let least = report.wall_s.as_f64() * LEAST;
    rows.retain(|row| row.lost_s.as_f64() > least || row.severity > Grade::Fine);
    rows.sort_by(|a, b| {
        (b.lost_s, b.severity).cmp(&(a.lost_s, a.severity)).then_with(|| a.cause.cmp(&b.cause))
    });
    (1..).zip(&mut rows).for_each(|(rank, row)| row.rank = rank);
    rows
}

/// Wall seconds lost, by cause.
fn lost(told: &Told) -> Lost {
    let report = &told.report;
    let is_run = !matches!(report.source.as_str(), "samples" | "locks");
    let mut lost = Lost::new();
    let mut add = |cause: &str, secs: f64| {
        if secs > 0.0 {
            *lost.entry(cause.to_string()).or_default() += secs;
        }
    };
    let of = |cause: &str| report.lost_s.get(cause).map_or(0.0, |time| time.as_f64());
    let named = report.lost_s.iter().filter(|row| row.0 != "path" && row.0 != "slots");
    named.for_each(|(cause, time)| add(cause, time.as_f64()));
    let (mut path, mut slots) = (of("path"), of("slots"));
    if !is_run {
        path = report.wall_s.as_f64();
    }
    // what filled the slots and came to nothing
    let work = report.work_s.as_f64().max(1e-9);
    let [again, late] = told.facts.wasted.map(|time| (time.as_f64() / work).min(1.0));
    let stalled = (told.facts.stalled.as_f64() / work).min(1.0);
    for (cause, share) in [("retries", again), ("timeouts", late), ("output", stalled)] {
        add(cause, slots * share);
    }
    slots *= (1.0 - again - late - stalled).max(0.0);

    let demand = Demand::of(report, told.machine.as_ref());
    let stalls = Stalls::of(told.machine.as_ref(), demand);
    for (cause, share) in stalls.shares() {
        add(cause, (path + slots) * share);
    }
    let left = (1.0 - stalls.sum()).max(0.0);
    let cpu = stalls.whose_cpu();
    add(cpu, path * stalls.cpu_wait * left);
    add(cpu, slots * left * stalls.no_room * if cpu == "cpu" { HALF } else { 1.0 });
    if is_run {
        add("slots", slots * left * (1.0 - stalls.no_room) * HALF);
        add("path", path * left * (1.0 - stalls.cpu_wait) * HALF);
    }
    lost
}

fn row(told: &Told, (cause, secs): (&str, f64), thresholds: &Thresholds) -> Bottleneck {
    let report = &told.report;
    let wall = report.wall_s.as_f64().max(1e-9);
    let share = (secs / wall).min(1.0);
    let own = figure_of(cause, told, secs);
    let graded = |name: &'static str, value: f64| {
        let (grade, threshold) = thresholds.of(name).grade(value);
        (grade, name, value, threshold)
    };
    let mut worst = graded("lost", share);
    // nobody can run faster than the machine and the plan allow
    if matches!(cause, "path" | "slots") {
        worst.0 = worst.0.min(Grade::Warning);
    }
    if let Some(value) = own.value {
        let by_figure = graded(own.name, value);
        if by_figure.0 >= worst.0 && cause != "path" {
            worst = by_figure;
        }
    }
    let (severity, figure, value, threshold) = worst;
    Bottleneck {
        run: report.run.clone(),
        cause: cause.to_string(),
        kind: remedy::kind(cause).to_string(),
        lost_s: Seconds::from_micros((secs * 1e6) as i64),
        share: crate::rounded(share),
        severity,
        figure: figure.to_string(),
        value: Some(crate::rounded(value)),
        threshold,
        message: remedy::message(cause, (secs, share), told),
        remedy: remedy::remedy(cause).to_string(),
        blame: blamed(report, cause),
        ..Bottleneck::default()
    }
}

/// The figure of the thresholds' table that belongs to a cause.
fn figure_of(cause: &str, told: &Told, secs: f64) -> Figure {
    let mean = told.machine.as_ref().map(|means| means.mean);
    let (name, value) = match cause {
        "cpu" | "neighbour" | "steal" => ("cpu", mean.and_then(|mean| mean.busy)),
        "memory" => ("memory", told.machine.as_ref().and_then(|means| means.memory_peak)),
        "disk" => ("disk", mean.and_then(|mean| mean.disk)),
        "network" => ("network", Some(network_wait(&told.report))),
        "start" => ("startup", Some(secs)),
        _ => ("", None),
    };
    Figure { name, value }
}

/// What an attempt waited that used no CPU, mean.
fn network_wait(report: &Report) -> f64 {
    let cpu = (report.user_s + report.system_s).as_f64();
    (report.work_s.as_f64() - cpu).max(0.0) / report.attempts.max(1) as f64
}

/// Figures that have reached a threshold although no wall was seen to be lost to them.
fn exceeded(told: &Told, lost: &Lost, thresholds: &Thresholds) -> Vec<Bottleneck> {
    let report = &told.report;
    let mut rows = Vec::new();
    let mut check = |cause: &str, name: &'static str, (value, message): (f64, String)| {
        let (severity, threshold) = thresholds.of(name).grade(value);
        if severity > Grade::Fine {
            rows.push(Bottleneck {
                run: report.run.clone(),
                cause: cause.to_string(),
                kind: remedy::kind(cause).to_string(),
                severity,
                figure: name.to_string(),
                value: Some(crate::rounded(value)),
                threshold,
                message,
                remedy: remedy::remedy(cause).to_string(),
                ..Bottleneck::default()
            });
        }
    };
    if let Some(means) = &told.machine {
        let share = |what: &str, value: f64| format!("{what} {:.0} %", value * 100.0);
        let known = [
            ("cpu", means.mean.busy, "CPUs busy"),
            ("memory", means.memory_peak, "memory in use at most"),
            ("disk", means.mean.disk, "busiest disk at work"),
        ];
        for (cause, value, what) in known {
            if let Some(value) = value.filter(|_| !lost.contains_key(cause)) {
                check(cause, cause, (value, share(what, value)));
            }
        }
        if let Some(wait) = means.mean.disk_wait {
            let message = format!("a request to a disk took {:.0} ms, mean", wait * 1e3);
            check("disk-wait", "io_wait", (wait, message));
        }
        if let Some(tasks) = means.mean.runnable {
            check(
                "run-queue",
                "run_queue",
                (tasks, format!("{tasks:.0} tasks ran or wanted to, mean")),
            );
        }
    }
    for family in told.facts.families.rows() {
        let Some(timeout) = family.timeout.filter(|timeout| *timeout > Seconds::ZERO) else {
            continue;
        };
        let p90 = family.durations.quantile(0.9) as f64 / 1e6;
        let message = format!(
            "{}: timeout of {} s too tight, or too slow: 9 of 10 of its {} attempts end within {p90:.1} s",
            family.name, timeout, family.count
        );
        check("timeout", "timeout", (p90 / timeout.as_f64(), message));
    }
    let longest = report.max_s.as_f64();
    let id = report.slowest.first().map_or("", |op| op.id.as_str());
    check("long-job", "job", (longest, format!("{id} took {longest:.0} s")));
    rows
}

fn blamed(report: &Report, cause: &str) -> Vec<String> {
    let behind = |row: &&record::Blame| row.cause == cause && !row.behind.is_empty();
    let mut names: Vec<String> = match cause {
        "path" => {
            report.blame.iter().filter(|row| row.cause == cause).map(|row| row.id.clone()).collect()
        }
        _ => report.blame.iter().filter(behind).map(|row| row.behind.clone()).collect(),
    };
    names.dedup();
    names.truncate(3);
    names
}
