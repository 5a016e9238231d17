//! How attempts and runs end: timeouts, strays, signals.

use super::*;

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
    assert_eq!(err(&output), "pgrun: ended by SIGTERM: 1 that ran were ended, 1 did not run\n");
    let ends = decided(&events);
    assert_eq!(ends["a"]["result"], "cancellation");
    assert_eq!((&ends["b"]["result"], &ends["b"]["reason"]), (&"skip".into(), &"halt".into()));
    assert_eq!(events.last().unwrap()["signal"], 15);
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
    // a first command alone is guarded when it has run for a moment, a second one at once
    let first = serde_json::json!({"id": "first", "cmd": ["true"]});
    let ops = format!("{first}\n{}", serde_json::json!({"cmd": cmd, "needs": ["first"]}));
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

/// pgrun under strace, which changes some of its calls and those of its commands; `None`
/// where strace is missing or may not trace.
fn changed(changes: &str, args: &[&str], dir: &TempDir) -> Option<Output> {
    let calls = changes.split(':').next().unwrap();
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={calls}"))
        .args(["-e", &format!("inject={changes}"), env!("CARGO_BIN_EXE_pgrun")])
        .args(args)
        .current_dir(dir.path())
        .output();
    match traced {
        Ok(output) if !err(&output).contains("PTRACE") => Some(output),
        _ => {
            println!("skipped: strace cannot be used here");
            None
        }
    }
}

/// A command in its exec has copies of the pipes of those that were started at the same
/// time. Here each exec lasts longer than others may keep an output open.
#[test]
fn a_command_in_its_exec_is_nobodys_stray() {
    let dir = TempDir::new().unwrap();
    let words = ["--events", "ev", "-j4", "echo", "{}", ":::"];
    let keys: Vec<String> = (0..24).map(|key| key.to_string()).collect();
    let args: Vec<&str> = words.into_iter().chain(keys.iter().map(String::as_str)).collect();
    let Some(output) = changed("execve:delay_enter=300000", &args, &dir) else { return };
    assert_eq!(out(&output).lines().count(), 24, "{}", err(&output));
    let events = events(&fs::read_to_string(dir.path().join("ev")).unwrap());
    let leaked: Vec<&Value> = events.iter().filter(|e| !e["leaked"].is_null()).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

/// The kernel lets us go on before it closes what a command in its exec has of ours. Here
/// `late` has the output of `early` open in the same way, for longer than others may keep it: until
/// the stray of an operation that ends after `early` is told to end.
#[test]
fn a_command_that_has_not_quite_left_its_exec_is_nobodys_stray() {
    let dir = TempDir::new().unwrap();
    let paths = ["alive", "pid", "held", "ready", "go"].map(|name| fifo(&dir, name));
    let [alive, pid, held, ready, go] = &paths;
    // python opens what an exec closes
    let late = format!(
        "import os\nos.open('/proc/%s/fd/1' % open('{pid}').read().strip(), os.O_WRONLY)\n\
         open('{held}', 'w').write('x\\n')\nopen('{go}').read()"
    );
    let last = format!(
        "sh -c 'trap \"echo >{go}\" TERM; echo >{ready}; sleep 1000 & wait' & \
         read -r _ <{ready}; cat {alive}"
    );
    let ops = [
        serde_json::json!({"id": "early",
            "cmd": format!("exec 3>{alive}; echo $$ >{pid}; read -r _ <{held}; echo told")}),
        serde_json::json!({"id": "late", "cmd": ["python3", "-c", late]}),
        serde_json::json!({"id": "last", "cmd": last}),
    ];
    let output = pgrun(&["-j3"], &ops.map(|op| op.to_string()).join("\n"));
    let ends = decided(&events(&out(&output)));
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!((&ends["early"]["leaked"], &ends["early"]["out_bytes"]), (&Value::Null, &5.into()));
    assert!(!ends["last"]["leaked"].is_null());
    assert!(!err(&output).contains("early: left behind"), "{}", err(&output));
}

/// In a pid namespace with a hundred numbers each comes again at once, also that of a command
/// whose stray is still being ended; with a list of our children, and where `/proc` is another's.
#[test]
fn who_gets_the_number_of_a_command_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let job = "if [ {} = 1 ]; then setsid sh -c \"trap \\\"\\\" TERM; exec sleep 1000\" & fi; \
               sh -c \"echo \\$\\$\"";
    // who was ended by anybody else before has another status than 128 + USR1
    let text = format!(
        "echo 400 >/proc/sys/kernel/pid_max || exit 99
         for n in 1 2 3 4 5 6 7 8 9 10; do setsid sleep 1000 & all=\"$all $!\"; done
         seq 800 | \"$0\" -j4 -K 0.3 --events ev '{job}'
         kill -USR1 $all; for one in $all; do wait $one; echo by $?; done"
    );
    for proc in ["--mount-proc", "--fork"] {
        let mut run = Command::new("unshare");
        run.args(["--pid", "--fork", proc, "sh", "-c", &text]);
        run.arg(env!("CARGO_BIN_EXE_pgrun")).current_dir(dir.path());
        let output = run.stdin(Stdio::null()).output().unwrap();
        if output.status.code() == Some(99) || err(&output).contains("unshare:") {
            println!("skipped: no pid namespace with numbers of its own: {}", err(&output));
            return;
        }
        let said = out(&output);
        assert_eq!(said.lines().filter(|line| *line == "by 138").count(), 10, "{said}");
        let numbers: std::collections::HashSet<&str> = said.lines().take(800).collect();
        assert!(numbers.len() < 400, "{}", numbers.len());
        let events = events(&fs::read_to_string(dir.path().join("ev")).unwrap());
        let ends = decided(&events);
        assert!(ends.values().all(|end| end["result"] == "success"), "{}", err(&output));
        let leaked = ends.values().filter(|end| !end["leaked"].is_null());
        let ids: Vec<&Value> = leaked.map(|end| &end["id"]).collect();
        assert_eq!(ids, ["1"], "{proc}: {}", err(&output));
    }
}

/// The kernel has no memory to watch a descriptor, from the n-th on.
#[test]
fn what_cannot_be_watched_ends_all_the_same() {
    let dir = TempDir::new().unwrap();
    for first in 1..12 {
        let changes = format!("epoll_ctl:error=ENOMEM:when={first}+");
        for how in ["-u", "-k"] {
            let args = [
                how,
                "-j1",
                "-K",
                "0.2",
                "head -c 200000 /dev/zero | tr '\\0' {}",
                ":::",
                "a",
                "b",
            ];
            let Some(output) = changed(&changes, &args, &dir) else { return };
            let (said, code) = (err(&output), output.status.code());
            let all = [vec![b'a'; 200_000], vec![b'b'; 200_000]].concat();
            let well = code == Some(0) && output.stdout == all;
            assert!(well || said.contains("annot allocate memory"), "{changes}: {code:?} {said}");
        }
    }
}

#[test]
fn what_nohup_ignores_is_ignored() {
    let dir = TempDir::new().unwrap();
    let text = "mkfifo up go; trap '' HUP; $P 'echo >up; read -r _ <go; echo {}' ::: done & \
                read -r _ <up; kill -HUP $!; echo >go; wait $!; echo $?";
    assert_eq!(script(dir.path(), text), "done\n0\n");
}
