//! `pgmon`.

mod args;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use args::Args;
use clap::CommandFactory as _;
use std::process::ExitCode;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgmon",
    command: Args::command,
    usage_status: record::status::OWN,
    examples: &[],
    sections: &[],
};

/// The program.
pub fn main() -> ExitCode {
    entry::main(&TOOL, run)
}

fn run(_args: Args) -> Result<u8, Fail> {
    Ok(record::status::OK)
}
