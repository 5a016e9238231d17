//! The locks of operations: asked for in order of name, one wait a name, as any
//! stranger would. An operation that waits stands in our own queue of the name
//! until the one before it has got the lock.

use engine::Key;
use record::{Command, Event, LockAsk, LockDrop, LockTake, LockWait, Seconds};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::os::fd::RawFd;
use std::path::PathBuf;
use sys::lock::{
    Ask, Held, LockDir, LockError, Mode, Notice, Place, Progress, Tried, Waiting, Who,
};
use sys::poller::{Poller, Want};

/// What became of asking.
#[derive(Debug)]
pub enum Asked {
    /// All are held.
    Taken,
    /// This one is waited for.
    Waiting(String),
}

/// An operation on its way to its locks.
#[derive(Debug)]
struct Asker {
    who: Who,
    /// In order of file name.
    asks: Vec<(String, Ask)>,
    held: Vec<(Held, Seconds)>,
    waiting_since: Option<Seconds>,
}

/// Those of ours who want a name that is not free.
#[derive(Debug, Default)]
struct Line {
    /// Who stands in the kernel's queue for us.
    first: Option<(Key, Waiting)>,
    /// With what tells strangers that they wait while they hold other locks.
    others: VecDeque<(Key, Option<Notice>)>,
    token: usize,
}

/// Takes, waits for and gives back the locks of a run.
#[derive(Debug)]
pub struct LockDesk {
    place: Place,
    dir: Option<LockDir>,
    askers: HashMap<Key, Asker>,
    lines: BTreeMap<String, Line>,
    names_by_token: HashMap<usize, String>,
    next_token: usize,
    /// What happened, for the journal.
    pub events: Vec<Event>,
}

impl LockDesk {
    /// A desk that opens the lock directory when the first lock is asked for;
    /// its waits have tokens from `first_token` up.
    pub fn new(dir: Option<PathBuf>, first_token: usize) -> Self {
        LockDesk {
            place: dir.map_or(Place::Usual, Place::At),
            dir: None,
            askers: HashMap::new(),
            lines: BTreeMap::new(),
            names_by_token: HashMap::new(),
            next_token: first_token,
            events: Vec::new(),
        }
    }

    fn dir(&mut self) -> Result<LockDir, LockError> {
        if let Some(dir) = &self.dir {
            return Ok(dir.clone());
        }
        let dir = LockDir::open(&self.place)?;
        self.dir = Some(dir.clone());
        Ok(dir)
    }

    /// Begins to take an operation's locks.
    ///
    /// # Errors
    /// The lock directory cannot be used.
    pub fn ask(
        &mut self,
        key: Key,
        (who, locks): (Who, &[LockAsk]),
        (now, poller): (Seconds, &Poller),
    ) -> Result<Asked, LockError> {
        let mut asks: Vec<(String, Ask)> = Vec::new();
        for lock in locks {
            let refused = || LockError::Refused(format!("\"{}\" cannot name a lock", lock.name));
            let ask = Ask::of(lock).ok_or_else(refused)?;
            match asks.iter_mut().find(|(name, _)| *name == lock.name) {
                None => asks.push((lock.name.clone(), ask)),
                // asked for in two ways: alone is both
                Some((_, other)) if other.mode != ask.mode => other.mode = Mode::Exclusive,
                Some(_) => {}
            }
        }
        asks.sort_by(|one, two| one.1.name.file().cmp(two.1.name.file()));
        let asker = Asker { who, asks, held: Vec::new(), waiting_since: None };
        self.askers.insert(key, asker);
        self.go_on(key, (now, poller))
    }

    /// Takes the locks that are left, as far as they are free. Who cannot have one
    /// gives back those it has.
    fn go_on(&mut self, key: Key, at: (Seconds, &Poller)) -> Result<Asked, LockError> {
        let asked = self.take_the_rest(key, at);
        if asked.is_err() {
            self.let_go(key, at.0);
        }
        asked
    }

