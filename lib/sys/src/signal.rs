//! Signals as a readable descriptor, and dying of one.

use crate::fd::{self, Pipe};
use signal_hook_registry::SigId;
use std::io;
use std::os::fd::{AsRawFd, RawFd};

pub use libc::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGSTOP, SIGTERM,
    SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH,
};

/// A signal that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Its number.
    pub signal: i32,
    /// The process that sent it; `None` if the kernel did (a key in the
    /// terminal, for instance, which goes to the whole foreground group).
    pub sender: Option<u32>,
}

/// Signals that are caught instead of acted upon.
#[derive(Debug)]
pub struct Signals {
    pipe: Pipe,
    caught: Vec<(i32, SigId)>,
}

impl Signals {
    /// Begins to catch nothing.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new() -> io::Result<Self> {
        let pipe = fd::pipe()?;
        // a full pipe must not stop the handler; a lost byte is a signal of a flood
        fd::set_nonblocking(&pipe.write)?;
        Ok(Signals { pipe, caught: Vec::new() })
    }

    /// Catches a signal from now on.
    ///
    /// # Errors
    /// The signal cannot be caught.
    pub fn catch(&mut self, signal: i32) -> io::Result<()> {
        if self.caught.iter().any(|(number, _)| *number == signal) {
            return Ok(());
        }
        let write = self.pipe.write.as_raw_fd();
        let handler = move |info: &libc::siginfo_t| tell(write, signal, info);
        // SAFETY: the handler makes one write(2) of memory on its stack, which is
        // async-signal-safe, and keeps errno.
        let id = unsafe { signal_hook_registry::register_sigaction(signal, handler)? };
        self.caught.push((signal, id));
        Ok(())
    }

    /// The signals since the last call.
    pub fn drain(&mut self) -> Vec<Caught> {
        let mut out = Vec::new();
        let mut buffer = [0u8; 512];
        while let Ok(Some(count)) = fd::read_some(&self.pipe.read, &mut buffer) {
            out.extend(buffer[..count].chunks_exact(8).map(|pair| {
                let word = |at: usize| {
                    i32::from_ne_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]])
                };
                Caught { signal: word(0), sender: u32::try_from(word(4)).ok().filter(|p| *p > 0) }
            }));
            if count < buffer.len() {
                break;
            }
        }
        out
    }
}

impl AsRawFd for Signals {
    fn as_raw_fd(&self) -> RawFd {
        self.pipe.read.as_raw_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for (_, id) in &self.caught {
            signal_hook_registry::unregister(*id);
        }
    }
}

/// A set of signals that are blocked.
#[derive(Clone, Copy)]
pub struct Mask(libc::sigset_t);

impl Mask {
    /// Blocks every signal in this thread, and in those that it starts from now on;
    /// what was blocked before.
    pub fn block_all() -> Self {
        Mask::block(None)
    }

    /// The same for a loop whose wait alone lets signals in (see
    /// [`crate::poller::Poller::with_mask`]): a start of a command need not block them
    /// then. The end of a child, which nobody handles as a rule, would wait, too, and
    /// end the next wait for nothing: it is left alone.
    pub fn block_for_loop() -> Self {
        Mask::block(Some(SIGCHLD))
    }

    fn block(but: Option<i32>) -> Self {
        // SAFETY: sets on the stack; plain system call.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            if let Some(but) = but {
                libc::sigdelset(&mut all, but);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            Mask(before)
        }
    }

    /// The same without those that are caught.
    #[must_use]
    pub fn letting_in(mut self, signals: &Signals) -> Self {
        for (signal, _) in &signals.caught {
            // SAFETY: a valid set, the number of a signal.
            unsafe {
                libc::sigdelset(&mut self.0, *signal);
            }
        }
        self
    }

    /// Blocks these signals in this thread, and no others.
    pub fn set(&self) {
        // SAFETY: plain system call on a valid set.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut());
        }
    }

    /// For a system call that takes a mask.
    pub(crate) fn as_ptr(&self) -> *const libc::sigset_t {
        &self.0
    }

    /// As `set`; what was blocked before.
    pub(crate) fn exchange(&self) -> Self {
        // SAFETY: sets on the stack; plain system call.
        unsafe {
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, &mut before);
            Mask(before)
        }
    }
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mask")
    }
}

fn tell(write: RawFd, signal: i32, info: &libc::siginfo_t) {
    // codes up to 0 are those of kill(2) and its like, which name the sender
    let sender = if info.si_code <= 0 {
        // SAFETY: for these codes the field is filled.
        unsafe { info.si_pid() }
    } else {
        0
    };
    let mut pair = [0u8; 8];
    pair[..4].copy_from_slice(&signal.to_ne_bytes());
    pair[4..].copy_from_slice(&sender.to_ne_bytes());
    // SAFETY: writes memory on the stack; errno is put back for the code that was interrupted.
    unsafe {
        let errno = libc::__errno_location();
        let kept = *errno;
        libc::write(write, pair.as_ptr().cast(), pair.len());
        *errno = kept;
    }
}

