//! How operations end, and the exit statuses of the family: one table.

use serde::{Deserialize, Serialize};

/// How an operation ended (the words of OpenTelemetry's CI/CD conventions).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It ended well.
    #[default]
    Success,
    /// It ended with a status other than 0, by a signal, or its output said so.
    Failure,
    /// It could not be run.
    Error,
    /// It ran out of time.
    Timeout,
    /// It was ended because the run was.
    Cancellation,
    /// It never ran.
    Skip,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Outcome; 6] = [
        Outcome::Success,
        Outcome::Failure,
        Outcome::Error,
        Outcome::Timeout,
        Outcome::Cancellation,
        Outcome::Skip,
    ];

    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Error => "error",
            Outcome::Timeout => "timeout",
            Outcome::Cancellation => "cancellation",
            Outcome::Skip => "skip",
        }
    }

    /// True for what the exit status counts: failure, error, timeout.
    pub const fn failed(self) -> bool {
        matches!(self, Outcome::Failure | Outcome::Error | Outcome::Timeout)
    }
}

/// Exit statuses by name.
pub mod status {
    /// All went well.
    pub const OK: u8 = 0;
    /// `pgplan`, `pgstat`: a finding of severity error; `pglock`: a deadlock.
    pub const FINDING: u8 = 1;
    /// `pgplan`, `pgstat`: wrong command line.
    pub const USAGE: u8 = 2;
    /// `pgplan`, `pgstat`: input that cannot be read as what it should be.
    pub const BAD_INPUT: u8 = 65;
    /// `pgplan`, `pgstat`: output that could not be written.
    pub const CANNOT_WRITE: u8 = 74;
    /// `pglock`: the lock is busy or the wait ran out.
    pub const BUSY: u8 = 75;
    /// `pgrun`: the greatest count of failed operations that is told exactly.
    pub const MAX_COUNT: u8 = 100;
    /// `pgrun`: more than 100 operations failed.
    pub const MANY: u8 = 101;
    /// `pgrun`: `--total-timeout` ended the run.
    pub const TOTAL_TIMEOUT: u8 = 124;
    /// `pglock`, `pgmon`: own failure.
    pub const OWN: u8 = 125;
    /// `pglock`, `pgmon`: the command cannot be executed.
    pub const CANNOT_EXECUTE: u8 = 126;
    /// `pglock`, `pgmon`: the command was not found.
    pub const NOT_FOUND: u8 = 127;
    /// `pgrun` as `xargs`: own failure.
    pub const XARGS_OWN: u8 = 1;
    /// `pgrun` as `xargs`: a command exited with a status from 1 to 254.
    pub const XARGS_FAILED: u8 = 123;
    /// `pgrun` as `xargs`: a command exited with 255.
    pub const XARGS_EXIT_255: u8 = 124;
    /// `pgrun` as `xargs`: a signal ended a command.
    pub const XARGS_SIGNAL: u8 = 125;
    /// `pgrun`: own failure: bad usage, bad input, or something lost.
    pub const LOST: u8 = 255;
}

/// By whose rules a run of `pgrun` ends: the name it was called by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manners {
    /// Its own.
    #[default]
    Pgrun,
    /// GNU parallel's.
    Parallel,
    /// GNU parallel's `sem`: the status of its one command.
    Sem,
    /// Those of findutils.
    Xargs,
}

/// What the exit status of a run follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// Operations that failed: failure, error, timeout.
    pub failed: u64,
    /// Operations that failed or succeeded.
    pub ended: u64,
    /// The run's own time ran out.
    pub out_of_time: bool,
    /// The halt rule is a share of all.
    pub in_percent: bool,
    /// A halt rule was tripped.
    pub halted: Option<Halted>,
    /// Status of the operation that ended last, as a shell reports it.
    pub last: u8,
    /// One exited with a status from 1 to 254.
    pub exited: bool,
    /// What `xargs` takes for fatal, the last of it.
    pub fatal: Option<Fatal>,
}

/// How things stood when a halt rule was tripped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halted {
    /// Status of the operation that tripped it, as a shell reports it.
    pub status: u8,
    /// Operations that had failed.
    pub failed: u64,
    /// All operations of the run.
    pub total: u64,
    /// One matching end was just enough.
    pub by_one: bool,
    /// The operation that tripped it ran out of time, and a signal ended it.
    pub ended_late: bool,
    /// It was tripped by a success.
    pub wanted: bool,
}

