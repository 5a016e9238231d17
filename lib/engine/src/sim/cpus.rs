//! CPUs of the simulated machine, where they are to be kept busy by what runs.

use super::Sim;
use crate::machine::CpuTime;
use record::Seconds;

/// How many there are, and what has been done on them.
#[derive(Clone, Copy, Debug)]
pub struct Cpus {
    /// All of them.
    pub count: f64,
    /// Part of one CPU that each command uses while it runs.
    pub each: f64,
    busy: f64,
    until: Seconds,
}

impl Cpus {
    /// So many that have done nothing yet, for commands that use so much each.
    pub fn new(count: f64, each: f64) -> Self {
        Cpus { count, each, busy: 0.0, until: Seconds::ZERO }
    }

    /// Since the machine was started.
    pub fn time(&self) -> CpuTime {
        let all = self.count * self.until.as_f64();
        CpuTime { busy: Seconds::from_f64(self.busy), all: Seconds::from_f64(all) }
    }
}

impl Sim {
    /// So many ran up to now, from the time before.
    pub(super) fn compute(&mut self) {
        let running = self.running() as f64;
        if let Some(cpus) = &mut self.cpus {
            let passed = (self.now - cpus.until).as_f64();
            cpus.busy += passed * (running * cpus.each).min(cpus.count);
            cpus.until = self.now;
        }
    }
}
