//! `pgrun` from outside.

use crate::tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

fn pgrun(args: &[&str], input: &str) -> Output {
    tool("pgrun").args(args).write_stdin(input).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The `op.end` or `op.skip` that decides each operation, by id.
fn decided(events: &[Value]) -> BTreeMap<String, Value> {
    let decides = |e: &&Value| e["type"] == "op.skip" || e["final"] == true;
    events
        .iter()
        .filter(decides)
        .map(|e| (e["id"].as_str().unwrap().to_string(), e.clone()))
        .collect()
}

/// Runs a plan; its status, decisions and standard error.
fn plan(args: &[&str], ops: &str) -> (i32, BTreeMap<String, Value>, String) {
    let output = pgrun(args, ops);
    let events = events(&out(&output));
    assert_eq!(events.first().unwrap()["type"], "run.start");
    assert_eq!(events.last().unwrap()["type"], "run.end");
    assert_eq!(events.last().unwrap()["exit"], output.status.code().unwrap());
    (output.status.code().unwrap(), decided(&events), err(&output))
}

/// A started `pgrun` whose standard input and output are ours.
fn started(args: &[&str], dir: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pgrun"))
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn fifo(dir: &TempDir, name: &str) -> String {
    let path = dir.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path.to_str().unwrap().to_string()
}

#[test]
fn version_names_the_records() {
    assert_eq!(out(&pgrun(&["--version"], "")), "pgrun 0.1.0 (records version 1)\n");
}

#[test]
fn lines_arguments_and_combinations() {
    assert_eq!(out(&pgrun(&["-k", "echo", "{}"], "b\na\n\nc")), "b\na\n\nc\n");
    assert_eq!(
        out(&pgrun(&["-k", "echo", "{2}-{1}", ":::", "a", "b", ":::", "1", "2"], "")),
        "1-a\n2-a\n1-b\n2-b\n"
    );
    assert_eq!(out(&pgrun(&["-k", ":::", "echo x", "echo 'y  z'"], "")), "x\ny  z\n");
    assert_eq!(out(&pgrun(&["-k0", "printf", "%s."], "a b\0c\nd\0")), "a b.c\nd.");
    assert_eq!(out(&pgrun(&["-k", "--tag", "printf 'x\\ny'", ":::", "a"], "")), "a\tx\na\ty");
}

#[test]
fn data_never_becomes_code() {
    let nasty = [
        "$(touch hit)",
        "`touch hit`",
        "; touch hit",
        "'; touch hit; '",
        "\"; touch hit; \"",
        "a\\",
        "*",
        "~",
        "-n",
        "",
        "\n#",
    ];
    let dir = TempDir::new().unwrap();
    for template in [
        "printf '<%s>' {} | cat",
        "printf \"<%s>\" \"{}\" | cat",
        "sh -c 'printf \"<%s>\" \"$1\"' - {}",
    ] {
        let mut command = tool("pgrun");
        command.current_dir(&dir).args(["-k", template, ":::"]).args(nasty);
        let want: String = nasty.iter().map(|word| format!("<{word}>")).collect();
        assert_eq!(out(&command.output().unwrap()), want, "{template}");
    }
    assert!(!dir.path().join("hit").exists());
}

#[test]
fn the_first_line_runs_before_the_input_ends() {
    let dir = TempDir::new().unwrap();
    let mut run = started(&["-j1", "echo", "got"], dir.path());
    let mut input = run.stdin.take().unwrap();
    input.write_all(b"one\n").unwrap();
    let mut first = [0u8; 8];
    run.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"got one\n");
    drop(input);
    assert!(run.wait().unwrap().success());
}

#[test]
fn statuses_count_failures() {
    let status = |args: &[&str], input: &str| pgrun(args, input).status.code().unwrap();
    assert_eq!(status(&["true"], "a\nb\n"), 0);
    assert_eq!(status(&["exit"], "0\n1\n2\n"), 2);
    let many: String = (0..120).map(|_| "1\n").collect();
    assert_eq!(status(&["exit"], &many), 101);
    assert_eq!(status(&["--halt", "now,fail=1", "-j1", "exit"], "0\n7\n1\n"), 7);
    assert_eq!(status(&["--halt", "soon,success=1", "-j1", "exit"], "3\n0\n1\n"), 0);
    assert_eq!(status(&["no-such-program-here"], "a\n"), 1);
}

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

/// A FIFO opened without waiting for a writer; later it tells whether anybody
/// still holds the other end.
fn watched(path: &str) -> fs::File {
    use std::os::unix::fs::OpenOptionsExt as _;
    fs::OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path).unwrap()
}

