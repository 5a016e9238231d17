//! Processes that share something under one name, each with a byte of a file locked for as
//! long as it lives: the kernel forgets who has died.

use crate::check;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Most that can share.
const MOST: i64 = 4096;

/// One of those who share.
#[derive(Debug)]
pub struct Share {
    file: File,
    /// Its byte.
    place: i64,
}

impl Share {
    /// Joins those who share the file, which is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made or locked, or too many share it.
    pub fn join(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        for place in 0..MOST {
            match control(&file, libc::F_OFD_SETLK, (place, 1)) {
                Ok(_) => return Ok(Share { file, place }),
                Err(error) => match error.raw_os_error() {
                    Some(libc::EAGAIN | libc::EACCES) => {}
                    _ => return Err(error),
                },
            }
        }
        Err(io::Error::other(format!("{MOST} share it already")))
    }

    /// How many share it now, and how many of them come before this one.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn count(&self) -> io::Result<(u32, u32)> {
        let (mut all, mut before, mut at) = (1, 0, 0);
        while at < MOST {
            // the first that others have locked from there on
            let found = control(&self.file, libc::F_OFD_GETLK, (at, MOST - at))?;
            if i32::from(found.l_type) == libc::F_UNLCK {
                break;
            }
            all += 1;
            before += u32::from(found.l_start < self.place);
            at = found.l_start + found.l_len.max(1);
        }
        Ok((all, before))
    }
}

fn control(file: &File, command: i32, (start, length): (i64, i64)) -> io::Result<libc::flock> {
    // SAFETY: all-zero is a valid value; for these locks `l_pid` must be 0.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    (lock.l_start, lock.l_len) = (start, length);
    // SAFETY: the lock is valid and writable.
    check(i64::from(unsafe {
        libc::fcntl(file.as_raw_fd(), command, std::ptr::from_mut(&mut lock))
    }))?;
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_shares_is_counted_and_forgotten() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("share");
        let first = Share::join(&path).unwrap();
        assert_eq!(first.count().unwrap(), (1, 0));
        let second = Share::join(&path).unwrap();
        let third = Share::join(&path).unwrap();
        assert_eq!(
            [&first, &second, &third].map(|share| share.count().unwrap()),
            [(3, 0), (3, 1), (3, 2)]
        );
        drop(second);
        assert_eq!([&first, &third].map(|share| share.count().unwrap()), [(2, 0), (2, 1)]);
        let again = Share::join(&path).unwrap();
        assert_eq!((again.count().unwrap(), third.count().unwrap()), ((3, 1), (3, 2)));
    }
}
