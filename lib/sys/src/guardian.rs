//! A process that outlives us by a second: when we are killed, it ends what we
//! had started.
//!
//! It knows the process groups from a page of memory that it shares with us.
//! Each command writes its own group there before its exec, so that the
//! knowledge costs no system call and has no gap. It hears of our death by the end
//! of a pipe, whose other end nobody but us has. Of the tokens of a jobserver it
//! knows in the same way, and gives back those that we held.

use crate::check;
use crate::fd::{self, Pipe};
use crate::jobserver::Pool;
use crate::shared::Words;
use crate::spawn::BlockedSignals;
use crate::wait::Child;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::{AtomicU32, Ordering};

/// Groups that can be watched at a time. What is started beyond them has only
/// the kernel's signal on our death.
const PLACES: usize = 1 << 14;

/// From TERM to KILL, in milliseconds.
const GRACE_MS: i32 = 500;

/// Process groups, shared with the guardian: 0 or the leader's process id.
#[derive(Debug)]
pub struct Groups(Words);

impl Groups {
    /// No groups.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new() -> io::Result<Self> {
        Words::new(PLACES).map(Groups)
    }

    /// Where the command in a place of the caller's table writes its group.
    pub fn place(&self, at: usize) -> Option<&AtomicU32> {
        self.0.all().get(at)
    }

    /// The group in a place has been dealt with.
    pub fn clear(&self, at: usize) {
        if let Some(place) = self.place(at) {
            place.store(0, Ordering::Relaxed);
        }
    }
}

/// What the guardian has to see to.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// These are ended.
    pub groups: &'a Groups,
    /// So are processes that left their group, found by this entry that the
    /// environment of every command has.
    pub marker: &'a str,
    /// Then tokens that were held go back to where they came from.
    pub pool: Option<&'a Pool>,
}

/// The guardian, seen from the process it guards.
#[derive(Debug)]
pub struct Guardian {
    write: OwnedFd,
    child: Child,
}

impl Guardian {
    /// Begins to guard.
    ///
    /// # Errors
    /// No process can be made.
    pub fn begin(charge: &Charge<'_>) -> io::Result<Self> {
        let Pipe { read, write } = fd::pipe()?;
        let mut pidfd: RawFd = -1;
        let blocked = BlockedSignals::all();
        // SAFETY: as fork(2), but with a pidfd and without a signal at its end. This process
        // has one thread, so its copy may go on using everything; it never returns.
        let pid = unsafe {
            libc::syscall(
                libc::SYS_clone,
                libc::CLONE_PIDFD,
                std::ptr::null_mut::<libc::c_void>(),
                std::ptr::from_mut(&mut pidfd),
                0usize,
                0usize,
            )
        };
        if pid == 0 {
            guard(charge, read.as_raw_fd());
        }
        let result = check(pid);
        drop(blocked);
        let pid = result? as u32;
        // SAFETY: the kernel made this descriptor for us.
        let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
        Ok(Guardian { write, child: Child { pid, pidfd, leads_group: false } })
    }

    /// All is over and well: the guardian ends without doing anything.
    pub fn dismiss(self) {
        // if it is gone there is nobody to tell; where it cannot be told it ends with the pipe
        let Guardian { write, child } = self;
        let _ = fd::write_some(&write, b".");
        drop(write);
        let _ = child.wait();
    }
}

/// The guardian's life, all signals blocked.
fn guard(charge: &Charge<'_>, read: RawFd) -> ! {
    // SAFETY: plain system calls in a process of our own; none of the descriptors that
    // are closed is used again. `setsid` keeps signals to our parent's group away.
    unsafe {
        libc::setsid();
        libc::prctl(libc::PR_SET_NAME, c"pgrun-guardian".as_ptr());
        close_all_but(read, charge.pool.map_or(read, Pool::write_fd));
        // the one call that waits, until a byte or the end
        libc::fcntl(read, libc::F_SETFL, 0);
        let mut byte = 0u8;
        let told = libc::read(read, std::ptr::from_mut(&mut byte).cast(), 1);
        if told != 1 {
            end_all(charge.groups, charge.marker);
            if let Some(pool) = charge.pool {
                pool.give_all();
            }
        }
        libc::_exit(0)
    }
}

/// Closes every descriptor but two.
fn close_all_but(one: RawFd, other: RawFd) {
    let (low, high) = (one.min(other), one.max(other));
    for (first, last) in [(0, low - 1), (low + 1, high - 1), (high + 1, RawFd::MAX)] {
        if first <= last {
            // SAFETY: none of them is used again.
            unsafe {
                libc::syscall(libc::SYS_close_range, first, last, 0);
            }
        }
    }
}

fn end_all(groups: &Groups, marker: &str) {
    let alive: Vec<i32> = groups
        .0
        .all()
        .iter()
        .map(|place| place.load(Ordering::Relaxed) as i32)
        .filter(|group| *group > 0)
        .collect();
    let signal_all = |signal: i32| {
        for group in &alive {
            // SAFETY: signals a group that our parent had started and not seen end.
            unsafe {
                libc::kill(-group, signal);
            }
        }
    };
    signal_all(libc::SIGTERM);
    signal_all(libc::SIGCONT);
    // SAFETY: waits for nothing, for that long.
    unsafe {
        libc::poll(std::ptr::null_mut(), 0, GRACE_MS);
    }
    signal_all(libc::SIGKILL);
    for pid in marked(marker) {
        // SAFETY: a process whose environment says that it belongs to the run.
        unsafe {
            libc::kill(pid, libc::SIGKILL);
        }
    }
}

/// Processes that left their group and still bear the mark of the run, or of a
/// run inside of it.
fn marked(marker: &str) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_marked = |entry: &[u8]| {
        entry
            .strip_prefix(marker.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    processes
        .flatten()
        .filter_map(|entry| {
            let pid: i32 = std::str::from_utf8(entry.file_name().as_bytes()).ok()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            environment.split(|byte| *byte == 0).any(is_marked).then_some(pid)
        })
        .collect()
}
