//! Conclusions: findings and reports.

use crate::Outcome;
use crate::part::PartDoc;
use crate::unit::Seconds;
use crate::wire::Wire;
use crate::{Advice, Blame, OpenLoop, StartCost, part, wire};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Note,
    /// Probably wrong.
    Warning,
    /// Wrong: the exit status is 1.
    Error,
}

impl Severity {
    /// The word in the record.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Wire for Severity {
    const JSON: &'static str = "\"note\" \"warning\" \"error\"";
}

wire! {
    /// A conclusion with what fired it.
    pub struct Finding = "finding", r#"{"type":"finding","severity":"error","code":"dangling-need","message":"install-chrome needs install-fslogix, which is not in this plan","file":"module.yaml","line":31,"remedy":"add the operation, or --assume install-fslogix"}"# {
        /// How much it matters.
        pub severity: Severity,
        /// What kind of finding: a fixed word.
        pub code: String,
        /// One line.
        pub message: String,
        /// File it is about.
        pub file: String,
        /// Line in the file, from 1.
        pub line: Option<u64>,
        /// Column in the line, from 1, in what cannot be read.
        pub column: Option<u64>,
        /// The operation it is about.
        pub id: String,
        /// The number that fired it.
        pub value: Option<f64>,
        /// What the number was held against.
        pub threshold: Option<f64>,
        /// What to do.
        pub remedy: String,
    }
}

part! {
    /// One operation of the realised critical path.
    pub struct ChainLink = "chain link" {
        /// The operation.
        pub id: String,
        /// When it was ready, from the beginning of the run.
        pub ready_s: Seconds,
        /// When its last attempt was started, from the beginning of the run.
        pub start_s: Seconds,
        /// What it waited for before its last attempt, by cause.
            pub waited_s: BTreeMap<String, Seconds>,
        /// Who had what it waited for longest.
            pub behind: String,
        /// Duration of its last attempt.
        pub wall_s: Seconds,
        /// What the next link wanted of it: "need", or the cause that it waited for and this one had.
        pub gave: String,
    }
}

part! {
    /// One slow operation.
    pub struct SlowOp = "slow operation" {
        /// The operation.
        pub id: String,
        /// Duration of an attempt.
        pub wall_s: Seconds,
        /// How it ended.
        pub result: Outcome,
    }
}

part! {
    /// Operations alike: the first word of the command and the id, digits masked.
    pub struct OpFamily = "family" {
        /// Its name.
        pub name: String,
        /// Attempts.
        pub count: u64,
        /// Sum of the durations.
        pub work_s: Seconds,
        /// Mean duration.
        pub mean_s: Seconds,
        /// Standard deviation over mean.
        pub variation: f64,
        /// Median duration, within 1.6 %.
        pub median_s: Option<Seconds>,
        /// The median is above this with 97.5 % confidence; left out below 6 attempts.
        pub median_low_s: Option<Seconds>,
        /// The median is below this with 97.5 % confidence.
        pub median_high_s: Option<Seconds>,
        /// Of the durations, in programs; what several threads used at once counts once. With system_s and wait_s it is work_s.
        pub user_s: Option<Seconds>,
        /// Of the durations, in the kernel.
        pub system_s: Option<Seconds>,
        /// Of the durations, neither: for disks, the network, others, a CPU.
        pub wait_s: Option<Seconds>,
        /// Before they ran: for locks.
        pub lock_s: Option<Seconds>,
        /// Before they ran: for anything else.
        pub queue_s: Option<Seconds>,
        /// Greatest resident set.
        pub max_rss_bytes: Option<u64>,
    }
}

part! {
    /// How much a lock was used and waited for.
    pub struct LockUse = "lock use" {
        /// Its name.
        pub name: String,
        /// Who waited for it, how often.
        pub waits: u64,
        /// Sum of the waits.
        pub waited_s: Seconds,
        /// Sum of the times it was held, where the log says it.
        pub held_s: Seconds,
    }
}

part! {
    /// One wait for a lock.
    pub struct LockWaited = "lock wait" {
        /// Name of the lock.
        pub name: String,
        /// Who waited: the operation, or "pid N".
        pub id: String,
        /// How long.
        pub waited_s: Seconds,
        /// For whom, where that is known.
            pub behind: String,
    }
}

part! {
    /// How much of something was used, from samples.
    pub struct Usage = "usage" {
        /// What, with its unit: "cpu_share", "memory_used_bytes".
        pub name: String,
        /// Number of readings.
        pub samples: u64,
        /// Mean, each reading for its interval.
        pub mean: f64,
        /// 95th percentile, within 0.4 %.
        pub p95: f64,
        /// Greatest reading.
        pub peak: f64,
        /// Time above 80 % of what there is; left out where that is not known.
            pub above_80_s: Option<Seconds>,
    }
}

wire! {
    /// One operation over all the runs that were read.
    pub struct Ranked = "ranked", r#"{"type":"ranked","id":"install-chrome","runs":3,"attempts":4,"failed_attempts":1,"failed_share":0.25,"mean_s":2.5,"max_s":4,"work_s":10,"last":"success"}"# {
        /// The operation.
        pub id: String,
        /// Times it came to an end.
        pub runs: u64,
        /// Attempts.
        pub attempts: u64,
        /// Attempts that failed.
        pub failed_attempts: u64,
        /// Of all attempts.
        pub failed_share: f64,
        /// Mean duration of an attempt.
        pub mean_s: Seconds,
        /// Longest attempt.
        pub max_s: Seconds,
        /// Sum of the durations.
        pub work_s: Seconds,
        /// How its last attempt ended.
        pub last: Outcome,
    }
}

