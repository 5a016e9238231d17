//! Processes that came to us because who had started them is gone.
//!
//! As a subreaper we become the parent of every descendant whose ancestors below us have
//! ended: processes that left their group, their session and their environment as well.
//! The kernel gives them to the first thread of ours, so one list tells them all.

use crate::proc::process::parse_stat;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The children of the first thread, as the kernel lists them.
#[derive(Debug)]
pub struct Children {
    file: File,
    text: Vec<u8>,
}

impl Children {
    /// Opens the list.
    ///
    /// # Errors
    /// The kernel keeps none (`CONFIG_PROC_CHILDREN`), or `/proc` is not that of our pid
    /// namespace.
    pub fn open() -> io::Result<Self> {
        let own = std::process::id();
        if std::fs::read_link("/proc/self")? != Path::new(&own.to_string()) {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        let file = File::open(format!("/proc/{own}/task/{own}/children"))?;
        Ok(Children { file, text: vec![0; 4096] })
    }

    /// Who is there now.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn pids(&mut self) -> io::Result<impl Iterator<Item = u32> + '_> {
        let mut length = 0;
        loop {
            let count = self.file.read_at(&mut self.text[length..], length as u64)?;
            length += count;
            if count == 0 || length + PID_BYTES < self.text.len() {
                break;
            }
            // the kernel gives no more than a page at a time
            self.text.resize(self.text.len() + 4096, 0);
        }
        let words = self.text[..length].split(|byte| *byte == b' ');
        Ok(words.filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok()))
    }
}

/// The longest entry of the list.
const PID_BYTES: usize = 12;

/// True where this process has a child that tells of its end as usual; helpers of ours do
/// not. Of many children this is not to be asked: the kernel looks at each.
pub fn have_children() -> bool {
    // SAFETY: no siginfo is wanted.
    let result =
        unsafe { libc::waitid(libc::P_ALL, 0, std::ptr::null_mut(), ANY_END | libc::WNOWAIT) };
    result == 0
}

/// Waiting for ends, and for nothing else.
const ANY_END: i32 = libc::WEXITED | libc::WNOHANG;

/// What a child turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It runs.
    Alive,
    /// It had ended, and is gone now.
    Gone,
    /// A helper of ours, or no child at all.
    NotAnOrphan,
}

/// Looks at one child that we did not start; takes it out of the process table if it has
/// ended.
pub fn look_at(pid: u32) -> Found {
    // SAFETY: all-zero is a valid value, filled by waitid.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is writable. Without __WALL our helpers are left alone.
    let result = unsafe { libc::waitid(libc::P_PID, pid, &mut info, ANY_END) };
    // SAFETY: waitid filled the field for a child; 0 says that it has not ended.
    match (result, unsafe { info.si_pid() }) {
        (0, 0) => Found::Alive,
        (0, _) => Found::Gone,
        _ => Found::NotAnOrphan,
    }
}

/// What can be told of a process that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// Its name, as ps has it.
    pub comm: String,
    /// Its process group.
    pub group: u32,
    /// Its session.
    pub session: u32,
}

/// Looks a process up; nothing where it is gone.
pub fn face(pid: u32) -> Option<Face> {
    let reading = parse_stat(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)?;
    // SAFETY: plain system call.
    let session = unsafe { libc::getsid(pid as i32) };
    Some(Face {
        comm: String::from_utf8_lossy(reading.comm.bytes()).into_owned(),
        group: reading.group,
        session: u32::try_from(session).unwrap_or(0),
    })
}

/// Entries of the environment a process was started with; none where that cannot be read.
pub fn environment(pid: u32) -> Vec<Vec<u8>> {
    let text = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    text.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

/// Sends a signal to an orphan and to its process group, unless that is ours, or the one
/// that has been told already.
pub fn signal(pid: u32, signal: i32, told: Option<u32>) {
    let pid = pid as i32;
    // SAFETY: plain system calls. It is a child that was not reaped, so neither its number
    // nor that of its group can be anybody else's.
    unsafe {
        let group = libc::getpgid(pid);
        if u32::try_from(group).is_ok_and(|group| Some(group) == told) {
            return;
        }
        if group > 0 && group != libc::getpgrp() {
            libc::kill(-group, signal);
        } else {
            libc::kill(pid, signal);
        }
    }
}

/// The session of this process.
pub fn own_session() -> u32 {
    // SAFETY: plain system call.
    u32::try_from(unsafe { libc::getsid(0) }).unwrap_or(0)
}

/// True where this process is the first of its pid namespace: every orphan in it comes
/// to us, whoever had started it.
pub fn is_first_of_all() -> bool {
    std::process::id() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spawn::{Argv, Spawn, Spawner};
    use std::io::Read as _;
    use std::os::fd::AsRawFd as _;

    /// Waits until a child has ended, without reaping it.
    fn wait_for(pid: u32) {
        // SAFETY: all-zero is a valid value, filled by waitid.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is writable.
        let result =
            unsafe { libc::waitid(libc::P_PID, pid, &mut info, libc::WEXITED | libc::WNOWAIT) };
        assert_eq!(result, 0);
    }

    #[test]
    fn an_orphan_is_seen_known_and_reaped() {
        let _turn = crate::one_test_at_a_time();
        assert!(crate::wait::become_subreaper());
        let pipe = crate::fd::pipe().unwrap();
        // it waits by stopping itself: a process in an exec shows no environment
        let script = "PG_SEQ=7 setsid sh -c 'echo $$; kill -STOP $$' & exit 3";
        let argv = Argv::new([&b"sh"[..], b"-c", script.as_bytes()]).unwrap();
        let env = [c"PATH=/bin:/usr/bin"];
        let child = Spawner::new()
            .unwrap()
            .spawn(&Spawn {
                fds: &[(pipe.write.as_raw_fd(), 1)],
                die_with_us: false,
                ..Spawn::of(&[c"/bin/sh".into()], &argv, &env)
            })
            .unwrap();
        drop(pipe.write);
        child.wait().unwrap();
        let mut told = [0u8; 16];
        // SAFETY: the description is ours alone.
        unsafe { libc::fcntl(pipe.read.as_raw_fd(), libc::F_SETFL, 0) };
        let mut read = std::fs::File::from(pipe.read);
        let count = read.read(&mut told).unwrap();
        let pid: u32 = std::str::from_utf8(&told[..count]).unwrap().trim().parse().unwrap();
        assert!(have_children());
        assert!(Children::open().unwrap().pids().unwrap().any(|child| child == pid));
        assert_eq!(look_at(pid), Found::Alive);
        let face = face(pid).unwrap();
        assert_eq!((face.group, face.session), (pid, pid));
        assert!(environment(pid).iter().any(|entry| entry == b"PG_SEQ=7"));
        signal(pid, libc::SIGKILL, None);
        wait_for(pid);
        assert_eq!(look_at(pid), Found::Gone);
        assert_eq!(look_at(pid), Found::NotAnOrphan);
    }
}
