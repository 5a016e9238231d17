//! A line in the book that says that somebody waits.

use super::book::{Book, Entry};
use super::held::wall;
use super::take::{Ask, Who, open_book};
use super::{LockDir, LockError};
use crate::clock::since_boot;
use record::LockWaiter;

/// For those who look: it decides nothing. Dropping it takes it away.
#[derive(Debug)]
pub struct Notice {
    parts: Option<(Book, Entry)>,
}

impl LockDir {
    /// Says that this process waits for a lock.
    ///
    /// # Errors
    /// The book cannot be written.
    pub fn post(&self, ask: &Ask, who: &Who) -> Result<Notice, LockError> {
        let (take, slots) = ask.mode.counts();
        let book = open_book(self, &ask.name)?;
        let entry = book.add(&LockWaiter {
            name: ask.name.bytes().to_vec().into(),
            id: who.id.clone(),
            mode: ask.mode.word().to_string(),
            pid: std::process::id(),
            since: wall(),
            boot_s: since_boot(),
            take,
            slots,
            cmd: who.short_cmd(),
            extra: Vec::new(),
        })?;
        Ok(Notice { parts: Some((book, entry)) })
    }
}

impl Notice {
    /// Book and line, to write something else there.
    pub(super) fn into_parts(mut self) -> Option<(Book, Entry)> {
        self.parts.take()
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        if let Some((book, entry)) = self.parts.take() {
            // only a message for others; the kernel forgets us by itself
            let _ = book.erase(&entry);
        }
    }
}
