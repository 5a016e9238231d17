//! What bound a run, with the number that says so.
//!
//! Every cause has a time in which the run could not have ended sooner had
//! nothing but that cause been there: the longest chain of needs; the work
//! shared among the slots; what the last operation waited for a lock and ran
//! while it held it; the pauses and repeated attempts; the idle time of slots
//! while operations were ready. The greatest one bound the run. Where several
//! are within 2 % of it, the wall itself decides: the one that took most of it.

use crate::run::cause::{Cause, Causes};
use crate::run::chain::Chain;
use crate::run::restraint;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Finding, Seconds, Severity};

/// Times this close to the greatest are as great, in thousandths.
const CLOSE: i64 = 980;

/// What the verdict is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The wall by cause.
    pub chain: &'a Chain,
    /// Names of the causes.
    pub causes: &'a Causes,
    /// First ready to last end.
    pub wall: Seconds,
    /// Durations of all attempts.
    pub work: Seconds,
    /// Of these, time starts took.
    pub spawn: Seconds,
    /// Time slots stood idle although their next operation was ready, or only started it.
    pub idle: Seconds,
    /// Places to run.
    pub slots: u32,
    /// Longest chain of needs.
    pub path: Seconds,
    /// Longest operation.
    pub longest: Seconds,
}

/// What bound the run.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The cause.
    pub cause: Cause,
    /// How much of the wall it explains.
    pub time: Seconds,
    /// One line: the cause and the number that fired it.
    pub text: String,
    /// What to do.
    pub remedy: &'static str,
}

impl Evidence<'_> {
    fn shared(&self, time: Seconds) -> Seconds {
        Seconds::from_micros(time.as_micros() / i64::from(self.slots.max(1)))
    }

    /// How much of the wall a cause explains.
    fn weight(&self, cause: Cause) -> Seconds {
        let lost = self.chain.lost.get(cause);
        let time = match cause {
            Cause::PATH => self.path,
            Cause::SLOTS if lost > Seconds::ZERO => self.shared(self.work - self.spawn),
            Cause::START => lost.max(self.shared(self.idle)),
            Cause::SLOTS
            | Cause::RETRIES
            | Cause::TIMEOUTS
            | Cause::OUTPUT
            | Cause::INPUT
            | Cause::TOKENS => lost,
            _ => lost + self.chain.held.get(cause),
        };
        time.min(self.wall)
    }

    /// What bound the run.
    pub fn verdict(&self) -> Verdict {
        let mut causes = Vec::from([Cause::PATH, Cause::START]);
        causes.extend(self.chain.lost.0.iter().map(|row| row.0));
        let most = causes.iter().map(|cause| self.weight(*cause)).max().unwrap_or_default();
        let close = |cause: &Cause| {
            i128::from(self.weight(*cause).as_micros()) * 1000
                >= i128::from(most.as_micros()) * i128::from(CLOSE)
        };
        let cause = causes
            .into_iter()
            .filter(close)
            .reduce(|best, cause| {
                let lost = |cause| self.chain.lost.get(cause);
                if lost(cause) > lost(best) { cause } else { best }
            })
            .unwrap_or(Cause::PATH);
        let time = self.weight(cause);
        Verdict {
            cause,
            time,
            text: self.text(cause, time),
            remedy: remedy(self.causes.word(cause)),
        }
    }

    fn text(&self, cause: Cause, time: Seconds) -> String {
        let word = self.causes.word(cause);
        let share = if self.wall > Seconds::ZERO {
            libm::round(100.0 * time.as_f64() / self.wall.as_f64())
        } else {
            0.0
        };
        let (secs, wall) = (brief(time), brief(self.wall));
        let what = match cause {
            Cause::PATH if self.path <= self.longest => {
                format!("the longest operation takes {secs}")
            }
            Cause::PATH => format!("the longest chain of needs takes {secs}"),
            Cause::SLOTS if self.slots == 1 => format!("the work needs {secs} on 1 slot"),
            Cause::SLOTS => format!("the work needs {secs} on {} slots", self.slots),
            Cause::RETRIES => format!("failed attempts and pauses before others took {secs}"),
            Cause::TIMEOUTS => format!("attempts that a timeout ended took {secs}"),
            Cause::START => format!("starting operations took {secs}"),
            Cause::OUTPUT => format!("the reader of the output took {secs}"),
            Cause::TOKENS => format!("others had all tokens of the jobserver for {secs}"),
            Cause::INPUT => format!("for {secs} there was nothing to run yet"),
            _ => format!("the last operation waited for it or held it {secs}"),
        };
        format!("bound by {word}: {what} of {wall} wall ({share} %)")
    }
}

/// Seconds for a sentence: milliseconds are enough.
fn brief(time: Seconds) -> String {
    format!("{:.3} s", time.as_f64())
}

/// What to do about a cause.
pub fn remedy(word: &str) -> &'static str {
    if let Some((_, remedy)) = restraint::rule(word) {
        return remedy;
    }
    match word {
        "path" => "shorten or split the operations of the chain; more slots change nothing",
        "slots" => "raise -j if the machine has room, or make less work",
        "retries" => "find out why attempts fail before anything else",
        "timeouts" => "find out why they hang; or raise the timeout where they are only slow",
        "start" => "make fewer and longer operations: several arguments to a command",
        "output" => "read the output faster, or write it to a file",
        "tokens" => "raise -j of the make above, or run less beside it in the same make",
        "input" => "produce the input faster; the runner waited for it",
        _ if word.starts_with("lock:") => {
            "hold the lock for less of the operation, or split what it protects; more slots change nothing"
        }
        "schedule" => {
            "make a new schedule of how long operations take now (pgplan schedule --history)"
        }
        _ => "raise its capacity, or let operations ask for less; more slots change nothing",
    }
}

impl Verdict {
    /// The same as a record.
    pub fn finding(&self, (causes, wall): (&Causes, Seconds)) -> Finding {
        Finding {
            severity: Severity::Note,
            code: format!("bound-by-{}", causes.word(self.cause)),
            message: self.text.clone(),
            value: Some(self.time.as_f64()),
            threshold: Some(wall.as_f64()),
            remedy: self.remedy.into(),
            ..Finding::default()
        }
    }
}
