//! Flags: a run that is told what to change.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct RemoteArgs {
    /// Take orders at PATH while it runs: a socket that is made there, or a named pipe that is
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub control: Option<PathBuf>,
    /// Instead of running anything, tell the run that takes orders at PATH: status, jobs N, pause, resume, drain, profile P
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub ctl: Option<PathBuf>,
}
