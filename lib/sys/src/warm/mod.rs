//! Shells that have been executed already, and wait: for each command one makes a copy of
//! itself, which goes on as the shell does that was just executed.
//!
//! What costs most of a short shell command is the exec: the loader, the C library. A shell
//! is started once with a library of ours (`image.rs`), whose code (`code.rs`) runs before
//! the shell's `main` and waits there. A copy comes back from it with its own text,
//! environment, folder and descriptors, and is our child (`CLONE_PARENT`): its number, its end and
//! what it used are known as exactly as of any other.
//!
//! A request is answered by the shell, not by its copy. If the shell dies first, the page that
//! both share tells whether there is a copy: the kernel writes its number there before it
//! runs. So a command never begins twice.

mod code;
mod image;

use crate::spawn::{Argv, Note, Spawn, SpawnError, Spawner};
use crate::wait::Child;
use crate::{check, last_error};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Bytes of a request: text, environment and what names them. `code.rs` has room for as many.
const ROOM: usize = 128 << 10;

/// The longest request that is made: what the socket takes at once is not much more.
const LONGEST: usize = ROOM - 4096;

/// So many variables more than the shell's own may a copy have.
const SPARE: usize = 40;

/// The number of the shell's end of the socket, of the library and of the shared page.
const SOCKET: RawFd = 3;
const LIBRARY: RawFd = 4;
const SHARED: RawFd = 5;

/// A shell that says nothing for so long, in seconds, is given up.
const PATIENCE_S: i64 = 5;

/// What stands in the request: a folder comes with it; the copy waits for a byte.
const HAS_FOLDER: u32 = 1;
const HAS_GATE: u32 = 2;

/// What a shell is started with that has no text yet: `ps` shows it.
pub const NO_TEXT: &CStr = c": pgrun --warm";

/// The loader looks up what the libraries call at once, in the shell; otherwise each copy would
/// look it up again. That is one page fault in six of a copy, and copies do not see it.
const BIND_NOW: &CStr = c"LD_BIND_NOW=1";

/// A command for a copy.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What stands behind `-c`.
    pub text: &'a CStr,
    /// Its whole environment.
    pub env: &'a [&'a CStr],
    /// Its working folder, if another than ours.
    pub cwd: Option<&'a CStr>,
    /// Its standard input, output and error.
    pub streams: [RawFd; 3],
    /// Where its number stands before we hear of it.
    pub place: Option<&'a AtomicU32>,
    /// What is written down of it before it begins.
    pub note: Option<Note<'a>>,
}

/// Why a copy did not begin.
#[derive(Debug)]
pub enum NotBegun {
    /// It is not for this shell: it is too long, or its folder cannot be entered.
    Unfit,
    /// The shell has died, or says nothing; the command has not begun.
    Dead,
    /// There can be no copy, or its note could not be written.
    Failed(SpawnError),
}

/// A page that we share with a shell and its copies.
#[derive(Debug)]
struct Page(*mut AtomicU64);

// SAFETY: the mapping belongs to this value alone, and what is in it is atomic.
unsafe impl Send for Page {}

impl Page {
    fn new(file: &OwnedFd) -> io::Result<Page> {
        // SAFETY: a fresh mapping of a file of ours; zeroes are valid atomics.
        let at = unsafe {
            let (both, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
            libc::mmap(std::ptr::null_mut(), PAGE_BYTES, both, shared, file.as_raw_fd(), 0)
        };
        if at == libc::MAP_FAILED { Err(last_error()) } else { Ok(Page(at.cast())) }
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        // SAFETY: one of the first words of the mapping, which lives as long as `self`.
        unsafe { &*self.0.add(at % 8) }
    }
}

const PAGE_BYTES: usize = 4096;

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: unmaps what `new` mapped.
        unsafe {
            libc::munmap(self.0.cast(), PAGE_BYTES);
        }
    }
}

/// A shell that waits.
#[derive(Debug)]
pub struct Shell {
    child: Child,
    socket: OwnedFd,
    page: Page,
    /// Where the shell has the request.
    base: u64,
    /// Variables that its environment has room for.
    room: usize,
    begun: u32,
    noted: usize,
    buffer: Vec<u8>,
}

