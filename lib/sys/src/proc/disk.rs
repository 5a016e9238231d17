//! `/proc/diskstats`, and which of its devices are whole disks.

use super::read::ReadError;
use super::text::{Words, lines};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Counters of one disk since it came up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskReading {
    /// Its name.
    pub name: String,
    /// Finished reads.
    pub reads: u64,
    /// Sectors of 512 bytes read, whatever the disk's own are.
    pub read_sectors: u64,
    /// Time of all reads, milliseconds.
    pub read_ms: u64,
    /// Finished writes.
    pub writes: u64,
    /// Sectors of 512 bytes written.
    pub write_sectors: u64,
    /// Time of all writes, milliseconds.
    pub write_ms: u64,
    /// Time in which it had something to do, milliseconds.
    pub busy_ms: u64,
    /// Time of all requests, in it and waiting, milliseconds.
    pub queue_ms: u64,
    /// Reads joined to others in the queue.
    pub read_merges: u64,
    /// Writes joined to others in the queue.
    pub write_merges: u64,
    /// Requests in it now.
    pub in_flight: u64,
    /// Discards; `None` before Linux 4.18.
    pub discards: Option<Requests>,
    /// Flushes, which have no sectors; `None` before Linux 5.5.
    pub flushes: Option<Requests>,
}

/// Requests of a further kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Finished.
    pub count: u64,
    /// Sectors of 512 bytes.
    pub sectors: u64,
    /// Time of all of them, milliseconds.
    pub ms: u64,
}

/// Knows whole disks: what `/sys/block` has, without loop and memory devices and
/// without those that stand on other disks (their work is counted there).
#[derive(Debug)]
pub struct Disks {
    block: PathBuf,
    known: HashMap<String, Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Other,
}

impl Disks {
    /// Asks the folder `block` below a root such as `/sys`.
    pub fn new(sys: &Path) -> Self {
        Disks { block: sys.join("block"), known: HashMap::new() }
    }

    fn kind(&mut self, name: &str) -> Kind {
        if let Some(kind) = self.known.get(name) {
            return *kind;
        }
        let kind = self.find_kind(name);
        self.known.insert(name.to_string(), kind);
        kind
    }

    fn find_kind(&self, name: &str) -> Kind {
        let memory = ["loop", "ram", "zram"].iter().any(|kind| name.starts_with(kind));
        // a "/" in a device's name is a "!" in /sys
        let folder = self.block.join(name.replace('/', "!"));
        let stacked = std::fs::read_dir(folder.join("slaves"))
            .is_ok_and(|mut slaves| slaves.next().is_some());
        if memory || stacked || !folder.is_dir() { Kind::Other } else { Kind::Whole }
    }

    /// Reads the text of `/proc/diskstats`, whole disks only.
    ///
    /// # Errors
    /// A line of a whole disk has too few numbers.
    pub fn parse(&mut self, text: &[u8], path: &Path) -> Result<Vec<DiskReading>, ReadError> {
        let mut disks = Vec::new();
        for (number, line) in lines(text) {
            let mut words = Words::new(line);
            words.skip_words(2);
            let Some(Ok(name)) = words.next().map(std::str::from_utf8) else { continue };
            if self.kind(name) == Kind::Other {
                continue;
            }
            let disk = counters(name, &mut words);
            let fail = || ReadError::text(path, number, "eleven numbers should follow the name");
            disks.push(disk.ok_or_else(fail)?);
        }
        Ok(disks)
    }
}

/// The order is that of the kernel's `Documentation/admin-guide/iostats.rst`.
fn counters(name: &str, words: &mut Words<'_>) -> Option<DiskReading> {
    let mut disk = DiskReading { name: name.to_string(), ..DiskReading::default() };
    disk.reads = words.number()?;
    disk.read_merges = words.number()?;
    disk.read_sectors = words.number()?;
    disk.read_ms = words.number()?;
    disk.writes = words.number()?;
    disk.write_merges = words.number()?;
    disk.write_sectors = words.number()?;
    disk.write_ms = words.number()?;
    disk.in_flight = words.number()?;
    disk.busy_ms = words.number()?;
    disk.queue_ms = words.number()?;
    if let Some(count) = words.number() {
        words.skip_words(1);
        let (sectors, ms) = (words.number()?, words.number()?);
        disk.discards = Some(Requests { count, sectors, ms });
    }
    if let Some(count) = words.number() {
        disk.flushes = Some(Requests { count, sectors: 0, ms: words.number()? });
    }
    Some(disk)
}
