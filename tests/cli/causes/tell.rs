//! A simulated run as pgrun and pgmon tell it.

use super::machine::{Machine, Sums};
use super::runner::{Ended, Event, Runner};
use super::table::Injected;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// When the runs began.
const EPOCH: f64 = 1_700_000_000.0;

/// Events and samples of a run.
pub struct Logs {
    /// What pgrun wrote.
    pub events: String,
    /// What pgmon wrote.
    pub samples: String,
}

fn secs(value: f64) -> Value {
    json!((value * 1e6).round() / 1e6)
}

fn at(value: f64) -> Value {
    secs(EPOCH + value)
}

/// Runs it.
pub fn logs(row: &Injected, seed: u64) -> Logs {
    let mut runner = Runner::new(row, seed);
    let mut samples = String::new();
    let mut total = Total::default();
    sample(row, (0.0, &mut Sums::default()), &mut total, &mut samples);
    runner.run(|now, _, machine: &mut Machine| {
        let mut sums = std::mem::take(&mut machine.sums);
        sample(row, (now, &mut sums), &mut total, &mut samples);
    });
    let samples = if row.without_samples { String::new() } else { samples };
    Logs { events: events(row, &runner), samples }
}

fn events(row: &Injected, runner: &Runner<'_>) -> String {
    let mut text = String::new();
    let resources = row.machine.of("cap.");
    let slots = row.machine.get("slots", 4.0) as u32;
    let mut line = |value: Value| {
        let _ = writeln!(text, "{value}");
    };
    line(json!({"type": "run.start", "version": 1, "run": "injected", "time": at(0.0),
        "tool": "pgrun 0.1.0", "host": "simulated", "pid": 99, "argv": ["pgrun"], "jobs": slots,
        "resources": resources}));
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut last_end = 0.0f64;
    for event in &runner.events {
        match event {
            Event::Start(place, attempt, slot, start) => {
                let op = &runner.ops[*place];
                let mut value = json!({"type": "op.start", "id": op.id, "seq": place + 1,
                    "attempt": attempt, "slot": slot, "start": at(*start), "pid": 100 + place,
                    "cmd": [op.head, op.id]});
                let needs: Vec<&str> =
                    op.needs.iter().map(|need| runner.ops[*need].id.as_str()).collect();
                if !needs.is_empty() {
                    value["needs"] = json!(needs);
                }
                if !op.lock.is_empty() {
                    value["locks"] = json!([op.lock]);
                }
                if !op.amounts.is_empty() {
                    value["resources"] = json!(op.amounts);
                }
                if let Some(timeout) = op.timeout {
                    value["timeout_s"] = json!(timeout);
                }
                line(value);
            }
            Event::End(ended) => {
                last_end = last_end.max(ended.end);
                if ended.last {
                    *counts.entry(ended.result).or_default() += 1;
                }
                line(op_end(&runner.ops[ended.op].id, ended));
            }
            Event::Retry(place, attempt, time, pause) => line(json!({"type": "op.retry",
                "id": runner.ops[*place].id, "attempt": attempt, "time": at(*time),
                "delay_s": pause, "reason": "exit 1"})),
        }
    }
    line(json!({"type": "run.end", "run": "injected", "time": at(last_end),
        "makespan_s": secs(last_end), "counts": counts, "exit": 0}));
    text
}

fn op_end(id: &str, ended: &Ended) -> Value {
    let task = &ended.task;
    let mut value = json!({"type": "op.end", "id": id, "seq": ended.op + 1,
        "attempt": ended.attempt, "final": ended.last, "slot": ended.slot,
        "start": at(ended.start), "end": at(ended.end), "wall_s": secs(ended.end - ended.start),
        "user_s": secs(task.cpu * 0.9), "system_s": secs(task.cpu * 0.1),
        "max_rss_bytes": (task.memory * 1e9) as u64 + 4_000_000, "result": ended.result,
        "queued_s": secs(ended.queued), "spawn_s": secs(ended.spawn), "out_bytes": 0,
        "voluntary_switches": task.waits + 3, "blocks": (task.moved * 2048.0) as u64});
    let blocked: BTreeMap<&String, Value> =
        ended.blocked.iter().map(|(cause, time)| (cause, secs(*time))).collect();
    if !blocked.is_empty() {
        value["blocked_s"] = json!(blocked);
    }
    if !ended.last {
        value.as_object_mut().unwrap().remove("final");
    }
    value
}

/// What has come together since the first sample.
#[derive(Default)]
struct Total {
    seq: u64,
    cpu: f64,
    throttled: f64,
}