impl Shell {
    /// Starts a shell, and waits until it is ready: what is said of a command in `like` holds
    /// for all copies, but for its descriptors and its text.
    ///
    /// # Errors
    /// The shell does not take the library in (it is linked statically, for instance), or
    /// cannot be started.
    pub fn start(spawner: &mut Spawner, like: &Spawn<'_>) -> io::Result<Shell> {
        let library = image::library()?;
        let shared = crate::fd::memory("warm")?;
        shared.set_len(PAGE_BYTES as u64)?;
        let shared = OwnedFd::from(shared);
        let page = Page::new(&shared)?;
        let (ours, theirs) = socket_pair()?;
        let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
        let null = null.as_raw_fd();
        let fds = [
            (null, 0),
            (null, 1),
            (null, 2),
            (theirs.as_raw_fd(), SOCKET),
            (library.as_raw_fd(), LIBRARY),
            (shared.as_raw_fd(), SHARED),
        ];
        let argv = Argv::new([like.argv.name(), b"-c", NO_TEXT.to_bytes()]);
        let argv = argv.ok_or(io::ErrorKind::InvalidInput)?;
        let preload = preload(like.env);
        let mut env: Vec<&CStr> = vec![&preload, BIND_NOW];
        env.extend(like.env.iter().filter(|entry| !is_preload(entry)));
        env.extend([c"PG_WARM="; SPARE]);
        let spawn = Spawn { argv: &argv, env: &env, fds: &fds, note: None, ..*like };
        let child = spawner.spawn(&spawn).map_err(|error| match error {
            SpawnError::Clone(e) | SpawnError::Exec(e) | SpawnError::Folder(e) => e,
            SpawnError::Descriptor(e) | SpawnError::Note(e) => e,
        })?;
        drop(theirs);
        let room = env.len();
        let mut shell = Shell {
            child,
            socket: ours,
            page,
            base: 0,
            room,
            begun: 0,
            noted: 0,
            buffer: Vec::new(),
        };
        match shell.answer() {
            Ok(Some(base)) => shell.base = base.cast_unsigned(),
            Ok(None) | Err(_) => {
                let _ = shell.child.signal(libc::SIGKILL);
                let _ = shell.child.wait();
                return Err(io::ErrorKind::Unsupported.into());
            }
        }
        Ok(shell)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.pid
    }

    /// How many commands it has begun.
    pub fn begun(&self) -> u32 {
        self.begun
    }

    /// How many bytes of its note were written for the last command.
    pub fn noted(&self) -> usize {
        self.noted
    }

    /// Begins a command.
    ///
    /// # Errors
    /// Why there is none; then it has not begun.
    pub fn begin(&mut self, request: &Request<'_>) -> Result<Child, NotBegun> {
        let folder = request.cwd.map(folder).transpose().map_err(|_| NotBegun::Unfit)?;
        let gate = match request.note {
            Some(_) => Some(crate::fd::pipe().map_err(|e| NotBegun::Failed(SpawnError::Clone(e)))?),
            None => None,
        };
        if let Some(gate) = &gate {
            // a copy waits there
            blocking(&gate.read);
        }
        self.lay_out(request, (folder.is_some(), gate.is_some()))?;
        let mut fds = request.streams.to_vec();
        fds.extend(folder.iter().map(OwnedFd::as_raw_fd));
        fds.extend(gate.iter().map(|gate| gate.read.as_raw_fd()));
        self.page.word(0).store(0, Ordering::SeqCst);
        if send(&self.socket, &self.buffer, &fds).is_err() {
            return Err(NotBegun::Dead);
        }
        let answer = self.answer();
        let pid = match answer {
            Ok(Some(pid)) if pid > 0 => pid as u32,
            Ok(Some(error)) => {
                let error = io::Error::from_raw_os_error(-error as i32);
                return Err(NotBegun::Failed(SpawnError::Clone(error)));
            }
            Ok(None) | Err(_) => self.after_death().ok_or(NotBegun::Dead)?,
        };
        self.begun += 1;
        self.noted = 0;
        if let Some(place) = request.place {
            place.store(pid, Ordering::Relaxed);
        }
        let pidfd = pidfd_of(pid).map_err(|e| {
            // it is our child, and nobody would hear of it
            crate::adopted::signal(pid, libc::SIGKILL, Some(pid));
            NotBegun::Failed(SpawnError::Clone(e))
        });
        let child = Child { pid, pidfd: pidfd?, leads_group: true };
        let Some((gate, note)) = gate.zip(request.note) else { return Ok(child) };
        let written = note.write_for(pid).and_then(|length| {
            self.noted = length;
            crate::fd::write_some(&gate.write, b".").map(drop)
        });
        match written {
            Ok(()) => Ok(child),
            Err(error) => {
                // it ends where it waits
                drop(gate);
                let _ = child.wait();
                Err(NotBegun::Failed(SpawnError::Note(error)))
            }
        }
    }

    /// The shell is gone, or says nothing: the number of the copy, if it has made one.
    fn after_death(&mut self) -> Option<u32> {
        let _ = self.child.signal(libc::SIGKILL);
        let _ = self.child.wait();
        u32::try_from(self.page.word(0).load(Ordering::SeqCst)).ok().filter(|pid| *pid != 0)
    }

    /// Its next word, `None` where it has ended.
    fn answer(&self) -> io::Result<Option<i64>> {
        let mut word = 0i64;
        loop {
            // SAFETY: room for eight bytes.
            let count = unsafe {
                libc::recv(self.socket.as_raw_fd(), std::ptr::from_mut(&mut word).cast(), 8, 0)
            };
            match count {
                8 => return Ok(Some(word)),
                0.. => return Ok(None),
                _ if last_error().kind() == io::ErrorKind::Interrupted => {}
                _ => return Err(last_error()),
            }
        }
    }

