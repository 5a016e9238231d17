//! Getting the locks: at once where they are free, else by waiting.

use super::config::{Config, Patience, Talk, Wanted};
use super::events::{Events, in_events};
use super::{deadlock, own, say, show};
use crate::fail::Fail;
use record::Seconds;
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use std::time::Duration;
use sys::lock::{
    Ask, Busy, FileHeld, FileWaiting, Held, LockDir, LockFile, Mode, Progress, Standing, Tried,
    Waiting, Who,
};

/// After this long a waiter is told who holds the lock.
const TALK_AFTER: Seconds = Seconds::from_secs(1);

/// So long may another be about to take the lock or to find it busy, while we are not
/// to wait for it. Only one that is stopped takes longer than a moment.
const PASSING: Seconds = Seconds::from_secs(1);

/// A lock that we have.
#[derive(Debug)]
pub struct Taken {
    pub lock: Lock,
    /// As it is called in events.
    pub name: String,
    /// As it is called in messages.
    pub shown: String,
    /// When, since the program began.
    pub at: Seconds,
    /// From asking for this one, those before it being held.
    pub waited_s: Seconds,
}

/// Of either kind.
#[derive(Debug)]
pub enum Lock {
    Named(Box<Held>),
    File(FileHeld),
}

impl Lock {
    /// What the command inherits.
    pub fn raw_fds(&self) -> Vec<RawFd> {
        match self {
            Lock::Named(held) => held.raw_fds().collect(),
            Lock::File(held) => vec![held.as_raw_fd()],
        }
    }
}

enum Queue {
    Named(Box<Waiting>),
    File(FileWaiting),
}

enum Turn {
    Ours(Lock),
    NotYet(Queue),
}

impl Queue {
    /// Waits for our turn, at most so long.
    fn block(self, most: Option<Duration>) -> Result<Turn, Fail> {
        Ok(match self {
            Queue::Named(waiting) => match waiting.block(most).map_err(own)? {
                Progress::Held(held) => Turn::Ours(Lock::Named(Box::new(held))),
                Progress::Waiting(more) => Turn::NotYet(Queue::Named(Box::new(more))),
            },
            Queue::File(waiting) => match waiting.block(most).map_err(own)? {
                Ok(held) => Turn::Ours(Lock::File(held)),
                Err(more) => Turn::NotYet(Queue::File(more)),
            },
        })
    }
}

/// What is said of a lock while it is busy, and whom to ask.
struct Talker<'a> {
    shown: String,
    talk: Talk,
    holders: Box<dyn Fn() -> (String, Option<u32>) + 'a>,
    deadlock: Box<dyn Fn() -> Option<String> + 'a>,
}

/// Gets every lock of the configuration, one after the other; `None` if one
/// stayed busy for too long, which has been said.
///
/// # Errors
/// A lock that cannot be used.
pub fn all(config: &Config, who: &Who, events: &mut Events) -> Result<Option<Vec<Taken>>, Fail> {
    let deadline = match config.patience {
        Patience::Try => Some(Seconds::ZERO),
        Patience::AtMost(limit) => Some(events.now() + limit),
        Patience::Endless => None,
    };
    let mut taken = Vec::new();
    match &config.wanted {
        Wanted::File(path, mode) => match file((path, *mode), config.talk, (deadline, events))? {
            Some(one) => taken.push(one),
            None => return Ok(None),
        },
        Wanted::Named(place, asks) => {
            let dir = LockDir::open(place).map_err(own)?;
            for ask in asks {
                let asking = Asking { dir: &dir, ask, who, fd: None };
                match named(&asking, config.talk, (deadline, events))? {
                    Some(one) => taken.push(one),
                    None => return Ok(None),
                }
            }
        }
        Wanted::Descriptor(place, ask, fd) => {
            let dir = LockDir::open(place).map_err(own)?;
            let asking = Asking { dir: &dir, ask, who, fd: Some(*fd) };
            match named(&asking, config.talk, (deadline, events))? {
                Some(one) => taken.push(one),
                None => return Ok(None),
            }
        }
    }
    if taken.len() > 1 {
        one_token(&mut taken)?;
    }
    Ok(Some(taken))
}

/// One token stands for all: the greatest.
fn one_token(taken: &mut [Taken]) -> Result<(), Fail> {
    let greatest = token(taken).unwrap_or(0);
    for one in taken {
        if let Lock::Named(held) = &mut one.lock {
            held.raise_token(greatest).map_err(own)?;
        }
    }
    Ok(())
}

/// The fencing token of what we hold; a file has none.
pub fn token(taken: &[Taken]) -> Option<u64> {
    let tokens = taken.iter().filter_map(|one| match &one.lock {
        Lock::Named(held) => Some(held.token()),
        Lock::File(_) => None,
    });
    tokens.max()
}

type Until<'a> = (Option<Seconds>, &'a mut Events);

/// One lock that is asked for.
struct Asking<'a> {
    dir: &'a LockDir,
    ask: &'a Ask,
    who: &'a Who,
    /// What is to hold it, if not a command.
    fd: Option<RawFd>,
}

