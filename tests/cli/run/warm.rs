//! Shells that are kept ready (`--warm`) give what a shell gives that is executed.

use super::*;

/// Commands that look at all that a shell is started with, and try to leave something behind.
const CORPUS: &[&str] = &[
    "echo hi",
    "exit 3",
    "kill -9 $$",
    "kill -TERM $$",
    "true; sh -c 'kill -SEGV $$'",
    "exec 2>/dev/null; sh -c 'kill -9 $$'; echo $?",
    "echo \"unterminated",
    "if true; then",
    "foo(",
    "echo before\n)",
    "no_such_command",
    "no_such_command; echo $?",
    "/etc/passwd",
    "cd /nonexistent; pwd",
    "cd /tmp && pwd",
    "pwd; echo $PWD $OLDPWD",
    "echo $0 $# \"$@\"",
    "trap 'echo bye' EXIT; echo one",
    "trap 'echo term; exit 5' TERM; kill -TERM $$; echo after",
    "trap",
    "(echo bg) & wait; echo done",
    "wait; jobs; echo $?",
    "x=1; f() { echo fn; }; alias a=b; f; echo $x",
    "echo [$x]; f; alias a",
    "umask 077; umask",
    "umask",
    "ulimit -n 64; ulimit -n",
    "ulimit -n",
    "exec echo replaced",
    "exec >/dev/null; echo lost",
    "cat <<E\nline $VAR\nE",
    "cat <<'E'\n$x `y`\nE",
    "printf 'a\\nb'; printf err >&2",
    "echo a | tr a-z A-Z | cat -n",
    "echo $LINENO\necho $LINENO\nnosuch",
    "set -e; false; echo no",
    "set -u; echo $undefined",
    "echo ${x:?missing}",
    "readonly r=1; r=2; echo after",
    "cat; read x; echo \"[$x]\" $?",
    "env | grep -v -e ^PG_RUN= -e ^PARALLEL_PID= | sort",
    "echo $PG_ID $PG_SEQ $PG_SLOT ${LD_PRELOAD-none} ${PG_WARM-none}",
    "ls /proc/self/fd | wc -l",
    "grep -e ^Sig[PBIC] -e ^Shd /proc/self/status",
    "cat /proc/self/limits",
    "nice; cat /proc/$$/comm; readlink /proc/$$/exe",
    "kill -0 $PPID && echo parent",
    "test $(ps -o pgid= -p $$) = $$ && echo leader",
    "exec 3>&1; echo x >&3",
    "trap '' TERM; sh -c 'kill -TERM $$; echo survived'",
    "true & true & wait; echo $?",
    "! true; echo $?",
    "printf '\\377\\376'",
    "exit 300",
    "set -x; echo traced",
    "echo $-",
    "for i in 1 2; do echo $i; done; case x in x) echo case;; esac",
];

/// What must be the same, by operation; and how each was begun.
fn outcomes(args: &[&str]) -> (BTreeMap<String, String>, Vec<String>) {
    let line = |(at, cmd): (usize, &&str)| {
        serde_json::json!({"id": format!("o{at:02}"), "cmd": cmd}).to_string() + "\n"
    };
    let ops: String = CORPUS.iter().enumerate().map(line).collect();
    let all = [&["-j1", "--event-output", "all"], args].concat();
    let output = tool("pgrun").args(all).env("VAR", "two words").write_stdin(ops).output().unwrap();
    let ends = decided(&events(&out(&output)));
    assert_eq!(ends.len(), CORPUS.len());
    let told = |end: &Value| {
        ["exit", "signal", "result", "reason", "output", "leaked"]
            .map(|field| end[field].to_string())
    };
    let begun = ends.values().map(|end| end["begun"].to_string()).collect();
    (ends.iter().map(|(id, end)| (id.clone(), told(end).join(" "))).collect(), begun)
}

#[test]
fn warm_and_cold_are_the_same() {
    for shell in ["/bin/sh", "/bin/bash"] {
        let (cold, begun) = outcomes(&["--shell", shell]);
        assert!(begun.iter().all(|how| how == "null"));
        let (warm, begun) = outcomes(&["--shell", shell, "--warm"]);
        assert!(begun.iter().all(|how| how == "\"warm\""), "{begun:?}");
        for ((id, cold), warm) in cold.iter().zip(warm.values()) {
            let at: usize = id[1..].parse().unwrap();
            assert_eq!(cold, warm, "{shell}: {}", CORPUS[at]);
        }
    }
}

