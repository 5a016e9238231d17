//! What is started before there is work for it: shells that make copies of themselves
//! (`--warm`), and workers that are told what to do (`--worker`).
//!
//! `shells.rs` has the shells of a thread, and says which commands are for them; how a copy is
//! made is known to `sys::warm`. `worker.rs` is one worker, `work.rs` gives operations to
//! them and hears of their ends. `times.rs` is what starts take.

mod shells;
mod times;
mod work;
mod worker;

pub use shells::Shells;
pub use work::{Task, Workers};

use super::attempt::Attempt;
use super::drive::Runner;
use super::launch::Launch;
use record::Command;
use shells::Life;
use std::ffi::CString;
use std::os::fd::RawFd;
use sys::spawn::Spawner;

/// How a command was started, where `--warm` or `--worker` asks for another way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begun {
    /// As always: nothing else was asked for.
    #[default]
    Plainly,
    /// By a copy of a shell that was there.
    Warm,
    /// By an exec all the same, for this reason.
    Cold(&'static str),
    /// It was given to a worker.
    Worker,
}

impl Begun {
    /// The word in the records.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Begun::Plainly => None,
            Begun::Warm => Some("warm"),
            Begun::Cold(_) => Some("cold"),
            Begun::Worker => Some("worker"),
        }
    }

    /// Why it was an exec all the same.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Begun::Cold(reason) => Some(reason),
            Begun::Plainly | Begun::Warm | Begun::Worker => None,
        }
    }
}

impl Runner {
    /// The shells of a thread, none of them started yet.
    pub fn shells(&self) -> Shells {
        let warm = &self.settings.warm;
        let wanted = warm.shells.filter(|_| self.settings.xargs.is_none());
        Shells::new(wanted.unwrap_or(0), warm.wear)
    }

    /// How a command is to be started, as far as can be said before.
    pub fn to_begin(
        &self,
        (cmd, fds): (&Command, &[(RawFd, RawFd)]),
        own_env: &[CString],
    ) -> Begun {
        match (self.settings.warm.shells, cmd) {
            (None, _) => Begun::Plainly,
            (Some(_), Command::Argv(_)) => Begun::Cold("it needs no shell"),
            (Some(_), Command::Shell(_)) if self.settings.place.own_stdin => {
                Begun::Cold("it has the terminal")
            }
            (Some(_), Command::Shell(_)) => shells::of_text(fds, own_env),
        }
    }

    /// The shells that a command may be started by, before its thread is alone with it: they
    /// are children of ours that are no operations.
    pub fn attend_shells(
        &mut self,
        (shells, spawner): (&mut Shells, &mut Spawner),
        launch: &Launch,
    ) {
        if launch.begun_as != Begun::Warm {
            return;
        }
        let mut since = self.clock.now();
        let clock = self.clock;
        shells.attend(spawner, (launch, since), |pid, life| match life {
            Life::Over => self.strays.leave(pid),
            Life::Begun => {
                self.strays.enter(pid);
                let now = clock.now();
                self.lanes.workers.times.add(times::READY, now - since);
                since = now;
            }
        });
    }

    /// A command was started.
    pub fn count_start(&mut self, attempt: &Attempt) {
        if let Some(kind) = attempt.begun_as.word() {
            self.lanes.workers.times.add(kind, attempt.spawn);
        }
    }
}
