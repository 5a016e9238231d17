//! Each operation's output folded into a group that bears its name, and one line
//! for each failure.

use super::Ci;
use super::guard::{self, Guard};
use crate::harmless;
use crate::junit::Told;
use record::Seconds;
use std::io;

/// Letters of a name in a log.
const NAME_LETTERS: usize = 120;

/// Lines of the output's end that an annotation repeats.
const TAIL_LINES: usize = 5;

/// Bytes of it.
const TAIL_BYTES: usize = 1 << 10;

/// Writes what goes into a CI system's log: groups, output, annotations. Output of
/// several operations may alternate; then it is guarded and not folded.
#[derive(Debug)]
pub struct Fold {
    ci: Ci,
    token: String,
    guard: Guard,
    /// The group that is open: number of the operation.
    open: Option<u64>,
    /// GitHub obeys no commands now.
    stopped: bool,
    /// The last byte ended a line.
    line_ended: bool,
}

impl Fold {
    /// Nothing written yet.
    ///
    /// # Errors
    /// There are no random bytes for a token.
    pub fn new(ci: Ci) -> io::Result<Self> {
        Ok(Fold::with_token(ci, guard::token()?))
    }

    fn with_token(ci: Ci, token: String) -> Self {
        let guard = Guard::new(ci, &token);
        Fold { ci, token, guard, open: None, stopped: false, line_ended: true }
    }

    /// Begins the group of an operation, unless it is open. Times are seconds since the epoch.
    pub fn begin(&mut self, (seq, name): (u64, &str), now: Seconds, out: &mut Vec<u8>) {
        if self.open == Some(seq) {
            return;
        }
        self.end(now, out);
        self.open = Some(seq);
        let (name, at) = (guard::line(self.ci, &cut(name)), now.as_f64() as u64);
        let text = match self.ci {
            Ci::Github => format!("::group::{}\n", data(&name)),
            Ci::Gitlab => {
                format!("\x1b[0Ksection_start:{at}:pgrun_{seq}[collapsed=true]\r\x1b[0K{name}\n")
            }
        };
        self.say(&text, out);
    }

    /// Output, in whatever group is open.
    pub fn output(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        if self.ci == Ci::Github && !self.stopped {
            self.say(&format!("::stop-commands::{}\n", self.token), out);
            self.stopped = true;
        }
        self.guard.pass(bytes, out);
        self.line_ended = bytes.last() == Some(&b'\n');
    }

    /// Ends the group that is open, and the guard.
    pub fn end(&mut self, now: Seconds, out: &mut Vec<u8>) {
        self.speak(out);
        let Some(seq) = self.open.take() else { return };
        let at = now.as_f64() as u64;
        let text = match self.ci {
            Ci::Github => "::endgroup::\n".to_string(),
            Ci::Gitlab => format!("\x1b[0Ksection_end:{at}:pgrun_{seq}\r\x1b[0K\n"),
        };
        self.say(&text, out);
    }

    /// The line for an operation that failed.
    pub fn failed(&mut self, told: &Told, out: &mut Vec<u8>) {
        self.speak(out);
        let text = match self.ci {
            Ci::Github => annotation(told),
            Ci::Gitlab => {
                let text = format!("{}: {}", cut(&told.name), told.ending());
                format!("\x1b[31;1mERROR: {}\x1b[0m\n", guard::line(self.ci, &text))
            }
        };
        self.say(&text, out);
    }

    /// From here on the system obeys again: what follows is ours.
    fn speak(&mut self, out: &mut Vec<u8>) {
        self.guard.end(out);
        if std::mem::take(&mut self.stopped) {
            let text = format!("::{}::\n", self.token);
            self.say(&text, out);
        }
    }

    /// Whole lines of ours.
    fn say(&mut self, lines: &str, out: &mut Vec<u8>) {
        if !self.line_ended {
            out.push(b'\n');
        }
        out.extend_from_slice(lines.as_bytes());
        self.line_ended = true;
    }
}

/// A name that fits a line of a log.
fn cut(name: &str) -> String {
    let name = harmless::one_line(name.as_bytes());
    match name.char_indices().nth(NAME_LETTERS) {
        Some((at, _)) => format!("{}...", &name[..at]),
        None => name,
    }
}

