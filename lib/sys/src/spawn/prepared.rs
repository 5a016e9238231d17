//! What the child does between clone and exec: system calls on memory that was
//! prepared before, nothing else.

use super::note::Written;
use super::{Dispositions, Group, Spawn, SpawnError};
use crate::affinity::{CpuSet, RawSet};
use crate::fd;
use crate::limit::OpenFiles;
use crate::signal::Mask;
use std::ffi::{CStr, c_char};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;

/// Which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    None,
    Note,
    Folder,
    Descriptor,
    Exec,
}

/// The shell that runs scripts without a first line, as `execvp` has it.
const SHELL: &CStr = c"/bin/sh";

/// Pointers into the [`Spawn`] that is being started, laid out for the child.
#[derive(Debug)]
pub(super) struct Prepared {
    program: Vec<*const c_char>,
    /// One free place before the arguments, for the shell.
    argv: Vec<*const c_char>,
    env: Vec<*const c_char>,
    cwd: *const c_char,
    fds: Vec<(RawFd, RawFd)>,
    group: Group,
    dispositions: Dispositions,
    parent: Option<libc::pid_t>,
    own_pid: libc::pid_t,
    mask: Option<Mask>,
    nice: Option<i32>,
    cpus: Option<RawSet>,
    open_files: Option<OpenFiles>,
    note: Written,
    /// Signals that this process ignores, by its parent's will or its own.
    /// Asked for once, by the first command that begins with clean ones.
    ignored: Option<Vec<i32>>,
    step: Step,
    errno: i32,
}

// SAFETY: its pointers are null, or those of a `Spawn` that is borrowed while they are used.
unsafe impl Send for Prepared {}

impl Default for Prepared {
    fn default() -> Self {
        Prepared {
            program: Vec::new(),
            argv: Vec::new(),
            env: Vec::new(),
            cwd: ptr::null(),
            fds: Vec::new(),
            group: Group::Inherited,
            dispositions: Dispositions::Inherited,
            parent: None,
            // SAFETY: plain system call.
            own_pid: unsafe { libc::getpid() },
            mask: None,
            nice: None,
            cpus: None,
            open_files: None,
            note: Written::default(),
            ignored: None,
            step: Step::None,
            errno: 0,
        }
    }
}

impl Prepared {
    /// Lays out a command. What is returned must live until the spawn is over:
    /// copies of descriptors that stood in each other's way.
    pub(super) fn fill(&mut self, spawn: &Spawn<'_>) -> io::Result<Vec<OwnedFd>> {
        self.program.clear();
        self.program.extend(spawn.program.iter().map(|path| path.as_ptr()));
        self.argv.clear();
        self.argv.push(SHELL.as_ptr());
        self.argv.extend(spawn.argv.words().map(CStr::as_ptr));
        if self.argv.len() == 1 {
            self.argv.push(c"".as_ptr());
        }
        self.argv.push(ptr::null());
        self.env.clear();
        self.env.extend(spawn.env.iter().map(|entry| entry.as_ptr()));
        self.env.push(ptr::null());
        self.cwd = spawn.cwd.map_or(ptr::null(), CStr::as_ptr);
        self.group = spawn.group;
        self.dispositions = spawn.dispositions;
        if self.dispositions == Dispositions::Clean {
            self.ignored.get_or_insert_with(crate::signal::ignored);
        }
        self.parent = spawn.die_with_us.then_some(self.own_pid);
        self.nice = spawn.nice;
        self.cpus = spawn.cpus.map(CpuSet::raw);
        self.open_files = spawn.open_files;
        self.note.fill(spawn.note.as_ref());
        self.step = Step::None;
        self.errno = 0;
        let mut moved = Vec::new();
        self.fds.clear();
        for (at, (ours, theirs)) in spawn.fds.iter().enumerate() {
            // an earlier dup2 would overwrite this source
            if spawn.fds[..at].iter().any(|(_, taken)| taken == ours) && ours != theirs {
                let copy = fd::duplicate(*ours)?;
                self.fds.push((copy.as_raw_fd(), *theirs));
                moved.push(copy);
            } else {
                self.fds.push((*ours, *theirs));
            }
        }
        Ok(moved)
    }

    /// The mask that an inheriting command begins with.
    pub(super) fn set_mask(&mut self, mask: &Mask) {
        self.mask = Some(*mask);
    }

    /// What failed in the child, if anything did.
    pub(super) fn failure(&self) -> Option<SpawnError> {
        // SAFETY: the child wrote these through the shared memory; it has ended.
        let (step, errno) =
            unsafe { (ptr::read_volatile(&self.step), ptr::read_volatile(&self.errno)) };
        let error = io::Error::from_raw_os_error(errno);
        match step {
            Step::None => None,
            Step::Note => Some(SpawnError::Note(error)),
            Step::Folder => Some(SpawnError::Folder(error)),
            Step::Descriptor => Some(SpawnError::Descriptor(error)),
            Step::Exec => Some(SpawnError::Exec(error)),
        }
    }

