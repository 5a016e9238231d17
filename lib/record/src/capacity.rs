//! Capacity and the frame of a plan.

use crate::unit::{Amount, Seconds};
use crate::wire;
use std::collections::BTreeMap;

wire! {
    /// How much there is of everything; may stand before the operations.
    pub struct Capacity = "capacity", r#"{"type":"capacity","jobs":4,"resources":{"memory":17179869184},"nonrenewable":{"cost":45}}"# {
        /// Slots.
        pub jobs: Option<u32>,
        /// Renewable amounts: held while an operation runs.
        pub resources: BTreeMap<String, Amount>,
        /// Amounts that are used up.
        pub nonrenewable: BTreeMap<String, Amount>,
    }
}

wire! {
    /// First record of a plan.
    pub struct PlanStart = "plan.start", r#"{"type":"plan.start","version":1,"files":["module.yaml"]}"# {
        /// Version of the record format.
        pub version: u32,
        /// Files that were read.
        pub files: Vec<String>,
    }
}

wire! {
    /// Last record of a plan. If it is missing the plan was cut off, and nothing new is started.
    pub struct PlanEnd = "plan.end", r#"{"type":"plan.end","ops":12,"makespan_s":420}"# {
        /// Number of operation records in the plan, barriers included.
        pub ops: u64,
        /// Planned end of the last operation, where all durations are known.
        pub makespan_s: Option<Seconds>,
    }
}
