//! `pgstat` from outside: a file a verb, and here the report.

mod anomalies;
mod changes;
mod compare;
mod day;
mod export;
mod harm;
mod html;
mod letters;
mod packed;
mod runs;
mod scaling;
mod series;
mod tasks;

use crate::tool;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Output;

fn log(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/examples/runs").join(name)
}

fn pgstat(args: &[&str], input: &str) -> Output {
    tool("pgstat").args(args).write_stdin(input).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The report of one log, and its findings.
fn report(name: &str) -> (Value, Vec<Value>) {
    let output = tool("pgstat").arg("--json").arg(log(name)).output().unwrap();
    assert_eq!(err(&output), "", "{name}");
    let mut records: Vec<Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (records.remove(0), records)
}

#[test]
fn version_names_the_records() {
    let out = tool("pgstat").arg("--version").output().unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "pgstat 0.1.0 (records version 1)\n");
}

/// One log a cause; every figure here was worked out by hand.
#[test]
fn every_cause_is_named() {
    for (name, bound, bound_s, wall, work, quality) in [
        ("slots.ndjson", "slots", 2.0, 2.0, 8.0, 1.0),
        ("path.ndjson", "path", 10.0, 10.0, 14.0, 1.0),
        ("lock.ndjson", "lock:msi", 8.0, 8.0, 9.0, 0.28125),
        ("resource.ndjson", "resource:memory", 3.0, 3.0, 6.0, 0.333333),
        ("retries.ndjson", "retries", 6.0, 7.0, 4.0, 0.285714),
    ] {
        let (report, findings) = report(name);
        let figure = |key: &str| report[key].as_f64().unwrap();
        assert_eq!(report["bound"], bound, "{name}");
        assert_eq!(figure("bound_s"), bound_s, "{name}");
        assert_eq!((figure("wall_s"), figure("work_s")), (wall, work), "{name}");
        assert_eq!(figure("schedule_quality"), quality, "{name}");
        assert_eq!(findings.len(), 1, "{name}");
        assert_eq!(findings[0]["code"], format!("bound-by-{bound}"), "{name}");
        assert_eq!(findings[0]["value"], bound_s, "{name}");
        let lost: f64 =
            report["lost_s"].as_object().unwrap().values().filter_map(Value::as_f64).sum();
        assert_eq!(lost, wall, "{name}");
    }
    // 20 operations of 10 ms on 2 slots, 40 ms idle before each: 0.4 of 0.5 s
    let (report, _) = report("start.ndjson");
    assert_eq!(report["bound"], "start");
    let bound = report["bound_s"].as_f64().unwrap();
    assert!((0.39..=0.41).contains(&bound), "{bound}");
}

#[test]
fn eight_sleeps_on_four_slots_are_four_times_as_fast() {
    let (report, _) = report("slots.ndjson");
    assert_eq!((&report["speedup"], &report["utilisation"]), (&4.0.into(), &1.0.into()));
    assert_eq!((&report["throughput"], &report["slots"]), (&4.0.into(), &4.into()));
    assert_eq!(report["counts"]["success"], 8);
}

