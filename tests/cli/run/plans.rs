//! Operations: needs, locks, resources, checks, bad plans.

use super::*;

#[test]
fn needs_failures_and_skips() {
    let ops = r#"{"id":"a","cmd":["true"]}
{"id":"b","cmd":"echo no; exit 3","needs":["a"]}
{"id":"c","cmd":["true"],"needs":["b"]}
{"id":"d","cmd":["true"],"needs":[{"id":"b","weak":true}]}
{"id":"e","cmd":["no-such-program-here"]}
{"id":"f","cmd":["true"],"needs":["g"]}
{"id":"g","cmd":"exit 9","on_failure":"continue"}
"#;
    let (status, ends, messages) = plan(&["-j2"], ops);
    assert_eq!(status, 3);
    assert_eq!(ends["b"]["result"], "failure");
    assert_eq!(ends["b"]["exit"], 3);
    assert_eq!(ends["b"]["output"], "no\n");
    assert_eq!(ends["c"]["reason"], "needs b, which failed");
    assert_eq!(ends["d"]["result"], "success");
    assert_eq!((&ends["e"]["result"], &ends["e"]["exit"]), (&"error".into(), &127.into()));
    assert_eq!(ends["f"]["result"], "success");
    assert!(messages.contains("pgrun: 3 of 7 failed, 1 skipped:"), "{messages}");
}

#[test]
fn output_decides_where_it_is_asked_to() {
    let ops = r#"{"id":"lies","cmd":"echo '[ERROR] disk'","fail_if":"\\[ERROR\\]"}
{"id":"silent","cmd":["true"],"ok_if":"SUCCESS"}
{"id":"good","cmd":"echo SUCCESS","ok_if":"SUCCESS","fail_if":"ERROR"}
"#;
    let (status, ends, _) = plan(&[], ops);
    assert_eq!(status, 2);
    assert_eq!(ends["lies"]["reason"], "its output matches fail_if: [ERROR] disk");
    assert_eq!(ends["silent"]["reason"], "no line of its output matches ok_if SUCCESS");
    assert_eq!(ends["good"]["result"], "success");
}

#[test]
fn retries_repeat_and_only_the_last_output_is_printed() {
    let dir = TempDir::new().unwrap();
    let ops = r#"{"id":"flaky","cmd":"echo try >>tries; wc -l <tries; test $(wc -l <tries) = 3","retries":5,"retry_delay":"1ms"}"#;
    let output = tool("pgrun").current_dir(&dir).arg("-s").write_stdin(ops).output().unwrap();
    assert_eq!(err(&output), "3\n");
    let events = events(&out(&output));
    let attempts: Vec<(i64, bool)> = events
        .iter()
        .filter(|e| e["type"] == "op.end")
        .map(|e| (e["attempt"].as_i64().unwrap(), e["final"] == true))
        .collect();
    assert_eq!(attempts, [(1, false), (2, false), (3, true)]);
    assert_eq!(events.iter().filter(|e| e["type"] == "op.retry").count(), 2);
    assert!(output.status.success());
}

#[test]
fn script_bodies_stdin_environment_and_folder() {
    let dir = TempDir::new().unwrap();
    let ops = r#"{"id":"a","cmd":["bash","{file:body.sh}","x"],"files":{"body.sh":"stat -c %a \"$0\"; echo $1 $V $PG_ID $PG_ATTEMPT; cat; pwd -P"},"stdin":"in\n","env":{"V":"v"}}"#;
    let run = dir.path().join("run");
    let temporary = dir.path().join("blank and tmp");
    fs::create_dir(&temporary).unwrap();
    // the second tells where its files were, so that they are known to have been there
    let told = r#"{"id":"b","cmd":"test -f {file:x} && dirname {file:x} >told","files":{"x":""}}"#;
    let output = tool("pgrun")
        .env("TMPDIR", &temporary)
        .args(["-k", "-j1", "--run-dir", run.to_str().unwrap()])
        .write_stdin(format!("{ops}\n{told}\n"))
        .output()
        .unwrap();
    let place = fs::canonicalize(&run).unwrap();
    let want = format!("600\nx v a 1\nin\n{}\n", place.display());
    assert_eq!(err(&output), want);
    assert_eq!(fs::read_to_string(run.join("artifacts/logs/a.log")).unwrap(), want);
    assert!(run.join("artifacts/outputs").is_dir() && run.join("artifacts/scripts").is_dir());
    let told = fs::read_to_string(run.join("told")).unwrap();
    assert!(told.starts_with(temporary.to_str().unwrap()), "{told}");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "files are removed");
}

