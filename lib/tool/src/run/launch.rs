//! A command with everything that its start needs: it is started without a look at the
//! rest of the run.

use super::attempt::PrivateDir;
use super::start::Start;
use record::{Command, Seconds};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::Arc;
use sys::guardian::Groups;
use sys::spawn::{Dispositions, Group, Spawn, SpawnError, Spawner};
use sys::wait::Child;

/// The pipes of an attempt: ours and the command's.
#[derive(Default)]
pub struct Pipes {
    pub ours: [Option<OwnedFd>; 2],
    pub theirs: Vec<OwnedFd>,
    pub fds: Vec<(RawFd, RawFd)>,
}

/// Whether an attempt's own environment may name what stands in the run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overrides {
    Nothing,
    Perhaps,
}

/// A start that is due.
pub struct Launch {
    pub start: Start,
    /// When its preparation began.
    pub begun: Seconds,
    pub cmd: Command,
    pub argv: Vec<CString>,
    pub program: Vec<CString>,
    pub env: Arc<[CString]>,
    pub own_env: Vec<CString>,
    pub overrides: Overrides,
    pub cwd: Option<CString>,
    pub pipes: Pipes,
    /// Kept open until the start is over.
    pub _stdin: Option<File>,
    pub dir: Option<PrivateDir>,
    /// Its place in the table of attempts.
    pub place: usize,
    pub groups: Arc<Groups>,
}

impl Launch {
    /// Starts it.
    ///
    /// # Errors
    /// Which step failed.
    pub fn spawn_by(&self, spawner: &mut Spawner) -> Result<Child, SpawnError> {
        let mut env: Vec<&CStr> = Vec::with_capacity(self.env.len() + self.own_env.len());
        env.extend(self.env.iter().filter(|entry| self.is_kept(entry)).map(CString::as_c_str));
        env.extend(self.own_env.iter().map(CString::as_c_str));
        spawner.spawn(&Spawn {
            program: &self.program,
            argv: &self.argv,
            env: &env,
            cwd: self.cwd.as_deref(),
            fds: &self.pipes.fds,
            group: Group::Own,
            dispositions: Dispositions::Clean,
            die_with_us: true,
            group_place: self.groups.place(self.place),
        })
    }

    fn is_kept(&self, entry: &CString) -> bool {
        if self.overrides == Overrides::Nothing {
            return true;
        }
        let name = name_of(entry.to_bytes());
        name.is_none_or(|name| {
            !self.own_env.iter().any(|own| name_of(own.to_bytes()) == Some(name))
        })
    }
}

fn name_of(entry: &[u8]) -> Option<&[u8]> {
    entry.iter().position(|byte| *byte == b'=').map(|at| &entry[..at])
}
