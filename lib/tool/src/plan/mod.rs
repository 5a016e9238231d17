//! `pgplan`.

mod args;
mod read;
mod source;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use args::Args;
use clap::CommandFactory as _;
use std::process::ExitCode;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgplan",
    command: Args::command,
    usage_status: record::status::USAGE,
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
