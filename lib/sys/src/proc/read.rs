//! One file, one read, one reused buffer.

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// What is wrong with a file of the kernel.
#[derive(Debug)]
pub enum Cause {
    /// A system call failed.
    System(io::Error),
    /// The text is not what the kernel is known to write: line from 1, and what is missing.
    Text(usize, &'static str),
}

/// A file that could not be read, with its path.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: Cause,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cause::System(error) => write!(f, "{error}"),
            Cause::Text(line, what) => write!(f, "line {line}: {what}"),
        }
    }
}

impl ReadError {
    /// A system call that failed.
    pub fn system(path: &Path, error: impl Into<io::Error>) -> Self {
        ReadError { path: path.to_path_buf(), cause: Cause::System(error.into()) }
    }

    /// A text that is not as it should be.
    pub fn text(path: &Path, line: usize, what: &'static str) -> Self {
        ReadError { path: path.to_path_buf(), cause: Cause::Text(line, what) }
    }

    /// True where this user may not read the file.
    pub fn is_denied(&self) -> bool {
        matches!(&self.cause, Cause::System(e) if e.kind() == io::ErrorKind::PermissionDenied)
    }
}

/// Gone while we looked: a process that has ended, a cgroup that was removed.
fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::ENOENT | Errno::ESRCH | Errno::ENODEV | Errno::ENOTDIR)
}

/// Longest name below a root that is put together on the stack.
const NAME_BYTES: usize = 64;

/// A name below a root, put together without allocation.
pub(super) struct Name {
    bytes: [u8; NAME_BYTES],
    len: usize,
}

impl Name {
    pub(super) fn empty() -> Self {
        Name { bytes: [0; NAME_BYTES], len: 0 }
    }

    /// `PID/rest`.
    pub(super) fn of_pid(pid: u32, rest: &[u8]) -> Self {
        let mut name = Name::empty();
        name.push_number(pid);
        name.push(b"/");
        name.push(rest);
        name
    }

    pub(super) fn push(&mut self, part: &[u8]) {
        // the last byte stays 0; the parts are ours and short
        let room = NAME_BYTES - 1 - self.len;
        let part = &part[..part.len().min(room)];
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }

    pub(super) fn push_number(&mut self, number: u32) {
        let mut digits = [0u8; 10];
        let mut at = digits.len();
        let mut left = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        self.push(&digits[at..]);
    }

    pub(super) fn path(&self) -> &Path {
        use std::os::unix::ffi::OsStrExt as _;
        Path::new(std::ffi::OsStr::from_bytes(&self.bytes[..self.len]))
    }

    fn c_str(&self) -> &std::ffi::CStr {
        std::ffi::CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }
}

/// A folder of the kernel's, kept open; files are opened relative to it.
#[derive(Debug)]
pub struct Root {
    folder: OwnedFd,
    path: PathBuf,
}

impl Root {
    /// Opens a folder: `/proc`, or a tree made by a test.
    ///
    /// # Errors
    /// It is not there or is no folder.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = nix::fcntl::open(path, flags, Mode::empty())
            .map_err(|errno| ReadError::system(path, errno))?;
        Ok(Root { folder, path: path.to_path_buf() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file to be read again and again; `None` where this kernel has none.
    ///
    /// # Errors
    /// It is there and may not be read.
    pub fn source(&self, name: &str) -> Result<Option<Source>, ReadError> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => Ok(Some(Source { file: File::from(file), path: self.path.join(name) })),
            Err(errno) if is_gone(errno) || errno == Errno::EOPNOTSUPP => Ok(None),
            Err(errno) => Err(ReadError::system(&self.path.join(name), errno)),
        }
    }