/// Kills the shell that is ready; the copy that runs this has its words, too.
const KILL: &str = "for p in $(cat /proc/$PPID/task/*/children); do \
    test $p = $$ || ! grep -q 'pgrun --warm' /proc/$p/cmdline || kill -9 $p; done; ";

#[test]
fn a_killed_shell_loses_nothing_and_runs_nothing_twice() {
    let dir = TempDir::new().unwrap();
    let command = format!("{KILL}echo {{}} >>ran");
    let numbers: String = (1..=12).map(|number| format!("{number}\n")).collect();
    let output = tool("pgrun")
        .current_dir(&dir)
        .args(["-j1", "--shell", "/bin/sh", "--warm", "--events", "ev", &command])
        .write_stdin(numbers.clone())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(fs::read_to_string(dir.path().join("ran")).unwrap(), numbers);
    let all = events(&fs::read_to_string(dir.path().join("ev")).unwrap());
    let ends: Vec<&Value> = all.iter().filter(|event| event["type"] == "op.end").collect();
    let begun = |how: &str| ends.iter().filter(|end| end["begun"] == how).count();
    assert_eq!(ends.len(), 12);
    // the first of each pair kills the shell, the second finds it dead
    assert_eq!((begun("warm"), begun("cold")), (6, 6));
    let cold = ends.iter().find(|end| end["begun"] == "cold").unwrap();
    assert_eq!(cold["cold_reason"], "the shell that was ready has died");
    let starts = &all.last().unwrap()["starts"];
    assert_eq!((&starts["warm"]["n"], &starts["cold"]["n"]), (&6.into(), &6.into()));
    assert_eq!(starts["ready"]["n"], 6);
}

