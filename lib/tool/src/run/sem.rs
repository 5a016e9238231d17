//! `sem`: a named counting semaphore around one command. The place in it is a lock
//! of `pglock`'s; the command is run by a process of ours that holds it, so that its
//! output is whole, its processes are ended with it, and nobody has to wait for it.

use super::settings::pipe::Patience;
use super::settings::{Jobs, SemSettings, Settings};
use crate::fail::Fail;
use crate::lock::config::{Config, Handing, Patience as Waits, Talk, Wanted, WhenBusy};
use crate::lock::work;
use record::{Bytes, Command, status};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use sys::lock::{Ask, Mode, Name, Place};

/// Options that are about the semaphore, not about the command.
const OURS: [&str; 8] = [
    "--semaphore",
    "--id",
    "--fg",
    "--bg",
    "--wait-for-all",
    "--semaphore-timeout",
    "--jobs",
    "--plain",
];

/// Waits for a place, starts the command; with `--wait`, until all places are free.
/// `words` is the command line in its parsed form.
///
/// # Errors
/// No command, a name that is none, a semaphore that cannot be taken.
pub fn run(settings: &Settings, sem: &SemSettings, words: &[OsString]) -> Result<u8, Fail> {
    let name = name(sem)?;
    let places = settings.jobs.as_ref().map_or(1, Jobs::count);
    let mode = if sem.wait { Mode::Exclusive } else { Mode::units(1, places) };
    let place = settings.place.lock_dir.clone().map_or(Place::Usual, Place::At);
    let (patience, when_busy) = match sem.patience {
        Patience::Endless => (Waits::Endless, WhenBusy::Status(status::LOST)),
        Patience::ThenAnyway(time) => (Waits::AtMost(time), WhenBusy::RunAnyway),
        Patience::ThenNot(time) => (Waits::AtMost(time), WhenBusy::Status(1)),
    };
    let config = Config {
        wanted: Wanted::Named(place, vec![Ask { name, mode }]),
        command: Command::Argv(command(settings, sem, words)),
        // the program that runs now, whatever it is called and wherever it has gone
        program: Some(c"/proc/self/exe".to_owned()),
        patience,
        when_busy,
        handing: if sem.foreground { Handing::Both } else { Handing::Leave },
        events: None,
        talk: Talk::Quiet,
    };
    if sem.wait {
        work::pass(&config)?;
        return Ok(status::OK);
    }
    if settings.template.is_empty() {
        return Err(Fail::new(status::LOST, "no command; what is to run while the place is held?"));
    }
    work::run(&config)
}

fn name(sem: &SemSettings) -> Result<Name, Fail> {
    let terminal = || std::fs::read_link("/proc/self/fd/0").ok().filter(|p| p.starts_with("/dev"));
    let name = match &sem.id {
        Some(id) => id.clone().into_bytes(),
        // as GNU parallel: each terminal has its own
        None => terminal().map_or(b"sem".to_vec(), |path| path.into_os_string().into_vec()),
    };
    Name::new(&name).ok_or_else(|| Fail::new(status::LOST, "--id: a name cannot be empty"))
}

/// Ourselves, to run the command once.
fn command(settings: &Settings, sem: &SemSettings, words: &[OsString]) -> Vec<Bytes> {
    let is_ours = |word: &OsStr| {
        let name = word.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default();
        OURS.iter().any(|ours| ours.as_bytes() == name)
    };
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (options, rest) = words.split_at(end);
    let mut argv = vec![Bytes::from("sem"), Bytes::from("--plain"), Bytes::from("--once")];
    if sem.foreground || settings.pipe.is_some() {
        argv.push(Bytes::from("--fg"));
    }
    let options = options.iter().filter(|word| !is_ours(word) && *word != "--pipe");
    argv.extend(options.chain(rest).map(|word| Bytes(word.as_bytes().to_vec())));
    argv
}
