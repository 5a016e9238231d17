//! `pgstat compare` and `pgstat check`.

use super::{err, log, out};
use crate::tool;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Logs of so many runs of ten operations, each slower than usual by `factor`.
fn runs(dir: &Path, name: &str, count: u32, factor: f64) -> Vec<String> {
    let paths = (0..count).map(|run| {
        let mut text = r#"{"type":"run.start","version":1,"run":"r","time":1000,"tool":"t","host":"h","pid":1,"argv":[],"jobs":1,"resources":{}}"#.to_string();
        let mut now = 1000.0;
        for op in 0..10 {
            // some spread that is the same each time
            let spread = 1.0 + 0.02 * f64::from((run * 7 + op * 3) % 11);
            let wall = (f64::from(op + 1) * factor * spread * 1e6).round() / 1e6;
            let (start, end) = (now, now + wall);
            let _ = write!(text, "\n{{\"type\":\"op.end\",\"id\":\"op{op}\",\"seq\":{op},\"attempt\":1,\"final\":true,\"slot\":1,\"start\":{start:.6},\"end\":{end:.6},\"wall_s\":{wall:.6},\"user_s\":0,\"system_s\":0,\"max_rss_bytes\":null,\"exit\":0,\"result\":\"success\",\"queued_s\":0,\"out_bytes\":0}}");
            now = end;
        }
        let makespan = now - 1000.0;
        let _ = writeln!(text, "\n{{\"type\":\"run.end\",\"run\":\"r\",\"time\":{now:.6},\"makespan_s\":{makespan:.6},\"counts\":{{\"success\":10}},\"exit\":0}}");
        let path = dir.join(format!("{name}-{run}.ndjson"));
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    });
    paths.collect()
}

#[test]
fn a_regression_beyond_the_limit_is_status_1_and_one_line() {
    let dir = TempDir::new().unwrap();
    let (before, after) = (runs(dir.path(), "a", 6, 1.0), runs(dir.path(), "b", 6, 1.3));
    let compare = |limit: &str| {
        let mut command = tool("pgstat");
        command.args(["compare", "--max-regression", limit, "--before"]).args(&before);
        command.arg("--after").args(&after).output().unwrap()
    };
    let beyond = compare("10%");
    assert_eq!(beyond.status.code(), Some(1), "{}", err(&beyond));
    let last = out(&beyond).lines().last().unwrap().to_string();
    assert!(last.starts_with("regression beyond 10 %: makespan 1.3"), "{last}");
    assert_eq!(err(&beyond), "");
    let within = compare("0.5");
    assert_eq!(within.status.code(), Some(0));
    assert!(out(&within).ends_with("no regression beyond 50 %\n"), "{}", out(&within));
    // a gain is none, and without a limit nothing is
    let gain = tool("pgstat")
        .args(["compare", "--max-regression=0", "--before"])
        .args(&after)
        .arg("--after")
        .args(&before)
        .output()
        .unwrap();
    assert_eq!(gain.status.code(), Some(0), "{}", out(&gain));
    let looked = tool("pgstat")
        .arg("compare")
        .arg("--before")
        .args(&before)
        .arg("--after")
        .args(&after)
        .output()
        .unwrap();
    assert_eq!(looked.status.code(), Some(0));
    assert!(out(&looked).contains("10 of 10 operations changed"), "{}", out(&looked));
}

