//! How every program begins and ends.

use crate::fail::Fail;
use crate::harmless;
use clap::{ArgMatches, Command, FromArgMatches};
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// An example of a man page; it is run by the tests.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it shows.
    pub about: &'static str,
    /// What is typed in bash.
    pub shell: &'static str,
    /// What is printed on standard output; `None` where that differs from run to run.
    pub output: Option<&'static str>,
}

/// What the pages, the completions and `main` need to know of a program.
#[derive(Debug)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// The one definition of its flags.
    pub command: fn() -> Command,
    /// Status for a wrong command line.
    pub usage_status: u8,
    /// Examples for its page.
    pub examples: &'static [Example],
    /// Sections of its page beyond what the flags say: title and text.
    pub sections: &'static [(&'static str, &'static str)],
}

/// `--version`: the program's and the records'.
pub fn version() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), " (records version 1)")
}

/// Parses the command line and runs the program; every failure becomes one
/// line on standard error and its status.
pub fn main<A: FromArgMatches>(tool: &Tool, run: fn(A) -> Result<u8, Fail>) -> ExitCode {
    main_as(tool, (tool.name, &std::convert::identity), |words, _| Ok(words), run)
}

/// The same, where `plain` may know what a simple command line means without a parser.
pub fn main_or_plain<A: FromArgMatches>(
    tool: &Tool,
    plain: impl FnOnce(&[OsString]) -> Option<A>,
    run: fn(A) -> Result<u8, Fail>,
) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match plain(&words) {
        Some(args) => ended(tool.name, run(args)),
        None => main(tool, run),
    }
}

/// The same under another name, with the words of the command line put into
/// another form before they are parsed, and what the parser refuses said by `placed`.
pub fn main_as<A: FromArgMatches>(
    tool: &Tool,
    (name, placed): (&'static str, &dyn Fn(String) -> String),
    words: impl FnOnce(Vec<OsString>, &Command) -> Result<Vec<OsString>, Fail>,
    run: impl FnOnce(A) -> Result<u8, Fail>,
) -> ExitCode {
    let command = (tool.command)();
    let given = std::env::args_os().skip(1).collect();
    let words = match words(given, &command) {
        Ok(words) => words,
        Err(fail) => return failed(name, &fail),
    };
    let parsed = command
        .try_get_matches_from(std::iter::once(OsString::from(name)).chain(words))
        .and_then(|matches: ArgMatches| A::from_arg_matches(&matches));
    let args = match parsed {
        Ok(args) => args,
        Err(error) if !error.use_stderr() => return printed(name, tool.usage_status, &error),
        Err(error) => {
            let line = placed(usage_line(&error));
            complain(name, &format!("{line}; {name} -h shows the usage"));
            return ExitCode::from(tool.usage_status);
        }
    };
    ended(name, run(args))
}

fn ended(name: &str, result: Result<u8, Fail>) -> ExitCode {
    match result {
        Ok(status) => ExitCode::from(status),
        Err(fail) => failed(name, &fail),
    }
}

fn failed(name: &str, fail: &Fail) -> ExitCode {
    complain(name, &fail.message);
    ExitCode::from(fail.status)
}

/// One line on standard error, in which names cannot move a terminal's cursor; a closed standard error is not our failure.
pub fn complain(program: &str, message: &str) {
    let message = harmless::document(message.as_bytes());
    let _ = writeln!(std::io::stderr(), "{program}: {message}");
}

/// Help and version: of a reader that has gone we die as everybody does, anything else
/// is said.
fn printed(name: &str, status: u8, error: &clap::Error) -> ExitCode {
    if sys::fd::was_closed(1) {
        return failed(name, &Fail::new(status, "standard output is closed; nothing was written"));
    }
    match error.print().and_then(|()| std::io::stdout().flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::from(sys::signal::die_of(sys::signal::SIGPIPE))
        }
        Err(error) => failed(name, &Fail::io(status, "standard output", &error)),
    }
}

/// What the parser refuses, in one line.
pub fn usage_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default();
    let what = first.strip_prefix("error: ").unwrap_or(first);
    let tip: String = text
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("Usage:"))
        .map(str::trim)
        // clap advises to give an unknown flag as a value, which is never meant here
        .filter(|line| !line.starts_with("tip: to pass"))
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .map(|line| format!("; {line}"))
        .collect();
    format!("{what}{tip}")
}
