//! `pgstat anomalies --runs`.

use super::{err, out, pgstat};
use crate::tool;
use serde_json::Value;
use std::fs;

/// Runs of three tasks each; in run 7 the second takes three times as long.
fn log(end: &str) -> String {
    let mut text = String::new();
    for run in 0..12 {
        for (place, id) in ["fetch", "build", "test"].iter().enumerate() {
            let slow = if (run, place) == (7, 1) { 3.0 } else { 1.0 };
            let runtime = 10.0 * (place + 1) as f64 * slow + f64::from((run * 7) % 5) * 0.1;
            text += &format!(
                "{{\"run\":\"r{run}\",\"id\":\"{id}\",\"runtime_s\":{runtime},\"cpu_s\":null,\"x\":[]}}{end}"
            );
        }
    }
    text
}

#[test]
fn a_line_for_every_line_and_nothing_else() {
    let output = pgstat(&["anomalies", "--runs"], &log("\r\n"));
    assert_eq!((err(&output), output.status.code()), (String::new(), Some(0)));
    let text = out(&output);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 36);
    for (line, place) in text.lines().zip(0..) {
        let (run, id) = (place / 3, ["fetch", "build", "test"][place % 3]);
        let begin = format!("{{\"run\":\"r{run}\",\"id\":\"{id}\",\"anomaly_score\":");
        assert!(line.starts_with(&begin), "{line}");
    }
    let score = |line: &Value| line["anomaly_score"].as_f64().unwrap();
    let worst = lines.iter().max_by(|a, b| score(a).total_cmp(&score(b))).unwrap();
    assert_eq!((&worst["run"], &worst["id"]), (&"r7".into(), &"build".into()));
}

/// Figures of another program (in Python) made from the description alone.
#[test]
fn the_scores_are_what_the_page_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/tasks.ndjson");
    let text = out(&pgstat(&["anomalies", "--runs", file], ""));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (place, run, id, score) in [
        (0, "night-1", "fetch", 2.912),
        (7, "night-3", "build", 7.2218),
        (13, "night-5", "build", 15.9701),
        (23, "night-8", "test", 8.2052),
    ] {
        let line = &lines[place];
        assert_eq!((&line["run"], &line["id"]), (&run.into(), &id.into()));
        let told = line["anomaly_score"].as_f64().unwrap();
        assert!((told - score).abs() < 1e-3, "{run} {id}: {told}, not {score}");
    }
}

#[test]
fn events_of_several_runs_are_read_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec!["anomalies".to_string(), "--runs".to_string()];
    for run in 0..3 {
        let file = folder.path().join(format!("{run}.ndjson")).display().to_string();
        let done = tool("pgrun")
            .args(["-j2", "--events", &file, "echo {}", ":::", "a", "b"])
            .output()
            .unwrap();
        assert!(done.status.success());
        args.push(file);
    }
    let output = tool("pgstat").args(&args).output().unwrap();
    assert_eq!((err(&output), output.status.code()), (String::new(), Some(0)));
    let lines: Vec<Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let runs: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line["run"].as_str().unwrap()).collect();
    assert_eq!((lines.len(), runs.len()), (6, 3));
    // a torn last line is told, the others are scored
    let text = fs::read_to_string(&args[2]).unwrap();
    fs::write(&args[2], &text[..text.len() - 20]).unwrap();
    let output = tool("pgstat").args(&args).output().unwrap();
    assert_eq!((out(&output).lines().count(), output.status.code()), (6, Some(65)));
    assert!(err(&output).contains("is the line cut off?"), "{}", err(&output));
}

#[test]
fn what_cannot_be_scored_is_said() {
    let output = pgstat(&["anomalies", "--runs"], "");
    assert_eq!(output.status.code(), Some(65));
    assert!(err(&output).starts_with("pgstat: no task of a run in the input; give"));
    let output =
        pgstat(&["anomalies", "--runs"], "{\"run\":\"a\",\"id\":\"b\",\"runtime_s\":true}\n");
    assert_eq!((output.status.code(), out(&output)), (Some(65), String::new()));
    assert_eq!(err(&output), "pgstat: standard input:1:33: \"runtime_s\": true is no number\n");
    let output =
        pgstat(&["anomalies", "--runs"], "{\"run\":\"a\",\"id\":\"b\",\"runtime_s\":1}\nhello\n");
    assert_eq!(out(&output), "{\"run\":\"a\",\"id\":\"b\",\"anomaly_score\":0.0}\n");
    assert_eq!(
        err(&output),
        "pgstat: passed over 1 line that is no task of a run\n\
         pgstat: only one run was read: its tasks are held against each other; give the logs of several runs\n"
    );
}
