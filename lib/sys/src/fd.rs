//! Descriptors: pipes, inherited ones, reading and writing.

use crate::check;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A pipe: what is read from `read` was written to `write`. Both are
/// close-on-exec; `read` does not block, `write` does.
#[derive(Debug)]
pub struct Pipe {
    /// Our end.
    pub read: OwnedFd,
    /// The child's end.
    pub write: OwnedFd,
}

/// Makes a pipe.
///
/// # Errors
/// Too many open files.
pub fn pipe() -> io::Result<Pipe> {
    let mut ends = [0 as RawFd; 2];
    // SAFETY: `ends` has room for two descriptors.
    check(i64::from(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }))?;
    // SAFETY: both were just made and belong to nobody else.
    let pipe = unsafe {
        Pipe { read: OwnedFd::from_raw_fd(ends[0]), write: OwnedFd::from_raw_fd(ends[1]) }
    };
    set_nonblocking(&pipe.read)?;
    Ok(pipe)
}

/// Makes reads and writes of a descriptor of ours return at once. Never for an
/// inherited one: its open file description is shared with others.
///
/// # Errors
/// The descriptor is closed.
pub fn set_nonblocking(fd: &impl AsRawFd) -> io::Result<()> {
    // SAFETY: plain system call on an open descriptor.
    check(i64::from(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }))?;
    Ok(())
}

/// Which of the first three descriptors were closed when the program was
/// started. Rust's start-up puts `/dev/null` there, and what is written would be
/// lost without a word; so it is looked at before.
static CLOSED_AT_START: [AtomicBool; 3] =
    [AtomicBool::new(false), AtomicBool::new(false), AtomicBool::new(false)];

extern "C" fn look_at_descriptors() {
    for (fd, closed) in CLOSED_AT_START.iter().enumerate() {
        closed.store(!is_open(fd as RawFd), Ordering::Relaxed);
    }
}

// SAFETY: the C library calls the functions of this section before `main`; this
// one makes three system calls and writes three atomics.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK_AT_DESCRIPTORS: extern "C" fn() = look_at_descriptors;

/// True where standard input, output or error was closed when we were started.
pub fn was_closed(fd: RawFd) -> bool {
    let closed = usize::try_from(fd).ok().and_then(|fd| CLOSED_AT_START.get(fd));
    closed.is_some_and(|closed| closed.load(Ordering::Relaxed))
}

/// Marks every inherited descriptor from 3 up close-on-exec, so that what our
/// parent left open does not reach the commands.
pub fn close_inherited_on_exec() {
    // SAFETY: plain system call; on kernels before 5.11 it fails and nothing changes.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 4u32 /* CLOSE_RANGE_CLOEXEC */);
    }
}

/// Descriptors from 3 up that are open and not close-on-exec: what our parent
/// left open for us.
pub fn inherited() -> Vec<RawFd> {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut fds: Vec<RawFd> = numbers
        .filter(|fd: &RawFd| {
            // SAFETY: plain system call.
            *fd > 2 && unsafe { libc::fcntl(*fd, libc::F_GETFD) } == 0
        })
        .collect();
    fds.sort_unstable();
    fds
}

/// How many descriptors are open, of those below a limit.
pub fn open_count(limit: u64) -> usize {
    let limit = RawFd::try_from(limit).unwrap_or(RawFd::MAX);
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else {
        // none is left to read the folder with
        return (0..limit).filter(|fd| is_open(*fd)).count();
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // those that read the folder are gone then
    let numbers: Vec<RawFd> = names.collect();
    numbers.into_iter().filter(|fd| *fd < limit && is_open(*fd)).count()
}

/// True where this process has a terminal that may stop it or its children.
pub fn has_terminal() -> bool {
    (0..=2).any(|fd| {
        // SAFETY: plain system call.
        unsafe { libc::isatty(fd) == 1 }
    })
}

/// A descriptor of ours, or one that we were given, which stays open for as long as we live.
#[derive(Debug)]
pub enum Descriptor {
    /// Closed when nobody uses it any more.
    Own(OwnedFd),
    /// Standard input, output or error.
    Given(RawFd),
}

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Descriptor::Own(own) => own.as_raw_fd(),
            Descriptor::Given(given) => *given,
        }
    }
}

impl std::os::fd::AsFd for Descriptor {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        // SAFETY: open for as long as this value lives.
        unsafe { std::os::fd::BorrowedFd::borrow_raw(self.as_raw_fd()) }
    }
}

