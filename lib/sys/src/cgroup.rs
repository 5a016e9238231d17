//! A control group of our own (version 2), in which commands are born: it is left by no
//! process that does not ask for it, so it can be ended, stopped and counted as a whole.

use crate::check;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

/// Where version 2 is mounted: alone, or beside version 1.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// Where the memory controller of version 1 is.
const MEMORY_V1: &str = "/sys/fs/cgroup/memory";

/// How long processes that were killed are waited for, in milliseconds.
const KILL_MS: i32 = 1000;

/// The control groups that this process is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Of version 2: its line in `/proc/PID/cgroup`.
    line: Vec<u8>,
    /// Its folder, where it is mounted.
    folder: Option<PathBuf>,
    /// What counts the processes that were killed for want of memory.
    memory: Option<PathBuf>,
}

impl Own {
    /// Looks them up.
    pub fn read() -> Self {
        Own::parse(&std::fs::read("/proc/self/cgroup").unwrap_or_default())
    }

    fn parse(text: &[u8]) -> Self {
        let mut own = Own::default();
        for line in text.split(|byte| *byte == b'\n') {
            let mut parts = line.splitn(3, |byte| *byte == b':').skip(1);
            let (Some(names), Some(path)) = (parts.next(), parts.next()) else { continue };
            let Some(inner) = inner(path) else { continue };
            if names.is_empty() {
                own.line = line.to_vec();
                let mount = MOUNTS.into_iter().find(|mount| is_v2(Path::new(mount)));
                own.folder = mount.map(|mount| Path::new(mount).join(inner));
                let events = own.folder.as_ref().map(|folder| folder.join("memory.events"));
                own.memory = own.memory.or(events.filter(|path| path.exists()));
            } else if names.split(|byte| *byte == b',').any(|name| name == b"memory") {
                own.memory = Some(Path::new(MEMORY_V1).join(inner).join("memory.oom_control"));
            }
        }
        own
    }

    /// How many processes of it were killed for want of memory; `None` where nobody counts.
    pub fn out_of_memory_kills(&self) -> Option<u64> {
        let text = std::fs::read_to_string(self.memory.as_ref()?).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "))?;
        line.trim().parse().ok()
    }
}

/// A path as a hierarchy names it, below its mount; none outside of what we see of it.
fn inner(path: &[u8]) -> Option<&Path> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = Path::new(std::ffi::OsStr::from_bytes(path)).strip_prefix("/").ok()?;
    path.components().all(|part| matches!(part, std::path::Component::Normal(_))).then_some(path)
}

fn is_v2(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: all-zero is a valid value, filled by statfs.
    let mut stat: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: a string that ends with a zero; the pointer is writable.
    let result = unsafe { libc::statfs(path.as_ptr(), &mut stat) };
    result == 0 && stat.f_type == libc::CGROUP2_SUPER_MAGIC
}

/// A control group that we have made; it is removed by [`Cgroup::end`].
#[derive(Debug)]
pub struct Cgroup {
    path: PathBuf,
    parent: OwnedFd,
    folder: OwnedFd,
    name: CString,
    /// The line of who was started before it was made.
    outside: Vec<u8>,
}

