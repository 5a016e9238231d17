//! The controller on simulated servers.

extern crate std;

mod fuzz;
mod knee;
mod regret;
mod servers;

use super::{Adapt, AdaptRules};
use record::Seconds;

fn rules(adapt: Option<Adapt>) -> AdaptRules {
    AdaptRules { least: 1, most: 32, cpus: 2, every: Seconds::from_secs(1), adapt }
}