    fn take_the_rest(
        &mut self,
        key: Key,
        (now, poller): (Seconds, &Poller),
    ) -> Result<Asked, LockError> {
        let dir = self.dir()?;
        loop {
            let Some(asker) = self.askers.get(&key) else { return Ok(Asked::Taken) };
            let Some((name, ask)) = asker.asks.get(asker.held.len()).cloned() else {
                return Ok(Asked::Taken);
            };
            let free = !self.lines.contains_key(&name);
            if free && let Tried::Held(held) = dir.try_take(&ask, None)? {
                self.took(key, held, now);
                continue;
            }
            self.stand_in_line(key, &name, (now, poller))?;
            return Ok(Asked::Waiting(name));
        }
    }

    fn took(&mut self, key: Key, held: Held, now: Seconds) {
        let Some(asker) = self.askers.get_mut(&key) else { return };
        let waited = asker.waiting_since.take().map_or(Seconds::ZERO, |since| now - since);
        self.events.push(Event::LockTake(LockTake {
            name: asker.asks[asker.held.len()].0.clone(),
            id: asker.who.id.clone(),
            pid: std::process::id(),
            time: now,
            waited_s: waited,
            token: Some(held.token()),
            ..LockTake::default()
        }));
        asker.held.push((held, now));
    }

    fn stand_in_line(
        &mut self,
        key: Key,
        name: &str,
        (now, poller): (Seconds, &Poller),
    ) -> Result<(), LockError> {
        if let Some(asker) = self.askers.get_mut(&key) {
            asker.waiting_since = Some(now);
            self.events.push(Event::LockWait(LockWait {
                name: name.to_string(),
                id: asker.who.id.clone(),
                pid: std::process::id(),
                time: now,
                ..LockWait::default()
            }));
        }
        self.tell_strangers(key);
        if self.lines.contains_key(name) {
            let notice = self.notice(key)?;
            if let Some(line) = self.lines.get_mut(name) {
                line.others.push_back((key, notice));
            }
            return Ok(());
        }
        let token = self.next_token;
        self.next_token += 1;
        self.names_by_token.insert(token, name.to_string());
        self.lines.insert(name.to_string(), Line { token, ..Line::default() });
        let sent = self.send_first(key, name, poller);
        if sent.is_err() {
            // or the next would stand in a line that nobody leads
            self.close_line(name);
        }
        sent
    }

    /// Writes what an operation holds while it waits for its next lock: how else could
    /// anybody see whom it keeps waiting?
    fn tell_strangers(&mut self, key: Key) {
        let Some(asker) = self.askers.get_mut(&key) else { return };
        for (held, _) in &mut asker.held {
            // for those who look; the lock is held whether it can be written or not
            let _ = held.record(&asker.who, std::process::id());
        }
    }

    /// Tells of an operation that holds locks and stands in our own line for another,
    /// where no stranger sees it.
    fn notice(&mut self, key: Key) -> Result<Option<Notice>, LockError> {
        let dir = self.dir()?;
        let Some(asker) = self.askers.get(&key) else { return Ok(None) };
        let next = asker.asks.get(asker.held.len()).filter(|_| !asker.held.is_empty());
        Ok(next.and_then(|(_, ask)| dir.post(ask, &asker.who).ok()))
    }

    fn close_line(&mut self, name: &str) {
        if let Some(line) = self.lines.remove(name) {
            self.names_by_token.remove(&line.token);
        }
    }

    /// Puts one of ours into the kernel's queue.
    fn send_first(&mut self, key: Key, name: &str, poller: &Poller) -> Result<(), LockError> {
        let dir = self.dir()?;
        let Some(asker) = self.askers.get(&key) else { return Ok(()) };
        let Some((_, ask)) = asker.asks.get(asker.held.len()) else { return Ok(()) };
        let waiting = dir.wait(ask, &asker.who)?;
        let Some(line) = self.lines.get_mut(name) else { return Ok(()) };
        poller
            .add(&waiting, line.token, Want::Read)
            .map_err(|error| LockError::Io { what: format!("waiting for lock {name}"), error })?;
        line.first = Some((key, waiting));
        Ok(())
    }