#[test]
fn checks_skip_and_rollbacks_undo_in_reverse() {
    let dir = TempDir::new().unwrap();
    let ops = r#"{"id":"there","cmd":"echo there >>log","check":["true"]}
{"id":"a","cmd":"echo a >>log","needs":["there"],"check":["false"],"rollback":"echo undo a >>log"}
{"id":"b","cmd":"echo b >>log","needs":["a"],"rollback":"echo undo b >>log"}
{"id":"c","cmd":"exit 1","needs":["b"],"rollback":"echo undo c >>log"}
"#;
    let output = tool("pgrun")
        .current_dir(&dir)
        .args(["--on-failure", "rollback"])
        .write_stdin(ops)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(dir.path().join("log")).unwrap(), "a\nb\nundo b\nundo a\n");
    let ends = decided(&events(&out(&output)));
    assert_eq!(ends["there"]["reason"], "check");
}

#[test]
fn locks_exclude_each_other_and_pglock() {
    let dir = TempDir::new().unwrap();
    let locks = dir.path().join("locks");
    let locks = locks.to_str().unwrap();
    let one = |id: &str| {
        format!(r#"{{"id":"{id}","cmd":"mkdir inside && rmdir inside","locks":["m","n"]}}"#)
    };
    let ops: String = (0..30).map(|n| one(&format!("o{n}")) + "\n").collect();
    let output = tool("pgrun")
        .current_dir(&dir)
        .args(["-j8", "--lock-dir", locks])
        .write_stdin(ops)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let held = r#"{"id":"a","cmd":"pglock --dir $D -n m true; echo $?","locks":["m"]}"#;
    let path = Path::new(env!("CARGO_BIN_EXE_pglock")).parent().unwrap();
    let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap());
    let mut run = tool("pgrun");
    run.env("D", locks).env("PATH", path).args(["--lock-dir", locks]);
    let output = run.write_stdin(held).output().unwrap();
    assert!(err(&output).ends_with("75\n"), "{}", err(&output));
}

#[test]
fn resources_are_never_passed() {
    let dir = TempDir::new().unwrap();
    // at most two of three fit: a third one would find two others
    let one = |n: u32| {
        format!(
            r#"{{"id":"o{n}","cmd":"mkdir p{n}; test $(ls -d p* | wc -l) -le 2; s=$?; rmdir p{n}; exit $s","resources":{{"net":200}}}}"#
        ) + "\n"
    };
    let ops: String = (0..40).map(one).collect();
    let output = tool("pgrun")
        .current_dir(&dir)
        .args(["-j8", "--resource", "net=500"])
        .write_stdin(ops)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
}

