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

/// What the operations want of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Processor time over duration, of all attempts; none where there were none.
    cpu: Option<f64>,
    /// Share of the CPUs that they used.
    own: Option<f64>,
}

impl Demand {
    /// Out of what the kernel counted for the attempts, or the watched trees.
    pub fn of(report: &Report, means: Option<&Means>) -> Self {
        let used = (report.user_s + report.system_s).as_f64();
        let work = report.work_s.as_f64();
        let whole = means.and_then(|means| means.mean.cpus).unwrap_or(0.0) * report.wall_s.as_f64();
        let counted = (whole > 0.0 && work > 0.0).then(|| used / whole);
        let watched = means.and_then(|means| means.mean.own);
        let own = match (counted, watched) {
            (Some(counted), Some(watched)) => Some(counted.max(watched)),
            (one, other) => one.or(other),
        };
        Demand { cpu: (work > 0.0).then(|| (used / work).min(1.0)), own }
    }

    /// The share of the time that they were on no CPU; all that can be lost to other things.
    fn off_cpu(&self) -> f64 {
        1.0 - self.cpu.unwrap_or(0.0)
    }

    /// How much they want a CPU: 1 where they do all the time.
    fn wants_cpu(&self) -> f64 {
        (self.cpu.unwrap_or(1.0) / WANTS).min(1.0)
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
        let disk = (waits - memory).max(0.0).min(demand.off_cpu()) * room;
        let network =
            (figure(means.network_busy) * demand.off_cpu() * room - disk - memory).max(0.0);
        let wants = demand.wants_cpu();
        let own = demand.own.unwrap_or(busy);
        let strangers = busy - figure(mean.steal) - own;
        Stalls {
            memory,
            disk,
            network,
            steal,
            throttled,
            cpu_wait: (figure(mean.cpu_some) * demand.off_cpu() * wants * figure(mean.full))
                .min(1.0),
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
