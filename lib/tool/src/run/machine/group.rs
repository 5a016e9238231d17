//! The memory of the control group that we are in, where that has a limit: there it ends
//! before the machine's does.

use std::path::Path;
use sys::proc::Source;
use sys::proc::cgroup::Membership;

/// Its files, kept open.
#[derive(Debug)]
pub struct Group {
    limit: u64,
    usage: Source,
    stat: Option<Source>,
    buffer: Vec<u8>,
}

impl Group {
    /// Ours or one above it, whichever has the least limit; `None` where none has one.
    pub fn find(proc: &Path) -> Option<Self> {
        let (limit, folder) = Membership::own(proc)?.limited_memory()?;
        Group::open(limit, &folder)
    }

    fn open(limit: u64, folder: &Path) -> Option<Self> {
        let open = |name: &str| Source::open(&folder.join(name)).ok().flatten();
        let usage = open("memory.current").or_else(|| open("memory.usage_in_bytes"))?;
        Some(Group { limit, usage, stat: open("memory.stat"), buffer: Vec::new() })
    }

    /// Bytes used, and their limit. File contents that nobody has used for a while are
    /// given up before anything is short, and do not count.
    pub fn read(&mut self) -> Option<(u64, u64)> {
        let Group { limit, usage, stat, buffer } = self;
        let used: u64 = std::str::from_utf8(usage.read(buffer).ok()?).ok()?.trim().parse().ok()?;
        let spare = stat.as_ref().and_then(|stat| inactive(stat.read(buffer).ok()?));
        Some((used.saturating_sub(spare.unwrap_or(0)), *limit))
    }
}

/// Version 1 has a sum of all groups below beside the group's own; version 2 only that.
fn inactive(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let value = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    };
    value("total_inactive_file").or_else(|| value("inactive_file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_can_be_given_up_is_not_used() {
        let dir = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        assert!(Group::open(100, dir.path()).is_none());
        write("memory.usage_in_bytes", "700\n");
        assert_eq!(Group::open(1000, dir.path()).unwrap().read(), Some((700, 1000)));
        write("memory.stat", "cache 1\ninactive_file 5\ntotal_inactive_file 100\n");
        assert_eq!(Group::open(1000, dir.path()).unwrap().read(), Some((600, 1000)));
        write("memory.current", "800\n");
        write("memory.stat", "file 1\ninactive_file 300\n");
        assert_eq!(Group::open(1000, dir.path()).unwrap().read(), Some((500, 1000)));
    }
}
