//! What stands where in a ring. All numbers are little-endian.

use record::Seconds;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// How a ring begins. Text that was read as such would not survive it.
pub const MAGIC: &[u8; 8] = b"PGRING\r\n";
/// Version of the layout.
const VERSION: u32 = 1;
/// Bytes before the first segment.
pub const BLOCK_BYTES: u64 = 4096;
/// Bytes of the head that are used: all but the checksum.
const HEAD_BYTES: usize = 36;

/// How a segment begins.
const SEGMENT_MAGIC: &[u8; 4] = b"SEG\n";
/// Bytes before its first record: magic, number, time, checksum.
pub const SEGMENT_HEAD_BYTES: usize = 24;
/// Bytes before each record: length and checksum.
pub const RECORD_HEAD_BYTES: usize = 8;

/// A file, or what stands for one in tests.
pub trait Storage {
    /// Fills the buffer from a place.
    ///
    /// # Errors
    /// It cannot be read, or is not that long.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes at a place.
    ///
    /// # Errors
    /// It cannot be written.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns when all that was written is on the disk.
    ///
    /// # Errors
    /// It never will be.
    fn sync(&mut self) -> io::Result<()>;

    /// Its length.
    ///
    /// # Errors
    /// It cannot be asked.
    fn length(&self) -> io::Result<u64>;
}

impl Storage for File {
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(buffer, at)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// What is in memory can be read.
impl Storage for &[u8] {
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let part = usize::try_from(at).ok().and_then(|at| self.get(at..)?.get(..buffer.len()));
        buffer.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, _at: u64, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

/// What is decided when a ring is made, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How far back it is to reach.
    pub keep: Seconds,
    /// Time between two samples.
    pub interval: Seconds,
    /// Bytes of a segment.
    pub segment: u32,
    /// How many there are.
    pub segments: u32,
}

/// Segments are no shorter: a record and its likes must fit.
const LEAST_SEGMENT: u64 = 16 << 10;
/// And no longer: what one holds may be lost with the power.
const MOST_SEGMENT: u64 = 1 << 20;
/// So many segments are aimed at: when one is begun anew, that part of the ring is gone.
const AIM: u64 = 64;
/// Room for what the first sample, which has no rates, does not show of the later ones.
const RATES_BYTES: u64 = 512;

impl Plan {
    /// A ring for records like this one, whose length alone, compressed, is given. Later
    /// records are shorter by half and more, since they are told as differences.
    pub fn for_records(keep: Seconds, interval: Seconds, packed: usize) -> Self {
        let records = (keep.as_f64() / interval.as_f64().max(1e-6)).ceil() as u64;
        let each = packed as u64 + RATES_BYTES;
        Plan::of_size(keep, interval, records.saturating_mul(each).max(8 * each))
    }

    /// A ring of about this many bytes, never fewer than the least that works.
    pub fn of_size(keep: Seconds, interval: Seconds, bytes: u64) -> Self {
        let segment = (bytes / AIM).clamp(LEAST_SEGMENT, MOST_SEGMENT).next_multiple_of(4096);
        // one is being filled, and one is part of what must still be there
        let segments = bytes.div_ceil(segment) + 1;
        Plan {
            keep,
            interval,
            segment: segment as u32,
            segments: u32::try_from(segments.max(3)).unwrap_or(u32::MAX),
        }
    }

    /// Length of the whole file.
    pub fn bytes(&self) -> u64 {
        BLOCK_BYTES + u64::from(self.segment) * u64::from(self.segments)
    }

    /// Where the segment of a number begins; numbers begin with 1.
    pub fn place(&self, number: u64) -> u64 {
        let at = number.saturating_sub(1) % u64::from(self.segments);
        BLOCK_BYTES + at * u64::from(self.segment)
    }

    /// The block at the beginning of the file.
    pub fn block(&self) -> Vec<u8> {
        let mut block = Vec::with_capacity(BLOCK_BYTES as usize);
        block.extend_from_slice(MAGIC);
        block.extend_from_slice(&VERSION.to_le_bytes());
        block.extend_from_slice(&self.segment.to_le_bytes());
        block.extend_from_slice(&self.segments.to_le_bytes());
        block.extend_from_slice(&self.keep.as_micros().to_le_bytes());
        block.extend_from_slice(&self.interval.as_micros().to_le_bytes());
        block.extend_from_slice(&crc32fast::hash(&block).to_le_bytes());
        block.resize(BLOCK_BYTES as usize, 0);
        block
    }

