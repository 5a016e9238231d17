//! The order of arrival. The kernel serves those who block on one lock first come first
//! served, but when one of them is killed or gives up those behind it are sent to the end
//! of the queue, each by itself. So everyone who waits has a ticket: a lock of its own on
//! the byte of a lock file whose number is the time since the start of the machine. It
//! waits for the one before it, and when that is gone, served or not, for the one that is
//! before it then. A ticket is gone when its process is.

use super::door::{self, GoOn, Grip, Span, TICKETS};
use crate::clock::since_boot;
use std::fs::File;
use std::io;

/// The number of a ticket; the smaller one came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(usize);

/// Where the one before is looked for first, microseconds; then twice as far back.
const NEAR: usize = 1 << 10;

impl Ticket {
    /// Takes a ticket: that of now, or one that was had for a file that is no more.
    pub(super) fn take(file: &File, earlier: Option<Ticket>) -> io::Result<Self> {
        let mut ticket = earlier.unwrap_or_else(now);
        while !door::try_span(file, Grip::Alone, ticket.span())? {
            ticket.0 += 1;
        }
        Ok(ticket)
    }

    fn span(self) -> Span {
        Span { start: self.0, length: 1 }
    }

    /// Waits until nobody has an earlier one. Between two calls of the kernel an earlier
    /// one may be taken, by who has been slow: this is about order, not about exclusion.
    pub(super) fn wait(self, file: &File, go_on: GoOn<'_>) -> io::Result<()> {
        while let Some(before) = self.before(file)? {
            door::wait_span(file, Grip::Shared, before.span(), go_on)?;
            door::unlock_span(file, before.span())?;
        }
        Ok(())
    }

    /// The last of the earlier ones.
    fn before(self, file: &File) -> io::Result<Option<Ticket>> {
        let between = |start: usize| Span { start, length: self.0 - start };
        let mut back = NEAR;
        loop {
            let start = self.0.saturating_sub(back).max(TICKETS.start);
            if start == self.0 {
                return Ok(None);
            }
            if let Some(mut found) = door::look_for_alone(file, between(start))? {
                // any of them, so there may be later ones
                while found + 1 < self.0
                    && let Some(later) = door::look_for_alone(file, between(found + 1))?
                {
                    found = later;
                }
                return Ok(Some(Ticket(found)));
            }
            if start == TICKETS.start {
                return Ok(None);
            }
            back = back.saturating_mul(2);
        }
    }
}

/// Somebody else has a ticket.
pub(super) fn is_there(file: &File) -> io::Result<bool> {
    Ok(door::look_for_alone(file, TICKETS)?.is_some())
}

fn now() -> Ticket {
    let micros = since_boot().as_micros();
    Ticket(TICKETS.start + usize::try_from(micros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_before_is_found_however_long_ago_it_came() {
        let _turn = crate::one_test_at_a_time();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q");
        std::fs::write(&path, "").unwrap();
        let open = || File::options().read(true).write(true).open(&path).unwrap();
        let at = |number: usize| {
            let file = open();
            let ticket = Ticket::take(&file, Some(Ticket(number))).unwrap();
            assert_eq!(ticket, Ticket(number));
            (file, ticket)
        };
        let hour = 3_600_000_000;
        let (first, second, third) = (at(TICKETS.start), at(hour), at(hour + 1));
        let mine = at(5 * hour);
        assert!(is_there(&mine.0).unwrap());
        assert_eq!(mine.1.before(&mine.0).unwrap(), Some(third.1));
        assert_eq!(third.1.before(&third.0).unwrap(), Some(second.1));
        assert_eq!(second.1.before(&second.0).unwrap(), Some(first.1));
        assert_eq!(first.1.before(&first.0).unwrap(), None);
        // the same moment
        let same = open();
        assert_eq!(Ticket::take(&same, Some(third.1)).unwrap(), Ticket(hour + 2));
        drop((second, third, same));
        assert_eq!(mine.1.before(&mine.0).unwrap(), Some(first.1));
        drop(first);
        mine.1.wait(&mine.0, &|| true).unwrap();
        assert!(!is_there(&mine.0).unwrap());
        assert!(Ticket::take(&mine.0, None).unwrap() < Ticket::take(&open(), None).unwrap());
    }
}
