//! What this run's own operations use: all processes below ours, wherever they went, since
//! who has lost its parent comes to us.

use record::Seconds;
use std::path::Path;
use sys::proc::process::Processes;
use sys::proc::{ReadError, Root};

/// Reads the processes below one.
#[derive(Debug)]
pub struct Own {
    root: Root,
    top: u32,
    processes: Processes,
}

impl Own {
    /// Those below this process.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn open(proc: &Path) -> Result<Self, ReadError> {
        let (root, processes) = (Root::open(proc)?, Processes::default());
        Ok(Own { root, top: std::process::id(), processes })
    }

    /// This kernel tells who they are.
    pub fn is_told(&mut self) -> bool {
        self.processes.lists_children(&self.root, self.top)
    }

    /// Their memory, bytes: what several share is divided among them. One of them is not
    /// counted: the guardian. `None` where nobody tells.
    pub fn memory(&mut self, guardian: Option<u32>) -> Option<u64> {
        let mut bytes = 0;
        for pid in self.all()?.into_iter().filter(|pid| Some(*pid) != guardian) {
            bytes += self.processes.pss(&self.root, pid).ok().flatten().unwrap_or_else(|| {
                // of somebody else's process the resident set can be read
                let stat = self.processes.stat(&self.root, pid).ok().flatten();
                stat.map_or(0, |stat| stat.rss_pages * sys::proc::page_bytes())
            });
        }
        Some(bytes)
    }

    /// CPU time that they have used so far, those that have ended included.
    pub fn cpu(&mut self) -> Option<Seconds> {
        let top = self.processes.stat(&self.root, self.top).ok().flatten()?;
        let mut ticks = top.reaped_user + top.reaped_system;
        for pid in self.all()? {
            if let Ok(Some(one)) = self.processes.stat(&self.root, pid) {
                ticks += one.user + one.system + one.reaped_user + one.reaped_system;
            }
        }
        let micros = ticks * (1_000_000 / sys::proc::ticks_per_second());
        Some(Seconds::from_micros(i64::try_from(micros).ok()?))
    }

    fn all(&mut self) -> Option<Vec<u32>> {
        let mut found = Vec::new();
        let mut next = vec![self.top];
        while let Some(pid) = next.pop() {
            // who has gone meanwhile has no children any more
            let Ok(Some(one)) = self.processes.stat(&self.root, pid) else { continue };
            let before = next.len();
            self.processes.children(&self.root, &one, &mut next).ok()?;
            found.extend(&next[before..]);
        }
        Some(found)
    }
}
