//! What a command has of us until its exec is over.
//!
//! Who waits for an exec (`CLONE_VFORK`) goes on as soon as the command has its own memory.
//! The kernel closes what is close-on-exec a little later (`begin_new_exec`): a command
//! that has no processor just then keeps copies of our descriptors open for as long.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt as _;

/// A process could write to a pipe of ours, but will have closed it when its exec is over.
pub fn closes_at_exec(pid: u32, pipe: &impl AsRawFd) -> bool {
    let identity = |path: String| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    let Some(own) = identity(format!("/proc/self/fd/{}", pipe.as_raw_fd())) else { return false };
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    open.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        identity(format!("/proc/{pid}/fd/{name}")) == Some(own)
            && fs::read_to_string(format!("/proc/{pid}/fdinfo/{name}"))
                .is_ok_and(|info| writes_until_exec(&info))
    })
}

fn writes_until_exec(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|octal| i32::from_str_radix(octal.trim(), 8).ok());
    flags.is_some_and(|flags| {
        flags & libc::O_CLOEXEC != 0 && flags & libc::O_ACCMODE != libc::O_RDONLY
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writing_end_that_an_exec_closes_is_told() {
        let _turn = crate::one_test_at_a_time();
        let (own, pipe) = (std::process::id(), crate::fd::pipe().unwrap());
        assert!(crate::fd::has_writer(&pipe.read));
        assert!(closes_at_exec(own, &pipe.read));
        // SAFETY: the descriptor is ours.
        unsafe { libc::fcntl(pipe.write.as_raw_fd(), libc::F_SETFD, 0) };
        assert!(!closes_at_exec(own, &pipe.read));
        crate::fd::write_some(&pipe.write, b"x").unwrap();
        drop(pipe.write);
        assert!(!crate::fd::has_writer(&pipe.read));
        assert!(!closes_at_exec(own, &pipe.read));
    }
}
