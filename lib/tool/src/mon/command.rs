//! Starting the command of `pgmon -- COMMAND`, and what is known when it has ended.

use super::sums::{Ended, Sums};
use super::tree::Tree;
use crate::fail::{Fail, reason};
use record::{Bytes, Command, Seconds, Summary, status};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::RawFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use sys::spawn::{Argv, Dispositions, Group, Search, Spawn, SpawnError, Spawner};
use sys::wait::{Child, Ending};

/// Where the command's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdout {
    /// Where ours goes.
    Ours,
    /// To standard error, since ours is taken by samples.
    Stderr,
}

/// A command that runs.
#[derive(Debug)]
pub struct Running {
    /// The process.
    pub child: Child,
    command: Vec<OsString>,
    start: Seconds,
    own_rss_bytes: u64,
}

impl Running {
    /// Starts a command in our process group and with our descriptors; `now`
    /// is the time since the clock's start.
    ///
    /// # Errors
    /// 127 not found, 126 cannot be executed, 125 otherwise.
    pub fn start(command: &[OsString], stdout: Stdout, now: Seconds) -> Result<Self, Fail> {
        let argv = Argv::new(command.iter().map(|word| word.as_bytes())).ok_or_else(nul)?;
        let entries: Vec<CString> = c_strings(
            std::env::vars_os()
                .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat()),
        )?;
        let env: Vec<_> = entries.iter().map(CString::as_c_str).collect();
        let name = command.first().map(|word| word.as_bytes()).unwrap_or_default();
        let path = std::env::var_os("PATH");
        let mut search = Search::new(path.as_deref().map(OsStr::new));
        let out: RawFd = if stdout == Stdout::Ours { 1 } else { 2 };
        // one that we got closed stays closed
        let fds = [(0, 0), (out, 1), (2, 2)];
        let fds: Vec<_> = fds.into_iter().filter(|(ours, _)| sys::fd::is_open(*ours)).collect();
        let own_rss_bytes = sys::wait::own_usage().max_rss_bytes;
        let spawn = Spawn {
            fds: &fds,
            group: Group::Inherited,
            dispositions: Dispositions::Inherited,
            die_with_us: false,
            ..Spawn::of(search.candidates(name), &argv, &env)
        };
        let failed = |error: SpawnError| refused(&String::from_utf8_lossy(name), &error);
        let mut spawner = Spawner::new().map_err(|e| Fail::io(status::OWN, "spawn", &e))?;
        let child = spawner.spawn(&spawn).map_err(failed)?;
        Ok(Running { child, command: command.to_vec(), start: now, own_rss_bytes })
    }

    /// How it ended, and its summary; it is taken out of the process table.
    ///
    /// # Errors
    /// Somebody else has done that.
    pub fn ended(
        self,
        sums: Sums,
        tree: Option<&Tree>,
        now: Seconds,
    ) -> Result<(Ending, Summary), Fail> {
        let waited = self.child.wait();
        let (ending, usage) = waited.map_err(|e| Fail::io(status::OWN, "the command", &e))?;
        let sampled = tree.and_then(|tree| tree.times_of(self.child.pid)).unwrap_or_default();
        let ended = Ended {
            ending,
            usage,
            sampled,
            wall: now - self.start,
            own_rss_bytes: self.own_rss_bytes,
        };
        let mut summary = sums.finish(ended);
        let words = self.command.into_iter().map(|word| Bytes(word.into_vec()));
        summary.cmd = Some(Command::Argv(words.collect()));
        Ok((ending, summary))
    }
}

fn c_strings(words: impl Iterator<Item = Vec<u8>>) -> Result<Vec<CString>, Fail> {
    words.map(CString::new).collect::<Result<_, _>>().map_err(|_| nul())
}

fn nul() -> Fail {
    Fail::new(status::OWN, "an argument holds a NUL byte; no command can take it")
}

fn refused(name: &str, error: &SpawnError) -> Fail {
    let message = match error {
        SpawnError::Exec(cause) if error.shell_status() == status::NOT_FOUND => {
            let how = if name.contains('/') { reason(cause) } else { "not found on PATH".into() };
            format!("{name}: {how}")
        }
        SpawnError::Exec(cause) => format!("{name}: cannot be executed: {}", reason(cause)),
        other => format!("{name}: {other}"),
    };
    Fail::new(error.shell_status(), message)
}
