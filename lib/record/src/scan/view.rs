//! What a report needs of the two events, from either parser.

use super::cursor::Cursor;
use crate::unit::{Amount, Seconds};
use crate::{Command, LockAsk, Need, OpEnd, OpStart, Outcome};
use std::collections::BTreeMap;

/// What of an [`OpEnd`] a report needs.
#[derive(Clone, Debug)]
pub struct EndView<'a> {
    /// The operation.
    pub id: &'a str,
    /// Which spawn of it, from 1.
    pub attempt: u32,
    /// The last attempt of the operation.
    pub last: bool,
    /// Place it ran, from 1.
    pub slot: u32,
    /// When it was started.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
    /// Duration.
    pub wall: Seconds,
    /// Processor time in user mode.
    pub user: Seconds,
    /// Processor time in the kernel.
    pub system: Seconds,
    /// Greatest resident set.
    pub max_rss_bytes: Option<u64>,
    /// How it ended.
    pub result: Outcome,
    /// Time from being ready to being started.
    pub queued: Seconds,
    /// The same by cause.
    pub blocked: Pairs<'a, Seconds>,
    /// When it was to start, in an open loop.
    pub intended: Option<Seconds>,
    /// Time the start itself took.
    pub spawn: Option<Seconds>,
    /// Bytes of output.
    pub out_bytes: u64,
    /// Voluntary context switches.
    pub switches: Option<u64>,
    /// Involuntary context switches.
    pub preempted: Option<u64>,
    /// Blocks read and written.
    pub blocks: Option<u64>,
    /// Killed while memory had run out.
    pub oom: bool,
}

/// What of an [`OpStart`] a report needs.
#[derive(Clone, Debug)]
pub struct StartView<'a> {
    /// The operation.
    pub id: &'a str,
    /// Its number in the input, from 1.
    pub seq: u64,
    /// Which spawn of it, from 1.
    pub attempt: u32,
    /// Place to run, from 1.
    pub slot: u32,
    /// When.
    pub start: Seconds,
    /// Process id.
    pub pid: u32,
    /// First word of the command; empty where that is not text.
    pub head: &'a str,
    /// What it needed.
    pub needs: Names<'a>,
    /// Names of the locks it holds.
    pub locks: Names<'a>,
    /// Amounts it holds.
    pub resources: Pairs<'a, Amount>,
    /// When it is ended, where it has a timeout.
    pub timeout: Option<Seconds>,
    /// What is run, in short; empty where no log is kept.
    pub key: &'a str,
    /// When its process began, in ticks since the machine came up.
    pub born: Option<u64>,
}

/// Names and values of an object: the text itself, once checked, or a parsed map.
#[derive(Clone, Copy, Debug)]
pub enum Pairs<'a, T> {
    /// What stands between the braces; the keys ascend.
    Text(&'a [u8]),
    /// From the full parser.
    Map(&'a BTreeMap<String, T>),
}

/// Names in an array: the text itself, once checked, or parsed.
#[derive(Clone, Copy, Debug)]
pub enum Names<'a> {
    /// What stands between the brackets.
    Text(&'a [u8]),
    /// From the full parser.
    Locks(&'a [LockAsk]),
    /// From the full parser.
    Needs(&'a [Need]),
}

/// A value that [`Pairs`] can hold as text.
pub trait Plain: Copy {
    /// Reads one, or `None` for the full parser's cases.
    fn plain(text: &mut Cursor<'_>) -> Option<Self>;
}

impl Plain for Seconds {
    fn plain(text: &mut Cursor<'_>) -> Option<Self> {
        text.seconds()
    }
}

impl Plain for Amount {
    fn plain(text: &mut Cursor<'_>) -> Option<Self> {
        let units = text.uint()?;
        (units < u64::MAX / 1000).then(|| Amount::from_units(units))
    }
}

impl<'a, T: Plain> Pairs<'a, T> {
    /// None.
    pub const EMPTY: Self = Pairs::Text(b"");

    /// Calls `each` for every pair, by ascending name.
    pub fn for_each(&self, mut each: impl FnMut(&'a str, T)) {
        match self {
            Pairs::Map(map) => map.iter().for_each(|(name, value)| each(name, *value)),
            Pairs::Text(text) => {
                let mut rest = Cursor(text);
                while let Some(name) = rest.text() {
                    let value = rest.between(b":").then(|| T::plain(&mut rest)).flatten();
                    let Some(value) = value else { return };
                    each(name, value);
                    rest.between(b",");
                }
            }
        }
    }
}

impl<'a> Names<'a> {
    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        match self {
            Names::Text(text) => text.is_empty(),
            Names::Locks(all) => all.is_empty(),
            Names::Needs(all) => all.is_empty(),
        }
    }

    /// Calls `each` for every name in its order.
    pub fn for_each(&self, mut each: impl FnMut(&'a str)) {
        match self {
            Names::Locks(all) => all.iter().for_each(|lock| each(&lock.name)),
            Names::Needs(all) => all.iter().for_each(|need| each(&need.id)),
            Names::Text(text) => {
                let mut rest = Cursor(text);
                while let Some(name) = rest.text() {
                    each(name);
                    rest.between(b",");
                }
            }
        }
    }
}

impl<'a> From<&'a OpEnd> for EndView<'a> {
    fn from(end: &'a OpEnd) -> Self {
        EndView {
            id: &end.id,
            attempt: end.attempt,
            last: end.r#final,
            slot: end.slot,
            start: end.start,
            end: end.end,
            wall: end.wall_s,
            user: end.user_s,
            system: end.system_s,
            max_rss_bytes: end.max_rss_bytes.0,
            result: end.result,
            queued: end.queued_s,
            blocked: Pairs::Map(&end.blocked_s),
            intended: end.intended,
            spawn: end.spawn_s,
            out_bytes: end.out_bytes,
            switches: end.voluntary_switches,
            preempted: end.involuntary_switches,
            blocks: end.blocks,
            oom: end.oom,
        }
    }
}

impl<'a> From<&'a OpStart> for StartView<'a> {
    fn from(start: &'a OpStart) -> Self {
        let head = match &start.cmd {
            Some(Command::Argv(words)) => words.first().map(|word| &word.0[..]),
            Some(Command::Shell(line)) => line.split(|b| *b == b' ').find(|word| !word.is_empty()),
            None => None,
        };
        StartView {
            id: &start.id,
            seq: start.seq,
            attempt: start.attempt,
            slot: start.slot,
            start: start.start,
            pid: start.pid,
            head: head.and_then(|word| std::str::from_utf8(word).ok()).unwrap_or_default(),
            needs: Names::Needs(&start.needs),
            locks: Names::Locks(&start.locks),
            resources: Pairs::Map(&start.resources),
            timeout: start.timeout_s,
            key: &start.key,
            born: start.born,
        }
    }
}
