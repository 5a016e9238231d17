//! Which processes there are.

use super::read::{ReadError, Root};
use nix::errno::Errno;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

/// Bytes of entries that are read at once: two thousand processes.
const ENTRIES_BYTES: usize = 64 << 10;

/// Offset of the record's length in `struct linux_dirent64`.
const LENGTH_AT: usize = 16;
/// Offset of the name.
const NAME_AT: usize = 19;

/// Lists the numbered entries of a folder: processes, threads, descriptors.
#[derive(Debug)]
pub struct Pids {
    entries: Box<[u8]>,
}

impl Default for Pids {
    fn default() -> Self {
        Pids { entries: vec![0; ENTRIES_BYTES].into_boxed_slice() }
    }
}

impl Pids {
    /// Calls `each` with every process of a root, in the kernel's order (ascending).
    ///
    /// # Errors
    /// The root cannot be read.
    pub fn each(&mut self, root: &Root, each: impl FnMut(u32)) -> Result<(), ReadError> {
        self.each_number(&root.as_fd(), root.path(), each)
    }

    /// How many processes a root has.
    ///
    /// # Errors
    /// The root cannot be read.
    pub fn count(&mut self, root: &Root) -> Result<u64, ReadError> {
        let mut count = 0;
        self.each(root, |_| count += 1)?;
        Ok(count)
    }

    /// Calls `each` with every entry of an open folder that is a number. A
    /// folder whose process ends meanwhile has no more entries.
    pub(super) fn each_number(
        &mut self,
        folder: &impl AsFd,
        path: &Path,
        mut each: impl FnMut(u32),
    ) -> Result<(), ReadError> {
        let folder = folder.as_fd().as_raw_fd();
        // SAFETY: plain system call; begins again at the first entry.
        unsafe {
            libc::lseek(folder, 0, libc::SEEK_SET);
        }
        loop {
            let (room, length) = (self.entries.as_mut_ptr(), self.entries.len());
            // SAFETY: the buffer is writable and as long as said.
            let count = unsafe { libc::syscall(libc::SYS_getdents64, folder, room, length) };
            let count = match Errno::result(count) {
                Ok(0) | Err(Errno::ENOENT | Errno::ESRCH) => return Ok(()),
                Ok(count) => usize::try_from(count).unwrap_or(0),
                Err(errno) => return Err(ReadError::system(path, errno)),
            };
            let mut rest = &self.entries[..count];
            while rest.len() > NAME_AT {
                let entry = usize::from(u16::from_ne_bytes([rest[LENGTH_AT], rest[LENGTH_AT + 1]]));
                if let Some(number) = leading_number(&rest[NAME_AT..entry.min(rest.len())]) {
                    each(number);
                }
                rest = rest.get(entry.max(NAME_AT)..).unwrap_or_default();
            }
        }
    }
}

/// A name of digits alone, ended by a NUL.
fn leading_number(name: &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for (at, byte) in name.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            }
            0 if at > 0 => return Some(value),
            _ => return None,
        }
    }
    None
}
