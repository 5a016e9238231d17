//! Load that is generated, and commands beside each other. No time is asserted: intended
//! starts are exact, and the rest is counted.

use super::*;

/// Records of a run with `--json`.
fn records(args: &[&str]) -> (i32, Vec<Value>) {
    let output = tool("pgrun").arg("--json").args(args).output().unwrap();
    (output.status.code().unwrap(), events(&out(&output)))
}

fn of<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records.iter().filter(|record| record["type"] == kind).collect()
}

#[test]
fn an_open_loop_starts_at_its_times_and_counts_from_them() {
    let (status, all) = records(&["--arrival", "100/s", "--for", "0.2s", "true"]);
    assert_eq!(status, 0);
    let ends = of(&all, "op.end");
    assert_eq!(ends.len(), 20, "100/s for 0.2 s");
    let micros = |value: &Value| (value.as_f64().unwrap() * 1e6).round() as i64;
    let mut intended: Vec<i64> = ends.iter().map(|end| micros(&end["intended"])).collect();
    intended.sort_unstable();
    for pair in intended.windows(2) {
        let gap = pair[1] - pair[0];
        assert!((9_999..=10_001).contains(&gap), "{gap}");
    }
    for end in &ends {
        let late = micros(&end["start"]) - micros(&end["intended"]);
        assert!(late >= 0, "none starts before it is due: {end}");
        // the start is told as of the preparation, the wait until the decision before it
        assert!(micros(&end["queued_s"]) <= late + 1, "{end}");
    }
    for start in of(&all, "op.start") {
        assert!(start["intended"].is_number(), "{start}");
    }
    let told = of(&all, "load.summary");
    assert_eq!((told.len(), &told[0]["jobs"]), (1, &20.into()));
    assert_eq!((&told[0]["pattern"], &told[0]["asked_per_s"]), (&"even".into(), &100.0.into()));
}

/// With one slot the second job waits for the first: its latency has the wait, its service
/// has not.
#[test]
fn a_server_that_stands_still_is_seen_from_the_intended_start() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    let log = log.to_str().unwrap();
    // while the first one lasts the others become due
    let one = "test {} != 1 || seq 10000000 >/dev/null";
    let args = ["--arrival", "1000/s", "--times", "30", "-j1", "--events", log, one];
    assert_eq!(pgrun(&args, "").status.code(), Some(0));
    let all = events(&fs::read_to_string(dir.path().join("log")).unwrap());
    let told = of(&all, "load.summary");
    let seconds = |name: &str| told[0][name].as_f64().unwrap();
    assert!(seconds("latency_p50_s") >= 0.02, "{:?}", told[0]);
    assert!(seconds("latency_p50_s") > seconds("service_p50_s"), "{:?}", told[0]);
    assert!(told[0]["held"].as_u64().unwrap() >= 20, "{:?}", told[0]);
    let report =
        tool("pgstat").args(["report", "--json"]).arg(dir.path().join("log")).output().unwrap();
    let report = &events(&out(&report))[0];
    assert_eq!(report["latency"]["jobs"], 30);
    let (p50, own) = (report["latency"]["p50_s"].as_f64().unwrap(), seconds("latency_p50_s"));
    assert!((p50 / own - 1.0).abs() < 0.01, "{p50} {own}");
    let text = tool("pgstat").arg("report").arg(dir.path().join("log")).output().unwrap();
    assert!(out(&text).contains("latency from the intended start: median "), "{}", out(&text));
}

#[test]
fn users_come_again_and_there_are_no_more_of_them() {
    let (status, all) = records(&["--users", "3", "--times", "20", "true"]);
    assert_eq!((status, of(&all, "op.end").len()), (0, 20));
    let slots: Vec<u64> = of(&all, "op.end").iter().map(|e| e["slot"].as_u64().unwrap()).collect();
    assert_eq!(slots.iter().max(), Some(&3));
    let told = of(&all, "load.summary")[0];
    assert_eq!((&told["users"], &told["latency_p50_s"]), (&3.into(), &Value::Null));
    assert!(of(&all, "op.end").iter().all(|end| end["intended"].is_null()));
}

