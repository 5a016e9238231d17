//! A simulated machine: CPUs, a disk, a network and memory that running operations and
//! strangers share, a moment at a time, with the figures that a kernel keeps of it.

use super::table::Figures;

/// A moment, in seconds.
pub const STEP: f64 = 0.01;

/// What a task still has to do, and what it has done.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// CPU time, megabytes of disk and network, time that it sleeps, megabytes of output.
    pub left: [f64; 5],
    /// What of that it does at a time before it goes to the next.
    pub portion: [f64; 5],
    /// Which kind it does now.
    pub turn: usize,
    /// How much of its portion is done.
    pub in_turn: f64,
    /// Memory, GiB.
    pub memory: f64,
    /// CPU time that it had.
    pub cpu: f64,
    /// Megabytes of disk that it moved.
    pub moved: f64,
    /// Times it waited of its own will.
    pub waits: u64,
    /// Time its output was not taken.
    pub output_wait: f64,
    /// It never ends.
    pub hangs: bool,
}

/// Kinds of what a task does.
const CPU: usize = 0;
const DISK: usize = 1;
const NET: usize = 2;
const SLEEP: usize = 3;
const OUT: usize = 4;

impl Task {
    /// What it wants now; `None` where it is done.
    fn wants(&mut self) -> Option<usize> {
        if self.hangs {
            return Some(SLEEP);
        }
        for _ in 0..6 {
            let kind = self.turn % 5;
            if self.left[kind] > 1e-9 && self.in_turn < self.portion[kind] - 1e-9 {
                return Some(kind);
            }
            self.turn += 1;
            self.in_turn = 0.0;
            self.waits += u64::from(self.turn % 5 != CPU && self.portion[self.turn % 5] > 0.0);
        }
        None
    }

    /// True where nothing is left.
    pub fn is_done(&self) -> bool {
        !self.hangs && self.left.iter().all(|left| *left <= 1e-9)
    }

    fn does(&mut self, kind: usize, amount: f64) {
        let amount = amount.min(self.left[kind]);
        self.left[kind] -= amount;
        self.in_turn += amount;
        self.cpu += if kind == CPU { amount } else { 0.0 };
        self.moved += if kind == DISK { amount } else { 0.0 };
    }
}

/// Sums since the last sample; shares are of its time.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// CPU time: of ours, of strangers, stolen, idle with a disk that works.
    pub own: f64,
    /// Of strangers.
    pub others: f64,
    /// Stolen by other guests.
    pub stolen: f64,
    /// Idle while the disk worked.
    pub iowait: f64,
    /// Time that somebody and that all stood still: for CPU, disk, memory.
    pub some: [f64; 3],
    /// All at once.
    pub full: [f64; 3],
    /// Time in which the quota held somebody back.
    pub throttled: f64,
    /// Time in which the disk worked.
    pub disk_busy: f64,
    /// Tasks in it or waiting for it.
    pub disk_queue: f64,
    /// Megabytes of disk and network.
    pub disk: f64,
    /// Of the network.
    pub net: f64,
    /// Megabytes to and from swap.
    pub swap: f64,
    /// Tasks that want a CPU.
    pub runnable: f64,
    /// Tasks that wait for the disk.
    pub blocked: f64,
    /// The most memory used, GiB.
    pub memory: f64,
    /// Time.
    pub time: f64,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Machine {
    figures: Figures,
    /// Output that was not read yet, megabytes.
    pipe: f64,
    /// Sums since they were taken.
    pub sums: Sums,
}

/// Megabytes that stand between the commands and the reader of their output.
const PIPE: f64 = 1.0;

impl Machine {
    /// A machine that does nothing yet.
    pub fn new(figures: &Figures) -> Self {
        Machine { figures: figures.clone(), pipe: 0.0, sums: Sums::default() }
    }

    /// True where the reader of the output stands still.
    pub fn is_full(&self) -> bool {
        self.pipe >= PIPE
    }

