//! `pgrun` from outside; a file a subject.

mod acted;
mod adapt;
mod admission;
mod batch;
mod budget;
mod ci;
mod config;
mod control;
mod edges;
mod ending;
mod history;
mod import;
mod joblog;
mod lines;
mod live;
mod load;
mod log;
mod modes;
mod output;
mod outputs;
mod pipe;
mod places;
mod plans;
mod pressure;
mod redact;
mod remote;
mod results;
mod sandbox;
mod slot_init;
mod tags;
mod tuning;
mod warm;

use crate::tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

fn pgrun(args: &[&str], input: &str) -> Output {
    tool("pgrun").args(args).write_stdin(input).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The `op.end` or `op.skip` that decides each operation, by id.
fn decided(events: &[Value]) -> BTreeMap<String, Value> {
    let decides = |e: &&Value| e["type"] == "op.skip" || e["final"] == true;
    events
        .iter()
        .filter(decides)
        .map(|e| (e["id"].as_str().unwrap().to_string(), e.clone()))
        .collect()
}

/// Runs a plan; its status, decisions and standard error.
fn plan(args: &[&str], ops: &str) -> (i32, BTreeMap<String, Value>, String) {
    let output = pgrun(args, ops);
    let events = events(&out(&output));
    assert_eq!(events.first().unwrap()["type"], "run.start");
    assert_eq!(events.last().unwrap()["type"], "run.end");
    assert_eq!(events.last().unwrap()["exit"], output.status.code().unwrap());
    (output.status.code().unwrap(), decided(&events), err(&output))
}

/// A started `pgrun` whose standard input and output are ours.
fn started(args: &[&str], dir: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pgrun"))
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn fifo(dir: &TempDir, name: &str) -> String {
    let path = dir.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path.to_str().unwrap().to_string()
}

/// Runs a shell script that has pgrun on its path as `$P`; its standard output.
fn script(dir: &Path, text: &str) -> String {
    let output = Command::new("bash")
        .args(["-c", text])
        .current_dir(dir)
        .env("P", env!("CARGO_BIN_EXE_pgrun"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}
