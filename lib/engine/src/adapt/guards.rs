//! Guard rails: what the machine must be like for more slots, and when there are fewer.

use super::{AdaptRules, Reading};
use crate::machine::{CpuTime, Machine};
use alloc::format;
use alloc::string::String;
use record::Seconds;

/// No rise above this share of busy CPUs, where our own commands use them.
const CPU_FULL: f64 = 0.9;

/// Above this share of our own commands' time on a CPU, or of those of them that are on one
/// or want one, the CPUs are full with them, too.
const CPU_OURS: f64 = 0.25;
const CPU_WANTED: f64 = 0.5;

/// Tasks stand still for want of a CPU for so much of the time: there are more of them than
/// CPUs. Where the kernel does not tell that, so many run or want to run for each CPU.
const CPU_STALLS: f64 = 0.7;
const CPU_QUEUE: f64 = 2.0;

/// What a new reading counts in a mean of readings.
const NEWEST: f64 = 0.3;

/// Below this share of available memory there are fewer slots, and below twice of it no more.
const MEMORY_LOW: f64 = 0.05;

/// Part of the time in which tasks stand still for memory, from which there are fewer slots.
const MEMORY_STALLS: f64 = 0.2;

/// Differences over less than this say nothing.
const SHORT: Seconds = Seconds::from_micros(50_000);

/// After fewer slots this much time passes until there are fewer again.
const PAUSE: Seconds = Seconds::from_secs(1);

/// After fewer slots there are no more of them for so long, each time twice as long, up to
/// 32 times.
const BARRED: Seconds = Seconds::from_secs(20);

/// Whether there may be more slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rise {
    Free,
    Barred,
}

/// What the guards say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// So many at most, at once, and why.
    Fewer(u32, String),
    Rise(Rise),
}

#[derive(Debug, Default)]
pub(crate) struct Guards {
    before: Option<(Seconds, Machine)>,
    /// Share of the CPUs that were busy between the last two readings.
    busy: Option<f64>,
    /// More tasks than CPUs wanted to run, ours or those of others.
    crowded: bool,
    /// Share of our own commands that were on a CPU or wanted one.
    wanted: Option<f64>,
    /// Share of the time in which tasks stood still for memory.
    stalled: Option<f64>,
    last_fewer: Option<Seconds>,
    /// How often there have been fewer slots.
    fewer: u32,
}

impl Guards {
    /// Share of the CPUs that were busy lately.
    pub(crate) fn busy(&self) -> Option<f64> {
        self.busy
    }

    pub(crate) fn judge(
        &mut self,
        now: Seconds,
        (rules, level): (AdaptRules, u32),
        (reading, cpu_share): (&Reading, Option<f64>),
    ) -> Verdict {
        self.learn(now, reading.machine, rules.cpus);
        let seen = reading.own.seen();
        if seen > 0 {
            let share = f64::from(reading.own.busy) / f64::from(seen);
            let mean = self.wanted.unwrap_or(share);
            self.wanted = Some(mean + NEWEST * (share - mean));
        }
        let free = share_free(&reading.machine);
        let stalled = self.stalled.filter(|share| *share > MEMORY_STALLS);
        let short = free.filter(|share| *share < MEMORY_LOW);
        let may = self.last_fewer.is_none_or(|at| now >= at + PAUSE) && level > rules.least;
        if may && (short.is_some() || stalled.is_some()) {
            self.last_fewer = Some(now);
            self.fewer = self.fewer.saturating_add(1);
            let to = (level - level.div_ceil(4)).max(rules.least);
            let reason = match (short, stalled) {
                (Some(share), _) => format!("{:.1} % of the memory is available", share * 100.0),
                (_, stalled) => {
                    let percent = stalled.unwrap_or_default() * 100.0;
                    format!("tasks stood still for memory {percent:.0} % of the time")
                }
            };
            return Verdict::Fewer(to, reason);
        }
        // others may fill them: work that waits is not held back for that
        let ours = cpu_share.is_some_and(|share| share > CPU_OURS)
            || self.wanted.is_some_and(|share| share > CPU_WANTED);
        let busy = self.busy.is_some_and(|busy| busy > CPU_FULL);
        let full = ours && (busy || self.crowded);
        let tight = free.is_some_and(|share| share < 2.0 * MEMORY_LOW);
        let long = BARRED.as_micros() << self.fewer.saturating_sub(1).min(5);
        let again = self.last_fewer.is_some_and(|at| now < at + Seconds::from_micros(long));
        let barred = again || full || tight || short.is_some() || stalled.is_some();
        Verdict::Rise(if barred { Rise::Barred } else { Rise::Free })
    }

