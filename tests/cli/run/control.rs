//! What changes a run from outside: signals under each name, `-j FILE`, what holds
//! starts back, what ends attempts, and the status that follows.

use super::*;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;

/// A started pgrun under another name, through a link.
fn started_as(name: &str, args: &[&str], dir: &Path) -> Child {
    let link = dir.join(name);
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pgrun"), &link).unwrap();
    }
    // whatever the shell that started the tests ignores, such as SIGHUP under nohup
    Command::new("env")
        .arg("--default-signal")
        .arg(link)
        .args(args)
        .current_dir(dir)
        .env("HOME", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Status and output of GNU parallel's command line.
fn parallel(args: &[&str]) -> (i32, String, String) {
    let dir = TempDir::new().unwrap();
    let output = started_as("parallel", args, dir.path()).wait_with_output().unwrap();
    (output.status.code().unwrap(), out(&output), err(&output))
}

fn kill(run: &Child, signal: &str) {
    let id = run.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

/// What somebody writes into a FIFO, to its end.
fn heard(path: &str) -> String {
    let mut text = String::new();
    fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text.trim().to_string()
}

fn kinds(path: &Path, kind: &str) -> Vec<Value> {
    let all = events(&fs::read_to_string(path).unwrap());
    all.into_iter().filter(|event| event["type"] == kind).collect()
}

#[test]
fn signals_change_the_number_of_slots() {
    let dir = TempDir::new().unwrap();
    let (up, a, b) = (fifo(&dir, "up"), fifo(&dir, "a"), fifo(&dir, "b"));
    fifo(&dir, "c");
    let log = dir.path().join("log");
    let log_name = log.to_str().unwrap();
    let args = ["-j1", "--events", log_name, "echo {} >up; read -r _ <{}", ":::", "a", "b", "c"];
    let mut run = started(&args, dir.path());
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines();
    let mut next = || said.next().unwrap().unwrap();
    assert_eq!(heard(&up), "a");
    kill(&run, "USR1");
    assert_eq!(heard(&up), "b");
    assert_eq!(next(), "pgrun: slots: 2 instead of 1 (SIGUSR1)");
    kill(&run, "USR2");
    assert_eq!(next(), "pgrun: slots: 1 instead of 2 (SIGUSR2)");
    // one is the least: nothing is said of this one
    kill(&run, "USR2");
    fs::write(&a, "go\n").unwrap();
    fs::write(&b, "go\n").unwrap();
    assert_eq!(heard(&up), "c");
    fs::write(dir.path().join("c"), "go\n").unwrap();
    assert!(run.wait().unwrap().success());
    let changes: Vec<_> = kinds(&log, "throttle.change")
        .iter()
        .map(|e| (e["from"].as_u64(), e["to"].as_u64(), e["reason"].to_string()))
        .collect();
    assert_eq!(
        changes,
        [
            (Some(1), Some(2), "\"SIGUSR1\"".to_string()),
            (Some(2), Some(1), "\"SIGUSR2\"".to_string())
        ]
    );
    let of = |events: &[Value], at: usize, key: &str| events[at][key].as_f64().unwrap();
    let (starts, ends) = (kinds(&log, "op.start"), kinds(&log, "op.end"));
    assert!(of(&starts, 2, "start") >= of(&ends, 1, "end"), "with one slot both had to end");
}

#[test]
fn a_file_of_slots_is_read_again() {
    let dir = TempDir::new().unwrap();
    fifo(&dir, "here");
    fifo(&dir, "there");
    fs::write(dir.path().join("jobs"), "1\n").unwrap();
    // the last two end only if they run at the same time
    let lines = [
        "echo +100 >new; mv new jobs",
        "echo one >here; read -r x <there; echo $x",
        "read -r x <here; echo two >there; echo $x",
    ];
    let args = [&["-j", "jobs", "-k", ":::"][..], &lines].concat();
    let output = started(&args, dir.path()).wait_with_output().unwrap();
    assert_eq!(out(&output), "two\none\n");
    assert!(err(&output).starts_with("pgrun: slots: 10"), "{}", err(&output));
}

#[test]
fn a_file_of_slots_that_says_nothing_of_use_changes_nothing() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("jobs"), "3").unwrap();
    let args = ["-j", "jobs", "echo none >jobs; echo {}", ":::", "a"];
    let output = started(&args, dir.path()).wait_with_output().unwrap();
    assert_eq!(out(&output), "a\n");
    assert!(err(&output).ends_with("; it stays at 3\n"), "{}", err(&output));
    let output = started(&args, dir.path()).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(255), "at the beginning it is an error");
    assert!(err(&output).starts_with("pgrun: jobs: -j none: write N"), "{}", err(&output));
}