#[test]
fn the_table_says_it_all_at_a_glance() {
    let output = tool("pgstat").arg(log("lock.ndjson")).output().unwrap();
    let want = "\
run lock
bound by lock:msi: the last operation waited for it or held it 8.000 s of 8.000 s wall (100 %)
  hold the lock for less of the operation, or split what it protects; more slots change nothing

wall            8.000 s  speedup           1.12
work            9.000 s  utilisation       28 %
critical path   2.000 s  schedule quality  0.28
slots                 4  throughput        0.62/s
operations            5  results           5 success
failed           0 %     retried           0 %
run in all      8.000 s
durations: mean 1.800 s, median 2.000 s, p95 2.000 s, p99 2.000 s, longest 2.000 s

where the wall went
  lock:msi   6.000 s   75 %
  path       2.000 s   25 %

to blame
      time  cause     who               behind whom
   6.000 s  lock:msi  install-4 waited  behind install-3
   4.000 s  lock:msi  install-3 waited  behind install-2
   2.000 s  lock:msi  install-2 waited  behind install-1
   2.000 s  path      install-4 ran

what a change would save
      gain             then  change                           why
   4.000 s   50 %   4.000 s  lock msi: 2 at once              75 % of the wall went to lock:msi
   4.000 s   50 %   4.000 s  msiexec install-#: half as long  25 % of the wall went to path

critical path as it happened
     start       ran  operation  gave
   0.000 s   2.000 s  install-1  lock:msi
   2.000 s   2.000 s  install-2  lock:msi
   4.000 s   2.000 s  install-3  lock:msi
   6.000 s   2.000 s  install-4

slowest attempts
   2.000 s  install-1
   2.000 s  install-2
   2.000 s  install-3
   2.000 s  install-4
   1.000 s  get-a

locks
    waited    waits      held  lock
  12.000 s        3   8.000 s  msi

longest waits for locks
    waited  lock  who        for whom
   6.000 s  msi   install-4  install-3
   4.000 s  msi   install-3  install-2
   2.000 s  msi   install-2  install-1
";
    assert_eq!(out(&output), want);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_chain_goes_through_needs() {
    let (report, _) = report("path.ndjson");
    let chain: Vec<(&str, &str)> = report["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| (link["id"].as_str().unwrap(), link["gave"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(chain, [("fetch", "need"), ("build", "need"), ("pack", "")]);
    assert_eq!(report["critical_path_s"], 10);
}

#[test]
fn a_pipe_and_a_file_and_a_dash_are_the_same() {
    let text = std::fs::read_to_string(log("lock.ndjson")).unwrap();
    let file = out(&tool("pgstat").arg(log("lock.ndjson")).output().unwrap());
    for args in [&[][..], &["-"], &["report"], &["report", "-"]] {
        assert_eq!(out(&pgstat(args, &text)), file, "{args:?}");
    }
}

#[test]
fn a_file_named_like_a_verb_is_written_with_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(log("slots.ndjson"), folder.path().join("top")).unwrap();
    let output = tool("pgstat").current_dir(folder.path()).arg("./top").output().unwrap();
    assert!(out(&output).starts_with("run slots\n"));
}

#[test]
fn failures_pass_through_the_pipe() {
    let failed = r#"{"type":"run.end","run":"r","time":2,"makespan_s":1,"counts":{"failure":2,"success":1}}"#;
    let output = pgstat(&[], failed);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("error: 2 operations failed\n"), "{}", out(&output));
    assert_eq!(pgstat(&["--exit-zero"], failed).status.code(), Some(0));
    // as records the table's line is on standard error
    let output = pgstat(&["--json"], failed);
    assert_eq!(err(&output), "pgstat: 2 operations failed\n");

    let whole = std::fs::read_to_string(log("slots.ndjson")).unwrap();
    let cut: String = whole.lines().take(12).map(|line| format!("{line}\n")).collect();
    let output = pgstat(&[], &cut);
    assert_eq!(output.status.code(), Some(1));
    let want = "error: the log has no run.end: the run was cut off or still runs; 3 operations had not ended\n";
    assert!(out(&output).contains(want), "{}", out(&output));

    let lost =
        r#"{"type":"run.end","time":2,"makespan_s":1,"counts":{"success":1},"lost":["events"]}"#;
    let output = pgstat(&[], lost);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("error: not fully read or written: events\n"));
}

