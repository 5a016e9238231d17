//! What one operation runs, ready to be started.

use super::pipe::Block;
use super::shell::{self, Place};
use super::template::Rendered;
use record::{Bytes, Command, LockAsk, Operation};
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

    /// A job of xargs, which has no name.
    pub fn of_words(seq: u64, words: Argv) -> Self {
        let none = Job::of_line(seq, Vec::new(), Rendered::Argv(Vec::new()));
        Job { id: String::new(), words: Some(words), ..none }
    }

    /// Locks it holds while it runs.
    pub fn locks(&self) -> &[LockAsk] {
        self.op.as_ref().map_or(&[], |op| &op.locks)
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

/// What the engine needs to know of an operation.
pub fn spec_of(seq: u64, op: &Operation) -> engine::Spec {
    engine::Spec {
        id: op.id.clone(),
        seq,
        needs: op.needs.clone(),
        duration: op.expected(),
        resources: op.resources.iter().map(|(name, amount)| (name.clone(), *amount)).collect(),
        has_locks: !op.locks.is_empty(),
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

/// Puts the paths of an operation's files in place of `{file:NAME}`.
pub fn with_files(cmd: &Command, files: &BTreeMap<String, Vec<u8>>) -> Command {
    if files.is_empty() {
        return cmd.clone();
    }
    match cmd {
        Command::Argv(argv) => {
            let fill = |word: &Bytes| Bytes(fill_files(word, |name| files.get(name).cloned()));
            Command::Argv(argv.iter().map(fill).collect())
        }
        // the temporary folder may have blanks in its name
        Command::Shell(text) => Command::Shell(Bytes(fill_files(text, |name| {
            files.get(name).map(|path| shell::quote(path, Place::Bare))
        }))),
    }
}

fn fill_files(word: &[u8], path_of: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    const MARK: &[u8] = b"{file:";
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        let name_and_rest = &rest[at + MARK.len()..];
        let end = name_and_rest.iter().position(|byte| *byte == b'}');
        let path =
            end.and_then(|end| std::str::from_utf8(&name_and_rest[..end]).ok()).and_then(&path_of);
        match (path, end) {
            (Some(path), Some(end)) => {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(&path);
                rest = &name_and_rest[end + 1..];
            }
            _ => {
                out.extend_from_slice(&rest[..at + MARK.len()]);
                rest = name_and_rest;
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
        assert_eq!(with_files(&text, &files), filled);
        let argv = |word: &str| Command::Argv(vec![Bytes::from(word)]);
        assert_eq!(with_files(&argv("x={file:a.sh}"), &files), argv("x=/t t/a.sh"));
    }
}
