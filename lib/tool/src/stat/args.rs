//! The command line of `pgstat`: help, page and completions come from here.

use clap::Parser;

/// pgstat
#[derive(Debug, Parser)]
#[command(name = "pgstat", version = crate::entry::version())]
pub struct Args {}
