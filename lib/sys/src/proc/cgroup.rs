//! Control groups: version 2, version 1, and both side by side. A counter is
//! looked for in the version 1 hierarchy of its controller first, then in
//! version 2, since a controller lives in one of them only.

use super::pressure::{self, PressureReading};
use super::read::{ReadError, Source};
use super::text::{Words, lines, number, value_of};
use std::path::{Path, PathBuf};

const NANOS_PER_MICRO: u64 = 1_000;

/// Version 1 writes this, rounded to pages, where there is no memory limit.
const V1_NO_LIMIT: u64 = 1 << 62;

/// Where the hierarchies are mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts {
    /// Version 2.
    unified: Option<PathBuf>,
    /// Version 1: mount point and its controllers.
    split: Vec<(PathBuf, Vec<String>)>,
}

impl Mounts {
    /// Reads `PID/mountinfo` below a root such as `/proc`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(mountinfo: &Path) -> Result<Self, ReadError> {
        let text = std::fs::read(mountinfo).map_err(|e| ReadError::system(mountinfo, e))?;
        Ok(Mounts::parse(&text))
    }

    /// Finds the hierarchies in the text of a `mountinfo`.
    pub fn parse(text: &[u8]) -> Self {
        let mut mounts = Mounts::default();
        for (_, line) in lines(text) {
            // id parent device root MOUNT options [optional...] - TYPE source SUPER-OPTIONS
            let words: Vec<&[u8]> = Words::new(line).collect();
            let Some(dash) = words.iter().position(|word| *word == b"-") else { continue };
            let (Some(point), Some(kind)) = (words.get(4), words.get(dash + 1)) else { continue };
            let options = words.get(dash + 3).copied().unwrap_or_default();
            match *kind {
                b"cgroup2" if mounts.unified.is_none() => mounts.unified = Some(unescaped(point)),
                b"cgroup" => mounts.split.push((unescaped(point), controllers(options))),
                _ => {}
            }
        }
        mounts
    }

    /// True where no hierarchy is mounted.
    pub fn is_empty(&self) -> bool {
        self.unified.is_none() && self.split.is_empty()
    }

    /// The mount points, for messages.
    pub fn points(&self) -> Vec<&Path> {
        let split = self.split.iter().map(|(point, _)| point.as_path());
        self.unified.as_deref().into_iter().chain(split).collect()
    }

    /// The part of a path below the hierarchy it lies in; a path that lies in
    /// none is taken as such a part already.
    fn inner<'p>(&self, path: &'p Path) -> &'p Path {
        let longest = self
            .points()
            .into_iter()
            .filter_map(|point| path.strip_prefix(point).ok())
            .min_by_key(|rest| rest.as_os_str().len());
        longest.unwrap_or_else(|| path.strip_prefix("/").unwrap_or(path))
    }

    fn folder(&self, controller: &str, inner: &Path) -> Option<(PathBuf, Version)> {
        let split = self.split.iter().find(|(_, names)| names.iter().any(|n| n == controller));
        let v1 = split.map(|(point, _)| (point.join(inner), Version::One));
        let v2 = self.unified.as_ref().map(|point| (point.join(inner), Version::Two));
        v1.into_iter().chain(v2).find(|(folder, _)| folder.is_dir())
    }
}

/// The least limit on this process's memory: that of its cgroup and of those above it,
/// bytes. `None` where there is none, or where nobody can tell.
pub fn own_memory_limit() -> Option<u64> {
    let mounts = Mounts::read(Path::new("/proc/self/mountinfo")).ok()?;
    memory_limit(&mounts, &std::fs::read("/proc/self/cgroup").ok()?)
}

/// The same, of a process whose `/proc/PID/cgroup` this is.
pub(crate) fn memory_limit(mounts: &Mounts, cgroups: &[u8]) -> Option<u64> {
    let mut least: Option<u64> = None;
    let mut buffer = Vec::new();
    for (_, line) in lines(cgroups) {
        // hierarchy:controllers:path
        let mut parts = line.splitn(3, |byte| *byte == b':').skip(1);
        let (Some(names), Some(path)) = (parts.next(), parts.next()) else { continue };
        let split = mounts.split.iter().find(|(_, have)| {
            have.iter().any(|n| n == "memory") && controllers(names).iter().any(|n| n == "memory")
        });
        let (point, file) = match (split, &mounts.unified) {
            (Some((point, _)), _) => (point, "memory.limit_in_bytes"),
            (None, Some(point)) if names.is_empty() => (point, "memory.max"),
            _ => continue,
        };
        let path = unescaped(path);
        for above in path.ancestors() {
            let folder = point.join(above.strip_prefix("/").unwrap_or(above));
            let limit = level(&folder.join(file), &mut buffer).ok().flatten();
            let limit = limit.filter(|bytes| *bytes < V1_NO_LIMIT);
            least = least.into_iter().chain(limit).min();
        }
    }
    least
}

