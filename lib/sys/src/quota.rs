//! Control groups that hold commands to a limit. Where version 2 has the controller they lie
//! in the group in which commands are born; where version 1 has it, beside our own, and a
//! command is put there when it has been started.

use crate::proc::cgroup::own_folder;
use std::io;
use std::path::{Path, PathBuf};

/// The period over which CPU time is counted, microseconds: the kernel's default.
const PERIOD_US: f64 = 100_000.0;

/// The least quota that the kernel takes, microseconds.
const LEAST_US: f64 = 1_000.0;

/// A control group with a limit; it is removed when this is dropped and nobody is in it.
#[derive(Debug)]
pub struct Quota {
    folder: PathBuf,
    /// Its files are those of version 2.
    second: bool,
    /// It was made for this, and goes with it.
    ours: bool,
}

impl Quota {
    /// Makes a group for a controller: below that in which commands are born, if that is of the
    /// hierarchy that has the controller, else below our own.
    ///
    /// # Errors
    /// No hierarchy has it, or we may not.
    pub fn make(controller: &str, name: &str, born: Option<&Path>) -> io::Result<Self> {
        let none = || io::Error::from(io::ErrorKind::NotFound);
        let (own, second) = own_folder(controller).ok_or_else(none)?;
        if !second {
            let folder = own.join(name);
            std::fs::create_dir(&folder)?;
            return Ok(Quota { folder, second, ours: true });
        }
        let born = born.ok_or_else(none)?;
        for above in [&own, born] {
            std::fs::write(above.join("cgroup.subtree_control"), format!("+{controller}"))?;
        }
        Ok(Quota { folder: born.to_path_buf(), second, ours: false })
    }

    /// Where it lies, if it must be removed by whoever is left.
    pub fn folder(&self) -> Option<&Path> {
        (!self.second).then_some(&self.folder)
    }

    /// Makes one inside of it, for a single command.
    ///
    /// # Errors
    /// We may not.
    pub fn inner(&self, name: &str) -> io::Result<Self> {
        let folder = self.folder.join(name);
        std::fs::create_dir(&folder)?;
        Ok(Quota { folder, second: self.second, ours: true })
    }

    /// All in it together get that many CPUs' time.
    ///
    /// # Errors
    /// The kernel does not take it.
    pub fn limit_cpus(&self, cpus: f64) -> io::Result<()> {
        let quota = (cpus * PERIOD_US).max(LEAST_US) as u64;
        if self.second {
            return self.write("cpu.max", &format!("{quota} {PERIOD_US}"));
        }
        self.write("cpu.cfs_period_us", &PERIOD_US.to_string())?;
        self.write("cpu.cfs_quota_us", &quota.to_string())
    }

    /// All in it together get that much memory, bytes, and no swap beyond.
    ///
    /// # Errors
    /// The kernel does not take it.
    pub fn limit_memory(&self, bytes: u64) -> io::Result<()> {
        let bytes = bytes.to_string();
        if self.second {
            self.write("memory.max", &bytes)?;
            // without swap there is no such file
            let _ = self.write("memory.swap.max", "0");
            return Ok(());
        }
        self.write("memory.limit_in_bytes", &bytes)?;
        let _ = self.write("memory.memsw.limit_in_bytes", &bytes);
        Ok(())
    }

    /// Puts a process into it, with those that it has started meanwhile. Those that it
    /// starts from now on are born there.
    ///
    /// # Errors
    /// It may not be put there; one that has ended is no error.
    pub fn take_in(&self, pid: u32) -> io::Result<()> {
        let mut all = vec![pid];
        while let Some(pid) = all.pop() {
            match self.write("cgroup.procs", &pid.to_string()) {
                Ok(()) => {}
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => continue,
                Err(error) => return Err(error),
            }
            let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
            for thread in threads.into_iter().flatten().flatten() {
                let text = std::fs::read_to_string(thread.path().join("children"));
                all.extend(text.unwrap_or_default().split(' ').flat_map(str::parse::<u32>));
            }
        }
        Ok(())
    }

    /// How many processes in it were killed since they wanted more memory.
    pub fn kills(&self) -> u64 {
        let name = if self.second { "memory.events" } else { "memory.oom_control" };
        let text = std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        let count = |line: &str| line.strip_prefix("oom_kill ")?.trim().parse().ok();
        text.lines().find_map(count).unwrap_or(0)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        std::fs::write(self.folder.join(name), text)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        if self.ours {
            // one that is not empty is left to who looks after those in it
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_put_into_a_group_that_is_removed_after_it() {
        let _turn = crate::one_test_at_a_time();
        let made = Quota::make("memory", &format!("pgtest-{}", std::process::id()), None);
        let Ok(group) = made else {
            println!("skipped: a_process_is_put_into_a_group_that_is_removed_after_it: {made:?}");
            return;
        };
        group.limit_memory(64 << 20).unwrap();
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        group.take_in(child.id()).unwrap();
        let procs = std::fs::read_to_string(group.folder.join("cgroup.procs")).unwrap();
        assert_eq!(procs.trim(), child.id().to_string());
        assert_eq!(group.kills(), 0);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(group.take_in(child.id()).is_ok(), "it has ended");
        let folder = group.folder.clone();
        drop(group);
        assert!(!folder.exists());
    }
}