fn sample(row: &Injected, (now, sums): (f64, &mut Sums), total: &mut Total, text: &mut String) {
    let figure = |name: &str, otherwise: f64| row.machine.get(name, otherwise);
    let (cpus, time) = (figure("cpus", 4.0), sums.time);
    total.cpu += sums.own;
    total.throttled += sums.throttled;
    let bytes = |gib: f64| (gib * 1_073_741_824.0) as u64;
    let (memory, used) = (figure("mem", 32.0), sums.memory.max(0.5));
    let swap = if figure("mem", 0.0) > 0.0 { 8.0 } else { 0.0 };
    let mut value = json!({"type": "sample", "time": at(now), "interval_s": secs(time),
        "seq": total.seq, "missed": 0, "cpus": cpus as u32,
        "load": {"avg1": 0.0, "avg5": 0.0, "avg15": 0.0, "runnable": 1, "blocked": 0},
        "memory": {"total_bytes": bytes(memory), "available_bytes": bytes(memory - used),
            "used_bytes": bytes(used), "free_bytes": 0, "cached_bytes": 0, "dirty_bytes": 0,
            "swap_total_bytes": bytes(swap), "swap_used_bytes": 0}});
    total.seq += 1;
    let mut tree = json!({"pid": 99, "user_s": secs(total.cpu), "system_s": 0, "rss_bytes": 1000,
        "read_bytes": 0, "write_bytes": 0, "major_faults": 0, "processes": 1, "threads": 1,
        "fds": 5, "vanished": 0, "unreadable": 0});
    if row.machine.get("quota", 0.0) > 0.0 {
        tree["cgroup"] = json!({"throttled_s": secs(total.throttled),
            "cpu_limit": figure("quota", cpus), "usage_s": secs(total.cpu)});
    }
    if time > 0.0 {
        rates(&mut value, sums, (cpus, figure("othernet", 0.0)));
        tree["cpu"] = json!(sums.own / time);
    }
    value["trees"] = json!([tree]);
    let _ = writeln!(text, "{value}");
}

fn rates(value: &mut Value, sums: &Sums, (cpus, othernet): (f64, f64)) {
    let time = sums.time;
    let of_cpus = |part: f64| (part / time / cpus).min(1.0);
    let (own, others, stolen) = (of_cpus(sums.own), of_cpus(sums.others), of_cpus(sums.stolen));
    let busy = (own + others + stolen).min(1.0);
    let iowait = of_cpus(sums.iowait).min(1.0 - busy);
    value["cpu"] = json!({"busy": busy, "user": own * 0.9 + others, "nice": 0.0,
        "system": own * 0.1, "idle": 1.0 - busy - iowait, "iowait": iowait, "irq": 0.0,
        "softirq": 0.0, "steal": stolen});
    value["load"]["runnable"] = json!((sums.runnable / time).round() as u64);
    value["load"]["blocked"] = json!((sums.blocked / time).round() as u64);
    let swap = sums.swap / time * 1e6;
    value["memory"]["swap_in_bytes_per_s"] = json!(swap / 2.0);
    value["memory"]["swap_out_bytes_per_s"] = json!(swap / 2.0);
    value["memory"]["major_faults_per_s"] = json!(swap / 8192.0);
    let (moved, queue) = (sums.disk / time, sums.disk_queue / time);
    let requests = moved * 4.0;
    let wait = if requests > 0.0 { queue / requests } else { 0.0 };
    value["disks"] = json!({"vda": {"reads_per_s": requests / 2.0, "writes_per_s": requests / 2.0,
        "read_bytes_per_s": moved * 5e5, "write_bytes_per_s": moved * 5e5, "read_await_s": wait,
        "write_await_s": wait, "util": (sums.disk_busy / time).min(1.0), "queue": queue}});
    let net = sums.net / time + othernet;
    value["networks"] = json!({"eth0": {"rx_bytes_per_s": net * 9.5e5, "tx_bytes_per_s": net * 5e4,
        "rx_packets_per_s": net * 700.0, "tx_packets_per_s": net * 350.0, "errors_per_s": 0.0,
        "drops_per_s": 0.0}});
    value["retransmits_per_s"] = json!(net / 50.0);
    let share = |part: f64| (part / time).min(1.0);
    let [cpu, io, memory] = sums.some.map(share);
    let full = sums.full.map(share);
    value["pressure"] = json!({"cpu": {"some": cpu}, "io": {"some": io, "full": full[1]},
        "memory": {"some": memory, "full": full[2]}});
}
