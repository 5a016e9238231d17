//! What past runs say of the next: the run logs of other systems, and predictions.

use crate::fields::Raw;
use crate::unit::{Amount, Nullable, Seconds};
use crate::{Command, Need, wire};
use std::collections::BTreeMap;

wire! {
    /// A task in the run log of another system: a record a task, with the name of its run. `pgplan --history` and `pgplan predict --runs` read it. A task with another type ("transfer", "auxiliary") counts in the makespan and is not predicted.
    pub struct Task = "compute", r#"{"type":"compute","run":"nightly-7","id":"align-1","needs":["fetch"],"ready":0,"start":5,"end":65,"runtime_s":60,"stage_in_bytes":1048576}"# {
        /// Name of the run. Where names end in numbers, a number left out is a run that is not told.
        pub run: String,
        /// The operation.
        pub id: String,
        /// What was run.
        pub cmd: Option<Command>,
        /// What it needed.
        pub needs: Vec<Need>,
        /// When its needs had ended, since the epoch or in the run's own time.
        pub ready: Option<Seconds>,
        /// When it began.
        pub start: Option<Seconds>,
        /// When it ended; without it and without a duration it is unfinished.
        pub end: Option<Seconds>,
        /// Duration; without it what lies between start and end.
        pub runtime_s: Option<Seconds>,
        /// Bytes of its input.
        pub input_bytes: Option<Amount>,
        /// Bytes that were fetched for it.
        pub stage_in_bytes: Option<Amount>,
        /// Exit status; any but 0 is a failure.
        pub exit: Option<i32>,
        /// How it ended; any but "success" is a failure.
        pub result: String,
        /// Words about it; a number may serve as a size.
        pub labels: BTreeMap<String, Raw>,
    }
}

wire! {
    /// How long an operation will take, told from past runs.
    pub struct Prediction = "prediction", r#"{"type":"prediction","id":"install-chrome","duration":181.5,"p90_s":204,"low_s":170,"high_s":210,"from":"id","n":24,"confidence":0.92}"# {
        /// The run, where it has a name.
        pub run: String,
        /// The operation.
        pub id: String,
        /// As likely shorter as longer; null where nothing is known.
        pub duration: Nullable<Seconds>,
        /// Shorter in nine runs of ten.
        pub p90_s: Option<Seconds>,
        /// Begin of the interval that holds nine runs of ten.
        pub low_s: Option<Seconds>,
        /// End of that interval.
        pub high_s: Option<Seconds>,
        /// What it rests on: "id", "command" (another operation with the same one), "family" (those that differ in digits), "declared" (its own duration), "timeout", "nothing".
        pub from: String,
        /// The size or label that helped; "drift" where durations grow or shrink from run to run.
        pub by: String,
        /// How many past durations it rests on.
        pub n: u64,
        /// The share of them inside the interval that the others give; null where there are none.
        pub confidence: Nullable<f64>,
    }
}

wire! {
    /// How long a whole run will take, told from past runs.
    pub struct MakespanPrediction = "prediction.makespan", r#"{"type":"prediction.makespan","makespan":480,"low_s":455,"high_s":530,"from":"structure","n":24,"confidence":0.88}"# {
        /// The run, where it has a name.
        pub run: String,
        /// As likely shorter as longer.
        pub makespan: Seconds,
        /// Begin of the interval that holds nine runs of ten.
        pub low_s: Option<Seconds>,
        /// End of that interval.
        pub high_s: Option<Seconds>,
        /// What it rests on: "structure" (the plan, with durations drawn from the past), "runs" (the makespans of past runs).
        pub from: String,
        /// How many past runs of the same operations it rests on.
        pub n: u64,
        /// The share of them inside the interval that the others give; null where there are none.
        pub confidence: Nullable<f64>,
        /// Operations of which nothing is known: they count as if they took no time, so the whole takes at least that long.
        pub unknown: Option<u64>,
    }
}

wire! {
    /// How good predictions were, held against runs that have ended.
    pub struct Calibration = "calibration", r#"{"type":"calibration","of":"all","n":24,"inside":0.916667,"below_p90":0.875,"error_s":4.25,"error_share":0.031,"bias_s":0.5,"verdict":"as promised"}"# {
        /// Which ones: those that rest on "id", "command", "family", "declared" or "timeout"; "all" of these; "makespan".
        pub of: String,
        /// How many have happened.
        pub n: u64,
        /// The share that was inside its interval, of those that had one; 0.9 was promised.
        pub inside: Nullable<f64>,
        /// The share that did not exceed the 90th percentile; 0.9 was promised.
        pub below_p90: Nullable<f64>,
        /// Mean of the absolute errors.
        pub error_s: Seconds,
        /// Their sum over the sum of what was.
        pub error_share: Nullable<f64>,
        /// Median of what was, less what was predicted.
        pub bias_s: Seconds,
        /// What the intervals are: "as promised", "narrower than promised", "wider than promised"; two standard deviations of chance are allowed for.
        pub verdict: String,
    }
}
