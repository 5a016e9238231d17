//! The command line of `xargs`, as findutils has it.

use super::limits::Limits;
use crate::fail::Fail;
use clap::{ArgAction, ArgMatches, Command, CommandFactory as _, FromArgMatches, Parser};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

/// Status for a wrong command line, and for whatever else goes wrong in xargs itself.
pub const FAILED: u8 = 1;

/// Run COMMAND with arguments read from standard input.
#[derive(Debug, Parser)]
#[command(
    name = "xargs",
    version = concat!("(pgrun ", env!("CARGO_PKG_VERSION"), ", in the place of xargs of GNU findutils 4.9.0)"),
    override_usage = "xargs [OPTION]... COMMAND [INITIAL-ARGS]...",
    args_override_self = true
)]
struct Args {
    /// Items end with a NUL byte; quotes, backslashes and -E mean nothing
    #[arg(short = '0', long)]
    null: bool,
    /// Read arguments from FILE, and leave standard input to the commands
    #[arg(short, long, value_name = "FILE")]
    arg_file: Option<PathBuf>,
    /// Items end with CHARACTER (or \n, \x2c, \054); quotes, backslashes and -E mean nothing
    #[arg(short, long, value_name = "CHARACTER")]
    delimiter: Option<OsString>,
    /// An item that is END ends the input
    #[arg(short = 'E', value_name = "END")]
    end: Option<OsString>,
    /// As -E; without END there is no such item
    #[arg(short = 'e', long, value_name = "END", num_args = 0..=1, require_equals = true,
          default_missing_value = "")]
    eof: Option<OsString>,
    /// A command for each line, which takes the place of R in INITIAL-ARGS
    #[arg(short = 'I', value_name = "R")]
    insert: Option<OsString>,
    /// As -I; {} where R is left out
    #[arg(short = 'i', long, value_name = "R", num_args = 0..=1, require_equals = true,
          default_missing_value = "{}")]
    replace: Option<OsString>,
    /// At most N lines that are not blank for each command
    #[arg(short = 'L', value_name = "N")]
    lines: Option<String>,
    /// As -L; one line where N is left out
    #[arg(short = 'l', long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_missing_value = "1")]
    max_lines: Option<String>,
    /// At most N arguments for each command
    #[arg(short = 'n', long, value_name = "N")]
    max_args: Option<String>,
    /// The commands' standard input is the terminal
    #[arg(short, long)]
    open_tty: bool,
    /// At most N commands at a time; 0 is as many as possible
    #[arg(short = 'P', long, value_name = "N")]
    max_procs: Option<String>,
    /// Ask on the terminal before each command
    #[arg(short = 'p', long)]
    interactive: bool,
    /// Environment variable that holds the number of the command's place, from 0
    #[arg(long, value_name = "VAR")]
    process_slot_var: Option<OsString>,
    /// Run nothing where there are no arguments
    #[arg(short = 'r', long)]
    no_run_if_empty: bool,
    /// Most bytes of a command line
    #[arg(short = 's', long, value_name = "N")]
    max_chars: Option<String>,
    /// Print the limits of command lines before anything is read
    #[arg(long)]
    show_limits: bool,
    /// Print each command on standard error before it is run
    #[arg(short = 't', long)]
    verbose: bool,
    /// Stop where a command line would be too long
    #[arg(short = 'x', long)]
    exit: bool,
    /// Command, and its first arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, num_args = 0.., action = ArgAction::Append)]
    command: Vec<OsString>,
}

/// What ends a command line before it is full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// Nothing else.
    Full,
    /// That many arguments.
    Arguments(usize),
    /// That many lines.
    Lines(u64),
    /// One line, which takes the place of this text.
    Replaced(Vec<u8>),
}

/// How input is cut into arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// At blanks, with quotes and backslashes; an item that is this text ends the input.
    Quoted(Option<Vec<u8>>),
    /// At this byte, and nothing else.
    At(u8),
}

/// What the commands read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing.
    Null,
    /// What we were given, for the arguments come from elsewhere.
    Ours,
    Terminal,
}

/// What is said and asked before a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    Nothing,
    Print,
    /// Print, and ask.
    Ask,
}

/// The command line as it was meant.
#[derive(Debug)]
pub struct Given {
    pub command: Vec<Vec<u8>>,
    pub from: Option<PathBuf>,
    pub cut: Cut,
    pub until: Until,
    /// Most bytes of a command line.
    pub most_bytes: usize,
    pub exit_if_too_long: bool,
    pub run_if_empty: bool,
    pub jobs: u32,
    pub stdin: Stdin,
    pub before: Before,
    pub slot_var: Option<Vec<u8>>,
    pub show_limits: bool,
    /// What is to be said of it, on standard error.
    pub warnings: Vec<String>,
}

/// The words as the parser read them, with their order.
#[derive(Debug)]
pub struct Parsed {
    args: Args,
    /// Options of which the last one holds, in their order.
    order: Vec<Rival>,
}

/// Options that exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rival {
    Replace,
    Lines,
    Arguments,
    Null,
    Delimiter,
    /// -E
    End,
    /// -e
    Eof,
}