/// Controllers among the options of a version 1 mount.
fn controllers(options: &[u8]) -> Vec<String> {
    let words = options.split(|byte| *byte == b',');
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// A path of mountinfo: blanks and the like are written as `\040`.
fn unescaped(word: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    let mut path = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, tail)) = rest.split_first() {
        let octal = (*first == b'\\').then(|| tail.get(..3)).flatten();
        let code = octal.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                path.push(byte);
                rest = &tail[3..];
            }
            None => {
                path.push(*first);
                rest = tail;
            }
        }
    }
    PathBuf::from(std::ffi::OsString::from_vec(path))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Counters and levels of a cgroup and all below it; `None` where the kernel
/// or the mounted controllers have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CgroupReading {
    /// CPU time, microseconds.
    pub usage_us: Option<u64>,
    /// CPU time in programs, microseconds.
    pub user_us: Option<u64>,
    /// CPU time in the kernel, microseconds.
    pub system_us: Option<u64>,
    /// Time it was kept from running by its quota, microseconds.
    pub throttled_us: Option<u64>,
    /// CPU quota, in CPUs.
    pub cpu_limit: Option<f64>,
    /// Memory charged, bytes.
    pub memory: Option<u64>,
    /// The most it ever was, bytes.
    pub memory_peak: Option<u64>,
    /// Memory limit, bytes.
    pub memory_limit: Option<u64>,
    /// Swap charged, bytes.
    pub swap: Option<u64>,
    /// Tasks.
    pub tasks: Option<u64>,
    /// Bytes read from disks.
    pub read_bytes: Option<u64>,
    /// Bytes written to disks.
    pub write_bytes: Option<u64>,
    /// Pressure of cpu, io and memory.
    pub pressure: [Option<PressureReading>; 3],
}

/// Resources of [`CgroupReading::pressure`].
pub const PRESSURES: [&str; 3] = ["cpu", "io", "memory"];

/// One cgroup.
#[derive(Debug)]
pub struct Cgroup {
    cpu: Option<(PathBuf, Version)>,
    accounting: Option<(PathBuf, Version)>,
    memory: Option<(PathBuf, Version)>,
    io: Option<(PathBuf, Version)>,
    pids: Option<(PathBuf, Version)>,
    pressure: Option<PathBuf>,
    /// Where its processes are listed.
    members: PathBuf,
    buffer: Vec<u8>,
    ticks_per_second: u64,
}

impl Cgroup {
    /// Finds a cgroup by its path, as `/proc/PID/cgroup` has it or as it lies
    /// in the file system; `None` where no hierarchy has it.
    pub fn find(mounts: &Mounts, path: &Path) -> Option<Self> {
        let inner = mounts.inner(path);
        Some(Cgroup {
            members: members(mounts, path, inner)?,
            cpu: mounts.folder("cpu", inner),
            accounting: mounts.folder("cpuacct", inner),
            memory: mounts.folder("memory", inner),
            io: mounts.folder("blkio", inner),
            pids: mounts.folder("pids", inner),
            pressure: mounts.unified.as_ref().map(|point| point.join(inner)),
            buffer: Vec::new(),
            ticks_per_second: super::ticks_per_second(),
        })
    }

    /// True while it is there.
    pub fn is_there(&self) -> bool {
        self.members.join("cgroup.procs").exists()
    }

