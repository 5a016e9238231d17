//! `pgplan` on shared data.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use crate::shared;
use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

type Row = BTreeMap<String, String>;

fn table(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_string));
    let head: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| head.iter().cloned().zip(cells).collect()).collect()
}

fn pgplan() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pgplan"))
}

fn summary(file: &Path, order: &str) -> Value {
    let out = pgplan().args(["summary", "--order", order]).arg(file).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let missing = !record["no_body"].as_array().unwrap().is_empty();
    assert_eq!(out.status.code(), Some(i32::from(missing)), "{}", file.display());
    record
}

/// `-` is none, else words between commas.
fn words(cell: &str) -> Vec<&str> {
    if cell == "-" { Vec::new() } else { cell.split(',').collect() }
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

#[test]
fn every_module_file_is_what_is_expected() {
    let Some(folder) = shared("every_module_file_is_what_is_expected", "data/modules") else {
        return;
    };
    let rows = table(&folder.join("EXPECTED.tsv"));
    assert!(rows.len() >= 20);
    for row in rows {
        let (auto, list) = (
            summary(&folder.join(&row["file"]), "auto"),
            summary(&folder.join(&row["file"]), "list"),
        );
        let file = &row["file"];
        assert_eq!(auto["dialect"], row["dialect"].as_str(), "{file}");
        for (field, cell) in [
            ("ops", "ops"),
            ("edges", "edges"),
            ("roots", "roots"),
            ("work_s", "sum_s"),
            ("levels", "levels_auto"),
            ("width", "width_auto"),
            ("critical_path_s", "critical_path_auto_s"),
            ("declared_total_s", "declared_total_s"),
        ] {
            assert_eq!(auto[field].as_f64(), number(&row[cell]), "{file} {field}");
        }
        let listed = list["critical_path_s"].as_f64();
        assert_eq!(listed, number(&row["critical_path_list_s"]), "{file}");
        for (field, cell) in [
            ("dangling", "dangling"),
            ("optional_dangling", "optional_dangling"),
            ("unlisted_files", "unlisted_files"),
            ("group_contradictions", "group_contradictions"),
            ("lock_pairs_in_group", "vm_mutex_pairs_in_group"),
        ] {
            assert_eq!(auto[field], Value::from(words(&row[cell])), "{file} {field}");
        }
        for field in ["duplicate_ids", "no_body"] {
            let have = auto[field].as_array().unwrap().len();
            assert_eq!(Some(have as f64), number(&row[field]), "{file} {field}");
        }
    }
}

#[test]
fn levels_width_and_critical_path_of_every_workflow() {
    let test = "levels_width_and_critical_path_of_every_workflow";
    let Some(folder) = shared(test, "data/workflows") else { return };
    let rows = table(&folder.join("stats.tsv"));
    assert!(rows.len() >= 16);
    for row in rows {
        let gzip = std::process::Command::new("gzip")
            .arg("-dc")
            .arg(folder.join(&row["file"]))
            .stderr(Stdio::null())
            .output()
            .unwrap();
        assert!(gzip.status.success());
        let out = pgplan().args(["summary", "-"]).write_stdin(gzip.stdout).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let record: Value = serde_json::from_slice(&out.stdout).unwrap();
        for (field, cell) in [
            ("ops", "tasks"),
            ("edges", "edges"),
            ("levels", "levels"),
            ("width", "max_width"),
            ("critical_path_s", "critical_path_s"),
            ("work_s", "total_work_s"),
        ] {
            // the table is rounded to the millisecond
            let difference = record[field].as_f64().unwrap() - number(&row[cell]).unwrap();
            assert!(difference.abs() < 0.000_6, "{} {field}: {record}", row["file"]);
        }
    }
}

/// The planned order breaks no declared need, on any file.
#[test]
fn no_need_is_violated_on_any_module_file() {
    let test = "no_need_is_violated_on_any_module_file";
    let Some(folder) = shared(test, "data/modules") else { return };
    for row in table(&folder.join("EXPECTED.tsv")) {
        for order in ["auto", "list", "deps"] {
            let out = pgplan()
                .args(["plan", "--keep-unknown", "--cmd", "true {}", "--order", order])
                .arg(folder.join(&row["file"]))
                .output()
                .unwrap();
            let errors = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success(), "{} {errors}", row["file"]);
            let mut ends: BTreeMap<String, f64> = BTreeMap::new();
            for line in String::from_utf8(out.stdout).unwrap().lines() {
                let op: Value = serde_json::from_str(line).unwrap();
                let Some(id) = op["id"].as_str() else { continue };
                let start = op["start"].as_f64();
                for need in op["needs"].as_array().into_iter().flatten() {
                    let end = ends[need.as_str().unwrap()];
                    assert!(start.is_none_or(|start| start >= end), "{} {id}", row["file"]);
                }
                ends.insert(id.to_string(), op["end"].as_f64().unwrap_or(0.0));
            }
        }
    }
}

#[test]
fn the_demo_module_is_planned_at_the_least_possible() {
    let test = "the_demo_module_is_planned_at_the_least_possible";
    let Some(folder) = shared(test, "data/modules") else { return };
    let plan = |order: &str| -> Value {
        let out = pgplan()
            .args(["plan", "--order", order, "--vars"])
            .arg(folder.join("stubs/vars.env"))
            .arg(folder.join("golden-image/module.yaml"))
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    };
    assert_eq!(plan("auto")["makespan_s"], 480);
    assert_eq!(plan("deps")["makespan_s"], 420);
}

/// Each normal run of a real log from the middle on, from those before it: the makespan is
/// told better than by the median of all earlier runs.
#[test]
fn makespans_are_told_better_than_by_their_median() {
    let test = "makespans_are_told_better_than_by_their_median";
    let Some(folder) = shared(test, "data/runlogs") else { return };
    let gzip = std::process::Command::new("gzip")
        .arg("-dc")
        .arg(folder.join("eht_imaging.ndjson.gz"))
        .output()
        .unwrap();
    assert!(gzip.status.success());
    let mut intake = stat::PastIntake::default();
    let mut odd = std::collections::BTreeSet::new();
    for line in gzip.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        intake.line(line).unwrap();
        let task: Value = serde_json::from_slice(line).unwrap();
        if task["label"] != "normal" {
            odd.insert(task["run"].as_str().unwrap().to_string());
        }
    }
    let mut runs: Vec<plan::history::Run> =
        intake.finish().runs.into_iter().map(|past| past.run).collect();
    runs.retain(|run| !odd.contains(&run.name));
    runs.sort_by(|a, b| a.name.cmp(&b.name));
    let makespan = |run: &plan::history::Run| run.makespan.unwrap().as_f64();
    let (mut told, mut by_median) = (0.0, 0.0);
    for at in runs.len() / 2..runs.len() {
        let past = plan::history::History::new(runs[..at].to_vec());
        let whole = past.outlook(Some(&runs[at].name)).makespan().unwrap();
        told += (whole.median.as_f64() - makespan(&runs[at])).abs();
        let mut earlier: Vec<f64> = runs[..at].iter().map(makespan).collect();
        earlier.sort_by(f64::total_cmp);
        let median = f64::midpoint(earlier[at / 2], earlier[(at - 1) / 2]);
        by_median += (median - makespan(&runs[at])).abs();
    }
    assert!(told <= 0.97 * by_median, "{}", told / by_median);
}