#[test]
fn bad_lines_are_named_and_the_rest_is_reported() {
    let good = std::fs::read_to_string(log("slots.ndjson")).unwrap();
    let text =
        format!("starting up\n{{\"type\":\"op.end\",\"id\":7}}\nnoise\n{good}{{\"type\":\"op.e");
    let output = pgstat(&[], &text);
    assert_eq!(output.status.code(), Some(65));
    assert!(out(&output).contains("operations            8"));
    let told = err(&output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].starts_with("pgstat: standard input:2:"), "{told}");
    assert!(lines[0].contains("\"id\""), "{told}");
    assert!(
        lines[1].starts_with("pgstat: standard input:22:") && lines[1].contains("cut off"),
        "{told}"
    );
    assert_eq!(lines[2], "pgstat: passed over 2 lines that are no records");

    let many = "{x\n".repeat(25);
    let output = pgstat(&[], &format!("{many}{good}"));
    assert_eq!(err(&output).lines().count(), 11);
    assert!(err(&output).ends_with("pgstat: standard input: 15 more bad lines\n"));
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    let output =
        tool("pgstat").args(["no-such-file", "/"]).arg(log("slots.ndjson")).output().unwrap();
    assert_eq!(output.status.code(), Some(65));
    assert!(out(&output).starts_with("run slots\n"));
    assert_eq!(
        err(&output),
        "pgstat: no-such-file: No such file or directory\npgstat: /: is a folder; name a file\n"
    );
}

#[test]
fn an_input_with_nothing_in_it_is_an_error() {
    for (args, text) in [(&["report"][..], ""), (&["report"], "hello\n"), (&["top"], "")] {
        let output = pgstat(args, text);
        assert_eq!(output.status.code(), Some(65));
        assert_eq!(out(&output), "");
        assert!(err(&output).contains("give the file that pgrun --events"), "{}", err(&output));
    }
    let empty = "{\"type\":\"run.start\",\"jobs\":4}\n{\"type\":\"run.end\",\"makespan_s\":0}\n";
    let output = pgstat(&[], empty);
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}

#[test]
fn job_logs_and_ninja_logs_are_known_by_their_first_line() {
    let (report, findings) = report_of_jobs();
    assert_eq!((&report["source"], &report["slots"]), (&"joblog".into(), &2.into()));
    assert_eq!((&report["slots_seen"], &report["work_s"]), (&true.into(), &6.into()));
    assert_eq!(findings[0]["code"], "failed-operations");

    let ninja = "# ninja log v5\n0\t10\t0\ta.o\t1\n0\t20\t0\tb.o\t2\n20\t25\t0\tapp\t3\n";
    let output = pgstat(&["--json"], ninja);
    let report: Value = serde_json::from_str(out(&output).lines().next().unwrap()).unwrap();
    assert_eq!((&report["source"], &report["ops"]), (&"ninja".into(), &3.into()));
    assert_eq!((&report["wall_s"], &report["work_s"]), (&0.025.into(), &0.035.into()));
    assert_eq!(output.status.code(), Some(0));
}

