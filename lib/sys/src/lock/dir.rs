//! The lock directory: where it is, whom it belongs to.

use super::{LockError, Name, ghost};
use crate::check;
use std::collections::HashSet;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Overrides the usual place.
const VARIABLE: &str = "PG_LOCK_DIR";
/// Cleared at boot where it is writable for all, as on most systems.
const VOLATILE: &str = "/run/lock";
const LASTING: &str = "/var/tmp";

const STICKY: u32 = 0o1000;
const WRITABLE_FOR_OTHERS: u32 = 0o022;

/// Which directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `$PG_LOCK_DIR`, else this user's own: a function of machine and user only,
    /// or one user's terminal and cron job would not exclude each other.
    Usual,
    /// One for all users of the machine.
    System,
    /// This one.
    At(PathBuf),
}

/// A lock directory that has been checked. Clones share its descriptor.
#[derive(Clone, Debug)]
pub struct LockDir {
    fd: Arc<OwnedFd>,
    path: PathBuf,
    /// Permissions of new files: for those who may use the directory.
    file_mode: u32,
}

/// Who must own it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// This user, and nobody else may write.
    Us,
    /// This user or root, or nobody can remove what others made (sticky).
    Trusted,
}

impl LockDir {
    /// Opens a lock directory and makes it if it is missing.
    ///
    /// # Errors
    /// It cannot be made or used, or belongs to somebody who could take the
    /// locks away.
    pub fn open(place: &Place) -> Result<Self, LockError> {
        let base = || if sticky_for_all(VOLATILE) { VOLATILE } else { LASTING };
        let user = crate::user::effective();
        let (path, owner, mode) = match place {
            Place::At(path) => (path.clone(), Owner::Trusted, 0o700),
            Place::System => (Path::new(base()).join("pgtools"), Owner::Trusted, 0o1777),
            Place::Usual => match std::env::var_os(VARIABLE).filter(|dir| !dir.is_empty()) {
                Some(dir) => (PathBuf::from(dir), Owner::Trusted, 0o700),
                None => (Path::new(base()).join(format!("pgtools-{user}")), Owner::Us, 0o700),
            },
        };
        let fd = open_or_make(&path, mode, owner)?;
        refuse_network(&fd, &path)?;
        let file_mode = 0o600 | (checked(&fd, &path, (owner, user))? & 0o066);
        Ok(LockDir { fd: Arc::new(fd), path, file_mode })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the kernel says it is.
    pub(super) fn true_path(&self) -> io::Result<PathBuf> {
        std::fs::read_link(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))
    }

    /// The lock file of a name, for a shell that opens it itself.
    ///
    /// # Errors
    /// It cannot be made, or was removed while somebody holds the lock.
    pub fn lock_path(&self, name: &Name) -> Result<PathBuf, LockError> {
        let path = self.path_of(&lock_file(name));
        match self.open_lock(name)? {
            LockFileIs::There(_) => Ok(path),
            LockFileIs::Removed(_) => Err(LockError::Refused(format!(
                "{} was removed while somebody holds the lock; wait until it has ended",
                path.display()
            ))),
        }
    }