/// A descriptor that stays open although its file is closed elsewhere: one of the first
/// three itself, of others a second one, close-on-exec, numbered from 10 up if may be.
///
/// # Errors
/// The descriptor is closed, or too many open files.
pub fn keep(fd: RawFd) -> io::Result<Descriptor> {
    if (0..=2).contains(&fd) && is_open(fd) {
        return Ok(Descriptor::Given(fd));
    }
    duplicate(fd).map(Descriptor::Own)
}

/// A second descriptor of the same open file, close-on-exec, numbered from 10 up where the
/// limit allows such numbers.
///
/// # Errors
/// The descriptor is closed, or too many open files.
pub fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    let from = |least: RawFd| {
        // SAFETY: plain system call; the new descriptor belongs to nobody else.
        unsafe {
            let new = check(i64::from(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, least)))?;
            Ok(OwnedFd::from_raw_fd(new as RawFd))
        }
    };
    from(10).or_else(|error: io::Error| match error.raw_os_error() {
        Some(libc::EINVAL | libc::EMFILE) => from(3),
        _ => Err(error),
    })
}

/// Reads what is there; `Ok(None)` when that would block.
///
/// # Errors
/// The read failed.
pub fn read_some(fd: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    // SAFETY: the buffer is as long as said.
    until_done(|| unsafe { libc::read(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) })
}

/// Writes what fits; `Ok(None)` when that would block.
///
/// # Errors
/// The write failed.
pub fn write_some(fd: &impl AsRawFd, bytes: &[u8]) -> io::Result<Option<usize>> {
    // SAFETY: the buffer is as long as said.
    until_done(|| unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) })
}

/// The same for a socket, which is never waited for, whatever others who share it
/// have set.
///
/// # Errors
/// The write failed.
pub fn send_some(fd: &impl AsRawFd, bytes: &[u8]) -> io::Result<Option<usize>> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the buffer is as long as said.
    until_done(|| unsafe { libc::send(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), flags) })
}

/// Repeats a call that a signal has interrupted; `Ok(None)` when it would block.
fn until_done(mut call: impl FnMut() -> isize) -> io::Result<Option<usize>> {
    loop {
        let count = call();
        match check(count as i64) {
            Ok(count) => return Ok(Some(count as usize)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A write that failed for want of room: somebody may make some.
pub fn may_find_room(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::ENOMEM))
}

/// Two descriptors name the same file (by device and inode).
pub fn same_file(one: RawFd, two: RawFd) -> bool {
    match (identity(one), identity(two)) {
        (Some(one), Some(two)) => one == two,
        _ => false,
    }
}

fn identity(fd: RawFd) -> Option<(u64, u64)> {
    status_of(fd).map(|stat| (stat.st_dev, stat.st_ino))
}

fn status_of(fd: RawFd) -> Option<libc::stat> {
    // SAFETY: an all-zero stat is a valid value, filled by fstat.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `stat` is writable and large enough.
    let result = unsafe { libc::fstat(fd, &mut stat) };
    (result == 0).then_some(stat)
}

/// True where a descriptor is open.
pub fn is_open(fd: RawFd) -> bool {
    // SAFETY: plain system call.
    unsafe { libc::fcntl(fd, libc::F_GETFD) >= 0 }
}

/// A file without a name on disk, for what does not fit into memory.
///
/// # Errors
/// The folder cannot be written, or its file system has no unnamed files.
pub fn unnamed_file(folder: &std::path::Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_TMPFILE | libc::O_CLOEXEC)
        .mode(0o600)
        .open(folder)
}

/// An empty file in memory; its name is seen in `/proc` alone.
///
/// # Errors
/// Out of memory or of descriptors, or a NUL byte in the name.
pub fn memory(name: &str) -> io::Result<File> {
    let name = std::ffi::CString::new(name)?;
    // SAFETY: a null-terminated name; the new descriptor belongs to nobody else.
    unsafe {
        let fd = check(i64::from(libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC)))?;
        Ok(File::from_raw_fd(fd as RawFd))
    }
}

/// A file in memory with this content, to be read from its beginning.
///
/// # Errors
/// Out of memory or of descriptors.
pub fn memory_file(content: &[u8]) -> io::Result<File> {
    memory_file_of(&[content])
}

