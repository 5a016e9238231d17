//! A finished run, as its events tell of it.

use crate::fail::{self, Fail};
use crate::input::{self, BYTE_ORDER_MARK};
use record::{Bad, Event, Fields, OpBarrier, OpEnd, OpStart, RunStart, Seconds, status};
use std::collections::HashMap;
use std::io::Read as _;

/// What the ids of what undoes a run begin with: it is a run of its own.
const UNDO: &str = "rollback:";

/// An operation with all its attempts.
#[derive(Clone, Debug)]
pub struct PastOp {
    /// As it was said when it was started first.
    pub begun: OpStart,
    /// Start and end of each attempt.
    pub attempts: Vec<(Seconds, Seconds)>,
    /// The pause after the first attempt, where others followed.
    pub pause: Seconds,
}

/// The last run of a log.
#[derive(Debug, Default)]
pub struct Past {
    /// How it began.
    pub begun: Option<RunStart>,
    /// What ran, in the order of the first ends.
    pub ops: Vec<PastOp>,
    /// Barriers of its plan.
    pub barriers: Vec<OpBarrier>,
    /// Its end is there.
    pub ended: bool,
    /// Started, and no end is known.
    open: HashMap<String, OpStart>,
    /// How many attempts have ended.
    ends: usize,
    places: HashMap<String, usize>,
}

impl Past {
    /// Reads a log.
    ///
    /// # Errors
    /// It cannot be read, has a line that is no record, or no run.
    pub fn read(name: &str) -> Result<Past, Fail> {
        let shown = input::shown(name);
        let wrong = |e: &std::io::Error| Fail::io(status::BAD_INPUT, shown, e);
        let mut bytes = Vec::new();
        input::open(name, status::BAD_INPUT)?.read_to_end(&mut bytes).map_err(|e| wrong(&e))?;
        input::refuse_compressed(&bytes, (shown, status::BAD_INPUT))?;
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
        let mut past = Past::default();
        let mut lines = (1..).zip(text.split(|byte| *byte == b'\n')).peekable();
        while let Some((number, line)) = lines.next() {
            // commands may have written between the events
            if line.trim_ascii_start().first() != Some(&b'{') {
                continue;
            }
            match past.take(line) {
                // the last line of a log that was cut off
                Err(_) if lines.peek().is_none() => {}
                taken => taken.map_err(|bad| {
                    Fail::new(status::BAD_INPUT, fail::place(shown, number, &bad))
                })?,
            }
        }
        if past.begun.is_none() || past.ops.is_empty() {
            let what = format!(
                "{shown}: no run of pgrun in it; sim reads the events of one: \
                 pgrun --events FILE, or what it prints of operations"
            );
            return Err(Fail::new(status::BAD_INPUT, what));
        }
        Ok(past)
    }

    /// Takes a line of a log; the begin of a run forgets what was before it.
    ///
    /// # Errors
    /// A line that is no record, or a field of the wrong type.
    pub fn take(&mut self, line: &[u8]) -> Result<(), Bad> {
        let fields = Fields::parse(line)?;
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
        match Event::parse(kind, line, &fields)? {
            Some(Event::RunStart(begun)) => *self = Past { begun: Some(begun), ..Past::default() },
            Some(Event::OpStart(start)) if !start.id.starts_with(UNDO) => {
                self.open.insert(start.id.clone(), start);
            }
            Some(Event::OpEnd(end)) => self.ended(&end),
            Some(Event::OpRetry(retry)) => {
                let op = self.places.get(&retry.id).and_then(|at| self.ops.get_mut(*at));
                if let Some(op) = op.filter(|op| op.attempts.len() == 1) {
                    op.pause = retry.delay_s;
                }
            }
            Some(Event::OpBarrier(barrier)) => self.barriers.push(barrier),
            Some(Event::RunEnd(_)) => self.ended = true,
            _ => {}
        }
        Ok(())
    }

    /// What could not be started has an end alone.
    fn ended(&mut self, end: &OpEnd) {
        let Some(begun) = self.open.remove(&end.id) else { return };
        let attempt = (begun.start, end.end.max(begun.start));
        self.ends += 1;
        let at = *self.places.entry(end.id.clone()).or_insert(self.ops.len());
        match self.ops.get_mut(at) {
            Some(op) => op.attempts.push(attempt),
            None => {
                self.ops.push(PastOp { begun, attempts: vec![attempt], pause: Seconds::ZERO });
            }
        }
    }

    /// How many were started of which no end is known.
    pub fn unended(&self) -> usize {
        self.open.len()
    }

    /// How much is kept: attempts, those without an end too, and barriers.
    pub fn size(&self) -> usize {
        self.ends + self.open.len() + self.barriers.len()
    }

    fn attempts(&self) -> impl Iterator<Item = &(Seconds, Seconds)> {
        self.ops.iter().flat_map(|op| &op.attempts)
    }

    /// From the first start to the last end.
    pub fn makespan(&self) -> Seconds {
        let first = self.attempts().map(|attempt| attempt.0).min().unwrap_or_default();
        self.attempts().map(|attempt| attempt.1).max().unwrap_or_default() - first
    }

    /// Time that attempts ran, in all.
    pub fn work(&self) -> Seconds {
        self.attempts().map(|(start, end)| *end - *start).sum()
    }

    /// The runner's own part: from an end to the start that it lets go, the median over all
    /// starts of the time since the last end before them.
    pub fn lag(&self) -> Seconds {
        let mut ends: Vec<Seconds> = self.attempts().map(|attempt| attempt.1).collect();
        ends.sort_unstable();
        let since = |(start, _): &(Seconds, Seconds)| {
            let before = ends.partition_point(|end| end <= start);
            before.checked_sub(1).map(|at| *start - ends[at])
        };
        let mut lags: Vec<Seconds> = self.attempts().filter_map(since).collect();
        lags.sort_unstable();
        lags.get(lags.len() / 2).copied().unwrap_or_default()
    }
}