    /// Time goes on for all tasks.
    pub fn step(&mut self, tasks: &mut [&mut Task]) {
        let wants: Vec<Option<usize>> = tasks.iter_mut().map(|task| task.wants()).collect();
        let count = |kind: usize| wants.iter().filter(|want| **want == Some(kind)).count() as f64;
        let stall = self.memory_stall(tasks.iter().map(|task| task.memory).sum());
        let figure = |name: &str, otherwise: f64| self.figures.get(name, otherwise);
        let alive = wants.iter().flatten().count() as f64;

        let (cpus, others) = (figure("cpus", 4.0), figure("others", 0.0));
        let steal = figure("steal", 0.0);
        let room = cpus * (1.0 - steal);
        let runnable = count(CPU);
        let share = (room / (runnable + others).max(1e-9)).min(1.0);
        let quota = figure("quota", cpus);
        let held = if runnable * share > quota { quota / (runnable * share) } else { 1.0 };
        let (disk, net) = (figure("disk", 400.0), figure("net", 1000.0));
        let otherdisk = figure("otherdisk", 0.0);
        let speed = [
            share * held,
            disk * (1.0 - otherdisk) / count(DISK).max(1.0),
            net / count(NET).max(1.0),
            1.0,
            if self.is_full() { 0.0 } else { PIPE / STEP },
        ];
        let reader = figure("reader", 1e6);
        let mut done = [0.0; 5];
        for (task, want) in tasks.iter_mut().zip(&wants) {
            let Some(kind) = *want else { continue };
            let stalls = if kind == SLEEP { 0.0 } else { stall };
            let amount = speed[kind] * STEP * (1.0 - stalls);
            let before = task.left[kind];
            task.does(kind, amount);
            done[kind] += before - task.left[kind];
            task.output_wait += if kind == OUT && self.pipe >= PIPE { STEP } else { 0.0 };
        }
        self.pipe = (self.pipe + done[OUT] - reader * STEP).max(0.0);

        let sums = &mut self.sums;
        let of = |yes: bool| if yes { STEP } else { 0.0 };
        let used = (runnable * share * held, others * share);
        sums.time += STEP;
        sums.own += done[CPU];
        sums.others += used.1 * STEP;
        sums.stolen += steal * (used.0 + used.1).min(cpus) / (1.0 - steal).max(0.01) * STEP;
        let works = count(DISK) > 0.0 || otherdisk > 0.0 || stall > 0.0;
        let idle = (cpus - used.0 - used.1 - steal * cpus).max(0.0);
        sums.iowait += idle.min(count(DISK) + stall * alive) * STEP;
        let waits = (runnable + others) / room.max(1e-9);
        sums.some[0] += if waits > 1.0 { STEP } else { 0.0 };
        sums.some[1] += of(count(DISK) > 0.0).max(stall * STEP);
        sums.full[1] += of(count(DISK) > 0.0 && runnable + others == 0.0).max(stall * 0.7 * STEP);
        sums.some[2] += stall * STEP;
        sums.full[2] += 0.7 * stall * STEP;
        sums.throttled += of(held < 1.0) * (1.0 - held);
        let busy = (done[DISK] / disk / STEP + otherdisk).max(stall);
        sums.disk_busy += if works { busy.min(1.0) * STEP } else { 0.0 };
        sums.disk_queue += (count(DISK) + 4.0 * otherdisk) * STEP;
        sums.disk += done[DISK] + otherdisk * disk * STEP;
        sums.net += done[NET];
        sums.swap += stall * 200.0 * STEP;
        sums.runnable += (runnable + others) * STEP;
        sums.blocked += (count(DISK) + (stall * alive).floor()) * STEP;
    }

    /// Share of the time in which nobody gets on, since memory is read back from the disk.
    fn memory_stall(&mut self, used: f64) -> f64 {
        let total = self.figures.get("mem", 32.0);
        let used = used + self.figures.get("othermem", 0.5);
        self.sums.memory = self.sums.memory.max(used.min(total));
        ((used / total - 1.0) * 5.0).clamp(0.0, 0.9)
    }
}
