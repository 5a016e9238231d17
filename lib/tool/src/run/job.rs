//! What one operation runs, ready to be started.

use super::pipe::Block;
use super::shell::{self, Place};
use super::template::Rendered;
use record::{Amount, Bytes, Command, LockAsk, Mode, Operation};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use sys::spawn::Argv;

/// What the loop knows of an operation beyond what the engine needs.
#[derive(Debug)]
pub struct Job {
    /// Position in the input, from 1.
    pub seq: u64,
    /// Line of the input that it came from; 0 where there is no one line.
    pub line: u64,
    /// Name in events.
    pub id: String,
    /// What is run; shared with its attempts, since it may have very many words.
    pub cmd: Arc<Command>,
    /// Arguments of a line, for tags and for a template that names the slot.
    pub args: Vec<Vec<u8>>,
    /// The operation, where it came as one.
    pub op: Option<Box<Operation>>,
    /// Its part of the input, where that is divided.
    pub block: Option<Block>,
    /// The words of an xargs command: it may have very many, and `cmd` has none then.
    pub words: Option<Argv>,
    /// By what a later run knows it again, where a log is kept.
    pub key: Option<String>,
}

impl Job {
    /// A job of a line.
    pub fn of_line(seq: u64, args: Vec<Vec<u8>>, rendered: Rendered) -> Self {
        Job {
            seq,
            line: 0,
            id: seq.to_string(),
            cmd: Arc::new(command(rendered)),
            args,
            op: None,
            block: None,
            words: None,
            key: None,
        }
    }

    /// A job of an operation.
    pub fn of_operation(seq: u64, op: Operation) -> Self {
        let cmd = op.cmd.clone().unwrap_or(Command::Argv(Vec::new()));
        Job {
            seq,
            line: 0,
            id: op.id.clone(),
            cmd: Arc::new(cmd),
            args: Vec::new(),
            op: Some(Box::new(op)),
            block: None,
            words: None,
            key: None,
        }
    }

    /// From now on it is done in another of its modes, by the place in its settled list.
    pub fn take_mode(&mut self, at: usize) {
        let Some(op) = self.op.as_mut().filter(|op| op.modes.get(at).is_some()) else { return };
        op.take_mode(at);
        self.cmd = Arc::new(op.cmd.clone().unwrap_or(Command::Argv(Vec::new())));
    }

    /// The mode that it is done in; empty where there is but one way.
    pub fn mode(&self) -> &str {
        self.op.as_ref().filter(|op| !op.modes.is_empty()).map_or("", |op| &op.mode)
    }

    /// A job of xargs, which has no name.
    pub fn of_words(seq: u64, words: Argv) -> Self {
        let none = Job::of_line(seq, Vec::new(), Rendered::Argv(Vec::new()));
        Job { id: String::new(), words: Some(words), ..none }
    }

    /// Locks it holds while it runs.
    pub fn locks(&self) -> &[LockAsk] {
        self.op.as_ref().map_or(&[], |op| &op.locks)
    }

    /// What it runs, for who reads it: with its outputs where they are to be.
    pub fn as_read(&self) -> Cow<'_, Command> {
        match &self.op {
            Some(op) if !op.out.is_empty() => {
                let outputs: Vec<Vec<u8>> = op.out.iter().map(|place| place.0.clone()).collect();
                let paths = Paths { files: &BTreeMap::new(), outputs: &outputs };
                Cow::Owned(with_paths(&self.cmd, paths))
            }
            _ => Cow::Borrowed(&self.cmd),
        }
    }

    /// What begins its lines under `--tag`.
    pub fn tag(&self) -> Vec<u8> {
        match &self.op {
            Some(_) => self.id.clone().into_bytes(),
            None => self.args.join(&b' '),
        }
    }
}

/// A rendered template as a command.
pub fn command(rendered: Rendered) -> Command {
    match rendered {
        Rendered::Argv(argv) => Command::Argv(argv.into_iter().map(Bytes).collect()),
        Rendered::Shell(text) => Command::Shell(Bytes(text)),
    }
}

fn amounts(resources: &BTreeMap<String, Amount>) -> Vec<(String, Amount)> {
    resources.iter().map(|(name, amount)| (name.clone(), *amount)).collect()
}

/// A mode that may take the place of one that failed.
fn alternative(op: &Operation, mode: &Mode) -> engine::Alternative {
    engine::Alternative {
        duration: mode.duration.unwrap_or_default(),
        resources: mode.resources.as_ref().map(amounts).unwrap_or_default(),
        nonrenewable: used_up(op, Some(mode)),
    }
}

