//! The command line of `pglock`: help, page and completions come from here.

use clap::Parser;

/// pglock
#[derive(Debug, Parser)]
#[command(name = "pglock", version = crate::entry::version())]
pub struct Args {}
