//! Which CPUs a process may run on.

use crate::check;
use std::io;
use std::path::Path;

/// So many CPUs Linux knows at most.
const CPUS_MAX: usize = 8192;

const BITS: usize = 64;

/// A set of CPUs, as the kernel takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuSet(Vec<u64>);

impl CpuSet {
    /// These CPUs.
    pub fn of(cpus: &[u32]) -> Self {
        let words = cpus.iter().map(|cpu| *cpu as usize / BITS + 1).max().unwrap_or(1);
        let mut set = vec![0u64; words];
        for cpu in cpus {
            set[*cpu as usize / BITS] |= 1 << (*cpu as usize % BITS);
        }
        CpuSet(set)
    }

    /// Those that this process may run on.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub fn allowed() -> io::Result<Self> {
        let mut set = vec![0u64; CPUS_MAX / BITS];
        // SAFETY: the kernel fills at most as many bytes as it is told there are.
        let result = unsafe {
            libc::sched_getaffinity(0, set.len() * size_of::<u64>(), set.as_mut_ptr().cast())
        };
        check(i64::from(result))?;
        Ok(CpuSet(set))
    }

    /// Their numbers, ascending.
    pub fn cpus(&self) -> Vec<u32> {
        let all = 0..(self.0.len() * BITS) as u32;
        let is_in = |cpu: &u32| self.0[*cpu as usize / BITS] >> (*cpu as usize % BITS) & 1 == 1;
        all.filter(is_in).collect()
    }

    /// Where it lies, for the child before its exec.
    pub(crate) fn raw(&self) -> RawSet {
        RawSet { words: self.0.as_ptr(), bytes: self.0.len() * size_of::<u64>() }
    }
}

/// A set that somebody else keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawSet {
    words: *const u64,
    bytes: usize,
}

impl RawSet {
    /// This thread runs there from now on; where that is not allowed nothing changes.
    ///
    /// # Safety
    /// The set must still be there. One system call, for the child before its exec.
    pub(crate) unsafe fn enter(self) {
        // SAFETY: the kernel reads that many bytes of a set that the caller keeps.
        unsafe {
            libc::sched_setaffinity(0, self.bytes, self.words.cast());
        }
    }
}

/// CPUs in the order in which work is best spread over them: one of each core first, then the
/// other threads of the cores. Where the kernel does not tell they stay as they are.
pub fn cores_first(cpus: &[u32], folder: &Path) -> Vec<u32> {
    let siblings = |cpu: u32| {
        let path = folder.join(format!("cpu{cpu}/topology/thread_siblings_list"));
        std::fs::read_to_string(path).ok()
    };
    let mut seen: Vec<(String, u32)> = Vec::new();
    let mut ranked: Vec<(u32, u32)> = Vec::with_capacity(cpus.len());
    for cpu in cpus {
        let core = siblings(*cpu).unwrap_or_else(|| format!("cpu {cpu}"));
        let rank = match seen.iter_mut().find(|(known, _)| *known == core) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                seen.push((core, 0));
                0
            }
        };
        ranked.push((rank, *cpu));
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, cpu)| cpu).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let cpus = [0, 3, 63, 64, 200];
        assert_eq!(CpuSet::of(&cpus).cpus(), cpus);
        assert!(!CpuSet::allowed().unwrap().cpus().is_empty());
    }

    #[test]
    fn one_thread_of_each_core_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for (cpu, list) in [(0, "0,2"), (1, "1,3"), (2, "0,2"), (3, "1,3")] {
            let place = folder.path().join(format!("cpu{cpu}/topology"));
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("thread_siblings_list"), format!("{list}\n")).unwrap();
        }
        assert_eq!(cores_first(&[0, 1, 2, 3], folder.path()), [0, 1, 2, 3]);
        assert_eq!(cores_first(&[0, 2, 3], folder.path()), [0, 3, 2]);
        assert_eq!(cores_first(&[7, 9], folder.path()), [7, 9]);
    }
}
