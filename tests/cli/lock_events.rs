//! Events of `pglock`: what several locks and commands that cannot run leave in them.

use crate::tool;
use serde_json::Value;
use std::io::Read as _;
use std::process::{Command, Stdio};
use tempfile::TempDir;

fn events(dir: &TempDir) -> Vec<Value> {
    let log = std::fs::read_to_string(dir.path().join("log")).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_lock_is_given_back_when_the_command_cannot_run() {
    for more in [&[][..], &["--no-fork"]] {
        let dir = TempDir::new().unwrap();
        let mut run = tool("pglock");
        run.current_dir(&dir).args(["--dir", "locks", "--events", "log"]).args(more);
        assert_eq!(run.args(["m", "./no-such"]).output().unwrap().status.code(), Some(127));
        let events = events(&dir);
        let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["lock.take", "lock.drop"], "{more:?}");
    }
}

#[test]
fn a_free_lock_did_not_wait_for_the_one_before() {
    let dir = TempDir::new().unwrap();
    let pglock = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pglock"));
        command.args(["--dir", "locks"]).args(args).current_dir(&dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    };
    let mut holder = pglock(&["a", "sh", "-c", "echo in; read x || :"]).spawn().unwrap();
    holder.stdout.as_mut().unwrap().read_exact(&mut [0; 3]).unwrap();
    let waits = pglock(&["-q", "--events", "log", "a", "b", "--", "true"]).spawn().unwrap();
    while !dir.path().join("log").exists() || events(&dir).is_empty() {
        std::thread::yield_now();
    }
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    assert!(waits.wait_with_output().unwrap().status.success());
    let taken: Vec<(String, f64, f64)> = events(&dir)
        .iter()
        .filter(|event| event["type"] == "lock.take")
        .map(|event| {
            let number = |field: &str| event[field].as_f64().unwrap();
            (event["name"].to_string(), number("time"), number("waited_s"))
        })
        .collect();
    // the wait for b began when a was held, not before
    assert!(taken[0].0.contains('a') && taken[1].0.contains('b'), "{taken:?}");
    assert!(taken[1].1 - taken[1].2 > taken[0].1 - 1e-4, "{taken:?}");
}

#[test]
fn what_is_no_lock_file_keeps_nobody_waiting() {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("locks")).unwrap();
    let mut make = Command::new("mkfifo");
    make.args(["locks/f.lock", "locks/f.book"]).current_dir(&dir);
    assert!(make.status().unwrap().success());
    for look in [&["--list"][..], &["--who", "f"]] {
        let mut run = tool("pglock");
        run.current_dir(&dir).args(["--dir", "locks"]).args(look);
        let output = run.timeout(std::time::Duration::from_secs(60)).output().unwrap();
        assert!(output.status.code().is_some(), "{look:?}: {output:?}");
    }
}