/// `::error ...::...`: what failed, how, the command of an operation, and the end of what it wrote.
fn annotation(told: &Told) -> String {
    let mut what = String::new();
    if let Some((file, line)) = told.place() {
        what = format!("file={},line={line},", property(file));
    }
    let title = property(&cut(&told.name));
    let mut message = told.ending();
    if told.name != told.command {
        message = format!("{message}: {}", cut(&told.command));
    }
    let tail = &told.tail[told.tail.len().saturating_sub(TAIL_BYTES)..];
    let tail = harmless::document(tail);
    let lines: Vec<&str> = tail.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in &lines[lines.len().saturating_sub(TAIL_LINES)..] {
        message.push('\n');
        message.push_str(line);
    }
    // the viewer of the log folds at what it finds in a message, too
    format!("::error {what}title={title}::{}\n", data(&message)).replace("##[", "##\\[")
}

/// The text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value in front of it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Outcome;

    const TOKEN: &str = "pgrun-0123";

    fn told(seq: u64) -> Told {
        Told {
            seq,
            name: format!("lint: 100%,{seq}"),
            command: "make lint".to_string(),
            source: "plan.yaml:7".to_string(),
            result: Outcome::Failure,
            reason: "exit 3".to_string(),
            start: Seconds::from_secs(1000),
            wall: Seconds::from_f64(2.5),
            tail: b"one\n\n\x1b[31mtwo: 5%\x1b[0m\r\nthree ##[x]".to_vec(),
        }
    }

    fn log(ci: Ci) -> String {
        let (mut fold, mut out) = (Fold::with_token(ci, TOKEN.to_string()), Vec::new());
        let at = Seconds::from_secs;
        fold.begin((1, "quiet"), at(1000), &mut out);
        fold.output(b"fine\n", &mut out);
        fold.end(at(1002), &mut out);
        let failed = told(2);
        fold.begin((2, &failed.name), at(1000), &mut out);
        fold.output(
            b"::error::not mine\n##[endgroup]\n::PGRUN-0123::\nsection_end:1:pgrun_2\r\x1b[0K",
            &mut out,
        );
        fold.output(b"no newline ##", &mut out);
        fold.end(at(1003), &mut out);
        fold.failed(&failed, &mut out);
        fold.output(b"without a group\r", &mut out);
        fold.end(at(1003), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn github() {
        let expected = "\
::group::quiet
::stop-commands::pgrun-0123
fine
::pgrun-0123::
::endgroup::
::group::lint: 100%25,2
::stop-commands::pgrun-0123
::error::not mine
##\\[endgroup]
::P\\GRUN-0123::
section_end:1:pgrun_2\r\x1b[0Kno newline ##
::pgrun-0123::
::endgroup::
::error file=plan.yaml,line=7,title=lint%3A 100%25%2C2::exit 3 after 2.5 s: make lint%0Aone%0Atwo: 5%25%0Athree ##\\[x]
::stop-commands::pgrun-0123
without a group\r
::pgrun-0123::
";
        assert_eq!(log(Ci::Github), expected);
    }

    #[test]
    fn gitlab() {
        let expected = "\
\x1b[0Ksection_start:1000:pgrun_1[collapsed=true]\r\x1b[0Kquiet
fine
\x1b[0Ksection_end:1002:pgrun_1\r\x1b[0K
\x1b[0Ksection_start:1000:pgrun_2[collapsed=true]\r\x1b[0Klint: 100%,2
::error::not mine
##[endgroup]
::PGRUN-0123::
section\\_end:1:pgrun_2\r\x1b[0Kno newline ##
\x1b[0Ksection_end:1003:pgrun_2\r\x1b[0K
\x1b[31;1mERROR: lint: 100%,2: exit 3 after 2.5 s\x1b[0m
without a group\r";
        assert_eq!(log(Ci::Gitlab), expected);
    }

    #[test]
    fn names_are_one_line_and_obeyed_by_nobody() {
        let (mut fold, mut out) = (Fold::with_token(Ci::Github, TOKEN.to_string()), Vec::new());
        let name = format!("a\n::error::b ##[c\x1b]0;t\x07{}", "x".repeat(200));
        fold.begin((1, &name), Seconds::ZERO, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.starts_with("::group::a ::error::b ##\\[c^[]0;t^Gxxx"), "{text}");
        assert!(text.len() < 150);
    }

    #[test]
    fn what_was_kept_back_is_not_lost_between_operations() {
        let (mut fold, mut out) = (Fold::with_token(Ci::Github, TOKEN.to_string()), Vec::new());
        fold.output(b"##", &mut out);
        fold.begin((1, "a"), Seconds::ZERO, &mut out);
        fold.output(b"[x]\n", &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\n##\n::pgrun-0123::\n") && text.contains("\n[x]\n"), "{text}");
    }
}
