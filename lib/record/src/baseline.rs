//! What a machine is like when all is well.

use crate::unit::Seconds;
use crate::wire;

wire! {
    /// How one figure of samples usually is (pgmon baseline save).
    pub struct Baseline = "baseline", r#"{"type":"baseline","metric":"disk vda util","n":86400,"median":0.02,"mad":0.01,"p95":0.31,"hour":14,"begin":1700000000,"end":1700345600}"# {
        /// The figure, thing and name, as in `usage`.
        pub metric: String,
        /// Readings.
        pub n: u64,
        /// Their median.
        pub median: f64,
        /// Median absolute deviation from it, not multiplied with anything.
        pub mad: f64,
        /// Their 95th percentile.
        pub p95: f64,
        /// Hour of the day, UTC, of which this is told; left out in what holds for all hours.
        pub hour: Option<u32>,
        /// When the first reading was made, seconds since the epoch.
        pub begin: Seconds,
        /// When the last was made.
        pub end: Seconds,
    }
}
