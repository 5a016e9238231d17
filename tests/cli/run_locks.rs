//! `pgrun` with locks that cannot be used: that operation fails, the others go on.

use crate::tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Far more than a run takes that does not hang.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// The result of each operation, and the kinds of events about locks.
fn told(events: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut results, mut locks) = (BTreeMap::new(), Vec::new());
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let (kind, id) = (event["type"].as_str().unwrap(), event["id"].as_str().unwrap_or(""));
        if kind == "op.skip" || kind == "op.end" {
            results.insert(id.to_string(), event["result"].as_str().unwrap().to_string());
        } else if kind.starts_with("lock.") {
            locks.push(format!("{kind} {} {id}", event["name"].as_str().unwrap()));
        }
    }
    (results, locks)
}

fn results(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(id, result)| (id.to_string(), result.to_string())).collect()
}

#[test]
fn who_cannot_have_its_second_lock_gives_back_the_first() {
    let dir = TempDir::new().unwrap();
    // nobody can open this one for writing
    fs::create_dir_all(dir.path().join("locks/n.lock")).unwrap();
    let ops = r#"{"id":"both","cmd":["true"],"locks":["m","n"]}
{"id":"one","cmd":["true"],"locks":["m"]}
{"id":"none","cmd":["true"]}"#;
    let mut run = tool("pgrun");
    run.current_dir(&dir).args(["-j4", "--lock-dir", "locks"]).timeout(HANGS_AFTER);
    let output = run.write_stdin(ops).output().unwrap();
    let (decided, locks) = told(std::str::from_utf8(&output.stdout).unwrap());
    let right = [("both", "error"), ("one", "success"), ("none", "success")];
    assert_eq!(decided, results(&right));
    let right = ["lock.take m both", "lock.drop m both", "lock.take m one", "lock.drop m one"];
    assert_eq!(locks, right);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nobody_stands_behind_one_who_could_not_stand_in_line() {
    let dir = TempDir::new().unwrap();
    let mut holder = Command::new(env!("CARGO_BIN_EXE_pglock"));
    holder.args(["--dir", "locks", "m", "sh", "-c", "echo in; read x || :"]);
    holder.current_dir(&dir).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    holder.stdout.as_mut().unwrap().read_exact(&mut [0; 3]).unwrap();
    // no file can be written, as on a full disk: the queue of the lock neither
    let ops = r#"{"id":"a","cmd":["true"],"locks":["m"]}
{"id":"b","cmd":["true"],"locks":["m"]}
{"id":"none","cmd":["true"]}"#;
    let full = "trap '' XFSZ; ulimit -f 0; exec \"$PGRUN\" -j4 --lock-dir locks";
    let mut run = assert_cmd::Command::new("sh");
    run.args(["-c", full]).env("PGRUN", env!("CARGO_BIN_EXE_pgrun"));
    run.current_dir(Path::new(dir.path())).timeout(HANGS_AFTER);
    let output = run.write_stdin(ops).output().unwrap();
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    let (decided, _) = told(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(decided, results(&[("a", "error"), ("b", "error"), ("none", "success")]));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_lock_that_is_asked_for_in_two_ways_is_held_alone() {
    let dir = TempDir::new().unwrap();
    let ops = r#"{"cmd":"$PGLOCK --dir locks -qns m true; echo $?","locks":[{"name":"m","shared":true},"m"]}"#;
    let mut run = tool("pgrun");
    run.current_dir(&dir).args(["--lock-dir", "locks"]).timeout(HANGS_AFTER);
    run.env("PGLOCK", env!("CARGO_BIN_EXE_pglock"));
    let output = run.write_stdin(ops).output().unwrap();
    assert_eq!(std::str::from_utf8(&output.stderr).unwrap(), "75\n");
}

#[test]
fn a_deadlock_with_operations_that_wait_in_our_own_line_is_seen() {
    let dir = TempDir::new().unwrap();
    let pglock = env!("CARGO_BIN_EXE_pglock");
    let mut holder = Command::new(pglock);
    let script = format!("echo in; read x; {pglock} -q --dir locks a2 true");
    holder.args(["--dir", "locks", "b", "sh", "-c", &script]);
    holder.current_dir(&dir).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    holder.stdout.as_mut().unwrap().read_exact(&mut [0; 3]).unwrap();
    // the first stands in the queue of b, the second behind it, and has a2
    let ops = r#"{"id":"first","cmd":["true"],"locks":["a1","b"]}
{"id":"second","cmd":["true"],"locks":["a2","b"]}"#;
    fs::write(dir.path().join("ops"), ops).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_pgrun"));
    run.args(["-j4", "--lock-dir", "locks", "--ops", "ops"]).current_dir(&dir);
    let run = run.env_remove("MAKEFLAGS").stdout(Stdio::null()).spawn().unwrap();
    let look = || {
        let mut look = tool("pglock");
        look.current_dir(&dir).args(["--dir", "locks", "--deadlock"]).timeout(HANGS_AFTER);
        let output = look.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    // until both stand there; nobody waits for a2 yet
    let waiting = || {
        let mut who = tool("pglock");
        who.current_dir(&dir).args(["--dir", "locks", "--who", "b"]).output().unwrap().stdout
    };
    while String::from_utf8(waiting()).unwrap().matches("waits").count() < 2 {}
    assert_eq!(look(), (Some(0), "no deadlock\n".to_string()));
    drop(holder.stdin.take());
    let told = loop {
        if let (Some(1), told) = look() {
            break told;
        }
    };
    assert!(told.contains("second: ") && told.contains("waits for a2"), "{told}");
    // the remedy: the one by hand is ended, with what it runs
    let pids: Vec<&str> = told.split("pid ").skip(1).filter_map(|t| t.split(' ').next()).collect();
    let of_run = run.id().to_string();
    for pid in pids.into_iter().filter(|pid| *pid != of_run) {
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
    }
    holder.wait().unwrap();
    assert!(run.wait_with_output().unwrap().status.success());
}
