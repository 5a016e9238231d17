//! Waiting for a lock without blocking the loop.

use super::alarm::Alarm;
use super::errand::{Errand, Helper};
use super::held::Held;
use super::notice::Notice;
use super::queue::Ticket;
use super::take::{Ask, Entered, Files, Opened, Wanted, Who};
use super::units::Taken;
use super::{LockDir, LockError};
use crate::poller::{Poller, Want};
use std::fs::File;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// A place in the queue for a lock. Its descriptor becomes readable when there
/// is something to do: call [`Waiting::advance`]. Dropping it gives the place up.
///
/// The queue is that of the tickets, then the turnstile, then the door. A helper process
/// blocks in them for us (one at most for a wait), sharing our open file descriptions; or
/// we block ourselves ([`Waiting::block`]). For units, the FIFOs of their holders are
/// watched instead, from inside the turnstile.
#[derive(Debug)]
pub struct Waiting {
    dir: LockDir,
    ask: Ask,
    given: Option<RawFd>,
    who: Who,
    poller: Poller,
    by: By,
    ticket: Option<Ticket>,
    stage: Stage,
    notice: Option<Notice>,
}

#[derive(Debug)]
enum Stage {
    /// Nothing is waited for: it is over.
    Over,
    /// Until nobody holds these, which were removed.
    Removed(Option<Helper>, Vec<File>),
    /// In the queue, in the turnstile and at the door. A helper is ended before the files
    /// are given up.
    Queue(Option<Helper>, Files),
    /// We stand in the turnstile until one of these is given back.
    Units(Files, Vec<Taken>),
}

/// Who blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    AHelper,
    Ourselves,
}

impl By {
    fn helper(self, errand: &Errand<'_>) -> Result<Option<Helper>, LockError> {
        if self == By::Ourselves {
            return Ok(None);
        }
        Helper::send(errand)
            .map(Some)
            .map_err(LockError::io("no process can be started that waits for the lock"))
    }
}

/// How a wait goes on.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "returned once and taken apart")]
pub enum Progress {
    /// The lock is ours.
    Held(Held),
    /// Not yet.
    Waiting(Waiting),
}

fn failed() -> impl FnOnce(std::io::Error) -> LockError {
    LockError::io("waiting for a lock")
}

impl Waiting {
    pub(super) fn begin(
        dir: LockDir,
        wanted: &Wanted<'_>,
        (who, by): (&Who, By),
    ) -> Result<Self, LockError> {
        let Wanted { ask, given } = *wanted;
        let poller = Poller::new().map_err(failed())?;
        let notice = Some(dir.post(ask, who)?);
        let mut waiting = Waiting {
            dir,
            ask: ask.clone(),
            given,
            who: who.clone(),
            poller,
            by,
            ticket: None,
            stage: Stage::Over,
            notice,
        };
        waiting.stand()?;
        Ok(waiting)
    }

    /// Goes into the queue of the lock file that there is now.
    fn stand(&mut self) -> Result<(), LockError> {
        let wanted = Wanted { ask: &self.ask, given: self.given };
        self.stage = match Files::open(&self.dir, &wanted)? {
            Opened::Files(mut files) => {
                let ticket = files.ticket(self.ticket)?;
                self.ticket = Some(ticket);
                Stage::Queue(self.by.helper(&files.errand(ticket))?, files)
            }
            Opened::Removed(files) => {
                Stage::Removed(self.by.helper(&Errand::Removed(&files))?, files)
            }
        };
        if let Stage::Queue(Some(helper), _) | Stage::Removed(Some(helper), _) = &self.stage {
            self.poller.add(helper, 0, Want::Read).map_err(failed())?;
        }
        Ok(())
    }

    /// Waits for the lock, at most so long.
    ///
    /// # Errors
    /// The files cannot be used.
    pub fn block(mut self, most: Option<Duration>) -> Result<Progress, LockError> {
        let alarm = most.map(Alarm::after).transpose().map_err(failed())?;
        let go_on = || alarm.as_ref().is_none_or(|alarm| !alarm.has_rung());
        loop {
            let waited = match (&mut self.stage, self.ticket) {
                (Stage::Queue(None, files), Some(ticket)) => files.errand(ticket).run(&go_on),
                (Stage::Removed(None, files), _) => Errand::Removed(files).run(&go_on),
                _ => self.poller.wait(most, &mut Vec::new()),
            };
            match waited {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                    return Ok(Progress::Waiting(self));
                }
                other => other.map_err(failed())?,
            }
            self = match self.advance()? {
                Progress::Waiting(more) if go_on() => more,
                other => return Ok(other),
            };
        }
    }

    /// Looks whether it is our turn; never blocks.
    ///
    /// # Errors
    /// The helper was killed, or the files cannot be used.
    pub fn advance(mut self) -> Result<Progress, LockError> {
        self.poller.wait(Some(Duration::ZERO), &mut Vec::new()).map_err(failed())?;
        if let Stage::Queue(Some(helper), _) | Stage::Removed(Some(helper), _) = &mut self.stage {
            if !helper.is_done().map_err(failed())? {
                return Ok(Progress::Waiting(self));
            }
            self.poller.remove(helper).map_err(failed())?;
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => Ok(Progress::Waiting(self)),
            Stage::Removed(_, files) => {
                drop(files);
                self.stand()?;
                Ok(Progress::Waiting(self))
            }
            Stage::Queue(_, files) => self.look(files),
            Stage::Units(files, watched) => {
                for other in watched {
                    self.poller.remove(&other.end).map_err(failed())?;
                }
                self.look(files)
            }
        }
    }

    /// We stand in the turnstile and the door is open to us.
    fn look(mut self, files: Files) -> Result<Progress, LockError> {
        if !files.stands(&self.dir)? {
            drop(files);
            self.stand()?;
            return Ok(Progress::Waiting(self));
        }
        match files.enter(&self.dir)? {
            Entered::In(mut held) => {
                if let Some((book, entry)) = self.notice.take().and_then(Notice::into_parts) {
                    held.inherit(book, entry, &self.who);
                }
                Ok(Progress::Held(held))
            }
            Entered::TooFew(files, watched) => {
                files.mark()?;
                for other in &watched {
                    self.poller.add(&other.end, 0, Want::Read).map_err(failed())?;
                }
                self.stage = Stage::Units(files, watched);
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
