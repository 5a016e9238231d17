//! Where arguments come from, how lines are cut and put together.

use super::traffic::Maker;
use super::{parse_regex, parse_size, wrong};
use crate::fail::Fail;
use crate::run::args::{InputArgs, TrimArg};
use regex::bytes::Regex;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

/// One list of arguments.
#[derive(Debug)]
pub struct Source {
    pub from: From,
    pub linked: Linked,
}

impl Source {
    /// It has the numbers of jobs, which a command need not take.
    pub fn has_numbers(&self) -> bool {
        matches!(self.from, From::Made(Maker::Numbers(..)))
    }
}

/// Whether a list goes along with the list before, an argument with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// Each of it with each.
    No,
    /// As far as the shortest goes (`:::+`).
    Shortest,
    /// As far as the longest goes; the shorter ones begin again (`--link`).
    Again,
}

/// Where a list comes from.
#[derive(Debug)]
pub enum From {
    /// The command line.
    Words(Vec<OsString>),
    /// Lines of a file.
    File(PathBuf),
    /// Lines of standard input.
    Stdin,
    /// Nowhere: they are made.
    Made(Maker),
}

/// What is read.
#[derive(Debug)]
pub enum Feed {
    /// Arguments, of one list or several.
    Lines(Vec<Source>),
    /// Nothing: the command runs once, as it stands.
    Once,
    /// Operations of a file; `None` is standard input.
    Ops(Option<PathBuf>),
    /// Standard input, whose first bytes tell.
    Guess,
}

/// What stands in the first lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// Nothing but arguments.
    #[default]
    None,
    /// Names of the columns.
    Names,
    /// So many lines that are left out.
    Lines(u64),
}

/// How many arguments a job gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Packing {
    /// One of each list.
    #[default]
    One,
    /// None: there is a job for each argument all the same.
    None,
    /// Up to so many.
    Count(usize),
    /// As many as are learnt to be worth a start.
    Learnt,
    /// Up to so many lines; a line that ends in a blank goes on in the next.
    Lines(usize),
    /// As many as the command line holds, at most so many.
    Full(Option<usize>),
}

/// How lines become arguments, and arguments jobs.
#[derive(Debug, Default)]
pub struct InputRules {
    pub separator: u8,
    pub colsep: Option<Regex>,
    pub csv: bool,
    pub header: Header,
    pub trim: TrimArg,
    /// A line that is this ends the input.
    pub end_of_file: Option<Vec<u8>>,
    pub no_run_if_empty: bool,
    pub packing: Packing,
    /// `-X`, `-N`, `-L`: a word with `{}` is repeated for each argument.
    pub context: bool,
    /// What is left at the end of a full packing is divided among the slots.
    pub spread: bool,
    /// A line that ends in a blank goes on in the next.
    pub lines_go_on: bool,
    /// Longest command line in bytes.
    pub max_chars: Option<usize>,
    /// A command line that is too long ends the run.
    pub exit_if_too_long: bool,
    pub shuffle: bool,
    pub total_jobs: Option<u64>,
    pub max_line: usize,
}

impl InputRules {
    /// For words that are taken as they are.
    pub fn exact(of: &InputRules) -> Self {
        InputRules {
            separator: of.separator,
            colsep: None,
            csv: false,
            header: Header::None,
            trim: TrimArg::N,
            end_of_file: None,
            no_run_if_empty: false,
            packing: Packing::One,
            context: false,
            spread: false,
            lines_go_on: false,
            max_chars: None,
            exit_if_too_long: false,
            shuffle: false,
            total_jobs: None,
            max_line: of.max_line,
        }
    }
}

/// What of the input concerns operations.
#[derive(Debug, Default)]
pub struct OpsRules {
    pub stream: bool,
    pub skip_bad: bool,
    pub allow_empty: bool,
}

/// The command's words and what is read for it.
pub struct Given {
    pub template: Vec<OsString>,
    pub feed: Feed,
    pub rules: InputRules,
    pub ops: OpsRules,
    /// Nobody has said where the input comes from.
    pub implied: bool,
}

