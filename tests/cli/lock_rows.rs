//! Locks at work: what setups of machines need them for.

use crate::tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Runs operations with locks of their own; the events.
fn pgrun(dir: &Path, args: &[&str], ops: &str) -> String {
    let mut run = tool("pgrun");
    run.current_dir(dir).args(["--lock-dir", "locks"]).args(args).write_stdin(ops.to_string());
    let output = run.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The most that were inside of each name at once, from lines `in NAME` and `out NAME`.
fn most_inside(log: &Path) -> BTreeMap<String, usize> {
    let (mut inside, mut most) = (BTreeMap::<String, usize>::new(), BTreeMap::new());
    for line in fs::read_to_string(log).unwrap().lines() {
        let (word, name) = line.split_once(' ').unwrap();
        let now = inside.entry(name.to_string()).or_default();
        *now = if word == "in" { *now + 1 } else { *now - 1 };
        let most = most.entry(name.to_string()).or_insert(0);
        *most = *now.max(most);
    }
    most
}

/// An installer that fails with 82 when another is at work.
const INSTALLER: &str = "mkdir busy || exit 82; echo $1 >>order; rmdir busy";

#[test]
fn e5_az_run_command_conflicts_where_two_are_at_one_machine() {
    let dir = TempDir::new().unwrap();
    let az = "mkdir busy 2>/dev/null || { echo conflict >>calls; exit 1; }; read x <gate; rmdir busy; echo done >>calls";
    fs::write(dir.path().join("az"), az).unwrap();
    nix::unistd::mkfifo(&dir.path().join("gate"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let start = |lock: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pglock"));
        if !lock {
            command = Command::new("sh");
            command.arg("az");
        } else {
            command.args(["--dir", "locks", "-q", "az-run-command:RG/vm-1", "--", "sh", "az"]);
        }
        command.current_dir(&dir).stderr(Stdio::null()).spawn().unwrap()
    };
    let open_gate = || fs::write(dir.path().join("gate"), "go\n").unwrap();
    // without the lock one of two fails
    let two = [start(false), start(false)];
    let mut ended: Vec<i32> = Vec::new();
    let [mut one, mut other] = two;
    let until = |word: &str, count: usize| {
        let calls = || fs::read_to_string(dir.path().join("calls")).unwrap_or_default();
        while calls().matches(word).count() < count {
            std::thread::yield_now();
        }
    };
    until("conflict", 1);
    open_gate();
    ended.extend([one.wait().unwrap().code().unwrap(), other.wait().unwrap().code().unwrap()]);
    ended.sort_unstable();
    assert_eq!(ended, [0, 1]);
    let two = [start(true), start(true)];
    for done in [2, 3] {
        open_gate();
        until("done", done);
    }
    for mut run in two {
        assert!(run.wait().unwrap().success());
    }
}

#[test]
fn e7_installers_queue_and_all_succeed() {
    let dir = TempDir::new().unwrap();
    let install = |at: usize| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pglock"));
        command.args(["--dir", "locks", "-q", "--wait", "10m", "msiexec", "sh", "-c", INSTALLER]);
        command.args(["sh", &at.to_string()]).current_dir(&dir).spawn().unwrap()
    };
    let all: Vec<_> = (0..5).map(install).collect();
    for mut run in all {
        assert_eq!(run.wait().unwrap().code(), Some(0));
    }
    assert_eq!(fs::read_to_string(dir.path().join("order")).unwrap().lines().count(), 5);
}

#[test]
fn e8_shared_installers_overlap_and_an_exclusive_one_is_alone() {
    let dir = TempDir::new().unwrap();
    for fifo in ["one", "two"] {
        nix::unistd::mkfifo(&dir.path().join(fifo), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    // each waits for the other to be inside, too
    let meet = |work: &str| {
        format!(
            r#"{{"cmd":"echo in install >>log; {work}; echo out install >>log","locks":[{{"name":"install","shared":true}}]}}"#
        )
    };
    let alone = r#"{"cmd":"echo in install >>log2; echo out install >>log2","locks":["install"]}"#;
    let ops =
        [&meet("echo >one; read x <two"), &meet("read x <one; echo >two"), alone, alone, alone]
            .map(|op| format!("{op}\n"));
    pgrun(dir.path(), &["-j8"], &ops.concat());
    assert_eq!(most_inside(&dir.path().join("log"))["install"], 2);
    assert_eq!(most_inside(&dir.path().join("log2"))["install"], 1);
}

#[test]
fn b18_a_hundred_operations_with_one_lock_and_their_waits_add_up() {
    let dir = TempDir::new().unwrap();
    let op = r#"{"cmd":"echo in l >>log; echo out l >>log","locks":["l"]}"#;
    let events = pgrun(dir.path(), &["-j8"], &format!("{op}\n").repeat(100));
    assert_eq!(most_inside(&dir.path().join("log"))["l"], 1);
    let waited: f64 = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["type"] == "lock.take")
        .map(|event| event["waited_s"].as_f64().unwrap())
        .sum();
    let mut stat = tool("pgstat");
    let report = stat.args(["report", "--json"]).write_stdin(events).output().unwrap().stdout;
    let lines = String::from_utf8(report).unwrap();
    let mut reports = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let report = reports.find(|report| report["locks"].is_array()).unwrap();
    let lock = &report["locks"][0];
    assert_eq!(lock["name"], "l", "{report}");
    let told = lock["waited_s"].as_f64().unwrap();
    // the one is measured by the engine, the other at the lock
    assert!((told - waited).abs() < 0.1 * waited, "{told} and {waited}");
}

#[test]
fn d10_no_more_than_ten_at_a_host_and_fifty_in_all() {
    let dir = TempDir::new().unwrap();
    let ops: String = (0..500)
        .map(|at| {
            let host = format!("host{}", at % 5);
            format!(r#"{{"cmd":"echo in {host} >>log; echo out {host} >>log","locks":[{{"name":"{host}","slots":10}}],"resources":{{"connection":1}}}}"#) + "\n"
        })
        .collect();
    pgrun(dir.path(), &["-j60", "--resource", "connection=50"], &ops);
    let log = dir.path().join("log");
    let most = most_inside(&log);
    assert!(most.len() == 5 && most.values().all(|most| *most <= 10), "{most:?}");
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("out")).count(), 500);
}

#[test]
fn d15_a_pool_of_twenty_whoever_asks() {
    let dir = TempDir::new().unwrap();
    let script = "echo in db >>log; echo out db >>log";
    let query = |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pglock"));
        command.args(["--dir", "locks", "-q", "--slots", "20", "db", "-c", script]);
        command.current_dir(&dir).spawn().unwrap()
    };
    let by_hand: Vec<_> = (0..40).map(query).collect();
    let op = format!(r#"{{"cmd":"{script}","locks":[{{"name":"db","slots":20}}]}}"#) + "\n";
    pgrun(dir.path(), &["-j30"], &op.repeat(60));
    for mut run in by_hand {
        assert!(run.wait().unwrap().success());
    }
    assert!(most_inside(&dir.path().join("log"))["db"] <= 20);
    assert_eq!(fs::read_to_string(dir.path().join("log")).unwrap().lines().count(), 200);
}
