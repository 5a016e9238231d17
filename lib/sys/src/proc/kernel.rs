//! What stands in small files of the kernel: open files, tracked connections, temperatures,
//! clocks of CPUs.

use super::read::{ReadError, Root, Source};
use super::text::{Words, fraction};
use std::path::{Path, PathBuf};

/// Levels and limits; `None` where this kernel has no such file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KernelReading {
    /// Time since the machine came up, seconds.
    pub uptime_s: Option<f64>,
    /// Open files of all processes.
    pub file_handles: Option<u64>,
    /// The most there may be; `None` where that is as good as no limit.
    pub file_handles_limit: Option<u64>,
    /// Inodes kept in memory.
    pub inodes: Option<u64>,
    /// Connections that the packet filter remembers.
    pub tracked_connections: Option<u64>,
    /// The most it can remember.
    pub tracked_connections_limit: Option<u64>,
    /// The most processes and threads there may be.
    pub tasks_limit: Option<u64>,
    /// Temperatures by sensor, degrees Celsius.
    pub temperatures: Vec<(String, f64)>,
    /// Clock of each CPU by its number, hertz.
    pub frequencies: Vec<(u32, f64)>,
}

/// Above this a limit of open files is none: `file-max` is 2^63 - 1 by default.
const NO_LIMIT: u64 = 1 << 60;

/// Keeps the files open.
#[derive(Debug)]
pub struct KernelFiles {
    uptime: Option<Source>,
    files: Option<Source>,
    inodes: Option<Source>,
    tracked: Option<Source>,
    tracked_limit: Option<Source>,
    tasks_limit: Option<u64>,
    sensors: Vec<(String, Source)>,
    clocks: Vec<(u32, Source)>,
}

impl KernelFiles {
    /// Opens the files below roots such as `/proc` and `/sys`.
    ///
    /// # Errors
    /// A file of `/proc` is there and may not be read.
    pub fn open(proc: &Root, sys: &Path) -> Result<Self, ReadError> {
        let limits = [proc.source("sys/kernel/pid_max")?, proc.source("sys/kernel/threads-max")?];
        let mut buffer = Vec::new();
        let tasks_limit = limits.iter().flatten().filter_map(|file| first(file, &mut buffer)).min();
        Ok(KernelFiles {
            uptime: proc.source("uptime")?,
            files: proc.source("sys/fs/file-nr")?,
            inodes: proc.source("sys/fs/inode-nr")?,
            tracked: proc.source("sys/net/netfilter/nf_conntrack_count")?,
            tracked_limit: proc.source("sys/net/netfilter/nf_conntrack_max")?,
            tasks_limit,
            sensors: sensors(&sys.join("class/thermal")),
            clocks: clocks(&sys.join("devices/system/cpu")),
        })
    }

    /// One reading.
    ///
    /// # Errors
    /// A file of `/proc` cannot be read.
    pub fn read(&self, buffer: &mut Vec<u8>) -> Result<KernelReading, ReadError> {
        let mut reading =
            KernelReading { tasks_limit: self.tasks_limit, ..KernelReading::default() };
        if let Some(file) = &self.uptime {
            reading.uptime_s = Words::new(file.read(buffer)?).next().and_then(fraction);
        }
        if let Some(file) = &self.files {
            // allocated, of these unused (0 since Linux 2.6), the most
            let mut words = Words::new(file.read(buffer)?);
            reading.file_handles = words.number();
            words.skip_words(1);
            reading.file_handles_limit = words.number().filter(|limit| *limit < NO_LIMIT);
        }
        let mut level = |file: &Option<Source>| first(file.as_ref()?, buffer);
        reading.inodes = level(&self.inodes);
        reading.tracked_connections = level(&self.tracked);
        reading.tracked_connections_limit = level(&self.tracked_limit);
        for (name, file) in &self.sensors {
            let text = file.read(buffer).ok().and_then(|text| Words::new(text).next());
            let thousandths = text.and_then(fraction);
            reading.temperatures.extend(thousandths.map(|value| (name.clone(), value / 1e3)));
        }
        for (cpu, file) in &self.clocks {
            let kilohertz = first(file, buffer);
            reading.frequencies.extend(kilohertz.map(|value| (*cpu, value as f64 * 1e3)));
        }
        Ok(reading)
    }
}

/// The first number of a file; a sensor that fails has none.
fn first(file: &Source, buffer: &mut Vec<u8>) -> Option<u64> {
    Words::new(file.read(buffer).ok()?).number()
}

/// Sensors by what they measure; one whose name is taken gets that of its folder.
fn sensors(folder: &Path) -> Vec<(String, Source)> {
    let mut found: Vec<(String, Source)> = Vec::new();
    for place in numbered(folder, "thermal_zone").into_iter().map(|(_, place)| place) {
        let kind = std::fs::read(place.join("type")).unwrap_or_default();
        let kind = String::from_utf8_lossy(kind.trim_ascii()).into_owned();
        let other = place.file_name().map(|name| name.to_string_lossy().into_owned());
        let taken = kind.is_empty() || found.iter().any(|(name, _)| *name == kind);
        let name = if taken { other.unwrap_or(kind) } else { kind };
        if let Ok(Some(file)) = Source::open(&place.join("temp")) {
            found.push((name, file));
        }
    }
    found
}

fn clocks(folder: &Path) -> Vec<(u32, Source)> {
    let open = |(cpu, place): (u32, PathBuf)| {
        Some((cpu, Source::open(&place.join("cpufreq/scaling_cur_freq")).ok()??))
    };
    numbered(folder, "cpu").into_iter().filter_map(open).collect()
}

/// Folders whose name is a word and a number, by the number.
fn numbered(folder: &Path, word: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let number = |path: PathBuf| {
        let number = path.file_name()?.to_str()?.strip_prefix(word)?.parse().ok()?;
        Some((number, path))
    };
    let mut found: Vec<_> = entries.flatten().filter_map(|entry| number(entry.path())).collect();
    found.sort_unstable();
    found
}