/// An end that `xargs` takes for fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fatal {
    /// An exit with 255.
    Exit255,
    /// An end by a signal.
    Signal,
    /// The command cannot be run: 126 or 127.
    NotRun(u8),
}

impl Manners {
    /// Exit status of a run in which nothing was lost.
    ///
    /// | | `pgrun` | `parallel` | `xargs` |
    /// |---|---|---|---|
    /// | failed | how many, 101 for more than 100 | the same | 123; 124, 125, 126, 127 for what is fatal |
    /// | `--halt` on a success | 0 | 0 | |
    /// | `--halt` on a share | the percentage that had failed | the same | |
    /// | `--halt` on a count | the status of the operation | the same on 1, else how many had failed | |
    /// | `--total-timeout` | 124 | 124 | 124 |
    pub fn status(self, facts: &RunFacts) -> u8 {
        if facts.out_of_time {
            return status::TOTAL_TIMEOUT;
        }
        match (self, facts.halted) {
            (Manners::Xargs, _) => xargs_status(facts),
            (Manners::Sem, _) => facts.last,
            (_, Some(halted)) if halted.wanted => status::OK,
            (Manners::Pgrun, Some(halted)) if !facts.in_percent => halted.status,
            // its job log has -1 for such a job
            (Manners::Parallel, Some(halted)) if halted.by_one && halted.ended_late => status::LOST,
            (Manners::Parallel, Some(halted)) if halted.by_one => halted.status,
            (_, Some(halted)) if facts.in_percent => percent(halted.failed, halted.total),
            (_, Some(halted)) => count(halted.failed),
            (Manners::Parallel, None) if facts.in_percent => percent(facts.failed, facts.ended),
            (_, None) => count(facts.failed),
        }
    }

    /// Status of our own failure: bad usage, bad input, something lost.
    pub const fn own_failure(self) -> u8 {
        match self {
            Manners::Xargs => status::XARGS_OWN,
            _ => status::LOST,
        }
    }

    /// Status after a signal that ended the run; `None` dies of it.
    pub const fn after_signal(self) -> Option<u8> {
        match self {
            Manners::Parallel | Manners::Sem => Some(status::LOST),
            Manners::Pgrun | Manners::Xargs => None,
        }
    }
}

fn count(failed: u64) -> u8 {
    if failed > u64::from(status::MAX_COUNT) { status::MANY } else { failed as u8 }
}

/// Rounded up, as GNU parallel does.
fn percent(part: u64, whole: u64) -> u8 {
    (part * 100).div_ceil(whole.max(1)).min(100) as u8
}

/// An exit with 1 to 254 hides what is fatal, whichever came first: so does
/// findutils 4.9 when it has waited for the rest.
fn xargs_status(facts: &RunFacts) -> u8 {
    match facts.fatal {
        _ if facts.exited => status::XARGS_FAILED,
        Some(Fatal::Exit255) => status::XARGS_EXIT_255,
        Some(Fatal::Signal) => status::XARGS_SIGNAL,
        Some(Fatal::NotRun(status)) => status,
        None if facts.failed > 0 => status::XARGS_FAILED,
        None => status::OK,
    }
}

/// One row of the table that is printed on every man page.
#[derive(Clone, Copy, Debug)]
pub struct ExitRow {
    /// Programs it holds for.
    pub tools: &'static [&'static str],
    /// The status, as it is written on the page.
    pub status: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const ALL_TOOLS: &[&str] = &["pgplan", "pgrun", "pglock", "pgmon", "pgstat"];
const PLAN_STAT: &[&str] = &["pgplan", "pgstat"];
const LOCK_MON: &[&str] = &["pglock", "pgmon"];