wire! {
    /// The figures of a run.
    pub struct Report = "report", r#"{"type":"report","run":"1f3a.5d0c","source":"events","wall_s":8,"work_s":16,"slots":4,"speedup":2.0,"utilisation":0.5,"critical_path_s":4,"schedule_quality":0.5,"throughput":1.0,"ops":8,"attempts":8,"counts":{"success":8},"failed_share":0.0,"retried_share":0.0,"mean_s":2,"p50_s":2,"p95_s":2,"p99_s":2,"max_s":2,"user_s":0.5,"system_s":0.25,"lost_s":{"lock:msi":4,"path":4},"bound":"lock:msi","bound_s":6,"verdict":"bound by lock:msi: ...","chain":[{"id":"install-a","ready_s":2,"start_s":4,"waited_s":{"lock:msi":2},"wall_s":2,"gave":"lock:msi"},{"id":"install-b","ready_s":2,"start_s":6,"waited_s":{"lock:msi":4},"behind":"install-a","wall_s":2}],"slowest":[{"id":"install-b","wall_s":2,"result":"success"}],"locks":[{"name":"msi","waits":2,"waited_s":6,"held_s":6}],"lock_waits":[{"name":"msi","id":"install-b","waited_s":4,"behind":"install-a"}]}"# {
        /// Name of the run; left out where the log has none.
        pub run: String,
        /// What the figures come from: "events", "joblog", "ninja", "hyperfine", "samples", "locks".
        pub source: String,
        /// When the first operation was ready, seconds since the epoch.
        pub begin: Option<Seconds>,
        /// From when the first operation was ready to the last end.
        pub wall_s: Seconds,
        /// From the run's beginning to its end, as the runner measured it.
        pub makespan_s: Option<Seconds>,
        /// Sum of the durations of all attempts, exact.
        pub work_s: Seconds,
        /// Places to run.
        pub slots: u32,
        /// The log does not say how many slots there were: it is the greatest concurrency seen.
        pub slots_seen: bool,
        /// work / wall.
        pub speedup: Option<f64>,
        /// work / (wall x slots).
        pub utilisation: Option<f64>,
        /// Longest chain of needs by measured durations: no number of slots makes the run shorter.
        pub critical_path_s: Seconds,
        /// max(critical path, work / slots) / wall: 1 when nobody could be faster.
        pub schedule_quality: Option<f64>,
        /// Operations ended, a second of wall.
        pub throughput: Option<f64>,
        /// Operations, those skipped included; barriers count nowhere.
        pub ops: u64,
        /// Attempts that ended.
        pub attempts: u64,
        /// Operations by result.
        pub counts: BTreeMap<String, u64>,
        /// Failed operations of all.
        pub failed_share: f64,
        /// Operations that were tried more than once, of all.
        pub retried_share: f64,
        /// Operations that were started and have no end in the log.
        pub unfinished: Option<u64>,
        /// Mean duration of an attempt.
        pub mean_s: Seconds,
        /// Median duration, within 0.4 %.
        pub p50_s: Seconds,
        /// 95th percentile, within 0.4 %.
        pub p95_s: Seconds,
        /// 99th percentile, within 0.4 %.
        pub p99_s: Seconds,
        /// Longest duration.
        pub max_s: Seconds,
        /// Latency from the intended start, where load was generated in an open loop.
        pub latency: Option<OpenLoop>,
        /// Processor time in user mode.
        pub user_s: Seconds,
        /// Processor time in the kernel.
        pub system_s: Seconds,
        /// Greatest resident set of a process.
        pub max_rss_bytes: Option<u64>,
        /// What starts took, by kind, where the run had warm ones: as in `run.end`.
        pub starts: BTreeMap<String, StartCost>,
        /// What warm starts have saved.
        pub start_saved_s: Option<Seconds>,
        /// The wall by what held the last operation: "path", "slots", "lock:NAME", "resource:NAME", "retries", "timeouts", "start", "output", "input". Sums up to the wall.
        pub lost_s: BTreeMap<String, Seconds>,
        /// What bound the run: a word of `lost_s`.
        pub bound: String,
        /// The number that fired it: how much of the wall the cause explains.
        pub bound_s: Option<Seconds>,
        /// The same in words.
        pub verdict: String,
        /// Realised critical path, from the run's beginning to the operation that ended last: through needs and through what one operation had and the next one waited for.
        pub chain: Vec<ChainLink>,
        /// Operations left out at the beginning of a very long chain.
        pub chain_left_out: Option<u64>,
        /// Slowest attempts.
        pub slowest: Vec<SlowOp>,
        /// Most variable families of operations.
        pub variable: Vec<OpFamily>,
        /// Families of operations by work: what their time went into.
        pub families: Vec<OpFamily>,
        /// Who is to blame for the wall that was lost: who waited, behind whom, how long.
        pub blame: Vec<Blame>,
        /// What to change, with what it would save: the greatest gain first.
        pub advice: Vec<Advice>,
        /// Locks by time waited.
        pub locks: Vec<LockUse>,
        /// Longest waits for locks.
        pub lock_waits: Vec<LockWaited>,
        /// Use of resources, from samples.
        pub usage: Vec<Usage>,
    }
}

/// Every kind of object that stands inside a report, for `man/pg-record.5`.
pub fn report_parts() -> Vec<PartDoc> {
    vec![
        PartDoc::of::<crate::TunedLevel>(),
        PartDoc::of::<ChainLink>(),
        PartDoc::of::<SlowOp>(),
        PartDoc::of::<OpFamily>(),
        PartDoc::of::<LockUse>(),
        PartDoc::of::<LockWaited>(),
        PartDoc::of::<Usage>(),
        PartDoc::of::<Blame>(),
        PartDoc::of::<Advice>(),
        PartDoc::of::<OpenLoop>(),
    ]
}