/// Sets a signal to its default action: SIGPIPE, for programs that are simply
/// to die when their reader has gone.
pub fn set_default(signal: i32) {
    // SAFETY: the default action needs no handler.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
    }
}

/// Ignores a signal.
pub fn ignore(signal: i32) {
    // SAFETY: ignoring needs no handler.
    unsafe {
        libc::signal(signal, libc::SIG_IGN);
    }
}

/// The kernel's `struct sigaction`. glibc's own function hides two signals that
/// a parent may have set to be ignored all the same.
#[repr(C)]
#[derive(Default)]
struct KernelAction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

/// # Safety
/// `new` and `old` must be null or valid.
unsafe fn rt_sigaction(signal: i32, new: *const KernelAction, old: *mut KernelAction) {
    // SAFETY: as the caller promises; 8 is the size of the kernel's signal set.
    unsafe {
        libc::syscall(libc::SYS_rt_sigaction, signal, new, old, 8usize);
    }
}

/// Sets a signal to its default action without a call into the C library's
/// bookkeeping: for the child before its exec.
pub(crate) fn reset_raw(signal: i32) {
    let action = KernelAction::default();
    // SAFETY: the default action needs no handler and no restorer.
    unsafe {
        rt_sigaction(signal, &action, std::ptr::null_mut());
    }
}

/// The signals that are ignored now: set so by our parent (`nohup`, shells,
/// daemons) or by us.
pub fn ignored() -> Vec<i32> {
    (1..=libc::SIGRTMAX()).filter(|signal| is_ignored(*signal)).collect()
}

/// This signal is ignored now.
pub fn is_ignored(signal: i32) -> bool {
    let mut action = KernelAction::default();
    // SAFETY: the kernel fills the action; nothing is changed.
    unsafe {
        rt_sigaction(signal, std::ptr::null(), &mut action);
    }
    action.handler == libc::SIG_IGN
}

/// Dies of a signal, so that the parent sees what stopped us. Returns only
/// where that is not possible (process 1): then exit with 128 + the signal.
pub fn die_of(signal: i32) -> u8 {
    set_default(signal);
    // SAFETY: plain system calls on a set on the stack.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut());
        libc::raise(signal);
    }
    128u8.saturating_add(u8::try_from(signal).unwrap_or(0))
}

/// Sends a signal to a process.
///
/// # Errors
/// No such process, or not ours.
pub fn send(pid: u32, signal: i32) -> io::Result<()> {
    // SAFETY: plain system call.
    crate::check(i64::from(unsafe { libc::kill(pid as i32, signal) }))?;
    Ok(())
}

/// Number of a signal by its name, with or without SIG, or by its number.
pub fn number(name: &str) -> Option<i32> {
    if let Ok(number) = name.parse::<i32>() {
        return (0..=64).contains(&number).then_some(number);
    }
    let upper = name.to_ascii_uppercase();
    let full = if upper.starts_with("SIG") { upper } else { format!("SIG{upper}") };
    full.parse::<nix::sys::signal::Signal>().ok().map(|signal| signal as i32)
}

/// Name of a signal without SIG, or its number.
pub fn name(number: i32) -> String {
    match nix::sys::signal::Signal::try_from(number) {
        Ok(signal) => signal.as_str().trim_start_matches("SIG").to_string(),
        Err(_) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_names_its_sender() {
        let mut signals = Signals::new().unwrap();
        signals.catch(SIGUSR2).unwrap();
        send(std::process::id(), SIGUSR2).unwrap();
        // delivery to this process's own kill(2) precedes its return only on the calling
        // thread; the pipe says when it has been handled
        let poller = crate::poller::Poller::new().unwrap();
        poller.add(&signals, 0, crate::poller::Want::Read).unwrap();
        let mut ready = Vec::new();
        while ready.is_empty() {
            poller.wait(None, &mut ready).unwrap();
        }
        assert_eq!(signals.drain(), [Caught { signal: SIGUSR2, sender: Some(std::process::id()) }]);
    }

    #[test]
    fn signals_have_names() {
        assert_eq!(number("TERM"), Some(15));
        assert_eq!(number("sigkill"), Some(9));
        assert_eq!(number("9"), Some(9));
        assert_eq!(number("NOPE"), None);
        assert_eq!(name(15), "TERM");
    }
}
