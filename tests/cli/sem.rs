//! `sem`, a link to `pgrun`: a counting semaphore around a command.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with the link, a lock directory of its own, and a FIFO to hold a command back.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(TempDir::new().unwrap());
        symlink(env!("CARGO_BIN_EXE_pgrun"), place.0.path().join("sem")).unwrap();
        nix::unistd::mkfifo(&place.0.path().join("gate"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        place
    }

    fn sem(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.0.path().join("sem"));
        command
            .args(args)
            .current_dir(&self.0)
            .env("PG_LOCK_DIR", self.0.path().join("locks"))
            .env_remove("PARALLEL")
            .env_remove("MAKEFLAGS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.sem(args).output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    /// Lets one command that reads the gate go on.
    fn open_gate(&self) {
        fs::write(self.0.path().join("gate"), "go\n").unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn in_the_foreground_its_status_and_input_are_the_commands() {
    let place = Place::new();
    let out = place.run(&["--fg", "--id", "a", "echo out; echo err >&2; exit 3"]);
    assert_eq!(
        (text(&out.stdout), text(&out.stderr), out.status.code()),
        ("out\n".into(), "err\n".into(), Some(3))
    );
    fs::write(place.0.path().join("in"), "input\n").unwrap();
    let file = fs::File::open(place.0.path().join("in")).unwrap();
    let out = place.sem(&["--fg", "--id", "a", "cat"]).stdin(file).output().unwrap();
    assert_eq!(text(&out.stdout), "input\n");
}

#[test]
fn in_the_background_it_returns_at_once() {
    let place = Place::new();
    // its output must not keep ours open
    let quiet =
        |args: &[&str]| place.sem(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(quiet(&["--id", "a", "read x <gate; echo $x >done"]).unwrap().success());
    assert_eq!(place.read("done"), "");
    place.open_gate();
    assert!(place.run(&["--id", "a", "--wait"]).status.success());
    assert_eq!(place.read("done"), "go\n");
}

#[test]
fn one_place_lets_one_in() {
    let place = Place::new();
    for number in 0..5 {
        let command = format!("mkdir busy && rmdir busy && echo {number} >>done");
        let started = place.sem(&["--id", "a", &command]).stdout(Stdio::null()).status();
        assert!(started.unwrap().success());
    }
    assert!(place.run(&["--id", "a", "--wait"]).status.success());
    let mut done: Vec<String> = place.read("done").lines().map(str::to_string).collect();
    done.sort();
    assert_eq!(done, ["0", "1", "2", "3", "4"]);
}

#[test]
fn who_waits_too_long_gives_up_or_goes_on() {
    let place = Place::new();
    let held = place.sem(&["--id", "a", "read x <gate"]).stdout(Stdio::null()).status();
    assert!(held.unwrap().success());
    let given_up = place.run(&["--fg", "--id", "a", "--st", "-0.01", "echo ran"]);
    assert_eq!((text(&given_up.stdout), given_up.status.code()), (String::new(), Some(1)));
    let anyway = place.run(&["--fg", "--id", "a", "--st", "0.01", "echo ran"]);
    assert_eq!((text(&anyway.stdout), anyway.status.code()), ("ran\n".into(), Some(0)));
    // another name is another semaphore, and with two places there is one left
    assert!(place.run(&["--fg", "--id", "b", "true"]).status.success());
    place.open_gate();
    assert!(place.run(&["--id", "a", "--wait"]).status.success());
}

#[test]
fn without_a_command_there_is_nothing_to_do() {
    let place = Place::new();
    let out = place.run(&["--id", "a"]);
    assert_eq!(out.status.code(), Some(255));
    assert!(text(&out.stderr).starts_with("sem: no command"), "{}", text(&out.stderr));
}