impl Cgroup {
    /// Makes one below our own.
    ///
    /// # Errors
    /// There is no version 2, we may not, or the kernel cannot kill one (5.14).
    pub fn make(own: &Own, name: &str) -> io::Result<Self> {
        if !crate::spawn::has_clone3() {
            // nothing could be born in it
            return Err(io::ErrorKind::Unsupported.into());
        }
        let folder = own.folder.as_ref().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let path = folder.join(name);
        let name = CString::new(name)?;
        let parent = open_folder(None, &path_of(folder)?)?;
        // SAFETY: plain system call on a string that ends with a zero.
        check(i64::from(unsafe { libc::mkdirat(parent.as_raw_fd(), name.as_ptr(), 0o755) }))?;
        let made = open_folder(Some(parent.as_fd()), &name).map(|folder| Cgroup {
            path,
            parent,
            folder,
            name,
            outside: own.line.clone(),
        })?;
        if let Err(error) = made.open(c"cgroup.kill", libc::O_WRONLY) {
            made.remove();
            return Err(error);
        }
        Ok(made)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For `clone3`, whose child is born in it.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// The descriptors that it needs to be killed and removed.
    pub(crate) fn fds(&self) -> [RawFd; 2] {
        [self.parent.as_raw_fd(), self.folder.as_raw_fd()]
    }

    fn open(&self, name: &CStr, flags: i32) -> io::Result<File> {
        let flags = flags | libc::O_CLOEXEC;
        // SAFETY: plain system call on a string that ends with a zero.
        let fd = unsafe { libc::openat(self.folder.as_raw_fd(), name.as_ptr(), flags) };
        check(i64::from(fd))?;
        // SAFETY: the kernel made this descriptor for us.
        Ok(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    fn write(&self, name: &CStr, text: &str) -> io::Result<()> {
        self.open(name, libc::O_WRONLY)?.write_all(text.as_bytes())
    }

    /// Kills all that is in it.
    ///
    /// # Errors
    /// Not permitted, or it is gone.
    pub fn kill(&self) -> io::Result<()> {
        self.write(c"cgroup.kill", "1")
    }

    /// Nothing in it runs until [`Cgroup::thaw`].
    ///
    /// # Errors
    /// Not permitted, or it is gone.
    pub fn freeze(&self) -> io::Result<()> {
        self.write(c"cgroup.freeze", "1")
    }

    /// All of it runs again.
    ///
    /// # Errors
    /// Not permitted, or it is gone.
    pub fn thaw(&self) -> io::Result<()> {
        self.write(c"cgroup.freeze", "0")
    }

    /// A process is in it, or in a group below it.
    pub fn holds(&self, pid: u32) -> bool {
        let text = std::fs::read(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        let name = self.name.as_bytes();
        let v2 = text.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"0::"));
        v2.is_some_and(|line| line.split(|byte| *byte == b'/').any(|part| part == name))
    }

    /// Somebody lives in it.
    pub fn is_populated(&self) -> bool {
        let mut text = String::new();
        let read = self.open(c"cgroup.events", libc::O_RDONLY).and_then(|mut file| {
            file.read_to_string(&mut text)?;
            Ok(())
        });
        read.is_ok() && text.lines().any(|line| line == "populated 1")
    }

    /// Takes in a process that was started before, and those that it had started
    /// meanwhile; who has gone to another group on purpose stays there.
    pub(crate) fn take_in(&self, pid: u32) {
        let mut all = vec![pid];
        while let Some(pid) = all.pop() {
            let text = std::fs::read(format!("/proc/{pid}/cgroup")).unwrap_or_default();
            let stays = !text.split(|byte| *byte == b'\n').any(|line| line == self.outside);
            if stays || self.write(c"cgroup.procs", &pid.to_string()).is_err() {
                continue;
            }
            // those that it starts from now on are born here; these were before
            let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
            for thread in threads.into_iter().flatten().flatten() {
                let text = std::fs::read_to_string(thread.path().join("children"));
                all.extend(text.unwrap_or_default().split(' ').flat_map(str::parse::<u32>));
            }
        }
    }

    /// Kills what is left in it and removes it.
    pub fn end(&self) {
        if self.remove() {
            return;
        }
        // the file's only event is that the last process has gone
        let events = self.open(c"cgroup.events", libc::O_RDONLY);
        if self.kill().is_ok()
            && let Ok(events) = events
        {
            while self.is_populated() {
                let mut event =
                    libc::pollfd { fd: events.as_raw_fd(), events: libc::POLLPRI, revents: 0 };
                // SAFETY: one element on the stack.
                if unsafe { libc::poll(&mut event, 1, KILL_MS) } <= 0 {
                    break;
                }
            }
        }
        if !self.remove() {
            // what a run inside of ours had made, and left when it was killed
            remove_below(self.folder.as_fd());
            self.remove();
        }
    }

    fn remove(&self) -> bool {
        remove(self.parent.as_fd(), &self.name)
    }
}

fn path_of(path: &Path) -> io::Result<CString> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

fn open_folder(parent: Option<BorrowedFd<'_>>, name: &CStr) -> io::Result<OwnedFd> {
    let parent = parent.map_or(libc::AT_FDCWD, |parent| parent.as_raw_fd());
    let flags = libc::O_DIRECTORY | libc::O_CLOEXEC | libc::O_RDONLY;
    // SAFETY: plain system call on a string that ends with a zero.
    let fd = unsafe { libc::openat(parent, name.as_ptr(), flags) };
    check(i64::from(fd))?;
    // SAFETY: the kernel made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn remove(parent: BorrowedFd<'_>, name: &CStr) -> bool {
    // SAFETY: plain system call on a string that ends with a zero.
    unsafe { libc::unlinkat(parent.as_raw_fd(), name.as_ptr(), libc::AT_REMOVEDIR) == 0 }
}

/// Removes a group and those in it, if they are empty.
pub(crate) fn remove_all(path: &Path) {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return };
    let (Ok(above), Ok(name)) = (path_of(above), path_of(Path::new(name))) else { return };
    let Ok(above) = open_folder(None, &above) else { return };
    if let Ok(folder) = open_folder(Some(above.as_fd()), &name) {
        remove_below(folder.as_fd());
    }
    remove(above.as_fd(), &name);
}

/// Removes the empty groups in one, the innermost first.
fn remove_below(folder: BorrowedFd<'_>) {
    let listed = std::fs::read_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    for entry in listed.into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = path_of(Path::new(&entry.file_name()));
        if let (true, Ok(name)) = (is_folder, name) {
            if let Ok(inner) = open_folder(Some(folder), &name) {
                remove_below(inner.as_fd());
            }
            remove(folder, &name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_of_our_view_is_nothing() {
        assert_eq!(inner(b"/a/b"), Some(Path::new("a/b")));
        assert_eq!(inner(b"/"), Some(Path::new("")));
        assert_eq!(inner(b"/../.."), None);
        assert_eq!(inner(b"a"), None);
    }

    #[test]
    fn a_group_is_filled_killed_and_removed() {
        let _turn = crate::one_test_at_a_time();
        let own = Own::read();
        let made = Cgroup::make(&own, &format!("pgtest-{}", std::process::id()));
        let Ok(group) = made else {
            println!("skipped: a_group_is_filled_killed_and_removed: {made:?}");
            return;
        };
        assert!(!group.is_populated());
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        group.take_in(child.id());
        assert!(group.is_populated());
        group.end();
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(group.kill().is_err(), "it is still there");
    }
}
