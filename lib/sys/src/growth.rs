//! Files in memory that commands write to themselves: made, and seen to grow.
//!
//! Such a file cannot be polled. inotify reports writes to it where they are made
//! through a description that was opened by name.

use crate::check;
use crate::fd;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

/// A page of any machine is a part of this.
const BLOCK: u64 = 64 << 10;

/// Tells when files grow.
#[derive(Debug)]
pub struct Growth {
    inotify: OwnedFd,
}

impl Growth {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// Too many open files, or too many of these for this user.
    pub fn new() -> io::Result<Self> {
        // SAFETY: plain system call; the new descriptor belongs to nobody else.
        let inotify = unsafe {
            let flags = libc::IN_CLOEXEC | libc::IN_NONBLOCK;
            let fd = check(i64::from(libc::inotify_init1(flags)))?;
            OwnedFd::from_raw_fd(fd as RawFd)
        };
        Ok(Growth { inotify })
    }

    /// Forgets what has been told; writes from now on are told again.
    pub fn drain(&self) {
        let mut buffer = [0u8; 4096];
        while let Ok(Some(count)) = fd::read_some(&self.inotify, &mut buffer) {
            if count < buffer.len() / 2 {
                return;
            }
        }
    }

    /// A new file, and the description of it that a command writes to, at its end.
    ///
    /// # Errors
    /// Out of memory, of descriptors or of watches; no `/proc`.
    pub fn file(&self) -> io::Result<(Growing, OwnedFd)> {
        let file = fd::memory("output")?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let write =
            std::fs::OpenOptions::new().append(true).custom_flags(libc::O_CLOEXEC).open(&path)?;
        let name = std::ffi::CString::new(path)?;
        // SAFETY: a null-terminated path; plain system call.
        let watch = check(i64::from(unsafe {
            libc::inotify_add_watch(self.inotify.as_raw_fd(), name.as_ptr(), libc::IN_MODIFY)
        }))? as i32;
        Ok((Growing { file, taken: 0, freed: 0, watch: Some(watch) }, OwnedFd::from(write)))
    }

    /// The file is whole: it is watched no more.
    pub fn leave(&self, file: &mut Growing) {
        if let Some(watch) = file.watch.take() {
            // SAFETY: plain system call.
            unsafe {
                libc::inotify_rm_watch(self.inotify.as_raw_fd(), watch);
            }
        }
    }
}

impl AsRawFd for Growth {
    fn as_raw_fd(&self) -> RawFd {
        self.inotify.as_raw_fd()
    }
}

/// A file in memory that somebody writes to the end of.
#[derive(Debug)]
pub struct Growing {
    file: File,
    /// What was written up to here has been taken away.
    taken: u64,
    /// The room up to here has been given back.
    freed: u64,
    watch: Option<i32>,
}

impl Growing {
    /// All that was ever written, bytes.
    pub fn written(&self) -> u64 {
        self.file.metadata().map_or(self.taken, |meta| meta.size())
    }

    /// What waits: the file, from where, and how many bytes.
    pub fn waiting(&self) -> (&File, u64, u64) {
        (&self.file, self.taken, self.written().saturating_sub(self.taken))
    }

    /// So many bytes have been taken away. Room is given back by whole blocks: a part of
    /// a page would be zeroed, which the reader of a pipe would see, since it gets the
    /// very pages.
    pub fn take(&mut self, count: u64) {
        self.taken += count;
        let free = self.taken / BLOCK * BLOCK;
        if free > self.freed && fd::punch_out(&self.file, self.freed, free - self.freed).is_ok() {
            self.freed = free;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poller::{Poller, Want};
    use std::os::unix::fs::FileExt as _;

    #[test]
    fn a_write_is_told_and_what_was_taken_holds_no_room() {
        let growth = Growth::new().unwrap();
        let (mut growing, write) = growth.file().unwrap();
        let poller = Poller::new().unwrap();
        poller.add(&growth, 3, Want::Read).unwrap();
        for round in 0..2u64 {
            fd::write_some(&write, &vec![7u8; 100_000]).unwrap();
            let mut ready = Vec::new();
            poller.wait(None, &mut ready).unwrap();
            assert_eq!(ready[0].token, 3);
            growth.drain();
            poller.again(&growth, 3, Want::Read).unwrap();
            let (file, at, len) = growing.waiting();
            assert_eq!((at, len), (round * 100_000, 100_000));
            let mut byte = [0u8];
            file.read_exact_at(&mut byte, at).unwrap();
            assert_eq!(byte, [7]);
            growing.take(len);
        }
        assert!(growing.file.metadata().unwrap().blocks() * 512 <= 200_000 - 3 * BLOCK + 4096);
        growth.leave(&mut growing);
    }
}
