//! A pool of tokens as one of those who share it sees it.

use super::flags::Auth;
use crate::fd;
use crate::shared::Words;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::Ordering;

/// Why a jobserver cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// What the flags name is not open, or is something else.
    #[error("{0}")]
    Closed(String),
    /// It cannot be opened.
    #[error("{0}: {1}")]
    Io(String, io::Error),
}

/// Takes tokens and gives them back; the rest is given back when it is dropped.
///
/// It has descriptions of its own, which do not block: those that were inherited
/// are shared with make and all of its children, whatever these have set there.
#[derive(Debug)]
pub struct Pool {
    read: OwnedFd,
    write: OwnedFd,
    /// How many bytes of each value are held, where the guardian sees it.
    held: Words,
}

impl Pool {
    /// Opens what `MAKEFLAGS` names. Of a pair, both descriptors must be among
    /// `inherited`: since a recipe without `+` gets none, their numbers may be used
    /// for something else by now.
    ///
    /// # Errors
    /// It is not there, or no pipe, or not open the right way.
    pub fn open(auth: &Auth, inherited: &[RawFd]) -> Result<Self, Unusable> {
        match auth {
            Auth::Fifo(path) => {
                let wrong = |e| Unusable::Io(path.display().to_string(), e);
                let read = fd::open_fifo(path).map_err(wrong)?;
                let write = fd::duplicate(read.as_raw_fd()).map_err(wrong)?;
                Pool::of(read, write).map_err(wrong)
            }
            Auth::Pair(read, write) => {
                let closed = |what: &str| {
                    Unusable::Closed(format!("descriptors {read},{write} are not {what}"))
                };
                if !(inherited.contains(read) && inherited.contains(write)) {
                    return Err(closed("open"));
                }
                if !fd::is_pipe(*read, *write) {
                    return Err(closed("the two ends of a pipe"));
                }
                Pool::reopen(*read, *write)
                    .map_err(|e| Unusable::Io(format!("descriptors {read},{write}"), e))
            }
        }
    }

    /// A pool of the two ends of a pipe, through descriptions of its own.
    pub(super) fn reopen(read: RawFd, write: RawFd) -> io::Result<Self> {
        Pool::of(fd::reopen_for_reading(read)?, fd::reopen_for_writing(write)?)
    }

    fn of(read: OwnedFd, write: OwnedFd) -> io::Result<Self> {
        Ok(Pool { read, write, held: Words::new(1 << 8)? })
    }

    /// Takes a token: true if there was one.
    ///
    /// # Errors
    /// The pipe cannot be read.
    pub fn take(&self) -> io::Result<bool> {
        let mut byte = [0u8];
        // at its end nobody is left who could write one
        let taken = fd::read_some(&self.read, &mut byte)?.is_some_and(|count| count == 1);
        if taken {
            self.held.all()[usize::from(byte[0])].fetch_add(1, Ordering::Relaxed);
        }
        Ok(taken)
    }

    /// Gives a token back, the same byte that was taken: true if one was held.
    ///
    /// # Errors
    /// The pipe cannot be written.
    pub fn give(&self) -> io::Result<bool> {
        let held = self.held.all().iter().enumerate();
        let Some((byte, count)) = held.rev().find(|(_, count)| count.load(Ordering::Relaxed) > 0)
        else {
            return Ok(false);
        };
        // first the book: who dies in between leaves a token too few, which its server repairs
        count.fetch_sub(1, Ordering::Relaxed);
        fd::write_some(&self.write, &[byte as u8]).map(|_| true)
    }

    /// Gives back whatever is held.
    pub fn give_all(&self) {
        while self.give().is_ok_and(|given| given) {}
    }

