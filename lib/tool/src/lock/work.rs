//! Running the command while the locks are held.

use super::config::{Config, Handing, Talk, WhenBusy};
use super::events::Events;
use super::taking::{self, Lock, Taken};
use super::{say, show};
use crate::fail::{Fail, reason};
use record::{Command, status};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStringExt as _;
use sys::clock::Clock;
use sys::lock::{Tether, TetherEnd, Who};
use sys::poller::{Poller, Want};
use sys::signal::{self, Signals};
use sys::spawn::{Argv, Dispositions, Group, Search, Spawn, SpawnError, Spawner};
use sys::wait::Child;

/// The shell of `-c`.
const SHELL: &CStr = c"/bin/sh";
/// Fencing token, in the environment of the command.
const TOKEN: &str = "PG_LOCK_TOKEN";
/// Signals that are passed on when they are sent to pglock alone. The keys of a
/// terminal reach the command by themselves.
const PASSED_ON: [i32; 7] = [
    signal::SIGINT,
    signal::SIGQUIT,
    signal::SIGTERM,
    signal::SIGHUP,
    signal::SIGUSR1,
    signal::SIGUSR2,
    signal::SIGALRM,
];

/// Takes the locks, runs the command, gives the locks back.
///
/// # Errors
/// What kept the command from running.
pub fn run(config: &Config) -> Result<u8, Fail> {
    let mut events =
        Events::open(config.events.as_ref().map(|path| path.as_os_str()), Clock::start())?;
    let who = Who { id: String::new(), cmd: Some(config.command.clone()) };
    // before the lock is ours: others wait for as long as we have it
    let mut prepared = Prepared::new(&config.command)?;
    if let Some(program) = &config.program {
        prepared.program = vec![program.clone()];
    }
    let taken = match (taking::all(config, &who, &mut events)?, config.when_busy) {
        (Some(taken), _) => taken,
        (None, WhenBusy::RunAnyway) => Vec::new(),
        (None, WhenBusy::Status(status)) => {
            events.finish()?;
            return Ok(status);
        }
    };
    told(&taken, config, &mut events);
    prepared.give(taking::token(&taken));
    let result = if config.handing == Handing::Become {
        become_command(&prepared, &who, (taken, &mut events))
    } else {
        command(&prepared, (config, &who), (taken, &mut events))
    };
    let status = result?;
    match events.finish() {
        // the command's own failure says more
        Err(fail) if status == status::OK => Err(fail),
        Err(fail) => {
            say(&fail.message);
            Ok(status)
        }
        Ok(()) => Ok(status),
    }
}

/// Waits until the locks can be had, and gives them back at once.
///
/// # Errors
/// They cannot be taken.
pub fn pass(config: &Config) -> Result<(), Fail> {
    let mut events = Events::open(None, Clock::start())?;
    let who = Who { id: String::new(), cmd: None };
    if let Some(taken) = taking::all(config, &who, &mut events)? {
        give_back(taken, &mut events);
    }
    Ok(())
}

/// Takes the lock for a descriptor of the shell that called us, and leaves it to it.
///
/// # Errors
/// It cannot be taken.
pub fn hold(config: &Config) -> Result<u8, Fail> {
    let mut events =
        Events::open(config.events.as_ref().map(|path| path.as_os_str()), Clock::start())?;
    let who = Who { id: String::new(), cmd: Some(config.command.clone()) };
    let Some(mut taken) = taking::all(config, &who, &mut events)? else {
        events.finish()?;
        let WhenBusy::Status(status) = config.when_busy else { return Ok(status::OK) };
        return Ok(status);
    };
    told(&taken, config, &mut events);
    record(&mut taken, &who, std::os::unix::process::parent_id());
    for Taken { lock, .. } in taken {
        if let Lock::Named(held) = lock {
            held.leave();
        }
    }
    events.finish()?;
    Ok(status::OK)
}

/// Says what was taken.
fn told(taken: &[Taken], config: &Config, events: &mut Events) {
    let token = taking::token(taken);
    for one in taken {
        events.take(&one.name, (one.at, one.waited_s), token);
        if config.talk == Talk::Verbose {
            say(&format!("{}: got the lock after {} s", one.shown, one.waited_s));
        }
    }
}

