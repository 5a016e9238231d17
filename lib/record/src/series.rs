//! Numbers over time, a series a line.

use crate::unit::Nullable;
use crate::wire;

wire! {
    /// A series of numbers over time. Verbs of pgstat that look at series read it, with or without its type.
    pub struct SeriesLine = "series", r#"{"type":"series","series":"host-1 cpu busy","step_s":30.0,"values":[0.5,0.25,null,0.75]}"# {
        /// What the numbers are.
        pub series: String,
        /// Seconds between two of them.
        pub step_s: Option<f64>,
        /// When each of them was, in seconds; instead of step_s.
        pub times: Vec<f64>,
        /// The numbers; null where one is missing.
        pub values: Vec<Nullable<f64>>,
    }
}
