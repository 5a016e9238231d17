//! How CPUs spent the time between two readings.

use super::rounded;
use record::CpuShares;
use std::collections::BTreeMap;
use sys::proc::cpu::{CpuReading, CpuTicks};

/// Shares of the time of all CPUs, or of one. They are of the ticks that passed, not of
/// the clock, so that they always make 1.
pub fn shares(now: &CpuTicks, before: &CpuTicks) -> Option<CpuShares> {
    let guest = now.guest.zip(before.guest);
    let (now, before) = (states(now), states(before));
    // the kernel lets idle and iowait run backwards at times
    let spent: Vec<u64> = now.iter().zip(before).map(|(n, b)| n.saturating_sub(b)).collect();
    let all: u64 = spent.iter().sum();
    if all == 0 {
        return None;
    }
    let share = |at: usize| rounded(spent[at] as f64 / all as f64);
    Some(CpuShares {
        busy: rounded((all - spent[3] - spent[4]) as f64 / all as f64),
        user: share(0),
        nice: share(1),
        system: share(2),
        idle: share(3),
        iowait: share(4),
        irq: share(5),
        softirq: share(6),
        steal: share(7),
        guest: guest.map(|(now, before)| rounded(now.saturating_sub(before) as f64 / all as f64)),
        frequency_hz: None,
    })
}

/// The same of each CPU that was there both times.
pub fn each(
    now: &CpuReading,
    before: &CpuReading,
    clocks: &[(u32, f64)],
) -> BTreeMap<String, CpuShares> {
    let shares = |(id, ticks): &(u32, CpuTicks)| {
        let (_, past) = before.each.iter().find(|(other, _)| other == id)?;
        let clock = clocks.iter().find(|(other, _)| other == id).map(|(_, hertz)| *hertz);
        Some((id.to_string(), CpuShares { frequency_hz: clock, ..shares(ticks, past)? }))
    };
    now.each.iter().filter_map(shares).collect()
}

fn states(ticks: &CpuTicks) -> [u64; 8] {
    let CpuTicks { user, nice, system, idle, iowait, irq, softirq, steal, .. } = *ticks;
    [user, nice, system, idle, iowait, irq, softirq, steal]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: [u64; 8]) -> CpuTicks {
        let [user, nice, system, idle, iowait, irq, softirq, steal] = values;
        CpuTicks { user, nice, system, idle, iowait, irq, softirq, steal, guest: None }
    }

    #[test]
    fn shares_make_one() {
        let before = ticks([100, 0, 50, 800, 20, 0, 0, 0]);
        let now = ticks([200, 0, 50, 900, 15, 0, 0, 0]);
        let seen = shares(&now, &before).unwrap();
        // one of two CPUs was busy; iowait ran backwards
        assert_eq!((seen.busy, seen.user, seen.idle, seen.iowait), (0.5, 0.5, 0.5, 0.0));
        assert_eq!(seen.guest, None);
        assert_eq!(shares(&now, &now), None);
    }

    #[test]
    fn a_cpu_that_was_switched_on_has_no_shares_yet() {
        let reading = |each: &[(u32, [u64; 8])]| CpuReading {
            each: each.iter().map(|(id, values)| (*id, ticks(*values))).collect(),
            ..CpuReading::default()
        };
        let before = reading(&[(0, [0; 8])]);
        let now = reading(&[(0, [30, 0, 0, 10, 0, 0, 0, 60]), (1, [5; 8])]);
        let seen = each(&now, &before, &[(0, 2.5e9)]);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["0"]);
        assert_eq!((seen["0"].steal, seen["0"].busy), (0.6, 0.9));
        assert_eq!(seen["0"].frequency_hz, Some(2.5e9));
    }
}
