//! Judges from what the commands themselves wrote down, from who is alive, from the
//! events and the status; never from what a runner says alone.

use crate::row::Verdict;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A process that still carries the marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// Its number.
    pub pid: i32,
    /// Its state, as in /proc/PID/stat.
    pub state: char,
    /// Its command line, words divided by blanks.
    pub command: String,
}

/// Every process with `PG_TEST=marker` in its environment; zombies have none.
pub fn survivors(marker: &str) -> Vec<Survivor> {
    let wanted = format!("PG_TEST={marker}");
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.parse::<i32>().ok()
    });
    let marked = pids.filter(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|b| *b == 0).any(|entry| entry == wanted.as_bytes())
    });
    marked
        .filter_map(|pid| {
            let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let state = stat.rsplit_once(") ")?.1.chars().next()?;
            let command = String::from_utf8_lossy(&words).replace('\0', " ").trim().to_string();
            Some(Survivor { pid, state, command })
        })
        .collect()
}

/// What the commands of a scene wrote into its log.
#[derive(Debug, Default)]
pub struct Story {
    /// Starts of each key.
    pub starts: BTreeMap<String, usize>,
    /// Ends of each key, with their statuses in order.
    pub ends: BTreeMap<String, Vec<i32>>,
    /// Keys of which two copies were at work at once (`Scene::op_alone` tells).
    pub twice: BTreeSet<String>,
    /// Other lines that a row's command wrote.
    pub said: Vec<String>,
}

impl Story {
    /// Reads a log.
    pub fn of(text: &str) -> Story {
        let mut story = Story::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["start", key, _] => *story.starts.entry(key.into()).or_default() += 1,
                ["end", key, _, status] => {
                    story.ends.entry(key.into()).or_default().push(status.parse().unwrap_or(-1));
                }
                ["twice", key, _] => {
                    story.twice.insert(key.into());
                }
                _ => story.said.push(line.to_string()),
            }
        }
        story
    }

    /// Starts in all.
    pub fn started(&self) -> usize {
        self.starts.values().sum()
    }

    /// Ends in all, whatever their status.
    pub fn ended(&self) -> usize {
        self.ends.values().map(Vec::len).sum()
    }

    /// Keys with at least one end of status 0.
    pub fn succeeded(&self) -> BTreeSet<&str> {
        let well = self.ends.iter().filter(|(_, statuses)| statuses.contains(&0));
        well.map(|(key, _)| key.as_str()).collect()
    }
}

/// Records of a text, each a whole line.
pub fn events(text: &str) -> Result<Vec<Value>, Verdict> {
    if !text.is_empty() && !text.ends_with('\n') {
        return Err(Verdict::Broken(format!("a torn record: {:?}", text.lines().last())));
    }
    let parsed = text.lines().map(|line| {
        serde_json::from_str(line).map_err(|e| Verdict::Broken(format!("{e} in {line:?}")))
    });
    parsed.collect()
}

/// The events of a run that came to its end agree with themselves and with its status:
/// framed by `run.start` and `run.end`, an `op.end` for each `op.start`, one decision for
/// each operation, the exit status told.
pub fn agree(events: &[Value], status: i32) -> Result<(), Verdict> {
    let of = |kind: &str| events.iter().filter(|e| e["type"] == kind).count();
    let broken = |what: String| Err(Verdict::Broken(what));
    if of("run.start") != 1 || of("run.end") != 1 {
        return broken(format!("{} run.start, {} run.end", of("run.start"), of("run.end")));
    }
    if of("op.start") != of("op.end") {
        return broken(format!("{} op.start, {} op.end", of("op.start"), of("op.end")));
    }
    let mut decided = BTreeSet::new();
    for event in events.iter().filter(|e| e["type"] == "op.skip" || e["final"] == true) {
        if !decided.insert(event["id"].to_string()) {
            return broken(format!("{} is decided twice", event["id"]));
        }
    }
    let last = events.iter().find(|e| e["type"] == "run.end").unwrap_or(&Value::Null);
    let told = match (&last["signal"], &last["exit"]) {
        (Value::Number(signal), _) => signal.as_i64().map(|signal| 128 + signal),
        (_, exit) => exit.as_i64(),
    };
    if told != Some(i64::from(status)) {
        return broken(format!("run.end says {told:?}, the status is {status}"));
    }
    Ok(())
}
