//! Alerts of pgmon.

use crate::unit::Seconds;
use crate::wire;

wire! {
    /// A rule of pgmon --alert has begun or ceased to hold.
    pub struct Alert = "alert", r#"{"type":"alert","time":1700000012,"rule":"disk util > 90% for 10s","state":"firing","figure":"disk vda util","value":0.97,"threshold":0.9,"clear":0.855,"since":1700000001,"ran":true}"# {
        /// When it was told, seconds since the epoch.
        pub time: Seconds,
        /// The rule, as it was given.
        pub rule: String,
        /// "firing" or "resolved".
        pub state: String,
        /// What was looked at; of several the worst.
        pub figure: String,
        /// Its value; left out where it is there no more.
        pub value: Option<f64>,
        /// What the value was held against: a share where the rule says percent.
        pub threshold: f64,
        /// Only beyond this it ceases to hold.
        pub clear: f64,
        /// Since when the value has been so: beyond the threshold, or beyond the clear level.
        pub since: Seconds,
        /// How long it was firing; with "resolved".
        pub lasted_s: Option<Seconds>,
        /// The command of --on-alert was run.
        pub ran: bool,
    }
}
