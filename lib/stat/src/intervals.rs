//! Logs that say when commands ran and nothing of slots: they are kept whole,
//! for only all of them together say who ran beside whom.

use alloc::collections::{BTreeMap, BinaryHeap};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::{EndView, Outcome, Pairs, Seconds};

/// One command that ran.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// Its name.
    pub name: &'a str,
    /// When it started.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
    /// How it ended.
    pub result: Outcome,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    start: Seconds,
    end: Seconds,
    name: (usize, usize),
    result: Outcome,
    /// Its place in the log, from 0.
    number: usize,
}

/// All commands of a log.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    all: Vec<Kept>,
    names: String,
}

/// What a format says of its commands.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Ends may be this much too late by rounding; of a short command at most half of it.
    pub rounding: Seconds,
    /// Commands of the log are independent, so that all were ready at its beginning.
    pub independent: bool,
}

impl Intervals {
    /// Adds a command.
    pub fn push(&mut self, span: Span<'_>) {
        let begin = self.names.len();
        self.names.push_str(span.name);
        self.all.push(Kept {
            start: span.start,
            end: span.end.max(span.start),
            name: (begin, self.names.len()),
            result: span.result,
            number: self.all.len(),
        });
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.all.clear();
        self.names.clear();
    }

    /// Gives every command to `each` as the end of an operation, in order of
    /// start, each in the smallest slot that was free.
    pub fn each(self, habits: Habits, mut each: impl FnMut(&EndView<'_>)) {
        self.each_numbered(habits, |_, end| each(end));
    }

    /// The same, each with its place in the log, from 0.
    pub fn each_numbered(mut self, habits: Habits, mut each: impl FnMut(usize, &EndView<'_>)) {
        self.all.sort_by_key(|kept| (kept.start, kept.end));
        let begin = self.all.first().map_or(Seconds::ZERO, |kept| kept.start);
        let mut free: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
        let mut taken: BinaryHeap<Reverse<(Seconds, u32)>> = BinaryHeap::new();
        let mut slots = 0;
        for kept in &self.all {
            while let Some(Reverse((end, slot))) = taken.peek().copied()
                && end <= kept.start
            {
                taken.pop();
                free.push(Reverse(slot));
            }
            let slot = free.pop().map_or_else(|| slots + 1, |slot| slot.0);
            slots = slots.max(slot);
            let half = Seconds::from_micros((kept.end - kept.start).as_micros() / 2);
            taken.push(Reverse((kept.end - habits.rounding.min(half), slot)));
            let queued = if habits.independent { kept.start - begin } else { Seconds::ZERO };
            let blocked = BTreeMap::from([("slot".to_string(), queued)]);
            let end = EndView {
                id: &self.names[kept.name.0..kept.name.1],
                attempt: 1,
                last: true,
                slot,
                start: kept.start,
                end: kept.end,
                wall: kept.end - kept.start,
                user: Seconds::ZERO,
                system: Seconds::ZERO,
                max_rss_bytes: None,
                result: kept.result,
                queued,
                blocked: Pairs::Map(&blocked),
                intended: None,
                spawn: None,
                out_bytes: 0,
                switches: None,
                preempted: None,
                blocks: None,
                oom: false,
            };
            each(kept.number, &end);
        }
    }
}