    /// Reads the block at the beginning of a file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(storage: &impl Storage) -> Result<Self, String> {
        let mut block = [0; HEAD_BYTES + 4];
        if storage.read_at(0, &mut block).is_err() || !block.starts_with(MAGIC) {
            return Err("is no ring of pgmon".into());
        }
        let version = word(&block, 8);
        if version != VERSION {
            return Err(format!("is a ring of version {version}; this program knows {VERSION}"));
        }
        if crc32fast::hash(&block[..HEAD_BYTES]) != word(&block, HEAD_BYTES) {
            return Err("the block at its beginning is damaged".into());
        }
        let plan = Plan {
            segment: word(&block, 12),
            segments: word(&block, 16),
            keep: Seconds::from_micros(long(&block, 20).cast_signed()),
            interval: Seconds::from_micros(long(&block, 28).cast_signed()),
        };
        let usable = plan.segment as usize > SEGMENT_HEAD_BYTES + RECORD_HEAD_BYTES
            && u64::from(plan.segment) <= MOST_SEGMENT
            && plan.segments > 1;
        if !usable {
            return Err("the block at its beginning makes no sense".into());
        }
        let length = storage.length().map_err(|error| error.to_string())?;
        if length != plan.bytes() {
            return Err(format!("has {length} bytes, but was made with {}", plan.bytes()));
        }
        Ok(plan)
    }
}

/// The head of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHead {
    /// Its number, from 1, growing for ever.
    pub number: u64,
    /// When its first record was made, seconds since the epoch.
    pub time: Seconds,
    /// Checksum of the head, which that of the first record goes on from.
    pub sum: u32,
}

impl SegmentHead {
    /// The head of a segment, with its checksum.
    pub fn new(number: u64, time: Seconds) -> Self {
        let sum = crc32fast::hash(&SegmentHead::sealed(number, time));
        SegmentHead { number, time, sum }
    }

    fn sealed(number: u64, time: Seconds) -> [u8; SEGMENT_HEAD_BYTES - 4] {
        let mut bytes = [0; SEGMENT_HEAD_BYTES - 4];
        bytes[..4].copy_from_slice(SEGMENT_MAGIC);
        bytes[4..12].copy_from_slice(&number.to_le_bytes());
        bytes[12..].copy_from_slice(&time.as_micros().to_le_bytes());
        bytes
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = SegmentHead::sealed(self.number, self.time).to_vec();
        bytes.extend_from_slice(&self.sum.to_le_bytes());
        bytes
    }

    /// Reads the head at the beginning of a segment; `None` where there is no sound one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..SEGMENT_HEAD_BYTES)?;
        let number = long(bytes, 4);
        let head = SegmentHead::new(number, Seconds::from_micros(long(bytes, 12).cast_signed()));
        (head.bytes() == bytes && number > 0).then_some(head)
    }
}

/// Checksum of a record that stands after one with the checksum `before`.
pub fn sum(before: u32, packed: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(&(packed.len() as u32).to_le_bytes());
    hasher.update(packed);
    hasher.finalize()
}

/// The record at the beginning of the bytes, and its checksum; `None` where there is none, or
/// it is torn.
pub fn record_at(bytes: &[u8], before: u32) -> Option<(&[u8], u32)> {
    let head = bytes.get(..RECORD_HEAD_BYTES)?;
    let length = word(head, 0) as usize;
    let packed = bytes.get(RECORD_HEAD_BYTES..RECORD_HEAD_BYTES.checked_add(length)?)?;
    let sum = sum(before, packed);
    (length > 0 && sum == word(head, 4)).then_some((packed, sum))
}

/// Four bytes as a number; 0 where there are none, which the checksums find.
fn word(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    u32::from_le_bytes(bytes.unwrap_or_default())
}

fn long(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    u64::from_le_bytes(bytes.unwrap_or_default())
}
