//! `--log`, `--resume` from it, and what goes with them.

use super::*;

/// Ids of the events of a kind in a log, in order.
fn ids(dir: &TempDir, name: &str, kind: &str) -> Vec<String> {
    let text = fs::read_to_string(dir.path().join(name)).unwrap();
    let of_kind = events(&text).into_iter().filter(|event| event["type"] == kind);
    of_kind.map(|event| event["id"].as_str().unwrap_or_default().to_string()).collect()
}

/// Runs a script with pgrun as `$P` and a plan in `plan`; what it said on standard error and
/// after its runs.
fn said(dir: &TempDir, text: &str) -> String {
    script(dir.path(), &format!("exec 2>&1; {text}"))
}

fn chain(dir: &TempDir, count: u32) {
    let op = |n: u32| {
        let needs = if n > 1 { format!(r#","needs":["o{}"]"#, n - 1) } else { String::new() };
        let test = if n == 3 { "test -f fixed && " } else { "" };
        format!("{{\"id\":\"o{n}\",\"cmd\":\"{test}echo {n} >>ran\"{needs}}}\n")
    };
    fs::write(dir.path().join("plan"), (1..=count).map(op).collect::<String>()).unwrap();
}

#[test]
fn a_plan_that_failed_goes_on_where_it_failed() {
    let dir = TempDir::new().unwrap();
    chain(&dir, 11);
    let run = "$P -s --log log --on-failure stop --ops plan >/dev/null; echo $?";
    assert_eq!(said(&dir, run), "1\n");
    assert_eq!(ids(&dir, "log", "op.start"), ["o1", "o2", "o3"]);
    let again = "touch fixed; $P -s --log log --resume --ops plan >events; echo $?";
    assert_eq!(said(&dir, again), "0\n");
    assert_eq!(ids(&dir, "events", "op.skip"), ["o1", "o2"]);
    assert_eq!(ids(&dir, "events", "op.start").len(), 9);
    let ran = fs::read_to_string(dir.path().join("ran")).unwrap();
    assert_eq!(ran.lines().count(), 11);
    // every attempt has its number
    let all = events(&fs::read_to_string(dir.path().join("log")).unwrap());
    let third = all.iter().filter(|e| e["type"] == "op.start" && e["id"] == "o3");
    assert_eq!(third.map(|e| e["attempt"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    // and pgstat has nothing to complain of
    let stat = tool("pgstat").arg(dir.path().join("log")).output().unwrap();
    assert_eq!(stat.status.code(), Some(0), "{}", err(&stat));
}

#[test]
fn a_hundred_ends_at_once_are_a_hundred_records() {
    let dir = TempDir::new().unwrap();
    let text =
        "seq 100 | $P -j16 --log log true; seq 100 | $P -j16 --log log --resume true; echo $?";
    assert_eq!(said(&dir, text), "0\n");
    for kind in ["op.start", "op.end", "op.skip"] {
        let mut ids = ids(&dir, "log", kind);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 100, "{kind}");
    }
}

#[test]
fn a_start_names_its_process_and_when_that_began() {
    let dir = TempDir::new().unwrap();
    // the shell is replaced by awk
    let own = r#"exec awk "{print \$1, \$22}" /proc/self/stat; :"#;
    let told = said(&dir, &format!("$P -j1 --log log --events events '{own}' ::: a"));
    let log = events(&fs::read_to_string(dir.path().join("log")).unwrap());
    let start = log.iter().find(|event| event["type"] == "op.start").unwrap();
    assert_eq!(told.trim(), format!("{} {}", start["pid"], start["born"]));
    assert_eq!(start["key"].as_str().unwrap().len(), 32);
    assert!(log[0]["boot"].as_str().is_some_and(|boot| boot.len() == 36));
    // without a log nobody pays for it
    let events = fs::read_to_string(dir.path().join("events")).unwrap();
    assert!(!events.contains("\"key\"") && !events.contains("\"born\""), "{events}");
}

#[test]
fn a_command_is_known_by_what_it_is() {
    let dir = TempDir::new().unwrap();
    let run = |flags: &str, command: &str| {
        said(&dir, &format!("$P -k -j1 --log log --resume {flags} '{command}' ::: a b a"))
    };
    assert_eq!(run("", "echo {} {#}"), "a 1\nb 2\na 3\n");
    // the same; numbers are not a part of it
    assert_eq!(run("", "echo {} {#}"), "");
    let changed = "$P -k -j1 --log log --resume 'echo {} {#}' ::: c a a a b";
    assert_eq!(said(&dir, changed), "c 1\na 4\n");
    // another command, environment, folder
    assert_eq!(run("", "echo {} {#}."), "a 1.\nb 2.\na 3.\n");
    assert_eq!(run("--env X=1", "echo {} {#}").lines().count(), 3);
    assert_eq!(run("-C /", "echo {} {#}").lines().count(), 3);
    let elsewhere = "mkdir d; cd d; $P -k -j1 --log ../log --resume 'echo {} {#}' ::: a b a";
    assert_eq!(said(&dir, elsewhere).lines().count(), 3);
    // begun anew, and gone on from there
    assert_eq!(said(&dir, "$P -j1 --log log 'echo {} {#}' ::: a"), "a 1\n");
    assert_eq!(run("", "echo {} {#}"), "b 2\na 3\n");
}

#[test]
fn of_operations_all_that_is_run_counts() {
    let dir = TempDir::new().unwrap();
    let op = |more: &str| format!(r#"{{"id":"a","cmd":"cat; echo $X"{more}}}"#);
    let variants = [
        op(""),
        op(r#","stdin":"x""#),
        op(r#","env":{"X":"1"}"#),
        op(r#","cwd":"/""#),
        op(r#","files":{"f":"x"}"#),
        op(r#","out":["made"]"#).replace("cat;", "cat >{out};"),
        op("").replace("\"a\"", "\"b\""),
        op("").replace("cat", "true"),
    ];
    let log = dir.path().join("log");
    let mut skipped = 0;
    for op in variants.iter().chain(&variants) {
        let args = ["--log", log.to_str().unwrap(), "--resume"];
        let output = tool("pgrun")
            .args(args)
            .current_dir(dir.path())
            .write_stdin(op.as_str())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        skipped += usize::from(out(&output).contains("\"reason\":\"resumed\""));
    }
    assert_eq!(skipped, variants.len(), "each once");
    // a name that was made for its place is none of it
    let plan =
        |names: [&str; 2]| names.map(|n| format!("{{\"cmd\":[\"echo\",\"{n}\"]}}\n")).concat();
    for (text, count) in [(plan(["x", "y"]), 0), (plan(["z", "x"]), 1)] {
        let args = ["--log", log.to_str().unwrap(), "--resume"];
        let output = tool("pgrun").args(args).write_stdin(text).output().unwrap();
        assert_eq!(out(&output).matches("\"reason\":\"resumed\"").count(), count);
    }
}

#[test]
fn what_was_undone_runs_again() {
    let dir = TempDir::new().unwrap();
    fs::write(
        dir.path().join("plan"),
        r#"{"id":"a","cmd":"echo a >>ran","rollback":"echo undo >>ran"}
{"id":"b","cmd":"test -f fixed","needs":["a"]}
"#,
    )
    .unwrap();
    let text = "$P -s --log log --on-failure rollback --ops plan >/dev/null; touch fixed; \
                $P -s --log log --resume --on-failure rollback --ops plan >/dev/null; echo $?; cat ran";
    assert_eq!(said(&dir, text), "pgrun: undoing 1 operations that succeeded\n0\na\nundo\na\n");
}

#[test]
fn a_dry_run_leaves_out_what_is_done_and_writes_nothing() {
    let dir = TempDir::new().unwrap();
    chain(&dir, 2);
    let text = "$P --log log 'echo {}' ::: a >/dev/null; cp log old; \
                $P --log log --resume --dry-run 'echo {}' ::: b a; cmp log old && echo same; \
                $P -s --log plog --ops plan >/dev/null; \
                $P --log plog --resume --dry-run --ops plan; echo $?; \
                $P --log none --resume --dry-run echo ::: a; ls none 2>/dev/null";
    assert_eq!(said(&dir, text), "echo b\nsame\n0\necho a\n");
}

#[test]
fn what_does_not_go_together_is_refused_with_the_remedy() {
    let dir = TempDir::new().unwrap();
    fifo(&dir, "fifo");
    for (args, advice) in [
        ("--log l --resume --joblog j echo ::: a", "name one of them"),
        ("--log l --retry-failed echo ::: a", "--resume runs again what failed"),
        ("--log l --pipe cat", "the blocks of --pipe have none"),
        ("--repair echo ::: a", "--log"),
        ("--log . echo ::: a", "is no regular file"),
        ("--log fifo echo ::: a", "is no regular file"),
        ("--log /dev/null echo ::: a", "is no regular file"),
        ("--log /nonexistent/l echo ::: a", "No such file or directory"),
        ("--stall 1 -u echo ::: a", "take --line-buffer"),
        ("--heartbeat 0 echo ::: a", "write a time such as 60s"),
        ("--resume --ops /dev/null", "--log FILE --resume"),
    ] {
        let said = said(&dir, &format!("$P {args} </dev/null; echo $?"));
        assert!(said.contains(advice) && said.ends_with("255\n"), "{args}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn an_attempt_that_writes_nothing_is_ended() {
    let dir = TempDir::new().unwrap();
    let text = "$P --events events --stall 0.2 'echo {}; sleep 1000' ::: a; echo $?";
    let said = said(&dir, text);
    assert!(said.starts_with("a\npgrun: This job has stalled after "), "{said}");
    assert!(said.ends_with("sleep 1000\n1\n"), "{said}");
    let all = events(&fs::read_to_string(dir.path().join("events")).unwrap());
    let end = all.iter().find(|event| event["type"] == "op.end").unwrap();
    assert_eq!((&end["result"], &end["reason"]), (&"timeout".into(), &"stall".into()));
}

#[test]
fn an_attempt_that_writes_nothing_is_told() {
    use std::io::{BufRead as _, BufReader};
    let dir = TempDir::new().unwrap();
    let go = fifo(&dir, "go");
    let command = format!("read -r x <{go}; echo $x; :");
    let mut run = started(&["--heartbeat", "0.1", &command, ":::", "a"], dir.path());
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    for _ in 0..2 {
        let line = lines.next().unwrap().unwrap();
        assert!(line.starts_with("pgrun: job 1: has written nothing for 0."), "{line}");
    }
    fs::write(&go, "done\n").unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), "done\n"));
}