    /// Adds the processes of it and of all cgroups below it to a list.
    ///
    /// # Errors
    /// A list cannot be read.
    pub fn processes(&mut self, pids: &mut Vec<u32>) -> Result<(), ReadError> {
        let mut folders = vec![self.members.clone()];
        while let Some(folder) = folders.pop() {
            if let Some(text) = text_of(&folder.join("cgroup.procs"), &mut self.buffer)? {
                let numbers = Words::new(text).filter_map(number);
                pids.extend(numbers.filter_map(|pid| u32::try_from(pid).ok()));
            }
            // a cgroup that was removed meanwhile has nothing below it
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            let below = entries.flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
            folders.extend(below.map(|entry| entry.path()));
        }
        Ok(())
    }

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
        self.read_memory(&mut reading)?;
        self.read_io(&mut reading)?;
        if let Some((folder, _)) = &self.pids {
            reading.tasks = level(&folder.join("pids.current"), &mut self.buffer)?;
        }
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
            if *version == Version::Two {
                reading.usage_us = value_of(stat, b"usage_usec");
                reading.user_us = value_of(stat, b"user_usec");
                reading.system_us = value_of(stat, b"system_usec");
            }
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

    fn read_memory(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let buffer = &mut self.buffer;
        let Some((folder, version)) = &self.memory else { return Ok(()) };
        let [now, peak, limit] = match version {
            Version::One => {
                ["memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.limit_in_bytes"]
            }
            Version::Two => ["memory.current", "memory.peak", "memory.max"],
        };
        reading.memory = level(&folder.join(now), buffer)?;
        reading.memory_peak = level(&folder.join(peak), buffer)?;
        reading.memory_limit = level(&folder.join(limit), buffer)?.filter(|b| *b < V1_NO_LIMIT);
        reading.swap = match version {
            Version::One => {
                let stat = text_of(&folder.join("memory.stat"), buffer)?.unwrap_or_default();
                value_of(stat, b"total_swap").or_else(|| value_of(stat, b"swap"))
            }
            Version::Two => level(&folder.join("memory.swap.current"), buffer)?,
        };
        Ok(())
    }

    fn read_io(&mut self, reading: &mut CgroupReading) -> Result<(), ReadError> {
        let Some((folder, version)) = &self.io else { return Ok(()) };
        let names: &[&str] = match version {
            Version::One => {
                &["blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes"]
            }
            Version::Two => &["io.stat"],
        };
        for name in names {
            if let Some(text) = text_of(&folder.join(name), &mut self.buffer)? {
                let (read, written) = match version {
                    Version::One => split_io(text),
                    Version::Two => unified_io(text),
                };
                (reading.read_bytes, reading.write_bytes) = (Some(read), Some(written));
                break;
            }
        }
        Ok(())
    }
}

/// The folder that lists the processes of a cgroup: the one that was named,
/// else that of version 2, else the first that has the path.
fn members(mounts: &Mounts, path: &Path, inner: &Path) -> Option<PathBuf> {
    let named = mounts.points().into_iter().any(|point| path.starts_with(point));
    let named = named.then(|| path.to_path_buf());
    let below = mounts.points().into_iter().map(|point| point.join(inner));
    named.into_iter().chain(below).find(|folder| folder.is_dir())
}

/// CPUs that a quota of a period is worth; version 1 writes -1 where there is none.
fn share((quota, period): (u64, u64)) -> Option<f64> {
    (period > 0).then(|| quota as f64 / period as f64)
}

/// Lines `8:0 Read 4096`.
fn split_io(text: &[u8]) -> (u64, u64) {
    let sum = |kind: &[u8]| {
        let values = lines(text).filter_map(|(_, line)| {
            let mut words = Words::new(line);
            words.next()?;
            if words.next()? == kind { words.number() } else { None }
        });
        values.fold(0, u64::saturating_add)
    };
    (sum(b"Read"), sum(b"Write"))
}

/// Lines `8:0 rbytes=4096 wbytes=0 ...`.
fn unified_io(text: &[u8]) -> (u64, u64) {
    let sum = |key: &[u8]| {
        let values = Words::new(text).filter_map(|word| number(word.strip_prefix(key)?));
        values.fold(0, u64::saturating_add)
    };
    (sum(b"rbytes="), sum(b"wbytes="))
}

/// The text of a file; `None` where there is none, or it has gone.
fn text_of<'b>(path: &Path, buffer: &'b mut Vec<u8>) -> Result<Option<&'b [u8]>, ReadError> {
    match Source::open(path)? {
        Some(file) => file.read_or_gone(buffer),
        None => Ok(None),
    }
}

/// The one number of a file; `None` for "max" and other words.
fn level(path: &Path, buffer: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
    Ok(text_of(path, buffer)?.and_then(|text| Words::new(text).number()))
}