/// The same, of several pieces.
///
/// # Errors
/// Out of memory or of descriptors.
pub fn memory_file_of(pieces: &[&[u8]]) -> io::Result<File> {
    use std::io::{Seek as _, Write as _};
    let mut file = memory("stdin")?;
    for piece in pieces {
        file.write_all(piece)?;
    }
    file.rewind()?;
    Ok(file)
}

/// Makes a file so long, with room on the disk for all of it where the file system can
/// promise that.
///
/// # Errors
/// There is no room.
pub fn reserve(file: &File, len: u64) -> io::Result<()> {
    // SAFETY: plain system call on an open descriptor.
    let result = unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, len.cast_signed()) };
    match check(i64::from(result)) {
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => file.set_len(len),
        done => done.map(|_| ()),
    }
}

/// Renames a file to a name that nothing has yet.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`]: there is something. Others: the file system cannot.
pub fn rename_to_new(from: &std::path::Path, to: &std::path::Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    let from = std::ffi::CString::new(from.as_os_str().as_bytes())?;
    let to = std::ffi::CString::new(to.as_os_str().as_bytes())?;
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: null-terminated names.
    let result = unsafe {
        libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), flags)
    };
    check(result).map(|_| ())
}

/// Gives back the room of a part of a file; its size stays.
///
/// # Errors
/// The file system cannot.
pub fn punch_out(file: &File, at: u64, len: u64) -> io::Result<()> {
    let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    // SAFETY: plain system call on an open descriptor.
    let result =
        unsafe { libc::fallocate(file.as_raw_fd(), mode, at.cast_signed(), len.cast_signed()) };
    check(i64::from(result)).map(|_| ())
}

/// Writes a part of a file without copying it through this process; `Ok(None)` when
/// that would block.
///
/// # Errors
/// The write failed.
pub fn send_file(fd: &impl AsRawFd, file: &File, at: u64, len: u64) -> io::Result<Option<usize>> {
    let mut at = at.cast_signed();
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    // SAFETY: the offset lives on the stack.
    until_done(|| unsafe { libc::sendfile(fd.as_raw_fd(), file.as_raw_fd(), &mut at, len) })
}

/// A large pipe for what is written by us: `write` does not block, `read` does.
///
/// # Errors
/// Too many open files.
pub fn feeding_pipe() -> io::Result<Pipe> {
    let mut ends = [0 as RawFd; 2];
    // SAFETY: `ends` has room for two descriptors.
    check(i64::from(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }))?;
    // SAFETY: both were just made and belong to nobody else.
    let pipe = unsafe {
        Pipe { read: OwnedFd::from_raw_fd(ends[0]), write: OwnedFd::from_raw_fd(ends[1]) }
    };
    set_nonblocking(&pipe.write)?;
    enlarge_pipe(&pipe.write);
    Ok(pipe)
}

/// Makes a pipe hold as much as any user's may, so that both sides wake up seldom.
/// What is no pipe, and a pipe of somebody who has too many large ones, stays as it is.
pub fn enlarge_pipe(pipe: &impl AsRawFd) {
    const LARGE: i32 = 1 << 20;
    // SAFETY: plain system call on an open descriptor.
    unsafe {
        libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, LARGE);
    }
}

/// Moves what fits of a file from `offset` on into a pipe, without copying it;
/// `Ok(None)` when that would block, 0 at the end of the file.
///
/// # Errors
/// The pipe has no reader, or the file cannot be read.
pub fn splice_some(
    file: &File,
    offset: u64,
    pipe: &impl AsRawFd,
    count: usize,
) -> io::Result<Option<usize>> {
    let mut at = i64::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
    let (from, to) = (file.as_raw_fd(), pipe.as_raw_fd());
    // SAFETY: `at` outlives the call; the pipe's own place is none.
    until_done(|| unsafe {
        libc::splice(from, &mut at, to, std::ptr::null_mut(), count, libc::SPLICE_F_NONBLOCK)
    })
}

/// Waits until a descriptor can be read, or has ended, at most until then.
pub fn is_readable_by(fd: &impl AsRawFd, until: Option<Instant>) -> bool {
    loop {
        let left = until.map_or(-1, |until| {
            let left = until.saturating_duration_since(Instant::now());
            // a started millisecond is waited for: to ask too early would be to ask often
            i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
        });
        let mut ask = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry, on the stack.
        match check(i64::from(unsafe { libc::poll(&mut ask, 1, left) })) {
            Ok(0) if left == i32::MAX => {}
            Ok(count) => return count > 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return true,
        }
    }
}

