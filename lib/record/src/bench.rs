//! Commands beside each other.

use crate::unit::Seconds;
use crate::wire;

wire! {
    /// A command of a benchmark: how long it takes, and how it compares with the first.
    pub struct BenchResult = "bench.result", r#"{"type":"bench.result","command":"gzip -1 a.log","runs":30,"failed":0,"median_s":0.0525,"low_s":0.0519,"high_s":0.0534,"mean_s":0.0531,"deviation_s":0.0021,"min_s":0.0501,"max_s":0.0592,"user_s":0.0481,"system_s":0.0037,"outliers":1,"ratio":1.842,"ratio_low":1.801,"ratio_high":1.889,"chance":0.0001,"verdict":"faster"}"# {
        /// The command.
        pub command: String,
        /// How often it was run, beside warm-ups.
        pub runs: u64,
        /// How often it failed.
        pub failed: u64,
        /// Median duration.
        pub median_s: Seconds,
        /// Begin of the interval that holds the median in 95 of 100 cases; left out for a single run.
        pub low_s: Option<Seconds>,
        /// End of that interval.
        pub high_s: Option<Seconds>,
        /// Mean duration.
        pub mean_s: Seconds,
        /// Standard deviation; left out for a single run.
        pub deviation_s: Option<Seconds>,
        /// The shortest.
        pub min_s: Seconds,
        /// The longest.
        pub max_s: Seconds,
        /// Mean processor time in user mode.
        pub user_s: Seconds,
        /// Mean processor time in the kernel.
        pub system_s: Seconds,
        /// Runs that are far from the others: beyond three scaled median absolute deviations and a twentieth of the median.
        pub outliers: u64,
        /// How many times faster than the first command it is, by the Hodges-Lehmann estimate; left out for the first.
        pub ratio: Option<f64>,
        /// Begin of the interval that holds it in 95 of 100 cases.
        pub ratio_low: Option<f64>,
        /// End of that interval.
        pub ratio_high: Option<f64>,
        /// The chance of a difference as great between two commands alike, corrected for the number of them.
        pub chance: Option<f64>,
        /// How its runs were begun, where shells or workers are ready: "cold" (executed), "warm", "worker", or "mixed".
        pub begun: Option<String>,
        /// Beside the first: "faster", "slower", "no difference" (none that chance would not explain), "too few" (runs to tell); left out for the first.
        pub verdict: String,
    }
}
