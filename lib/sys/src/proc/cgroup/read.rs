//! Reading the files of a control group, of either version.

use super::{Cgroup, CgroupReading, PRESSURES, V1_NO_LIMIT, Version};
use crate::proc::pressure;
use crate::proc::read::{ReadError, Source};
use crate::proc::text::{Words, lines, number, value_of};
use std::path::Path;

const NANOS_PER_MICRO: u64 = 1_000;

impl Cgroup {
    /// One reading; `None` if the cgroup has gone.
    ///
    /// # Errors
    /// A file that is there cannot be read.
    pub fn read(&mut self) -> Result<Option<CgroupReading>, ReadError> {
        if !self.is_there() {
            return Ok(None);
        }
        let mut reading = CgroupReading::default();
        self.read_cpu(&mut reading)?;
        self.read_cpu_share(&mut reading)?;
        self.read_memory(&mut reading)?;
        self.read_memory_limits(&mut reading)?;
        self.read_io(&mut reading)?;
        self.read_tasks(&mut reading)?;
        self.read_below(&mut reading)?;
        if let Some(folder) = &self.pressure {
            for (name, slot) in PRESSURES.iter().zip(&mut reading.pressure) {
                let file = folder.join(format!("{name}.pressure"));
                let text = text_of(&file, &mut self.buffer).unwrap_or_default();
                *slot = text.and_then(pressure::parse);
            }
        }
        Ok(Some(reading))
    }

    fn read_cpu(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let buffer = &mut self.buffer;
        if let Some((folder, version)) = &self.cpu {
            let stat = text_of(&folder.join("cpu.stat"), buffer)?.unwrap_or_default();
            reading.throttled_us = match version {
                Version::One => value_of(stat, b"throttled_time").map(|ns| ns / NANOS_PER_MICRO),
                Version::Two => value_of(stat, b"throttled_usec"),
            };
            reading.periods = value_of(stat, b"nr_periods");
            reading.throttled_periods = value_of(stat, b"nr_throttled");
            if *version == Version::Two {
                reading.usage_us = value_of(stat, b"usage_usec");
                reading.user_us = value_of(stat, b"user_usec");
                reading.system_us = value_of(stat, b"system_usec");
            }
        }
        if let Some((folder, Version::One)) = &self.accounting {
            let usage = level(&folder.join("cpuacct.usage"), buffer)?;
            reading.usage_us = usage.map(|ns| ns / NANOS_PER_MICRO);
            let stat = text_of(&folder.join("cpuacct.stat"), buffer)?.unwrap_or_default();
            let micros = |ticks: u64| ticks.saturating_mul(1_000_000) / self.ticks_per_second;
            reading.user_us = value_of(stat, b"user").map(micros);
            reading.system_us = value_of(stat, b"system").map(micros);
        }
        Ok(())
    }

    /// Quota, weight and set of CPUs.
    fn read_cpu_share(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let buffer = &mut self.buffer;
        if let Some((folder, version)) = &self.cpu {
            reading.cpu_limit = match version {
                Version::One => {
                    let quota = level(&folder.join("cpu.cfs_quota_us"), buffer)?;
                    quota.zip(level(&folder.join("cpu.cfs_period_us"), buffer)?).and_then(share)
                }
                Version::Two => {
                    let text = text_of(&folder.join("cpu.max"), buffer)?.unwrap_or_default();
                    let mut words = Words::new(text);
                    words.number().zip(words.number()).and_then(share)
                }
            };
            let weight = if *version == Version::One { "cpu.shares" } else { "cpu.weight" };
            reading.cpu_weight = level(&folder.join(weight), buffer)?;
        }
        if let Some((folder, version)) = &self.cpuset {
            let names: &[&str] = match version {
                Version::One => &["cpuset.effective_cpus", "cpuset.cpus"],
                Version::Two => &["cpuset.cpus.effective"],
            };
            for name in names {
                let text = text_of(&folder.join(name), buffer)?.unwrap_or_default().trim_ascii();
                if !text.is_empty() {
                    reading.cpus = Some(String::from_utf8_lossy(text).into_owned());
                    break;
                }
            }
        }
        Ok(())
    }

