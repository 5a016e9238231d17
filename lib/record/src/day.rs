//! A day of runs.

use crate::unit::Seconds;
use crate::wire;

wire! {
    /// What ran on a day, beside the medians of the days before it.
    pub struct Day = "day", r#"{"type":"day","date":"2026-10-25","zone":"Europe/Berlin","begin":1792879200,"length_s":90000,"ops":3,"failed":1,"failed_share":0.333333,"work_s":30,"p50_s":10,"p95_s":12,"peak_minute":1792891800,"peak_ops":2,"busiest_hour":1792890000,"busiest_ops":2,"cost":4.5,"days":7,"usual_ops":4.0,"usual_failed_share":0.0,"usual_work_s":40.0,"usual_p50_s":10.0,"usual_p95_s":11.0,"usual_peak_ops":2.0,"usual_busiest_ops":3.0,"usual_cost":5.0}"# {
        /// The day.
        pub date: String,
        /// The time zone whose day it is.
        pub zone: String,
        /// Its midnight, seconds since the epoch.
        pub begin: Seconds,
        /// How long it was: 23 or 25 hours where the clock was changed.
        pub length_s: Seconds,
        /// Operations that ended.
        pub ops: u64,
        /// Operations that failed.
        pub failed: u64,
        /// Of all.
        pub failed_share: Option<f64>,
        /// Sum of the durations of all attempts.
        pub work_s: Seconds,
        /// Median duration, within 0.4 %.
        pub p50_s: Option<Seconds>,
        /// 95th percentile.
        pub p95_s: Option<Seconds>,
        /// Begin of the minute in which most operations ended.
        pub peak_minute: Option<Seconds>,
        /// How many these were.
        pub peak_ops: u64,
        /// Begin of the hour in which most operations ended.
        pub busiest_hour: Option<Seconds>,
        /// How many these were.
        pub busiest_ops: u64,
        /// What the operations cost by their modes or by the amount "cost" that they use up; left out where no plan that says so was read.
        pub cost: Option<f64>,
        /// Days before, of at most seven, on which anything ended; what follows are medians over them.
        pub days: u64,
        /// Operations that ended.
        pub usual_ops: Option<f64>,
        /// Share that failed.
        pub usual_failed_share: Option<f64>,
        /// Sum of the durations.
        pub usual_work_s: Option<f64>,
        /// Median duration.
        pub usual_p50_s: Option<f64>,
        /// 95th percentile.
        pub usual_p95_s: Option<f64>,
        /// Operations of the peak minute.
        pub usual_peak_ops: Option<f64>,
        /// Operations of the busiest hour.
        pub usual_busiest_ops: Option<f64>,
        /// Cost.
        pub usual_cost: Option<f64>,
    }
}
