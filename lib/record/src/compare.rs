//! What changed from some runs to others, and what was aimed at.

use crate::unit::Nullable;
use crate::wire;

wire! {
    /// A figure of some runs beside the same of others.
    pub struct Comparison = "comparison", r#"{"type":"comparison","kind":"figure","name":"makespan","unit":"s","baseline":100.5,"current":120.25,"n_baseline":8,"n_current":8,"of":"runs","ratio":1.197,"low":1.151,"high":1.243,"improvement":-0.197,"chance":0.0016,"change":"worse"}"# {
        /// What it is of: "figure" (of a run as a whole), "operations" (the durations of all that ran in both), "operation", "family" (operations alike), "metric" (of samples).
        pub kind: String,
        /// Which one.
        pub name: String,
        /// Its unit: "s", "bytes", "share", "/s"; left out where it has none.
        pub unit: String,
        /// What was aimed at, where that was said.
        pub target: Option<f64>,
        /// Median before; null where it was not measured.
        pub baseline: Nullable<f64>,
        /// Median now.
        pub current: Nullable<f64>,
        /// How many values it is the median of.
        pub n_baseline: u64,
        /// The same now.
        pub n_current: u64,
        /// What a value is of: "runs", "operations" (the same operation before and now), "executions" (of the one operation), "samples".
        pub of: String,
        /// Now over before, by the Hodges-Lehmann estimate; where a value is 0, left out.
        pub ratio: Option<f64>,
        /// Begin of the interval that holds the ratio in 95 of 100 cases; left out where there are too few values.
        pub low: Option<f64>,
        /// End of that interval.
        pub high: Option<f64>,
        /// Now less before, where there is no ratio.
        pub shift: Option<f64>,
        /// By which share it is better than before; less than 0 where it is worse.
        pub improvement: Option<f64>,
        /// The chance of a difference as great without any change, corrected for the number of tests.
        pub chance: Option<f64>,
        /// "better", "worse", "no change" (none that chance would not explain), "too few" (to tell).
        pub change: String,
        /// It is worse than is allowed, beyond doubt: the near end of the interval is.
        pub regression: bool,
    }
}

wire! {
    /// A target and what was measured.
    pub struct TargetMet = "target", r#"{"type":"target","metric":"duration.p95","limit":"<= 30s","unit":"s","measured":27.25,"n":240,"margin":2.75,"met":"met","line":3}"# {
        /// What is measured.
        pub metric: String,
        /// What is aimed at, as it was written.
        pub limit: String,
        /// Unit of the figures.
        pub unit: String,
        /// What was measured; null where nothing was.
        pub measured: Nullable<f64>,
        /// How many values it rests on.
        pub n: u64,
        /// How far it is from the limit; less than 0 where it was missed.
        pub margin: Option<f64>,
        /// "met", "missed" or "not measured".
        pub met: String,
        /// Line of the file of targets.
        pub line: u64,
    }
}