    fn read_memory(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let buffer = &mut self.buffer;
        let Some((folder, version)) = &self.memory else { return Ok(()) };
        let [now, peak] = match version {
            Version::One => ["memory.usage_in_bytes", "memory.max_usage_in_bytes"],
            Version::Two => ["memory.current", "memory.peak"],
        };
        reading.memory = level(&folder.join(now), buffer)?;
        reading.memory_peak = level(&folder.join(peak), buffer)?;
        let stat = text_of(&folder.join("memory.stat"), buffer)?.unwrap_or_default();
        for (_, line) in lines(stat) {
            let mut words = Words::new(line);
            let Some(name) = words.next() else { continue };
            if let Some(field) = memory_field(reading, *version, name) {
                // version 1 has the sum over all below after the cgroup's own
                *field = words.number().or(*field);
            }
        }
        if *version == Version::Two {
            reading.swap = level(&folder.join("memory.swap.current"), buffer)?;
            reading.swap_peak = level(&folder.join("memory.swap.peak"), buffer)?;
            let events = text_of(&folder.join("memory.events"), buffer)?.unwrap_or_default();
            reading.high_events = value_of(events, b"high");
            reading.max_events = value_of(events, b"max");
            reading.oom_events = value_of(events, b"oom");
            reading.oom_kills = value_of(events, b"oom_kill");
        } else {
            reading.max_events = level(&folder.join("memory.failcnt"), buffer)?;
            let control = text_of(&folder.join("memory.oom_control"), buffer)?.unwrap_or_default();
            reading.oom_kills = value_of(control, b"oom_kill");
            reading.kernel = level(&folder.join("memory.kmem.usage_in_bytes"), buffer)?;
        }
        Ok(())
    }

    fn read_memory_limits(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let Some((folder, version)) = &self.memory else { return Ok(()) };
        let buffer = &mut self.buffer;
        let mut limit = |name: &str| {
            let limit = level(&folder.join(name), buffer)?;
            Ok::<_, ReadError>(limit.filter(|bytes| *bytes < V1_NO_LIMIT))
        };
        match version {
            Version::One => {
                reading.memory_limit = limit("memory.limit_in_bytes")?;
                reading.memory_low = limit("memory.soft_limit_in_bytes")?;
                // memory and swap together
                let both = limit("memory.memsw.limit_in_bytes")?;
                let swap = both.zip(reading.memory_limit);
                reading.swap_limit = swap.map(|(both, memory)| both.saturating_sub(memory));
            }
            Version::Two => {
                reading.memory_limit = limit("memory.max")?;
                reading.memory_high = limit("memory.high")?;
                reading.memory_low = limit("memory.low")?;
                reading.swap_limit = limit("memory.swap.max")?;
            }
        }
        Ok(())
    }

    fn read_io(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let Some((folder, version)) = &self.io else { return Ok(()) };
        if *version == Version::Two {
            if let Some(text) = text_of(&folder.join("io.stat"), &mut self.buffer)? {
                reading.read_bytes = Some(unified_io(text, b"rbytes="));
                reading.write_bytes = Some(unified_io(text, b"wbytes="));
                reading.read_ops = Some(unified_io(text, b"rios="));
                reading.write_ops = Some(unified_io(text, b"wios="));
            }
            return Ok(());
        }
        for (what, bytes) in [("io_service_bytes", true), ("io_serviced", false)] {
            for name in [format!("{what}_recursive"), what.to_string()] {
                let file = folder.join(format!("blkio.throttle.{name}"));
                let Some(text) = text_of(&file, &mut self.buffer)? else { continue };
                let (read, written) =
                    (Some(split_io(text, b"Read")), Some(split_io(text, b"Write")));
                if bytes {
                    (reading.read_bytes, reading.write_bytes) = (read, written);
                } else {
                    (reading.read_ops, reading.write_ops) = (read, written);
                }
                break;
            }
        }
        Ok(())
    }