    /// A wait has something to tell: who has all of its locks now, or waits for
    /// the next, or cannot have them.
    pub fn ready(
        &mut self,
        token: usize,
        (now, poller): (Seconds, &Poller),
    ) -> Vec<(Key, Result<Asked, LockError>)> {
        let Some(name) = self.names_by_token.get(&token).cloned() else { return Vec::new() };
        let Some((key, waiting)) = self.lines.get_mut(&name).and_then(|line| line.first.take())
        else {
            return Vec::new();
        };
        let _ = poller.remove(&waiting);
        match waiting.advance() {
            Ok(Progress::Waiting(waiting)) => {
                if let Some(line) = self.lines.get_mut(&name) {
                    let _ = poller.add(&waiting, token, Want::Read);
                    line.first = Some((key, waiting));
                }
                Vec::new()
            }
            Ok(Progress::Held(held)) => {
                self.took(key, held, now);
                let mut told = self.next_in_line(&name, (now, poller));
                told.push((key, self.go_on(key, (now, poller))));
                told
            }
            Err(error) => {
                let mut told = self.next_in_line(&name, (now, poller));
                self.let_go(key, now);
                told.push((key, Err(error)));
                told
            }
        }
    }

    /// The next of ours goes into the kernel's queue, behind the strangers there.
    fn next_in_line(
        &mut self,
        name: &str,
        (now, poller): (Seconds, &Poller),
    ) -> Vec<(Key, Result<Asked, LockError>)> {
        let mut told = Vec::new();
        loop {
            let Some(line) = self.lines.get_mut(name) else { return told };
            let Some((key, _)) = line.others.pop_front() else {
                self.close_line(name);
                return told;
            };
            match self.send_first(key, name, poller) {
                Ok(()) => return told,
                Err(error) => {
                    self.let_go(key, now);
                    told.push((key, Err(error)));
                }
            }
        }
    }

    /// Descriptors that the operation's command inherits, and its fencing token.
    pub fn inherited(&self, key: Key) -> (Vec<RawFd>, Option<u64>) {
        let Some(asker) = self.askers.get(&key) else { return (Vec::new(), None) };
        let fds = asker.held.iter().flat_map(|(held, _)| held.raw_fds()).collect();
        (fds, asker.held.iter().map(|(held, _)| held.token()).max())
    }

    /// An operation holds locks, or waits for some.
    pub fn has(&self, key: Key) -> bool {
        self.askers.contains_key(&key)
    }

    /// Writes who holds the locks, now that it has been started.
    pub fn record(&mut self, key: Key, cmd: Command, pid: u32) {
        let Some(asker) = self.askers.get_mut(&key) else { return };
        asker.who.cmd = Some(cmd);
        for (held, _) in &mut asker.held {
            // for those who look; the lock is held whether it can be written or not
            let _ = held.record(&asker.who, pid);
        }
    }

    /// Gives everything of an operation back, and its place in the queue.
    pub fn give_back(
        &mut self,
        key: Key,
        (now, poller): (Seconds, &Poller),
    ) -> Vec<(Key, Result<Asked, LockError>)> {
        let mut told = Vec::new();
        self.let_go(key, now);
        let names: Vec<String> = self.lines.keys().cloned().collect();
        for name in names {
            let Some(line) = self.lines.get_mut(&name) else { continue };
            line.others.retain(|(waiter, _)| *waiter != key);
            if line.first.as_ref().is_some_and(|(first, _)| *first == key) {
                if let Some((_, waiting)) = line.first.take() {
                    let _ = poller.remove(&waiting);
                }
                told.extend(self.next_in_line(&name, (now, poller)));
            }
        }
        told
    }

    /// Gives back the locks that an operation has.
    fn let_go(&mut self, key: Key, now: Seconds) {
        let Some(asker) = self.askers.remove(&key) else { return };
        for ((held, since), (name, _)) in asker.held.into_iter().zip(asker.asks) {
            let _ = held.release();
            self.events.push(Event::LockDrop(LockDrop {
                name,
                id: asker.who.id.clone(),
                pid: std::process::id(),
                time: now,
                held_s: now - since,
                ..LockDrop::default()
            }));
        }
    }
}
