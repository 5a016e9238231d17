//! `--import-config`: another system's YAML as a file of options.

use super::*;

/// Writes a file into a folder, imports it, and gives the folder and what came.
fn import(text: &str, args: &[&str]) -> (TempDir, Output) {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("old.yaml"), text).unwrap();
    let output = run_in(&dir, &[&["--import-config", "old.yaml"], args].concat());
    (dir, output)
}

fn run_in(dir: &TempDir, args: &[&str]) -> Output {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_pgrun"));
    for name in ["PARALLEL", "PGRUN_OPTIONS", "XDG_CONFIG_HOME", "PARALLEL_HOME", "CI"] {
        command.env_remove(name);
    }
    command.env("HOME", dir.path()).current_dir(dir.path()).args(args).output().unwrap()
}

fn options(output: &Output) -> Vec<String> {
    let text = out(output);
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_string).collect()
}

const OLD: &str = "\
# a node
parallel:
  max_workers: 8
  Timeout: 300
  total-timeout: 30m
errorAction: Stop
retry:
  max_attempts: 3
  delay_ms: 100
resources:
  memory_limit_gb: 4
  network_mbps: 100
  cpu_threshold: 0.8
memory: {limit: 4GiB, threshold: 80%}
progress: true
verbose: false
batching: {enabled: false, size: 10}
";

#[test]
fn what_was_imported_is_read_back_with_its_place() {
    let (dir, output) = import(OLD, &[]);
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
    let expected = [
        "--jobs=8",
        "--timeout=300s",
        "--total-timeout=30m",
        "--on-failure=stop",
        "--retries=3",
        "--retry-delay=100ms",
        "--resource=memory=4GiB",
        "--resource=network=100",
        "--max-cpu=80",
        "--mem-limit=4GiB",
        "--mem-soft=80",
        "--progress",
    ];
    assert_eq!(options(&output), expected);
    let text = out(&output);
    assert!(text.contains("# line 3: parallel.max_workers\n--jobs=8\n"), "{text}");
    assert!(text.contains("# line 17: batching: it is switched off there"), "{text}");
    std::fs::write(dir.path().join("pg.conf"), &text).unwrap();
    let shown = out(&run_in(&dir, &["--show-config", "-j3"]));
    for word in expected {
        let (name, value) = word[2..].split_once('=').unwrap_or((&word[2..], "yes"));
        let line = text.lines().position(|line| line == word).unwrap() + 1;
        let from = format!("./pg.conf:{line}");
        let (value, from) =
            if name == "jobs" { ("3", "command line") } else { (value, from.as_str()) };
        let is = |row: &str| {
            let cells: Vec<&str> =
                row.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect();
            cells == [name, value, from]
        };
        assert!(shown.lines().any(is), "{name} {value} {from}\n{shown}");
    }
    assert_eq!(out(&run_in(&dir, &["echo", ":::", "a"])), "a\n");
}

#[test]
fn what_has_no_option_is_named_with_its_line_and_what_to_do() {
    let text = "workers: 2\nmax_jobs: 3\ncolour_of_door: red\ncache:\n  ttl: 3600\nkeep_logs_days: 1\n\
                timeout: soon\nmax_memory: 4\njobs: [1, 2]\n";
    let (_, output) = import(text, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(options(&output), ["--jobs=2"]);
    assert!(out(&output).contains("\n# --keep-logs=1d\n"), "{}", out(&output));
    let said = err(&output);
    let starts = [
        "old.yaml:2: max_jobs: --jobs comes from workers in line 1 already",
        "old.yaml:3: colour_of_door: pgrun has no option",
        "old.yaml:5: cache: pgrun keeps no answers",
        "old.yaml:6: keep_logs_days: --keep-logs=1d is not taken from the pg.conf",
        "old.yaml:7: timeout: --timeout soon: ",
        "old.yaml:8: max_memory: 4 of what? Write a unit, such as 4GiB",
        "old.yaml:9: jobs: one value is needed",
    ];
    assert_eq!(said.lines().count(), starts.len(), "{said}");
    for (line, start) in said.lines().zip(starts) {
        assert!(line.starts_with(&format!("pgrun: {start}")), "{line}");
    }
}

#[test]
fn one_of_several_environments_is_put_over_the_rest() {
    let text = "jobs: 4\ntimeout: 60\nenvironments:\n  dev:\n    jobs: 2\n  prod:\n    jobs: 16\n    retries: 2\n";
    let (_, output) = import(text, &["--import-env", "prod"]);
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
    assert_eq!(options(&output), ["--timeout=60s", "--jobs=16", "--retries=3"]);
    let (_, output) = import(&format!("environment: Dev\n{text}"), &[]);
    assert_eq!(options(&output), ["--timeout=60s", "--jobs=2"]);
    let (_, output) = import(text, &[]);
    assert_eq!((options(&output).len(), output.status.code()), (2, Some(1)));
    assert!(
        err(&output).contains("environments.dev: is left out; --import-env"),
        "{}",
        err(&output)
    );
    let (_, output) = import(text, &["--import-env", "test"]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(255)));
    assert!(err(&output).contains("--import-env test: old.yaml has these: dev, prod"));
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    let (_, output) = import("jobs: 4\nlist: [1, 2\nx: 3\n", &[]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(255)));
    assert!(err(&output).starts_with("pgrun: old.yaml:"), "{}", err(&output));
    let (_, output) = import("- a\n- b\n", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("old.yaml:1: the document: it is no map"), "{}", err(&output));
}
