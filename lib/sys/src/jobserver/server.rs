//! A jobserver of our own.

use super::flags::with_auth;
use super::pool::Pool;
use crate::fd;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::Arc;

/// How the commands are told of the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Both ways: descriptors for make, and beside them a path for programs that
    /// know only that.
    #[default]
    Both,
    /// Descriptors that they inherit: every make, cargo.
    Pipe,
    /// A path: make from 4.4 on, cargo, ninja from 1.13 on. It works only where our
    /// `/proc` is seen.
    Fifo,
}

/// Makes the pool and keeps count of its tokens.
#[derive(Debug)]
pub struct Server {
    pool: Arc<Pool>,
    tokens: u32,
    /// Tokens that are to be taken away as soon as they are there.
    excess: u32,
    ends: (OwnedFd, OwnedFd),
}

impl Server {
    /// A pool for `slots` slots: one token less, since who gets it has one.
    ///
    /// # Errors
    /// Out of descriptors, or more slots than a pipe holds bytes.
    pub fn new(slots: u32) -> io::Result<Self> {
        // both ends block, as programs expect that do not expect otherwise
        let (read, write) = io::pipe()?;
        // numbers that scripts do not use for their own redirections
        let ends = (fd::duplicate(read.as_raw_fd())?, fd::duplicate(write.as_raw_fd())?);
        let pool = Pool::reopen(read.as_raw_fd(), write.as_raw_fd())?;
        let tokens = slots.saturating_sub(1);
        pool.put(tokens)?;
        Ok(Server { pool: Arc::new(pool), tokens, excess: 0, ends })
    }

    /// The pool, from which we take ourselves, too.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Descriptors that the commands inherit under the same numbers.
    pub fn inherited(&self) -> [RawFd; 2] {
        [self.ends.0.as_raw_fd(), self.ends.1.as_raw_fd()]
    }

    /// `MAKEFLAGS` of the commands: `flags`, and where the pool is.
    ///
    /// The path goes through our own table of descriptors, so that nothing is left
    /// behind on a disk, however we end. Make 4.3 stops at a path where it expects
    /// descriptors, ninja takes the last that it finds and wants a path: so it stands
    /// after `--`, where make takes it for a variable that nobody asks for.
    pub fn flags(&self, flags: &[u8], style: Style) -> Vec<u8> {
        let [read, write] = self.inherited();
        let pair = format!("{read},{write}");
        let path = format!("fifo:/proc/{}/fd/{read}", std::process::id());
        let auth = match style {
            Style::Both => (pair.as_str(), Some(path.as_str())),
            Style::Pipe => (pair.as_str(), None),
            Style::Fifo => (path.as_str(), None),
        };
        with_auth(flags, self.tokens + 1, auth)
    }

    /// There are so many slots from now on. Tokens that somebody has are taken away
    /// later, by [`Server::settle`].
    ///
    /// # Errors
    /// More slots than a pipe holds bytes; nothing has changed.
    pub fn resize(&mut self, slots: u32) -> io::Result<()> {
        let tokens = slots.saturating_sub(1);
        let more = tokens.saturating_sub(self.tokens);
        let still_there = more.min(self.excess);
        self.pool.put(more - still_there)?;
        self.excess = self.excess - still_there + self.tokens.saturating_sub(tokens);
        self.tokens = tokens;
        self.settle()
    }

    /// Takes away tokens that are too many, as far as they are there.
    ///
    /// # Errors
    /// The pipe cannot be read.
    pub fn settle(&mut self) -> io::Result<()> {
        if self.excess > 0 {
            self.excess -= self.pool.remove(self.excess)?;
        }
        Ok(())
    }

    /// While no command runs that could hold tokens, all must be there: puts back
    /// those that were lost, takes away those that are too many. How many were lost.
    ///
    /// # Errors
    /// The pipe cannot be read or written.
    pub fn repair(&mut self) -> io::Result<u32> {
        let there = self.pool.count()? + self.pool.held();
        let lost = self.tokens.saturating_sub(there);
        self.pool.put(lost)?;
        self.pool.remove(there.saturating_sub(self.tokens))?;
        self.excess = 0;
        Ok(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::super::flags::{Auth, auth_of, slots_of};
    use super::*;

    #[test]
    fn the_flags_lead_to_the_pool() {
        let server = Server::new(3).unwrap();
        let [read, write] = server.inherited();
        assert!(read > 9 && write > 9);
        for (style, auth) in [
            (Style::Both, Auth::Pair(read, write)),
            (Style::Pipe, Auth::Pair(read, write)),
            (Style::Fifo, Auth::Fifo(format!("/proc/{}/fd/{read}", std::process::id()).into())),
        ] {
            let flags = server.flags(b"k -j9 --jobserver-auth=3,4", style);
            assert_eq!(auth_of(&flags).as_ref(), Some(&auth));
            assert_eq!(slots_of(&flags), Some(3));
            let client = Pool::open(&auth, &[read, write]).unwrap();
            assert!(client.take().unwrap() && client.take().unwrap());
            assert!(!client.take().unwrap() && !server.pool().take().unwrap());
        }
    }

    #[test]
    fn lost_tokens_are_put_back_and_foreign_ones_taken_away() {
        let mut server = Server::new(4).unwrap();
        assert_eq!(server.repair().unwrap(), 0);
        server.pool().remove(2).unwrap();
        assert!(server.pool().take().unwrap(), "held, not lost");
        assert_eq!(server.repair().unwrap(), 2);
        server.pool().put(5).unwrap();
        assert_eq!(server.repair().unwrap(), 0);
        assert!(server.pool().give().unwrap());
        assert_eq!(server.pool().count().unwrap(), 3);
    }

    #[test]
    fn slots_come_and_go() {
        let mut server = Server::new(4).unwrap();
        let pool = Arc::clone(server.pool());
        assert!(pool.take().unwrap() && pool.take().unwrap());
        server.resize(2).unwrap();
        assert_eq!(pool.count().unwrap(), 0, "one was there, one is missing yet");
        assert!(pool.give().unwrap());
        server.settle().unwrap();
        assert_eq!(pool.count().unwrap(), 0);
        assert!(pool.give().unwrap());
        server.settle().unwrap();
        assert_eq!(pool.count().unwrap(), 1);
        assert!(pool.take().unwrap());
        server.resize(1).unwrap();
        server.resize(3).unwrap();
        assert_eq!((pool.count().unwrap(), pool.held()), (1, 1));
        assert!(server.resize(u32::MAX).is_err());
        assert_eq!((server.repair().unwrap(), pool.count().unwrap()), (0, 1));
    }

    #[test]
    fn more_slots_than_a_pipe_holds_are_an_error() {
        assert!(Server::new(u32::MAX).is_err());
    }
}
