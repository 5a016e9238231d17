//! A control group: what the kernel counts for it, and rates of that.

use super::{Span, pressures};
use record::{Cgroup, Seconds};
use sys::proc::cgroup::{CgroupReading, PRESSURES};

/// Microseconds to seconds.
const MICRO: f64 = 1e-6;

/// The kernel's own counters of a cgroup.
// tidy: a table
pub fn cgroup(now: &CgroupReading, before: Option<&CgroupReading>, span: Option<Span>) -> Cgroup {
    let secs = |micros: Option<u64>| {
        micros.map(|us| Seconds::from_micros(i64::try_from(us).unwrap_or(i64::MAX)))
    };
    let both = before.zip(span);
    let rate = |of: fn(&CgroupReading) -> Option<u64>, unit: f64| {
        let (before, span) = both?;
        Some(span.scaled((of(now)?, of(before)?), unit))
    };
    Cgroup {
        cpu: rate(|r| r.usage_us, MICRO),
        usage_s: secs(now.usage_us),
        user_s: secs(now.user_us),
        system_s: secs(now.system_us),
        throttled_s: secs(now.throttled_us),
        throttled: rate(|r| r.throttled_us, MICRO),
        cpu_limit: now.cpu_limit,
        cpus: now.cpus.clone().unwrap_or_default(),
        memory_bytes: now.memory,
        memory_peak_bytes: now.memory_peak,
        memory_limit_bytes: now.memory_limit,
        swap_bytes: now.swap,
        tasks: now.tasks,
        read_bytes: now.read_bytes,
        write_bytes: now.write_bytes,
        read_bytes_per_s: rate(|r| r.read_bytes, 1.0),
        write_bytes_per_s: rate(|r| r.write_bytes, 1.0),
        periods_total: now.periods,
        throttled_periods_total: now.throttled_periods,
        cpu_weight: now.cpu_weight,
        anonymous_bytes: now.anonymous,
        file_bytes: now.file,
        kernel_bytes: now.kernel,
        slab_bytes: now.slab,
        socket_bytes: now.socket,
        shared_bytes: now.shared,
        mapped_bytes: now.mapped,
        dirty_bytes: now.dirty,
        inactive_file_bytes: now.inactive_file,
        faults_total: now.faults,
        major_faults_total: now.major_faults,
        memory_high_bytes: now.memory_high,
        memory_low_bytes: now.memory_low,
        swap_peak_bytes: now.swap_peak,
        swap_limit_bytes: now.swap_limit,
        high_total: now.high_events,
        max_total: now.max_events,
        oom_total: now.oom_events,
        oom_kills_total: now.oom_kills,
        tasks_limit: now.tasks_limit,
        tasks_peak: now.tasks_peak,
        tasks_refused_total: now.tasks_refused,
        read_ops_total: now.read_ops,
        write_ops_total: now.write_ops,
        cgroups: now.cgroups,
        pressure: both
            .map(|(before, span)| {
                let readings = (now.pressure.as_slice(), before.pressure.as_slice());
                pressures(&PRESSURES, readings, span)
            })
            .unwrap_or_default(),
    }
}
