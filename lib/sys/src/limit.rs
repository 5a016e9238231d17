//! Limits that the kernel sets to this process.

use crate::check;
use std::io;

/// How many descriptors a process may have: now, and the most that it may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFiles {
    /// In force.
    pub soft: u64,
    /// What `soft` can be raised to.
    pub hard: u64,
}

impl OpenFiles {
    /// Of this process.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub fn get() -> io::Result<Self> {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the kernel fills the value.
        check(i64::from(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) }))?;
        Ok(OpenFiles { soft: limit.rlim_cur, hard: limit.rlim_max })
    }

    /// Puts it in force.
    ///
    /// # Errors
    /// More than may be asked for.
    pub fn set(self) -> io::Result<()> {
        check(i64::from(self.set_raw())).map(|_| ())
    }

    /// The same without a look at what came of it: for the child before its exec.
    pub(crate) fn set_raw(self) -> libc::c_int {
        let limit = libc::rlimit { rlim_cur: self.soft, rlim_max: self.hard };
        // SAFETY: plain system call on a value on the stack.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }
    }
}

/// How many processes and threads this user may have (`ulimit -u`); `None` is any number.
/// The kernel does not hold root to it.
pub fn processes() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel fills the value.
    let result = unsafe { libc::getrlimit(libc::RLIMIT_NPROC, &mut limit) };
    (result == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}