    fn read_tasks(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let Some((folder, _)) = &self.pids else { return Ok(()) };
        let buffer = &mut self.buffer;
        reading.tasks = level(&folder.join("pids.current"), buffer)?;
        reading.tasks_limit = level(&folder.join("pids.max"), buffer)?;
        reading.tasks_peak = level(&folder.join("pids.peak"), buffer)?;
        let events = text_of(&folder.join("pids.events"), buffer)?.unwrap_or_default();
        reading.tasks_refused = value_of(events, b"max");
        Ok(())
    }

    fn read_below(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let Some(folder) = &self.pressure else { return Ok(()) };
        let stat = text_of(&folder.join("cgroup.stat"), &mut self.buffer)?.unwrap_or_default();
        reading.cgroups = value_of(stat, b"nr_descendants");
        Ok(())
    }
}

/// Where a line of `memory.stat` goes. In version 1 the lines of the cgroup alone come
/// first, those with all below it (`total_`) later, and these hold.
// tidy: a table
fn memory_field<'r>(
    reading: &'r mut CgroupReading,
    version: Version,
    name: &[u8],
) -> Option<&'r mut Option<u64>> {
    if version == Version::One {
        let name = name.strip_prefix(b"total_").unwrap_or(name);
        return Some(match name {
            b"rss" => &mut reading.anonymous,
            b"cache" => &mut reading.file,
            b"shmem" => &mut reading.shared,
            b"mapped_file" => &mut reading.mapped,
            b"dirty" => &mut reading.dirty,
            b"inactive_file" => &mut reading.inactive_file,
            b"pgfault" => &mut reading.faults,
            b"pgmajfault" => &mut reading.major_faults,
            b"swap" => &mut reading.swap,
            _ => return None,
        });
    }
    Some(match name {
        b"anon" => &mut reading.anonymous,
        b"file" => &mut reading.file,
        b"kernel" => &mut reading.kernel,
        b"slab" => &mut reading.slab,
        b"sock" => &mut reading.socket,
        b"shmem" => &mut reading.shared,
        b"file_mapped" => &mut reading.mapped,
        b"file_dirty" => &mut reading.dirty,
        b"inactive_file" => &mut reading.inactive_file,
        b"pgfault" => &mut reading.faults,
        b"pgmajfault" => &mut reading.major_faults,
        _ => return None,
    })
}

/// CPUs that a quota of a period is worth; version 1 writes -1 where there is none.
fn share((quota, period): (u64, u64)) -> Option<f64> {
    (period > 0).then(|| quota as f64 / period as f64)
}

/// Sum over lines `8:0 Read 4096`.
fn split_io(text: &[u8], kind: &[u8]) -> u64 {
    let values = lines(text).filter_map(|(_, line)| {
        let mut words = Words::new(line);
        words.next()?;
        if words.next()? == kind { words.number() } else { None }
    });
    values.fold(0, u64::saturating_add)
}

/// Sum over lines `8:0 rbytes=4096 wbytes=0 ...`.
fn unified_io(text: &[u8], key: &[u8]) -> u64 {
    let values = Words::new(text).filter_map(|word| number(word.strip_prefix(key)?));
    values.fold(0, u64::saturating_add)
}

/// The text of a file; `None` where there is none, or it has gone.
pub(super) fn text_of<'b>(
    path: &Path,
    buffer: &'b mut Vec<u8>,
) -> Result<Option<&'b [u8]>, ReadError> {
    match Source::open(path)? {
        Some(file) => file.read_or_gone(buffer),
        None => Ok(None),
    }
}

/// The one number of a file; `None` for "max" and other words.
pub(super) fn level(path: &Path, buffer: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
    Ok(text_of(path, buffer)?.and_then(|text| Words::new(text).number()))
}
