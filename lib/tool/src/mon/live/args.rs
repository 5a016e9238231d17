//! The command line of `pgmon top`.

use crate::flags::Color;
use crate::mon::args::Pace;

/// Watch the machine live in the terminal: processors, memory, pressure, disks, processes
///
/// The keys are shown by `?`. A command that is called top is run by `pgmon -- top`.
#[derive(Debug, clap::Args)]
pub struct TopArgs {
    #[command(flatten)]
    pub pace: Pace,
    #[command(flatten)]
    pub color: Color,
}
