//! Logs of runs that never were, of any length, for the tests of pictures and exports.

use serde_json::json;
use std::fmt::Write as _;

/// When they begin, seconds since the epoch.
pub const BEGIN: i64 = 1_700_000_000;

/// A run of `count` operations on `slots` slots: every tenth takes the lock "db", every
/// 37th fails, every third needs the one before the last. Times are of whole milliseconds.
pub fn run(count: usize, slots: usize) -> String {
    let mut log = start(slots);
    let mut free = vec![0i64; slots];
    let (mut lock, mut failed) = (0i64, 0);
    for n in 0..count {
        let slot = (0..slots).min_by_key(|slot| free[*slot]).unwrap();
        let mut begin = free[slot];
        let locked = n % 10 == 3;
        let waited = (lock - begin).max(0);
        if locked {
            begin += waited;
        }
        let long = 20 + (n as i64 * 7919) % 180;
        let end = begin + long;
        if locked {
            lock = end;
        }
        let blocked = match (locked && waited > 0, begin - if locked { waited } else { 0 }) {
            (true, slot) if slot > 0 => json!({"lock:db": ms(waited), "slot": ms(slot)}),
            (true, _) => json!({"lock:db": ms(waited)}),
            (false, slot) if slot > 0 => json!({"slot": ms(slot)}),
            _ => json!({}),
        };
        free[slot] = end;
        let ok = n % 37 != 36;
        failed += usize::from(!ok);
        let id = format!("{}-{n}", ["compile", "link", "test", "pack"][n % 4]);
        let mut begun = json!({"type": "op.start", "id": id, "seq": n + 1, "attempt": 1, "slot": slot + 1,
            "start": at(begin), "pid": 1000 + n, "cmd": ["make", id]});
        if n % 3 == 2 {
            begun["needs"] =
                json!([format!("{}-{}", ["compile", "link", "test", "pack"][(n - 2) % 4], n - 2)]);
        }
        if locked {
            begun["locks"] = json!(["db"]);
        }
        let mut ended = json!({"type": "op.end", "id": id, "seq": n + 1, "attempt": 1, "final": true, "slot": slot + 1,
            "start": at(begin), "end": at(end), "wall_s": ms(long), "user_s": 0.01, "system_s": 0.005,
            "max_rss_bytes": 1 << 20, "exit": if ok { 0 } else { 3 }, "result": if ok { "success" } else { "failure" },
            "queued_s": ms(begin), "blocked_s": blocked, "out_bytes": 5, "labels": {"part": n % 2}});
        if !ok {
            ended["reason"] = json!("exit 3");
        }
        let _ = writeln!(log, "{begun}\n{ended}");
    }
    let wall = free.into_iter().max().unwrap_or(0);
    let end = json!({"type": "run.end", "run": "made", "time": at(wall), "makespan_s": ms(wall),
        "counts": {"failure": failed, "success": count - failed}, "exit": failed.min(101), "containment": "group"});
    let _ = writeln!(log, "{end}");
    log
}

/// How a run begins.
pub fn start(slots: usize) -> String {
    let begun = json!({"type": "run.start", "version": 1, "run": "made", "time": BEGIN, "tool": "pgrun 0.1.0",
        "host": "ci-7", "pid": 1, "argv": ["pgrun", format!("-j{slots}")], "jobs": slots});
    format!("{begun}\n")
}

/// A sample every second from the beginning on.
pub fn samples(count: usize) -> String {
    let mut log = String::new();
    for n in 0..count {
        let busy = 0.25 + (n % 3) as f64 / 4.0;
        let sample = json!({"type": "sample", "time": BEGIN + n as i64, "interval_s": 1, "seq": n, "missed": 0, "cpus": 4,
            "cpu": {"busy": busy, "user": busy, "nice": 0.0, "system": 0.0, "idle": 1.0 - busy, "iowait": 0.0, "irq": 0.0, "softirq": 0.0, "steal": 0.0},
            "memory": {"total_bytes": 8_589_934_592u64, "available_bytes": 6_442_450_944u64, "used_bytes": 2_147_483_648u64,
                "free_bytes": 0, "cached_bytes": 1_073_741_824, "dirty_bytes": 0, "swap_total_bytes": 0, "swap_used_bytes": 0},
            "disks": {"vda": {"reads_per_s": 1.0, "writes_per_s": 1.0, "read_bytes_per_s": 1e6, "write_bytes_per_s": 2e6,
                "read_await_s": 0.0, "write_await_s": 0.0, "util": 0.5, "queue": 0.1}},
            "networks": {"eth0": {"rx_bytes_per_s": 1500.0, "tx_bytes_per_s": 200.0, "rx_packets_per_s": 3.0,
                "tx_packets_per_s": 2.0, "errors_per_s": 0.0, "drops_per_s": 0.0}},
            "pressure": {"cpu": {"some": 0.1}, "io": {"some": 0.2, "full": 0.1}, "memory": {"some": 0.0, "full": 0.0}}});
        let _ = writeln!(log, "{sample}");
    }
    log
}

fn ms(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

fn at(ms: i64) -> f64 {
    BEGIN as f64 + ms as f64 / 1000.0
}
