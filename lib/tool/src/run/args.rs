//! The command line of `pgrun`: help, page and completions come from here.

use clap::Parser;

/// pgrun
#[derive(Debug, Parser)]
#[command(name = "pgrun", version = crate::entry::version())]
pub struct Args {}
