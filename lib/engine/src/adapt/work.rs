//! What operations are seen to do: when they have ended, and while they run.

use crate::class::WorkClass;
use record::Seconds;

/// Above this share of its time on a CPU, work computes.
const COMPUTES: f64 = 0.8;

/// Below this share, and without blocks, it waits for others.
const WAITS: f64 = 0.4;

/// So many blocks of 512 bytes for each second count as work on disks.
const BLOCKS_A_SECOND: f64 = 64.0;

/// What an attempt that has ended took, as the kernel counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// From start to end.
    pub wall: Seconds,
    /// On CPUs: in user mode and in the kernel.
    pub cpu: Seconds,
    /// Blocks read and written, 512 bytes each.
    pub blocks: u64,
    /// Times that it gave a CPU up to wait for something.
    pub waits: u64,
    /// Times that a CPU was taken away from it for others.
    pub preempted: u64,
    /// Greatest resident set, bytes; 0 where it is not known.
    pub rss: u64,
}

/// What a command does at this moment: the busiest of its processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Does {
    /// It waits for something else than a disk.
    Sleep,
    /// It waits for a disk.
    Disk,
    /// It is on a CPU, or waits for one.
    Run,
}

/// What the commands that run do at this moment: each is counted once, by the busiest of
/// its processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// They are on a CPU or wait for one.
    pub busy: u32,
    /// They wait for a disk.
    pub disk: u32,
    /// They wait for something else.
    pub asleep: u32,
}

impl Own {
    /// Commands that were seen.
    pub fn seen(&self) -> u32 {
        self.busy.saturating_add(self.disk).saturating_add(self.asleep)
    }
}

/// Sums of work that has ended. What is long ago counts less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    count: f64,
    wall: f64,
    cpu: f64,
    blocks: f64,
    waits: f64,
    rss: f64,
    ended: u64,
}

/// Of what came before this many ends half is forgotten.
const MEMORY: f64 = 256.0;

impl Sums {
    pub(crate) fn add(&mut self, work: &Work) {
        if self.count >= MEMORY {
            for sum in
                [&mut self.count, &mut self.wall, &mut self.cpu, &mut self.blocks, &mut self.waits]
            {
                *sum /= 2.0;
            }
        }
        self.count += 1.0;
        self.ended = self.ended.saturating_add(1);
        self.wall += seconds(work.wall);
        self.cpu += seconds(work.cpu);
        self.blocks += work.blocks as f64;
        self.waits += work.waits as f64;
        // slowly downwards: the largest decides how many fit
        self.rss = (work.rss as f64).max(self.rss * 0.99);
    }

    /// Part of their time that operations were on a CPU; `None` where nothing has ended.
    pub(crate) fn cpu_share(&self) -> Option<f64> {
        (self.wall > 0.0).then(|| (self.cpu / self.wall).clamp(0.0, 64.0))
    }

    /// Memory of a large one, bytes.
    pub(crate) fn rss_each(&self) -> u64 {
        self.rss as u64
    }

    pub(crate) fn ended(&self) -> u64 {
        self.ended
    }

    /// The class, with how many operations say so: computing above 0.8 of the time, disks
    /// where blocks were moved, waiting where a CPU was given up for something else, else
    /// mixed.
    pub(crate) fn class(&self) -> (WorkClass, u64) {
        let Some(share) = self.cpu_share() else { return (WorkClass::Mixed, 0) };
        let class = match () {
            () if share > COMPUTES => WorkClass::Cpu,
            () if self.blocks > BLOCKS_A_SECOND * self.wall => WorkClass::Io,
            () if share < WAITS && self.waits >= self.count => WorkClass::Net,
            () => WorkClass::Mixed,
        };
        (class, self.ended)
    }
}

/// In seconds, at least none.
fn seconds(time: Seconds) -> f64 {
    time.as_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(wall: i64, cpu: i64, (blocks, waits): (u64, u64)) -> WorkClass {
        let ms = |n: i64| Seconds::from_micros(n * 1000);
        let mut sums = Sums::default();
        let work = Work { wall: ms(wall), cpu: ms(cpu), blocks, waits, ..Work::default() };
        (0..9).for_each(|_| sums.add(&work));
        assert_eq!(sums.class().1, 9);
        sums.class().0
    }

    #[test]
    fn four_kinds_of_work_are_told_apart() {
        assert_eq!(class(100, 95, (0, 1)), WorkClass::Cpu);
        assert_eq!(class(100, 10, (800, 40)), WorkClass::Io);
        assert_eq!(class(100, 1, (0, 2)), WorkClass::Net);
        assert_eq!(class(100, 50, (0, 9)), WorkClass::Mixed);
        assert_eq!(class(100, 80, (0, 9)), WorkClass::Mixed, "just not above the bound");
        assert_eq!(class(100, 10, (0, 0)), WorkClass::Mixed, "others had the CPU");
        assert_eq!(Sums::default().class(), (WorkClass::Mixed, 0));
    }
}
