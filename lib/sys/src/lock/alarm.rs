//! A time at which a system call that blocks is interrupted.

use crate::check;
use std::io;
use std::time::{Duration, Instant};

/// When the time has come in the moment before the call, the next signal ends it.
const AGAIN: Duration = Duration::from_millis(50);

/// Signals from the given time on, until it is dropped. They do nothing but to
/// interrupt.
pub(super) struct Alarm {
    at: Instant,
    timer: libc::timer_t,
    before: libc::sigaction,
}

/// One that nobody else is likely to use.
fn number() -> i32 {
    libc::SIGRTMAX() - 3
}

extern "C" fn nothing(_: i32) {}

fn timespec(time: Duration) -> libc::timespec {
    // 0 would mean never
    let time = time.max(Duration::from_nanos(1));
    libc::timespec {
        tv_sec: time.as_secs() as libc::time_t,
        tv_nsec: libc::c_long::from(time.subsec_nanos()),
    }
}

impl Alarm {
    /// Rings after so long.
    pub(super) fn after(time: Duration) -> io::Result<Self> {
        let at = Instant::now() + time;
        // SAFETY: all-zero is a valid value of each; the pointers are valid for the calls;
        // the handler is async-signal-safe, for it does nothing. Without SA_RESTART.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as *const () as usize;
            let mut before: libc::sigaction = std::mem::zeroed();
            check(i64::from(libc::sigaction(number(), &action, &mut before)))?;
            let mut only: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&mut only, number());
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &only, std::ptr::null_mut());
            let mut event: libc::sigevent = std::mem::zeroed();
            event.sigev_notify = libc::SIGEV_SIGNAL;
            event.sigev_signo = number();
            let mut timer: libc::timer_t = std::mem::zeroed();
            check(i64::from(libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer)))?;
            let alarm = Alarm { at, timer, before };
            let times = libc::itimerspec { it_interval: timespec(AGAIN), it_value: timespec(time) };
            check(i64::from(libc::timer_settime(timer, 0, &times, std::ptr::null_mut())))?;
            Ok(alarm)
        }
    }

    /// The time has come.
    pub(super) fn has_rung(&self) -> bool {
        Instant::now() >= self.at
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // SAFETY: timer and action are those of `after`.
        unsafe {
            libc::timer_delete(self.timer);
            libc::sigaction(number(), &self.before, std::ptr::null_mut());
        }
    }
}
