//! From the command line to what is to be done.

use super::args::{Args, LookArgs, ModeArgs, PlaceArgs, RunArgs, WaitArgs};
use super::show::Form;
use crate::fail::Fail;
use crate::flags::{Events, Verbose};
use record::{Bytes, Command, Seconds, status};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::RawFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use sys::lock::{Ask, Mode, Name, Place};
use sys::spawn::Search;

/// What is to be done.
#[derive(Debug)]
pub enum Task {
    /// Show every lock.
    List(Look),
    /// Show one lock.
    Who(Name, Look),
    /// Print a path.
    Path(Name, Place),
    /// Show who waits for ever.
    Deadlock(Place),
    /// Run a command under locks.
    Run(Config),
    /// Lock a descriptor of the shell that called us.
    Hold(Config),
    /// Unlock it.
    Unlock(Name, Place, RawFd),
}

/// How to show locks.
#[derive(Debug)]
pub struct Look {
    pub place: Place,
    pub form: Form,
}

/// A command under locks.
#[derive(Debug)]
pub struct Config {
    pub wanted: Wanted,
    pub command: Command,
    /// What is executed, where that is not the command's first word.
    pub program: Option<CString>,
    pub patience: Patience,
    pub when_busy: WhenBusy,
    pub handing: Handing,
    pub events: Option<PathBuf>,
    pub talk: Talk,
}

/// What is locked.
#[derive(Debug)]
pub enum Wanted {
    /// Named locks, in the order in which they are taken.
    Named(Place, Vec<Ask>),
    /// A named lock, held by a descriptor of another process.
    Descriptor(Place, Ask, RawFd),
    /// A file, by flock(2).
    File(PathBuf, Mode),
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    Try,
    AtMost(Seconds),
    Endless,
}

/// What is done when the time is over and the lock was not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenBusy {
    /// End with this status.
    Status(u8),
    /// Run the command without the lock.
    RunAnyway,
}

/// Who has the lock while the command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handing {
    /// pglock and the command; what the command leaves behind keeps it.
    Both,
    /// Both, until the command has ended.
    BothUntilEnd,
    /// pglock alone.
    Ours,
    /// The command, which pglock becomes.
    Become,
    /// The command alone, which goes on in the background.
    Leave,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    Quiet,
    Usual,
    Verbose,
}

fn usage(message: impl Into<String>) -> Fail {
    Fail::new(status::OWN, message)
}

fn name(word: &OsStr) -> Result<Name, Fail> {
    Name::new(word.as_bytes()).ok_or_else(|| usage("a lock's name cannot be empty"))
}

impl Task {
    /// Makes sense of the command line.
    ///
    /// # Errors
    /// What is missing or cannot be meant, and how to write it.
    pub fn from(args: Args) -> Result<Self, Fail> {
        let Args { mode, wait, run, look, place, events, verbose, quiet, operands } = args;
        let (Events { events }, Verbose { verbose }) = (events, verbose);
        let PlaceArgs { dir, system } = place;
        let place = match dir {
            Some(dir) => Place::At(dir),
            None if system => Place::System,
            None => Place::Usual,
        };
        let LookArgs { list, who, path, deadlock, json } = look;
        let form = if json { Form::Records } else { Form::Table };
        if list {
            return Ok(Task::List(Look { place, form }));
        }
        if let Some(who) = who {
            return Ok(Task::Who(name(&who)?, Look { place, form }));
        }
        if let Some(path) = path {
            return Ok(Task::Path(name(&path)?, place));
        }
        if deadlock && !json {
            return Ok(Task::Deadlock(place));
        }
        if json {
            return Err(usage("--json goes with --list or --who; --events writes events"));
        }
        let fd = match (mode.fd, operands.as_slice()) {
            (None, _) => None,
            (Some(fd), [only]) if mode.unlock => return Ok(Task::Unlock(name(only)?, place, fd)),
            (Some(fd), [_]) => Some(fd),
            (Some(fd), _) => {
                return Err(usage(format!(
                    "--fd takes one name and no command, as in: pglock --fd {fd} vm1"
                )));
            }
        };
        let RunArgs { command, close, no_fork, close_on_exit } = run;
        let (names, command) = if fd.is_some() {
            (operands, command_of_parent())
        } else {
            split(operands, command, if mode.file.is_some() { 0 } else { 1 })?
        };
        let handing = match (close, no_fork, close_on_exit) {
            (true, ..) => Handing::Ours,
            (_, true, _) => Handing::Become,
            (_, _, true) => Handing::BothUntilEnd,
            _ => Handing::Both,
        };
        let WaitArgs { only_try, wait, conflict_exit_code } = wait;
        let patience = match wait {
            _ if only_try => Patience::Try,
            Some(Seconds::ZERO) => Patience::Try,
            Some(limit) => Patience::AtMost(limit),
            None => Patience::Endless,
        };
        let talk = match (quiet, verbose) {
            (true, _) => Talk::Quiet,
            (_, true) => Talk::Verbose,
            _ => Talk::Usual,
        };
        let wanted = wanted(mode, place, &names)?;
        let when_busy = WhenBusy::Status(conflict_exit_code);
        let program = None;
        let config =
            Config { wanted, command, program, patience, when_busy, handing, events, talk };
        Ok(if fd.is_some() { Task::Hold(config) } else { Task::Run(config) })
    }
}

