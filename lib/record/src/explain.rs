//! What a run was held up by, what its operations are like, and how well it went: what
//! `pgstat bottleneck`, `workload`, `locks`, `mem` and `health` say.

use crate::unit::{Nullable, Seconds};
use crate::wire::Wire;
use crate::{part, wire};
use serde::{Deserialize, Serialize};

/// How bad a measured figure is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Below all thresholds.
    #[default]
    Fine,
    /// Worth a look.
    Warning,
    /// It holds up the run.
    Critical,
    /// Little else matters.
    Severe,
}

impl Grade {
    /// The word in the record.
    pub const fn word(self) -> &'static str {
        match self {
            Grade::Fine => "fine",
            Grade::Warning => "warning",
            Grade::Critical => "critical",
            Grade::Severe => "severe",
        }
    }
}

impl Wire for Grade {
    const JSON: &'static str = "\"fine\" \"warning\" \"critical\" \"severe\"";
}

wire! {
    /// What held up a run, by wall seconds lost: the first one is its cause.
    pub struct Bottleneck = "bottleneck", r#"{"type":"bottleneck","run":"1f3a.5d0c","rank":1,"cause":"lock:msi","kind":"contention","lost_s":6,"share":0.75,"severity":"severe","figure":"lost","value":0.75,"threshold":0.5,"message":"operations waited 6.000 s for lock:msi","remedy":"hold the lock for less of the operation","blame":["install-a"]}"# {
        /// Name of the run; left out where there is none.
        pub run: String,
        /// Place in the list, from 1.
        pub rank: u32,
        /// What: "cpu", "memory", "disk", "network", "steal", "neighbour", "throttled", "lock:NAME", "resource:NAME", "slots", "path", "retries", "timeouts", "start", "output", "input", "tokens", or another word of blocked_s.
        pub cause: String,
        /// Where: "system", "application", "container", "network" or "contention".
        pub kind: String,
        /// Wall that was lost to it. Of slots, path and busy CPUs: what twice as many, or half as long, would save.
        pub lost_s: Seconds,
        /// The same as a share of the wall.
        pub share: f64,
        /// How bad its figure is.
        pub severity: Grade,
        /// The figure that the severity comes from: a row of the thresholds.
        pub figure: String,
        /// Its value: a share, or seconds.
        pub value: Option<f64>,
        /// The threshold that it has reached; the first one where it has reached none.
        pub threshold: Option<f64>,
        /// One line.
        pub message: String,
        /// What to do.
        pub remedy: String,
        /// Operations to blame, the worst first.
        pub blame: Vec<String>,
    }
}

wire! {
    /// What operations alike spend their time with.
    pub struct Workload = "workload", r#"{"type":"workload","run":"1f3a.5d0c","family":"cc file-#.c","class":"cpu","confidence":0.97,"n":40,"failed":0,"work_s":80,"median_s":2,"median_low_s":1.9,"median_high_s":2.1,"mean_s":2,"variation":0.18,"consistency":"high","cpu_share":0.95,"blocks_per_s":12.0,"switches_per_s":8.0,"start_s":0.001,"max_rss_bytes":83886080,"slot_s":1.5,"lock_s":0.5,"resource_s":0,"other_s":0}"# {
        /// Name of the run; left out where there is none.
        pub run: String,
        /// First word of the command, and the id with its digits masked.
        pub family: String,
        /// "cpu", "io", "wait" (sleep, network, others) or "mixed"; "unknown" where the log does not say what was used.
        pub class: String,
        /// Share of the attempts that are of this class by themselves; of mixed ones, how many are not of one class.
        pub confidence: Nullable<f64>,
        /// Attempts.
        pub n: u64,
        /// Of these, failed ones.
        pub failed: u64,
        /// Sum of the durations.
        pub work_s: Seconds,
        /// Median duration, within 1.6 %.
        pub median_s: Seconds,
        /// The median is above this with 97.5 % confidence; left out below 6 attempts.
        pub median_low_s: Option<Seconds>,
        /// The median is below this with 97.5 % confidence.
        pub median_high_s: Option<Seconds>,
        /// Mean duration.
        pub mean_s: Seconds,
        /// Standard deviation over mean.
        pub variation: f64,
        /// By the variation: "high" (below 0.2), "medium" (below 0.5) or "low".
        pub consistency: String,
        /// Processor time over duration; above 1 with several threads.
        pub cpu_share: Option<f64>,
        /// Blocks of 512 bytes read and written, a second of duration.
        pub blocks_per_s: Option<f64>,
        /// Times an operation waited of its own will, a second of duration.
        pub switches_per_s: Option<f64>,
        /// Time a start took, mean; left out where the log does not say it.
        pub start_s: Option<Seconds>,
        /// Greatest resident set.
        pub max_rss_bytes: Option<u64>,
        /// Time waited for slots, in all.
        pub slot_s: Seconds,
        /// Time waited for locks.
        pub lock_s: Seconds,
        /// Time waited for resources.
        pub resource_s: Seconds,
        /// Time waited for anything else: pauses before retries, starts, tokens.
        pub other_s: Seconds,
    }
}

