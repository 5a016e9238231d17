//! `pgstat` on shared data.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use super::shared;
use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

#[test]
fn a_real_ninja_log_is_read() {
    let Some(folder) = shared("a_real_ninja_log_is_read", "bench") else { return };
    let output = Command::new(env!("CARGO_BIN_EXE_pgstat"))
        .arg("--json")
        .arg(folder.join(".ninja_log"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let figure = |key: &str| report[key].as_f64().unwrap();
    // the last build of the log ends at 406 ms; it ran p1 to p500 two at a time
    assert_eq!((figure("slots"), &report["source"]), (2.0, &"ninja".into()));
    assert!(figure("ops") > 400.0 && figure("ops") <= 500.0, "{report}");
    assert!(figure("work_s") <= 2.0 * figure("wall_s"), "{report}");
}

/// Runs a verb on standard input and gives what it wrote to the scorer of the data; the last
/// line that names the figure, cut into words.
fn scored(
    folder: &Path,
    (verb, input): (&[&str], Vec<u8>),
    (scorer, data): (&str, &str),
) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_pgstat")).args(verb).write_stdin(input).output();
    let output = output.unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    let kept = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(kept.path(), output.stdout).unwrap();
    let told = Command::new("python3")
        .arg(folder.join("tools").join(scorer))
        .args([&folder.join("data").join(data), kept.path()])
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap().split_whitespace().map(str::to_string).collect()
}

/// The number behind a word, the `nth` time it stands there.
fn figure(words: &[String], word: &str, nth: usize) -> f64 {
    let mut places = words.iter().enumerate().filter(|(_, it)| *it == word);
    words[places.nth(nth).unwrap().0 + 1].parse().unwrap()
}

#[test]
fn tasks_that_were_made_slow_stand_out() {
    let Some(folder) = shared("tasks_that_were_made_slow_stand_out", "") else { return };
    for name in ["eht_difmap", "eht_imaging"] {
        let data = format!("runlogs/{name}.ndjson.gz");
        let packed = folder.join("data").join(&data);
        let stripped = Command::new("python3")
            .arg(folder.join("tools/runlog_score.py"))
            .arg("--strip")
            .arg(&packed)
            .output()
            .unwrap()
            .stdout;
        let verb = ["anomalies", "--runs"];
        let words = scored(&folder, (&verb, stripped), ("runlog_score.py", &data));
        assert!(figure(&words, "ROC-AUC", 0) >= 0.82, "{name}: {words:?}");
    }
}

#[test]
fn changes_are_seen_where_people_see_them() {
    let Some(folder) = shared("changes_are_seen_where_people_see_them", "") else { return };
    let input = std::fs::read(folder.join("data/tcpd/series.ndjson")).unwrap();
    let words = scored(&folder, (&["changes"], input), ("tcpd_score.py", "tcpd/series.ndjson"));
    let mean = words.iter().position(|word| word == "MEAN").unwrap();
    let (f1, cover) = (figure(&words[mean..], "F1", 0), figure(&words[mean..], "cover", 0));
    assert!(f1 >= 0.84 && cover >= 0.70, "F1 {f1}, cover {cover}");
}