fn wanted(args: ModeArgs, place: Place, names: &[OsString]) -> Result<Wanted, Fail> {
    let ModeArgs { exclusive: _, shared, slots, take, also, file, fd, unlock: _ } = args;
    let mode = match slots {
        _ if shared => Mode::Shared,
        Some(slots) if take > slots => {
            return Err(usage(format!("--take {take} is more than there are: --slots {slots}")));
        }
        Some(slots) => Mode::units(take, slots),
        None => Mode::Exclusive,
    };
    if let Some(path) = file {
        return Ok(Wanted::File(path, mode));
    }
    let mut asks: Vec<Ask> = Vec::new();
    for word in names.iter().chain(&also) {
        asks.push(Ask { name: name(word)?, mode });
    }
    asks.sort_by(|one, two| one.name.cmp(&two.name));
    asks.dedup_by(|one, two| one.name == two.name);
    match (fd, asks.pop()) {
        (Some(fd), Some(ask)) => Ok(Wanted::Descriptor(place, ask, fd)),
        (_, last) => Ok(Wanted::Named(place, asks.into_iter().chain(last).collect())),
    }
}

/// What holds a lock through a descriptor: the shell that called us.
fn command_of_parent() -> Command {
    sys::lock::command_of(std::os::unix::process::parent_id())
        .unwrap_or_else(|| Command::Argv(Vec::new()))
}

/// Names and command: `NAME CMD...`, `NAME... -- CMD...`, `NAME -c STRING` and
/// `-c STRING NAME...`. At least so many names; with a file none: all is the command.
fn split(
    mut operands: Vec<OsString>,
    shell: Option<OsString>,
    least: usize,
) -> Result<(Vec<OsString>, Command), Fail> {
    let file = least == 0;
    if operands.len() < least {
        return Err(usage(
            "name a lock and a command, as in: pglock vm1 -- make install; pglock -h shows the usage",
        ));
    }
    if let Some(string) = shell {
        if file && !operands.is_empty() {
            return Err(usage("give a command or -c STRING, not both"));
        }
        return Ok((operands, Command::Shell(Bytes(string.into_vec()))));
    }
    let command = match operands.iter().position(|word| word == "--") {
        Some(at) => {
            let command = operands.split_off(at + 1);
            operands.pop();
            check_names(&operands)?;
            command
        }
        None => operands.split_off(least),
    };
    match command.as_slice() {
        [] if file => Err(usage("no command; what is to run while the file is locked?")),
        [] => {
            let names: Vec<_> = operands.iter().map(|word| word.to_string_lossy()).collect();
            let names = names.join(" ");
            Err(usage(format!("no command; what is to run while {names} is held?")))
        }
        [option, string] if option == "-c" => {
            Ok((operands, Command::Shell(Bytes(string.as_bytes().to_vec()))))
        }
        [option, ..] if option.as_bytes().starts_with(b"-") => {
            let option = option.to_string_lossy();
            Err(usage(format!("{option}: options stand before the lock's name")))
        }
        _ => {
            let words = command.into_iter().map(|word| Bytes(word.into_vec())).collect();
            Ok((operands, Command::Argv(words)))
        }
    }
}

