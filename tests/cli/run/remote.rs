//! Orders for a run while it runs.

use super::*;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};

/// A run whose jobs each wait for a word on their pipe.
struct Run {
    dir: TempDir,
    child: Child,
}

impl Run {
    /// Jobs 1 to 4; a run that has begun to take orders.
    fn begin(more: &[&str]) -> Self {
        Run::begin_in(TempDir::new().unwrap(), more)
    }

    fn begin_in(dir: TempDir, more: &[&str]) -> Self {
        for number in 1..=4 {
            let pipe = dir.path().join(format!("pipe{number}"));
            assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        }
        let job = "echo begun {} >>begun; cat pipe{}; echo {}";
        let args = [&["-k", "-j1"], more, &[job, ":::", "1", "2", "3", "4"]].concat();
        let child = started(&args, dir.path());
        Run { dir, child }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Waits until a job waits, and lets it end.
    fn release(&self, job: u32) {
        let pipe = self.path(&format!("pipe{job}"));
        drop(fs::OpenOptions::new().write(true).open(pipe).unwrap());
    }

    /// Opens a job's pipe, once it is there to read it.
    fn reached(&self, job: u32) -> fs::File {
        fs::OpenOptions::new().write(true).open(self.path(&format!("pipe{job}"))).unwrap()
    }

    fn order(&self, words: &[&str]) -> Output {
        let socket = self.path("socket");
        pgrun(&[&["--ctl", socket.to_str().unwrap()], words].concat(), "")
    }

    fn answer(&self, words: &[&str]) -> Value {
        let output = self.order(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", err(&output));
        serde_json::from_str(&out(&output)).unwrap()
    }

    fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), out(&output), err(&output))
    }
}

