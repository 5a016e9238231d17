//! The doors to the readers of `pgrun`, for tests and for fuzzing: an input in memory, and
//! the commands it makes, of which none is run.

use super::args::Args;
use super::args::words::normalise;
use super::name::Called;
use super::settings::{self, Settings};
use super::shell::Programs;
use super::xargs;
use super::{TOOL, dry, setup};
use crate::fail::Fail;
use clap::FromArgMatches as _;
use record::status;
use std::ffi::OsString;
use std::os::fd::AsRawFd as _;
use std::path::PathBuf;

/// What `pgrun --dry-run WORDS` would print of this standard input.
///
/// # Errors
/// As `pgrun` would say it.
pub fn command_lines(words: Vec<OsString>, input: &[u8]) -> Result<Vec<u8>, Fail> {
    let command = (TOOL.command)();
    let (mut given, operands) = normalise(words, Called::Pgrun, &command)?;
    given.push("--".into());
    given.extend(operands);
    let args = command
        .try_get_matches_from(std::iter::once(OsString::from(TOOL.name)).chain(given))
        .and_then(|matches| Args::from_arg_matches(&matches))
        .map_err(|error| Fail::new(TOOL.usage_status, error.to_string()))?;
    let mut settings = Settings::from_args(args, Called::Pgrun)?;
    let memory = sys::fd::memory_file(input)
        .map_err(|error| Fail::io(status::LOST, "memory for the input", &error))?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", memory.as_raw_fd()));
    settings.feed = match settings.feed {
        settings::Feed::Guess | settings::Feed::Ops(_) => settings::Feed::Ops(Some(path)),
        settings::Feed::Lines(mut sources) => {
            let stdin = sources.iter_mut().filter(|s| matches!(s.from, settings::From::Stdin));
            stdin.for_each(|source| source.from = settings::From::File(path.clone()));
            settings::Feed::Lines(sources)
        }
        settings::Feed::Once => settings::Feed::Once,
    };
    let mut programs = Programs::new();
    let mut opened = setup::read_input(&mut settings, &mut programs)?;
    let mut lines = Vec::new();
    dry::each(&settings, &mut opened, &mut programs, |line| {
        lines.extend_from_slice(line);
        Ok(())
    })?;
    Ok(lines)
}

/// The commands that `xargs WORDS` would run of an input that comes in pieces of `size`
/// bytes, each its words with a NUL byte behind every one; and what went wrong then, if
/// anything did.
///
/// # Errors
/// A wrong word.
pub fn xargs_commands(
    words: Vec<OsString>,
    (input, size): (&[u8], usize),
) -> Result<(Vec<Vec<u8>>, Option<Fail>), Fail> {
    let given = xargs::given(words, &xargs::Limits::PLAIN)?;
    let mut commands = Vec::new();
    let ended = xargs::all_commands(&given, &xargs::Limits::PLAIN, (input, size), &mut commands);
    Ok((commands, ended.err()))
}