    fn learn(&mut self, now: Seconds, machine: Machine, cpus: u32) {
        let Some((then, before)) = self.before else {
            self.before = Some((now, machine));
            return;
        };
        let passed = now - then;
        if passed < SHORT {
            return;
        }
        self.busy = busy_share(before.cpu, machine.cpu);
        let waited = before.stalled.cpu.zip(machine.stalled.cpu);
        self.crowded = match waited.and_then(|(old, new)| share(new - old, passed)) {
            Some(share) => share > CPU_STALLS,
            None => {
                let queue = machine.load.unwrap_or(0) as f64;
                queue > CPU_QUEUE * f64::from(cpus)
            }
        };
        let memory = before.stalled.memory.zip(machine.stalled.memory);
        self.stalled = memory.and_then(|(old, new)| share(new - old, passed));
        self.before = Some((now, machine));
    }
}

fn share_free(machine: &Machine) -> Option<f64> {
    machine.used_memory().map(|used| (1.0 - used).clamp(0.0, 1.0))
}

fn busy_share(before: Option<CpuTime>, after: Option<CpuTime>) -> Option<f64> {
    let (before, after) = before.zip(after)?;
    share(after.busy - before.busy, after.all - before.all)
}

/// A part of a time, where that has gone forwards.
fn share(part: Seconds, whole: Seconds) -> Option<f64> {
    let (part, whole) = (part.as_f64(), whole.as_f64());
    (whole > 0.0 && part >= 0.0).then(|| (part / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Stalled;

    const RULES: AdaptRules =
        AdaptRules { least: 1, most: 32, cpus: 2, every: Seconds::from_secs(1), adapt: None };

    /// After a second in which tasks stood still for want of a CPU for so long, where the
    /// kernel tells that, and with so many that want to run.
    fn crowd(stalled: Option<i64>, load: u64, cpu_share: f64) -> Verdict {
        let mut guards = Guards::default();
        let at = |millis: i64| Seconds::from_micros(millis * 1000);
        let reading = |cpu: Option<i64>| {
            let stalled = Stalled { cpu: cpu.map(at), ..Stalled::default() };
            let machine = Machine { stalled, load: Some(load), ..Machine::default() };
            Reading { machine, ..Reading::default() }
        };
        let before = reading(stalled.map(|_| 0));
        guards.judge(Seconds::ZERO, (RULES, 8), (&before, Some(cpu_share)));
        guards.judge(at(1000), (RULES, 8), (&reading(stalled), Some(cpu_share)))
    }

    #[test]
    fn no_more_of_those_that_compute_where_tasks_stand_still_for_a_cpu() {
        assert_eq!(crowd(Some(600), 9, 0.9), Verdict::Rise(Rise::Free));
        assert_eq!(crowd(Some(800), 0, 0.9), Verdict::Rise(Rise::Barred));
        assert_eq!(crowd(Some(800), 9, 0.1), Verdict::Rise(Rise::Free), "others do, ours wait");
        assert_eq!(crowd(None, 4, 0.9), Verdict::Rise(Rise::Free));
        assert_eq!(crowd(None, 5, 0.9), Verdict::Rise(Rise::Barred), "no pressure is told");
    }

    #[test]
    fn the_control_group_is_short_of_memory_before_the_machine_is() {
        let machine = Machine { available: Some(900), total: Some(1000), ..Machine::default() };
        let judged = |group| {
            let reading = Reading { machine: Machine { group, ..machine }, ..Reading::default() };
            Guards::default().judge(Seconds::ZERO, (RULES, 8), (&reading, None))
        };
        assert_eq!(judged(None), Verdict::Rise(Rise::Free));
        assert_eq!(judged(Some((92, 100))), Verdict::Rise(Rise::Barred));
        let reason = String::from("4.0 % of the memory is available");
        assert_eq!(judged(Some((96, 100))), Verdict::Fewer(6, reason));
    }
}
