//! `pgstat export`: what is written is read back, where it is there by the program it is for.

use super::runs::{BEGIN, run, samples, start};
use super::{err, log, out, pgstat};
use crate::tool;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What `export` writes of a text.
fn exported(format: &str, input: &str) -> String {
    let output = pgstat(&["export", format], input);
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()), "{format}");
    out(&output)
}

/// True where a program is installed; else says that the test is skipped.
fn there(program: &str, test: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {test}: {program} is not installed");
    }
    there
}

fn micros(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// Text that means something in every format.
const EVIL: &str = r#"a|b `c` <d> & \"e\" 'f' \\ \n \u0007 é {g}"#;

fn evil_run() -> String {
    run(12, 2)
        .replace("link-1\"", &format!("{EVIL}\""))
        .replace("lock:db", "lock:d|b\\\"")
        .replace("\"db\"", "\"d|b\\\"\"")
}

#[test]
fn a_chrome_trace_has_every_attempt_on_its_slot() {
    let text = exported("chrome-trace", &(run(50, 4) + &samples(5)));
    let trace: Value = serde_json::from_str(&text).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let of = |phase: &'static str| events.iter().filter(move |event| event["ph"] == phase);
    // what the format asks of each event
    for event in events {
        let phase = event["ph"].as_str().unwrap();
        assert!(
            event["name"].is_string() && event["pid"].is_u64() && event["tid"].is_u64(),
            "{event}"
        );
        assert!(phase == "M" || event["ts"].is_u64(), "{event}");
        assert!("MXBsfiC".contains(phase), "{event}");
        assert!(phase != "X" || event["dur"].is_u64(), "{event}");
        assert!(phase != "i" || event["s"] == "p", "{event}");
    }
    assert_eq!(of("X").count(), 50);
    let mut slots: BTreeMap<u64, Vec<(i64, i64)>> = BTreeMap::new();
    for event in of("X") {
        let from = micros(&event["ts"]);
        slots
            .entry(event["tid"].as_u64().unwrap())
            .or_default()
            .push((from, from + micros(&event["dur"])));
    }
    assert_eq!(slots.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    for spans in slots.values_mut() {
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "two at a time on one thread");
    }
    let names: BTreeSet<&str> =
        of("M").filter_map(|event| event["args"]["name"].as_str()).collect();
    assert_eq!(
        names,
        BTreeSet::from(["machine", "run made", "slot 1", "slot 2", "slot 3", "slot 4"])
    );
    // an arrow for each need, from within the needed one to the beginning of the other
    let ends: Vec<&Value> = of("f").collect();
    assert_eq!((of("s").count(), ends.len()), (16, 16));
    for end in ends {
        let begin = of("s").find(|event| event["id"] == end["id"]).unwrap();
        let within = |event: &Value| {
            let (slot, at) = (event["tid"].as_u64().unwrap(), micros(&event["ts"]));
            slots[&slot].iter().any(|span| span.0 <= at && at < span.1)
        };
        assert!(within(begin) && within(end) && end["bp"] == "e", "{begin} {end}");
    }
    let cpu: Vec<&Value> = of("C").filter(|event| event["name"] == "cpu").collect();
    assert_eq!((cpu.len(), cpu[1]["args"]["busy"].as_f64()), (5, Some(0.5)));
    let failed = of("X").find(|event| event["args"]["exit"] == 3).unwrap();
    assert_eq!((&failed["cat"], &failed["args"]["reason"]), (&"failure".into(), &"exit 3".into()));
    assert_eq!(failed["args"]["cmd"], "make compile-36");
}

#[test]
fn a_chrome_trace_of_a_killed_run_goes_to_its_end() {
    let whole = run(12, 2);
    let cut: String = whole.lines().take(10).map(|line| format!("{line}\n")).collect();
    let trace: Value = serde_json::from_str(&exported("chrome-trace", &cut)).unwrap();
    let count = |phase| {
        trace["traceEvents"].as_array().unwrap().iter().filter(|e| e["ph"] == phase).count()
    };
    assert_eq!((count("X"), count("B"), count("E")), (4, 1, 0));
    // nothing to export is an error, and a run without operations is none
    let none = pgstat(&["export", "chrome-trace"], "");
    assert_eq!(none.status.code(), Some(65));
    assert!(err(&none).contains("no events, samples or job log"), "{}", err(&none));
    serde_json::from_str::<Value>(&exported("chrome-trace", &start(2))).unwrap();
}

#[test]
fn openmetrics_is_read_by_promtool() {
    let text = exported("openmetrics", &(evil_run() + &run(40, 4) + &samples(4)));
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains("pgstat_run_operations{run=\"made\",result=\"success\"} 12\n"), "{text}");
    assert!(
        text.contains("pgstat_run_operations{run=\"made#2\",result=\"failure\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("# UNIT pgstat_run_wall_seconds seconds\n"));
    assert!(text.contains("lock=\"d|b\\\"\""), "{text}");
    if there("promtool", "openmetrics_is_read_by_promtool") {
        // promtool reads the older text: without units and end, and it knows no "info"
        let old = text.lines().filter(|line| !line.starts_with("# UNIT ") && *line != "# EOF");
        let old: String = old.map(|line| format!("{line}\n")).collect();
        let old = old.replace("# TYPE pgstat_run info", "# TYPE pgstat_run_info gauge");
        let old = old.replace("# HELP pgstat_run What", "# HELP pgstat_run_info What");
        let mut command = assert_cmd::Command::new("promtool");
        let checked = command.args(["check", "metrics"]).write_stdin(old).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn junit_has_a_case_an_operation() {
    let text = exported("junit", &(evil_run() + &run(40, 4)));
    let count = |what: &str| text.matches(what).count();
    assert_eq!(
        (count("<testsuite "), count("<testcase "), count("<failure ")),
        (2, 52, 1),
        "{text}"
    );
    assert!(
        text.contains(r#"<testsuites name="pgrun" tests="52" failures="1" errors="0" skipped="0""#),
        "{text}"
    );
    assert!(text.contains(r#"name="a|b `c` &lt;d&gt; &amp; &quot;e&quot; "#), "{text}");
    assert!(text.contains(r#"<failure message="exit 3 after "#));
    if there("xmllint", "junit_has_a_case_an_operation") {
        let mut command = assert_cmd::Command::new("xmllint");
        let checked = command.args(["--noout", "-"]).write_stdin(text.clone()).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
    // what has no end is an error of the suite
    let whole = run(12, 2);
    let cut: String = whole.lines().take(10).map(|line| format!("{line}\n")).collect();
    assert!(exported("junit", &cut).contains(r#"errors="1""#));
}

/// Commands with a newline and a tab, one that fails, one that is killed.
const JOBS: &str = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n\
    1\t:\t1700000000.000\t     1.000\t0\t4\t0\t0\techo a\n\
    2\t:\t1700000000.250\t     1.500\t7\t0\t3\t0\tfalse \t x\0exit 3\n\
    3\t:\t1700000001.000\t     0.125\t0\t0\t0\t9\tkill -9 $$\n\
    4\t:\t1700000001.200\t     9.000\t0\t0\t-1\t15\twork 99\n";

#[test]
fn a_job_log_comes_back_as_it_was() {
    assert_eq!(exported("joblog", JOBS), JOBS);
    // and what pgrun writes of a run is the same as what is made of its events
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let ran = tool("pgrun")
        .args(["-j2", "--events"])
        .arg(at("events"))
        .arg("--joblog")
        .arg(at("jobs"))
        .args([":::", "exit 3", "echo 'x  y'", "kill -9 $$", "true"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2), "{}", err(&ran));
    let events = std::fs::read_to_string(at("events")).unwrap();
    let rows = |text: &str| -> BTreeSet<Vec<String>> {
        text.lines().map(|line| line.split('\t').map(String::from).collect()).collect()
    };
    let jobs = std::fs::read_to_string(at("jobs")).unwrap();
    assert_eq!(rows(&exported("joblog", &events)), rows(&jobs));
}

#[test]
fn gnu_parallel_resumes_from_it() {
    if !there("parallel", "gnu_parallel_resumes_from_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let words = ["a", "b", "c"];
    let ran = tool("pgrun")
        .args(["-j1", "--events"])
        .arg(at("events"))
        .args(["echo {}", ":::"])
        .args(&words[..2])
        .output()
        .unwrap();
    assert!(ran.status.success());
    let events = std::fs::read_to_string(at("events")).unwrap();
    let written = tool("pgstat")
        .args(["export", "joblog", "-o"])
        .arg(at("jobs"))
        .write_stdin(events)
        .output()
        .unwrap();
    assert!(written.status.success() && written.stdout.is_empty(), "{}", err(&written));
    let resumed = Command::new("parallel")
        .args(["--will-cite", "-j1", "--resume", "--joblog"])
        .arg(at("jobs"))
        .args(["echo", "{}", ":::"])
        .args(words)
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&resumed.stdout),
        "c\n",
        "{}",
        String::from_utf8_lossy(&resumed.stderr)
    );
}

#[test]
fn markdown_shows_text_as_it_is() {
    let text = exported("markdown", &(evil_run() + &run(40, 4) + &samples(3)));
    assert!(text.starts_with("### made: 12 operations, none failed\n"), "{text}");
    assert!(text.contains("### made: 1 of 40 operations failed\n"), "{text}");
    assert!(text.contains("#### Failed\n\n| operation | attempts | work | result |\n|---|---:|---:|---|\n| compile-36 | 1 |"), "{text}");
    assert!(text.contains("a&#124;b &#96;c&#96; &#60;d&#62; &#38;"), "{text}");
    // every row of a table has as many cells as its head
    let mut cells = None;
    for line in text.lines() {
        match line.strip_prefix('|') {
            Some(rest) => {
                let count = rest.matches('|').count();
                assert_eq!(*cells.get_or_insert(count), count, "{line}");
            }
            None => cells = None,
        }
    }
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    assert!(!text.contains("<d>"));
}

fn is_hex(value: &Value, letters: usize) -> bool {
    let text = value.as_str().unwrap();
    text.len() == letters && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn attribute(span: &Value, key: &str) -> Option<Value> {
    let all = span["attributes"].as_array().unwrap();
    all.iter().find(|one| one["key"] == key).map(|one| one["value"].clone())
}

fn nanos(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<i64>().unwrap()
}

#[test]
fn otlp_spans_are_a_trace_a_run() {
    let input = run(300, 4) + &run(3, 1);
    let text = exported("otlp-json", &input);
    assert_eq!(text, exported("otlp-json", &input), "ids are made of the log");
    let mut spans: Vec<Value> = Vec::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for resource in line["resourceSpans"].as_array().unwrap() {
            let host = resource["resource"]["attributes"]
                .as_array()
                .unwrap()
                .iter()
                .find(|a| a["key"] == "host.name");
            assert_eq!(host.unwrap()["value"]["stringValue"], "ci-7");
            spans.extend(resource["scopeSpans"][0]["spans"].as_array().unwrap().iter().cloned());
        }
    }
    assert!(text.lines().count() >= 3, "a long run is several lines");
    assert_eq!(spans.len(), 305);
    let ids: BTreeSet<&str> = spans.iter().map(|span| span["spanId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 305);
    let traces: BTreeSet<&str> =
        spans.iter().map(|span| span["traceId"].as_str().unwrap()).collect();
    assert_eq!(traces.len(), 2);
    for span in &spans {
        assert!(is_hex(&span["traceId"], 32) && is_hex(&span["spanId"], 16), "{span}");
        assert!(nanos(&span["startTimeUnixNano"]) <= nanos(&span["endTimeUnixNano"]), "{span}");
        assert!(nanos(&span["startTimeUnixNano"]) >= BEGIN * 1_000_000_000);
        let attributes = span["attributes"].as_array().unwrap();
        for one in attributes {
            let value = one["value"].as_object().unwrap();
            assert_eq!(value.len(), 1, "{one}");
            assert!(value.get("intValue").is_none_or(Value::is_string), "{one}");
        }
        match span.get("parentSpanId") {
            None => {
                assert_eq!((&span["name"], &span["kind"]), (&"RUN".into(), &2.into()));
                assert!(attribute(span, "cicd.pipeline.result").is_some());
            }
            Some(parent) => {
                let root = spans.iter().find(|root| root["spanId"] == *parent).unwrap();
                assert!(root.get("parentSpanId").is_none() && root["traceId"] == span["traceId"]);
                assert_eq!(
                    attribute(span, "cicd.pipeline.task.name").unwrap()["stringValue"],
                    span["name"]
                );
                assert!(nanos(&root["startTimeUnixNano"]) <= nanos(&span["startTimeUnixNano"]));
                assert!(nanos(&root["endTimeUnixNano"]) >= nanos(&span["endTimeUnixNano"]));
            }
        }
        for link in span.get("links").and_then(Value::as_array).into_iter().flatten() {
            assert!(ids.contains(link["spanId"].as_str().unwrap()), "{link}");
        }
    }
    let linked =
        spans.iter().filter(|span| span["links"].as_array().is_some_and(|links| !links.is_empty()));
    assert_eq!(linked.count(), 100 + 1);
    let failed: Vec<&Value> = spans
        .iter()
        .filter(|span| span["status"]["code"] == 2 && span.get("parentSpanId").is_some())
        .collect();
    assert_eq!(failed.len(), 8);
    assert_eq!(
        attribute(failed[0], "cicd.pipeline.task.run.result").unwrap()["stringValue"],
        "failure"
    );
    assert_eq!(attribute(failed[0], "error.type").unwrap()["stringValue"], "exit 3");
    assert_eq!(attribute(failed[0], "process.exit.code").unwrap()["intValue"], "3");
}

#[test]
fn every_format_takes_every_log() {
    let ninja = "# ninja log v5\n0\t1000\t0\ta.o\tabc\n500\t2000\t0\tb.o\tabd\n";
    let jobs = std::fs::read_to_string(log("jobs.tsv")).unwrap();
    let killed: String = run(12, 2).lines().take(7).map(|line| format!("{line}\n")).collect();
    let bare: String = run(12, 2).lines().skip(1).map(|line| format!("{line}\n")).collect();
    for format in ["chrome-trace", "openmetrics", "junit", "joblog", "markdown", "otlp-json"] {
        for input in [ninja, &jobs, &killed, &bare, &samples(3), &start(1), &evil_run()] {
            exported(format, input);
        }
        // a bad line is named, the rest is written
        let bad = pgstat(&["export", format], &(run(3, 1) + "{\"type\":\"op.end\",\"id\":7}\n"));
        assert_eq!(bad.status.code(), Some(65), "{format}");
        assert!(err(&bad).contains("standard input:9:"), "{format}: {}", err(&bad));
        assert!(!bad.stdout.is_empty());
    }
}

#[test]
fn a_file_is_replaced_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    std::fs::write(&path, "before").unwrap();
    let export = |path: &Path, input: &str| {
        tool("pgstat")
            .args(["export", "junit", "-o"])
            .arg(path)
            .write_stdin(input)
            .output()
            .unwrap()
    };
    let none = export(&path, "");
    assert_eq!(none.status.code(), Some(65));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
    assert!(export(&path, &run(3, 1)).status.success());
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("</testsuites>\n"));
    let failed = export(&folder.path().join("no/such"), &run(3, 1));
    assert_eq!(
        (failed.status.code(), std::fs::read_dir(folder.path()).unwrap().count()),
        (Some(74), 1)
    );
    assert!(err(&failed).contains("No such file or directory"), "{}", err(&failed));
    let full = tool("pgstat")
        .args(["export", "joblog", "-o", "/dev/full"])
        .write_stdin(run(3, 1))
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(74), "{}", err(&full));
    let usage = pgstat(&["export", "xml"], "");
    assert_eq!(usage.status.code(), Some(2));
}
