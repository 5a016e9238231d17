//! `clone` where there is no `clone3`: sandboxes refuse that one as if the kernel were older,
//! since they cannot look into its arguments.

use super::clone::Born;
use super::prepared::Prepared;
use crate::check;
use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the child is told.
struct Told<'a> {
    prepared: &'a mut Prepared,
    place: Option<&'a AtomicU32>,
}

/// True where a child can be made by `clone3`: no arguments are an error of another kind.
pub(crate) fn has_clone3() -> bool {
    // SAFETY: the call looks at the length first, and refuses none.
    let result =
        unsafe { libc::syscall(libc::SYS_clone3, std::ptr::null::<libc::c_void>(), 0usize) };
    result >= 0 || crate::last_error().raw_os_error() != Some(libc::ENOSYS)
}

/// Makes the child as `clone3` does, but into no control group, and it enters its number
/// itself. All signals are blocked by the caller. The child's number and the descriptor of it.
pub(super) fn clone(
    stack_top: *mut libc::c_void,
    prepared: &mut Prepared,
    born: Born<'_>,
) -> io::Result<(u32, RawFd)> {
    let mut pidfd: RawFd = -1;
    let mut told = Told { prepared, place: born.place };
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: the child runs `child` on its own stack, on prepared memory, with
    // async-signal-safe calls only, while this thread is suspended.
    let pid = unsafe {
        libc::clone(
            child,
            stack_top,
            flags,
            std::ptr::from_mut(&mut told).cast(),
            std::ptr::from_mut(&mut pidfd),
        )
    };
    Ok((check(i64::from(pid))? as u32, pidfd))
}

extern "C" fn child(told: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the parent is suspended and has given us this memory alone.
    let told = unsafe { &mut *told.cast::<Told<'_>>() };
    if let Some(place) = told.place {
        place.store(std::process::id(), Ordering::Relaxed);
    }
    clear_handlers();
    told.prepared.become_command();
    127
}

/// Handlers of ours must not run in the child once its mask is the command's.
fn clear_handlers() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: all-zero is a valid value; the calls read and write our own copies. A signal
        // that cannot be handled has no handler.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &mut action) == 0
                && action.sa_sigaction != libc::SIG_IGN
                && action.sa_sigaction != libc::SIG_DFL
            {
                action.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &action, std::ptr::null_mut());
            }
        }
    }
}
