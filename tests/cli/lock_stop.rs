//! A `pglock` that is stopped, wherever it may be: others are delayed at most, they can
//! give up and go on, and nobody is inside twice.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The calls by which a lock is taken and told of.
const CALLS: [&str; 4] = ["fcntl", "flock", "pwrite64", "openat"];
/// More calls of one kind are not made.
const MOST: usize = 40;

fn pglock(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pglock"));
    command.args(["--dir", "locks"]).args(args).current_dir(dir);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts one that is stopped after its call of this number; `None` if it makes fewer.
fn stopped(dir: &Path, mode: &[&str], (call, number): (&str, usize)) -> Option<Child> {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o", "trace", "-e", &format!("trace={call}")]);
    strace.args(["-e", &format!("inject={call}:signal=SIGSTOP:when={number}")]);
    strace.arg(env!("CARGO_BIN_EXE_pglock")).args(["--dir", "locks", "-q"]).args(mode);
    strace.args(["l", "sh", "-c", "flock -n held echo >>inside || echo twice >>inside"]);
    let _ = fs::remove_file(dir.join("trace"));
    let mut child = strace.current_dir(dir).stdin(Stdio::null()).spawn().unwrap();
    loop {
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        let told = fs::read_to_string(dir.join("trace")).unwrap_or_default();
        if told.contains("--- stopped by SIGSTOP ---") {
            return Some(child);
        }
        std::thread::yield_now();
    }
}

fn child_of(pid: u32) -> Option<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    list.split_whitespace().next()?.parse().ok()
}

fn sweep(mode: &[&str]) {
    if !Path::new("/usr/bin/strace").exists() {
        println!("skipped: strace is not installed");
        return;
    }
    let dir = TempDir::new().unwrap();
    for call in CALLS {
        for number in 1..MOST {
            let Some(mut stuck) = stopped(dir.path(), mode, (call, number)) else { break };
            let place = format!("{mode:?}, {call} {number}");
            // who does not wait, who waits a little, who waits to the end
            let work = ["l", "sh", "-c", "flock -n held echo >>inside || echo twice >>inside"];
            let run = |options: &[&str]| {
                let words: Vec<&str> = options.iter().chain(mode).chain(&work).copied().collect();
                pglock(dir.path(), &words)
            };
            for options in [&["-q", "-n"][..], &["-q", "-w", "0.01"]] {
                let status = run(options).status().unwrap().code();
                assert!(
                    matches!(status, Some(0 | 75)),
                    "{place}: {options:?} ended with {status:?}"
                );
            }
            let looked = pglock(dir.path(), &["--who", "l"]).status().unwrap();
            assert!(looked.success(), "{place}");
            let mut last = run(&["-q"]).spawn().unwrap();
            let pid = child_of(stuck.id()).unwrap().to_string();
            assert!(Command::new("kill").args(["-CONT", &pid]).status().unwrap().success());
            assert!(stuck.wait().unwrap().success(), "{place}");
            assert!(last.wait().unwrap().success(), "{place}");
        }
    }
    let inside = fs::read_to_string(dir.path().join("inside")).unwrap();
    assert!(!inside.contains("twice") && inside.lines().count() > 20, "{inside}");
}

#[test]
fn one_that_is_stopped_while_it_takes_the_lock_alone() {
    sweep(&["-x"]);
}

#[test]
fn one_that_is_stopped_while_it_takes_slots() {
    sweep(&["--slots", "2", "--take", "2"]);
}