    /// Reads a short file with one read; `None` if it or its process has gone.
    pub(super) fn read_short<'b>(
        &self,
        name: &Name,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b [u8]>, ReadError> {
        let fail = |errno: Errno| {
            if is_gone(errno) { Ok(None) } else { Err(self.error_at(name, errno)) }
        };
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let file = match openat(&self.folder, name.c_str(), flags, Mode::empty()) {
            Ok(file) => file,
            Err(errno) => return fail(errno),
        };
        match nix::unistd::read(&file, buffer) {
            Ok(0) => Ok(None),
            Ok(count) => Ok(Some(&buffer[..count])),
            Err(errno) => fail(errno),
        }
    }

    /// Reads a file of any length into the buffer; `None` if it has gone.
    pub(super) fn read_long<'b>(
        &self,
        name: &Name,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Option<&'b [u8]>, ReadError> {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let outcome = openat(&self.folder, name.c_str(), flags, Mode::empty())
            .map_err(io::Error::from)
            .and_then(|file| read_whole(&File::from(file), buffer));
        match outcome {
            Ok(len) => Ok(Some(&buffer[..len])),
            Err(error) if error_is_gone(&error) => Ok(None),
            Err(error) => Err(ReadError::system(&self.path.join(name.path()), error)),
        }
    }

    /// Opens a folder below; `None` if it has gone.
    pub(super) fn folder(&self, name: &Name) -> Result<Option<OwnedFd>, ReadError> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        match openat(&self.folder, name.c_str(), flags, Mode::empty()) {
            Ok(folder) => Ok(Some(folder)),
            Err(errno) if is_gone(errno) => Ok(None),
            Err(errno) => Err(self.error_at(name, errno)),
        }
    }

    pub(super) fn error_at(&self, name: &Name, errno: Errno) -> ReadError {
        ReadError::system(&self.path.join(name.path()), errno)
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

impl AsRawFd for Root {
    fn as_raw_fd(&self) -> RawFd {
        self.folder.as_raw_fd()
    }
}

/// A file of the kernel's, kept open and read from its beginning each time.
#[derive(Debug)]
pub struct Source {
    file: File,
    path: PathBuf,
}

impl Source {
    /// Opens a file by its whole path; `None` where there is none.
    ///
    /// # Errors
    /// It is there and may not be read.
    pub fn open(path: &Path) -> Result<Option<Self>, ReadError> {
        match File::open(path) {
            Ok(file) => Ok(Some(Source { file, path: path.to_path_buf() })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ReadError::system(path, error)),
        }
    }

    /// Its path, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads all of it into the buffer, which grows where it must.
    ///
    /// # Errors
    /// The read failed; see [`Source::read_or_gone`] for what may go away.
    pub fn read<'b>(&self, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], ReadError> {
        match read_whole(&self.file, buffer) {
            Ok(len) => Ok(&buffer[..len]),
            Err(error) => Err(ReadError::system(&self.path, error)),
        }
    }

    /// Reads all of it; `None` if what it tells of has gone.
    ///
    /// # Errors
    /// The read failed for another reason.
    pub fn read_or_gone<'b>(&self, buffer: &'b mut Vec<u8>) -> Result<Option<&'b [u8]>, ReadError> {
        match read_whole(&self.file, buffer) {
            Ok(len) => Ok(Some(&buffer[..len])),
            Err(error) if error_is_gone(&error) => Ok(None),
            Err(error) => Err(ReadError::system(&self.path, error)),
        }
    }
}

fn error_is_gone(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| is_gone(Errno::from_raw(number)))
}

/// Reads a file from its beginning to its end; the buffer grows where it must.
/// The kernel may hand a long file out in pieces.
fn read_whole(file: &File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    const FIRST_BYTES: usize = 16 << 10;
    if buffer.len() < FIRST_BYTES {
        buffer.resize(FIRST_BYTES, 0);
    }
    let mut len = 0;
    loop {
        if len == buffer.len() {
            buffer.resize(len * 2, 0);
        }
        match file.read_at(&mut buffer[len..], len as u64) {
            Ok(0) => return Ok(len),
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
