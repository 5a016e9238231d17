//! By what a command is known again: what it does, not where it stood.

use crate::run::job::Job;
use crate::run::settings::Settings;
use blake3::Hasher;
use record::{Command, Mode};
use std::collections::HashMap;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

/// Stands before the key of what a command undoes.
const UNDOES: char = '-';

/// The key of a command that undoes the one with this key.
pub fn undoing(key: &str) -> String {
    format!("{UNDOES}{key}")
}

/// A digest, and which of the commands that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    digest: u128,
    /// From 1.
    nth: u32,
}

impl Key {
    /// The one that a command undoes; `None` for anything else.
    pub fn undone(text: &str) -> Option<Self> {
        Key::parse(text.strip_prefix(UNDOES)?)
    }

    /// As it stands in a record; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (digest, nth) = match text.split_once('.') {
            Some((digest, nth)) => (digest, nth.parse().ok()?),
            None => (text, 1),
        };
        Some(Key { digest: u128::from_str_radix(digest, 16).ok()?, nth })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.digest)?;
        if self.nth > 1 { write!(f, ".{}", self.nth) } else { Ok(()) }
    }
}

/// Makes the keys of a run.
#[derive(Debug)]
pub struct Keys {
    /// What is the same for all commands.
    common: Hasher,
    /// How many have had a digest.
    seen: HashMap<u128, u32>,
}

/// Adds a text so that no two lists of texts look the same.
fn add(hasher: &mut Hasher, text: &[u8]) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text);
}

fn add_all<'a>(hasher: &mut Hasher, texts: impl ExactSizeIterator<Item = &'a [u8]>) {
    hasher.update(&(texts.len() as u64).to_le_bytes());
    texts.for_each(|text| add(hasher, text));
}

fn add_command(hasher: &mut Hasher, cmd: Option<&Command>) {
    match cmd {
        None => add_all(hasher, [].into_iter()),
        Some(Command::Shell(text)) => add(hasher, text),
        Some(Command::Argv(words)) => add_all(hasher, words.iter().map(|word| &word.0[..])),
    }
}

/// In whichever of its modes an operation is done, it is done.
fn add_modes(hasher: &mut Hasher, modes: &[Mode]) {
    let mut modes: Vec<&Mode> = modes.iter().collect();
    modes.sort_by(|one, other| one.mode.cmp(&other.mode));
    for mode in modes {
        add(hasher, mode.mode.as_bytes());
        add_command(hasher, mode.cmd.as_ref());
    }
}

impl Keys {
    /// For commands of this run: their template, folder and environment.
    pub fn new(settings: &Settings) -> Self {
        let mut common = Hasher::new();
        let folder = std::env::current_dir().unwrap_or_default();
        add(&mut common, folder.as_os_str().as_bytes());
        let place = &settings.place;
        let given = place.chdir.as_ref().or(settings.log.run_dir.as_ref());
        add(&mut common, given.map_or(&[][..], |path| path.as_os_str().as_bytes()));
        let mut env: Vec<&[u8]> = place.env.iter().map(Vec::as_slice).collect();
        env.sort_unstable();
        add_all(&mut common, env.into_iter());
        add_all(&mut common, settings.template.iter().map(|word| word.as_bytes()));
        add_all(&mut common, settings.style.outputs.iter().map(|text| text.as_bytes()));
        Keys { common, seen: HashMap::new() }
    }

    /// The key of the next command.
    pub fn next(&mut self, job: &Job) -> Key {
        let mut hasher = self.common.clone();
        match &job.op {
            None => add_all(&mut hasher, job.args.iter().map(Vec::as_slice)),
            Some(op) => {
                // a name that was made for its place says nothing of it
                let own = Some(op.id.as_str()).filter(|id| *id != format!("op{}", job.seq));
                add(&mut hasher, own.unwrap_or_default().as_bytes());
                match &op.modes[..] {
                    [] => add_command(&mut hasher, op.cmd.as_ref()),
                    modes => add_modes(&mut hasher, modes),
                }
                add(&mut hasher, op.cwd.as_ref().map_or(&[][..], |cwd| cwd));
                add(&mut hasher, op.stdin.as_ref().map_or(&[][..], |stdin| stdin));
                add_all(&mut hasher, op.out.iter().map(|place| &place.0[..]));
                for named in [&op.env, &op.files] {
                    add_all(&mut hasher, named.keys().map(String::as_bytes));
                    add_all(&mut hasher, named.values().map(|value| &value.0[..]));
                }
            }
        }
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        let digest = u128::from_be_bytes(digest);
        let nth = self.seen.entry(digest).or_insert(0);
        *nth += 1;
        Key { digest, nth: *nth }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::template::Rendered;
    use record::{Bytes, Operation};

    fn keys() -> Keys {
        Keys { common: Hasher::new(), seen: HashMap::new() }
    }

    fn line(seq: u64, args: &[&str]) -> Job {
        let args = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
        Job::of_line(seq, args, Rendered::Argv(Vec::new()))
    }

    fn op(seq: u64, id: &str, word: &str) -> Job {
        let cmd = Some(Command::Argv(vec![Bytes::from(word)]));
        Job::of_operation(seq, Operation { id: id.into(), cmd, ..Operation::default() })
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for nth in [1, 2, 17] {
            let key = Key { digest: 0xabc, nth };
            assert_eq!(Key::parse(&key.to_string()), Some(key));
        }
        assert_eq!(Key { digest: 1, nth: 1 }.to_string().len(), 32);
        for text in ["", "x", "1.x", "1.2.3"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_same_command_has_its_key_wherever_it_stands() {
        let mut first = keys();
        let a = first.next(&line(1, &["a"]));
        let b = first.next(&line(2, &["b"]));
        let again = first.next(&line(3, &["a"]));
        assert_eq!((again.digest, again.nth), (a.digest, 2));
        let mut second = keys();
        assert_eq!(second.next(&line(1, &["b"])), b);
        assert_eq!(second.next(&line(9, &["a"])), a);
        assert_ne!(
            second.next(&line(1, &["a", "b"])).digest,
            second.next(&line(1, &["ab"])).digest
        );
    }

    #[test]
    fn of_operations_the_name_and_the_command_count() {
        let mut all = keys();
        let a = all.next(&op(1, "a", "x"));
        assert_ne!(all.next(&op(2, "b", "x")).digest, a.digest);
        assert_ne!(all.next(&op(3, "a", "y")).digest, a.digest);
        // names that were made for their places
        assert_eq!(all.next(&op(4, "op4", "x")).digest, all.next(&op(5, "op5", "x")).digest);
    }
}
