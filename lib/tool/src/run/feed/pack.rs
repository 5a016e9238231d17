//! How many records make one job: one, a number of them, or what a command line holds.

use super::combine::Lists;
use super::source::{Item, Record};
use crate::fail::Fail;
use crate::run::settings::{Batches, InputRules, Packing};
use engine::Chunk;
use record::{Seconds, status};

/// Longest command line that is packed, in bytes: what the kernel takes as one
/// argument (MAX_ARG_STRLEN), for a shell gets it as one.
pub const LONGEST: usize = (128 << 10) - 1;

/// What comes next.
#[derive(Debug)]
pub enum Packed {
    /// The arguments of one job.
    Job(Vec<Vec<u8>>),
    /// Not yet.
    Later,
    End,
}

/// What a command line costs, in bytes.
#[derive(Clone, Copy)]
pub struct Cost<'a> {
    /// Without arguments.
    pub fixed: usize,
    /// One argument more, after so many of the same job.
    pub argument: &'a dyn Fn(usize, &[u8]) -> usize,
}

impl Cost<'_> {
    /// A record more, after so many arguments of the same job.
    fn of(self, record: &[Vec<u8>], before: usize) -> usize {
        let costs = record.iter().zip(before..);
        costs.map(|(argument, at)| (self.argument)(at, argument)).sum()
    }
}

/// Puts records together.
#[derive(Debug)]
pub struct Packer {
    /// Records of the next job.
    pending: Vec<Record>,
    /// Arguments in them.
    count: usize,
    bytes: usize,
    /// At the end of the input: so many records a job, so that each slot gets its share.
    share: Option<usize>,
    slots: usize,
    ended: bool,
    /// What time it is.
    pub now: Seconds,
    /// When the oldest of them was read.
    oldest: Seconds,
    /// How long it may wait.
    wait: Option<Seconds>,
    /// How many records are worth a start.
    pub chunk: Chunk,
    /// What has left so far.
    pub left: Left,
}

/// How often several records have left together, by what let them go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// There were as many as a batch has.
    pub full: u64,
    /// The oldest had waited for as long as it may.
    pub due: u64,
    /// So many were worth a start.
    pub learnt: u64,
}

impl Packer {
    /// For a run with so many slots.
    pub fn new(slots: u32, batches: Batches) -> Self {
        Packer {
            pending: Vec::new(),
            count: 0,
            bytes: 0,
            share: None,
            slots: slots as usize,
            ended: false,
            now: Seconds::ZERO,
            oldest: Seconds::ZERO,
            wait: batches.wait,
            chunk: Chunk::new(slots, batches.memory),
            left: Left::default(),
        }
    }

    /// When what waits is to leave, full or not.
    pub fn due(&self) -> Option<Seconds> {
        self.wait.filter(|_| !self.pending.is_empty()).map(|wait| self.oldest + wait)
    }

    /// The next job's arguments.
    ///
    /// # Errors
    /// An input cannot be read on, or a command line is too long.
    pub fn next(
        &mut self,
        lists: &mut Lists,
        rules: &InputRules,
        cost: Cost<'_>,
    ) -> Result<Packed, Fail> {
        if rules.packing == Packing::One && rules.max_chars.is_none() {
            return Ok(match lists.next(rules)? {
                Item::Record(record) => Packed::Job(record.into_args()),
                Item::Later => Packed::Later,
                Item::End => Packed::End,
            });
        }
        if rules.packing == Packing::None {
            return Ok(match lists.next(rules)? {
                Item::Record(_) => Packed::Job(Vec::new()),
                Item::Later => Packed::Later,
                Item::End => Packed::End,
            });
        }
        let longest = rules.max_chars.map_or(LONGEST, |most| most.saturating_sub(1)).min(LONGEST);
        let most = match rules.packing {
            Packing::Learnt => self.learnt(lists, rules),
            packing => most(packing),
        };
        while !self.ended {
            if self.pending.len() >= most {
                let learnt = rules.packing == Packing::Learnt && most > 1;
                self.left.learnt += u64::from(learnt);
                self.left.full += u64::from(self.wait.is_some());
                return Ok(self.take(self.pending.len()));
            }
            let record = match lists.next(rules)? {
                Item::Record(record) => record,
                Item::Later if self.due().is_some_and(|due| due <= self.now) => {
                    self.left.due += 1;
                    return Ok(self.take(self.pending.len()));
                }
                // nobody waits for items that have not come
                Item::Later if rules.packing == Packing::Learnt && !self.pending.is_empty() => {
                    return Ok(self.take(self.pending.len()));
                }
                Item::Later => return Ok(Packed::Later),
                Item::End => {
                    self.ended = true;
                    break;
                }
            };
            let mut bytes = cost.of(&record, self.count);
            let full = !self.pending.is_empty() && cost.fixed + self.bytes + bytes > longest;
            let job = full.then(|| self.take(self.pending.len()));
            if full {
                bytes = cost.of(&record, 0);
            }
            if rules.exit_if_too_long && cost.fixed + self.bytes + bytes > longest {
                return Err(too_long(cost.fixed + bytes, longest));
            }
            self.count += record.len();
            if self.pending.is_empty() {
                self.oldest = self.now;
            }
            self.pending.push(record);
            self.bytes += bytes;
            if let Some(job) = job {
                return Ok(job);
            }
        }
        self.rest(rules)
    }

    /// The end of the input: what is left, divided among the slots where that is asked for.
    fn rest(&mut self, rules: &InputRules) -> Result<Packed, Fail> {
        if self.pending.is_empty() {
            return Ok(Packed::End);
        }
        let count = self.pending.len();
        let share = *self.share.get_or_insert(match rules.packing {
            Packing::Full(_) if rules.spread => count.div_ceil(self.slots).max(1),
            _ => count,
        });
        Ok(self.take(share.min(count)))
    }

    /// How many records the next job gets.
    fn learnt(&self, lists: &Lists, rules: &InputRules) -> usize {
        let pending = self.pending.len() as u64;
        let left = lists.left(rules).map(|left| left + pending);
        usize::try_from(self.chunk.next(left)).unwrap_or(usize::MAX)
    }

    fn take(&mut self, count: usize) -> Packed {
        let mut args = Vec::with_capacity(self.count);
        self.pending.drain(..count).for_each(|record| record.append_to(&mut args));
        (self.count, self.bytes) = (0, 0);
        Packed::Job(args)
    }
}

fn most(packing: Packing) -> usize {
    match packing {
        Packing::One | Packing::None => 1,
        Packing::Count(most) | Packing::Lines(most) | Packing::Full(Some(most)) => most,
        Packing::Full(None) | Packing::Learnt => usize::MAX,
    }
}

fn too_long(length: usize, longest: usize) -> Fail {
    let what = format!(
        "a command line of {length} bytes is longer than {longest} (-s), and -x asks to end then"
    );
    Fail::new(status::LOST, what)
}