#[test]
fn the_same_runs_have_not_changed_whatever_form_they_are_told_in() {
    let dir = TempDir::new().unwrap();
    runs(&dir.path().join("."), "a", 5, 1.0);
    let folder = dir.path().to_str().unwrap();
    let same = |form: &[&str]| {
        let args = ["compare", folder, folder, "--max-regression", "0%"];
        let same = tool("pgstat").args(args).args(form).output().unwrap();
        assert_eq!(same.status.code(), Some(0), "{}", err(&same));
        out(&same)
    };
    let records = same(&["--json"]);
    assert!(
        records
            .lines()
            .all(|line| line.contains(r#""change":"no change""#)
                || line.contains(r#""baseline":null"#)),
        "{records}"
    );
    assert_eq!(same(&["--csv"]).lines().count(), records.lines().count() + 1);
    assert_eq!(same(&[]), same(&[]), "the seed is fixed");
}

#[test]
fn what_cannot_be_compared_is_told() {
    let dir = TempDir::new().unwrap();
    let empty = dir.path().join("empty");
    fs::write(&empty, "").unwrap();
    let lock = log("lock.ndjson");
    let (empty, lock) = (empty.to_str().unwrap(), lock.to_str().unwrap());
    for (args, code, says) in [
        (&["compare", lock][..], 2, "name the logs before and after"),
        (&["compare", "-", "-"], 2, "standard input can be read once"),
        (&["compare", lock, empty], 65, "no run in it"),
        (&["compare", lock, lock, "--max-regression", "much"], 2, "write a share, such as 10%"),
        (&["compare", lock, "/nonexistent"], 65, "/nonexistent: No such file"),
    ] {
        let refused = tool("pgstat").args(args).output().unwrap();
        assert_eq!(refused.status.code(), Some(code), "{args:?} {}", err(&refused));
        assert!(err(&refused).contains(says), "{args:?}: {}", err(&refused));
    }
}

#[test]
fn exports_of_hyperfine_are_compared_command_by_command() {
    let dir = TempDir::new().unwrap();
    let times = |name: &str, factor: f64| {
        let times: Vec<String> =
            (0..10).map(|n| (factor * (1.0 + 0.01 * f64::from(n))).to_string()).collect();
        let text = format!(
            "{{\n  \"results\": [\n    {{\n      \"command\": \"{name}\",\n      \"mean\": {factor},\n      \"user\": 0.1,\n      \"system\": 0.0,\n      \"times\": [{}]\n    }}\n  ]\n}}\n",
            times.join(",\n")
        );
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    // under two names: each side has one command, so they are what is compared
    let (old, new) = (times("old", 1.0), times("new", 1.25));
    let slower =
        tool("pgstat").args(["compare", &old, &new, "--max-regression", "20%"]).output().unwrap();
    assert_eq!(slower.status.code(), Some(1), "{}{}", out(&slower), err(&slower));
    let cut = fs::read_to_string(&old).unwrap();
    fs::write(&new, &cut[..cut.len() / 2]).unwrap();
    let torn = tool("pgstat").args(["compare", &old, &new]).output().unwrap();
    assert_eq!(torn.status.code(), Some(65));
    assert!(err(&torn).contains("is cut off"), "{}", err(&torn));
}

#[test]
fn targets_are_met_missed_or_not_measured() {
    let dir = TempDir::new().unwrap();
    let slots = log("slots.ndjson");
    let check = |text: &str| {
        let targets = dir.path().join("targets");
        fs::write(&targets, text).unwrap();
        let checked =
            tool("pgstat").args(["check", "--target"]).arg(&targets).arg(&slots).output().unwrap();
        (checked.status.code().unwrap(), out(&checked), err(&checked))
    };
    // the work is 8 s by hand
    let (code, told, said) = check("work <= 8s\nwork >= 8s # both sides\n");
    assert_eq!((code, said.as_str()), (0, ""), "{told}");
    let (code, told, said) = check("work <= 7.9s\nwork >= 7s\nmemory <= 80%\n");
    assert_eq!(code, 1, "{told}");
    assert_eq!(said, "pgstat: 1 of 3 targets missed; 1 not measured\n");
    let ends: Vec<&str> =
        told.lines().skip(1).map(|line| line.rsplit("  ").next().unwrap()).collect();
    assert_eq!(ends, ["missed", "met", "not measured"], "{told}");
    assert!(told.contains("8.000 s  -100.0 ms"), "{told}");
    let (code, _, said) = check("memory <= 80%\n");
    assert_eq!(code, 65);
    assert!(said.contains("none of the targets could be measured"), "{said}");
    let (code, told, said) = check("# first\nmakspan <= 3s\n");
    assert_eq!((code, told.as_str()), (2, ""));
    assert!(
        said.contains("targets:2:1: no metric \"makspan\"; there are makespan, work,"),
        "{said}"
    );
    let (code, _, said) = check("# nothing\n");
    assert_eq!(code, 2);
    assert!(said.contains("no target in it"), "{said}");
}
