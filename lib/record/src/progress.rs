//! How far a run is, for programs that show it.

use crate::unit::{Nullable, Seconds};
use crate::wire;

wire! {
    /// How far a run is (pgrun --progress=json).
    pub struct Progress = "progress", r#"{"type":"progress","done":12,"total":40,"running":4,"failed":1,"elapsed_s":3.5,"left_s":8.2}"# {
        /// Operations that have ended or were skipped.
        pub done: u64,
        /// All of them; null where that is not known yet.
        pub total: Nullable<u64>,
        /// Attempts that run now.
        pub running: u32,
        /// Operations that failed.
        pub failed: u64,
        /// Since the beginning.
        pub elapsed_s: Seconds,
        /// Until the end, by what is left on the longest path and for the slots; null where nothing is known.
        pub left_s: Nullable<Seconds>,
    }
}
