//! What the machine took from the time in which operations ran.

use crate::machine::Means;
use record::Report;

/// Steal below this is the hypervisor's own.
const LEAST_STEAL: f64 = 0.03;
/// Operations that use a CPU this share of the time want one all the time that they are kept
/// from it.
const WANTS: f64 = 0.2;
/// Strangers that use less than this of the CPUs disturb nobody.
const LEAST_STRANGERS: f64 = 0.2;

/// What the operations did with the time in which they ran: the states of their processes, as
/// far as they were seen (thread state analysis, Gregg 2013), else what the kernel counted.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// On a CPU: processor time over duration.
    on_cpu: f64,
    /// Ready for one and without it.
    ready: Option<f64>,
    /// Waiting for a disk.
    disk: Option<f64>,
    /// Share of the CPUs that they used.
    own: Option<f64>,
    /// Nothing is known of operations, only of the machine.
    blind: bool,
}

impl Demand {
    /// Out of what the kernel counted for the attempts, and of the watched trees.
    pub fn of(report: &Report, means: Option<&Means>) -> Self {
        let used = (report.user_s + report.system_s).as_f64();
        let (work, wall) = (report.work_s.as_f64(), report.wall_s.as_f64());
        let mean = means.map(|means| means.mean).unwrap_or_default();
        let cpus = mean.cpus.unwrap_or(0.0);
        let counted = (cpus * wall > 0.0 && work > 0.0).then(|| used / (cpus * wall));
        let own = match (counted, mean.own) {
            (Some(counted), Some(watched)) => Some(counted.max(watched)),
            (one, other) => one.or(other),
        };
        let on_cpu = if work > 0.0 { (used / work).min(1.0) } else { 0.0 };
        // so many operations ran at once, on average
        let at_once = if wall > 0.0 { work / wall } else { 0.0 };
        let part = |processes: f64| (processes.max(0.0) / at_once).min(1.0 - on_cpu);
        let known = at_once > 0.0;
        let ready = mean.own_runnable.filter(|_| known).zip(mean.own);
        Demand {
            on_cpu,
            ready: ready.map(|(runnable, own)| part(runnable - own * cpus)),
            disk: mean.own_blocked.filter(|_| known).map(part),
            own,
            blind: !known,
        }
    }

    /// The share of the time that they were on no CPU; all that can be lost to other things.
    fn off_cpu(&self) -> f64 {
        1.0 - self.on_cpu
    }

    /// How much they want a CPU: 1 where they do all the time.
    fn wants_cpu(&self) -> f64 {
        match self.ready {
            _ if self.blind => 1.0,
            Some(ready) => (self.on_cpu + ready).min(1.0),
            None => (self.on_cpu / WANTS).min(1.0),
        }
    }
}

/// Shares of the time in which operations ran; 0 where nothing was measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stalls {
    memory: f64,
    disk: f64,
    network: f64,
    steal: f64,
    throttled: f64,
    /// In which an operation waited for a CPU.
    pub cpu_wait: f64,
    /// In which more operations at once would have found no CPU.
    pub no_room: f64,
    strangers: bool,
}

impl Stalls {
    /// Out of the means over the run.
    pub fn of(means: Option<&Means>, demand: Demand) -> Self {
        let Some(means) = means else { return Stalls::default() };
        let mean = &means.mean;
        let figure = |figure: Option<f64>| figure.unwrap_or(0.0);
        let busy = figure(mean.busy);
        let throttled = figure(mean.throttled);
        let steal = match figure(mean.steal) {
            steal if steal >= LEAST_STEAL => steal / busy.max(steal) * demand.wants_cpu(),
            _ => 0.0,
        };
        let memory = mean.memory_some.unwrap_or_else(|| swapping(means));
        // what comes with swapping is the memory's fault
        let waits =
            mean.io_some.unwrap_or_else(|| (figure(mean.iowait) * figure(mean.cpus)).min(1.0));
        let room = 1.0 - busy;
        let (off_cpu, wants) = (demand.off_cpu(), demand.wants_cpu());
        let disk = demand.disk.unwrap_or_else(|| waits.min(off_cpu) * room).min(waits);
        let disk = (disk - memory).max(0.0);
        let cpu_wait = demand
            .ready
            .unwrap_or_else(|| figure(mean.cpu_some) * off_cpu * wants * figure(mean.full));
        let elsewhere = match demand.ready {
            Some(ready) => off_cpu - ready,
            None => off_cpu * room,
        };
        let network = (figure(means.network_busy) * elsewhere - disk - memory).max(0.0);
        let own = demand.own.unwrap_or(busy);
        let strangers = busy - figure(mean.steal) - own;
        Stalls {
            memory,
            disk,
            network,
            steal,
            throttled,
            cpu_wait,
            no_room: figure(mean.full) * wants,
            strangers: strangers >= LEAST_STRANGERS && strangers > own,
        }
        .fitted()
    }

    /// All together are no more than the time.
    fn fitted(mut self) -> Self {
        let sum = self.sum();
        if sum > 1.0 {
            let parts = [
                &mut self.memory,
                &mut self.disk,
                &mut self.network,
                &mut self.steal,
                &mut self.throttled,
            ];
            parts.into_iter().for_each(|part| *part /= sum);
        }
        self
    }

    /// By cause.
    pub fn shares(&self) -> [(&'static str, f64); 5] {
        [
            ("memory", self.memory),
            ("disk", self.disk),
            ("network", self.network),
            ("steal", self.steal),
            ("throttled", self.throttled),
        ]
    }

    /// Of all of them.
    pub fn sum(&self) -> f64 {
        self.shares().into_iter().map(|row| row.1).sum()
    }

    /// Who had the CPUs that were wanted.
    pub fn whose_cpu(&self) -> &'static str {
        if self.strangers { "neighbour" } else { "cpu" }
    }
}

/// Where the kernel tells no pressure: a machine that swaps, or reads its programs back from
/// the disk, stands still as long as its CPUs are idle meanwhile.
fn swapping(means: &Means) -> f64 {
    let mean = &means.mean;
    let moves = mean.swap.unwrap_or(0.0) > 1e6 || mean.faults.unwrap_or(0.0) > 100.0;
    if moves { 1.0 - mean.busy.unwrap_or(0.0) } else { 0.0 }
}
