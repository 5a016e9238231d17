//! The cause of a slow run, on runs whose cause is known.

mod machine;
mod runner;
mod table;
mod tell;

use crate::tool;
use serde_json::Value;

/// Of the forty at least so many: 95 %.
const NAMED: usize = 38;

/// The words of all bottlenecks of a run, the worst first.
fn ranked(logs: &tell::Logs, folder: &std::path::Path) -> Vec<String> {
    let (events, samples) = (folder.join("run.ndjson"), folder.join("samples.ndjson"));
    std::fs::write(&events, &logs.events).unwrap();
    std::fs::write(&samples, &logs.samples).unwrap();
    let output = tool("pgstat").args(["bottleneck", "--json"]).args([events, samples]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let rows = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    rows.map(|row| row["cause"].as_str().unwrap().to_string()).collect()
}

#[test]
fn the_cause_that_was_put_into_a_run_is_named_first() {
    let folder = tempfile::tempdir().unwrap();
    let rows = table::rows();
    assert_eq!(rows.len(), 40);
    let mut wrong = Vec::new();
    for (row, seed) in rows.iter().zip(1..) {
        let logs = tell::logs(row, seed);
        let told = ranked(&logs, folder.path());
        if told.first() != Some(&row.cause) {
            wrong.push(format!("{seed}: {} but {told:?}", row.cause));
        }
    }
    assert!(rows.len() - wrong.len() >= NAMED, "{wrong:#?}");
}

#[test]
fn what_sleeps_beside_small_steady_traffic_does_not_wait_for_the_network() {
    let folder = tempfile::tempdir().unwrap();
    // 70,000 bytes a second of strangers
    let row = table::row("slots | cpus=4 slots=2 othernet=.07 | 30*wait=2");
    let told = ranked(&tell::logs(&row, 1), folder.path());
    assert_eq!(told, ["slots", "path"]);
    // the same where the operations move as much as the link carries
    let row = table::row("network | cpus=4 slots=2 net=5 othernet=.07 | 30*net=5");
    assert_eq!(ranked(&tell::logs(&row, 1), folder.path()).first(), Some(&row.cause));
}
