//! Runs that are kept.

use crate::unit::Seconds;
use crate::wire;

wire! {
    /// A run of a history, as `pgstat history --json` tells it.
    pub struct KeptRun = "run.kept", r#"{"type":"run.kept","run":"1f3a.5d0c","time":1700000000.123456,"status":"failure","exit":1,"makespan_s":9.876544,"ops":14,"failed":1,"host":"ci-7","command":"pgrun -j8 plan.ndjson","file":"2023-11-14T221320Z-1f3a.5d0c.ndjson.zst","bytes":4711}"# {
        /// Name of the run.
        pub run: String,
        /// When it began, seconds since the epoch.
        pub time: Seconds,
        /// How it ended: "success" (exit status 0), "failure" (another one), "cancellation" (by a signal), "cut-off" (its log has no end: it was killed), "running", "damaged" (its log cannot be read).
        pub status: String,
        /// Exit status of the runner.
        pub exit: Option<i32>,
        /// Signal that ended the runner.
        pub signal: Option<i32>,
        /// From the run's beginning to its end; left out where the log has no end.
        pub makespan_s: Option<Seconds>,
        /// Operations that ended or were skipped.
        pub ops: u64,
        /// Operations that failed.
        pub failed: u64,
        /// Name of the machine.
        pub host: String,
        /// Command line.
        pub command: String,
        /// Its log, in the folder of the history.
        pub file: String,
        /// Size of the log.
        pub bytes: u64,
    }
}