    /// How many tokens are held.
    pub fn held(&self) -> u32 {
        self.held.all().iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How many tokens are in the pool now.
    ///
    /// # Errors
    /// The pipe is closed.
    pub fn count(&self) -> io::Result<u32> {
        fd::bytes_to_read(&self.read)
    }

    /// The descriptor through which tokens are given back.
    pub(crate) fn write_fd(&self) -> RawFd {
        self.write.as_raw_fd()
    }

    /// Adds tokens: those of a new pool, or in place of lost ones; all or none.
    pub(super) fn put(&self, tokens: u32) -> io::Result<()> {
        for there in 0..tokens {
            if fd::write_some(&self.write, b"+")?.is_none() {
                self.remove(there)?;
                return Err(io::Error::other("the pipe is full"));
            }
        }
        Ok(())
    }

    /// Takes so many tokens away for good, or those that are there: how many.
    pub(super) fn remove(&self, tokens: u32) -> io::Result<u32> {
        for gone in 0..tokens {
            if fd::read_some(&self.read, &mut [0u8])?.is_none() {
                return Ok(gone);
            }
        }
        Ok(tokens)
    }
}

impl AsRawFd for Pool {
    /// Readable when there may be a token.
    fn as_raw_fd(&self) -> RawFd {
        self.read.as_raw_fd()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.give_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    /// As make 4.3 has it: both ends block, both are inherited.
    fn pair(tokens: &[u8]) -> (std::io::PipeReader, std::io::PipeWriter, Auth) {
        let (read, mut write) = std::io::pipe().unwrap();
        write.write_all(tokens).unwrap();
        let auth = Auth::Pair(read.as_raw_fd(), write.as_raw_fd());
        (read, write, auth)
    }

    fn fds(auth: &Auth) -> Vec<RawFd> {
        match auth {
            Auth::Pair(read, write) => vec![*read, *write],
            Auth::Fifo(_) => Vec::new(),
        }
    }

    #[test]
    fn the_same_bytes_go_back() {
        let (mut read, write, auth) = pair(b"+a");
        let pool = Pool::open(&auth, &fds(&auth)).unwrap();
        let other = Pool::open(&auth, &fds(&auth)).unwrap();
        assert!(pool.take().unwrap() && pool.take().unwrap());
        assert!(!pool.take().unwrap() && !other.take().unwrap(), "and nobody waits");
        assert_eq!((pool.held(), pool.count().unwrap()), (2, 0));
        assert!(pool.give().unwrap());
        assert!(other.take().unwrap());
        drop((pool, other, write));
        let mut left = Vec::new();
        read.read_to_end(&mut left).unwrap();
        left.sort_unstable();
        assert_eq!(left, b"+a");
    }

    #[test]
    fn what_others_share_keeps_its_flags() {
        let (read, _write, auth) = pair(b"");
        let _pool = Pool::open(&auth, &fds(&auth)).unwrap();
        // SAFETY: plain system call.
        let flags = unsafe { libc::fcntl(read.as_raw_fd(), libc::F_GETFL) };
        assert_eq!(flags & libc::O_NONBLOCK, 0);
    }

    #[test]
    fn a_named_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pool");
        let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a null-terminated path.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let pool = Pool::open(&Auth::Fifo(path.clone()), &[]).unwrap();
        let make = Pool::open(&Auth::Fifo(path), &[]).unwrap();
        make.put(1).unwrap();
        assert!(pool.take().unwrap() && !pool.take().unwrap());
        assert!(pool.give().unwrap() && make.take().unwrap());
    }

    #[test]
    fn what_is_no_pipe_is_refused() {
        let open = |auth: Auth| {
            let given = fds(&auth);
            Pool::open(&auth, &given).map(|_| ()).unwrap_err().to_string()
        };
        let (read, write, _) = pair(b"");
        let (other, _other_write, _) = pair(b"");
        let null = std::fs::File::open("/dev/null").unwrap();
        let (r, w, o, n) =
            (read.as_raw_fd(), write.as_raw_fd(), other.as_raw_fd(), null.as_raw_fd());
        let ends = "the two ends of a pipe";
        assert!(open(Auth::Pair(w, r)).contains(ends), "the wrong way round");
        assert!(open(Auth::Pair(o, w)).contains(ends), "of two pipes");
        assert!(open(Auth::Pair(n, n)).contains(ends));
        let foreign = Pool::open(&Auth::Pair(r, w), &[r]).map(|_| ()).unwrap_err().to_string();
        assert!(foreign.contains("are not open"), "{foreign}");
        assert!(open(Auth::Fifo("/dev/null".into())).starts_with("/dev/null: "));
        assert!(open(Auth::Fifo("/nowhere/pool".into())).starts_with("/nowhere/pool: "));
    }

    #[test]
    fn what_is_held_is_known_to_a_process_that_was_forked_before() {
        let _turn = crate::one_test_at_a_time();
        let (mut read, write, auth) = pair(b"xy");
        let pool = Pool::open(&auth, &fds(&auth)).unwrap();
        let (mut told, mut tell) = std::io::pipe().unwrap();
        // SAFETY: the child makes system calls on its copy of the memory and ends.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let heard = told.read(&mut [0u8]).is_ok();
            let known = heard && pool.held() == 2;
            pool.give_all();
            // SAFETY: ends the child only.
            unsafe { libc::_exit(i32::from(!known)) };
        }
        assert!(pool.take().unwrap() && pool.take().unwrap());
        tell.write_all(b".").unwrap();
        let mut status = -1;
        // SAFETY: a child of ours.
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert_eq!((status, pool.held()), (0, 0));
        drop((pool, write));
        let mut left = Vec::new();
        read.read_to_end(&mut left).unwrap();
        left.sort_unstable();
        assert_eq!(left, b"xy");
    }
}
