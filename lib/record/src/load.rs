//! What came of a load that was generated.

use crate::unit::Seconds;
use crate::{part, wire};

part! {
    /// Generated load in an open loop: how long its jobs took, from when they were to start.
    pub struct OpenLoop = "open loop" {
        /// Jobs that have ended.
        pub jobs: u64,
        /// Starts a second; left out for fewer than two.
        pub per_s: Option<f64>,
        /// Median latency, from the intended start to the end, within 0.4 %.
        pub p50_s: Seconds,
        /// Nine of ten are below.
        pub p90_s: Seconds,
        /// 99 of 100 are below.
        pub p99_s: Seconds,
        /// The greatest.
        pub max_s: Seconds,
    }
}

wire! {
    /// A load has been generated: what was asked for and what came of it. Told before the run's end, for each scenario and for all.
    pub struct LoadSummary = "load.summary", r#"{"type":"load.summary","time":1700000010,"pattern":"poisson","asked_per_s":50.0,"jobs":3000,"failed":2,"held":0,"achieved_per_s":49.98,"ended_per_s":49.95,"window_s":60.02,"latency_p50_s":0.0113,"latency_p90_s":0.0217,"latency_p99_s":0.0461,"latency_max_s":0.0832,"service_p50_s":0.0112,"service_p90_s":0.0114,"service_p99_s":0.0121,"service_max_s":0.0143}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// Who decides when a job starts: "users" (closed loop: the end of another), "even" or "poisson" (open loop: the time).
        pub pattern: String,
        /// The command, where there are several; left out for all together.
        pub scenario: String,
        /// How many users, in a closed loop.
        pub users: Option<u32>,
        /// Starts a second that were asked for, in an open loop, after the ramp.
        pub asked_per_s: Option<f64>,
        /// Jobs that have ended.
        pub jobs: u64,
        /// Of these, failures.
        pub failed: u64,
        /// Jobs that were due and found no free slot, in an open loop: these waits are not the command's.
        pub held: Option<u64>,
        /// Starts a second, after the ramp, from the first to the last; left out for fewer than two.
        pub achieved_per_s: Option<f64>,
        /// The same of ends.
        pub ended_per_s: Option<f64>,
        /// From the first start to the last end.
        pub window_s: Seconds,
        /// Median of the latency, from the intended start to the end; left out in a closed loop, which has no intended starts.
        pub latency_p50_s: Option<Seconds>,
        /// Nine of ten are below.
        pub latency_p90_s: Option<Seconds>,
        /// 99 of 100 are below.
        pub latency_p99_s: Option<Seconds>,
        /// The greatest.
        pub latency_max_s: Option<Seconds>,
        /// Median of the time from the real start to the end: all that a closed loop sees.
        pub service_p50_s: Seconds,
        /// Nine of ten are below.
        pub service_p90_s: Seconds,
        /// 99 of 100 are below.
        pub service_p99_s: Seconds,
        /// The greatest.
        pub service_max_s: Seconds,
    }
}
