//! How a child ended, and signals to its group.

use crate::check;
use record::Seconds;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// `pidfd_send_signal` reaches the whole process group, even after the leader
/// has been reaped (Linux 6.9).
const PIDFD_SIGNAL_PROCESS_GROUP: u32 = 1 << 2;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with a status.
    Exit(i32),
    /// A signal ended it.
    Signal(i32),
}

impl Ending {
    /// The status a shell would report.
    pub fn shell_status(self) -> u8 {
        match self {
            Ending::Exit(status) => status as u8,
            Ending::Signal(signal) => 128u8.saturating_add(signal as u8),
        }
    }
}

/// What a process used, it and the children it waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time in user mode.
    pub user: Seconds,
    /// Processor time in the kernel.
    pub system: Seconds,
    /// Greatest resident set of one process, bytes.
    pub max_rss_bytes: u64,
    /// Voluntary context switches.
    pub voluntary_switches: u64,
    /// Involuntary context switches.
    pub involuntary_switches: u64,
    /// Blocks read and written, 512 bytes each.
    pub blocks: u64,
}

/// A child that has been started: leader of its process group.
#[derive(Debug)]
pub struct Child {
    /// Its process id, also that of its group if it was given one.
    pub pid: u32,
    /// Becomes readable when it ends.
    pub pidfd: OwnedFd,
    /// It leads a process group of its own.
    pub leads_group: bool,
}

impl Child {
    /// How it ended and what it used, or `None` while it runs; takes it out of
    /// the process table.
    ///
    /// # Errors
    /// Somebody else has reaped it.
    pub fn try_wait(&self) -> io::Result<Option<(Ending, Usage)>> {
        self.wait_with(libc::WNOHANG)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Somebody else has reaped it.
    pub fn wait(&self) -> io::Result<(Ending, Usage)> {
        loop {
            if let Some(ended) = self.wait_with(0)? {
                return Ok(ended);
            }
        }
    }

    fn wait_with(&self, options: i32) -> io::Result<Option<(Ending, Usage)>> {
        // SAFETY: all-zero is a valid value of both, filled by waitid.
        let (mut info, mut usage): (libc::siginfo_t, libc::rusage) =
            unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        loop {
            // SAFETY: the kernel's waitid takes a fifth argument for the usage, which
            // libc's wrapper does not have; both pointers are writable.
            let waited = check(unsafe {
                libc::syscall(
                    libc::SYS_waitid,
                    libc::P_PIDFD,
                    self.pidfd.as_raw_fd(),
                    &mut info,
                    libc::WEXITED | libc::__WALL | options,
                    &mut usage,
                )
            });
            match waited {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        // SAFETY: waitid filled the fields for a child; 0 says that none has ended.
        let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
        if pid == 0 {
            return Ok(None);
        }
        let ending = match info.si_code {
            libc::CLD_EXITED => Ending::Exit(status),
            _ => Ending::Signal(status),
        };
        Ok(Some((ending, usage_of(&usage))))
    }

    /// The signal that has stopped it since the last question, if one has.
    pub fn stopped_by(&self) -> Option<i32> {
        // SAFETY: all-zero is a valid value, filled by waitid.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let options = libc::WSTOPPED | libc::WNOHANG;
        // SAFETY: plain system call on our descriptor; the pointer is writable.
        let result = unsafe {
            libc::waitid(libc::P_PIDFD, self.pidfd.as_raw_fd() as u32, &mut info, options)
        };
        // SAFETY: waitid filled the fields for a child; 0 says that none has stopped.
        let (pid, signal) = unsafe { (info.si_pid(), info.si_status()) };
        (result == 0 && pid != 0).then_some(signal)
    }

    /// Sends a signal to its group, or to it alone if it leads none. A group
    /// that is empty is no error.
    ///
    /// # Errors
    /// Not permitted.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        match self.send(signal).map_err(|e| (e.raw_os_error(), e)) {
            Ok(()) | Err((Some(libc::ESRCH), _)) => Ok(()),
            Err((_, error)) => Err(error),
        }
    }

    /// After the leader was reaped: is anybody left in its group?
    pub fn group_is_empty(&self) -> bool {
        // signal 0 only asks
        !self.leads_group || self.send(0).is_err_and(|e| e.raw_os_error() == Some(libc::ESRCH))
    }

    /// By the descriptor, which stays that of this process and this group whoever has
    /// their number by now.
    fn send(&self, signal: i32) -> io::Result<()> {
        let flags = if self.leads_group { PIDFD_SIGNAL_PROCESS_GROUP } else { 0 };
        match self.send_with(signal, flags) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) && self.leads_group => {
                self.send_by_number(signal)
            }
            sent => sent,
        }
    }

    fn send_with(&self, signal: i32, flags: u32) -> io::Result<()> {
        // SAFETY: plain system call on our descriptor; no siginfo is given.
        let result = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.pidfd.as_raw_fd(),
                signal,
                std::ptr::null::<libc::siginfo_t>(),
                flags,
            )
        };
        check(result).map(drop)
    }

    /// Kernels before 6.9 know no group by pidfd. Until the leader is reaped the number is
    /// its group's. Then it is as long as anybody is in the group, and nobody can be given
    /// it: if a process has it, the group is empty, and the number a stranger's.
    fn send_by_number(&self, signal: i32) -> io::Result<()> {
        let number = self.pid as i32;
        // SAFETY: signal 0 only asks.
        let is_taken = || unsafe { libc::kill(number, 0) } == 0
            || crate::last_error().raw_os_error() != Some(libc::ESRCH);
        let reaped = self.send_with(0, 0).is_err_and(|e| e.raw_os_error() == Some(libc::ESRCH));
        if reaped && is_taken() {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        // SAFETY: plain system call.
        check(i64::from(unsafe { libc::kill(-number, signal) })).map(drop)
    }
}