/// The exit statuses of all programs.
pub const EXIT: &[ExitRow] = &[
    ExitRow { tools: ALL_TOOLS, status: "0", meaning: "all went well" },
    ExitRow {
        tools: PLAN_STAT,
        status: "1",
        meaning: "a finding of severity error: a cycle, a failed run, a target missed",
    },
    ExitRow { tools: &["pglock"], status: "1", meaning: "--deadlock found one" },
    ExitRow { tools: PLAN_STAT, status: "2", meaning: "wrong command line" },
    ExitRow {
        tools: PLAN_STAT,
        status: "65",
        meaning: "input that is missing or cannot be read as what it should be",
    },
    ExitRow { tools: PLAN_STAT, status: "74", meaning: "the output could not be written" },
    ExitRow {
        tools: &["pgrun"],
        status: "1-100",
        meaning: "that many operations failed (failure, error, timeout); where --halt or \
                  --on-failure ended the run, the status of the operation that did, or with a \
                  percentage the share that had failed",
    },
    ExitRow { tools: &["pgrun"], status: "101", meaning: "more than 100 operations failed" },
    ExitRow { tools: &["pgrun"], status: "124", meaning: "--total-timeout ended the run" },
    ExitRow {
        tools: &["pgrun"],
        status: "255",
        meaning: "own failure: bad usage, bad input, or output, events or input that could not \
                  be fully written or read, even when every operation succeeded",
    },
    ExitRow {
        tools: LOCK_MON,
        status: "N",
        meaning: "the command's own; 128+N if a signal ended it",
    },
    ExitRow {
        tools: &["pglock"],
        status: "75",
        meaning: "the lock is busy or the wait ran out (-E changes the number)",
    },
    ExitRow { tools: LOCK_MON, status: "125", meaning: "own failure: bad usage, no access" },
    ExitRow { tools: LOCK_MON, status: "126", meaning: "the command cannot be executed" },
    ExitRow { tools: LOCK_MON, status: "127", meaning: "the command was not found" },
    ExitRow { tools: ALL_TOOLS, status: "128+N", meaning: "ended by signal N, after cleaning up" },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn halted(status: u8, failed: u64) -> Halted {
        Halted { status, failed, total: 10, by_one: failed == 1, ended_late: false, wanted: false }
    }

    /// What GNU parallel 20221122 exits with.
    #[test]
    fn parallel_counts_or_says_what_tripped_it() {
        let status = |facts| Manners::Parallel.status(&facts);
        let facts = |failed| RunFacts { failed, ended: 3, ..RunFacts::default() };
        assert_eq!([0, 2, 100, 101, 5000].map(|n| status(facts(n))), [0, 2, 100, 101, 101]);
        let tripped = |halted| RunFacts { halted: Some(halted), ..facts(4) };
        assert_eq!(status(tripped(halted(3, 1))), 3, "now,fail=1");
        assert_eq!(status(tripped(halted(5, 2))), 2, "now,fail=2");
        assert_eq!(status(tripped(Halted { ended_late: true, ..halted(143, 1) })), 255);
        assert_eq!(status(tripped(Halted { wanted: true, ..halted(0, 2) })), 0);
        let share = |halted| RunFacts { in_percent: true, ..tripped(halted) };
        assert_eq!(status(share(halted(7, 3))), 30, "now,fail=30%");
        assert_eq!(status(share(halted(3, 1))), 3, "10% of ten");
        let not_tripped = RunFacts { in_percent: true, ..facts(2) };
        assert_eq!(status(not_tripped), 67, "two of three");
        assert_eq!(Manners::Parallel.after_signal(), Some(255));
    }

    #[test]
    fn under_its_own_name_the_operation_that_tripped_it_speaks() {
        let facts = RunFacts { failed: 4, halted: Some(halted(5, 2)), ..RunFacts::default() };
        assert_eq!(Manners::Pgrun.status(&facts), 5);
        let share = RunFacts { in_percent: true, halted: Some(halted(5, 1)), ..facts };
        assert_eq!(Manners::Pgrun.status(&share), 10);
        assert_eq!(Manners::Pgrun.status(&RunFacts { out_of_time: true, ..facts }), 124);
        assert_eq!(Manners::Pgrun.after_signal(), None);
    }

    /// What findutils 4.9 exits with.
    #[test]
    fn xargs_has_statuses_of_its_own() {
        let status = |exited, fatal: Option<Fatal>| {
            let failed = u64::from(exited || fatal.is_some());
            Manners::Xargs.status(&RunFacts { failed, exited, fatal, ..RunFacts::default() })
        };
        assert_eq!(status(false, None), 0);
        assert_eq!(status(true, None), 123);
        assert_eq!(status(false, Some(Fatal::Exit255)), 124);
        assert_eq!(status(false, Some(Fatal::Signal)), 125);
        assert_eq!(status(false, Some(Fatal::NotRun(126))), 126);
        assert_eq!(status(false, Some(Fatal::NotRun(127))), 127);
        assert_eq!(status(true, Some(Fatal::Exit255)), 123, "3, then 255");
        assert_eq!(Manners::Xargs.own_failure(), 1);
    }
}
