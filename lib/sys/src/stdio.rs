//! Standard streams that were closed when the program began.
//!
//! A descriptor that is opened later would take their numbers, and what is meant for
//! standard output would go into a job log. So each that is closed becomes `/dev/null`,
//! and the wrong way round: reading and writing still fail, as they do with a closed
//! one, and nobody takes lost output for written.

use std::os::fd::RawFd;

/// Run by the C library before `main`, hence before anything is opened; Rust's own
/// start-up would open `/dev/null` for reading and writing.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = fill_closed;

extern "C" fn fill_closed() {
    let watch = |fd: RawFd| libc::pollfd { fd, events: 0, revents: 0 };
    let mut streams = [watch(0), watch(1), watch(2)];
    // SAFETY: plain system calls on an array on the stack; nothing else runs yet.
    unsafe {
        if libc::poll(streams.as_mut_ptr(), 3, 0) <= 0 {
            return;
        }
        for stream in streams.iter().filter(|stream| stream.revents & libc::POLLNVAL != 0) {
            let way = if stream.fd == 0 { libc::O_WRONLY } else { libc::O_RDONLY };
            // the lowest free number is this one
            libc::open(c"/dev/null".as_ptr(), way);
        }
    }
}