/// Nobody holds the other end any more; it may have been held, and text been written.
fn nobody_is_left(mut fifo: fs::File) -> String {
    let mut text = String::new();
    fifo.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let dir = TempDir::new().unwrap();
    let alive = fifo(&dir, "alive");
    let end = watched(&alive);
    // the grandchild holds the FIFO open for as long as it lives
    let cmd = format!("trap '' TERM; exec 3>{alive}; echo up >&3; sleep 1000 & wait");
    let ops = serde_json::json!({"id": "a", "cmd": cmd, "timeout": 0.3}).to_string();
    let output = pgrun(&["-K", "0.05"], &ops);
    assert_eq!(nobody_is_left(end), "up\n");
    let ends = decided(&events(&out(&output)));
    assert_eq!(ends["a"]["result"], "timeout");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn strays_are_found_told_and_ended() {
    let dir = TempDir::new().unwrap();
    let alive = fifo(&dir, "alive");
    let end = watched(&alive);
    let cmd = format!("exec 3>{alive}; echo up >&3; sleep 1000 & exit 0");
    let output = pgrun(&[], &serde_json::json!({"id": "a", "cmd": cmd}).to_string());
    assert_eq!(nobody_is_left(end), "up\n");
    let ends = decided(&events(&out(&output)));
    assert_eq!(ends["a"]["result"], "success");
    assert_eq!(ends["a"]["leaked"], 1);
}

#[test]
fn a_signal_ends_the_operations_and_then_us() {
    let dir = TempDir::new().unwrap();
    let (ready, alive) = (fifo(&dir, "ready"), fifo(&dir, "alive"));
    let ops = format!(
        r#"{{"id":"a","cmd":"echo >{ready}; exec sleep 1000 >{alive}"}}
{{"id":"b","cmd":["true"],"needs":["a"]}}"#
    );
    let mut run = started(&[], dir.path());
    run.stdin.take().unwrap().write_all(ops.as_bytes()).unwrap();
    let mut text = String::new();
    fs::File::open(&ready).unwrap().read_to_string(&mut text).unwrap();
    let mut alive = fs::File::open(&alive).unwrap();
    assert!(Command::new("kill").arg(run.id().to_string()).status().unwrap().success());
    alive.read_to_string(&mut text).unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(15));
    let events = events(&out(&output));
    let ends = decided(&events);
    assert_eq!(ends["a"]["result"], "cancellation");
    assert_eq!((&ends["b"]["result"], &ends["b"]["reason"]), (&"skip".into(), &"halt".into()));
    assert_eq!(events.last().unwrap()["signal"], 15);
}

#[test]
fn a_reader_that_goes_away_ends_the_run_by_sigpipe() {
    let dir = TempDir::new().unwrap();
    let mut run = started(&["-j1", "seq 100000 #{}", ":::", "1", "2", "3"], dir.path());
    let mut first = [0u8; 2];
    run.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(run.stdout.take());
    let output = run.wait_with_output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(13));
    assert_eq!(err(&output), "");
}

#[test]
fn what_cannot_be_written_is_said_and_is_255() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_pgrun"));
    let output = run.args(["echo", ":::", "a"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(255));
    assert_eq!(err(&output), "pgrun: standard output: No space left on device; it is incomplete\n");
    for flag in ["--events", "--joblog"] {
        let output = pgrun(&[flag, "/dev/full", "true", ":::", "a"], "");
        assert_eq!(output.status.code(), Some(255), "{flag}");
        assert!(err(&output).contains("/dev/full: No space left on device"), "{}", err(&output));
    }
}