/// The command as the kernel wants it.
struct Prepared {
    shown: String,
    program: Vec<CString>,
    argv: Argv,
    env: Vec<CString>,
}

impl Prepared {
    fn new(command: &Command) -> Result<Self, Fail> {
        let nul =
            || Fail::new(status::OWN, "the command has a NUL byte, which no argument can have");
        let (program, argv) = match command {
            Command::Shell(string) => {
                let argv = Argv::new([SHELL.to_bytes(), b"-c", string]).ok_or_else(nul)?;
                (vec![SHELL.to_owned()], argv)
            }
            Command::Argv(words) => {
                let argv = Argv::new(words.iter().map(|word| word.0.as_slice())).ok_or_else(nul)?;
                let mut search = Search::new(std::env::var_os("PATH").as_deref());
                let name = words.first().map_or(&[][..], |name| name);
                (search.candidates(name).to_vec(), argv)
            }
        };
        let shown = String::from_utf8_lossy(argv.name()).into_owned();
        Ok(Prepared { shown, program, argv, env: environment() })
    }

    /// Puts the token of the locks into the environment.
    fn give(&mut self, token: Option<u64>) {
        self.env.extend(token.and_then(|token| CString::new(format!("{TOKEN}={token}")).ok()));
    }

    fn spawn<'a>(&'a self, env: &'a [&'a CStr], fds: &'a [(RawFd, RawFd)]) -> Spawn<'a> {
        // inherited: a key of the terminal reaches pglock and the command alike
        Spawn {
            fds,
            group: Group::Inherited,
            dispositions: Dispositions::Inherited,
            die_with_us: false,
            ..Spawn::of(&self.program, &self.argv, env)
        }
    }

    fn env(&self) -> Vec<&CStr> {
        self.env.iter().map(CString::as_c_str).collect()
    }

    fn failure(&self, error: &SpawnError) -> Fail {
        let why = match error {
            SpawnError::Exec(error) if error.kind() == io::ErrorKind::NotFound => {
                "command not found".to_string()
            }
            SpawnError::Exec(error) => format!("cannot be executed: {}", reason(error)),
            SpawnError::Clone(error) => format!("no process can be started: {}", reason(error)),
            SpawnError::Folder(error) | SpawnError::Descriptor(error) | SpawnError::Note(error) => {
                reason(error)
            }
        };
        Fail::new(error.shell_status(), format!("{}: {why}", self.shown))
    }
}

/// Ours, without the token of other locks.
fn environment() -> Vec<CString> {
    let entry = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        CString::new([name.into_vec(), b"=".to_vec(), value.into_vec()].concat()).ok()
    };
    std::env::vars_os().filter(|(name, _)| name != TOKEN).filter_map(entry).collect()
}

fn inherited(taken: &[Taken]) -> Vec<(RawFd, RawFd)> {
    taken.iter().flat_map(|one| one.lock.raw_fds()).map(|fd| (fd, fd)).collect()
}

/// Writes who holds the locks. That is a message for others: without it they
/// are held all the same.
fn record(taken: &mut [Taken], who: &Who, pid: u32) {
    for one in taken {
        if let Lock::Named(held) = &mut one.lock
            && let Err(error) = held.record(who, pid)
        {
            say(&error.to_string());
        }
    }
}

fn become_command(
    prepared: &Prepared,
    who: &Who,
    held: (Vec<Taken>, &mut Events),
) -> Result<u8, Fail> {
    let (mut taken, events) = held;
    record(&mut taken, who, std::process::id());
    let (env, fds) = (prepared.env(), inherited(&taken));
    let error = sys::spawn::exec(&prepared.spawn(&env, &fds));
    give_back(taken, events);
    Err(prepared.failure(&error))
}

/// Gives back what was taken for a command that could not be started.
fn give_back(taken: Vec<Taken>, events: &mut Events) {
    for Taken { lock, name, at, .. } in taken {
        if let Lock::Named(held) = lock
            && let Err(error) = held.release()
        {
            say(&error.to_string());
        }
        events.give_back(&name, at);
    }
}