#[test]
fn a_plan_that_is_not_whole_runs_nothing() {
    let dir = TempDir::new().unwrap();
    let touch = r#"{"id":"t","cmd":["touch","hit"]}"#;
    let cases: [(&str, &str); 8] = [
        (r#"{"id":"a","cmd":["x"],"timeout":"soon"}"#, "standard input:2:"),
        (r#"{"id":"a","cmd":"#, "standard input:2:"),
        (r#"{"id":"a"}"#, "an operation needs \"cmd\""),
        (
            r#"{"id":"t","cmd":["x"]}"#,
            "standard input:2: id t is used twice; first at standard input:1",
        ),
        (r#"{"id":"a","cmd":["x"],"needs":["z"]}"#, "a needs z, which is not in the plan"),
        (
            r#"{"id":"a","cmd":["x"],"needs":["b"]}
{"id":"b","cmd":["x"],"needs":["a"]}"#,
            "a cycle: a -> b -> a",
        ),
        (r#"{"type":"plan.end","ops":3}"#, "the plan has 3 operations, 1 came"),
        (r#"{"id":"a","cmd":["x"],"fail_if":"("}"#, "\"fail_if\": (: unclosed group"),
    ];
    for (bad, message) in cases {
        let output = tool("pgrun")
            .current_dir(&dir)
            .write_stdin(format!("{touch}\n{bad}\n"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(255), "{bad}");
        assert!(err(&output).contains(message), "{bad}: {}", err(&output));
        assert_eq!(out(&output), "", "{bad}");
    }
    let cut = format!("{}\n{touch}\n", r#"{"type":"plan.start","version":1}"#);
    let output = tool("pgrun").current_dir(&dir).write_stdin(cut).output().unwrap();
    assert!(err(&output).contains("the plan is cut off"), "{}", err(&output));
    let large = r#"{"id":"t","cmd":["touch","hit"],"resources":{"memory":"9GiB"}}"#;
    let args = ["--resource", "memory=8GiB"];
    let output = tool("pgrun").current_dir(&dir).args(args).write_stdin(large).output().unwrap();
    assert!(err(&output).contains("holds 9663676416 of \"memory\""), "{}", err(&output));
    assert!(!dir.path().join("hit").exists());
}

#[test]
fn bad_lines_may_be_left_out_and_a_stream_starts_at_once() {
    let ops = "{\"id\":\"a\",\"cmd\":[\"true\"]}\n{bad\n";
    let output = pgrun(&["--skip-bad"], ops);
    assert_eq!(output.status.code(), Some(255), "something was lost");
    assert_eq!(decided(&events(&out(&output)))["a"]["result"], "success");
    let dir = TempDir::new().unwrap();
    let mut run = started(&["--stream", "--ops", "-", "--event-output", "all"], dir.path());
    let mut input = run.stdin.take().unwrap();
    input.write_all(b"{\"id\":\"a\",\"cmd\":\"echo hello\"}\n").unwrap();
    let mut first = [0u8; 6];
    run.stderr.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"hello\n");
    input.write_all(b"{\"id\":\"b\",\"cmd\":[\"true\"],\"needs\":[\"a\",\"c\"]}\n").unwrap();
    drop(input);
    let output = run.wait_with_output().unwrap();
    let ends = decided(&events(&out(&output)));
    assert_eq!(ends["b"]["reason"], "needs c, which is not in the plan");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_dry_run_says_what_would_start_when() {
    let ops = r#"{"id":"a","cmd":["sleep","1000"],"duration":3}
{"id":"b","cmd":"exit 1","duration":5,"needs":["a"]}
{"id":"c","cmd":["true"],"duration":4}
{"id":"d","cmd":["true"],"duration":1,"locks":["m"]}
{"id":"e","cmd":["true"],"duration":1,"locks":["m"]}
"#;
    let output = pgrun(&["-j2", "--dry-run"], ops);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        out(&output),
        "0\t1\ta\tsleep 1000\n0\t2\tc\ttrue\n3\t1\tb\texit 1\n4\t2\td\ttrue\n5\t2\te\ttrue\n"
    );
    let lines = pgrun(&["--dry-run", "-k", "gzip -9 {}; echo {#}"], "a b\nc\n");
    assert_eq!(out(&lines), "gzip -9 'a b'; echo 1\ngzip -9 c; echo 2\n");
}

#[test]
fn a_check_is_not_the_operation() {
    let ops = r#"{"id":"a","cmd":["nonesuch"],"check":["false"]}
{"id":"b","cmd":"echo SUCCESS","check":["true"],"ok_if":"SUCCESS"}
{"id":"c","cmd":"echo c","check":"echo unwanted; exit 1"}
"#;
    for _ in 0..20 {
        let (status, decided, said) = plan(&["-k", "-s", "-j1"], ops);
        assert_eq!(status, 1, "{said}");
        assert_eq!(
            (decided["a"]["exit"].as_i64(), &decided["a"]["result"]),
            (Some(127), &"error".into())
        );
        assert_eq!(decided["b"]["reason"], "check");
        assert_eq!(
            (&decided["c"]["result"], said.contains("unwanted")),
            (&"success".into(), false)
        );
    }
}

#[test]
fn a_resource_without_a_capacity_is_unlimited_and_said_to_be() {
    let (status, _, said) = plan(&[], r#"{"id":"a","cmd":["true"],"resources":{"net":5}}"#);
    assert_eq!(status, 0);
    assert_eq!(
        said,
        "pgrun: unlimited, since no capacity is given: net (--resource NAME=AMOUNT)\n"
    );
}

#[test]
fn a_dry_run_names_the_faults_of_a_plan() {
    let output = pgrun(&["--dry-run"], r#"{"id":"a","cmd":["true"],"needs":["z"]}"#);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("standard input:1: a needs z, which is not in the plan"));
}
