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
    /// `pgplan`, `pgstat`: a finding of severity error.
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
    /// `pgrun`: own failure: bad usage, bad input, or something lost.
    pub const LOST: u8 = 255;
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
                  --on-failure ended the run, the status of the operation that did, or the \
                  percentage that was given",
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
