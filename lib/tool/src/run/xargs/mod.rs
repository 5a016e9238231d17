//! `xargs`: the same engine behind the command line of findutils' xargs. No shell ever
//! sees an argument.
//!
//! The way of an argument: `split` cuts it out of the input, `pack` puts it into a
//! command line, `cutter` is the two together, `feeder` hands a command line to the loop
//! as a job. Commands are tied to us no
//! closer than to xargs: they share our process group, get nothing added to their
//! environment, write where we do, and nobody looks for what they leave behind.

mod args;
mod ask;
mod cutter;
mod feeder;
mod limits;
mod pack;
mod settings;
mod split;
mod status;

pub use args::{Before, FAILED, Stdin, given};
pub use ask::terminal;
pub use cutter::all_commands;
pub use feeder::Feeder;
pub use limits::Limits;
pub use settings::XargsSettings;

use super::args::words::normalise;
use super::feed::Feed;
use super::name::Called;
use super::setup::{self, Opened};
use super::shell::{self, Place, Programs};
use crate::entry::{self, Tool};
use crate::fail::Fail;
use std::process::ExitCode;
use sys::spawn::Argv;

/// What the command line needs to know of it.
const TOOL: Tool = Tool {
    name: "xargs",
    command: args::command,
    usage_status: FAILED,
    examples: &[],
    sections: &[],
};

/// The program under the name `xargs`.
pub fn main() -> ExitCode {
    entry::main_as(
        &TOOL,
        (TOOL.name, &std::convert::identity),
        |words, command| {
            let normal = normalise(words, Called::Xargs, command);
            let (mut options, operands) = normal.map_err(|fail| Fail::new(FAILED, fail.message))?;
            options.push("--".into());
            options.extend(operands);
            Ok(options)
        },
        |parsed: args::Parsed| run(parsed).map_err(|fail| Fail::new(FAILED, fail.message)),
    )
}

fn run(parsed: args::Parsed) -> Result<u8, Fail> {
    let limits = Limits::now();
    let given = parsed.given(&limits)?;
    given.warnings.iter().for_each(|warning| say(warning));
    if given.show_limits {
        eprint(limits.shown(given.most_bytes).as_bytes());
    }
    let feeder = Feeder::new(&given, &limits)?;
    let input = Opened::lines(Feed::Packed(Box::new(feeder)));
    let mut runner = setup::runner(settings::settings(given), input, Programs::new())?;
    runner.run()?;
    Ok(runner.finish())
}

/// A line on standard error.
fn say(what: &str) {
    entry::complain(TOOL.name, what);
}

fn eprint(text: &[u8]) {
    use std::io::Write as _;
    // a closed standard error is not our failure
    let _ = std::io::stderr().write_all(text);
}

/// A command for people, as it can be pasted into a shell; without the line's end.
pub fn trace(argv: &Argv) -> Vec<u8> {
    let mut text = Vec::new();
    for (at, word) in argv.words().enumerate() {
        if at > 0 {
            text.push(b' ');
        }
        text.extend(shell::quote(word.to_bytes(), Place::Bare));
    }
    text
}
