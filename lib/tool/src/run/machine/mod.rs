//! What the machine is like, read when the engine asks, and no more of it than it needs.

mod group;
mod own;
mod page;
mod trigger;

pub use own::Own;
pub use page::PAGE;
pub use trigger::{TOKEN_STALLS, Trigger};

use crate::fail::Fail;
use engine::{CpuTime, Figure, GateRules, Machine};
use group::Group;
use record::{Seconds, status};
use std::path::Path;
use sys::proc::{ReadError, Root, Source, cpu, memory, pressure};

/// Figures of stalls, and where they stand.
const STALLS: [(Figure, &str); 3] = [
    (Figure::CpuStall, "pressure/cpu"),
    (Figure::MemoryStall, "pressure/memory"),
    (Figure::IoStall, "pressure/io"),
];

/// The files that the rules need, kept open.
#[derive(Debug, Default)]
pub struct MachineDesk {
    stat: Option<Source>,
    memory: Option<Source>,
    paging: Option<Source>,
    /// Of CPU, memory and disks; what the kernel does not offer is not there.
    stalls: [Option<Source>; 3],
    /// What our own operations use.
    own: Option<Own>,
    /// The control group that we are in.
    group: Option<Group>,
    buffer: Vec<u8>,
}

impl MachineDesk {
    /// Opens what the rules need below a root such as `/proc`.
    ///
    /// # Errors
    /// A file is not there, or the rules can never hold: then nothing would ever start.
    pub fn open(rules: &GateRules, proc: &Path) -> Result<Self, Fail> {
        let mut desk = MachineDesk::default();
        let looks = |figures: &[Figure]| {
            let is_one = |rule: &engine::Emergency| figures.contains(&rule.figure);
            rules.emergencies.iter().any(is_one)
        };
        if rules.load.is_some() {
            desk.stat = Some(source(proc, ("--load", "stat"))?);
        }
        if rules.busy.is_some() {
            desk.stat = Some(source(proc, ("--max-cpu", "stat"))?);
        }
        if looks(&[Figure::Cpu, Figure::Load]) {
            desk.stat = Some(source(proc, ("--emergency", "stat"))?);
        }
        if rules.memory.is_some() {
            desk.memory = Some(source(proc, ("--memfree", "meminfo"))?);
        }
        if rules.most_memory.is_some() {
            desk.memory = Some(source(proc, ("--max-mem", "meminfo"))?);
        }
        if looks(&[Figure::Memory]) {
            desk.memory = Some(source(proc, ("--emergency", "meminfo"))?);
        }
        if desk.memory.is_some() {
            desk.group = Group::find(proc);
        }
        if rules.own.is_some() {
            let mut own = Own::open(proc).map_err(|e| unreadable("--mem-limit", &e))?;
            if !own.is_told() {
                let what = "--mem-limit: this kernel does not tell which processes are ours; take --max-mem";
                return Err(Fail::new(status::LOST, what));
            }
            desk.own = Some(own);
        }
        for (at, figure) in STALLS.into_iter().enumerate() {
            if looks(&[figure.0]) {
                desk.stalls[at] = Some(source(proc, ("--emergency", figure.1))?);
            }
        }
        if rules.no_swapping {
            desk.paging = Some(source(proc, ("--noswap", "vmstat"))?);
        }
        desk.check(rules)?;
        Ok(desk)
    }

    /// Opens what tells how busy the machine is and who stands still, as far as it is there.
    pub fn watch_stalls(&mut self, proc: &Path) {
        let Ok(root) = Root::open(proc) else { return };
        let open = |name: &str| root.source(name).ok().flatten();
        self.stat = self.stat.take().or_else(|| open("stat"));
        self.memory = self.memory.take().or_else(|| open("meminfo"));
        self.group = Group::find(proc);
        self.stalls = STALLS.map(|(_, name)| open(name));
    }

    fn check(&mut self, rules: &GateRules) -> Result<(), Fail> {
        let (Some(least), Some(file)) = (rules.memory, &self.memory) else { return Ok(()) };
        let text = file.read(&mut self.buffer).map_err(|e| unreadable("--memfree", &e))?;
        let reading =
            memory::parse_meminfo(text, file.path()).map_err(|e| unreadable("--memfree", &e))?;
        if least > reading.total {
            let total = reading.total;
            return Err(Fail::new(
                status::LOST,
                format!("--memfree {least}: this machine has {total} bytes of memory in all"),
            ));
        }
        Ok(())
    }

    /// Looks; what cannot be read is not known.
    pub fn look(&mut self) -> Machine {
        self.look_beside(None)
    }

    /// The same, while we have a guardian, which is no operation.
    pub fn look_beside(&mut self, guardian: Option<u32>) -> Machine {
        let MachineDesk { stat, memory, paging, stalls, own, group, buffer } = self;
        let mut machine = Machine::default();
        if let Some(file) = stat
            && let Ok(text) = file.read(buffer)
            && let Ok(reading) = cpu::parse_stat(text, file.path())
        {
            // we are one of those that run
            machine.load = Some((reading.runnable + reading.blocked).saturating_sub(1));
            machine.cpu = Some(cpu_time(&reading.ticks));
        }
        if let Some(file) = memory
            && let Ok(text) = file.read(buffer)
            && let Ok(reading) = memory::parse_meminfo(text, file.path())
        {
            machine.available = Some(reading.available.unwrap_or(reading.free + reading.cached));
            machine.total = Some(reading.total);
        }
        machine.group = group.as_mut().and_then(Group::read);
        machine.own = own.as_mut().and_then(|own| own.memory(guardian));
        if let Some(file) = paging
            && let Ok(text) = file.read(buffer)
        {
            let reading = memory::parse_vmstat(text);
            machine.swapped = reading.swap_in.zip(reading.swap_out);
        }
        let [cpu, memory, io] = stalls.each_ref().map(|file| {
            let text = file.as_ref()?.read(buffer).ok()?;
            let micros = pressure::parse(text)?.some_us;
            Some(Seconds::from_micros(i64::try_from(micros).ok()?))
        });
        machine.stalled = engine::Stalled { cpu, memory, io };
        machine
    }
}

