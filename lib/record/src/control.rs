//! What a run is told while it runs, and what it answers.

use crate::wire;
use std::collections::BTreeMap;

wire! {
    /// An order for a run (pgrun --control). Its "type" may be left out; so may all of it: the bare words "jobs 4" say the same.
    pub struct Order = "order", r#"{"type":"order","verb":"jobs","jobs":4}"# {
        /// "status", "jobs", "pause", "resume", "drain" or "profile".
        pub verb: String,
        /// Slots from now on; with "jobs".
        pub jobs: Option<u32>,
        /// Which profile; with "profile".
        pub profile: String,
    }
}

wire! {
    /// The answer to an order: what became of it, and how the run stands then.
    pub struct Answer = "answer", r#"{"type":"answer","verb":"jobs","ok":true,"run":"1f3a.5d0c","state":"runs","jobs":4,"running":3,"counts":{"success":12},"held_by":"memory"}"# {
        /// The order's.
        pub verb: String,
        /// It was carried out; left out where it was not.
        pub ok: bool,
        /// Why not, and what would be.
        pub error: String,
        /// Name of the run.
        pub run: String,
        /// "runs", "paused" (nothing is started) or "ends" (nothing is started any more).
        pub state: String,
        /// Slots.
        pub jobs: u32,
        /// Attempts that run.
        pub running: u32,
        /// Operations by result, as in run.end.
        pub counts: BTreeMap<String, u64>,
        /// What holds starts back now, as in blocked_s; left out where nothing does.
        pub held_by: String,
    }
}