/// Reads meaning into the flags of the input and the words after the options.
///
/// # Errors
/// A value that means nothing, lists that cannot be combined.
// tidy: a table
pub fn given(args: InputArgs, command: Vec<OsString>) -> Result<Given, Fail> {
    let InputArgs {
        arg_file,
        null,
        delimiter,
        colsep,
        csv,
        header,
        skip_first_line,
        trim,
        end_of_file,
        eof,
        no_run_if_empty,
        max_args,
        max_replace_args,
        lines_per_job,
        max_lines,
        context_replace,
        multiple,
        xargs,
        max_chars,
        exit,
        link,
        shuf,
        arg_sep,
        arg_file_sep,
        total_jobs,
        ops,
        lines,
        stream,
        skip_bad,
        allow_empty,
        max_line,
    } = args;
    let separators = Separators {
        words: arg_sep.unwrap_or_else(|| ":::".to_string()),
        files: arg_file_sep.unwrap_or_else(|| "::::".to_string()),
    };
    let (template, mut sources) = separators.split(command);
    let has_command = !template.is_empty();
    let files = arg_file.into_iter().map(|path| Source { from: file(path), linked: Linked::No });
    sources.splice(0..0, files);
    if link {
        sources.iter_mut().for_each(|source| source.linked = Linked::Again);
    }
    let lines = lines || null || delimiter.is_some();
    let implied = sources.is_empty() && ops.is_none() && !lines;
    let count = |flag, text: Option<String>| text.map(|t| parse_count(flag, &t)).transpose();
    let (n, exact) = (count("-n", max_args)?, count("-N", max_replace_args)?);
    let by_lines = lines_per_job.is_some();
    let per_job = count("-L", lines_per_job)?.or(count("-l", max_lines)?);
    let header = match header.as_deref() {
        None if skip_first_line => Header::Lines(1),
        None => Header::None,
        Some(":") => Header::Names,
        Some(text) => Header::Lines(text.parse().map_err(|_| {
            wrong(format!("--header {text}: write : where the first line names the columns, or a number of lines"))
        })?),
    };
    let cut = colsep.is_some() || csv;
    let colsep = match (colsep, csv, header) {
        (_, true, _) => None,
        (Some(text), ..) => Some(parse_regex("--colsep", &text)?),
        (None, false, Header::Names) => Some(parse_regex("--colsep", "\t")?),
        (None, false, _) => None,
    };
    Ok(Given {
        feed: choose_feed(sources, ops, (lines, has_command))?,
        template,
        rules: InputRules {
            separator: separator(delimiter, if null { 0 } else { b'\n' })?,
            colsep,
            csv,
            header,
            // as GNU parallel: columns lose the blanks around them
            trim: trim.unwrap_or(if cut { TrimArg::Lr } else { TrimArg::N }),
            end_of_file: end_of_file
                .or(eof)
                .filter(|text| !text.is_empty())
                .map(String::into_bytes),
            no_run_if_empty,
            packing: match (exact.or(n), per_job) {
                (Some(0), _) => Packing::None,
                (most, _) if context_replace || multiple || xargs => Packing::Full(most),
                (Some(most), _) => Packing::Count(most),
                (None, Some(lines)) => Packing::Lines(lines.max(1)),
                (None, None) => Packing::One,
            },
            context: context_replace || (!multiple && !xargs && (exact.is_some() || by_lines)),
            spread: context_replace || multiple,
            lines_go_on: per_job.is_some(),
            max_chars: max_chars.map(|text| parse_size("--max-chars", &text)).transpose()?,
            exit_if_too_long: exit,
            shuffle: shuf,
            total_jobs,
            max_line: parse_size("--max-line", &max_line)?,
        },
        implied,
        ops: OpsRules { stream, skip_bad: skip_bad.skip_bad, allow_empty },
    })
}

