//! What is out of line.

use crate::wire;

wire! {
    /// A value that is out of line with the rest of its series, or an operation that is with its family; neighbouring values are one.
    pub struct Anomaly = "anomaly", r#"{"type":"anomaly","series":"memory used_bytes","time":1700000003.0,"until":1700000004.0,"values":2,"value":31000000.0,"expected":9000000.0,"score":9.5,"chance":0.001}"# {
        /// What the values are; of operations the name of their family.
        pub series: String,
        /// The operation; left out where it is a series.
        pub id: String,
        /// When it began, in seconds since the epoch, or as the series has them; of an operation its end.
        pub time: f64,
        /// When it was over.
        pub until: f64,
        /// Values in a row that were out of line.
        pub values: u64,
        /// The farthest of them.
        pub value: f64,
        /// What was expected there.
        pub expected: f64,
        /// How far it was off, in robust standard deviations; of durations in those of their logarithms.
        pub score: f64,
        /// Chance of it, corrected for the number of values that were judged.
        pub chance: f64,
    }
}
