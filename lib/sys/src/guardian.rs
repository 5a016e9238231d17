//! A process that outlives us by a second: when we are killed, it ends what we
//! had started.
//!
//! It knows the process groups from a page of memory that it shares with us.
//! Each command writes its own group there before its exec, so that the
//! knowledge costs no system call and has no gap. It hears of our death by the end
//! of a pipe, whose other end nobody but us has. Of the tokens of a jobserver it
//! knows in the same way, and gives back those that we held.
//!
//! Where there is a control group for the commands, that is killed, too, and removed;
//! those that were started before it was there are taken in when they last.

use crate::adopted;
use crate::cgroup::{Cgroup, remove_all};
use crate::check;
use crate::fd::{self, Pipe};
use crate::jobserver::Pool;
use crate::shared::Words;
use crate::spawn::BlockedSignals;
use crate::wait::Child;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
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

/// Commands that were started before there was a control group are taken in when they have
/// lived so long, in milliseconds: to move one costs more than a short one takes.
const LASTS_MS: i32 = 20;

/// Processes that left their group are looked for so often: while one is found it may
/// have started another.
const SWEEPS: u32 = 20;

/// What the guardian has to see to.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// These are ended.
    pub groups: &'a Groups,
    /// So are processes that left their group, found by this entry that the
    /// environment of every command has; `None` where they may live.
    pub marker: Option<&'a str>,
    /// What all commands are born in is killed and removed.
    pub cgroup: Option<&'a Cgroup>,
    /// Other control groups that are removed then.
    pub quotas: &'a [PathBuf],
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

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.pid
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
    let pool = charge.pool.map(Pool::write_fd);
    let mut kept = vec![read];
    kept.extend(pool);
    kept.extend(charge.cgroup.iter().flat_map(|group| group.fds()));
    // SAFETY: plain system calls in a process of our own; none of the descriptors that
    // are closed is used again. `setsid` keeps signals to our parent's group away.
    unsafe {
        libc::setsid();
        libc::prctl(libc::PR_SET_NAME, c"pgrun-guardian".as_ptr());
        close_all_but(&mut kept);
        if let Some(group) = charge.cgroup
            && wait(read, LASTS_MS) == 0
        {
            take_in_all(charge.groups, group);
        }
        // the one call that waits, until a byte or the end
        libc::fcntl(read, libc::F_SETFL, 0);
        let mut byte = 0u8;
        let told = libc::read(read, std::ptr::from_mut(&mut byte).cast(), 1);
        if told != 1 {
            end_all(charge);
            charge.quotas.iter().for_each(|path| remove_all(path));
            if let Some(pool) = charge.pool {
                pool.give_all();
            }
        }
        libc::_exit(0)
    }
}

/// Waits until a descriptor is readable, or so many milliseconds; 0 where it is not.
fn wait(fd: RawFd, milliseconds: i32) -> i32 {
    let mut one = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one element on the stack; a negative descriptor is not looked at.
    unsafe { libc::poll(&mut one, 1, milliseconds) }
}

/// Closes every descriptor but some.
fn close_all_but(kept: &mut [RawFd]) {
    kept.sort_unstable();
    let mut first = 0;
    for end in kept.iter().copied().chain([RawFd::MAX]) {
        let last = if end == RawFd::MAX { end } else { end - 1 };
        if first <= last {
            // SAFETY: none of them is used again.
            unsafe {
                libc::syscall(libc::SYS_close_range, first, last, 0);
            }
        }
        first = end.saturating_add(1);
    }
}

/// Groups that run now.
fn alive(groups: &Groups) -> Vec<i32> {
    let places = groups.0.all().iter();
    places.map(|place| place.load(Ordering::Relaxed) as i32).filter(|group| *group > 0).collect()
}

fn take_in_all(groups: &Groups, cgroup: &Cgroup) {
    alive(groups).into_iter().for_each(|leader| cgroup.take_in(leader as u32));
}

fn end_all(charge: &Charge<'_>) {
    let alive = alive(charge.groups);
    let signal_all = |signal: i32| {
        for group in &alive {
            // SAFETY: signals a group that our parent had started and not seen end.
            unsafe {
                libc::kill(-group, signal);
            }
        }
    };
    if let Some(group) = charge.cgroup {
        // it may have been stopped with its runner
        let _ = group.thaw();
    }
    signal_all(libc::SIGTERM);
    signal_all(libc::SIGCONT);
    // no descriptor: a pause, since nobody tells us of their ends
    wait(-1, GRACE_MS);
    signal_all(libc::SIGKILL);
    if let Some(group) = charge.cgroup {
        group.end();
    }
    for _ in 0..SWEEPS {
        let found = charge.marker.map(marked).unwrap_or_default();
        for pid in &found {
            // SAFETY: a process whose environment says that it belongs to the run.
            unsafe {
                libc::kill(*pid, libc::SIGKILL);
            }
        }
        if found.is_empty() {
            return;
        }
    }
}

/// Processes that left their group and still bear the mark of the run, or of a
/// run inside of it.
fn marked(marker: &str) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = std::str::from_utf8(entry.file_name().as_bytes()).ok()?.parse().ok()?;
            let environment = adopted::environment(pid);
            let is_marked = environment.iter().any(|entry| bears(entry, marker));
            is_marked.then_some(pid as i32)
        })
        .collect()
}

/// An entry of an environment is the mark of a run, or of a run inside of it.
pub fn bears(entry: &[u8], marker: &str) -> bool {
    entry
        .strip_prefix(marker.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