impl Given {
    /// As GNU parallel: the delimiter cuts a word after `:::` too, such as the
    /// newlines of `::: "$(cat list)"`.
    pub fn cut_words(&mut self) {
        let Feed::Lines(sources) = &mut self.feed else { return };
        let separator = self.rules.separator;
        for source in sources {
            let From::Words(words) = &mut source.from else { continue };
            if words.iter().any(|word| word.as_bytes().contains(&separator)) {
                let parts =
                    words.iter().flat_map(|word| word.as_bytes().split(|b| *b == separator));
                *words = parts.map(|part| OsString::from_vec(part.to_vec())).collect();
            }
        }
    }
}

fn file(path: PathBuf) -> From {
    if path.as_os_str() == "-" { From::Stdin } else { From::File(path) }
}

/// The words that begin lists.
struct Separators {
    words: String,
    files: String,
}

/// What a word begins: arguments or files, and linked to the list before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Words,
    Files,
}

impl Separators {
    fn begins(&self, word: &OsString) -> Option<(Begins, Linked)> {
        let word = word.as_bytes();
        let is = |separator: &String, plus: &[u8]| {
            word.strip_prefix(separator.as_bytes()).is_some_and(|rest| rest == plus)
        };
        for (linked, plus) in [(Linked::No, &b""[..]), (Linked::Shortest, b"+")] {
            if is(&self.words, plus) {
                return Some((Begins::Words, linked));
            }
            if is(&self.files, plus) {
                return Some((Begins::Files, linked));
            }
        }
        None
    }

    /// The command, and the lists after it.
    fn split(&self, command: Vec<OsString>) -> (Vec<OsString>, Vec<Source>) {
        let mut template = Vec::new();
        let mut sources = Vec::new();
        let mut open: Option<(Begins, Linked)> = None;
        for word in command {
            if let Some(begins) = self.begins(&word) {
                open = Some(begins);
                if begins.0 == Begins::Words {
                    sources.push(Source { from: From::Words(Vec::new()), linked: begins.1 });
                }
                continue;
            }
            match (open, sources.last_mut()) {
                (None, _) => template.push(word),
                (Some((Begins::Words, _)), Some(Source { from: From::Words(words), .. })) => {
                    words.push(word);
                }
                (Some((_, linked)), _) => {
                    sources.push(Source { from: file(word.into()), linked });
                }
            }
        }
        // as GNU parallel: an empty list is none, and where all are, standard input is read
        if sources.iter().all(|s| matches!(&s.from, From::Words(words) if words.is_empty())) {
            sources.clear();
        }
        (template, sources)
    }
}

fn choose_feed(
    mut sources: Vec<Source>,
    ops: Option<PathBuf>,
    (lines, has_command): (bool, bool),
) -> Result<Feed, Fail> {
    match ops {
        Some(_) if !sources.is_empty() => {
            Err(wrong("--ops reads operations; it takes no ::: arguments"))
        }
        Some(_) if has_command => Err(wrong("--ops reads operations; it takes no command")),
        Some(path) => Ok(Feed::Ops((path.as_os_str() != "-").then_some(path))),
        None if sources.is_empty() && !lines && !has_command => Ok(Feed::Guess),
        None => {
            if sources.is_empty() {
                sources.push(Source { from: From::Stdin, linked: Linked::No });
            }
            Ok(Feed::Lines(sources))
        }
    }
}

/// `-n` and the like, with k, M, ... as GNU parallel takes them.
pub fn parse_count(flag: &str, text: &str) -> Result<usize, Fail> {
    let bad = || wrong(format!("{flag} {text}: write a number"));
    let count = record::parse_amount(text).map_err(|_| bad())?.as_millis() / 1000;
    usize::try_from(count).map_err(|_| bad())
}

fn separator(delimiter: Option<String>, usual: u8) -> Result<u8, Fail> {
    let Some(text) = delimiter else { return Ok(usual) };
    match unescape(text.as_bytes()).as_slice() {
        [one] => Ok(*one),
        [] => Ok(0),
        _ => Err(wrong(format!("--delimiter {text}: write one byte, such as , or \\t or \\0"))),
    }
}

/// `\n`, `\t`, `\r`, `\0` and `\\`; what else follows a backslash stays as it is.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(b'0') => out.push(0),
            Some(b'\\') | None => out.push(b'\\'),
            Some(other) => out.extend([b'\\', *other]),
        }
    }
    out
}