/// The parser.
pub fn command() -> Command {
    Args::command()
}

impl FromArgMatches for Parsed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        const RIVALS: [(&str, Rival); 9] = [
            ("insert", Rival::Replace),
            ("replace", Rival::Replace),
            ("lines", Rival::Lines),
            ("max_lines", Rival::Lines),
            ("max_args", Rival::Arguments),
            ("null", Rival::Null),
            ("delimiter", Rival::Delimiter),
            ("end", Rival::End),
            ("eof", Rival::Eof),
        ];
        let given = |id: &str| {
            let ours = matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine);
            if ours { matches.index_of(id) } else { None }
        };
        let mut order: Vec<(usize, Rival)> =
            RIVALS.iter().filter_map(|(id, rival)| Some((given(id)?, *rival))).collect();
        order.sort_by_key(|(index, _)| *index);
        Ok(Parsed {
            args: Args::from_arg_matches(matches)?,
            order: order.into_iter().map(|(_, rival)| rival).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn wrong(message: impl Into<String>) -> Fail {
    Fail::new(FAILED, message)
}

/// What these words mean, the program's name left out.
///
/// # Errors
/// A flag that is none, a value that means nothing.
pub fn given(words: Vec<OsString>, limits: &Limits) -> Result<Given, Fail> {
    let words = std::iter::once(OsString::from("xargs")).chain(words);
    let matches = command().try_get_matches_from(words);
    let parsed = matches.and_then(|matches| Parsed::from_arg_matches(&matches));
    parsed.map_err(|error| wrong(error.to_string()))?.given(limits)
}

impl Parsed {
    /// Reads meaning into the words.
    ///
    /// # Errors
    /// A value that means nothing, with what would.
    pub fn given(self, limits: &Limits) -> Result<Given, Fail> {
        let mut warnings = Vec::new();
        let until = self.until(&mut warnings)?;
        let cut = self.cut(&mut warnings)?;
        let args = self.args;
        let number = |flag, text: &Option<String>, least| {
            text.as_deref().map(|text| number(flag, text, least)).transpose()
        };
        let most_bytes = number("-s", &args.max_chars, 1)?;
        if most_bytes.is_some_and(|bytes| bytes > limits.most_bytes()) {
            warnings.push(format!(
                "-s {}: a command line has at most {} bytes here, which is taken",
                args.max_chars.as_deref().unwrap_or_default(),
                limits.most_bytes()
            ));
        }
        let slot_var = args.process_slot_var.map(OsString::into_vec);
        if slot_var.as_ref().is_some_and(|name| name.contains(&b'=') || name.is_empty()) {
            return Err(wrong("--process-slot-var: the name of a variable has no \"=\""));
        }
        let from = args.arg_file.filter(|path| path.as_os_str() != "-");
        Ok(Given {
            command: match args.command.is_empty() {
                true => vec![b"echo".to_vec()],
                false => args.command.into_iter().map(OsString::into_vec).collect(),
            },
            cut,
            most_bytes: most_bytes.map_or(limits.sensible_bytes(), |n| n.min(limits.most_bytes())),
            exit_if_too_long: args.exit || matches!(until, Until::Lines(_) | Until::Replaced(_)),
            until,
            run_if_empty: !args.no_run_if_empty,
            jobs: match number("-P", &args.max_procs, 0)? {
                None => 1,
                Some(0) => u32::MAX,
                Some(jobs) => u32::try_from(jobs).unwrap_or(u32::MAX),
            },
            stdin: match (args.open_tty, &from) {
                (true, _) => Stdin::Terminal,
                (false, Some(_)) => Stdin::Ours,
                (false, None) => Stdin::Null,
            },
            from,
            before: match (args.interactive, args.verbose) {
                (true, _) => Before::Ask,
                (false, true) => Before::Print,
                (false, false) => Before::Nothing,
            },
            slot_var,
            show_limits: args.show_limits,
            warnings,
        })
    }

    /// -n, -L and -I exclude each other: the last one holds.
    fn until(&self, warnings: &mut Vec<String>) -> Result<Until, Fail> {
        let args = &self.args;
        let mut until: Option<(Rival, Until)> = None;
        for rival in &self.order {
            let next = match rival {
                Rival::Replace => {
                    // one of the two was given; of both, either has its text
                    let text = args.replace.as_ref().or(args.insert.as_ref());
                    Until::Replaced(text.map_or_else(Vec::new, |t| t.as_bytes().to_vec()))
                }
                Rival::Lines => {
                    let text = args.max_lines.as_ref().or(args.lines.as_ref());
                    let text = text.map_or("1", String::as_str);
                    Until::Lines(number("-L", text, 1)? as u64)
                }
                Rival::Arguments => {
                    let text = args.max_args.as_deref().unwrap_or_default();
                    Until::Arguments(number("-n", text, 1)?)
                }
                Rival::Null | Rival::Delimiter | Rival::End | Rival::Eof => continue,
            };
            if let Some((before, ignored)) = &until
                && before != rival
            {
                // one line is one argument anyway
                if matches!((ignored, &next), (Until::Replaced(_), Until::Arguments(1))) {
                    continue;
                }
                let (one, other) = (before.name(), rival.name());
                warnings.push(format!(
                    "warning: options {one} and {other} are mutually exclusive, \
                     ignoring previous {one} value"
                ));
            }
            until = Some((*rival, next));
        }
        Ok(match until {
            // to replace nothing is to run the command as it is
            Some((_, until)) => until,
            None => Until::Full,
        })
    }

    fn cut(&self, warnings: &mut Vec<String>) -> Result<Cut, Fail> {
        let args = &self.args;
        let end = match self.order.iter().rfind(|r| matches!(r, Rival::End | Rival::Eof)) {
            Some(Rival::End) => &args.end,
            _ => &args.eof,
        };
        let end = end.as_ref().filter(|end| !end.is_empty());
        let last = self.order.iter().rfind(|r| matches!(r, Rival::Null | Rival::Delimiter));
        let cut = match (last, &args.delimiter) {
            (Some(Rival::Null), _) => Cut::At(0),
            (Some(_), Some(text)) => Cut::At(delimiter(text)?),
            _ => return Ok(Cut::Quoted(end.map(|end| end.as_bytes().to_vec()))),
        };
        if end.is_some() {
            warnings.push("warning: the -E option has no effect if -0 or -d is used".to_string());
        }
        Ok(cut)
    }
}

impl Rival {
    fn name(self) -> &'static str {
        match self {
            Rival::Replace => "--replace/-I/-i",
            Rival::Lines => "--max-lines/-L/-l",
            Rival::Arguments => "--max-args/-n",
            Rival::Null => "--null/-0",
            Rival::Delimiter => "--delimiter/-d",
            Rival::End => "-E",
            Rival::Eof => "--eof/-e",
        }
    }
}

fn number(flag: &str, text: &str, least: usize) -> Result<usize, Fail> {
    let text = text.trim_start();
    let number = text.strip_prefix('+').unwrap_or(text).parse::<usize>();
    number
        .ok()
        .filter(|number| *number >= least)
        .ok_or_else(|| wrong(format!("{flag} {text}: write a whole number, {least} or more")))
}

/// `-d`: a byte, or an escape sequence for one.
fn delimiter(text: &OsStr) -> Result<u8, Fail> {
    let bad = || {
        let text = text.display();
        wrong(format!("-d {text}: write one byte, or \\n, \\t, \\0, \\x2c, \\054 and the like"))
    };
    let code = |digits: &[u8], radix| {
        let digits = std::str::from_utf8(digits).ok()?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
        u8::from_str_radix(digits, radix).ok()
    };
    let found = match text.as_bytes() {
        [byte] => Some(*byte),
        [b'\\', letter] if !letter.is_ascii_digit() => match letter {
            b'a' => Some(7),
            b'b' => Some(8),
            b'f' => Some(12),
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'v' => Some(11),
            b'\\' => Some(b'\\'),
            _ => None,
        },
        [b'\\', b'x', digits @ ..] => code(digits, 16),
        [b'\\', digits @ ..] => code(digits, 8),
        _ => None,
    };
    found.ok_or_else(bad)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What these words mean.
    pub fn given(words: &[String]) -> Given {
        let words = words.iter().map(OsString::from).collect();
        super::given(words, &Limits::PLAIN).unwrap()
    }

    fn until(line: &str) -> (Until, usize) {
        let words: Vec<String> = line.split(' ').map(String::from).collect();
        let given = given(&words);
        (given.until, given.warnings.len())
    }

    #[test]
    fn of_options_that_exclude_each_other_the_last_one_holds() {
        let replaced = || Until::Replaced(b"{}".to_vec());
        assert_eq!(until("-n1 -I{} a"), (replaced(), 1));
        assert_eq!(until("-I{} -n1 a"), (replaced(), 0));
        assert_eq!(until("-I{} -n2 a"), (Until::Arguments(2), 1));
        assert_eq!(until("-L2 -n1 a"), (Until::Arguments(1), 1));
        assert_eq!(until("-n1 -L2 a"), (Until::Lines(2), 1));
        assert_eq!(until("-L1 -I{} a"), (replaced(), 1));
        assert_eq!(until("-n1 -n2 a"), (Until::Arguments(2), 0));
        assert_eq!(until("a -n1"), (Until::Full, 0));
    }

    #[test]
    fn a_delimiter_is_one_byte() {
        let of = |text: &str| delimiter(OsStr::new(text)).ok();
        for (text, byte) in [
            ("x", b'x'),
            (r"\n", b'\n'),
            (r"\\", b'\\'),
            (r"\0", 0),
            (r"\054", b','),
            (r"\x2c", b','),
            (r"\xff", 255),
            (r"\377", 255),
            ("\\", b'\\'),
        ] {
            assert_eq!(of(text), Some(byte), "{text}");
        }
        for text in ["", "ab", r"\q", r"\400", r"\xzz", r"\x", r"\x+1", r"\+1", "é"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