    /// Opens the lock file of a name. It is made if it is missing, unless one that was
    /// removed is still held.
    pub(super) fn open_lock(&self, name: &Name) -> Result<LockFileIs, LockError> {
        let file = lock_file(name);
        match self.open_with(&file, libc::O_RDWR) {
            Ok(file) => return Ok(LockFileIs::There(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(LockError::io(self.path_of(&file).display().to_string())(error));
            }
        }
        let removed = ghost::of(self, &file)?;
        if removed.is_empty() {
            return self.open_file(&file).map(LockFileIs::There);
        }
        Ok(LockFileIs::Removed(removed))
    }

    /// True if the lock file of a name is still this one.
    pub(super) fn is_lock_file(&self, name: &Name, file: &File) -> Result<bool, LockError> {
        let path = lock_file(name);
        let wrong = || LockError::io(self.path_of(&path).display().to_string());
        let ours = stat_of(file, c"").map_err(wrong())?;
        let named = CString::new(path.as_str()).map_err(|error| wrong()(error.into()))?;
        match stat_of(&*self.fd, &named) {
            Ok(there) => Ok((there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(wrong()(error)),
        }
    }

    pub(super) fn path_of(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Opens a file in the directory for reading and writing, making it if needed.
    pub(super) fn open_file(&self, file: &str) -> Result<File, LockError> {
        let wrong = || LockError::io(self.path_of(file).display().to_string());
        loop {
            match self.open_with(file, libc::O_RDWR) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => return other.map_err(wrong()),
            }
            // apart from opening: the kernel refuses O_CREAT on others' files in sticky
            // directories (fs.protected_regular)
            match self.open_with(file, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(wrong()(error)),
                Ok(made) => {
                    self.allow(&made).map_err(wrong())?;
                    return Ok(made);
                }
            }
        }
    }

    /// Opens a file of the directory as it stands.
    pub(super) fn open_with(&self, file: &str, flags: i32) -> io::Result<File> {
        let file = CString::new(file)?;
        let flags = flags | libc::O_CLOEXEC | libc::O_NOFOLLOW;
        // SAFETY: a null-terminated name; the new descriptor belongs to nobody else.
        unsafe {
            let fd = libc::openat(self.fd.as_raw_fd(), file.as_ptr(), flags, self.file_mode);
            Ok(File::from(OwnedFd::from_raw_fd(check(i64::from(fd))? as i32)))
        }
    }

    /// Gives a new file the permissions that the umask may have taken.
    fn allow(&self, file: &File) -> io::Result<()> {
        if self.file_mode == 0o600 {
            return Ok(());
        }
        // SAFETY: plain system call on an open descriptor.
        check(i64::from(unsafe { libc::fchmod(file.as_raw_fd(), self.file_mode) }))?;
        Ok(())
    }

    /// A folder in the directory for the same people, if it is there.
    pub(super) fn folder(&self, folder: &str) -> io::Result<Option<LockDir>> {
        match self.open_with(folder, libc::O_PATH | libc::O_DIRECTORY) {
            Ok(file) => {
                let fd = Arc::new(OwnedFd::from(file));
                let path = self.path_of(folder);
                Ok(Some(LockDir { fd, path, file_mode: self.file_mode }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A folder in the directory for the same people, made if it is missing.
    pub(super) fn make_folder(&self, folder: &str) -> io::Result<LockDir> {
        let mode = self.file_mode | ((self.file_mode & 0o444) >> 2);
        let name = CString::new(folder)?;
        loop {
            if let Some(folder) = self.folder(folder)? {
                return Ok(folder);
            }
            // SAFETY: a null-terminated name.
            let made = unsafe { libc::mkdirat(self.fd.as_raw_fd(), name.as_ptr(), mode) };
            match check(i64::from(made)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(_) if self.file_mode == 0o600 => {}
                Ok(_) => set_mode(&self.path_of(folder), mode)?,
            }
        }
    }

    /// Makes a FIFO in the directory for the same people.
    pub(super) fn make_fifo(&self, file: &str) -> io::Result<()> {
        let name = CString::new(file)?;
        // SAFETY: a null-terminated name.
        let made = unsafe { libc::mkfifoat(self.fd.as_raw_fd(), name.as_ptr(), self.file_mode) };
        check(i64::from(made))?;
        if self.file_mode != 0o600 {
            set_mode(&self.path_of(file), self.file_mode)?;
        }
        Ok(())
    }

    /// The names in the directory.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))?;
        let mut names = Vec::new();
        for entry in entries {
            // names of ours are all text
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    /// The inodes of what is in the directory.
    pub(super) fn inodes(&self) -> io::Result<HashSet<u64>> {
        use std::os::unix::fs::DirEntryExt as _;
        let entries = std::fs::read_dir(format!("/proc/self/fd/{}", self.fd.as_raw_fd()))?;
        entries.map(|entry| entry.map(|entry| entry.ino())).collect()
    }

    pub(super) fn remove(&self, file: &str) -> io::Result<()> {
        let name = CString::new(file)?;
        // SAFETY: a null-terminated name.
        check(i64::from(unsafe { libc::unlinkat(self.fd.as_raw_fd(), name.as_ptr(), 0) }))?;
        Ok(())
    }
}

/// What there is of a lock file.
pub(super) enum LockFileIs {
    There(File),
    /// None, but those that were removed are held somewhere.
    Removed(Vec<File>),
}

/// What a name in a folder is, links not followed; an empty one is the folder itself.
fn stat_of(folder: &impl AsRawFd, name: &CStr) -> io::Result<libc::stat> {
    // SAFETY: all-zero is a valid value, filled by the call.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    let flags = libc::AT_SYMLINK_NOFOLLOW | libc::AT_EMPTY_PATH;
    // SAFETY: a null-terminated name; `stat` is writable and large enough.
    check(i64::from(unsafe {
        libc::fstatat(folder.as_raw_fd(), name.as_ptr(), &mut stat, flags)
    }))?;
    Ok(stat)
}

/// The lock file's name, beside it the book and the folder of units.
pub(super) fn lock_file(name: &Name) -> String {
    format!("{}{LOCK}", name.file())
}

/// Ending of lock files.
pub(super) const LOCK: &str = ".lock";
/// Ending of books.
pub(super) const BOOK: &str = ".book";

pub(super) fn book_file(name: &Name) -> String {
    format!("{}{BOOK}", name.file())
}

pub(super) fn units_folder(name: &Name) -> String {
    format!("{}.units", name.file())
}

/// On a file system of other machines locks are theirs to keep or to lose, and a FIFO
/// reaches nobody there: such a directory is refused.
fn refuse_network(fd: &OwnedFd, path: &Path) -> Result<(), LockError> {
    // SAFETY: all-zero is a valid value, filled by the call.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: `found` is writable and large enough.
    check(i64::from(unsafe { libc::fstatfs(fd.as_raw_fd(), &mut found) }))
        .map_err(LockError::io(path.display().to_string()))?;
    match network_name(found.f_type as u32) {
        None => Ok(()),
        Some(kind) => Err(LockError::Refused(format!(
            "lock directory {} is on {kind}, where locks and FIFOs do not hold as on this \
             machine's own disks; name a local one with --dir or {VARIABLE}",
            path.display()
        ))),
    }
}

/// What a file system of other machines is called, by its number (statfs(2)).
fn network_name(number: u32) -> Option<&'static str> {
    Some(match number {
        0x6969 => "NFS",
        0x517b => "SMB",
        0xff53_4d42 => "CIFS",
        0xfe53_4d42 => "SMB2",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x0116_1970 => "GFS2",
        0x7461_636f => "OCFS2",
        0x7375_7245 => "Coda",
        0x564c => "NCP",
        _ => return None,
    })
}

fn sticky_for_all(path: &str) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_dir() && meta.mode() & 0o1777 == 0o1777)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

fn make_with_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    match std::fs::DirBuilder::new().mode(mode).create(path) {
        Ok(()) if mode == 0o700 => Ok(()),
        Ok(()) => set_mode(path, mode),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn open_or_make(path: &Path, mode: u32, owner: Owner) -> Result<OwnedFd, LockError> {
    let shown = || format!("lock directory {}", path.display());
    match open_path(path, owner) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_with_mode(path, mode).map_err(LockError::io(format!(
                "{} cannot be made (--dir or {VARIABLE} names another)",
                shown()
            )))?;
            open_path(path, owner).map_err(LockError::io(shown()))
        }
        other => other.map_err(LockError::io(shown())),
    }
}

fn open_path(path: &Path, owner: Owner) -> io::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // a place that others can write to may hold a link somebody has laid
    let follow = if owner == Owner::Us { libc::O_NOFOLLOW } else { 0 };
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC | follow;
    // SAFETY: a null-terminated path; the new descriptor belongs to nobody else.
    unsafe {
        let fd = check(i64::from(libc::open(path.as_ptr(), flags)))?;
        Ok(OwnedFd::from_raw_fd(fd as i32))
    }
}

/// The permissions of a directory whose owner is checked by descriptor.
fn checked(fd: &OwnedFd, path: &Path, rule: (Owner, u32)) -> Result<u32, LockError> {
    let stat = stat_of(fd, c"").map_err(LockError::io(path.display().to_string()))?;
    let (owner, user) = rule;
    let shown = path.display();
    let another = "name another with --dir or PG_LOCK_DIR";
    let sticky = stat.st_mode & STICKY != 0;
    let ours = stat.st_uid == user;
    if !ours && (owner == Owner::Us || (stat.st_uid != 0 && !sticky)) {
        let whose = stat.st_uid;
        return Err(LockError::Refused(format!(
            "lock directory {shown} belongs to user {whose}, who could take locks away; {another}"
        )));
    }
    if owner == Owner::Us && stat.st_mode & WRITABLE_FOR_OTHERS != 0 {
        return Err(LockError::Refused(format!(
            "lock directory {shown} can be written by others; chmod 700 {shown}, or {another}"
        )));
    }
    Ok(stat.st_mode & 0o777)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_other_machines_are_told_from_ours() {
        for (number, name) in [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0x0bd0_0bd0, "Lustre")] {
            assert_eq!(network_name(number), Some(name));
        }
        // ext4, tmpfs, btrfs, xfs, overlayfs, zfs, FUSE
        let local = [0xef53, 0x0102_1994, 0x9123_683e, 0x5846_5342, 0x794c_7630, 0x2fc1_2fc1];
        for number in local.into_iter().chain([0x6573_5546]) {
            assert_eq!(network_name(number), None, "{number:x}");
        }
    }
}