#[test]
fn the_number_of_a_job_stands_for_its_argument() {
    let output = pgrun(&["-k", "--times", "3", "echo {} {#}"], "");
    assert_eq!(out(&output), "1 1\n2 2\n3 3\n");
    assert!(err(&output).contains("load: as slots were free"), "{}", err(&output));
    // where the command takes none it gets none
    assert_eq!(out(&pgrun(&["--times", "2", "echo", "x"], "")), "x\nx\n");
    // and named arguments are jobs as ever
    let args = ["-k", "--users", "2", "--for", "1h", "echo {}", ":::", "a", "b"];
    assert_eq!(out(&pgrun(&args, "")), "a\nb\n");
}

#[test]
fn scenarios_keep_their_shares() {
    let args = ["--scenario", "70:echo a", "--scenario", "30:echo b", "--times", "1000", "-j2"];
    let output = pgrun(&args, "");
    let of = |what: &str| out(&output).lines().filter(|line| *line == what).count();
    assert_eq!((of("a"), of("b")), (700, 300));
    let said = err(&output);
    assert!(said.contains("700   0") && said.contains("echo a"), "{said}");
    let heavy = ["--scenario", "1e308:echo a", "--scenario", "1e308:echo b", "--times", "10"];
    let heavy = out(&pgrun(&heavy, ""));
    assert_eq!(heavy.lines().filter(|line| *line == "a").count(), 5, "{heavy}");
    let drawn = |seed: &str| {
        let random = ["--scenario-mix", "random", "--seed", seed, "-k", "-j2", "--times", "40"];
        let args = [&["--scenario", "1:echo a", "--scenario", "1:echo b"], &random[..]].concat();
        out(&pgrun(&args, ""))
    };
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

#[test]
fn operations_of_a_stream_come_at_their_times() {
    let ops = "{\"id\":\"a\",\"cmd\":\"true\"}\n{\"id\":\"b\",\"cmd\":\"true\"}\n";
    let output = pgrun(&["--stream", "--arrival", "100/s", "--ops", "-"], ops);
    let all = events(&out(&output));
    assert_eq!(of(&all, "op.end").len(), 2);
    assert!(of(&all, "op.end").iter().all(|end| end["intended"].is_number()));
    let refused = pgrun(&["--arrival", "100/s", "--ops", "-"], ops);
    assert_eq!(refused.status.code(), Some(255));
    assert!(err(&refused).contains("with --stream its operations come"), "{}", err(&refused));
}

#[test]
fn a_benchmark_tells_which_is_faster() {
    let args = ["--bench", "--min-runs", "8", "--for", "0.01s", "--warmup", "1"];
    let (status, all) =
        records(&[&args[..], &["seq 5000000", "true", "seq 5000000; false"]].concat());
    assert_eq!(status, 9, "what fails counts, in the warm-up, too");
    let told = of(&all, "bench.result");
    let words: Vec<&str> = told.iter().map(|row| row["command"].as_str().unwrap()).collect();
    assert_eq!(words, ["seq 5000000", "true", "seq 5000000; false"]);
    assert_eq!((&told[0]["verdict"], &told[1]["verdict"]), (&Value::Null, &"faster".into()));
    assert_eq!((&told[0]["failed"], &told[2]["failed"]), (&0.into(), &8.into()));
    let rounds: Vec<&str> =
        of(&all, "op.end").iter().map(|end| end["id"].as_str().unwrap()).collect();
    assert_eq!(rounds.len(), 27);
    assert!(rounds[..3].iter().all(|id| id.starts_with("warm-up: ")), "{rounds:?}");
    for round in rounds[3..].chunks(3) {
        let mut each = round.to_vec();
        each.sort_unstable();
        assert_eq!(each, ["seq 5000000", "seq 5000000; false", "true"]);
    }
    assert_eq!(of(&all, "run.start")[0]["jobs"], 1, "one at a time");
}

/// What a start costs, by the three ways: each figure with its interval, and how it was begun.
#[test]
fn starts_are_compared_directly_by_a_shell_and_warm() {
    let rules = ["--bench", "--shell", "/bin/sh", "--warmup", "1", "--for", "0.01s"];
    let commands = ["/bin/true", "/bin/sh -c :", ":"];
    let (status, all) = records(&[&rules[..], &["--warm"], &commands].concat());
    assert_eq!(status, 0);
    let told = of(&all, "bench.result");
    let begun: Vec<&Value> = told.iter().map(|row| &row["begun"]).collect();
    assert_eq!(begun, ["cold", "cold", "warm"]);
    for row in &told {
        let [low, median, high] =
            ["low_s", "median_s", "high_s"].map(|name| row[name].as_f64().unwrap());
        assert!(0.0 < low && low <= median && median <= high, "{row}");
    }
    let text = out(&pgrun(&[&rules[..], &["--warm"], &commands].concat(), ""));
    let column = |line: &str| line.split_whitespace().nth_back(0).map(String::from);
    assert!(text.lines().next().unwrap().ends_with("runs  begun  command"), "{text}");
    assert_eq!(text.lines().nth(3).and_then(column).as_deref(), Some(":"), "{text}");
    assert!(text.lines().nth(3).unwrap().contains(" warm "), "{text}");
    // nothing is told of it where there is one way
    let (_, all) = records(&[&rules[..], &commands[..1]].concat());
    assert!(of(&all, "bench.result")[0]["begun"].is_null());
}

#[test]
fn a_request_to_a_worker_is_measured() {
    let worker = r#"while read -r line; do id=${line#*\"id\":\"}; printf '{"id":"%s"}\n' "${id%%\"*}"; done"#;
    let args = ["--bench", "--shell", "/bin/sh", "--for", "0.01s", "--worker", worker, ":"];
    let (status, all) = records(&args);
    assert_eq!(status, 0);
    let told = of(&all, "bench.result");
    assert_eq!(
        (told.len(), &told[0]["begun"], &told[0]["failed"]),
        (1, &"worker".into(), &0.into())
    );
}

#[test]
fn benchmarks_are_compared_with_earlier_ones() {
    let dir = TempDir::new().unwrap();
    for (name, command) in [("old", "seq 1000000"), ("new", "seq 9000000")] {
        let args = ["--bench", "--json", "--min-runs", "6", "--for", "0.01s", command];
        fs::write(dir.path().join(name), pgrun(&args, "").stdout).unwrap();
    }
    let output = tool("pgstat")
        .args(["compare", "--json", "old", "new"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let all = events(&out(&output));
    let worse = |row: &Value| row["kind"] == "operations" && row["change"] == "worse";
    assert!(all.iter().any(worse), "{}{}", out(&output), err(&output));
}

#[test]
fn what_means_nothing_is_told() {
    for (args, says) in [
        (&["--users", "2", "true"][..], "how long? --for TIME or --times N"),
        (&["--arrival", "5/moon", "--for", "1s", "true"], "such as 50/s"),
        (&["--arrival", "50", "--for", "1s", "true"], "such as 50/s"),
        (&["--users", "2", "-j3", "--times", "1", "true"], "leave -j out"),
        (&["--scenario", "x", "--times", "1"], "write a weight and a command"),
        (&["--scenario", "1:a", "--times", "1", "true"], "--scenario has the commands"),
        (&["--ramp", "log:3s", "true", ":::", "a"], "or exp:30s"),
        (&["--bench"], "no command"),
        (&["--bench", "-j2", "true"], "leave -j out"),
        (&["--bench", "--users", "2", "true"], "it takes no load"),
        (&["--bench", "true", ":::", " "], "a command is empty"),
        (&["--bench", "true", "--for", "1"], "--for stands behind a command"),
        (&["--for", "1s", "--shuf", "true"], "add --times N"),
        (&["--for", "1s", "--dry-run", "true"], "add --times N"),
        (&["--users", "2", "--for", "1s", "--sample", "3", "true"], "add --times N"),
        (&["--bench", "--dry-run", "true"], "as often as it takes"),
    ] {
        let output = pgrun(args, "");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        assert!(err(&output).contains(says), "{args:?}: {}", err(&output));
        assert_eq!(err(&output).lines().count(), 1, "{args:?}: {}", err(&output));
    }
}
