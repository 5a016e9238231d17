//! The command line of `pgplan`: help, page and completions come from here.

use clap::Parser;

/// pgplan
#[derive(Debug, Parser)]
#[command(name = "pgplan", version = crate::entry::version())]
pub struct Args {}
