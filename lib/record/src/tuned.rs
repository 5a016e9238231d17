//! What numbers of slots were worth, tried on the work itself.

use crate::unit::Seconds;
use crate::{part, wire};

wire! {
    /// What `pgrun --tune` or `--sweep` measured.
    pub struct Tuned = "tuned", r#"{"type":"tuned","time":1700000030,"levels":[{"jobs":1,"items":48,"rate":9.8,"low":9.5,"high":10.1},{"jobs":2,"items":48,"rate":19.1,"low":18.2,"high":20.0}],"jobs":2}"# {
        /// When it was told, seconds since the epoch.
        pub time: Seconds,
        /// What was measured of each number of slots.
        pub levels: Vec<TunedLevel>,
        /// The fewest slots whose rate is within 3 % of the best; left out where nothing was measured.
        pub jobs: Option<u32>,
    }
}

part! {
    /// What was measured of a number of slots.
    pub struct TunedLevel = "tuned level" {
        /// Slots.
        pub jobs: u32,
        /// Jobs that were measured.
        pub items: u64,
        /// Ends a second.
        pub rate: f64,
        /// Lower bound of its 95 % interval.
        pub low: f64,
        /// Upper bound.
        pub high: f64,
    }
}