    /// Bytes of its note that the child wrote.
    pub(super) fn noted(&self) -> usize {
        self.note.bytes()
    }

    fn fail(&mut self, step: Step) {
        // SAFETY: the parent reads these after the child has ended.
        unsafe {
            ptr::write_volatile(&mut self.errno, *libc::__errno_location());
            ptr::write_volatile(&mut self.step, step);
        }
    }

    /// Becomes the command; returns only if that fails. Runs in the child, in
    /// the parent's memory: no allocation, no lock, no panic.
    pub(super) fn become_command(&mut self) {
        // SAFETY: async-signal-safe calls on prepared memory; every pointer array
        // ends with null and points into a `Spawn` that outlives the exec.
        unsafe {
            if self.group == Group::Own {
                libc::setpgid(0, 0);
                forget_stops();
            }
            if let Some(parent) = self.parent {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                if libc::getppid() != parent {
                    libc::_exit(127);
                }
            }
            // before its descriptors are put in place, of which one may have this number
            if !self.note.write() {
                return self.fail(Step::Note);
            }
            if let Some(nice) = self.nice {
                libc::setpriority(libc::PRIO_PROCESS, 0, nice);
            }
            if let Some(cpus) = self.cpus {
                cpus.enter();
            }
            if let Some(limit) = self.open_files {
                limit.set_raw();
            }
            if !self.cwd.is_null() && libc::chdir(self.cwd) < 0 {
                return self.fail(Step::Folder);
            }
            for (ours, theirs) in &self.fds {
                let done = if ours == theirs {
                    libc::fcntl(*ours, libc::F_SETFD, 0)
                } else {
                    libc::dup2(*ours, *theirs)
                };
                if done < 0 {
                    return self.fail(Step::Descriptor);
                }
            }
            self.set_signals();
            self.execute();
        }
    }

    /// # Safety
    /// Only in the child, or before an exec in place.
    unsafe fn set_signals(&self) {
        // SAFETY: sets on the stack, default actions, plain system calls.
        unsafe {
            // Rust's start-up ignores SIGPIPE; a command expects to die of it
            if self.dispositions == Dispositions::Clean {
                // handlers are gone by CLONE_CLEAR_SIGHAND; what was ignored is not
                for signal in self.ignored.iter().flatten() {
                    crate::signal::reset_raw(*signal);
                }
                let mut none: libc::sigset_t = std::mem::zeroed();
                libc::sigemptyset(&mut none);
                libc::sigprocmask(libc::SIG_SETMASK, &none, ptr::null_mut());
                return;
            }
            crate::signal::reset_raw(libc::SIGPIPE);
            if let Some(mask) = &self.mask {
                libc::sigprocmask(libc::SIG_SETMASK, mask.as_ptr(), ptr::null_mut());
            }
        }
    }

    /// # Safety
    /// The arrays must be filled.
    unsafe fn execute(&mut self) {
        let mut found = libc::ENOENT;
        for at in 0..self.program.len() {
            let path = self.program[at];
            // SAFETY: null-terminated arrays; on success it does not return.
            unsafe {
                libc::execve(path, self.argv.as_ptr().add(1), self.env.as_ptr());
                let errno = *libc::__errno_location();
                if errno == libc::ENOEXEC {
                    self.argv[1] = path;
                    libc::execve(SHELL.as_ptr(), self.argv.as_ptr(), self.env.as_ptr());
                }
                // as execvp: go on where the file is not there, remember what was forbidden
                match errno {
                    libc::ENOENT | libc::ENOTDIR => {}
                    libc::EACCES => found = libc::EACCES,
                    _ => {
                        *libc::__errno_location() = errno;
                        return self.fail(Step::Exec);
                    }
                }
            }
        }
        // SAFETY: sets this thread's errno.
        unsafe {
            *libc::__errno_location() = found;
        }
        self.fail(Step::Exec);
    }
}

/// Takes back what was to stop the group that we have just left: it would stop us before
/// our exec, which our parent waits for. It stops us itself when we are there.
///
/// # Safety
/// Only in the child, all signals blocked.
unsafe fn forget_stops() {
    // SAFETY: a set on the stack, a time that is over.
    unsafe {
        let mut stops: libc::sigset_t = std::mem::zeroed();
        for signal in [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU] {
            libc::sigaddset(&mut stops, signal);
        }
        let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        while libc::sigtimedwait(&stops, ptr::null_mut(), &now) > 0 {}
    }
}