#[test]
fn as_parallel_it_ends_with_255() {
    for signal in ["TERM", "INT"] {
        let dir = TempDir::new().unwrap();
        let (up, alive) = (fifo(&dir, "up"), fifo(&dir, "alive"));
        let command = "trap '' TERM; exec 3>alive; echo {} >up; echo lost; sleep 1000";
        let mut run = started_as("parallel", &["-j1", command, ":::", "a", "b"], dir.path());
        let alive = std::thread::spawn(move || heard(&alive));
        assert_eq!(heard(&up), "a");
        kill(&run, signal);
        assert_eq!(alive.join().unwrap(), "", "the whole tree has ended");
        let mut text = String::new();
        run.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((run.wait().unwrap().code(), text.as_str()), (Some(255), ""));
    }
}

#[test]
fn as_parallel_hup_drains_and_usr1_lists() {
    let dir = TempDir::new().unwrap();
    let (up, go) = (fifo(&dir, "up"), fifo(&dir, "go"));
    let command = "echo {} >up; read -r x <go; echo $x";
    let mut run = started_as("parallel", &["-j1", command, ":::", "a", "b"], dir.path());
    assert_eq!(heard(&up), "a");
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines();
    let mut next = || said.next().unwrap().unwrap();
    kill(&run, "USR1");
    assert_eq!(next(), "parallel: echo a >up; read -r x <go; echo $x");
    kill(&run, "HUP");
    assert_eq!(next(), "parallel: SIGHUP received. No new jobs will be started.");
    assert_eq!(next(), "parallel: Waiting for these 1 jobs to finish. Send SIGTERM to stop now.");
    fs::write(&go, "done\n").unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(0), "done\n"));
}

#[test]
fn as_xargs_it_dies_of_the_signal() {
    let dir = TempDir::new().unwrap();
    let up = fifo(&dir, "up");
    fs::write(dir.path().join("words"), "a\n").unwrap();
    fs::write(dir.path().join("script"), "echo up >up; exec sleep 1000").unwrap();
    let mut run = started_as("xargs", &["-a", "words", "sh", "script"], dir.path());
    assert_eq!(heard(&up), "up");
    kill(&run, "TERM");
    assert_eq!(run.wait().unwrap().signal(), Some(15));
}

#[test]
fn ends_are_heard_while_there_is_more_to_start() {
    let numbers: Vec<String> = (0..300).map(|number: u32| number.to_string()).collect();
    let mut args = vec!["-j0", "echo", "{%}", ":::"];
    args.extend(numbers.iter().map(String::as_str));
    let printed = out(&pgrun(&args, ""));
    let slots: Vec<u32> = printed.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(slots.len(), 300);
    // a slot that has become free is used again
    assert!(slots.iter().max() < Some(&300), "{slots:?}");
}

#[test]
fn what_runs_is_ended_when_the_last_output_has_no_reader() {
    let dir = TempDir::new().unwrap();
    let ready = fifo(&dir, "ready");
    let first = format!("read x <{ready}; echo a");
    let mut run = started_as(
        "pgrun",
        &["-j2", ":::", &first, &format!("echo >{ready}; exec sleep 1000")],
        dir.path(),
    );
    drop(run.stdout.take());
    let status = run.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(13));
}