/// What an operation uses up, in one of its modes where it has any; a cost is one of that.
fn used_up(op: &Operation, mode: Option<&Mode>) -> Vec<(String, Amount)> {
    let own = mode.and_then(|mode| mode.nonrenewable.as_ref());
    let mut all = amounts(own.unwrap_or(&op.nonrenewable));
    if let Some(cost) = mode.and_then(|mode| mode.cost) {
        all.retain(|(name, _)| name != "cost");
        all.push(("cost".to_string(), cost));
    }
    all
}

/// What the engine needs to know of an operation, whose mode is settled.
pub fn spec_of(seq: u64, op: &Operation) -> engine::Spec {
    engine::Spec {
        id: op.id.clone(),
        seq,
        needs: op.needs.clone(),
        duration: op.expected(),
        start: op.start,
        resources: amounts(&op.resources),
        alternatives: op.modes.iter().skip(1).map(|mode| alternative(op, mode)).collect(),
        nonrenewable: used_up(op, op.modes.first()),
        weight: op.weight,
        key: op.key.clone(),
        family: 0,
        locks: op.locks.clone(),
        has_check: op.check.is_some(),
        barrier: op.barrier,
        priority: op.priority.unwrap_or(0),
        timeout: op.timeout,
        retries: op.retries,
        retry_delay: op.retry_delay,
        failure_satisfies: op.on_failure == Some(record::OnFailure::Continue),
        done: false,
        attempts: 0,
    }
}

/// What stands in an operation's command for a path that is known when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Paths<'a> {
    /// `{file:NAME}`: its files.
    pub files: &'a BTreeMap<String, Vec<u8>>,
    /// `{out}`, `{out2}`: its outputs.
    pub outputs: &'a [Vec<u8>],
}

impl<'a> Paths<'a> {
    fn get(self, name: &str) -> Option<&'a [u8]> {
        if let Some(file) = name.strip_prefix("file:") {
            return self.files.get(file).map(Vec::as_slice);
        }
        let at = match name.strip_prefix("out")? {
            "" => 0,
            digits => digits.parse::<usize>().ok()?.checked_sub(1)?,
        };
        self.outputs.get(at).map(Vec::as_slice)
    }
}

/// Puts the paths in their places.
pub fn with_paths(cmd: &Command, paths: Paths<'_>) -> Command {
    if paths.files.is_empty() && paths.outputs.is_empty() {
        return cmd.clone();
    }
    match cmd {
        Command::Argv(argv) => {
            let fill = |word: &Bytes| Bytes(fill(word, |name| paths.get(name).map(<[u8]>::to_vec)));
            Command::Argv(argv.iter().map(fill).collect())
        }
        // a folder may have blanks in its name
        Command::Shell(text) => Command::Shell(Bytes(fill(text, |name| {
            paths.get(name).map(|path| shell::quote(path, Place::Bare))
        }))),
    }
}

/// Replaces each `{name}` that has a path.
fn fill(word: &[u8], path_of: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.iter().position(|byte| *byte == b'{') {
        let inner = &rest[at + 1..];
        let end = inner.iter().position(|byte| *byte == b'}');
        let name = end.and_then(|end| std::str::from_utf8(&inner[..end]).ok());
        match (name.and_then(&path_of), end) {
            (Some(path), Some(end)) => {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(&path);
                rest = &inner[end + 1..];
            }
            _ => {
                out.extend_from_slice(&rest[..=at]);
                rest = inner;
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_filled_in() {
        let files = BTreeMap::from([("a.sh".to_string(), b"/t t/a.sh".to_vec())]);
        let text = Command::Shell(Bytes::from("bash {file:a.sh} {file:b} {file:a.sh"));
        let filled = Command::Shell(Bytes::from("bash '/t t/a.sh' {file:b} {file:a.sh"));
        let paths = Paths { files: &files, outputs: &[] };
        assert_eq!(with_paths(&text, paths), filled);
        let argv = |word: &str| Command::Argv(vec![Bytes::from(word)]);
        assert_eq!(with_paths(&argv("x={file:a.sh}"), paths), argv("x=/t t/a.sh"));
    }

    #[test]
    fn outputs_are_filled_in() {
        let (files, outputs) = (BTreeMap::new(), [b"d/a b".to_vec(), b"c".to_vec()]);
        let paths = Paths { files: &files, outputs: &outputs };
        let text = |text: &str| Command::Shell(Bytes::from(text));
        let filled = with_paths(&text("{ x {out} {out2} {out3} {out0} {outer} ${out}"), paths);
        assert_eq!(filled, text("{ x 'd/a b' c {out3} {out0} {outer} $'d/a b'"));
    }
}
