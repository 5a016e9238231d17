//! Events of pglock: where they go, and that none is lost unnoticed.

use crate::fail::Fail;
use record::{Event, LockDrop, LockTake, LockWait, Seconds, status};
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use sys::clock::Clock;
use sys::lock::Name;

/// Where events go; nowhere if they were not asked for.
#[derive(Debug)]
pub struct Events {
    sink: Option<(File, OsString)>,
    failure: Option<Fail>,
    clock: Clock,
    pid: u32,
}

impl Events {
    /// Opens the sink: a file that is added to, `-`, or a descriptor's number.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(target: Option<&OsStr>, clock: Clock) -> Result<Self, Fail> {
        let sink = match target {
            None => None,
            Some(target) => {
                let wrong = |e| Fail::io(status::OWN, shown(target), &e);
                Some((open(target).map_err(wrong)?, target.to_os_string()))
            }
        };
        Ok(Events { sink, failure: None, clock, pid: std::process::id() })
    }

    /// Time since the program began.
    pub fn now(&self) -> Seconds {
        self.clock.now()
    }

    /// How long until a time since the beginning.
    pub fn until(&self, deadline: Seconds) -> std::time::Duration {
        self.clock.until(deadline)
    }

    /// Somebody else has the lock and we begin to wait.
    pub fn wait(&mut self, name: &str, holder_pid: Option<u32>) {
        let (time, pid) = (self.clock.wall(self.now()), self.pid);
        self.write(|| LockWait { name: name.into(), pid, time, holder_pid, ..LockWait::default() });
    }

    /// We have had the lock since then.
    pub fn take(&mut self, name: &str, (at, waited_s): (Seconds, Seconds), token: Option<u64>) {
        let (time, pid) = (self.clock.wall(at), self.pid);
        self.write(|| LockTake {
            name: name.into(),
            pid,
            time,
            waited_s,
            token,
            ..LockTake::default()
        });
    }

    /// We have given our part of the lock back.
    pub fn give_back(&mut self, name: &str, taken: Seconds) {
        let now = self.now();
        let (time, pid, held_s) = (self.clock.wall(now), self.pid, now - taken);
        self.write(|| LockDrop { name: name.into(), pid, time, held_s, ..LockDrop::default() });
    }

    /// True where somebody reads them.
    pub fn are_wanted(&self) -> bool {
        self.sink.is_some()
    }

    fn write<E: Into<Event>>(&mut self, event: impl FnOnce() -> E) {
        let Some((file, target)) = &mut self.sink else { return };
        let mut line = Vec::with_capacity(256);
        event().into().append_line(&mut line);
        if let Err(error) = file.write_all(&line)
            && self.failure.is_none()
        {
            self.failure = Some(Fail::io(status::OWN, shown(target), &error));
        }
    }

    /// Whether everything was written.
    ///
    /// # Errors
    /// The first event that was not.
    pub fn finish(self) -> Result<(), Fail> {
        self.failure.map_or(Ok(()), Err)
    }
}

/// A name in events, which are UTF-8: the name, or else its file's.
pub fn in_events(name: &Name) -> String {
    std::str::from_utf8(name.bytes()).map_or_else(|_| name.file().to_string(), str::to_string)
}

fn shown(target: &OsStr) -> String {
    format!("events to {}", target.to_string_lossy())
}

fn open(target: &OsStr) -> std::io::Result<File> {
    let number = target.to_str().and_then(|text| text.parse::<i32>().ok());
    match number {
        _ if target == "-" => sys::fd::duplicate(1).map(File::from),
        Some(number) => sys::fd::duplicate(number).map(File::from),
        None => OpenOptions::new().create(true).append(true).open(target),
    }
}