#[test]
fn a_second_signal_kills_at_once() {
    let dir = TempDir::new().unwrap();
    let (up, termed) = (fifo(&dir, "up"), fifo(&dir, "termed"));
    let command = "trap 'echo yes >termed' TERM; echo {} >up; while :; do sleep 1000 & wait; done";
    let mut run = started(&["-K", "10000", command, ":::", "a"], dir.path());
    assert_eq!(heard(&up), "a");
    kill(&run, "TERM");
    assert_eq!(heard(&termed), "yes");
    kill(&run, "TERM");
    assert_eq!(run.wait().unwrap().signal(), Some(15));
}

#[test]
fn quit_names_what_holds_starts_back() {
    let dir = TempDir::new().unwrap();
    let up = fifo(&dir, "up");
    let command = "echo {} >up; exec sleep 1000";
    let args = ["-j2", "--delay", "10000", command, ":::", "a", "b"];
    let mut run = started(&args, dir.path());
    assert_eq!(heard(&up), "a");
    let said = BufReader::new(run.stderr.take().unwrap()).lines();
    kill(&run, "QUIT");
    let line = said.map(Result::unwrap).find(|line| line.contains("waits")).unwrap();
    assert!(line.ends_with("waits: --delay after the last start"), "{line}");
    kill(&run, "TERM");
    run.wait().unwrap();
}

#[test]
fn the_signals_that_end_an_attempt_can_be_chosen() {
    let command = "trap 'echo {}; kill $!; exit 0' USR1; sleep 1000 & echo up >up; wait";
    for chosen in [
        ["--kill-signal", "USR1", "-K", "10000"],
        ["--term-seq", "USR1,10000000,KILL,9", "-j", "1"],
    ] {
        let dir = TempDir::new().unwrap();
        let up = fifo(&dir, "up");
        let args = [&chosen[..], &[command, ":::", "got it"]].concat();
        let run = started(&args, dir.path());
        assert_eq!(heard(&up), "up");
        kill(&run, "TERM");
        let output = run.wait_with_output().unwrap();
        assert_eq!((out(&output).as_str(), output.status.signal()), ("got it\n", Some(15)));
    }
}