    /// Puts a request together as `code.rs` reads it: pointers are those of the shell.
    fn lay_out(
        &mut self,
        request: &Request<'_>,
        (folder, gate): (bool, bool),
    ) -> Result<(), NotBegun> {
        let count = request.env.len();
        let strings: usize = request.env.iter().map(|entry| entry.count_bytes() + 1).sum();
        let text_at = 24 + 8 * count;
        let total = text_at + request.text.count_bytes() + 1 + strings;
        if count >= self.room || total > LONGEST {
            return Err(NotBegun::Unfit);
        }
        let buffer = &mut self.buffer;
        buffer.clear();
        let flags = if folder { HAS_FOLDER } else { 0 } | if gate { HAS_GATE } else { 0 };
        buffer.extend(flags.to_le_bytes());
        buffer.extend(std::process::id().to_le_bytes());
        buffer.extend((self.base + text_at as u64).to_le_bytes());
        buffer.extend((count as u64).to_le_bytes());
        let mut at = self.base + (text_at + request.text.count_bytes() + 1) as u64;
        for entry in request.env {
            buffer.extend(at.to_le_bytes());
            at += entry.count_bytes() as u64 + 1;
        }
        buffer.extend_from_slice(request.text.to_bytes_with_nul());
        request.env.iter().for_each(|entry| buffer.extend_from_slice(entry.to_bytes_with_nul()));
        Ok(())
    }

    /// Ends it; copies go on.
    pub fn end(self) {
        let Shell { child, socket, .. } = self;
        drop(socket);
        let _ = child.wait();
    }
}

/// Our library before those that are preloaded already.
fn preload(env: &[&CStr]) -> CString {
    let mut entry = format!("LD_PRELOAD=/proc/self/fd/{LIBRARY}").into_bytes();
    if let Some(given) = env.iter().find(is_preload) {
        entry.push(b':');
        entry.extend_from_slice(&given.to_bytes()[b"LD_PRELOAD=".len()..]);
    }
    CString::new(entry).unwrap_or_default()
}

fn is_preload(entry: &&&CStr) -> bool {
    entry.to_bytes().starts_with(b"LD_PRELOAD=")
}

/// A folder that can be entered.
fn folder(path: &CStr) -> io::Result<OwnedFd> {
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: a null-terminated path; the new descriptor belongs to nobody else.
    let fd = unsafe {
        let fd = check(i64::from(libc::open(path.as_ptr(), flags)))?;
        OwnedFd::from_raw_fd(fd as RawFd)
    };
    // SAFETY: as above.
    check(i64::from(unsafe { libc::access(path.as_ptr(), libc::X_OK) }))?;
    Ok(fd)
}

fn blocking(fd: &OwnedFd) {
    // SAFETY: plain system call on a descriptor of ours.
    unsafe {
        libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, 0);
    }
}

fn pidfd_of(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: plain system call; the new descriptor belongs to nobody else.
    unsafe {
        let fd = check(libc::syscall(libc::SYS_pidfd_open, pid, 0))?;
        Ok(OwnedFd::from_raw_fd(fd as RawFd))
    }
}

/// Both ends of a socket that keeps messages apart; waits on ours end after a while.
fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0 as RawFd; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: room for two descriptors, which belong to nobody else.
    let (ours, theirs) = unsafe {
        check(i64::from(libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr())))?;
        (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1]))
    };
    let patience = libc::timeval { tv_sec: PATIENCE_S, tv_usec: 0 };
    for which in [libc::SO_RCVTIMEO, libc::SO_SNDTIMEO] {
        // SAFETY: an option of this type, on a socket of ours.
        check(i64::from(unsafe {
            libc::setsockopt(
                ours.as_raw_fd(),
                libc::SOL_SOCKET,
                which,
                std::ptr::from_ref(&patience).cast(),
                size_of::<libc::timeval>() as u32,
            )
        }))?;
    }
    Ok((ours, theirs))
}

/// Room for the header and five descriptors.
#[repr(C, align(8))]
struct Control([u8; 48]);

/// Sends a message together with descriptors, at most five.
fn send(socket: &OwnedFd, bytes: &[u8], fds: &[RawFd]) -> io::Result<()> {
    let mut control = Control([0; 48]);
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let fd_bytes = size_of_val(fds) as u32;
    // SAFETY: the control buffer has room for the header and as many descriptors; the
    // message only reads what it points to.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(fd_bytes) as usize;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(fd_bytes) as usize;
        std::ptr::copy_nonoverlapping(
            fds.as_ptr().cast::<u8>(),
            libc::CMSG_DATA(header),
            size_of_val(fds),
        );
        loop {
            let sent = libc::sendmsg(socket.as_raw_fd(), &message, libc::MSG_NOSIGNAL);
            match check(sent as i64) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return sent.map(drop),
            }
        }
    }
}

#[cfg(test)]
mod tests;