fn usage_of(usage: &libc::rusage) -> Usage {
    let time = |t: libc::timeval| Seconds::from_micros(t.tv_sec * 1_000_000 + t.tv_usec);
    Usage {
        user: time(usage.ru_utime),
        system: time(usage.ru_stime),
        max_rss_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
        voluntary_switches: u64::try_from(usage.ru_nvcsw).unwrap_or(0),
        involuntary_switches: u64::try_from(usage.ru_nivcsw).unwrap_or(0),
        blocks: u64::try_from(usage.ru_inblock + usage.ru_oublock).unwrap_or(0),
    }
}

/// What this process itself has used.
pub fn own_usage() -> Usage {
    // SAFETY: all-zero is a valid value, filled by getrusage.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is writable.
    unsafe {
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
    }
    usage_of(&usage)
}

/// Makes this process the one that orphans of its children come to.
pub fn become_subreaper() -> bool {
    // SAFETY: plain system call.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 }
}

/// Takes one ended orphan that has come to us out of the process table; nothing
/// where it runs or is not ours.
pub fn reap(pid: u32) {
    // SAFETY: no siginfo and no usage are wanted.
    unsafe {
        libc::syscall(
            libc::SYS_waitid,
            libc::P_PID,
            pid,
            std::ptr::null_mut::<libc::siginfo_t>(),
            libc::WEXITED | libc::WNOHANG | libc::__WALL,
            std::ptr::null_mut::<libc::rusage>(),
        );
    }
}

/// Reaps every orphan of a process group that has ended and come to us.
pub fn reap_group(group: u32) {
    loop {
        // SAFETY: no siginfo is wanted.
        let result = unsafe {
            libc::syscall(
                libc::SYS_waitid,
                libc::P_PGID,
                group,
                std::ptr::null_mut::<libc::siginfo_t>(),
                libc::WEXITED | libc::WNOHANG | libc::__WALL,
                std::ptr::null_mut::<libc::rusage>(),
            )
        };
        // with no siginfo the kernel tells "somebody was reaped" and "nobody has ended"
        // apart by the pid it returns
        if result <= 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::spawn::{Argv, Spawn, Spawner};

    /// The kernel's `struct clone_args`, as far as it is needed.
    #[repr(C)]
    #[derive(Default)]
    struct CloneArgs {
        words: [u64; 8],
        set_tid: u64,
        set_tid_size: u64,
        cgroup: u64,
    }

    /// Starts a process with this number, leader of a group of its own; `None` where
    /// numbers cannot be chosen.
    fn stranger_with(number: u32) -> Option<u32> {
        let ids = [number as i32];
        let mut args = CloneArgs { set_tid: ids.as_ptr() as u64, ..CloneArgs::default() };
        args.set_tid_size = 1;
        // the signal at its end
        args.words[4] = libc::SIGCHLD as u64;
        // SAFETY: as fork(2); the copy makes async-signal-safe calls alone.
        let pid = unsafe {
            let size = std::mem::size_of::<CloneArgs>();
            let pid = libc::syscall(libc::SYS_clone3, std::ptr::from_mut(&mut args), size);
            if pid == 0 {
                // also when the test fails
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                loop {
                    libc::pause();
                }
            }
            if pid > 0 {
                libc::setpgid(pid as i32, pid as i32);
            }
            pid
        };
        u32::try_from(pid).ok()
    }

    fn is_alive(pid: u32) -> bool {
        crate::adopted::look_at(pid) == crate::adopted::Found::Alive
    }

    #[test]
    fn who_has_the_number_of_a_reaped_leader_is_not_its_group() {
        let _turn = crate::one_test_at_a_time();
        let argv = Argv::new([&b"true"[..]]).unwrap();
        let child =
            Spawner::new().unwrap().spawn(&Spawn::of(&[c"/bin/true".into()], &argv, &[])).unwrap();
        child.wait().unwrap();
        assert!(child.group_is_empty());
        let Some(stranger) = stranger_with(child.pid) else {
            println!("skipped: the number of a process cannot be chosen here");
            return;
        };
        assert_eq!(stranger, child.pid);
        assert!(child.group_is_empty());
        child.signal(libc::SIGKILL).unwrap();
        let by_number = child.send_by_number(libc::SIGKILL).unwrap_err();
        assert_eq!(by_number.raw_os_error(), Some(libc::ESRCH));
        assert!(is_alive(stranger));
        crate::adopted::signal(stranger, libc::SIGKILL, None);
        // SAFETY: no status is wanted.
        unsafe { libc::waitpid(stranger as i32, std::ptr::null_mut(), 0) };
    }
}
