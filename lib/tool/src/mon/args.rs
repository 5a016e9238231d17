//! The command line of `pgmon`: help, page and completions come from here.

use clap::Parser;

/// pgmon
#[derive(Debug, Parser)]
#[command(name = "pgmon", version = crate::entry::version())]
pub struct Args {}