#[test]
fn bytes_that_are_not_utf8_go_the_whole_way() {
    let ops = r#"{"id":"a","cmd":["printf","%s",{"b64":"/2H+"}]}"#;
    let (status, ends, _) = {
        let output = pgrun(&["--event-output", "all"], ops);
        assert_eq!(output.stderr, [0xff, b'a', 0xfe]);
        let events = events(&out(&output));
        (output.status.code().unwrap(), decided(&events), ())
    };
    assert_eq!(status, 0);
    assert_eq!(ends["a"]["output"]["b64"], "/2H+");
    let run = tool("pgrun").args(["printf", "%s"]).write_stdin([0xff, b'\n']).output().unwrap();
    assert_eq!(run.stdout, [0xff]);
}

#[test]
fn script_bodies_stdin_environment_and_folder() {
    let dir = TempDir::new().unwrap();
    let ops = r#"{"id":"a","cmd":["bash","{file:body.sh}","x"],"files":{"body.sh":"stat -c %a \"$0\"; echo $1 $V $PG_ID $PG_ATTEMPT; cat; pwd -P"},"stdin":"in\n","env":{"V":"v"}}"#;
    let run = dir.path().join("run");
    let output = pgrun(&["--run-dir", run.to_str().unwrap()], ops);
    let place = fs::canonicalize(&run).unwrap();
    let want = format!("600\nx v a 1\nin\n{}\n", place.display());
    assert_eq!(err(&output), want);
    assert_eq!(fs::read_to_string(run.join("artifacts/logs/a.log")).unwrap(), want);
    assert!(run.join("artifacts/outputs").is_dir() && run.join("artifacts/scripts").is_dir());
    let left = fs::read_dir(std::env::temp_dir()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("pgrun-") && run.join("no").exists()
    });
    assert_eq!(left.count(), 0);
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
fn a_wrong_command_line_says_what_is_right() {
    let cases: [(&[&str], &str); 8] = [
        (&["-j", "many", "true"], "-j many: write N, N%, +N, -N, or 0"),
        (&["--halt", "later,fail=1", "true"], "--halt later,fail=1: write never, or such as"),
        (&["--resource", "memory", "true"], "--resource memory: write NAME=AMOUNT"),
        (&["--ops", "/no/such/file"], "/no/such/file: No such file or directory"),
        (&["-a", "/", "true"], "/: is a folder; name a file"),
        (&["--timeout", "soon", "true"], "\"soon\" is no duration"),
        (&["--bogus"], "--bogus"),
        (&["x `y {}`", ":::", "a"], "stands in backquotes, where an argument cannot be quoted"),
    ];
    for (args, message) in cases {
        let output = pgrun(args, "");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        let text = err(&output);
        assert!(text.starts_with("pgrun: ") && text.contains(message), "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let empty = pgrun(&[], "");
    assert_eq!(empty.status.code(), Some(255));
    assert!(err(&empty).contains("standard input is empty"));
    assert_eq!(pgrun(&["--allow-empty"], "").status.code(), Some(0));
    assert_eq!(pgrun(&["true"], "").status.code(), Some(0));
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
fn the_job_log_has_gnu_parallels_columns() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    pgrun(&["-j1", "--joblog", log.to_str().unwrap(), "printf xy; exit {}"], "0\n3\n");
    let text = fs::read_to_string(log).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        rows[0].join(" "),
        "Seq Host Starttime JobRuntime Send Receive Exitval Signal Command"
    );
    assert_eq!((rows[1][0], rows[1][1], rows[1][5], rows[1][6]), ("1", ":", "2", "0"));
    assert_eq!((rows[2][6], rows[2][7], rows[2][8]), ("3", "0", "printf xy; exit 3"));
}

#[test]
fn groups_are_whole_and_order_is_kept() {
    // each writes in two parts around a rendezvous with the other
    let dir = TempDir::new().unwrap();
    let (one, two) = (fifo(&dir, "one"), fifo(&dir, "two"));
    let script = format!(
        "echo {{}} begins; test {{}} = 1 && {{ echo >{one}; read x <{two}; }} || {{ read x <{one}; echo >{two}; }}; echo {{}} ends"
    );
    let script =
        script.replace("{ echo", "( echo").replace("; }", " )").replace("{ read", "( read");
    let output = pgrun(&["-k", "-j2", &script, ":::", "1", "2"], "");
    assert_eq!(out(&output), "1 begins\n1 ends\n2 begins\n2 ends\n");
}

#[test]
fn the_run_is_over_in_time_or_ends() {
    let output = pgrun(&["--total-timeout", "0.05", "sleep 1000 #{}", ":::", "a"], "");
    assert_eq!(output.status.code(), Some(124));
}

#[test]
fn a_runner_that_is_killed_leaves_nothing_behind() {
    let dir = TempDir::new().unwrap();
    let (ready, group, escaped) = (fifo(&dir, "ready"), fifo(&dir, "group"), fifo(&dir, "escaped"));
    // one in the group that ignores TERM, one that left it
    let cmd = format!(
        "trap '' TERM; sleep 1000 >{group} & setsid sleep 1000 >{escaped} & echo >{ready}; wait"
    );
    let mut run = started(&[], dir.path());
    let ops = serde_json::json!({"id": "a", "cmd": cmd}).to_string();
    run.stdin.take().unwrap().write_all(ops.as_bytes()).unwrap();
    let mut text = String::new();
    let mut group = fs::File::open(&group).unwrap();
    let mut escaped = fs::File::open(&escaped).unwrap();
    fs::File::open(&ready).unwrap().read_to_string(&mut text).unwrap();
    run.kill().unwrap();
    group.read_to_string(&mut text).unwrap();
    escaped.read_to_string(&mut text).unwrap();
    run.wait().unwrap();
}

#[test]
fn the_stop_key_stops_the_operations_too() {
    let dir = TempDir::new().unwrap();
    let (pid, go) = (fifo(&dir, "pid"), fifo(&dir, "go"));
    let cmd = format!("echo $$ >{pid}; read x <{go}; echo $x");
    let mut run = started(&["--timeout", "1000"], dir.path());
    let ops = serde_json::json!({"id": "a", "cmd": cmd}).to_string();
    run.stdin.take().unwrap().write_all(ops.as_bytes()).unwrap();
    let mut op = String::new();
    fs::File::open(&pid).unwrap().read_to_string(&mut op).unwrap();
    let signal = |name: &str| {
        let id = run.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    };
    signal("TSTP");
    // our own stop comes after those of the operations
    wait_until_stopped(run.id());
    let status = fs::read_to_string(format!("/proc/{}/status", op.trim())).unwrap();
    // stopped, or about to be as soon as it gets a processor
    let pending = status.lines().any(|line| line == "ShdPnd:\t0000000000040000");
    assert!(pending || status.contains("State:\tT"), "{status}");
    signal("CONT");
    fs::write(&go, "on\n").unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!(err(&output), "on\n");
    assert!(output.status.success());
}

/// Returns when a child of ours has been stopped.
fn wait_until_stopped(pid: u32) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
    waitid(Id::Pid(pid), WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT).unwrap();
}

