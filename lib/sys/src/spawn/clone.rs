//! `clone3` with the child on a stack of its own, in our memory, while this
//! thread waits for its exec.

use super::prepared::Prepared;
use crate::check;
use crate::signal::Mask;
use std::arch::asm;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::AtomicU32;

/// Room for the few frames between clone and exec.
const STACK_BYTES: usize = 64 << 10;

const CLONE_CLEAR_SIGHAND: u64 = 0x1_0000_0000;
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// The child's stack, with a guard page below.
#[derive(Debug)]
pub(super) struct Stack {
    base: *mut libc::c_void,
}

// SAFETY: the mapping belongs to this value alone, whichever thread has it.
unsafe impl Send for Stack {}

const GUARD_BYTES: usize = 4096;

impl Stack {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: a fresh private mapping.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                GUARD_BYTES + STACK_BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(crate::last_error());
        }
        let stack = Stack { base };
        // SAFETY: the first page belongs to the mapping just made.
        check(i64::from(unsafe { libc::mprotect(base, GUARD_BYTES, libc::PROT_NONE) }))?;
        Ok(stack)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: unmaps what `new` mapped; no child uses it, since each spawn has returned.
        unsafe {
            libc::munmap(self.base, GUARD_BYTES + STACK_BYTES);
        }
    }
}

/// Where a child comes into being.
#[derive(Clone, Copy)]
pub(super) struct Born<'a> {
    /// The kernel writes its number here before it runs.
    pub(super) place: Option<&'a AtomicU32>,
    /// The control group that it begins in.
    pub(super) cgroup: Option<BorrowedFd<'a>>,
}

/// The kernel's `struct clone_args`, third version (5.7).
#[repr(C, align(8))]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Length of the first version, which every kernel that has the call takes.
const FIRST_VERSION_BYTES: usize = 64;

impl CloneArgs {
    /// No longer than what is used: older kernels refuse what they do not know.
    fn size(&self) -> usize {
        if self.cgroup == 0 { FIRST_VERSION_BYTES } else { size_of::<Self>() }
    }
}

/// Makes the child; returns when it has executed its command or ended. `blocked`: all
/// signals are, by the caller's doing, and this is what was blocked before.
pub(super) fn clone_into(
    stack: &mut Stack,
    prepared: &mut Prepared,
    (blocked, born): (Option<&Mask>, Born<'_>),
) -> io::Result<(u32, OwnedFd)> {
    if let Some(before) = blocked {
        prepared.set_mask(before);
    }
    let mut pidfd: RawFd = -1;
    let mut flags =
        (libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD) as u64 | CLONE_CLEAR_SIGHAND;
    if born.place.is_some() {
        flags |= libc::CLONE_PARENT_SETTID as u64;
    }
    if born.cgroup.is_some() {
        flags |= CLONE_INTO_CGROUP;
    }
    let args = CloneArgs {
        flags,
        pidfd: std::ptr::from_mut(&mut pidfd) as u64,
        child_tid: 0,
        parent_tid: born.place.map_or(0, |place| place.as_ptr() as u64),
        exit_signal: libc::SIGCHLD as u64,
        stack: stack.base as u64 + GUARD_BYTES as u64,
        stack_size: STACK_BYTES as u64,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: born.cgroup.map_or(0, |fd| fd.as_raw_fd() as u64),
    };
    let blocked = blocked.is_none().then(BlockedSignals::all);
    if let Some(blocked) = &blocked {
        prepared.set_mask(&blocked.before);
    }
    // SAFETY: the child runs `child_main` on its own stack, on prepared memory, with
    // async-signal-safe calls only, while this thread is suspended; see `clone3`.
    let result = unsafe { clone3(&args, prepared) };
    drop(blocked);
    if result < 0 {
        return Err(io::Error::from_raw_os_error(-result as i32));
    }
    // SAFETY: the kernel made this descriptor for us.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    Ok((result as u32, pidfd))
}

/// All signals blocked while this lives, so that no handler of ours runs in the child.
pub(crate) struct BlockedSignals {
    before: Mask,
}

impl BlockedSignals {
    pub(crate) fn all() -> Self {
        BlockedSignals { before: Mask::block_all() }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        self.before.set();
    }
}

extern "C" fn child_main(prepared: *mut Prepared) -> ! {
    // SAFETY: the parent is suspended and has given us this memory alone.
    let prepared = unsafe { &mut *prepared };
    prepared.become_command();
    // SAFETY: ends the child only; `_exit` runs no handlers of the parent.
    unsafe { libc::_exit(127) }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("pgtools starts commands on x86-64 and arm64; this processor needs a clone3 here");

/// The raw system call. Returns the child's process id, or minus errno.
///
/// # Safety
/// `args` must name a stack that nobody else uses; `prepared` must stay alive
/// and untouched until the child has executed or ended.
#[cfg(target_arch = "x86_64")]
unsafe fn clone3(args: &CloneArgs, prepared: &mut Prepared) -> i64 {
    let result: i64;
    // SAFETY: as the caller promises. In the child the stack pointer is the new
    // stack's top, aligned to 16 as a call needs it; it never returns from the call.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 => result,
            in("rdi") std::ptr::from_ref(args),
            in("rsi") args.size(),
            in("r12") std::ptr::from_mut(prepared),
            in("r13") child_main as extern "C" fn(*mut Prepared) -> !,
            out("rcx") _,
            out("r11") _,
        );
    }
    result
}

/// The raw system call. Returns the child's process id, or minus errno.
///
/// # Safety
/// `args` must name a stack that nobody else uses; `prepared` must stay alive
/// and untouched until the child has executed or ended.
#[cfg(target_arch = "aarch64")]
unsafe fn clone3(args: &CloneArgs, prepared: &mut Prepared) -> i64 {
    let result: i64;
    // SAFETY: as the caller promises; the child never returns from the call.
    unsafe {
        asm!(
            "svc #0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x0, x20",
            "blr x21",
            "brk #1",
            "2:",
            inlateout("x0") std::ptr::from_ref(args) => result,
            in("x1") args.size(),
            in("x8") libc::SYS_clone3,
            in("x20") std::ptr::from_mut(prepared),
            in("x21") child_main as extern "C" fn(*mut Prepared) -> !,
            out("x30") _,
        );
    }
    result
}
