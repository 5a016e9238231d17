//! The command line of `pglock`: help, page and completions come from here.

use crate::flags::{Events, Verbose};
use clap::{ArgAction, Args as ClapArgs, Parser};
use record::Seconds;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Run a command while holding a named lock
///
/// Whoever asks for the same NAME on this machine, pglock or an operation of pgrun, has to
/// wait, in order of arrival. The kernel holds the lock and frees it when the command and
/// whatever it left behind have ended, however they ended.
#[derive(Debug, Parser)]
#[command(
    name = "pglock",
    version = crate::entry::version(),
    override_usage = "pglock [OPTIONS] NAME COMMAND [ARG]...\n       \
                      pglock [OPTIONS] NAME... -- COMMAND [ARG]...\n       \
                      pglock [OPTIONS] NAME -c STRING\n       \
                      pglock [-u] --fd N NAME\n       \
                      pglock --list | --who NAME | --path NAME | --deadlock"
)]
pub struct Args {
    #[command(flatten)]
    pub mode: ModeArgs,
    #[command(flatten)]
    pub wait: WaitArgs,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub look: LookArgs,
    #[command(flatten)]
    pub place: PlaceArgs,

    #[command(flatten)]
    pub events: Events,
    #[command(flatten)]
    pub verbose: Verbose,
    /// Say nothing of waiting, busy locks and strays
    #[arg(short = 'q', long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Name of the lock, any bytes, and the command; with several names, -- stands before the command
    #[arg(value_name = "NAME COMMAND", trailing_var_arg = true)]
    pub operands: Vec<OsString>,
}

impl Args {
    /// A command line without options, which is what most are: parsing it takes a
    /// fourth of the time of the rest.
    pub fn plain(words: &[OsString]) -> Option<Self> {
        let first = words.first()?;
        if first.as_bytes().starts_with(b"-") {
            return None;
        }
        Some(Args {
            mode: ModeArgs {
                exclusive: false,
                shared: false,
                slots: None,
                take: 1,
                also: Vec::new(),
                file: None,
                fd: None,
                unlock: false,
            },
            wait: WaitArgs {
                only_try: false,
                wait: None,
                conflict_exit_code: record::status::BUSY,
            },
            run: RunArgs::default(),
            look: LookArgs::default(),
            place: PlaceArgs::default(),
            events: Events::default(),
            verbose: Verbose::default(),
            quiet: false,
            operands: words.to_vec(),
        })
    }
}

/// How the lock is held.
#[derive(Debug, ClapArgs)]
pub struct ModeArgs {
    /// Alone (the default)
    #[arg(short = 'x', short_alias = 'e', long, conflicts_with_all = ["shared", "slots"])]
    pub exclusive: bool,
    /// Together with others who share it
    #[arg(short = 's', long, conflicts_with = "slots")]
    pub shared: bool,
    /// Together with others while at most N slots are taken
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub slots: Option<u32>,
    /// How many of the slots to take
    #[arg(long, value_name = "K", default_value_t = 1, requires = "slots",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub take: u32,
    /// Take this lock as well (may be repeated); all are taken in one order
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    pub also: Vec<OsString>,
    /// Lock this file with flock(2), beside users of flock(1), instead of a name
    #[arg(long, value_name = "PATH", conflicts_with_all = ["slots", "dir", "system"])]
    pub file: Option<PathBuf>,
    /// Lock this descriptor of the calling shell, opened on what --path prints, and leave it locked
    #[arg(long, value_name = "N",
          conflicts_with_all = ["slots", "also", "file", "command", "close", "no_fork", "close_on_exit"])]
    pub fd: Option<i32>,
    /// Unlock the descriptor of --fd
    #[arg(short = 'u', long, requires = "fd", conflicts_with_all = ["shared", "exclusive"])]
    pub unlock: bool,
}

/// How long to wait.
#[derive(Debug, ClapArgs)]
pub struct WaitArgs {
    /// Do not wait: fail at once if the lock is busy
    #[arg(short = 'n', long = "try", visible_alias = "nonblock", conflicts_with = "wait")]
    pub only_try: bool,
    /// Wait at most this long (90, 1.5, 30m); 0 is --try
    #[arg(short = 'w', long, visible_alias = "timeout", value_name = "DUR",
          value_parser = crate::flags::seconds)]
    pub wait: Option<Seconds>,
    /// Exit status for a busy lock
    #[arg(short = 'E', long = "conflict-exit-code", value_name = "N",
          default_value_t = record::status::BUSY)]
    pub conflict_exit_code: u8,
}

/// How the command is run.
#[derive(Debug, Default, ClapArgs)]
pub struct RunArgs {
    /// Give this to /bin/sh instead of a command's words
    #[arg(short = 'c', long, value_name = "STRING")]
    pub command: Option<OsString>,
    /// The command does not inherit the lock: it is freed when pglock dies, even while the command runs
    #[arg(short = 'o', long, conflicts_with_all = ["no_fork", "close_on_exit"])]
    pub close: bool,
    /// Become the command instead of staying as its parent; a command that closes its descriptors frees the lock
    #[arg(short = 'F', long, conflicts_with = "close_on_exit")]
    pub no_fork: bool,
    /// When the command has ended, take the lock from processes that it left behind
    #[arg(long)]
    pub close_on_exit: bool,
}

/// Looking instead of locking.
#[derive(Debug, Default, ClapArgs)]
#[group(multiple = true)]
pub struct LookArgs {
    /// List the locks that are held or waited for
    #[arg(short = 'l', long, action = ArgAction::SetTrue, conflicts_with_all = ["who", "path", "operands"])]
    pub list: bool,
    /// Show who holds a lock and who waits for it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["path", "operands"])]
    pub who: Option<OsString>,
    /// Print the path of a lock's file
    #[arg(long, value_name = "NAME", conflicts_with = "operands")]
    pub path: Option<OsString>,
    /// Show processes that wait for one another's locks and will never get them; status 1 if there are any
    #[arg(long, action = ArgAction::SetTrue, conflicts_with_all = ["list", "who", "path", "operands"])]
    pub deadlock: bool,
    /// Records, one JSON object a line, from --list and --who
    #[arg(long)]
    pub json: bool,
}

/// Where the locks are.
#[derive(Debug, Default, ClapArgs)]
pub struct PlaceArgs {
    /// Lock directory, instead of $PG_LOCK_DIR or this user's own
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The lock directory for all users of this machine
    #[arg(long, conflicts_with = "dir")]
    pub system: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_is_what_the_parser_makes_of_it() {
        let lines: [&[&str]; 5] = [
            &["vm1", "true"],
            &["vm1", "sh", "-c", "--", "-x"],
            &["vm1", "--", "make", "-n"],
            &["vm1", "-n", "--help"],
            &["", "vm2", "--", ""],
        ];
        for line in lines {
            let words: Vec<OsString> = line.iter().map(OsString::from).collect();
            let plain = Args::plain(&words).map(|args| format!("{args:?}"));
            let name = std::iter::once(OsString::from("pglock"));
            let parsed = Args::try_parse_from(name.chain(words)).unwrap();
            assert_eq!(plain, Some(format!("{parsed:?}")), "{line:?}");
        }
        for line in [&[][..], &["-n"], &["--", "vm1", "true"], &["-"]] {
            let words: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(Args::plain(&words).is_none(), "{line:?}");
        }
    }
}
