//! An operation as text for a shell, for a program that knows nothing of operations.

use super::{Ask, pattern};
use crate::run::shell::{self, Place};
use record::{Bytes, Command, Operation, Seconds};

/// How many lines a target gives a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One: a new line inside a word is a variable.
    One,
    /// As many as it has.
    Many,
}

/// What a failure does to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is told.
    Counts,
    /// It is hidden from the target, which would stop what follows.
    Hidden,
}

/// From TERM to KILL at a timeout, in seconds, as `pgrun` has it.
const GRACE: &str = "5";
/// Pause before the first repetition where none is said, in milliseconds, as `pgrun` has it.
const PAUSE_MS: i64 = 200;
/// The longest pause, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 30_000;
/// Where the files of an operation are, in its script.
const FILES: &str = "\"$pg_files\"/";

/// Writes the script of one operation.
pub struct Script<'a> {
    pub op: &'a Operation,
    pub cmd: &'a Command,
    pub lines: Lines,
    pub failure: Failure,
    /// Locks to take by `pglock` around the command.
    pub asks: &'a [Ask],
}

impl Script<'_> {
    /// The text; without a new line at the end.
    pub fn text(&self) -> Vec<u8> {
        if let Some(plain) = self.plain() {
            return plain;
        }
        let mut parts = self.preparation();
        parts.push(self.run());
        let body = parts.join(match self.lines {
            Lines::One => &b"; "[..],
            Lines::Many => b"\n",
        });
        let mut text = self.variables(&body);
        match self.failure {
            Failure::Counts => text.extend_from_slice(&body),
            Failure::Hidden => text.extend([b"(", &body[..], b") || :"].concat()),
        }
        text
    }

    /// A command line that needs nothing around it and means the same to every target.
    fn plain(&self) -> Option<Vec<u8>> {
        let Command::Shell(text) = self.cmd else { return None };
        let wrapped = self.failure == Failure::Hidden || !self.preparation().is_empty();
        let bare = !wrapped && self.run() == self.shell(text);
        let first = text.first().is_some_and(|b| !b"@-+ \t\r\n".contains(b));
        let one = self.lines == Lines::Many || !text.iter().any(|b| matches!(b, b'\n' | b'\r'));
        (bare && first && one && text.last() != Some(&b'\\')).then(|| text.0.clone())
    }

    /// Variables for bytes that have no place on one line.
    fn variables(&self, body: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let has = |name: &[u8]| body.windows(name.len()).any(|part| part == name);
        if self.lines == Lines::One && has(b"\"$pg_nl\"") {
            text.extend_from_slice(b"pg_nl=$(printf '\\nx'); pg_nl=${pg_nl%x}; ");
        }
        if self.lines == Lines::One && has(b"\"$pg_cr\"") {
            text.extend_from_slice(b"pg_cr=$(printf '\\r'); ");
        }
        text
    }

    /// What is done before the command, one statement each.
    fn preparation(&self) -> Vec<Vec<u8>> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        if let Some(cwd) = &self.op.cwd {
            parts.push([b"cd -- ", &self.word(cwd)[..], b" || exit"].concat());
        }
        if !self.op.files.is_empty() || self.watches() {
            parts.push(b"pg_files=$(mktemp -d) || exit".to_vec());
            parts.push(b"export pg_files".to_vec());
            parts.push(b"trap 'rm -rf \"$pg_files\"' EXIT".to_vec());
            parts.push(b"trap 'exit 143' TERM".to_vec());
        }
        for (name, content) in &self.op.files {
            let (name, content) = (self.word(name.as_bytes()), self.format(content));
            let to = [b" >", FILES.as_bytes(), &name, b" || exit"].concat();
            parts.push([b"printf ", &content[..], &to].concat());
        }
        for place in &self.op.out {
            if let Some(at) = place.iter().rposition(|b| *b == b'/').filter(|at| *at > 0) {
                parts.push([b"mkdir -p -- ", &self.word(&place[..at])[..], b" || exit"].concat());
            }
        }
        if let Some(check) = &self.op.check {
            let check = [self.environment(), self.command(check)].concat();
            parts.push([&check[..], b" >/dev/null 2>&1 && exit 0"].concat());
        }
        parts
    }

    /// The command with all that stands around it, as often as it may be tried.
    fn run(&self) -> Vec<u8> {
        let mut run = Vec::new();
        if let Some(stdin) = &self.op.stdin {
            run.extend([b"printf ", &self.format(stdin)[..], b" | "].concat());
        }
        for ask in self.asks {
            run.extend_from_slice(b"pglock ");
            if ask.shared {
                run.extend_from_slice(b"--shared ");
            } else if ask.slots > 1 {
                run.extend(format!("--slots {} --take {} ", ask.slots, ask.take).bytes());
            }
            // a name that looks like an option
            let before = if ask.name.starts_with('-') { &b"-- "[..] } else { b"" };
            run.extend([before, &self.word(ask.name.as_bytes())[..], b" -- "].concat());
        }
        if let Some(timeout) = self.op.timeout {
            run.extend(format!("timeout -k {GRACE} {timeout} ").bytes());
        }
        run.extend(self.environment());
        run.extend(self.command(self.cmd));
        if self.watches() {
            run = self.watched(&run);
        }
        for place in &self.op.out {
            let from = self.word(&part_of(place));
            run.extend([b" && mv -- ", &from[..], b" ", &self.word(place)].concat());
        }
        match self.op.retries.unwrap_or(0) {
            0 => run,
            retries => again(&run, retries, self.op.retry_delay),
        }
    }

    /// True where its output decides, too.
    fn watches(&self) -> bool {
        let patterns = [&self.op.fail_if, &self.op.ok_if];
        patterns.iter().any(|pattern| !pattern.is_empty() && pattern::grep_knows(pattern))
    }

    /// A command whose output is looked at when it has ended, line by line.
    fn watched(&self, run: &[u8]) -> Vec<u8> {
        let mut text = [b"( { ", run, b"; echo $? >"].concat();
        text.extend(format!("{FILES}.pg-status; }} 2>&1 | tee {FILES}.pg-output; ").bytes());
        for (pattern, not) in [(&self.op.fail_if, "! "), (&self.op.ok_if, "")] {
            if !pattern.is_empty() && pattern::grep_knows(pattern) {
                let pattern = self.word(pattern.as_bytes());
                text.extend([not.as_bytes(), b"grep -Eq -e ", &pattern].concat());
                text.extend(format!(" {FILES}.pg-output && ").bytes());
            }
        }
        text.extend(format!("exit \"$(cat {FILES}.pg-status)\"; exit 1 )").bytes());
        text
    }

    fn environment(&self) -> Vec<u8> {
        if self.op.env.is_empty() {
            return Vec::new();
        }
        let mut text = b"env ".to_vec();
        for (name, value) in &self.op.env {
            let pair = [name.as_bytes(), b"=", &value[..]].concat();
            text.extend([&self.word(&pair)[..], b" "].concat());
        }
        text
    }

    /// The command as words of a shell.
    fn command(&self, cmd: &Command) -> Vec<u8> {
        match cmd {
            Command::Shell(text) => self.shell(text),
            Command::Argv(words) => {
                let mut text = Vec::new();
                // an array names a program, also where the shell has something of that name
                if words.first().is_some_and(|word| shell::is_shell_word(word)) {
                    text.extend_from_slice(b"env ");
                }
                let words: Vec<Vec<u8>> = words.iter().map(|w| self.filled_word(w)).collect();
                text.extend(words.join(&b' '));
                text
            }
        }
    }

    fn shell(&self, text: &Bytes) -> Vec<u8> {
        let quoted = |path: &[u8]| shell::quote(path, Place::Bare);
        let filled: Vec<u8> = self
            .pieces(text)
            .into_iter()
            .flat_map(|piece| match piece {
                Piece::Text(text) => text.to_vec(),
                Piece::File(name) => [FILES.as_bytes(), &quoted(name.as_bytes())].concat(),
                Piece::Out(place) => quoted(&part_of(place)),
            })
            .collect();
        [b"/bin/sh -c ", &self.word(&filled)[..]].concat()
    }

    /// A word of an array, with the paths of its files and outputs.
    fn filled_word(&self, word: &Bytes) -> Vec<u8> {
        let pieces = self.pieces(word);
        if pieces.is_empty() {
            return self.word(b"");
        }
        let filled = pieces.into_iter().map(|piece| match piece {
            Piece::Text(text) => self.word(text),
            Piece::File(name) => [FILES.as_bytes(), &self.word(name.as_bytes())].concat(),
            Piece::Out(place) => self.word(&part_of(place)),
        });
        filled.collect::<Vec<_>>().concat()
    }

    /// Cuts `{file:NAME}`, `{out}` and `{out2}` out of a text.
    fn pieces<'t>(&'t self, text: &'t [u8]) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        let (mut from, mut at) = (0, 0);
        while at < text.len() {
            let end = text[at..].iter().position(|b| *b == b'}').map(|end| at + end);
            let inner = end.filter(|_| text[at] == b'{').and_then(|end| {
                std::str::from_utf8(&text[at + 1..end]).ok().and_then(|name| self.place(name))
            });
            if let (Some(piece), Some(end)) = (inner, end) {
                if from < at {
                    pieces.push(Piece::Text(&text[from..at]));
                }
                pieces.push(piece);
                (from, at) = (end + 1, end + 1);
            } else {
                at += 1;
            }
        }
        if from < text.len() {
            pieces.push(Piece::Text(&text[from..]));
        }
        pieces
    }

    fn place<'t>(&'t self, name: &'t str) -> Option<Piece<'t>> {
        if let Some(file) = name.strip_prefix("file:") {
            return self.op.files.contains_key(file).then_some(Piece::File(file));
        }
        let at = match name.strip_prefix("out")? {
            "" => 0,
            digits => digits.parse::<usize>().ok()?.checked_sub(1)?,
        };
        self.op.out.get(at).map(Piece::Out)
    }

    /// A word that the shell reads as exactly these bytes.
    fn word(&self, value: &[u8]) -> Vec<u8> {
        let odd = |b: &u8| matches!(b, b'\n' | b'\r');
        if self.lines == Lines::Many || !value.iter().any(odd) {
            return shell::quote(value, Place::Bare);
        }
        let mut out = Vec::new();
        for part in value.split_inclusive(odd) {
            let (text, end) = match part.split_last() {
                Some((b'\n', text)) => (text, &b"\"$pg_nl\""[..]),
                Some((b'\r', text)) => (text, &b"\"$pg_cr\""[..]),
                _ => (part, &b""[..]),
            };
            if !text.is_empty() {
                out.extend(shell::quote(text, Place::Bare));
            }
            out.extend_from_slice(end);
        }
        out
    }

    /// A word from which printf makes these bytes: printable, on one line.
    fn format(&self, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(value.len() + 8);
        for (at, byte) in value.iter().enumerate() {
            match byte {
                b'%' => out.extend_from_slice(b"%%"),
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'-' if at == 0 => out.extend_from_slice(b"\\055"),
                b' '..=b'~' => out.push(*byte),
                _ => out.extend(format!("\\{byte:03o}").bytes()),
            }
        }
        shell::quote(&out, Place::Glued)
    }
}

enum Piece<'a> {
    Text(&'a [u8]),
    File(&'a str),
    Out(&'a Bytes),
}

/// Where an output is written before it is put in its place.
fn part_of(place: &[u8]) -> Vec<u8> {
    [place, b".part"].concat()
}

/// A command that is repeated after failures, with pauses that double.
fn again(run: &[u8], retries: u32, delay: Option<Seconds>) -> Vec<u8> {
    let pause = delay.map_or(PAUSE_MS, |delay| delay.as_micros() / 1000);
    let longest = LONGEST_PAUSE_MS.max(pause);
    let begin = format!("pg_try=0; pg_ms={pause}; until ( ");
    let pause = "sleep \"$((pg_ms / 1000)).$(printf %03d $((pg_ms % 1000)))\"";
    let end = format!(
        " ); do pg_try=$((pg_try + 1)); [ $pg_try -le {retries} ] || exit 1; {pause}; \
         pg_ms=$((pg_ms * 2)); [ $pg_ms -le {longest} ] || pg_ms={longest}; done"
    );
    [begin.as_bytes(), run, end.as_bytes()].concat()
}
