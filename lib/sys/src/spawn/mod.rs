//! Starting commands: our own `clone3`, so that the cost does not grow with our
//! memory, the child comes with a pidfd, and process group, descriptors and
//! signals are set without the detours of `fork`.

mod argv;
mod clone;
mod leftover;
mod note;
mod older;
mod prepared;
mod search;

pub use argv::{Argv, longest_command_bytes};
pub(crate) use clone::BlockedSignals;
pub use leftover::closes_at_exec;
pub use note::Note;
pub(crate) use older::has_clone3;
pub use search::Search;

use crate::affinity::CpuSet;
use crate::limit::OpenFiles;
use crate::signal::Mask;
use crate::wait::Child;
use clone::Born;
use prepared::Prepared;
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::sync::atomic::AtomicU32;

/// Which signals the command begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispositions {
    /// All default, none blocked, whatever our parent had set.
    Clean,
    /// As ours were, but for what we catch.
    Inherited,
}

/// Which process group the command belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// It leads a new one.
    Own,
    /// Ours.
    Inherited,
}

/// A command to start.
#[derive(Debug)]
pub struct Spawn<'a> {
    /// Paths to try, in order, as `execvp` does; see [`Search`].
    pub program: &'a [CString],
    /// Arguments, the program's name first.
    pub argv: &'a Argv,
    /// Environment, `NAME=value`.
    pub env: &'a [&'a CStr],
    /// Working folder, if another.
    pub cwd: Option<&'a CStr>,
    /// Descriptors: (ours, the command's). All others are close-on-exec.
    pub fds: &'a [(RawFd, RawFd)],
    /// Its process group.
    pub group: Group,
    /// Its signals.
    pub dispositions: Dispositions,
    /// It is killed when this process dies.
    pub die_with_us: bool,
    /// Where its number, that of its process group, stands before it runs.
    pub group_place: Option<&'a AtomicU32>,
    /// The control group that it is born in, where that is not ours.
    pub cgroup: Option<BorrowedFd<'a>>,
    /// How many files it may have open, where that is not what we may.
    pub open_files: Option<OpenFiles>,
    /// The CPUs that it runs on, where those are not all that we may use.
    pub cpus: Option<&'a CpuSet>,
    /// Its niceness, where it is another; one that is not allowed leaves ours.
    pub nice: Option<i32>,
    /// What it writes down of itself before its exec; without that it does not begin.
    pub note: Option<Note<'a>>,
}

impl<'a> Spawn<'a> {
    /// A command with a process group of its own, which is killed when we die; its signals are as
    /// if nobody had changed them, and it has no descriptors yet. What it has of us besides is as
    /// we have it.
    pub fn of(program: &'a [CString], argv: &'a Argv, env: &'a [&'a CStr]) -> Self {
        Spawn {
            program,
            argv,
            env,
            cwd: None,
            fds: &[],
            group: Group::Own,
            dispositions: Dispositions::Clean,
            die_with_us: true,
            group_place: None,
            cgroup: None,
            open_files: None,
            cpus: None,
            nice: None,
            note: None,
        }
    }
}

/// What failed when a command was started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// No process could be made: a lack that may pass.
    #[error("no process can be started: {0}")]
    Clone(io::Error),
    /// The command could not be executed.
    #[error("{0}")]
    Exec(io::Error),
    /// The working folder could not be entered.
    #[error("working folder: {0}")]
    Folder(io::Error),
    /// A descriptor could not be passed on.
    #[error("descriptor: {0}")]
    Descriptor(io::Error),
    /// Its note could not be written.
    #[error("its note: {0}")]
    Note(io::Error),
}

impl SpawnError {
    /// The status a shell gives: 127 not found, 126 cannot be executed.
    pub fn shell_status(&self) -> u8 {
        match self {
            SpawnError::Exec(error) if error.kind() == io::ErrorKind::NotFound => {
                record::status::NOT_FOUND
            }
            SpawnError::Exec(_) => record::status::CANNOT_EXECUTE,
            _ => record::status::OWN,
        }
    }
}

/// A failure to make a process that may pass: others end, somebody raises a limit.
pub fn is_lack(error: &io::Error) -> bool {
    let lacks = [libc::EAGAIN, libc::ENOMEM, libc::EMFILE, libc::ENFILE, libc::ENOSPC, libc::EINTR];
    error.raw_os_error().is_some_and(|number| lacks.contains(&number))
}

/// Starts commands; keeps the memory that the child needs until its exec.
#[derive(Debug)]
pub struct Spawner {
    stack: clone::Stack,
    prepared: Prepared,
    blocked: Option<Mask>,
}

impl Spawner {
    /// A spawner.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new() -> io::Result<Self> {
        Ok(Spawner { stack: clone::Stack::new()?, prepared: Prepared::default(), blocked: None })
    }

    /// Signals are blocked in this thread (see [`Mask::block_for_loop`]); this is what was blocked
    /// before. A start then need not block them itself.
    pub fn signals_are_blocked(&mut self, before: Mask) {
        self.blocked = Some(before);
    }

    /// How many bytes of its note the last command wrote.
    pub fn noted(&self) -> usize {
        self.prepared.noted()
    }

    /// Starts a command; returns when it has been executed or could not be.
    ///
    /// # Errors
    /// Which step failed, with the system's reason.
    pub fn spawn(&mut self, spawn: &Spawn<'_>) -> Result<Child, SpawnError> {
        let moved = self.prepared.fill(spawn).map_err(SpawnError::Descriptor)?;
        let born = Born { place: spawn.group_place, cgroup: spawn.cgroup };
        let blocked = self.blocked.as_ref();
        let result = clone::clone_into(&mut self.stack, &mut self.prepared, (blocked, born));
        drop(moved);
        let (pid, pidfd) = result.map_err(SpawnError::Clone)?;
        let child = Child { pid, pidfd, leads_group: spawn.group == Group::Own };
        match self.prepared.failure() {
            None => Ok(child),
            Some(failure) => {
                // it has ended already; its status says no more than the failure
                let _ = child.wait();
                Err(failure)
            }
        }
    }
}

/// Replaces this process by a command.
///
/// # Errors
/// Always: it returns only when the command could not be executed.
pub fn exec(spawn: &Spawn<'_>) -> SpawnError {
    let mut prepared = Prepared::default();
    match prepared.fill(spawn) {
        Ok(_moved) => {
            prepared.become_command();
            prepared.failure().unwrap_or_else(|| SpawnError::Exec(crate::last_error()))
        }
        Err(error) => SpawnError::Descriptor(error),
    }
}

#[cfg(test)]
mod tests;