#[test]
fn a_shell_is_ended_after_its_jobs() {
    let dir = TempDir::new().unwrap();
    let args = ["-j1", "--shell", "/bin/sh", "--warm", "--warm-max-jobs", "3", "--events", "ev"];
    let output = tool("pgrun")
        .current_dir(&dir)
        .args(args)
        .args([": {}; :", ":::", "1", "2", "3", "4", "5", "6", "7"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", err(&output));
    let all = events(&fs::read_to_string(dir.path().join("ev")).unwrap());
    let starts = &all.last().unwrap()["starts"];
    assert_eq!((&starts["warm"]["n"], &starts["ready"]["n"]), (&7.into(), &3.into()));
    assert!(starts["warm"]["p50_s"].is_number() && starts["warm"]["p95_s"].is_number());
    let report = tool("pgstat").current_dir(&dir).args(["report", "ev"]).output().unwrap();
    let line = out(&report).lines().find(|line| line.contains("starts")).unwrap().to_string();
    assert!(line.contains("3 ready: ") && line.contains("7 warm: "), "{line}");
    assert!(line.contains("; saved "), "{line}");
}

#[test]
fn what_is_not_for_a_warm_shell_is_begun_cold_and_says_why() {
    let dir = TempDir::new().unwrap();
    let ops = [
        serde_json::json!({"id": "argv", "cmd": ["true"]}),
        serde_json::json!({"id": "lock", "cmd": "true; :", "locks": ["warm"]}),
        serde_json::json!({"id": "early", "cmd": "true; :", "env": {"MALLOC_PERTURB_": "1"}}),
        serde_json::json!({"id": "long", "cmd": format!(": {}; :", "x".repeat(126_000))}),
        serde_json::json!({"id": "short", "cmd": "cat; :", "stdin": "text", "cwd": "/"}),
    ];
    let ops: String = ops.iter().map(|op| format!("{op}\n")).collect();
    let locks = dir.path().join("locks");
    let args = ["--warm", "--lock-dir", locks.to_str().unwrap(), "--event-output", "all"];
    let output = pgrun(&args, &ops);
    let ends = decided(&events(&out(&output)));
    let told = |id: &str| ends[id]["cold_reason"].as_str().unwrap_or_default().to_string();
    assert_eq!(told("argv"), "it needs no shell");
    assert_eq!(told("lock"), "it has more descriptors than three");
    assert_eq!(told("early"), "the loader reads one of its variables");
    assert_eq!(told("long"), "it is too long, or its folder cannot be entered");
    assert_eq!(
        (&ends["short"]["begun"], &ends["short"]["output"]),
        (&"warm".into(), &"text".into())
    );
}

#[test]
fn strays_of_a_warm_command_are_found_and_ended() {
    let ops = [
        serde_json::json!({"id": "in", "cmd": "sleep 1000 & exit 0"}),
        serde_json::json!({"id": "out", "cmd": "setsid sleep 1000 & exit 0"}),
        serde_json::json!({"id": "late", "cmd": "trap '' TERM; sleep 1000 & wait; :", "timeout": 0.2}),
    ];
    let ops: String = ops.iter().map(|op| format!("{op}\n")).collect();
    let output = pgrun(&["-j2", "-K", "0.05", "--warm"], &ops);
    let ends = decided(&events(&out(&output)));
    for id in ["in", "out"] {
        assert_eq!(
            (&ends[id]["result"], &ends[id]["leaked"]),
            (&"success".into(), &1.into()),
            "{id}"
        );
    }
    assert_eq!(ends["late"]["result"], "timeout");
    assert!(ends.values().all(|end| end["begun"] == "warm"), "{ends:?}");
}

#[test]
fn a_log_has_each_warm_start_before_the_command_begins() {
    let dir = TempDir::new().unwrap();
    let run = |args: &[&str]| {
        let command = "grep -c '\"pid\":'$$, log; test {} = 1 || test -f fixed";
        let words = ["-k", "-j1", "--shell", "/bin/sh", "--warm", "--log", "log"];
        let args = [&words[..], args, &[command, ":::", "1", "2"]].concat();
        tool("pgrun").current_dir(&dir).args(args).output().unwrap()
    };
    assert_eq!(out(&run(&[])), "1\n1\n");
    fs::write(dir.path().join("fixed"), "").unwrap();
    assert_eq!(out(&run(&["--resume"])), "1\n");
    let log = fs::read_to_string(dir.path().join("log")).unwrap();
    let begun = events(&log).iter().filter(|event| event["begun"] == "warm").count();
    assert_eq!(begun, 3);
}

#[test]
fn a_killed_runner_leaves_no_warm_command_behind() {
    let dir = TempDir::new().unwrap();
    let alive = dir.path().join("alive");
    assert!(Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let mut run = tool("pgrun");
    run.current_dir(&dir).args(["-j2", "--warm", "--shell", "/bin/sh"]);
    run.args(["exec 3>alive; echo up >&3; sleep 1000 & wait; :", ":::", "1", "2"]);
    let mut run = std::process::Command::new(run.get_program())
        .args(run.get_args())
        .current_dir(&dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut alive = std::io::BufReader::new(fs::File::open(&alive).unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut alive, &mut line).unwrap();
    run.kill().unwrap();
    run.wait().unwrap();
    // ends when nobody of them is left
    alive.read_to_string(&mut line).unwrap();
    assert!(line.starts_with("up\n"));
}

/// A worker in shell that answers with the arguments of its operation. `{before}` is done first.
fn worker(dir: &TempDir, before: &str) -> String {
    let script = format!(
        r#"while read -r line; do
    id=${{line#*\"id\":\"}}; id=${{id%%\"*}}
    arg=${{line#*\"args\":[\"}}; arg=${{arg%%\"*}}
    {before}
    printf '{{"id":"%s","stdout":"%s\\n","exit":%d}}\n' "$id" "$arg" "${{exit-0}}"
done"#
    );
    fs::write(dir.path().join("worker"), script).unwrap();
    "exec sh worker".to_string()
}

/// Runs lines by workers; the output, and all records.
fn by_workers(dir: &TempDir, before: &str, args: &[&str]) -> (Output, Vec<Value>) {
    let worker = worker(dir, before);
    let words = ["-k", "--shell", "/bin/sh", "--events", "ev", "--worker", &worker];
    let output = tool("pgrun").current_dir(dir).args([&words[..], args].concat()).output().unwrap();
    let text = fs::read_to_string(dir.path().join("ev")).unwrap_or_default();
    (output, events(&text))
}

fn ends(all: &[Value]) -> Vec<&Value> {
    all.iter().filter(|event| event["type"] == "op.end").collect()
}

#[test]
fn workers_live_on() {
    let dir = TempDir::new().unwrap();
    let before = "echo $$ >>pids; exit=$((arg == 3))";
    let args = ["-j2", "do", ":::", "1", "2", "3", "4", "5", "6"];
    let (output, all) = by_workers(&dir, before, &args);
    assert_eq!(out(&output), "1\n2\n3\n4\n5\n6\n", "{}", err(&output));
    assert_eq!(output.status.code(), Some(1));
    let pids = fs::read_to_string(dir.path().join("pids")).unwrap();
    let pids: std::collections::BTreeSet<&str> = pids.lines().collect();
    assert!(pids.len() <= 2, "{pids:?}");
    assert!(ends(&all).iter().all(|end| end["begun"] == "worker"));
    let failed: Vec<&Value> = ends(&all).into_iter().filter(|end| end["exit"] == 1).collect();
    assert_eq!((failed.len(), &failed[0]["id"]), (1, &"3".into()));
    let starts = &all.last().unwrap()["starts"];
    assert_eq!((&starts["worker"]["n"], &starts["ready"]["n"]), (&6.into(), &pids.len().into()));
}

#[test]
fn a_worker_that_dies_loses_nothing_and_repeats_nothing_without_a_record() {
    let dir = TempDir::new().unwrap();
    let before = "echo $arg >>begun; test $arg != 2 || test -e once || { : >once; kill -9 $$; }";
    let (output, all) = by_workers(&dir, before, &["-j1", "do", ":::", "1", "2", "3"]);
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(out(&output), "1\n2\n3\n");
    assert_eq!(fs::read_to_string(dir.path().join("begun")).unwrap(), "1\n2\n2\n3\n");
    let told = |end: &&Value| {
        format!("{} {} {} {}", end["id"], end["attempt"], end["result"], end["final"] == true)
    };
    let want = [
        r#""1" 1 "success" true"#,
        r#""2" 1 "failure" false"#,
        r#""2" 2 "success" true"#,
        r#""3" 1 "success" true"#,
    ];
    assert_eq!(ends(&all).iter().map(told).collect::<Vec<_>>(), want);
    let retries: Vec<&Value> = all.iter().filter(|event| event["type"] == "op.retry").collect();
    assert_eq!((retries.len(), &retries[0]["attempt"]), (1, &2.into()));
    assert_eq!(retries[0]["reason"], "its worker died: signal 9");
    assert!(err(&output).contains("job 2: its worker died: signal 9; it is given to another"));
}

#[test]
fn an_operation_that_kills_each_worker_fails() {
    let dir = TempDir::new().unwrap();
    let before = "test $arg != 2 || exit 0";
    let (output, all) = by_workers(&dir, before, &["-j1", "do", ":::", "1", "2", "3"]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("1\n3\n", Some(1)));
    let of_2: Vec<&Value> = ends(&all).into_iter().filter(|end| end["id"] == "2").collect();
    assert_eq!(of_2.len(), 2);
    assert_eq!((&of_2[1]["attempt"], &of_2[1]["result"]), (&2.into(), &"failure".into()));
    assert_eq!(of_2[1]["reason"], "its worker ended without a reply: exit 0");
}

#[test]
fn what_is_no_reply_is_said() {
    for (before, why) in [
        ("echo nonsense; continue", "its worker: its reply is none: "),
        (r#"echo '{"id":"9"}'; continue"#, r#"its worker: its reply is to "9", not to "1""#),
        (
            r#"echo '{"id":"1","attempt":4}'; continue"#,
            "its worker: its reply is to attempt 4, not to attempt 1",
        ),
        (r#"echo '{"id":"1","exit":"no"}'; continue"#, "its worker: its reply is none: \"exit\": "),
        (
            r#"echo '{"type":"work.request","id":"1"}'; continue"#,
            "its worker: its reply is none: it is of another type: ",
        ),
        ("exec >&-; read -r line", "its worker: it has closed its output without a reply"),
    ] {
        let dir = TempDir::new().unwrap();
        let (output, all) = by_workers(&dir, before, &["-j1", "do", ":::", "1"]);
        assert_eq!(output.status.code(), Some(1), "{before}");
        let reason = ends(&all)[0]["reason"].as_str().unwrap().to_string();
        assert!(reason.starts_with(why), "{before}: {reason}");
        assert_eq!(ends(&all).len(), 1);
        assert_eq!(err(&output), format!("pgrun: job 1: {reason}\n"), "{before}");
    }
}

#[test]
fn what_a_worker_says_moves_no_cursor_and_is_cut() {
    let dir = TempDir::new().unwrap();
    let before = r#"printf '\033[2J%0100d\n' 0; continue"#;
    let (output, _) = by_workers(&dir, before, &["-j1", "do", ":::", "1"]);
    let said = err(&output);
    let line = said.trim_end();
    assert!(line.ends_with(&format!(r": \u{{1b}}[2J{}...", "0".repeat(56))), "{said}");
    let (_, all) = by_workers(&dir, before, &["-q", "-j1", "do", ":::", "1"]);
    assert!(ends(&all)[0]["reason"].as_str().unwrap().contains("its reply is none"));
    let before = r#"printf '{"id":"\\u001b[2J"}\n'; continue"#;
    let (output, _) = by_workers(&dir, before, &["-j1", "do", ":::", "1"]);
    assert!(
        err(&output).contains(r#"its reply is to "\u{1b}[2J", not to "1""#),
        "{}",
        err(&output)
    );
}

/// The first worker closes its output and lives until job 3 is run, which nobody would begin
/// who waited for its end.
#[test]
fn a_worker_that_closes_its_output_holds_up_nobody() {
    let dir = TempDir::new().unwrap();
    let fifos = ["closed", "go"].map(|name| dir.path().join(name));
    assert!(Command::new("mkfifo").args(&fifos).status().unwrap().success());
    let before = "case $arg in
        1) test -e once || { : >once; exec >&-; echo >closed; read x <go; exit; } ;;
        2) read x <closed ;;
        3) echo >go ;;
    esac";
    let (output, all) = by_workers(&dir, before, &["-j2", "do", ":::", "1", "2", "3"]);
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(out(&output), "1\n2\n3\n");
    let first = ends(&all).into_iter().find(|end| end["id"] == "1").unwrap();
    assert_eq!(first["reason"], "its worker ended without a reply: exit 0");
}

/// A worker that waits for work has a process of its own. Strays may live here, so that
/// only the table of groups says who is to be ended.
#[test]
fn a_killed_runner_leaves_no_idle_worker_behind() {
    let dir = TempDir::new().unwrap();
    let alive = dir.path().join("alive");
    assert!(Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let worker = worker(&dir, "test -n \"$up\" || { sleep 1000 3>alive & up=1; }");
    let mut run = tool("pgrun");
    run.args(["-j1", "--shell", "/bin/sh", "--allow-strays", "--worker", &worker, "do"]);
    let mut run = std::process::Command::new(run.get_program())
        .args(run.get_args())
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = run.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"1\n").unwrap();
    let mut alive = fs::File::open(&alive).unwrap();
    let mut output = std::io::BufReader::new(run.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(line, "1\n", "it has replied, and waits");
    run.kill().unwrap();
    run.wait().unwrap();
    // ends when nobody of them is left
    alive.read_to_string(&mut line).unwrap();
    drop(input);
}

#[test]
fn a_worker_that_says_nothing_runs_into_the_timeout() {
    let dir = TempDir::new().unwrap();
    let before = "test $arg != 1 || { read -r line; continue; }";
    let args = ["-j1", "--timeout", "0.2", "-K", "0.05", "do", ":::", "1", "2"];
    let (output, all) = by_workers(&dir, before, &args);
    assert_eq!((out(&output).as_str(), output.status.code()), ("2\n", Some(1)));
    let results: Vec<&Value> = ends(&all).iter().map(|end| &end["result"]).collect();
    assert_eq!(results, ["timeout", "success"]);
}

#[test]
fn workers_do_not_go_with_what_they_cannot_do() {
    for args in [&["-u"][..], &["--pipe"], &["--out", "{}.x"]] {
        let output = pgrun(&[args, &["--worker", "cat", "do {}"]].concat(), "1\n");
        assert_eq!(output.status.code(), Some(255));
        assert!(
            err(&output).contains("--worker runs none; leave one of them away"),
            "{}",
            err(&output)
        );
    }
}
