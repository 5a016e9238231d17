//! Waiting for a lock without blocking the loop.

use super::book::Entry;
use super::door::Grip;
use super::errand::{Errand, Helper};
use super::take::{Entered, Files, Held, Who, wall};
use super::units::Taken;
use super::{LockDir, LockError};
use crate::clock::since_boot;
use crate::poller::{Poller, Want};
use record::{LockWaiter, Seconds};
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// A place in the queue for a lock. Its descriptor becomes readable when there
/// is something to do: call [`Waiting::advance`]. Dropping it gives the place up.
///
/// The queue is the turnstile's, then the door. A helper process blocks in both
/// for us (one at most for a wait), sharing our open file descriptions. For
/// units, the FIFOs of their holders are watched instead, from inside the turnstile.
#[derive(Debug)]
pub struct Waiting {
    dir: LockDir,
    poller: Poller,
    stage: Stage,
    files: Option<Files>,
    entry: Option<Entry>,
    since: Seconds,
}

#[derive(Debug)]
enum Stage {
    /// It needs a look: the door is open, units may be.
    Look,
    Helper(Helper),
    Units(Vec<Taken>),
}

/// How a wait goes on.
#[derive(Debug)]
pub enum Progress {
    /// The lock is ours.
    Held(Held),
    /// Not yet.
    Waiting(Waiting),
}

impl Waiting {
    pub(super) fn begin(dir: LockDir, files: Files, who: &Who) -> Result<Self, LockError> {
        let poller = Poller::new().map_err(LockError::io("waiting for a lock"))?;
        // before we stand in the turnstile: a try that sees it taken must see why
        files.book.set_mark()?;
        let since = wall();
        let (take, slots) = files.ask.mode.counts();
        let entry = files.book.open()?.add(&LockWaiter {
            name: files.ask.name.bytes().to_vec().into(),
            id: who.id.clone(),
            mode: files.ask.mode.word().to_string(),
            pid: std::process::id(),
            since,
            boot_s: since_boot(),
            take,
            slots,
            cmd: who.short_cmd(),
            extra: Vec::new(),
        })?;
        let mut waiting = Waiting {
            dir,
            poller,
            stage: Stage::Look,
            files: Some(files),
            entry: Some(entry),
            since,
        };
        waiting.send_helper()?;
        Ok(waiting)
    }

    fn send_helper(&mut self) -> Result<(), LockError> {
        let Some(files) = &self.files else { return Ok(()) };
        let grip = files.ask.mode.grip();
        let errand = Errand {
            flock: Some((&files.book.file, Grip::Alone)),
            door: Some((&files.door, grip)),
        };
        let failed = || LockError::io("no process can be started that waits for the lock");
        let helper = Helper::send(&errand).map_err(failed())?;
        self.poller.add(&helper, 0, Want::Read).map_err(failed())?;
        self.stage = Stage::Helper(helper);
        Ok(())
    }

    /// Since when, seconds since the epoch.
    pub fn since(&self) -> Seconds {
        self.since
    }

    /// Looks whether it is our turn; never blocks.
    ///
    /// # Errors
    /// The helper was killed, or the files cannot be used.
    pub fn advance(mut self) -> Result<Progress, LockError> {
        let failed = || LockError::io("waiting for a lock");
        self.poller.wait(Some(Duration::ZERO), &mut Vec::new()).map_err(failed())?;
        match std::mem::replace(&mut self.stage, Stage::Look) {
            Stage::Helper(mut helper) => {
                if !helper.is_done().map_err(failed())? {
                    self.stage = Stage::Helper(helper);
                    return Ok(Progress::Waiting(self));
                }
                self.poller.remove(&helper).map_err(failed())?;
            }
            Stage::Units(watched) => {
                for other in watched {
                    self.poller.remove(&other.end).map_err(failed())?;
                }
            }
            Stage::Look => {}
        }
        self.look()
    }

    /// We stand in the turnstile and the door is open to us.
    fn look(mut self) -> Result<Progress, LockError> {
        let failed = || LockError::io("waiting for a lock");
        let Some(files) = self.files.take() else { return Ok(Progress::Waiting(self)) };
        match files.enter(&self.dir)? {
            Entered::In(held) => {
                if let Some(entry) = self.entry.take() {
                    held.files.book.open()?.erase(&entry)?;
                }
                held.files.book.clear_mark()?;
                held.files.book.leave_turnstile()?;
                Ok(Progress::Held(held))
            }
            Entered::TooFew(files, watched) => {
                for other in &watched {
                    self.poller.add(&other.end, 0, Want::Read).map_err(failed())?;
                }
                self.files = Some(files);
                self.stage = Stage::Units(watched);
                Ok(Progress::Waiting(self))
            }
        }
    }
}

impl AsRawFd for Waiting {
    fn as_raw_fd(&self) -> RawFd {
        self.poller.as_raw_fd()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let (Some(files), Some(entry)) = (&self.files, self.entry.take())
            && let Ok(mut page) = files.book.open()
        {
            // only a message for others; the kernel forgets us by itself
            let _ = page.erase(&entry);
        }
    }
}
