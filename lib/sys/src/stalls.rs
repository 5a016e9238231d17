//! The kernel tells when tasks stand still for want of something: a trigger of pressure stall
//! information (Weiner and Baghdasaryan, 2019).

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A trigger; it is given up when this is dropped.
#[derive(Debug)]
pub struct Stalls {
    file: File,
}

impl Stalls {
    /// Asks to be told when at least one task stood still for so long in a time of so long,
    /// in microseconds: then the descriptor has a word ([`crate::poller::Want::Word`]), once in
    /// that time at most.
    ///
    /// # Errors
    /// The file is not there (no pressure stall information), may not be written, or the kernel
    /// takes no such times from this user.
    pub fn ask(path: &Path, stood_us: u32, window_us: u32) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        // the kernel takes all of it at once, with the zero at its end
        file.write_all(format!("some {stood_us} {window_us}\0").as_bytes())?;
        Ok(Stalls { file })
    }
}

impl AsRawFd for Stalls {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_taken_or_refused_as_a_whole() {
        let path = Path::new("/proc/pressure/memory");
        match Stalls::ask(path, 150_000, 2_000_000) {
            Ok(stalls) => assert!(stalls.as_raw_fd() >= 0),
            Err(error) => println!("skipped: a_trigger_is_taken_or_refused_as_a_whole: {error}"),
        }
        assert!(Stalls::ask(path, 3_000_000, 2_000_000).is_err(), "longer than its window");
        assert!(Stalls::ask(Path::new("/proc/pressure/none"), 1, 2).is_err());
    }

    /// A connection's urgent byte is for a poller what the kernel's word of stalls is.
    #[test]
    fn the_poller_tells_of_a_word_and_not_of_what_can_be_read() {
        use crate::poller::{Poller, Want};
        use std::net::{TcpListener, TcpStream};
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut from = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (to, _) = listener.accept().unwrap();
        let poller = Poller::new().unwrap();
        poller.add(&to, 7, Want::Word).unwrap();
        let mut ready = Vec::new();
        from.write_all(b"read me").unwrap();
        let mut text = [0; 7];
        std::io::Read::read_exact(&mut &to, &mut text).unwrap();
        poller.wait(Some(std::time::Duration::ZERO), &mut ready).unwrap();
        assert!(ready.is_empty(), "{ready:?}");
        // SAFETY: a buffer of one byte on the stack.
        let sent =
            unsafe { libc::send(from.as_raw_fd(), [1_u8].as_ptr().cast(), 1, libc::MSG_OOB) };
        assert_eq!(sent, 1);
        poller.wait(None, &mut ready).unwrap();
        assert_eq!(ready.iter().map(|one| one.token).collect::<Vec<_>>(), [7]);
    }
}