fn report_of_jobs() -> (Value, Vec<Value>) {
    let output = tool("pgstat").arg("--json").arg(log("jobs.tsv")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let mut records: Vec<Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (records.remove(0), records)
}

#[test]
fn samples_join_the_run_or_stand_alone() {
    let both = tool("pgstat")
        .arg("--json")
        .args([log("slots.ndjson"), log("samples.ndjson")])
        .output()
        .unwrap();
    let alone = tool("pgstat").arg("--json").arg(log("samples.ndjson")).output().unwrap();
    for (output, source) in [(both, "events"), (alone, "samples")] {
        assert_eq!(output.status.code(), Some(0));
        let report: Value = serde_json::from_str(out(&output).lines().next().unwrap()).unwrap();
        assert_eq!(report["source"], source);
        let busy = &report["usage"][0];
        // by hand: (0.5 + 0.95 + 0.95 + 0.2) / 4, two seconds above 0.8
        assert_eq!((&busy["name"], &busy["mean"]), (&"cpu busy".into(), &0.65.into()));
        assert_eq!((&busy["peak"], &busy["above_80_s"]), (&0.95.into(), &2.into()));
    }
}

#[test]
fn a_sheet_has_a_line_a_run() {
    let output = tool("pgstat")
        .arg("--csv")
        .args(["lock.ndjson", "samples.ndjson", "path.ndjson"].map(log))
        .output()
        .unwrap();
    let text = out(&output);
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let column = |name: &str| rows[0].iter().position(|cell| *cell == name).unwrap();
    assert_eq!((rows[1][0], rows[1][column("lost_locks_s")]), ("lock", "6"));
    assert_eq!((rows[2][0], rows[2][column("lost_path_s")]), ("path", "10"));
}

#[test]
fn top_ranks_by_id_over_runs() {
    let all = ["path.ndjson", "retries.ndjson", "retries.ndjson"].map(log);
    let rows = |args: &[&str]| -> Vec<Value> {
        let output =
            tool("pgstat").arg("top").args(args).arg("--json").args(&all).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let slow = rows(&["--slow", "2"]);
    assert_eq!((&slow[0]["id"], &slow[1]["id"]), (&"build".into(), &"pack".into()));
    assert_eq!(slow.len(), 2);
    let flaky = rows(&["--flaky"]);
    assert_eq!(flaky.len(), 1);
    assert_eq!((&flaky[0]["id"], &flaky[0]["attempts"]), (&"get".into(), &6.into()));
    assert_eq!(flaky[0]["failed_share"], 0.666667);
    assert!(rows(&["--failed"]).is_empty());
}

#[test]
fn names_from_a_log_cannot_move_the_cursor() {
    let line = r#"{"type":"op.end","id":"a\u001b[2Jb\tc","attempt":1,"final":true,"slot":1,"start":1,"end":2,"wall_s":1}"#;
    let output = pgstat(&["--color", "never"], line);
    assert!(!out(&output).contains('\u{1b}') && out(&output).contains(r"a\u{1b}[2Jb\tc"));
    let output = pgstat(&["--color", "always"], line);
    assert!(out(&output).starts_with("\u{1b}[1mevents\u{1b}[0m\n"));
}

#[test]
fn a_full_disk_is_noticed() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_pgstat"))
        .arg(log("slots.ndjson"))
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(74));
}

/// Runs operations on so many slots and returns the report of the run.
fn explained(jobs: &str, ops: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let run = tool("pgrun")
        .args(["-j", jobs])
        .current_dir(folder.path())
        .env("PG_LOCK_DIR", folder.path())
        .write_stdin(ops)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", err(&run));
    let output = pgstat(&["--json"], &out(&run));
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    serde_json::from_str(out(&output).lines().next().unwrap()).unwrap()
}

/// An operation that keeps a processor busy for a while, with more fields.
fn busy(id: &str, fields: &str) -> String {
    let cmd = "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done";
    format!("{{\"id\":\"{id}\",\"cmd\":\"{cmd}\"{fields}}}\n")
}

fn chain(report: &Value) -> Vec<(&str, &str)> {
    let links = report["chain"].as_array().unwrap().iter();
    links
        .map(|link| (link["id"].as_str().unwrap(), link["gave"].as_str().unwrap_or("end")))
        .collect()
}