/// Somebody has the other end of a pipe, of which we read, open for writing.
pub fn has_writer(pipe: &impl AsRawFd) -> bool {
    let mut ask = libc::pollfd { fd: pipe.as_raw_fd(), events: 0, revents: 0 };
    // SAFETY: one entry, on the stack; it does not wait.
    let result = unsafe { libc::poll(&mut ask, 1, 0) };
    result == 0 || ask.revents & libc::POLLHUP == 0
}

/// What kind of thing a descriptor is, as far as waiting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Always ready: files, folders, `/dev/null`.
    File,
    /// Can be opened a second time by its name under `/proc`: pipes, terminals.
    Reopenable,
    /// Cannot: sockets.
    Socket,
}

/// The kind of an open descriptor.
pub fn kind(fd: RawFd) -> Kind {
    match status_of(fd).map_or(0, |stat| stat.st_mode) & libc::S_IFMT {
        libc::S_IFIFO => Kind::Reopenable,
        libc::S_IFSOCK => Kind::Socket,
        // SAFETY: plain system call.
        libc::S_IFCHR if unsafe { libc::isatty(fd) } == 1 => Kind::Reopenable,
        _ => Kind::File,
    }
}

/// A second description of an inherited pipe or terminal, whose writes do not
/// block; the inherited one, which others share, stays as it is.
///
/// # Errors
/// `/proc` is not there, or it may not be opened.
pub fn reopen_for_writing(fd: RawFd) -> io::Result<OwnedFd> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY)
        .open(format!("/proc/self/fd/{fd}"))
        .map(OwnedFd::from)
}

/// The same for reading.
///
/// # Errors
/// `/proc` is not there, or it may not be opened.
pub fn reopen_for_reading(fd: RawFd) -> io::Result<OwnedFd> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY)
        .open(format!("/proc/self/fd/{fd}"))
        .map(OwnedFd::from)
}

/// Opens a file for reading, without waiting for the writer of a named pipe that stands in
/// its place: the caller looks what it is.
///
/// # Errors
/// It is not there, or may not be read.
pub fn open_at_once(path: &std::path::Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

/// Opens a named pipe for both directions, so that it has no end; it does not block.
///
/// # Errors
/// It is not there, may not be opened, or is no pipe.
pub fn open_fifo(path: &std::path::Path) -> io::Result<OwnedFd> {
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY)
        .open(path)?;
    if !file.metadata()?.file_type().is_fifo() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a named pipe"));
    }
    Ok(file.into())
}

/// For an open that does not wait for the other end.
pub const NONBLOCK: i32 = libc::O_NONBLOCK;

/// Listens at a path that only its user may use; nobody is waited for.
///
/// # Errors
/// Something is there, or it cannot be made.
pub fn listen_alone(path: &std::path::Path) -> io::Result<std::os::unix::net::UnixListener> {
    // SAFETY: plain system calls; no other thread makes files yet.
    let before = unsafe { libc::umask(0o177) };
    let made = std::os::unix::net::UnixListener::bind(path);
    // SAFETY: as above.
    unsafe { libc::umask(before) };
    let listener = made?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// True where both descriptors are open, the one for reading and the other for
/// writing the same pipe.
pub fn is_pipe(read: RawFd, write: RawFd) -> bool {
    let mode = |fd: RawFd| {
        // SAFETY: plain system call; -1 where it is closed.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
        (flags >= 0).then_some(flags & libc::O_ACCMODE)
    };
    let opened_so = |fd: RawFd, way: i32| [Some(way), Some(libc::O_RDWR)].contains(&mode(fd));
    opened_so(read, libc::O_RDONLY)
        && opened_so(write, libc::O_WRONLY)
        && same_file(read, write)
        && status_of(read).is_some_and(|stat| stat.st_mode & libc::S_IFMT == libc::S_IFIFO)
}

/// How many bytes wait in a pipe.
///
/// # Errors
/// The descriptor is closed.
pub fn bytes_to_read(fd: &impl AsRawFd) -> io::Result<u32> {
    let mut count: libc::c_int = 0;
    // SAFETY: writes one integer.
    check(i64::from(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &mut count) }))?;
    Ok(count.unsigned_abs())
}

/// Name of this machine.
pub fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim_end().to_string())
        .unwrap_or_default()
}
