//! Looking at locks without touching them: for `--list`, `--who` and everyone
//! who waits. Whether a lock is held the kernel says; by whom, the book does, and
//! where it does not, the open files of this user's processes do.

use super::book::{Row, rows};
use super::dir::{BOOK, LOCK, LockDir, book_file, lock_file};
use super::door::{self, DOOR, Grip};
use super::stray;
use super::units::{self, Dead, Taken};
use super::{LockError, Mode, Name, ghost};
use record::{LockHolder, LockWaiter};
use std::fs::File;
use std::io;

/// What the kernel says of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody holds it.
    Free,
    /// Somebody holds it alone.
    Exclusive,
    /// It is held by those who share it.
    Shared,
}

/// A lock as it stands.
#[derive(Clone, Debug)]
pub struct LockView {
    /// Which.
    pub name: Name,
    /// Held or not.
    pub standing: Standing,
    /// By whom, as far as can be found.
    pub holders: Vec<LockHolder>,
    /// Who waits, the first that came first.
    pub waiters: Vec<LockWaiter>,
}

impl LockDir {
    /// A lock as it stands; free if nobody ever took it.
    ///
    /// # Errors
    /// Its files cannot be read.
    pub fn look(&self, name: &Name) -> Result<LockView, LockError> {
        self.look_at(name, |row| row.lives())
    }

    /// A lock and its holders; the waiters, who may be many, are not asked for.
    ///
    /// # Errors
    /// Its files cannot be read.
    pub fn holders(&self, name: &Name) -> Result<LockView, LockError> {
        self.look_at(name, |row| matches!(row, Row::Holder(_)) && row.lives())
    }

    fn look_at(&self, name: &Name, wanted: fn(&Row) -> bool) -> Result<LockView, LockError> {
        let free = LockView {
            name: name.clone(),
            standing: Standing::Free,
            holders: vec![],
            waiters: vec![],
        };
        let file = lock_file(name);
        let door = match self.open_to_look(&file)? {
            None => ghost::of(self, &file)?.into_iter().next(),
            there => there,
        };
        let Some(door) = door else { return Ok(free) };
        let wrong = || LockError::io(format!("lock {name}"));
        let standing = match door::look_span(&door, DOOR).map_err(wrong())? {
            None => Standing::Free,
            Some(Grip::Alone) => Standing::Exclusive,
            Some(Grip::Shared) => Standing::Shared,
        };
        let (mut holders, mut waiters) = (Vec::new(), Vec::new());
        if let Some(book) = self.open_to_look(&book_file(name))? {
            for row in rows(&book).map_err(wrong())?.1.into_iter().filter(wanted) {
                match row {
                    Row::Holder(holder) => holders.push(holder),
                    Row::Waiter(waiter) => waiters.push(waiter),
                }
            }
        }
        waiters.sort_by_key(|waiter| waiter.boot_s);
        let units = units::taken(self, name, Dead::LeftAlone)?;
        let holders = self.true_holders(name, holders, (&door, standing, &units));
        Ok(LockView { standing, holders, waiters, ..free })
    }

    /// A stopped process that has the lock file of a name open: while nobody holds the
    /// lock, it is the one that the others wait for.
    pub fn stopped(&self, name: &Name) -> Option<u32> {
        stray::stopped_with(&self.open_to_look(&lock_file(name)).ok()??)
    }

    /// Every lock of the directory that somebody holds or waits for, by file name.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn list(&self) -> Result<Vec<LockView>, LockError> {
        let wrong = || LockError::io(format!("lock directory {}", self.path().display()));
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.path()).map_err(wrong())? {
            let file = entry.map_err(wrong())?.file_name();
            // a lock whose file was removed still has its book
            let stem = file
                .to_str()
                .and_then(|file| file.strip_suffix(LOCK).or_else(|| file.strip_suffix(BOOK)));
            let Some(stem) = stem else { continue };
            names.extend(Name::from_file(stem).or_else(|| self.name_in_book(stem)));
        }
        names.sort_unstable();
        names.dedup();
        let views = names.iter().map(|name| self.look(name));
        let used = |view: &Result<LockView, LockError>| {
            view.as_ref()
                .is_ok_and(|view| view.standing != Standing::Free || !view.waiters.is_empty())
                || view.is_err()
        };
        views.filter(used).collect()
    }

    /// The name of a lock whose file name was cut.
    fn name_in_book(&self, stem: &str) -> Option<Name> {
        let book = self.open_to_look(&format!("{stem}{BOOK}")).ok()??;
        let name = Name::new(&rows(&book).ok()?.0?.name)?;
        (name.file() == stem).then_some(name)
    }

    fn open_to_look(&self, file: &str) -> Result<Option<File>, LockError> {
        // what is no lock file, a FIFO somebody made, must not keep us waiting
        match self.open_with(file, libc::O_RDONLY | libc::O_NONBLOCK) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LockError::io(self.path_of(file).display().to_string())(error)),
        }
    }

    /// Those records that the kernel's word bears out, and who holds without one.
    fn true_holders(
        &self,
        name: &Name,
        recorded: Vec<LockHolder>,
        kernel: (&File, Standing, &[Taken]),
    ) -> Vec<LockHolder> {
        let (door, standing, units) = kernel;
        if standing == Standing::Free {
            return Vec::new();
        }
        let of_units = |holder: &LockHolder| holder.mode == units_word();
        let mut holders: Vec<LockHolder> = recorded
            .into_iter()
            .filter(|who| !of_units(who) || units.iter().any(|t| Some(t.token) == who.token))
            .collect();
        if standing == Standing::Exclusive {
            // an older one was not erased when its lock was given back
            let newest = holders.iter().map(|who| who.token).max();
            holders.retain(|who| Some(who.token) == newest);
        }
        for taken in units {
            if holders.iter().any(|who| who.token == Some(taken.token)) {
                continue;
            }
            for pid in stray::keeping(&taken.end) {
                let mode = Mode::Units { take: taken.take, slots: taken.slots };
                holders.push(unrecorded(name, mode, pid));
            }
        }
        if holders.is_empty() {
            let mode = if standing == Standing::Exclusive { Mode::Exclusive } else { Mode::Shared };
            holders.extend(stray::locking(door).into_iter().map(|pid| unrecorded(name, mode, pid)));
        }
        for who in holders.iter_mut().filter(|who| who.stray) {
            // it may have become another program since
            who.cmd = stray::command_of(who.pid).or(who.cmd.take());
        }
        holders.sort_by_key(|who| who.boot_s);
        holders
    }
}

fn units_word() -> &'static str {
    Mode::Units { take: 1, slots: 2 }.word()
}

fn unrecorded(name: &Name, mode: Mode, pid: u32) -> LockHolder {
    let (take, slots) = mode.counts();
    LockHolder {
        name: name.bytes().to_vec().into(),
        mode: mode.word().to_string(),
        pid,
        by: pid,
        take,
        slots,
        cmd: stray::command_of(pid),
        ..LockHolder::default()
    }
}