/// Real runs, a cause put into each.
#[test]
fn a_lock_is_found() {
    let ops: String = ["a", "b", "c"].map(|id| busy(id, r#","locks":["msi"]"#)).concat();
    let report = explained("4", &(ops + &busy("free", "")));
    assert_eq!(report["bound"], "lock:msi", "{report}");
    let gave = [chain(&report)[0].1, chain(&report)[1].1, chain(&report)[2].1];
    assert_eq!(gave, ["lock:msi", "lock:msi", "end"], "{report}");
    assert_eq!(report["locks"][0]["waits"], 2);
}

#[test]
fn too_few_slots_are_found() {
    let ops: String = ["a", "b", "c", "d", "e", "f"].map(|id| busy(id, "")).concat();
    let report = explained("1", &ops);
    assert_eq!(report["bound"], "slots", "{report}");
    assert_eq!(chain(&report).len(), 6);
}

#[test]
fn a_resource_is_found() {
    let capacity = r#"{"type":"capacity","jobs":6,"resources":{"memory":"1GiB"}}"#;
    let ops: String =
        ["a", "b", "c", "d"].map(|id| busy(id, r#","resources":{"memory":"1GiB"}"#)).concat();
    let report = explained("6", &format!("{capacity}\n{ops}"));
    assert_eq!(report["bound"], "resource:memory", "{report}");
    assert_eq!(chain(&report)[0].1, "resource:memory");
}

#[test]
fn a_long_path_is_found_through_a_barrier() {
    let ops = [
        busy("a", ""),
        busy("b", r#","needs":["a"]"#),
        String::from("{\"id\":\"all\",\"barrier\":true,\"needs\":[\"b\"]}\n"),
        busy("c", r#","needs":["all"]"#),
        "{\"id\":\"free\",\"cmd\":[\"true\"]}\n".to_string(),
    ];
    let report = explained("4", &ops.concat());
    assert_eq!(report["bound"], "path", "{report}");
    assert_eq!(chain(&report), [("a", "need"), ("b", "need"), ("c", "end")]);
    assert_eq!(report["ops"], 4);
}

#[test]
fn start_overhead_is_found() {
    // to start one, its script must be written first; then it does nothing
    let script = "#".repeat(4 << 20);
    let op = |n: u32| {
        format!(
            "{{\"id\":\"op{n}\",\"cmd\":[\"true\",\"{{file:s}}\"],\"files\":{{\"s\":\"{script}\"}}}}\n"
        )
    };
    let report = explained("1", &(1..=6).map(op).collect::<String>());
    assert_eq!(report["bound"], "start", "{report}");
}

#[test]
fn predictions_are_held_against_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let told = dir.path().join("told.ndjson").display().to_string();
    let line = |id: &str, duration: f64| {
        format!(
            "{{\"type\":\"prediction\",\"id\":\"{id}\",\"duration\":{duration},\"p90_s\":{0},\"low_s\":{duration},\"high_s\":{0},\"from\":\"id\",\"n\":9,\"confidence\":1}}\n",
            duration + 1.0
        )
    };
    let whole = "{\"type\":\"prediction.makespan\",\"makespan\":12,\"from\":\"runs\",\"n\":9,\"confidence\":null}\n";
    let text = format!("{}{}{}{whole}", line("x", 1.0), line("y", 2.0), line("never", 1.0));
    std::fs::write(&told, text).unwrap();
    let run = "{\"run\":\"r\",\"id\":\"x\",\"start\":0,\"end\":1.5}\n\
               {\"run\":\"r\",\"id\":\"y\",\"start\":1.5,\"end\":10}\n";
    let output = pgstat(&["calibrate", "--json", &told], run);
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
    let rows: Vec<Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = |of: &str| rows.iter().find(|row| row["of"] == of).unwrap();
    assert_eq!((row("all")["n"].as_u64(), row("all")["inside"].as_f64()), (Some(2), Some(0.5)));
    assert_eq!(row("all")["error_s"], 3.5);
    assert_eq!(
        (row("makespan")["error_s"].as_f64(), row("makespan")["bias_s"].as_f64()),
        (Some(2.0), Some(-2.0))
    );
    let table = out(&pgstat(&["calibrate", &told], run));
    assert!(table.lines().any(|line| line.contains("50 %") && line.contains("all")), "{table}");
    for (args, input, what) in [
        (
            &["calibrate", told.as_str()][..],
            "{\"run\":\"r\",\"id\":\"z\",\"start\":0,\"end\":1}\n",
            "nothing of what",
        ),
        (&["calibrate", "-"], "{}\n", "standard input can be read once"),
        (&["calibrate", "-", told.as_str()], "{}\n", "no predictions; give the file"),
        (
            &["calibrate", told.as_str()],
            "{\"run\":\"r\",\"id\":\"x\",\"runtime_s\":-1}\n",
            "standard input:1:33: \"runtime_s\"",
        ),
    ] {
        let output = pgstat(args, input);
        let status = if what.contains("once") { 2 } else { 65 };
        assert_eq!(output.status.code(), Some(status), "{args:?}");
        assert!(err(&output).contains(what), "{}", err(&output));
    }
}
