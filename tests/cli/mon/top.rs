//! `pgmon top`, at the other end of a terminal.

use super::{ran, signal};
use nix::pty::{OpenptyResult, Winsize, openpty};
use nix::sys::termios::tcgetattr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};

/// What gives the screen back as it was.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// What a terminal shows; only what has changed is ever drawn.
struct Shown {
    rows: Vec<Vec<char>>,
    at: (usize, usize),
}

impl Shown {
    fn take(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(letter) = rest.next() {
            if letter != '\x1b' {
                let (row, column) = self.at;
                if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
                    *cell = letter;
                }
                self.at.1 += 1;
                continue;
            }
            let sequence: String =
                rest.by_ref().skip(1).take_while(|c| !"HJmhl".contains(*c)).collect();
            if let Some((row, column)) =
                sequence.split_once(';').filter(|_| !sequence.starts_with('0'))
            {
                let number = |text: &str| text.parse::<usize>().unwrap() - 1;
                self.at = (number(row), number(column));
            } else if sequence == "2" {
                self.rows.iter_mut().for_each(|row| row.fill(' '));
            }
        }
    }

    fn text(&self) -> String {
        self.rows.iter().map(|row| row.iter().collect::<String>() + "\n").collect()
    }
}

/// `pgmon top` in a terminal of 80 columns and 24 lines.
struct Seen {
    process: Child,
    terminal: OpenptyResult,
    master: File,
    /// All that was written.
    text: String,
    taken: usize,
    shown: Shown,
}

impl Seen {
    fn start(args: &[&str]) -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(Some(&size), None).unwrap();
        let slave = || terminal.slave.try_clone().unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_pgmon"))
            .arg("top")
            .args(args)
            .env_remove("NO_COLOR")
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        let master = File::from(terminal.master.try_clone().unwrap());
        let shown = Shown { rows: vec![vec![' '; 120]; 40], at: (0, 0) };
        Seen { process, terminal, master, text: String::new(), taken: 0, shown }
    }

    fn read(&mut self) {
        let mut bytes = [0; 65536];
        let count = self.master.read(&mut bytes).unwrap();
        self.text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }

    /// Reads until the screen shows a text.
    fn until(&mut self, wanted: &str) {
        while !self.shown.text().contains(wanted) {
            self.read();
            // a sequence may come in two parts
            let last = self.text.rfind('\x1b').filter(|at| *at >= self.taken);
            let part = |at: &usize| !self.text[at + 1..].contains(['H', 'J', 'm', 'h', 'l']);
            let whole = last.filter(part).unwrap_or(self.text.len());
            let part = self.text[self.taken..whole].to_string();
            self.shown.take(&part);
            self.taken = whole;
        }
    }

    /// Reads until the screen is given back; gives the status.
    fn end(&mut self) -> ExitStatus {
        while !self.text.contains(LEAVE) {
            self.read();
        }
        self.process.wait().unwrap()
    }

    fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        // it has ended, unless the test has failed
        let _ = self.process.kill();
    }
}

#[test]
fn the_terminal_is_given_back_as_it_was() {
    let mut top = Seen::start(&["-i", "20ms", "--color", "always"]);
    top.until("COMMAND");
    assert!(top.text.starts_with("\x1b[?1049h"), "{:?}", top.text);
    top.press("?");
    top.until("children below their parents");
    // while a filter is written, q is a letter
    top.press("x/no such q");
    top.until(" /  no such q_");
    top.press("\x1bq");
    assert_eq!(top.end().code(), Some(0));
    // colours where they are wanted
    assert!(top.text.contains("\x1b[0;32;49m"), "{:?}", top.text);
    let fresh = openpty(None, None).unwrap();
    let settings = |fd: std::os::fd::BorrowedFd<'_>| tcgetattr(fd).unwrap();
    assert_eq!(settings(top.terminal.slave.as_fd()), settings(fresh.slave.as_fd()));
}

#[test]
fn a_signal_gives_it_back_too() {
    for (name, number) in [("-TERM", 15), ("-INT", 2), ("-HUP", 1)] {
        let mut top = Seen::start(&["-i", "1h", "--color", "never"]);
        top.until("COMMAND");
        signal(name, top.process.id());
        assert_eq!(top.end().signal(), Some(number));
        assert!(!top.text.contains(";32;49m") && !top.text.contains(";31;49m"), "{:?}", top.text);
    }
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let mut top = Seen::start(&["-i", "1h"]);
    top.until("COMMAND");
    let name = nix::unistd::ttyname(&top.terminal.slave).unwrap();
    let args = ["rows", "40", "cols", "120"];
    assert!(Command::new("stty").arg("-F").arg(name).args(args).status().unwrap().success());
    signal("-WINCH", top.process.id());
    // all keys have room now
    top.until(" n name ");
    assert!(top.shown.rows[39].iter().collect::<String>().starts_with(" q quit "));
    top.press("q");
    assert_eq!(top.end().code(), Some(0));
}

#[test]
fn a_count_ends_it() {
    let mut top = Seen::start(&["-i", "10ms", "-n", "2"]);
    assert_eq!(top.end().code(), Some(0));
}

#[test]
fn without_a_terminal_it_is_one_line() {
    let top = ran(&["top"]);
    assert_eq!((top.code, top.out.as_str()), (Some(125), ""));
    assert_eq!(
        top.err,
        "pgmon: top is shown in a terminal only; pgmon --top writes the busiest processes\n"
    );
    // a verb is the first word only
    let command = ran(&["-q", "-n", "1", "--", "top", "--no-such-option"]);
    assert!(!command.err.starts_with("pgmon:"), "{}", command.err);
}