impl Asking<'_> {
    fn try_take(&self) -> Result<Tried, Fail> {
        self.dir.try_take(self.ask, self.fd).map_err(own)
    }

    fn wait(&self) -> Result<Queue, Fail> {
        let waiting = self.dir.stand(self.ask, self.fd, self.who).map_err(own)?;
        Ok(Queue::Named(Box::new(waiting)))
    }

    fn holders(&self) -> (String, Option<u32>) {
        match self.dir.holders(&self.ask.name) {
            Ok(view) if view.standing == Standing::Free => match self.dir.stopped(&self.ask.name) {
                Some(pid) => {
                    let who = show::process(pid);
                    (format!("{who}, which is stopped (state T), stands before"), Some(pid))
                }
                None => (show::holders(&view), None),
            },
            Ok(view) => (show::holders(&view), view.holders.first().map(|who| who.pid)),
            Err(error) => (error.to_string(), None),
        }
    }

    /// The circle of processes in which we wait for ever, if there is one.
    fn deadlock(&self) -> Option<String> {
        deadlock::of(std::process::id(), &self.dir.list().ok()?)
    }
}

fn named(asking: &Asking<'_>, talk: Talk, until: Until<'_>) -> Result<Option<Taken>, Fail> {
    let ask = asking.ask;
    let (mut deadline, events) = until;
    let name = in_events(&ask.name);
    let asked = events.now();
    let lock = match asking.try_take()? {
        Tried::Held(held) => Some(Lock::Named(Box::new(held))),
        Tried::Busy(busy) => {
            if busy == Busy::InPassing && deadline == Some(Seconds::ZERO) {
                deadline = Some(asked + PASSING);
            }
            let shown = ask.name.to_string();
            let holders = Box::new(|| asking.holders());
            let talker = Talker { shown, talk, holders, deadlock: Box::new(|| asking.deadlock()) };
            stand(|| asking.wait(), &talker, (deadline, &mut *events), &name)?
        }
    };
    let Some(lock) = lock else { return Ok(None) };
    if let Lock::Named(held) = &lock
        && let Some(other) = held.other_slots()
        && talk != Talk::Quiet
    {
        say(&format!(
            "{}: another holder gave {other} slots; the smaller number holds for whoever gave it",
            ask.name
        ));
    }
    let shown = ask.name.to_string();
    let at = events.now();
    Ok(Some(Taken { lock, name, shown, at, waited_s: at - asked }))
}

fn file(what: (&Path, Mode), talk: Talk, until: Until<'_>) -> Result<Option<Taken>, Fail> {
    let (path, mode) = what;
    let (deadline, events) = until;
    let name = path.to_string_lossy().into_owned();
    let shown = show::plain(&name);
    let asked = events.now();
    let busy = LockFile::open(path, mode).map_err(own)?;
    let lock = match busy.try_take().map_err(own)? {
        Ok(held) => Some(Lock::File(held)),
        Err(file) => {
            let pids = file.holders();
            let holders = move || match pids.first() {
                Some(pid) => (format!("held by {}", show::process(*pid)), Some(*pid)),
                None => ("held by a process of another user".to_string(), None),
            };
            let (shown, holders) = (shown.clone(), Box::new(holders));
            let talker = Talker { shown, talk, holders, deadlock: Box::new(|| None) };
            let queue = || file.wait().map(Queue::File).map_err(own);
            stand(queue, &talker, (deadline, &mut *events), &name)?
        }
    };
    let at = events.now();
    Ok(lock.map(|lock| Taken { lock, name, shown, at, waited_s: at - asked }))
}

/// Stands in the queue until the lock is ours or the time is over.
fn stand(
    queue: impl FnOnce() -> Result<Queue, Fail>,
    talker: &Talker<'_>,
    until: Until<'_>,
    name: &str,
) -> Result<Option<Lock>, Fail> {
    let (deadline, events) = until;
    let quiet = talker.talk == Talk::Quiet;
    if events.are_wanted() && deadline != Some(Seconds::ZERO) {
        events.wait(name, (talker.holders)().1);
    }
    if deadline == Some(Seconds::ZERO) {
        if !quiet {
            say(&format!("{}: busy, {}", talker.shown, (talker.holders)().0));
        }
        return Ok(None);
    }
    let mut queue = queue()?;
    let mut talk_at = (!quiet).then(|| events.now() + TALK_AFTER);
    loop {
        let next = [talk_at, deadline].into_iter().flatten().min();
        queue = match queue.block(next.map(|next| events.until(next)))? {
            Turn::Ours(lock) => return Ok(Some(lock)),
            Turn::NotYet(queue) => queue,
        };
        let now = events.now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            drop(queue);
            if !quiet {
                say(&format!("{}: waited too long, {}", talker.shown, (talker.holders)().0));
            }
            return Ok(None);
        }
        if talk_at.is_some_and(|at| at <= now) {
            say(&format!("{}: waiting, {}", talker.shown, (talker.holders)().0));
            if let Some(circle) = (talker.deadlock)() {
                say(&circle);
            }
            talk_at = None;
        }
    }
}