/// `pglock vm1 git checkout -- file` must not run `file` under locks named "git"
/// and "checkout": a second name that is a program is not believed.
fn check_names(names: &[OsString]) -> Result<(), Fail> {
    if let Some(option) = names.iter().skip(1).find(|name| name.as_bytes().starts_with(b"-")) {
        let option = option.to_string_lossy();
        return Err(usage(format!("{option}: options stand before the lock's name")));
    }
    let Some(second) = names.get(1) else { return Ok(()) };
    let mut search = Search::new(std::env::var_os("PATH").as_deref());
    if !second.as_bytes().contains(&b'/') && search.is_there(second.as_bytes()) {
        let (first, second) = (names[0].to_string_lossy(), second.to_string_lossy());
        return Err(usage(format!(
            "{second} is a program; to run it write: pglock {first} -- {second} ...; \
             to lock that name too: pglock --also {second} {first} -- ..."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn task(words: &[&str]) -> Result<Config, String> {
        let words = std::iter::once("pglock").chain(words.iter().copied());
        let args = Args::try_parse_from(words).map_err(|e| e.to_string())?;
        match Task::from(args).map_err(|fail| fail.message)? {
            Task::Run(config) => Ok(config),
            other => Err(format!("{other:?}")),
        }
    }

    fn names_and_command(words: &[&str]) -> (Vec<String>, String) {
        let config = task(words).unwrap();
        let Wanted::Named(_, asks) = config.wanted else { panic!("names") };
        (asks.iter().map(|ask| ask.name.to_string()).collect(), config.command.display())
    }

    #[test]
    fn names_are_told_from_the_command() {
        let table: [(&[&str], &[&str], &str); 9] = [
            (&["vm1", "echo", "-n", "x"], &["vm1"], "echo -n x"),
            (&["vm1", "--", "echo", "--", "x"], &["vm1"], "echo -- x"),
            (&["--", "vm1", "echo", "x"], &["vm1"], "echo x"),
            (&["b,b", "a,a", "b,b", "--", "echo", "--x"], &["a,a", "b,b"], "echo --x"),
            (&["-x", "vm1", "-c", "a | b"], &["vm1"], "a | b"),
            (&["-c", "a | b", "vm1", "vm2"], &["vm1", "vm2"], "a | b"),
            (&["--also", "vm0", "vm1", "echo"], &["vm0", "vm1"], "echo"),
            (&["-n", "db:5432", "true"], &["db:5432"], "true"),
            (&["-nE9", "vm1", "true", "-E1"], &["vm1"], "true -E1"),
        ];
        for (words, names, command) in table {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            assert_eq!(names_and_command(words), (names, command.to_string()), "{words:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let table: [(&[&str], &str); 9] = [
            (&[], "name a lock"),
            (&["vm1"], "no command"),
            (&["vm1", "--"], "no command"),
            (&["", "true"], "cannot be empty"),
            (&["vm1", "sh", "-c", "--", "x"], "options stand before"),
            (&["vm1", "cat", "a", "--", "x"], "cat is a program"),
            (&["vm1", "--wait", "5", "true"], "options stand before"),
            (&["--slots", "2", "--take", "3", "n", "true"], "more than there are"),
            (&["--json", "n", "true"], "--json goes with"),
        ];
        for (words, message) in table {
            let error = task(words).unwrap_err();
            assert!(error.contains(message), "{words:?}: {error}");
        }
    }
}
