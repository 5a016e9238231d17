//! Words of memory that stay shared with the processes we fork.

use std::io;
use std::sync::atomic::AtomicU32;

/// Words that begin as zeroes; what one of the sharing processes writes, all read.
#[derive(Debug)]
pub(crate) struct Words {
    first: *mut AtomicU32,
    count: usize,
}

// SAFETY: the mapping belongs to this value alone, and what is in it is atomic.
unsafe impl Send for Words {}
// SAFETY: as above.
unsafe impl Sync for Words {}

impl Words {
    pub(crate) fn new(count: usize) -> io::Result<Self> {
        // SAFETY: a fresh mapping; zeroes are valid atomics.
        let first = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                count * size_of::<AtomicU32>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if first == libc::MAP_FAILED {
            return Err(crate::last_error());
        }
        Ok(Words { first: first.cast(), count })
    }

    pub(crate) fn all(&self) -> &[AtomicU32] {
        // SAFETY: the mapping has this length and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.first, self.count) }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // SAFETY: unmaps what `new` mapped.
        unsafe {
            libc::munmap(self.first.cast(), self.count * size_of::<AtomicU32>());
        }
    }
}
