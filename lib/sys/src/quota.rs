//! Control groups that hold commands to a limit. Where version 2 has the controller they lie
//! in the group in which commands are born; where version 1 has it, beside our own, and a
//! command is put there when it has been started.

use crate::proc::cgroup::Membership;
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
    pub fn make(
        own: &Membership,
        (controller, name): (&str, &str),
        born: Option<&Path>,
    ) -> io::Result<Self> {
        let none = || io::Error::from(io::ErrorKind::NotFound);
        let (own, second) = own.folder(controller).ok_or_else(none)?;
        if !second {
            let folder = own.join(name);
            std::fs::create_dir(&folder)?;
            return Ok(Quota { folder, second, ours: true });
        }
        let born = born.ok_or_else(none)?;
        let own_had = delegates(&own, controller);
        delegate(&own, &format!("+{controller}"))?;
        if let Err(error) = delegate(born, &format!("+{controller}")) {
            // while it stays on nothing could be born in a group of ours: processes in one
            // that hands it down and in those below exclude each other
            if !own_had {
                delegate(&own, &format!("-{controller}"))?;
            }
            return Err(error);
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
        self.count(if self.second { "memory.events" } else { "memory.oom_control" }, "oom_kill ")
    }

    /// In how many periods those in it were held back, since they had used up their CPU time.
    pub fn throttled(&self) -> u64 {
        self.count("cpu.stat", "nr_throttled ")
    }

    fn count(&self, file: &str, figure: &str) -> u64 {
        let text = std::fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        let count = |line: &str| line.strip_prefix(figure)?.trim().parse().ok();
        text.lines().find_map(count).unwrap_or(0)
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        std::fs::write(self.folder.join(name), text)
    }
}

/// What a group of version 2 hands down to those below it.
const HANDED_DOWN: &str = "cgroup.subtree_control";

fn delegates(group: &Path, controller: &str) -> bool {
    let text = std::fs::read_to_string(group.join(HANDED_DOWN)).unwrap_or_default();
    text.split_whitespace().any(|name| name == controller)
}

fn delegate(group: &Path, change: &str) -> io::Result<()> {
    std::fs::write(group.join(HANDED_DOWN), change)
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
        let own = Membership::own(Path::new("/proc")).unwrap();
        let name = format!("pgtest-{}", std::process::id());
        let made = Quota::make(&own, ("memory", &name), None);
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

    /// A process in the group `job`, whose hierarchy is plain files.
    fn beside(line: &str, mount: &str) -> (tempfile::TempDir, Membership) {
        let root = tempfile::TempDir::new().unwrap();
        for folder in ["self", "groups/job/born"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let point = root.path().join("groups").display().to_string();
        let mount = format!("36 31 0:35 / {point} rw - {mount}\n");
        std::fs::write(root.path().join("self/mountinfo"), mount).unwrap();
        std::fs::write(root.path().join("self/cgroup"), line).unwrap();
        std::fs::write(root.path().join("groups/job/cgroup.controllers"), "cpu memory").unwrap();
        let own = Membership::own(root.path()).unwrap();
        (root, own)
    }

    #[test]
    fn version_two_is_written_to_where_commands_are_born() {
        let (root, own) = beside("0::/job\n", "cgroup2 cgroup2 rw");
        let job = root.path().join("groups/job");
        let born = job.join("born");
        let text = |name: &str| std::fs::read_to_string(job.join(name)).unwrap();
        let cpu = Quota::make(&own, ("cpu", "pgtest"), Some(&born)).unwrap();
        assert_eq!(cpu.folder(), None, "it goes with those that are born in it");
        assert_eq!(
            (text(HANDED_DOWN), text("born/cgroup.subtree_control")),
            ("+cpu".into(), "+cpu".into())
        );
        cpu.limit_cpus(1.5).unwrap();
        assert_eq!(text("born/cpu.max"), "150000 100000");
        cpu.limit_cpus(0.0001).unwrap();
        assert_eq!(text("born/cpu.max"), "1000 100000", "the kernel takes no less");
        assert_eq!(cpu.throttled(), 0);
        std::fs::write(born.join("cpu.stat"), "usage_usec 5\nnr_throttled 4\n").unwrap();
        assert_eq!(cpu.throttled(), 4);
        let memory = Quota::make(&own, ("memory", "pgtest"), Some(&born)).unwrap();
        let each = memory.inner("op-7").unwrap();
        each.limit_memory(64 << 20).unwrap();
        assert_eq!(text("born/op-7/memory.max"), "67108864");
        assert_eq!(text("born/op-7/memory.swap.max"), "0");
        each.take_in(4_000_000).unwrap();
        assert_eq!(text("born/op-7/cgroup.procs"), "4000000");
        assert_eq!(each.kills(), 0);
        std::fs::write(born.join("op-7/memory.events"), "low 0\noom 3\noom_kill 2\n").unwrap();
        assert_eq!(each.kills(), 2);
    }

    #[test]
    fn what_is_refused_below_is_taken_back_above() {
        let (root, own) = beside("0::/job\n", "cgroup2 cgroup2 rw");
        let job = root.path().join("groups/job");
        let born = job.join("born");
        // as the kernel refuses to have it written to
        std::fs::create_dir(born.join(HANDED_DOWN)).unwrap();
        assert!(Quota::make(&own, ("cpu", "pgtest"), Some(&born)).is_err());
        assert_eq!(std::fs::read_to_string(job.join(HANDED_DOWN)).unwrap(), "-cpu");
        std::fs::write(job.join(HANDED_DOWN), "memory cpu\n").unwrap();
        assert!(Quota::make(&own, ("cpu", "pgtest"), Some(&born)).is_err());
        let left = std::fs::read_to_string(job.join(HANDED_DOWN)).unwrap();
        assert_eq!(left, "+cpu", "somebody else had it on");
        let none = |made: io::Result<Quota>| made.unwrap_err().kind() == io::ErrorKind::NotFound;
        assert!(none(Quota::make(&own, ("cpu", "pgtest"), None)), "nothing is born anywhere");
        assert!(none(Quota::make(&own, ("io", "pgtest"), Some(&born))), "nobody offers it");
    }

    #[test]
    fn version_one_has_a_group_beside_ours() {
        let (root, own) = beside("3:cpu,cpuacct:/job\n", "cgroup cgroup rw,cpu,cpuacct");
        let cpu = Quota::make(&own, ("cpu", "pgtest"), None).unwrap();
        let folder = root.path().join("groups/job/pgtest");
        assert_eq!(cpu.folder(), Some(folder.as_path()));
        cpu.limit_cpus(0.5).unwrap();
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(
            (text("cpu.cfs_period_us"), text("cpu.cfs_quota_us")),
            ("100000".into(), "50000".into())
        );
    }
}
