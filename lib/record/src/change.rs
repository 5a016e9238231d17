//! Where a series changes.

use crate::unit::{Nullable, Seconds};
use crate::wire;

wire! {
    /// A change of a series of numbers, told by pgstat changes.
    pub struct SeriesChange = "change", r#"{"type":"change","series":"op build wall_s","time":1700000000,"at":42,"what":"level","before":12.5,"after":19.25,"confidence":0.998,"n":80}"# {
        /// What the numbers are.
        pub series: String,
        /// When the first value after it was: seconds since the epoch, or from the beginning where the input has no times.
        pub time: Seconds,
        /// Place of that value in the series, from 0.
        pub at: u64,
        /// What changes: "level", "trend" (the slope too) or "spread" (the variance too).
        pub what: String,
        /// Median of the values from the change before to this one; null where all are missing.
        pub before: Nullable<f64>,
        /// Median of the values from here to the next change.
        pub after: Nullable<f64>,
        /// About how probable this division of the series is beside the same without this change, from 0 to 1.
        pub confidence: f64,
        /// Values of the series that are not missing.
        pub n: u64,
    }
}
