//! What there is of everything that bounds how many can run at once.

use crate::run::machine::MachineDesk;
use crate::run::settings::cpus;
use engine::Machine;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use sys::limit::{self, OpenFiles};
use sys::poller::Poller;
use sys::proc::cgroup::{Left, Membership, TASKS};
use sys::proc::network::Speeds;

/// How long the load of others is watched.
const WATCHED: Duration = Duration::from_secs(1);

/// Bytes a second of a megabit a second.
const MEGABIT: u64 = 125_000;

/// Asks the kernel below its two roots.
#[derive(Debug)]
pub struct Measured {
    proc: PathBuf,
    sys: PathBuf,
    /// Memory that the run may have besides, bytes.
    pub memory_limit: Option<u64>,
}

impl Default for Measured {
    fn default() -> Self {
        Measured { proc: "/proc".into(), sys: "/sys".into(), memory_limit: None }
    }
}

impl Measured {
    /// What a name of a formula is worth here.
    pub fn of(&self, name: &str) -> Option<f64> {
        match name {
            "cpu" => Some(f64::from(cpus())),
            "mem" => self.memory_free().map(|bytes| bytes as f64),
            "memtotal" => self.machine().total.map(|bytes| bytes as f64),
            // a megabit as 1M, so that net/50M is a slot for each 50 megabits
            "net" => self.network_mbit().map(|megabits| megabits * 1_048_576.0),
            "load" => self.machine().load.map(|load| load as f64),
            "files" => files().map(|files| files as f64),
            "pids" => self.processes().map(|processes| processes as f64),
            _ => None,
        }
    }

    /// The machine now.
    pub fn machine(&self) -> Machine {
        let mut desk = MachineDesk::default();
        desk.watch_stalls(&self.proc);
        desk.look()
    }

    /// Bytes that can be had: of the machine, the control group, or what the run may have.
    pub fn memory_free(&self) -> Option<u64> {
        [self.machine().free_memory(), self.memory_limit].into_iter().flatten().min()
    }

    /// Megabits a second of the line that the default route takes.
    pub fn network_mbit(&self) -> Option<f64> {
        let routes = std::fs::read_to_string(self.proc.join("net/route")).ok()?;
        let name = default_route(&routes)?;
        let bytes = Speeds::new(&self.sys).of(name)?;
        Some((bytes / MEGABIT) as f64)
    }

    /// Processes that may still be started: by this user, in this control group.
    pub fn processes(&self) -> Option<u64> {
        let own = Membership::own(&self.proc);
        let group = own.and_then(|own| own.left(TASKS)).map(Left::room);
        let user = limit::processes().map(|most| most.saturating_sub(self.own_tasks()));
        [group, user].into_iter().flatten().min()
    }

    /// Threads of this user's processes.
    fn own_tasks(&self) -> u64 {
        let own = sys::user::effective();
        let entries = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten();
        let is_process = |name: &std::ffi::OsStr| name.as_encoded_bytes()[0].is_ascii_digit();
        let of_process = |folder: PathBuf| {
            let mine = std::fs::metadata(&folder).is_ok_and(|of| of.uid() == own);
            if mine { entries(&folder.join("task")).count() as u64 } else { 0 }
        };
        entries(&self.proc)
            .filter(|entry| is_process(&entry.file_name()))
            .map(|entry| of_process(entry.path()))
            .sum()
    }

    /// What others make of the machine, over a second in which nothing of ours runs.
    pub fn load(&self) -> Load {
        let mut desk = MachineDesk::default();
        desk.watch_stalls(&self.proc);
        let before = desk.look();
        if before.cpu.is_some() {
            // nothing is watched: the wait is the sample
            let _ = Poller::new().and_then(|p| p.wait(Some(WATCHED), &mut Vec::new()));
        }
        Load::between(&before, &desk.look())
    }
}

/// Shares that are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Of the CPUs.
    pub cpu: Option<f64>,
    /// Of the memory, the machine's or our control group's.
    pub memory: Option<f64>,
}

impl Load {
    fn between(before: &Machine, after: &Machine) -> Self {
        let cpu = before.cpu.zip(after.cpu).and_then(|(before, after)| {
            let all = (after.all - before.all).as_f64();
            (all > 0.0).then(|| ((after.busy - before.busy).as_f64() / all).clamp(0.0, 1.0))
        });
        Load { cpu, memory: after.used_memory() }
    }

    /// What part of the slots is left for us.
    pub fn factor(self) -> f64 {
        let percent = |share: f64| share * 100.0;
        engine::load_factor(self.cpu.map(percent), self.memory.map(percent))
    }
}

/// Descriptors that a process may have: the limit is raised where that helps.
pub fn files() -> Option<u64> {
    OpenFiles::get().ok().map(|files| files.hard)
}

/// The interface of the route to everywhere, in the text of `/proc/net/route`.
fn default_route(routes: &str) -> Option<&str> {
    routes.lines().skip(1).find_map(|line| {
        let mut words = line.split_whitespace();
        let (name, target) = (words.next()?, words.next()?);
        (target == "00000000").then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::CpuTime;
    use record::Seconds;
    use std::fs;

    #[test]
    fn what_the_kernel_tells_is_worth_something() {
        let dir = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("stat", "cpu 1 2 3 4\nprocs_running 3\nprocs_blocked 2\n");
        write("meminfo", "MemTotal: 4000 kB\nMemFree: 10 kB\nMemAvailable: 2000 kB\n");
        write("net/route", "Iface Destination\nlo 0000007F\neth0 00000000\n");
        write("class/net/eth0/speed", "1000\n");
        let root = dir.path().to_path_buf();
        let mut measured = Measured { proc: root.clone(), sys: root, memory_limit: None };
        let of = |measured: &Measured, name: &str| measured.of(name);
        assert_eq!(of(&measured, "mem"), Some(2_048_000.0));
        assert_eq!(of(&measured, "memtotal"), Some(4_096_000.0));
        assert_eq!(of(&measured, "net"), Some(1000.0 * 1_048_576.0));
        assert_eq!(of(&measured, "load"), Some(4.0));
        assert_eq!(of(&measured, "nothing"), None);
        measured.memory_limit = Some(1_024_000);
        assert_eq!(of(&measured, "mem"), Some(1_024_000.0), "the run may have no more");
        for (name, _) in engine::FORMULA_NAMES {
            // each name is known here, though not each can be measured everywhere
            assert!(Measured::default().of(name).is_none_or(|value| value >= 0.0), "{name}");
        }
    }

    #[test]
    fn the_load_is_what_came_between() {
        let at = |busy, all, available| {
            let cpu =
                Some(CpuTime { busy: Seconds::from_secs(busy), all: Seconds::from_secs(all) });
            Machine { cpu, available, total: Some(1000), ..Machine::default() }
        };
        let load = Load::between(&at(10, 100, None), &at(13, 104, Some(100)));
        assert_eq!((load.cpu, load.memory), (Some(0.75), Some(0.9)));
        assert_eq!(load.factor(), 0.6);
        assert_eq!(Load::between(&at(1, 1, None), &at(1, 1, None)).factor(), 0.8);
        assert_eq!(Load::default().factor(), 0.8, "what cannot be read");
    }
}
