//! flock(2) on a file of the user's, to stand beside flock(1).

use super::LockError;
use super::door::{self, Grip};
use super::errand::{Errand, Helper};
use super::stray;
use super::take::Mode;
use crate::check;
use crate::poller::{Poller, Want};
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that is to be locked as flock(1) does it: it is made if it is not
/// there, and need only be readable.
#[derive(Debug)]
pub struct LockFile {
    file: File,
    path: PathBuf,
    grip: Grip,
}

/// A flock(2) that is held, by this value and by who inherits its descriptor.
#[derive(Debug)]
pub struct FileHeld {
    file: LockFile,
}

/// Waiting for a flock(2): readable when it is granted.
#[derive(Debug)]
pub struct FileWaiting {
    helper: Helper,
    file: LockFile,
}

impl LockFile {
    /// Opens the file or folder.
    ///
    /// # Errors
    /// It cannot be opened or made.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, LockError> {
        let grip = if mode == Mode::Shared { Grip::Shared } else { Grip::Alone };
        let file = open(path).map_err(LockError::io(path.display().to_string()))?;
        Ok(LockFile { file, path: path.to_path_buf(), grip })
    }

    /// Locks it if that can be done at once.
    ///
    /// # Errors
    /// Its file system knows no such locks.
    pub fn try_take(self) -> Result<Result<FileHeld, LockFile>, LockError> {
        match door::try_flock(&self.file, self.grip) {
            Ok(true) => Ok(Ok(FileHeld { file: self })),
            Ok(false) => Ok(Err(self)),
            Err(error) => Err(LockError::io(self.path.display().to_string())(error)),
        }
    }

    /// Who has it locked, as far as this user may see.
    pub fn holders(&self) -> Vec<u32> {
        stray::locking(&self.file)
    }

    /// Waits for it.
    ///
    /// # Errors
    /// No process can be started.
    pub fn wait(self) -> Result<FileWaiting, LockError> {
        let errand = Errand::Flock(&self.file, self.grip);
        let helper = Helper::send(&errand)
            .map_err(LockError::io("no process can be started that waits for the lock"))?;
        Ok(FileWaiting { helper, file: self })
    }
}

impl FileWaiting {
    /// Looks whether it has been granted.
    ///
    /// # Errors
    /// The helper was killed.
    pub fn advance(mut self) -> Result<Result<FileHeld, FileWaiting>, LockError> {
        let shown = self.file.path.display().to_string();
        match self.helper.is_done().map_err(LockError::io(shown))? {
            true => Ok(Ok(FileHeld { file: self.file })),
            false => Ok(Err(self)),
        }
    }
}

impl FileWaiting {
    /// Waits for it, at most so long. A helper does, or whoever waits would lose its
    /// place among the users of flock(1) when the time is over.
    ///
    /// # Errors
    /// The helper was killed.
    pub fn block(self, most: Option<Duration>) -> Result<Result<FileHeld, FileWaiting>, LockError> {
        let wrong = || LockError::io(self.file.path.display().to_string());
        let poller = Poller::new().map_err(wrong())?;
        poller.add(&self.helper, 0, Want::Read).map_err(wrong())?;
        poller.wait(most, &mut Vec::new()).map_err(wrong())?;
        self.advance()
    }
}

impl AsRawFd for FileWaiting {
    fn as_raw_fd(&self) -> RawFd {
        self.helper.as_raw_fd()
    }
}

impl FileHeld {
    /// Gives it back, whoever inherited it.
    ///
    /// # Errors
    /// None is expected.
    pub fn release_by_force(self) -> Result<(), LockError> {
        let shown = self.file.path.display().to_string();
        door::unflock(&self.file.file).map_err(LockError::io(shown))
    }
}

impl AsRawFd for FileHeld {
    fn as_raw_fd(&self) -> RawFd {
        self.file.file.as_raw_fd()
    }
}

/// As flock(1): read-only, made with the usual permissions; a folder is opened as it is.
fn open(path: &Path) -> io::Result<File> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NOCTTY;
    // SAFETY: a null-terminated path; the new descriptor belongs to nobody else.
    let open = |flags: i32| unsafe {
        let fd = check(i64::from(libc::open(name.as_ptr(), flags, 0o666)))?;
        Ok(File::from(OwnedFd::from_raw_fd(fd as i32)))
    };
    match open(flags) {
        Err(error) if io::Error::kind(&error) == io::ErrorKind::NotFound => {
            open(flags | libc::O_CREAT)
        }
        other => other,
    }
}
