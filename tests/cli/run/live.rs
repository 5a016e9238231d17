//! On a terminal: the live line, and output that is made harmless.

use super::{err, events, out};
use crate::tool;
use nix::pty::{Winsize, openpty};
use std::fs::File;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};

/// What a terminal of so many columns has been sent, piece by piece.
struct Terminal {
    master: File,
    pub sent: Vec<u8>,
    child: Child,
}

impl Terminal {
    fn run(columns: u16, args: &[&str]) -> Terminal {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).unwrap();
        let slave = File::from(pty.slave);
        let child = Command::new(env!("CARGO_BIN_EXE_pgrun"))
            .args(args)
            .env_remove("CI")
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave)
            .spawn()
            .unwrap();
        Terminal { master: File::from(pty.master), sent: Vec::new(), child }
    }

    /// Reads on; false at the end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.master.read(&mut buffer) {
            Ok(count) if count > 0 => {
                self.sent.extend_from_slice(&buffer[..count]);
                true
            }
            // the other side is closed
            _ => false,
        }
    }

    fn read_until(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert!(self.read(), "{:?}", self.text());
        }
    }

    fn end(mut self) -> (i32, String) {
        while self.read() {}
        (self.child.wait().unwrap().code().unwrap(), self.text())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.sent).into_owned()
    }
}

/// What is seen of it: a line that is written over is gone.
fn seen(sent: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut at = 0;
    let mut rest = sent.chars();
    while let Some(c) = rest.next() {
        let line = lines.last_mut().unwrap();
        match c {
            '\r' => at = 0,
            '\n' => {
                lines.push(String::new());
                at = 0;
            }
            '\x1b' => {
                assert_eq!(rest.next(), Some('['), "{sent:?}");
                let last = rest.find(char::is_ascii_alphabetic).unwrap();
                match last {
                    'K' => line.truncate(at),
                    'm' => {}
                    other => assert!(matches!(other, 'K' | 'm'), "{other} in {sent:?}"),
                }
            }
            c => {
                if at < line.len() {
                    line.replace_range(at..at + 1, &c.to_string());
                } else {
                    line.push(c);
                }
                at += 1;
            }
        }
    }
    lines
}

#[test]
fn bars_are_drawn_below_the_output_and_no_wider_than_the_terminal() {
    let command = "echo o{}; echo e{} >&2; printf p";
    for (style, last) in
        [("--bar", "100% 4:0=0s 4"), ("--eta", "ETA: 0s Left: 0 AVG: "), ("--progress", "")]
    {
        let (status, sent) =
            Terminal::run(30, &[style, "-k", "-j1", command, ":::", "1", "2", "3", "4"]).end();
        assert_eq!(status, 0);
        let lines = seen(&sent);
        let output: Vec<&String> =
            lines.iter().filter(|l| "oep".contains(l.chars().next().unwrap_or('x'))).collect();
        let text = output.iter().map(|l| l.as_str()).collect::<Vec<_>>().join("");
        // streams are printed one after the other
        assert_eq!(text.replace('p', ""), "o1e1o2e2o3e3o4e4", "{sent:?}");
        assert_eq!(text.matches('p').count(), 4, "{sent:?}");
        assert!(
            lines.iter().any(|line| !last.is_empty() && line.starts_with(last)) || last.is_empty(),
            "{lines:?}"
        );
        let key = "Computer:jobs running/jobs completed";
        assert!(
            lines.iter().filter(|l| !l.starts_with("Computer")).all(|l| l.len() < 30),
            "{lines:?}"
        );
        assert_eq!(lines.iter().any(|l| l.starts_with(key)), style == "--eta");
        // nothing is left of a line that nobody keeps
        let left = lines.iter().any(|line| line.contains(" done"));
        assert!(!left, "{lines:?}");
    }
}

/// Nobody has asked for it: it comes when the run lasts, and goes with it.
#[test]
fn a_run_that_lasts_has_a_live_line() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let wait = format!("echo one; cat {}; : {{}}", fifo.display());
    let mut terminal = Terminal::run(80, &["-j2", &wait, ":::", "1"]);
    terminal.read_until("0/1 done, 1 running");
    std::fs::write(&fifo, "").unwrap();
    let (status, sent) = terminal.end();
    assert_eq!(status, 0);
    let lines = seen(&sent);
    assert_eq!(lines.iter().filter(|line| line.as_str() == "one").count(), 1, "{sent:?}");
    assert!(!lines.iter().any(|line| line.contains("done")), "{lines:?}");
}

/// A line that is still being written is not divided.
#[test]
fn a_begun_line_of_a_command_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let wait = format!("printf be; echo >{0}; echo gun {{}}", fifo.display());
    let mut terminal = Terminal::run(80, &["-k", "-j1", "--bar", &wait, ":::", "1"]);
    terminal.read_until("be");
    std::fs::read(&fifo).unwrap();
    let (_, sent) = terminal.end();
    assert!(seen(&sent).contains(&"begun 1".to_string()), "{sent:?}");
}

#[test]
fn escape_sequences_do_nothing_on_a_terminal_unless_they_may() {
    let command = "printf '\\033]0;t\\007\\033[2J\\033[31mred'";
    let (_, sent) = Terminal::run(80, &[command, ":::", "1"]).end();
    assert!(sent.starts_with("^[]0;t^G^[[2J\x1b[31mred\x1b[0m"), "{sent:?}");
    let (_, sent) = Terminal::run(80, &["--raw", command, ":::", "1"]).end();
    assert!(sent.starts_with("\x1b]0;t\x07\x1b[2J\x1b[31mred"), "{sent:?}");
    let piped = tool("pgrun").args([command, ":::", "1"]).output().unwrap();
    assert_eq!(out(&piped), "\x1b]0;t\x07\x1b[2J\x1b[31mred");
}

#[test]
fn a_log_gets_a_line_when_a_tenth_more_is_done() {
    let words: Vec<String> = (1..=100).map(|n| n.to_string()).collect();
    let input = words.join("\n");
    for style in ["--bar", "--eta", "--progress"] {
        let output = tool("pgrun")
            .args([style, "-j1", "true"])
            .write_stdin(input.as_str())
            .output()
            .unwrap();
        let lines = err(&output);
        let header = |line: &&str| line.contains("omputer") || line.starts_with("1:local");
        let shown = lines.lines().filter(|l| !l.is_empty()).filter(|l| !header(l)).count();
        assert!((1..=10).contains(&shown), "{lines}");
        assert_eq!(out(&output), "");
        assert!(!lines.contains('\r') && !lines.contains('\x1b'), "{lines}");
    }
    let output =
        tool("pgrun").args(["--bar", "-j1", "true"]).write_stdin(input.as_str()).output().unwrap();
    assert!(err(&output).ends_with("100% 100:0=0s 100\n"), "{}", err(&output));
}

#[test]
fn progress_as_records_ends_with_what_the_log_counts() {
    let args = ["--progress=json", "--events", "-", "-j2", "exit {}", ":::", "0", "1", "0"];
    let output = tool("pgrun").args(args).output().unwrap();
    let frames = events(&err(&output));
    assert!(frames.iter().all(|frame| frame["type"] == "progress"));
    let last = frames.last().unwrap();
    let ends = events(&out(&output)).iter().filter(|event| event["type"] == "op.end").count();
    assert_eq!((last["done"].as_u64(), last["total"].as_u64()), (Some(ends as u64), Some(3)));
    assert_eq!((last["failed"].as_u64(), last["left_s"].as_f64()), (Some(1), Some(0.0)));
}