wire! {
    /// How a lock was used.
    pub struct LockStory = "lock", r#"{"type":"lock","run":"1f3a.5d0c","name":"msi","takes":4,"waits":3,"waited_s":12,"longest_wait_s":6,"longest_waiter":"install-d","longest_behind":"install-c","held_s":8,"held_p50_s":2,"held_p95_s":2,"held_max_s":2,"longest_holder":"install-a","busy_share":1.0,"queue_max":3,"convoy":true,"unfinished":0}"# {
        /// Name of the run; left out where it belongs to none.
        pub run: String,
        /// Name of the lock.
        pub name: String,
        /// How often it was held to the end.
        pub takes: u64,
        /// How often somebody waited for it.
        pub waits: u64,
        /// Sum of the waits.
        pub waited_s: Seconds,
        /// Longest wait.
        pub longest_wait_s: Seconds,
        /// Who waited longest.
        pub longest_waiter: String,
        /// For whom, where that is known.
        pub longest_behind: String,
        /// Sum of the times it was held.
        pub held_s: Seconds,
        /// Median of them, within 1.6 %.
        pub held_p50_s: Seconds,
        /// 95th percentile, within 1.6 %.
        pub held_p95_s: Seconds,
        /// Longest.
        pub held_max_s: Seconds,
        /// Who held it longest.
        pub longest_holder: String,
        /// Time held over the wall of the run; above 1 where several hold it at once.
        pub busy_share: Option<f64>,
        /// Most that waited at once.
        pub queue_max: u64,
        /// A convoy: at least three in a row got it from each other while others waited, and hardly a moment passed without a holder.
        pub convoy: bool,
        /// Waits without an end in the log, while their holder waits for a lock of theirs or has no end either.
        pub unfinished: u64,
        /// Who waits for whom in a circle, where it looks like a deadlock.
        pub circle: Vec<String>,
    }
}

wire! {
    /// How the memory of operations alike goes with their number.
    pub struct MemoryTrend = "memory.trend", r#"{"type":"memory.trend","run":"1f3a.5d0c","family":"worker batch-#","n":60,"max_rss_bytes":734003200,"median_rss_bytes":419430400,"slope_bytes_per_100":524288000.0,"slope_low_bytes_per_100":510000000.0,"slope_high_bytes_per_100":540000000.0,"p":0.0001,"verdict":"grows","oom_kills":0}"# {
        /// Name of the run; left out where there is none.
        pub run: String,
        /// The operation where it was tried or run often enough itself, else the family.
        pub family: String,
        /// Attempts whose memory is known.
        pub n: u64,
        /// The most that one had.
        pub max_rss_bytes: Option<u64>,
        /// Median of them.
        pub median_rss_bytes: Option<u64>,
        /// Theil-Sen slope in the order of starts, bytes in 100 attempts; left out below 8.
        pub slope_bytes_per_100: Option<f64>,
        /// Its 95 % interval.
        pub slope_low_bytes_per_100: Option<f64>,
        /// Its 95 % interval.
        pub slope_high_bytes_per_100: Option<f64>,
        /// Two-sided p of Mann and Kendall's test, corrected for the number of families (Benjamini and Hochberg).
        pub p: Option<f64>,
        /// "grows", "shrinks", "steady", or "not enough" to say.
        pub verdict: String,
        /// Attempts that were killed for want of memory.
        pub oom_kills: u64,
    }
}

wire! {
    /// How well a run went, in one number that can be argued with: its deductions follow as bottlenecks and findings.
    pub struct Health = "health", r#"{"type":"health","run":"1f3a.5d0c","score":40,"severe":1,"critical":1,"warning":1,"deductions":["30 lock:msi: severe"],"not_measured":["cpu"]}"# {
        /// Name of the run; left out where there is none.
        pub run: String,
        /// 100 less 30 for each severe, 20 for each critical and 10 for each warning, not below 0.
        pub score: u32,
        /// Severe findings.
        pub severe: u32,
        /// Critical findings.
        pub critical: u32,
        /// Warnings.
        pub warning: u32,
        /// What was taken off, and for what.
        pub deductions: Vec<String>,
        /// Figures that nothing was known of, so that nothing could be taken off for them.
        pub not_measured: Vec<String>,
    }
}

part! {
    /// Somebody or something that wall was lost to.
    pub struct Blame = "blame" {
        /// A word of `lost_s`.
        pub cause: String,
        /// The operation of the chain that waited, or that ran (path).
        pub id: String,
        /// Behind whom: the operation that had what it waited for; of slots, the family that filled them most.
        pub behind: String,
        /// How long.
        pub time_s: Seconds,
    }
}

part! {
    /// Something to change, with what a repetition of the run under it would save.
    pub struct Advice = "advice" {
        /// What: "jobs", "lock", "resource", "retries", "family", "path".
        pub what: String,
        /// The change in words.
        pub change: String,
        /// The number that fired it, in words.
        pub fired: String,
        /// The same as a number: a share of the wall.
        pub value: f64,
        /// How long the run takes then: the log run again on a simulated machine, less what the simulation is off within the run's own limits.
        pub predicted_s: Seconds,
        /// What that saves.
        pub gain_s: Seconds,
        /// The same as a share of the wall.
        pub gain_share: f64,
        /// What may stand against it, as far as it was measured.
        pub unless: String,
    }
}
