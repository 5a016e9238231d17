//! The shells of a thread: a copy is a child of the thread that started its shell.

use super::Begun;
use crate::run::launch::Launch;
use crate::run::settings::Wear;
use record::Seconds;
use std::ffi::{CStr, CString};
use std::os::fd::RawFd;
use std::sync::Arc;
use sys::cgroup::Cgroup;
use sys::spawn::{Note, Spawn, SpawnError, Spawner};
use sys::wait::Child;
use sys::warm::{NotBegun, Request, Shell};

const NO_SHELL: &str = "this shell cannot be kept ready";
const ANOTHER: &str = "it needs another program";
const GROUP: &str = "it is born in another control group";
const PINNED: &str = "it is bound to processors";
const UNFIT: &str = "it is too long, or its folder cannot be entered";
const DEAD: &str = "the shell that was ready has died";

/// Variables that the loader or the C library reads before `main`.
const READ_BEFORE: [&[u8]; 5] = [b"LD_", b"GLIBC_", b"MALLOC_", b"LOCPATH=", b"GCONV_PATH="];

/// A shell, and with what it was started.
#[derive(Debug)]
struct Ready {
    shell: Shell,
    since: Seconds,
    program: Vec<CString>,
    cgroup: Option<Arc<Cgroup>>,
}

/// The shells that a thread keeps ready.
#[derive(Debug, Default)]
pub struct Shells {
    wanted: usize,
    wear: Wear,
    ready: Vec<Ready>,
    /// None can be had.
    none: bool,
}

impl Shells {
    /// So many, none of them started yet.
    pub fn new(wanted: usize, wear: Wear) -> Self {
        Shells { wanted, wear, ..Shells::default() }
    }

    /// Ends those that have had their time and starts what is missing, for a command that is
    /// about to be started. `change` is told of who comes (true) and who goes.
    pub fn attend(
        &mut self,
        spawner: &mut Spawner,
        (launch, now): (&Launch, Seconds),
        mut change: impl FnMut(u32, Life),
    ) {
        if launch.begun_as != Begun::Warm || self.none {
            return;
        }
        let wear = self.wear;
        let (over, ready) = std::mem::take(&mut self.ready)
            .into_iter()
            .partition(|one| wear.is_over(now - one.since, one.shell.begun()));
        self.ready = ready;
        for one in over {
            change(one.shell.pid(), Life::Over);
            one.shell.end();
        }
        while self.ready.len() < self.wanted {
            let Ok(shell) = launch.shell_like_it(spawner) else {
                // what is there may go on; without any there is none to be had
                self.none = self.ready.is_empty();
                return;
            };
            change(shell.pid(), Life::Begun);
            let (program, cgroup) = (launch.program.clone(), launch.cgroup.clone());
            self.ready.push(Ready { shell, since: now, program, cgroup });
        }
    }

    /// Starts a command by a copy; how many bytes of its note were written.
    ///
    /// # Errors
    /// There can be none: why it is to be executed, or what failed.
    pub fn begin(
        &mut self,
        launch: &Launch,
        note: Option<Note<'_>>,
    ) -> Result<(Child, usize), Result<Begun, SpawnError>> {
        let text = launch.argv.words().nth(2).unwrap_or_default();
        let streams = streams_of(&launch.fds).ok_or(Ok(Begun::Cold(DESCRIPTORS)))?;
        if launch.cpus.is_some() {
            return Err(Ok(Begun::Cold(PINNED)));
        }
        let env = launch.environment();
        let group = |one: &Ready| one.cgroup.as_ref().map(Arc::as_ptr);
        loop {
            let Some(at) = self.ready.len().checked_sub(1) else {
                return Err(Ok(Begun::Cold(if self.none { NO_SHELL } else { DEAD })));
            };
            let one = &mut self.ready[at];
            if one.program != launch.program {
                return Err(Ok(Begun::Cold(ANOTHER)));
            }
            if group(one) != launch.cgroup.as_ref().map(Arc::as_ptr) {
                return Err(Ok(Begun::Cold(GROUP)));
            }
            let request = Request {
                text,
                env: &env,
                cwd: launch.cwd.as_deref(),
                streams,
                place: launch.groups.place(launch.place),
                note,
            };
            match one.shell.begin(&request) {
                Ok(child) => return Ok((child, one.shell.noted())),
                Err(NotBegun::Unfit) => return Err(Ok(Begun::Cold(UNFIT))),
                Err(NotBegun::Failed(error)) => return Err(Err(error)),
                // nothing has begun: another may be there
                Err(NotBegun::Dead) => drop(self.ready.pop()),
            }
        }
    }

    /// Ends all of them.
    pub fn end(&mut self) {
        self.ready.drain(..).for_each(|one| one.shell.end());
    }
}

/// What becomes of a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Begun,
    Over,
}

const DESCRIPTORS: &str = "it has more descriptors than three";

/// What a command has as its first three descriptors; `None` where it has others.
fn streams_of(fds: &[(RawFd, RawFd)]) -> Option<[RawFd; 3]> {
    let mut streams = [None; 3];
    for (ours, theirs) in fds {
        *streams.get_mut(usize::try_from(*theirs).ok()?)? = Some(*ours);
    }
    Some([streams[0]?, streams[1]?, streams[2]?])
}

/// Whether a command that is text for a shell is for one that is ready.
pub fn of_text(fds: &[(RawFd, RawFd)], own_env: &[CString]) -> Begun {
    let early = |entry: &CString| READ_BEFORE.iter().any(|name| entry.to_bytes().starts_with(name));
    if fds.iter().any(|(_, theirs)| *theirs > 2) {
        Begun::Cold(DESCRIPTORS)
    } else if own_env.iter().any(early) {
        Begun::Cold("the loader reads one of its variables")
    } else {
        Begun::Warm
    }
}

impl Launch {
    /// Starts a shell that is ready for commands like this one.
    fn shell_like_it(&self, spawner: &mut Spawner) -> std::io::Result<Shell> {
        let env: Vec<&CStr> = self.env.iter().map(CString::as_c_str).collect();
        let like = Spawn {
            cgroup: self.cgroup.as_ref().map(|group| group.fd()),
            nice: self.nice,
            open_files: self.open_files,
            ..Spawn::of(&self.program, &self.argv, &env)
        };
        Shell::start(spawner, &like)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_descriptors_and_no_more() {
        assert_eq!(streams_of(&[(7, 0), (8, 1), (8, 2)]), Some([7, 8, 8]));
        assert_eq!(streams_of(&[(7, 0), (8, 1), (8, 2), (9, 9)]), None);
        assert_eq!(streams_of(&[(7, 0), (8, 1)]), None);
        assert_eq!(of_text(&[(5, 0)], &[c"A=LD_".to_owned()]), Begun::Warm);
        assert_eq!(of_text(&[(5, 0), (9, 9)], &[]), Begun::Cold(DESCRIPTORS));
        let early = of_text(&[(5, 0)], &[c"LD_PRELOAD=x".to_owned()]);
        assert_eq!(early.word(), Some("cold"));
    }
}
