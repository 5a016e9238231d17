//! A command with everything that its start needs: it is started without a look at the
//! rest of the run.

use super::attempt::PrivateDir;
use super::drive::attempt_token;
use super::log::{Kept, StartText};
use super::outputs::Outputs;
use super::start::Start;
use super::warm::{Begun, Shells};
use record::{Command, Seconds};
use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::Arc;
use sys::affinity::CpuSet;
use sys::cgroup::Cgroup;
use sys::fd::{self, Pipe};
use sys::growth::Growing;
use sys::guardian::Groups;
use sys::limit::OpenFiles;
use sys::poller::{Poller, Want};
use sys::spawn::{Argv, Dispositions, Group, Note, Spawn, SpawnError, Spawner};
use sys::wait::Child;

/// Where a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// Standard output and error are ours.
    Ours,
    /// Both are our standard error.
    Error,
    /// Nobody reads them: they are among the other descriptors.
    Nowhere,
    /// To one pipe.
    Joined,
    /// To a pipe each.
    Apart,
}

impl Streams {
    /// For each pipe the descriptors that the command has it as.
    pub fn pipes(self) -> &'static [&'static [RawFd]] {
        match self {
            Streams::Ours | Streams::Error | Streams::Nowhere => &[],
            Streams::Joined => &[&[1, 2]],
            Streams::Apart => &[&[1], &[2]],
        }
    }
}

/// Whether an attempt's own environment may name what stands in the run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overrides {
    Nothing,
    Perhaps,
}

/// What starts a command and hears of its end.
pub type Lane<'a> = (&'a mut Spawner, &'a mut Shells, &'a Poller);

/// Why a command was not started.
pub enum NotBegun {
    NoPipe(std::io::Error),
    Spawn(SpawnError),
}

/// A start that is due.
pub struct Launch {
    pub start: Start,
    /// When its preparation began.
    pub begun: Seconds,
    pub cmd: Arc<Command>,
    pub argv: Argv,
    pub program: Vec<CString>,
    pub env: Arc<[CString]>,
    pub own_env: Vec<CString>,
    pub overrides: Overrides,
    pub cwd: Option<CString>,
    pub streams: Streams,
    /// What its standard output is instead of a pipe.
    pub direct: Option<(Growing, OwnedFd)>,
    /// Our ends of its pipes.
    pub pipes: [Option<OwnedFd>; 2],
    /// Descriptors: ours, the command's.
    pub fds: Vec<(RawFd, RawFd)>,
    /// Kept open until the start is over.
    pub _stdin: Option<File>,
    pub dir: Option<PrivateDir>,
    pub outputs: Option<Outputs>,
    /// Its place in the table of attempts.
    pub place: usize,
    pub groups: Arc<Groups>,
    /// What it is born in.
    pub cgroup: Option<Arc<Cgroup>>,
    /// Its end cannot be watched: it is told by SIGCHLD.
    pub unwatched: bool,
    pub nice: Option<i32>,
    /// The CPUs that it runs on, where it is pinned.
    pub cpus: Option<CpuSet>,
    /// The limit that we were given, where ours is another.
    pub open_files: Option<OpenFiles>,
    /// It has a group and signals of its own, and dies with us.
    pub tied: bool,
    /// Where it writes down its own start.
    pub log: Option<(Arc<Kept>, StartText)>,
    /// How it is to be started; then, how it was.
    pub begun_as: Begun,
}

impl Launch {
    /// Starts it, and has its end told.
    ///
    /// # Errors
    /// Which step failed.
    pub fn begin(&mut self, (spawner, shells, poller): Lane<'_>) -> Result<Child, NotBegun> {
        let mut theirs = Vec::with_capacity(2);
        match self.streams {
            Streams::Ours => self.fds.extend([(1, 1), (2, 2)]),
            Streams::Error => self.fds.extend([(2, 1), (2, 2)]),
            Streams::Nowhere | Streams::Joined | Streams::Apart => {}
        }
        for (which, targets) in self.streams.pipes().iter().enumerate() {
            if let (0, Some((_, write))) = (which, &self.direct) {
                self.fds.push((write.as_raw_fd(), 1));
                continue;
            }
            let Pipe { read, write } = fd::pipe().map_err(NotBegun::NoPipe)?;
            self.fds.extend(targets.iter().map(|target| (write.as_raw_fd(), *target)));
            self.pipes[which] = Some(read);
            theirs.push(write);
        }
        let mut begun_as = self.begun_as;
        let mut start = |note: Option<Note<'_>>| self.start(note, (spawner, shells), &mut begun_as);
        let started = match &self.log {
            None => start(None).0,
            Some((log, text)) => log.begin(text, |note| start(Some(note))),
        };
        self.begun_as = begun_as;
        let child = started.map_err(NotBegun::Spawn)?;
        let watched = poller.add(&child.pidfd, attempt_token(self.place, 0), Want::Read);
        self.unwatched = watched.is_err();
        Ok(child)
    }

    /// Starts it by a copy where it may be, else by an exec; and how much of its note was
    /// written.
    fn start(
        &self,
        note: Option<Note<'_>>,
        (spawner, shells): (&mut Spawner, &mut Shells),
        begun_as: &mut Begun,
    ) -> (Result<Child, SpawnError>, usize) {
        if *begun_as == Begun::Warm {
            match shells.begin(self, note) {
                Ok((child, noted)) => return (Ok(child), noted),
                Err(Err(error)) => return (Err(error), 0),
                Err(Ok(other)) => *begun_as = other,
            }
        }
        let started = self.spawn_by(spawner, note);
        (started, spawner.noted())
    }

    fn spawn_by(&self, spawner: &mut Spawner, note: Option<Note<'_>>) -> Result<Child, SpawnError> {
        let env = self.environment();
        let like = self.spawn((&env, note));
        match spawner.spawn(&like) {
            // where none may be born there (a group with threads of its own, for instance)
            Err(SpawnError::Clone(error)) if like.cgroup.is_some() && !is_lack(&error) => {
                spawner.spawn(&Spawn { cgroup: None, ..like })
            }
            started => started,
        }
    }

    /// Its whole environment.
    pub fn environment(&self) -> Vec<&CStr> {
        let mut env: Vec<&CStr> = Vec::with_capacity(self.env.len() + self.own_env.len());
        env.extend(self.env.iter().filter(|entry| self.is_kept(entry)).map(CString::as_c_str));
        env.extend(self.own_env.iter().map(CString::as_c_str));
        env
    }

    /// What is started, by an exec.
    pub fn spawn<'a>(&'a self, (env, note): (&'a [&'a CStr], Option<Note<'a>>)) -> Spawn<'a> {
        Spawn {
            cwd: self.cwd.as_deref(),
            fds: &self.fds,
            group: if self.tied { Group::Own } else { Group::Inherited },
            dispositions: if self.tied { Dispositions::Clean } else { Dispositions::Inherited },
            die_with_us: self.tied,
            group_place: self.groups.place(self.place).filter(|_| self.tied),
            cgroup: self.cgroup.as_ref().map(|group| group.fd()),
            nice: self.nice,
            cpus: self.cpus.as_ref(),
            open_files: self.open_files,
            note,
            ..Spawn::of(&self.program, &self.argv, env)
        }
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

/// It may pass.
fn is_lack(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{OutOfMemory, WouldBlock};
    matches!(error.kind(), WouldBlock | OutOfMemory)
}

fn name_of(entry: &[u8]) -> Option<&[u8]> {
    entry.iter().position(|byte| *byte == b'=').map(|at| &entry[..at])
}