/// Guests are part of user and nice; waiting for disks is idleness.
fn cpu_time(ticks: &cpu::CpuTicks) -> CpuTime {
    let busy = ticks.user + ticks.nice + ticks.system + ticks.irq + ticks.softirq + ticks.steal;
    let seconds = |ticks: u64| {
        Seconds::from_micros((ticks * (1_000_000 / sys::proc::ticks_per_second())) as i64)
    };
    CpuTime { busy: seconds(busy), all: seconds(busy + ticks.idle + ticks.iowait) }
}

fn source(proc: &Path, (flag, name): (&str, &str)) -> Result<Source, Fail> {
    let found = Root::open(proc).and_then(|root| root.source(name));
    match found.map_err(|e| unreadable(flag, &e))? {
        Some(source) => Ok(source),
        None => {
            let path = proc.join(name);
            Err(Fail::new(status::LOST, format!("{flag}: {} is not there", path.display())))
        }
    }
}

fn unreadable(flag: &str, error: &ReadError) -> Fail {
    Fail::new(status::LOST, format!("{flag}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn proc() -> tempfile::TempDir {
        let dir = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        write("stat", "cpu 1 2 3 4\nprocesses 9\nprocs_running 3\nprocs_blocked 2\n");
        write("meminfo", "MemTotal: 4000 kB\nMemFree: 10 kB\nMemAvailable: 2000 kB\n");
        write("vmstat", "pswpin 7\npswpout 8\n");
        dir
    }

    #[test]
    fn only_what_the_rules_need_is_read() {
        let dir = proc();
        let all = GateRules {
            load: Some(1.0),
            memory: Some(1 << 20),
            no_swapping: true,
            ..GateRules::default()
        };
        let machine = MachineDesk::open(&all, dir.path()).unwrap().look();
        assert_eq!((machine.load, machine.swapped), (Some(4), Some((7, 8))));
        assert_eq!((machine.available, machine.total), (Some(2000 << 10), Some(4000 << 10)));
        let millis = |millis: i64| Seconds::from_micros(millis * 1000);
        assert_eq!(machine.cpu, Some(CpuTime { busy: millis(60), all: millis(100) }));
        assert_eq!(machine.stalled, engine::Stalled::default(), "nobody asked for it");
        let none = GateRules::default();
        let mut desk = MachineDesk::open(&none, Path::new("/nowhere")).unwrap();
        assert_eq!(desk.look(), Machine::default());
    }

    #[test]
    fn who_stands_still_is_told_as_far_as_the_kernel_does() {
        let dir = proc();
        fs::create_dir(dir.path().join("pressure")).unwrap();
        let text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=250000\n";
        fs::write(dir.path().join("pressure/io"), text).unwrap();
        let mut desk = MachineDesk::default();
        desk.watch_stalls(dir.path());
        let machine = desk.look();
        let io = Some(Seconds::from_micros(250_000));
        assert_eq!(machine.stalled, engine::Stalled { io, ..Default::default() });
        assert_eq!((machine.load, machine.total), (Some(4), Some(4000 << 10)));
    }

    #[test]
    fn the_group_that_we_are_in_is_seen_by_all_who_look_at_memory() {
        let dir = proc();
        let root = dir.path().display().to_string();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("self/mountinfo", &format!("36 31 0:35 / {root}/v2 rw - cgroup2 cgroup2 rw\n"));
        write("self/cgroup", "0::/outer/inner\n");
        write("v2/outer/inner/memory.max", "max\n");
        // the one above is the one that is limited
        write("v2/outer/memory.max", "1024000\n");
        write("v2/outer/memory.current", "900000\n");
        let rules = GateRules { memory: Some(1 << 20), ..GateRules::default() };
        let gate = MachineDesk::open(&rules, dir.path()).unwrap().look();
        let mut desk = MachineDesk::default();
        desk.watch_stalls(dir.path());
        for machine in [gate, desk.look()] {
            assert_eq!(machine.group, Some((900_000, 1_024_000)));
            assert_eq!(machine.free_memory(), Some(124_000), "not the 2 MB of the machine");
        }
    }

    #[test]
    fn what_can_never_hold_is_refused() {
        let dir = proc();
        let greedy = GateRules { memory: Some(1 << 40), ..GateRules::default() };
        let fail = MachineDesk::open(&greedy, dir.path()).unwrap_err();
        assert!(fail.message.contains("has 4096000 bytes"), "{}", fail.message);
        fs::remove_file(dir.path().join("vmstat")).unwrap();
        let swap = GateRules { no_swapping: true, ..GateRules::default() };
        let fail = MachineDesk::open(&swap, dir.path()).unwrap_err();
        assert!(fail.message.ends_with("vmstat is not there"), "{}", fail.message);
    }
}