#[test]
fn a_job_that_runs_out_of_time_is_told() {
    let output = pgrun(&["--timeout", "0.1", "exec sleep {}", ":::", "1000"], "");
    let said = err(&output);
    assert!(said.starts_with("pgrun: This job ran out of time after 0."), "{said}");
    assert!(said.ends_with(" s: exec sleep 1000\n"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

/// Recorded from findutils 4.9. What ends by a signal or with 255 stops the rest.
#[test]
fn as_xargs_it_has_the_statuses_of_findutils() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("script"), "echo $1; case $1 in s) kill -9 $$;; *) exit $1;; esac")
        .unwrap();
    for (words, status, ran, said) in [
        ("0 0", 0, "0 0", ""),
        ("1 0", 123, "1 0", ""),
        ("126 0", 123, "126 0", ""),
        ("254 0", 123, "254 0", ""),
        ("255 0", 124, "255", "xargs: sh: exited with status 255; aborting\n"),
        ("s 0", 125, "s", "xargs: sh: terminated by signal 9\n"),
        ("3 255 0", 123, "3 255", "xargs: sh: exited with status 255; aborting\n"),
    ] {
        fs::write(dir.path().join("words"), words.replace(' ', "\n") + "\n").unwrap();
        let args = ["-a", "words", "-n1", "sh", "script"];
        let output = started_as("xargs", &args, dir.path()).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{words}: {}", err(&output));
        assert_eq!(out(&output).split_whitespace().collect::<Vec<_>>().join(" "), ran);
        assert_eq!(err(&output), said, "{words}");
    }
}

/// Recorded from GNU parallel 20221122; more of it is simulated in the engine.
#[test]
fn as_parallel_halts_give_its_statuses() {
    let words = ["0", "3", "0", "5", "7", "0", "0", "9", "0", "11"];
    let table: [(&[&str], i32, &str); 9] = [
        (&[], 5, "03057009011"),
        (&["--halt", "2"], 3, "03"),
        (&["--halt", "-1"], 0, "0"),
        (&["--halt", "now,fail=2"], 2, "0305"),
        (&["--halt", "10%"], 3, "03"),
        (&["--halt", "soon,fail=30%"], 30, "03057"),
        (&["--halt", "soon,done=50%"], 30, "03057"),
        (&["--halt-on-error", "now,success=2"], 0, "030"),
        (&["--halt", "now,fail=90%"], 50, "03057009011"),
    ];
    for (flags, status, ran) in table {
        let args = [&["-j1"], flags, &["printf %s {}; exit {}", ":::"], &words].concat();
        let (code, text, _) = parallel(&args);
        assert_eq!((code, text.as_str()), (status, ran), "{flags:?}");
    }
    let (code, _, said) = parallel(&["--halt", "now,fail=1", "kill -9 $$", ":::", "1"]);
    assert_eq!(
        (code, said.as_str()),
        (137, "parallel: This job failed (signal 9): kill -9 $$ 1\n")
    );
    // under its own name the operation that tripped the rule speaks
    let args = [&["-j1", "--halt", "now,fail=2", "exit {}", ":::"], &words[..]].concat();
    assert_eq!(pgrun(&args, "").status.code(), Some(5));
}

#[test]
fn as_parallel_it_tries_again_at_once() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    let name = log.to_str().unwrap();
    let args = [
        "--retries",
        "0",
        "--events",
        name,
        "echo {} >>tries; test $(wc -l <tries) = 3",
        ":::",
        "a",
    ];
    let status = started_as("parallel", &args, dir.path()).wait().unwrap();
    assert!(status.success(), "0 tries without end");
    let pauses: Vec<_> = kinds(&log, "op.retry").iter().map(|e| e["delay_s"].as_f64()).collect();
    assert_eq!(pauses, [Some(0.0); 2]);
}

#[test]
fn commands_are_as_nice_as_asked() {
    let output = pgrun(&["--nice", "19", "nice; true {}", ":::", "a"], "");
    assert_eq!(out(&output).trim(), "19", "{}", err(&output));
}

#[test]
fn what_holds_starts_back_lets_them_go() {
    let args = ["--load", "100000", "--memfree", "1k", "--noswap", "--delay", "1ms", "echo"];
    let output = pgrun(&[&args[..], &[":::", "a", "b"]].concat(), "");
    let mut lines: Vec<String> = out(&output).lines().map(String::from).collect();
    lines.sort();
    assert_eq!((lines, output.status.code()), (vec!["a".into(), "b".into()], Some(0)));
}

#[test]
fn values_that_mean_nothing_are_told() {
    for (args, said) in [
        (["--delay", "2auto"], "--delay 2auto: the pause does not change by itself"),
        (["--halt", "now"], "--halt now: write never"),
        (["--halt", "now,fail=0"], "--halt now,fail=0: write never"),
        (["--load", "x"], "--load x: write N"),
        (["--memfree", "1000T"], "of memory in all"),
        (["--term-seq", "TERM,x"], "--term-seq TERM,x: write signals and milliseconds"),
        (["--kill-signal", "NOPE"], "--kill-signal NOPE: no such signal"),
        (["--timeout", "5x"], "--timeout 5x:"),
        (["--memsuspend", "1G"], "--memfree"),
    ] {
        let (status, _, text) = parallel(&[&args[..], &["true", ":::", "a"]].concat());
        assert_eq!(status, 255, "{args:?}");
        assert!(text.contains(said) && text.lines().count() == 1, "{args:?}: {text}");
    }
}