#[test]
fn descriptors_that_are_named_are_passed_on() {
    let pgrun = env!("CARGO_BIN_EXE_pgrun");
    let script = format!(
        "{pgrun} -k cat ::: <(echo one) <(echo two); {pgrun} 'ls /proc/self/fd | wc -l; echo {{}} >/dev/null' ::: 1 7</dev/null"
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    // 0, 1, 2 and the one that ls itself has open
    assert_eq!(out(&output), "one\ntwo\n4\n", "{}", err(&output));
}

/// A command in the background that reads the terminal is stopped; here under a
/// pseudo-terminal of its own.
#[test]
fn a_command_that_wants_the_terminal_is_told_so() {
    if Command::new("script").arg("--version").output().is_err() {
        println!("skipped: a_command_that_wants_the_terminal_is_told_so: script is not there");
        return;
    }
    let line =
        format!("{} -K 0.05 'read x </dev/tty; echo {{}}' ::: a", env!("CARGO_BIN_EXE_pgrun"));
    let output = Command::new("script").args(["-qec", &line, "/dev/null"]).output().unwrap();
    assert!(out(&output).contains("wants the terminal"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(1));
}

/// Runs a shell script that has pgrun on its path as `$P`; its standard output.
fn script(dir: &Path, text: &str) -> String {
    let output = Command::new("bash")
        .args(["-c", text])
        .current_dir(dir)
        .env("P", env!("CARGO_BIN_EXE_pgrun"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_reader_that_stands_still_loses_nothing() {
    for (bytes, flag) in [(1_150_000, "-k"), (1_150_000, "-j1"), (20_000_000, "-j1")] {
        let dir = TempDir::new().unwrap();
        // late enough for what is left open to be closed
        let text = format!(
            "mkfifo go; (sleep 0.6; echo >go) & \
             $P {flag} 'head -c {bytes} /dev/zero; : {{}}' ::: a | {{ read -r _ <go; wc -c; }}"
        );
        assert_eq!(script(dir.path(), &text).trim(), bytes.to_string(), "{flag}");
    }
}

#[test]
fn a_file_of_lines_goes_on_when_the_reader_does() {
    let dir = TempDir::new().unwrap();
    let text = "seq 9 >lines; mkfifo go; (sleep 0.3; echo >go) & \
                $P -j2 -a lines 'head -c 600000 /dev/zero; : {}' | { read -r _ <go; wc -c; }";
    assert_eq!(script(dir.path(), text).trim(), (9 * 600_000).to_string());
}

#[test]
fn records_and_output_in_one_pipe_stay_whole() {
    let dir = TempDir::new().unwrap();
    let text = r#"for n in 1 2 3 4 5 6 7 8; do
            echo '{"id":"o'$n'","cmd":"head -c 200000 /dev/zero | tr \"\\0\" x"}'
        done | $P -j1 --event-output none 2>&1 | { sleep 0.3; cat; }"#;
    let mixed = script(dir.path(), text);
    let records: Vec<&str> = mixed.lines().filter(|line| !line.starts_with('x')).collect();
    assert_eq!(events(&records.join("\n")).len(), 8 * 2 + 2);
    let lengths: Vec<usize> =
        mixed.lines().filter(|line| line.starts_with('x')).map(str::len).collect();
    assert_eq!(lengths, [200_000; 8]);
}

#[test]
fn order_is_kept_past_barriers_and_in_rollbacks() {
    let ops = r#"{"id":"z","barrier":true}
{"id":"a","cmd":"echo A","needs":["z"],"rollback":["echo","undone"]}
{"id":"x","barrier":true,"needs":["a"]}
{"id":"b","cmd":"echo B; exit 1","needs":["x"]}
"#;
    let (status, _, said) = plan(&["-k", "-s", "--on-failure", "rollback"], ops);
    assert_eq!(
        (status, said.replace("pgrun: undoing 1 operations that succeeded\n", "")),
        (1, "A\nB\nundone\n".into())
    );
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
fn what_nohup_ignores_is_ignored() {
    let dir = TempDir::new().unwrap();
    let text = "mkfifo up go; trap '' HUP; $P 'echo >up; read -r _ <go; echo {}' ::: done & \
                read -r _ <up; kill -HUP $!; echo >go; wait $!; echo $?";
    assert_eq!(script(dir.path(), text), "done\n0\n");
}

#[test]
fn nobody_reads_the_events_any_more() {
    let dir = TempDir::new().unwrap();
    let text = r#"mkfifo go; { echo '{"cmd":"read -r _ <go"}'; echo '{"cmd":"echo ran >>log"}'; } >ops
        { $P -j1 --ops ops; echo $? >&3; } 3>status | { head -n1 >/dev/null; exec <&-; echo >go; }
        cat status"#;
    assert_eq!(script(dir.path(), text), "141\n");
}