fn command(
    prepared: &Prepared,
    what: (&Config, &Who),
    held: (Vec<Taken>, &mut Events),
) -> Result<u8, Fail> {
    let (config, who) = what;
    let (mut taken, events) = held;
    let failed = |e: io::Error| Fail::io(status::OWN, "starting the command", &e);
    let hands_over = config.handing != Handing::Ours;
    let tether = if hands_over { Some(Tether::new().map_err(failed)?) } else { None };
    let mut fds = Vec::new();
    if let Some(tether) = &tether {
        fds = inherited(&taken);
        fds.push((tether.work_end(), tether.work_end()));
    }
    let mut signals = catch().map_err(failed)?;
    let env = prepared.env();
    // the command may look itself, before its process id is known here
    record(&mut taken, who, std::process::id());
    let started = Spawner::new().map_err(failed)?.spawn(&prepared.spawn(&env, &fds));
    let child = match started {
        Ok(child) => child,
        Err(error) => {
            give_back(taken, events);
            return Err(prepared.failure(&error));
        }
    };
    let tether = tether.map(Tether::started);
    record(&mut taken, who, child.pid);
    if config.handing == Handing::Leave {
        leave(taken, events);
        return Ok(status::OK);
    }
    let status = attend(&child, &mut signals).map_err(failed)?;
    end(taken, tether.as_ref(), (config, events));
    Ok(status)
}

/// The locks are the command's from now on.
fn leave(taken: Vec<Taken>, events: &mut Events) {
    for Taken { lock, name, at, .. } in taken {
        if let Lock::Named(held) = lock {
            held.leave();
        }
        events.give_back(&name, at);
    }
}

/// Catches what is to be passed on, but for what our parent wants ignored.
fn catch() -> io::Result<Signals> {
    let mut signals = Signals::new()?;
    for number in PASSED_ON {
        if !signal::is_ignored(number) {
            signals.catch(number)?;
        }
    }
    Ok(signals)
}

/// Waits for the command's end; its status.
fn attend(child: &Child, signals: &mut Signals) -> io::Result<u8> {
    let poller = Poller::new()?;
    poller.add(&child.pidfd, 0, Want::Read)?;
    poller.add(signals, 1, Want::Read)?;
    let mut ready = Vec::new();
    loop {
        poller.wait(None, &mut ready)?;
        for caught in signals.drain() {
            if caught.sender.is_some() {
                // it may have ended just now
                let _ = child.signal(caught.signal);
            }
        }
        if let Some((ending, _)) = child.try_wait()? {
            return Ok(ending.shell_status());
        }
    }
}

/// Gives the locks back, and says who keeps them.
fn end(taken: Vec<Taken>, tether: Option<&TetherEnd>, rest: (&Config, &mut Events)) {
    let (config, events) = rest;
    let strays = tether.map_or_else(Vec::new, TetherEnd::strays);
    let by_force = config.handing == Handing::BothUntilEnd;
    if let Some(first) = strays.first()
        && config.talk != Talk::Quiet
    {
        let names: Vec<&str> = taken.iter().map(|one| one.shown.as_str()).collect();
        let (names, who) = (names.join(" "), show::process(*first));
        let more = match strays.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        say(&if by_force {
            format!("{names}: taken from {who}{more}, which the command left behind")
        } else {
            format!(
                "{names}: still held by {who}{more}, which the command left behind; \
                 --close-on-exit would free the lock"
            )
        });
    }
    for one in taken {
        let (name, at) = (one.name, one.at);
        let result = match one.lock {
            Lock::Named(mut held) => match strays.first() {
                _ if by_force => held.release_by_force(),
                None => held.release(),
                Some(pid) => {
                    let cmd = sys::lock::command_of(*pid);
                    let result = held.record_stray(&Who { id: String::new(), cmd }, *pid);
                    held.leave();
                    result
                }
            },
            Lock::File(held) if by_force => held.release_by_force(),
            Lock::File(_) => Ok(()),
        };
        if let Err(error) = result {
            say(&error.to_string());
        }
        events.give_back(&name, at);
    }
}
