//! A terminal whose keys come one by one, until it is given back as it was.

use crate::check;
use std::io;
use std::os::fd::{AsRawFd, RawFd};

/// How a terminal was before.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    fd: RawFd,
    settings: libc::termios,
}

/// Lets keys come one by one and unseen. Signals of the keyboard stay signals.
///
/// # Errors
/// It is no terminal.
pub fn take_keys(terminal: &impl AsRawFd) -> io::Result<Before> {
    let fd = terminal.as_raw_fd();
    // SAFETY: an all-zero termios is a valid value, filled by tcgetattr.
    let mut settings: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: `settings` is writable and large enough.
    check(i64::from(unsafe { libc::tcgetattr(fd, &mut settings) }))?;
    let before = Before { fd, settings };
    settings.c_lflag &= !(libc::ICANON | libc::ECHO);
    // nothing stops the output
    settings.c_iflag &= !(libc::IXON | libc::ICRNL);
    settings.c_cc[libc::VMIN] = 1;
    settings.c_cc[libc::VTIME] = 0;
    set(fd, &settings)?;
    Ok(before)
}

impl Before {
    /// Makes the terminal as it was.
    pub fn restore(&self) {
        // a terminal that has gone needs nothing
        let _ = set(self.fd, &self.settings);
    }
}

fn set(fd: RawFd, settings: &libc::termios) -> io::Result<()> {
    // SAFETY: plain system call with settings that tcgetattr has filled.
    check(i64::from(unsafe { libc::tcsetattr(fd, libc::TCSADRAIN, settings) })).map(drop)
}

/// Stops this process as Ctrl-Z does; returns when it is continued.
pub fn stop_self() {
    // SAFETY: plain system calls; nobody can catch the signal.
    unsafe {
        libc::kill(libc::getpid(), libc::SIGSTOP);
    }
}
