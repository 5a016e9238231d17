//! `pglock` from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use crate::tool;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A lock directory of its own, and a folder beside it for the commands.
struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    fn new() -> Self {
        Room { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn pglock(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pglock"));
        command.args(args).current_dir(self.folder.path());
        command.env("PG_LOCK_DIR", self.path("locks")).env("PGLOCK", env!("CARGO_BIN_EXE_pglock"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.pglock(args).output().unwrap()
    }

    /// Starts pglock with a shell command that says "in" and stays until its input ends.
    fn hold(&self, args: &[&str]) -> Holder {
        let args: Vec<&str> =
            args.iter().copied().chain(["--", "sh", "-c", "echo in; read x || :"]).collect();
        let mut child = self.pglock(&args).stdin(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "in\n");
        Holder { child }
    }

    /// Waits until so many stand blocked before or in the turnstile of a name or at its door.
    fn until_waiting(&self, name: &str, count: usize) {
        loop {
            let out = self.run(&["--who", name, "--json"]).stdout;
            let text = String::from_utf8(out).unwrap();
            let waiters = text.matches("lock.waiter").count();
            if waiters >= count && self.blocked(name) >= count {
                return;
            }
        }
    }

    /// Processes that the kernel has put to sleep on one of the files of a name.
    fn blocked(&self, name: &str) -> usize {
        use std::os::unix::fs::MetadataExt as _;
        let inode = |ending: &str| {
            let path = self.path("locks").join(format!("{name}.{ending}"));
            format!(":{}", fs::metadata(path).unwrap().ino())
        };
        let inodes = [inode("lock")];
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let sleeps = |line: &&str| {
            line.contains("->") && line.split(' ').any(|w| inodes.iter().any(|i| w.ends_with(i)))
        };
        locks.lines().filter(sleeps).count()
    }
}

/// A pglock whose command waits for its input to end.
struct Holder {
    child: Child,
}

impl Holder {
    fn leave(mut self) -> Output {
        drop(self.child.stdin.take());
        self.child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Two descriptions of a file's lines: who was inside, never more than `most` at once.
fn check_overlap(log: &Path, entries: usize, most: i32) {
    let text = fs::read_to_string(log).unwrap();
    let (mut inside, mut count) = (0, 0);
    for line in text.lines() {
        match line {
            "start" => inside += 1,
            "end" => inside -= 1,
            other => panic!("{other}"),
        }
        count += 1;
        assert!((0..=most).contains(&inside), "{inside} inside after {count} lines");
    }
    assert_eq!(count, 2 * entries);
}

#[test]
fn version_names_the_records() {
    let out = tool("pglock").arg("--version").output().unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "pglock 0.1.0 (records version 1)\n");
}

#[test]
fn a_hundred_contenders_are_one_at_a_time() {
    let room = Room::new();
    let contend = |_| {
        let work = ["msi", "--", "sh", "-c", "echo start >>log; : >tmp; echo end >>log"];
        room.pglock(&work).spawn().unwrap()
    };
    let children: Vec<Child> = (0..100).map(contend).collect();
    for child in children {
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", text(&out.stderr));
    }
    check_overlap(&room.path("log"), 100, 1);
    assert!(text(&room.run(&["--who", "msi"]).stdout).contains("msi is free"));
}

#[test]
fn slots_are_never_exceeded() {
    let room = Room::new();
    let contend = |at: u32| {
        // both sizes; a taker of two logs twice
        let take = 1 + at % 2;
        let mark =
            |word: &str| format!("printf '{}' >>log; ", format!("{word}\\n").repeat(take as usize));
        let script = format!("{}: >tmp; {}", mark("start"), mark("end"));
        let take = take.to_string();
        room.pglock(&["--slots", "4", "--take", &take, "net", "-c", &script]).spawn().unwrap()
    };
    let children: Vec<Child> = (0..60).map(contend).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    check_overlap(&room.path("log"), 90, 4);
}

#[test]
fn who_came_first_is_served_first() {
    let room = Room::new();
    let holder = room.hold(&["q"]);
    let mut waiting = Vec::new();
    for at in 0..12 {
        let script = format!("echo {at} >>order");
        waiting.push(room.pglock(&["-q", "q", "-c", &script]).spawn().unwrap());
        room.until_waiting("q", at + 1);
    }
    // nobody goes past them
    assert_eq!(code(&room.run(&["-n", "q", "true"])), 75);
    assert!(holder.leave().status.success());
    for child in waiting {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let order: Vec<String> =
        fs::read_to_string(room.path("order")).unwrap().lines().map(str::to_string).collect();
    assert_eq!(order, (0..12).map(|at| at.to_string()).collect::<Vec<_>>());
}

#[test]
fn shared_together_exclusive_alone() {
    let room = Room::new();
    let one = room.hold(&["-s", "db"]);
    let two = room.hold(&["-s", "db"]);
    assert_eq!(code(&room.run(&["-n", "db", "true"])), 75);
    assert_eq!(code(&room.run(&["-n", "-s", "db", "true"])), 0);
    one.leave();
    assert_eq!(code(&room.run(&["-n", "-x", "db", "true"])), 75);
    two.leave();
    let three = room.hold(&["-x", "db"]);
    assert_eq!(code(&room.run(&["-n", "-s", "db", "true"])), 75);
    assert_eq!(code(&room.run(&["-n", "--slots", "5", "db", "true"])), 75);
    three.leave();
}

#[test]
fn slots_taken_and_free() {
    let room = Room::new();
    let two = room.hold(&["--slots", "3", "--take", "2", "n"]);
    assert_eq!(code(&room.run(&["-n", "--slots", "3", "--take", "2", "n", "true"])), 75);
    assert_eq!(code(&room.run(&["-n", "--slots", "3", "n", "true"])), 0);
    // -x takes every slot
    assert_eq!(code(&room.run(&["-n", "n", "true"])), 75);
    let other = room.run(&["-n", "--slots", "5", "n", "true"]);
    assert_eq!(code(&other), 0);
    assert!(text(&other.stderr).contains("another holder gave 3 slots"), "{}", text(&other.stderr));
    let waiting = room.pglock(&["-q", "--slots", "3", "--take", "3", "n", "true"]).spawn().unwrap();
    while !text(&room.run(&["--who", "n"]).stdout).contains("waits") {}
    two.leave();
    assert!(waiting.wait_with_output().unwrap().status.success());
}

#[test]
fn two_locks_in_both_orders() {
    let room = Room::new();
    let contend = |at: usize| {
        let (one, two) = if at.is_multiple_of(2) { ("a", "b") } else { ("b", "a") };
        let work = [one, two, "--", "sh", "-c", "echo start >>log; : >tmp; echo end >>log"];
        room.pglock(&work).spawn().unwrap()
    };
    let children: Vec<Child> = (0..40).map(contend).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    check_overlap(&room.path("log"), 40, 1);
    // the first is given back when the second is busy
    let holder = room.hold(&["b"]);
    assert_eq!(code(&room.run(&["-n", "a", "b", "--", "true"])), 75);
    assert_eq!(code(&room.run(&["-n", "a", "true"])), 0);
    holder.leave();
}

#[test]
fn the_command_keeps_the_lock_when_pglock_is_killed() {
    let room = Room::new();
    for mode in [&["k"][..], &["--slots", "1", "k"], &["--slots", "2", "--take", "2", "n"]] {
        let name = mode.last().unwrap();
        let mut holder = room.hold(mode);
        // waiting for a child closes its input
        let input = holder.child.stdin.take();
        holder.child.kill().unwrap();
        holder.child.wait().unwrap();
        let busy: Vec<&str> =
            std::iter::once("-n").chain(mode.iter().copied()).chain(["true"]).collect();
        assert_eq!(code(&room.run(&busy)), 75, "{mode:?}");
        let who = text(&room.run(&["--who", name]).stdout);
        assert!(who.contains("sh -c echo in; read x"), "{who}");
        // its input ends: the work ends, the lock is free
        drop(input);
        let free: Vec<&str> = mode.iter().copied().chain(["true"]).collect();
        assert_eq!(code(&room.run(&free)), 0);
    }
}

#[test]
fn a_command_that_is_killed_frees_the_lock() {
    let room = Room::new();
    let out = room.run(&["k", "-c", "kill -9 $$"]);
    assert_eq!(code(&out), 128 + 9);
    assert_eq!(code(&room.run(&["-n", "k", "true"])), 0);
    // both at once
    let out = room.run(&["k", "-c", "kill -9 $PPID $$"]);
    assert!(out.status.code().is_none());
    assert_eq!(code(&room.run(&["-w", "60", "k", "true"])), 0);
}

#[test]
fn a_waiter_that_is_killed_is_not_waited_for() {
    let room = Room::new();
    let holder = room.hold(&["w"]);
    let mut killed = room.pglock(&["-q", "w", "true"]).spawn().unwrap();
    room.until_waiting("w", 1);
    let last = room.pglock(&["-q", "w", "true"]).spawn().unwrap();
    room.until_waiting("w", 2);
    killed.kill().unwrap();
    killed.wait().unwrap();
    holder.leave();
    assert!(last.wait_with_output().unwrap().status.success());
}

#[test]
fn busy_and_waited_too_long() {
    let room = Room::new();
    let holder = room.hold(&["b"]);
    for args in [&["-n"][..], &["--try"], &["-w", "0"], &["--wait", "0.05"], &["-w", "10ms"]] {
        let all: Vec<&str> = args.iter().copied().chain(["b", "touch", "never"]).collect();
        let out = room.run(&all);
        assert_eq!(code(&out), 75, "{args:?}");
        let message = text(&out.stderr);
        assert!(message.starts_with("pglock: b: ") && message.contains("held by pid"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let out = room.run(&["-n", "-E", "9", "-q", "b", "true"]);
    assert_eq!((code(&out), text(&out.stderr).as_str()), (9, ""));
    assert!(!room.path("never").exists());
    holder.leave();
}

#[test]
fn waiting_for_oneself_is_said() {
    let room = Room::new();
    let part = "this pglock is a part of it";
    let out = room.run(&["o", "-c", "$PGLOCK -n o true; :"]);
    assert!(text(&out.stderr).contains(part), "{}", text(&out.stderr));
    let holder = room.hold(&["o"]);
    let out = room.run(&["-n", "o", "true"]);
    assert!(!text(&out.stderr).contains(part), "{}", text(&out.stderr));
    holder.leave();
}

#[test]
fn statuses_of_the_command_and_of_failures() {
    let room = Room::new();
    assert_eq!(code(&room.run(&["s", "-c", "exit 7"])), 7);
    assert_eq!(code(&room.run(&["-c", "exit 7", "s"])), 7);
    let missing = room.run(&["s", "no-such-program"]);
    assert_eq!(code(&missing), 127);
    assert_eq!(text(&missing.stderr), "pglock: no-such-program: command not found\n");
    let folder = room.run(&["s", "/tmp"]);
    assert_eq!(code(&folder), 126);
    assert_eq!(text(&folder.stderr), "pglock: /tmp: cannot be executed: Permission denied\n");
    for args in [&[][..], &["s"], &["--bad"], &["-w", "soon", "s", "true"], &["s", "--"]] {
        let out = room.run(args);
        assert_eq!(code(&out), 125, "{args:?}");
        assert_eq!(text(&out.stderr).lines().count(), 1, "{}", text(&out.stderr));
    }
    assert_eq!(code(&room.run(&["-n", "s", "true"])), 0);
}

#[test]
fn who_and_list_show_what_is_held() {
    let room = Room::new();
    assert_eq!(text(&room.run(&["--list"]).stdout), "");
    let holder = room.hold(&["db:5432"]);
    let waiting = room.pglock(&["-q", "-s", "db:5432", "true"]).spawn().unwrap();
    room.until_waiting("db:5432", 1);
    let list = text(&room.run(&["--list"]).stdout);
    assert_eq!(list.lines().count(), 2, "{list}");
    let row: Vec<&str> = list.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((row[0], row[1], row[4], row[5]), ("db:5432", "exclusive", "1", "sh"), "{list}");
    let records = text(&room.run(&["--list", "--json"]).stdout);
    let lines: Vec<serde_json::Value> =
        records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "lock.holder");
    assert_eq!(lines[0]["name"], "db:5432");
    assert_eq!(lines[0]["by"], holder.child.id());
    assert_eq!(lines[0]["cmd"][0], "sh");
    assert_eq!((&lines[1]["type"], &lines[1]["mode"]), (&"lock.waiter".into(), &"shared".into()));
    assert_eq!(lines[1]["pid"], waiting.id());
    let who = text(&room.run(&["--who", "db:5432"]).stdout);
    assert!(who.contains("holds") && who.contains("waits"), "{who}");
    holder.leave();
    assert!(waiting.wait_with_output().unwrap().status.success());
    // a command may look at its own lock
    let own = room.run(&["own", "-c", "$PGLOCK --who own"]);
    assert!(text(&own.stdout).contains("holds"), "{}", text(&own.stdout));
}

#[test]
fn a_stray_is_named_and_keeps_the_lock() {
    let room = Room::new();
    let fifo = room.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for mode in [&[][..], &["-s"], &["--slots", "3", "--take", "3"]] {
        let with = |more: &[&'static str]| -> Vec<&str> {
            more.iter()
                .copied()
                .take(1)
                .chain(mode.iter().copied())
                .chain(more[1..].iter().copied())
                .collect()
        };
        // the stray blocks in opening the FIFO until somebody writes
        let stray = "sh -c 'read x <fifo' >/dev/null 2>&1 &";
        let out = room.run(&with(&["-v", "d", "-c", stray]));
        assert_eq!(code(&out), 0);
        let message = text(&out.stderr);
        assert!(
            message.contains("d: still held by pid") && message.contains("--close-on-exit"),
            "{message}"
        );
        let full: &[&str] = if mode.len() > 1 { mode } else { &["-x"] };
        let busy: Vec<&str> = ["-n"].iter().chain(full).chain(&["d", "true"]).copied().collect();
        let out = room.run(&busy);
        assert_eq!(code(&out), 75);
        assert!(text(&room.run(&["--who", "d"]).stdout).contains("(left behind)"));
        fs::OpenOptions::new().write(true).open(&fifo).unwrap().write_all(b"x\n").unwrap();
        let free: Vec<&str> = full.iter().copied().chain(["d", "true"]).collect();
        assert_eq!(code(&room.run(&free)), 0);
        // and by force
        let out = room.run(&with(&["--close-on-exit", "d", "-c", stray]));
        assert!(text(&out.stderr).contains("taken from pid"), "{}", text(&out.stderr));
        assert_eq!(code(&room.run(&busy)), 0, "{mode:?}");
        fs::OpenOptions::new().write(true).open(&fifo).unwrap().write_all(b"x\n").unwrap();
    }
}

#[test]
fn any_bytes_are_a_name() {
    let room = Room::new();
    let long = "n/".repeat(150);
    let names: [&[u8]; 6] =
        [b"a/b", b"with space", b"..", &[0xff, 0xfe, b'\n'], long.as_bytes(), b"-x"];
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        let script = "$PGLOCK -q -n -- \"$1\" true";
        let mut holder = room.pglock(&["--"]);
        let out = holder.arg(name).args(["sh", "-c", script, "sh"]).arg(name).output().unwrap();
        assert_eq!(code(&out), 75, "{name:?} {}", text(&out.stderr));
        let mut holder = room.pglock(&["--"]);
        let out = holder.arg(name).args(["sh", "-c", "$PGLOCK --list"]).output().unwrap();
        let list = text(&out.stdout);
        assert_eq!(list.lines().count(), 2, "{name:?} {list}");
    }
    assert_eq!(fs::read_dir(room.path("locks")).unwrap().count(), 2 * names.len());
}

#[test]
fn lock_directories_that_cannot_be_used() {
    let room = Room::new();
    fs::write(room.path("file"), "").unwrap();
    for dir in ["file", "no/such"] {
        let out = room.run(&["--dir", dir, "a", "touch", "never"]);
        assert_eq!(code(&out), 125);
        let message = text(&out.stderr);
        assert!(message.contains("lock directory") && message.contains(dir), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    fs::create_dir(room.path("theirs")).unwrap();
    fs::create_dir(room.path("sealed")).unwrap();
    fs::create_dir(room.path("sealed/a.book")).unwrap();
    let out = room.run(&["--dir", "sealed", "a", "touch", "never"]);
    assert_eq!(code(&out), 125, "{}", text(&out.stderr));
    if std::os::unix::fs::chown(room.path("theirs"), Some(12345), None).is_ok() {
        let out = room.run(&["--dir", "theirs", "a", "touch", "never"]);
        assert_eq!(code(&out), 125);
        assert!(text(&out.stderr).contains("belongs to user 12345"), "{}", text(&out.stderr));
        // another user, who may not write
        fs::create_dir(room.path("ours")).unwrap();
        open_to_all(&[room.folder.path()]);
        let mut other = room.pglock(&["--dir", "ours", "a", "touch", "never"]);
        let out = other.uid(12345).gid(12345).output().unwrap();
        assert_eq!(code(&out), 125);
        assert!(
            text(&out.stderr).contains("ours/a.lock: Permission denied"),
            "{}",
            text(&out.stderr)
        );
    }
    assert!(!room.path("never").exists());
}

fn open_to_all(paths: &[&Path]) {
    use std::os::unix::fs::PermissionsExt as _;
    for path in paths {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn tokens_grow_and_one_stands_for_several_locks() {
    let room = Room::new();
    let mut last = 0;
    for args in [&["a"][..], &["a", "b"], &["b"], &["a", "b"]] {
        let all: Vec<&str> =
            args.iter().copied().chain(["--", "sh", "-c", "echo $PG_LOCK_TOKEN"]).collect();
        let token: u64 = text(&room.run(&all).stdout).trim().parse().unwrap();
        assert!(token > last);
        last = token;
    }
}

#[test]
fn events_are_written() {
    let room = Room::new();
    let holder = room.hold(&["e"]);
    let waiting = room.pglock(&["-q", "--events", "log", "e", "true"]).spawn().unwrap();
    room.until_waiting("e", 1);
    holder.leave();
    assert!(waiting.wait_with_output().unwrap().status.success());
    let log = fs::read_to_string(room.path("log")).unwrap();
    let events: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["lock.wait", "lock.take", "lock.drop"]);
    assert!(events.iter().all(|event| event["name"] == "e"));
    assert!(events[0]["holder_pid"].as_u64().is_some());
    let out = room.run(&["--events", "-", "e", "echo", "hi"]);
    assert_eq!(text(&out.stdout).lines().count(), 3);
    let out = room.run(&["--events", "/dev/full", "e", "true"]);
    assert_eq!(code(&out), 125);
    assert!(text(&out.stderr).contains("No space left"), "{}", text(&out.stderr));
    let out = room.run(&["--events", "99", "e", "true"]);
    assert_eq!(code(&out), 125);
}

#[test]
fn a_file_is_shared_with_flock() {
    let room = Room::new();
    let out = room.run(&["--file", "L", "-c", "flock -n L true"]);
    assert_eq!(code(&out), 1);
    let out =
        room.run(&["-s", "--file", "L", "-c", "flock -n -s L true && $PGLOCK -n --file L true"]);
    assert_eq!(code(&out), 75);
    assert!(text(&out.stderr).contains("L: busy, held by pid"), "{}", text(&out.stderr));
    let mut flock = Command::new("flock");
    flock.args(["L", "sh", "-c", "echo in; read x"]).current_dir(room.folder.path());
    let mut flock = flock.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = [0; 3];
    flock.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    let out = room.run(&["-w", "0.05", "--file", "L", "true"]);
    assert_eq!(code(&out), 75);
    let waiting = room.pglock(&["-q", "--file", "L", "echo", "mine"]).spawn().unwrap();
    drop(flock.stdin.take());
    assert_eq!(text(&waiting.wait_with_output().unwrap().stdout), "mine\n");
    flock.wait().unwrap();
}

#[test]
fn exec_in_place_and_closed_descriptors() {
    let room = Room::new();
    let out = room.run(&["-F", "f", "-c", "$PGLOCK -q -n f true; echo $? $$"]);
    assert!(text(&out.stdout).starts_with("75 "), "{}", text(&out.stdout));
    let out = room.run(&["-F", "f", "no-such-program"]);
    assert_eq!(code(&out), 127);
    // with -o the command holds nothing: pglock's death frees the lock
    let mut holder = room.hold(&["-o", "f"]);
    assert_eq!(code(&room.run(&["-n", "f", "true"])), 75);
    holder.child.kill().unwrap();
    holder.child.wait().unwrap();
    assert_eq!(code(&room.run(&["f", "true"])), 0);
}

#[test]
fn signals_sent_to_pglock_reach_the_command() {
    let room = Room::new();
    // the builtin read is interrupted by the trap
    let script = "trap 'echo term; exit 3' TERM; echo in; read x";
    let mut child = room.pglock(&["g", "-c", script]).stdin(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    line.clear();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "term\n");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    // who waits dies of it
    use std::os::unix::process::ExitStatusExt as _;
    let holder = room.hold(&["g"]);
    let mut waiting = room.pglock(&["-q", "g", "true"]).spawn().unwrap();
    room.until_waiting("g", 1);
    assert!(Command::new("kill").arg(waiting.id().to_string()).status().unwrap().success());
    assert_eq!(waiting.wait().unwrap().signal(), Some(15));
    assert_eq!(text(&room.run(&["--who", "g"]).stdout).matches("waits").count(), 0);
    holder.leave();
}

#[test]
fn a_path_for_the_shell() {
    let room = Room::new();
    let out = room.run(&["--path", "a/b"]);
    assert_eq!(text(&out.stdout), format!("{}\n", room.path("locks/a%2Fb.lock").display()));
    assert!(room.path("locks/a%2Fb.lock").exists());
}

#[test]
fn killing_pglocks_lets_nobody_in_twice() {
    let room = Room::new();
    for (round, mode) in
        [&["-x"][..], &["--slots", "2"], &["-x"], &["--slots", "2"]].iter().enumerate()
    {
        let log = format!("log{round}");
        let most = 1 + i32::from(mode.len() > 1);
        let script = format!("echo start >>{log}; : >tmp; echo end >>{log}");
        let contend = |_| {
            let args: Vec<&str> =
                mode.iter().copied().chain(["-q", "msi", "-c", &script]).collect();
            room.pglock(&args).spawn().unwrap()
        };
        let mut children: Vec<Child> = (0..40).map(contend).collect();
        for child in children.iter_mut().skip(round % 3).step_by(3) {
            child.kill().unwrap();
        }
        for mut child in children {
            child.wait().unwrap();
        }
        // what the killed ones had begun has ended when all of it is free again
        assert_eq!(code(&room.run(&["-x", "msi", "true"])), 0);
        let ran = fs::read_to_string(room.path(&log)).unwrap().matches("start").count();
        assert!(ran >= 26, "{ran}");
        check_overlap(&room.path(&log), ran, most);
    }
}
