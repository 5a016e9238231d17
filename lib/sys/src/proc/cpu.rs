//! `/proc/stat` and `/proc/loadavg`.

use super::read::ReadError;
use super::text::{Words, fraction, lines};
use std::path::Path;

/// Time of all CPUs by state, in ticks since the machine came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTicks {
    /// In programs, guests of virtual machines included.
    pub user: u64,
    /// In programs of lowered priority.
    pub nice: u64,
    /// In the kernel for programs.
    pub system: u64,
    /// With nothing to do.
    pub idle: u64,
    /// With nothing to do but wait for disks; the kernel lets it run backwards at times.
    pub iowait: u64,
    /// In interrupts.
    pub irq: u64,
    /// In deferred interrupt work.
    pub softirq: u64,
    /// Taken by other guests of the host.
    pub steal: u64,
    /// In guests of ours, part of user and nice; `None` before Linux 2.6.24.
    pub guest: Option<u64>,
}

/// What `/proc/stat` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuReading {
    /// Time of all CPUs.
    pub ticks: CpuTicks,
    /// Time of each, by its number.
    pub each: Vec<(u32, CpuTicks)>,
    /// Changes from one task to another since the machine came up.
    pub context_switches: Option<u64>,
    /// Interrupts since then.
    pub interrupts: Option<u64>,
    /// Deferred interrupt work since then.
    pub softirqs: Option<u64>,
    /// CPUs that are switched on.
    pub cpus: u32,
    /// Processes and threads made since the machine came up.
    pub forks: u64,
    /// Tasks that run or wait for a CPU.
    pub runnable: u64,
    /// Tasks that wait for a disk.
    pub blocked: u64,
}

/// Reads the text of `/proc/stat`.
///
/// # Errors
/// There is no line of all CPUs, or a word is no number.
pub fn parse_stat(text: &[u8], path: &Path) -> Result<CpuReading, ReadError> {
    let mut reading = CpuReading::default();
    let mut seen = false;
    for (number, line) in lines(text) {
        let mut words = Words::new(line);
        let field = match words.next() {
            Some(b"cpu") => {
                reading.ticks = ticks(&mut words)
                    .ok_or_else(|| ReadError::text(path, number, "four numbers should follow"))?;
                seen = true;
                continue;
            }
            Some(word) if word.starts_with(b"cpu") => {
                reading.cpus += 1;
                let id = super::text::number(&word[3..]).and_then(|id| u32::try_from(id).ok());
                reading.each.extend(id.zip(ticks(&mut words)));
                continue;
            }
            Some(b"ctxt") => {
                reading.context_switches = words.number();
                continue;
            }
            // the sum stands before those of each kind
            Some(b"intr") => {
                reading.interrupts = words.number();
                continue;
            }
            Some(b"softirq") => {
                reading.softirqs = words.number();
                continue;
            }
            Some(b"processes") => &mut reading.forks,
            Some(b"procs_running") => &mut reading.runnable,
            Some(b"procs_blocked") => &mut reading.blocked,
            _ => continue,
        };
        *field = words
            .number()
            .ok_or_else(|| ReadError::text(path, number, "a number should follow"))?;
    }
    if seen { Ok(reading) } else { Err(ReadError::text(path, 1, "no line of all CPUs")) }
}

/// The first four are as old as Linux; later ones may be missing.
fn ticks(words: &mut Words<'_>) -> Option<CpuTicks> {
    Some(CpuTicks {
        user: words.number()?,
        nice: words.number()?,
        system: words.number()?,
        idle: words.number()?,
        iowait: words.number().unwrap_or(0),
        irq: words.number().unwrap_or(0),
        softirq: words.number().unwrap_or(0),
        steal: words.number().unwrap_or(0),
        guest: words.number().map(|guest| guest + words.number().unwrap_or(0)),
    })
}

/// What `/proc/loadavg` says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadReading {
    /// Averages over 1, 5 and 15 minutes.
    pub averages: [f64; 3],
    /// Tasks in all: every thread of every process.
    pub tasks: Option<u64>,
}

/// Reads the text of `/proc/loadavg`.
///
/// # Errors
/// A word is no number.
pub fn parse_loadavg(text: &[u8], path: &Path) -> Result<LoadReading, ReadError> {
    let mut words = Words::new(text);
    let mut next = || {
        let word = words.next().and_then(fraction);
        word.ok_or_else(|| ReadError::text(path, 1, "three averages should stand here"))
    };
    let averages = [next()?, next()?, next()?];
    let tasks = words.next().and_then(|word| {
        let slash = word.iter().position(|byte| *byte == b'/')?;
        super::text::number(&word[slash + 1..])
    });
    Ok(LoadReading { averages, tasks })
}
