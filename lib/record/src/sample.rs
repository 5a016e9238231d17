//! Samples: readings of the machine, of process trees and of cgroups.

use crate::unit::Seconds;
use crate::wire;

wire! {
    /// One reading.
    pub struct Sample = "sample", r#"{"type":"sample","time":1700000000.5,"interval_s":1}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// Time since the reading before; rates are over this.
        pub interval_s: Seconds,
    }
}

wire! {
    /// What `pgmon -- CMD` says at the end.
    pub struct Summary = "summary", r#"{"type":"summary","time":1700000010,"wall_s":9.5}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// From start to end of the command.
        pub wall_s: Seconds,
    }
}