#[test]
fn every_order_is_carried_out_while_it_runs() {
    let run = Run::begin(&["--control", "socket"]);
    let first = run.reached(1);
    let status = run.answer(&["status"]);
    assert_eq!((&status["type"], &status["state"]), (&"answer".into(), &"runs".into()));
    assert_eq!((&status["jobs"], &status["running"]), (&1.into(), &1.into()), "{status}");
    let mode = fs::symlink_metadata(run.path("socket")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // another slot: the second job begins beside the first
    assert_eq!(run.answer(&["jobs", "2"])["jobs"], 2);
    let second = run.reached(2);
    assert_eq!(run.answer(&["status"])["running"], 2);
    // in a pause nothing begins, though a slot is free
    assert_eq!(run.answer(&["pause"])["state"], "paused");
    drop(second);
    let mut stream = UnixStream::connect(run.path("socket")).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut say = |line: &str| -> Value {
        writeln!(stream, "{line}").unwrap();
        serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()
    };
    let mut running = 2;
    while running == 2 {
        running = say(r#"{"verb":"status"}"#)["running"].as_u64().unwrap();
    }
    assert_eq!(say("status")["state"], "paused");
    assert_eq!(fs::read_to_string(run.path("begun")).unwrap(), "begun 1\nbegun 2\n");
    // nothing starts in the slots of a profile while it is paused
    assert_eq!(say("profile ci")["jobs"], 4);
    assert_eq!(say("profile dev")["jobs"], 2);
    assert_eq!(say(r#"{"type":"order","verb":"resume"}"#)["state"], "runs");
    let third = run.reached(3);
    // what is wrong is told, and changes nothing
    for (line, what) in [
        ("jobs 0", "from 1 up"),
        ("jobs", "write how many"),
        ("fly", "'fly' is no order; there are status"),
        ("profile nosuch", "profile nosuch: there are dev, prod"),
        ("{\"verb\"", "is the line cut off?"),
    ] {
        let answer = say(line);
        assert!(answer["ok"].is_null(), "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(what), "{answer}");
    }
    let output = run.order(&["fly"]);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("'fly' is no order"), "{}", err(&output));
    // what runs is let end, and no more begins
    assert_eq!(run.answer(&["drain"])["state"], "ends");
    drop((first, third));
    let socket = run.path("socket");
    let dir = run.dir.path().to_path_buf();
    let begun = fs::read_to_string(dir.join("begun")).unwrap();
    let (status, printed, said) = run.end();
    assert_eq!((status, printed.as_str()), (Some(0), "1\n2\n3\n"), "{said}");
    assert_eq!(begun.lines().count(), 3);
    assert!(
        said.contains("control: drain: nothing more is started; 2 that run are let end"),
        "{said}"
    );
    assert!(!socket.exists());
}

#[test]
fn an_order_holds_where_slots_are_looked_for() {
    let dir = TempDir::new().unwrap();
    fifo(&dir, "begun");
    fifo(&dir, "go");
    let command = "case {} in 1) echo >begun; cat go;; esac";
    let args =
        ["-j", "auto:1..9", "--adapt-every", "10ms", "--control", "socket", "--events", "ev"];
    let mut child = started(&[&args[..], &[command]].concat(), dir.path());
    let lines: String = (1..=400).map(|line| format!("{line}\n")).collect();
    let mut input = child.stdin.take().unwrap();
    // the first alone, so that nothing is learnt before the order
    input.write_all(b"1\n").unwrap();
    drop(fs::read(dir.path().join("begun")).unwrap());
    let socket = dir.path().join("socket");
    let order = pgrun(&["--ctl", socket.to_str().unwrap(), "jobs", "5"], "");
    assert_eq!(order.status.code(), Some(0), "{}", err(&order));
    drop(fs::OpenOptions::new().write(true).open(dir.path().join("go")).unwrap());
    input.write_all(lines.replacen("1\n", "", 1).as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let all = events(&fs::read_to_string(dir.path().join("ev")).unwrap());
    let changes: Vec<&Value> = all.iter().filter(|e| e["type"] == "throttle.change").collect();
    let last = changes.last().unwrap();
    assert_eq!((&last["to"], &last["reason"]), (&5.into(), &"control".into()), "{changes:?}");
}

#[test]
fn a_pipe_takes_the_same_orders() {
    let dir = TempDir::new().unwrap();
    let pipe = dir.path().join("orders");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = Run::begin_in(dir, &["--control", "orders"]);
    let first = run.reached(1);
    let say = |line: &str| {
        let mut pipe = fs::OpenOptions::new().write(true).open(run.path("orders")).unwrap();
        pipe.write_all(line.as_bytes()).unwrap();
    };
    say("jobs 2\nfly\n{\"verb\":\"status\"}\n");
    let second = run.reached(2);
    let ctl = pgrun(&["--ctl", run.path("orders").to_str().unwrap(), "jobs", "5"], "");
    assert_eq!(ctl.status.code(), Some(0), "{}", err(&ctl));
    let third = run.reached(3);
    drop((first, second, third));
    run.release(4);
    let (status, printed, said) = run.end();
    assert_eq!((status, printed.as_str()), (Some(0), "1\n2\n3\n4\n"), "{said}");
    assert!(said.contains("slots: 2 instead of 1 (control)"), "{said}");
    assert!(said.contains("control: 'fly' is no order"), "{said}");
    assert!(said.contains("control: runs; 1 running in 2 slots, 0 have ended"), "{said}");
}

#[test]
fn clients_that_are_slow_or_gone_harm_nobody() {
    let run = Run::begin(&["--control", "socket"]);
    let first = run.reached(1);
    let connect = || UnixStream::connect(run.path("socket")).unwrap();
    // gone at once, gone in a word, gone before its answer
    drop(connect());
    connect().write_all(b"jobs").unwrap();
    connect().write_all(b"status\n").unwrap();
    // one that says much and reads nothing
    let mut deaf = connect();
    deaf.set_nonblocking(true).unwrap();
    let line = [b"status\n".repeat(100)].concat();
    for _ in 0..1000 {
        if deaf.write(&line).is_err() {
            break;
        }
    }
    // one whose line has no end
    let mut long = connect();
    long.write_all(&[b'x'; 100_000]).unwrap();
    long.write_all(b"\n").unwrap();
    let mut answer = String::new();
    BufReader::new(&long).read_line(&mut answer).unwrap();
    assert!(answer.contains("an order has at most 4096 bytes"), "{answer}");
    // too many
    let _crowd: Vec<_> = (0..64).map(|_| connect()).collect();
    drop(_crowd);
    drop(first);
    for job in 2..=4 {
        run.release(job);
    }
    let (status, printed, said) = run.end();
    assert_eq!((status, printed.as_str()), (Some(0), "1\n2\n3\n4\n"), "{said}");
}

#[test]
fn a_socket_of_a_killed_run_is_taken_over_and_nothing_else() {
    let dir = TempDir::new().unwrap();
    // its listener is gone, the file is not
    drop(UnixListener::bind(dir.path().join("socket")).unwrap());
    let run = Run::begin_in(dir, &["--control", "socket"]);
    let first = run.reached(1);
    assert_eq!(run.answer(&["status"])["running"], 1);
    let other = |path: &Path| {
        let output = pgrun(&["--control", path.to_str().unwrap(), "echo", ":::", "a"], "");
        assert_eq!((output.status.code(), out(&output)), (Some(255), String::new()));
        err(&output)
    };
    assert!(other(&run.path("socket")).contains("another run takes orders there"));
    fs::write(run.path("file"), "x").unwrap();
    assert!(other(&run.path("file")).contains("is no socket and no named pipe"));
    assert_eq!(fs::read_to_string(run.path("file")).unwrap(), "x");
    assert!(other(&run.path("no/such")).contains("--control "));
    assert_eq!(run.answer(&["drain"])["ok"], true);
    drop(first);
    let (status, printed, _) = run.end();
    assert_eq!((status, printed.as_str()), (Some(0), "1\n"));
}

#[test]
fn who_asks_nobody_is_told_so() {
    let dir = TempDir::new().unwrap();
    let gone = dir.path().join("gone");
    drop(UnixListener::bind(&gone).unwrap());
    let pipe = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let nowhere = dir.path().join("nowhere");
    for (path, words, said) in [
        (&gone, &["status"][..], "no run listens there any more"),
        (&pipe, &["status"], "no run reads this pipe"),
        (&nowhere, &["status"], "is not there; is the run over?"),
        (&nowhere, &[], "say what: status, jobs N"),
    ] {
        let output = pgrun(&[&["--ctl", path.to_str().unwrap()], words].concat(), "");
        assert_eq!(output.status.code(), Some(255), "{}", err(&output));
        assert!(err(&output).contains(said), "{}", err(&output));
    }
}

#[test]
fn an_alert_of_pgmon_gives_orders() {
    let run = Run::begin(&["--control", "socket"]);
    let first = run.reached(1);
    let act = format!("{} --ctl socket jobs 3 >&2", env!("CARGO_BIN_EXE_pgrun"));
    let alert = ["-q", "-n", "1", "--alert", "load >= 0", "--on-alert", &act];
    let mon = Command::new(env!("CARGO_BIN_EXE_pgmon"))
        .args(alert)
        .current_dir(run.dir.path())
        .output()
        .unwrap();
    assert!(mon.status.success(), "{}", err(&mon));
    let (second, third) = (run.reached(2), run.reached(3));
    drop((first, second, third));
    run.release(4);
    let (status, printed, said) = run.end();
    assert_eq!((status, printed.as_str()), (Some(0), "1\n2\n3\n4\n"), "{said}");
}
