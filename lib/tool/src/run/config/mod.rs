//! Options that are not on the command line: those of files, of profiles and of variables.
//! Each word keeps its source. The later layers win: the system's file, the user's, that of
//! the working folder, profiles, variables, the command line. Under GNU parallel's names
//! there are its files instead, as it has them.

mod import;
mod profiles;
mod show;
mod texts;

pub use import::print as import;
pub use profiles::{print as print_profile, slots as slots_of_profile};
pub use show::print as show;

use super::args::words::normalise;
use super::name::Called;
use crate::fail::Fail;
use crate::print;
use clap::{Arg, Command};
use record::status;
use std::any::TypeId;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use texts::Text;

/// Where an option was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file, and the line of it where that is known.
    File(PathBuf, Option<usize>),
    /// A profile that comes with the program, and the line.
    Profile(&'static str, usize),
    /// A variable of the environment.
    Variable(&'static str),
    CommandLine,
}

impl Source {
    /// Both stand in the same file, profile, variable or command line.
    fn is_of_one_text(&self, other: &Source) -> bool {
        match (self, other) {
            (Source::File(one, _), Source::File(other, _)) => one == other,
            (Source::Profile(one, _), Source::Profile(other, _)) => one == other,
            (one, other) => one == other,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::File(path, Some(line)) => write!(f, "{}:{line}", path.display()),
            Source::File(path, None) => write!(f, "{}", path.display()),
            Source::Profile(name, line) => write!(f, "profile {name}:{line}"),
            Source::Variable(name) => write!(f, "${name}"),
            Source::CommandLine => f.write_str("command line"),
        }
    }
}

/// All words, each option with its source.
#[derive(Debug, Default)]
pub struct Layered {
    /// In one form, `--name` or `--name=value`; the later ones win.
    pub options: Vec<(Source, OsString)>,
    operands: Vec<OsString>,
    /// What is to be said of files that were left out.
    pub notes: Vec<String>,
}

impl Layered {
    /// The words for the parser.
    pub fn words(&self) -> Vec<OsString> {
        let options = self.options.iter().map(|(_, word)| word.clone());
        let end = std::iter::once(OsString::from("--"));
        options.chain(end).chain(self.operands.iter().cloned()).collect()
    }

    /// Which option a message of the parser or of the settings is about: the first that it names.
    fn blamed(&self, message: &str, command: &Command) -> Option<usize> {
        let cut = |char: char| char.is_whitespace() || "'\"`:;,=".contains(char);
        let named = message.split(cut).filter(|word| word.starts_with('-')).find_map(|word| {
            let mut letters = word.strip_prefix('-')?.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => {
                    command.get_arguments().find(|arg| arg.get_short() == Some(letter))
                }
                _ => arg_of(&OsString::from(word), command),
            }
        })?;
        let is_it = |word: &OsString| {
            arg_of(word, command).is_some_and(|arg| arg.get_id() == named.get_id())
        };
        let says = |word: &OsString| {
            let value = word.to_str().and_then(|word| word.split_once('=')).map(|it| it.1);
            value.is_some_and(|value| !value.is_empty() && message.contains(value))
        };
        // of several the one whose value stands there
        self.options
            .iter()
            .rposition(|(_, word)| is_it(word) && says(word))
            .or_else(|| self.options.iter().rposition(|(_, word)| is_it(word)))
    }

    /// A message with the place of the option that it is about, where that is not the command line.
    pub fn with_source(&self, message: String, command: &Command) -> String {
        let source = self.blamed(&message, command).map(|at| &self.options[at].0);
        match source.filter(|source| **source != Source::CommandLine) {
            Some(source) => format!("{source}: {message}"),
            None => message,
        }
    }

    /// An option of the command line, or of a text that stands before it: it takes the
    /// place of those that cannot stand beside it.
    fn push(&mut self, source: &Source, word: OsString, command: &Command) {
        let arg = arg_of(&word, command);
        let cannot = |one: &Arg, other: &Arg| {
            command.get_arg_conflicts_with(one).iter().any(|arg| arg.get_id() == other.get_id())
        };
        self.options.retain(|(before, earlier)| {
            let other = arg_of(earlier, command).filter(|_| !before.is_of_one_text(source));
            // a conflict is declared on one side only
            !arg.zip(other).is_some_and(|(one, other)| cannot(one, other) || cannot(other, one))
        });
        self.options.push((source.clone(), word));
    }
}

/// Which option a word in its one form is.
fn arg_of<'a>(word: &OsString, command: &'a Command) -> Option<&'a Arg> {
    let name = word.as_bytes().strip_prefix(b"--")?.split(|byte| *byte == b'=').next()?;
    command.get_arguments().find(|arg| {
        let names = arg.get_long_and_visible_aliases().unwrap_or_default();
        let hidden = arg.get_all_aliases().unwrap_or_default();
        names.iter().chain(&hidden).any(|known| known.as_bytes() == name)
    })
}

/// All words for the parser. Words of texts that are no options begin the command, as GNU
/// parallel has it; in files of ours there are none.
///
/// # Errors
/// A profile that was named and cannot be read, an option that is not taken.
pub fn layered(words: Vec<OsString>, called: Called, command: &Command) -> Result<Layered, Fail> {
    let (own, own_operands) = normalise(words, called, command)?;
    let mut all = Layered::default();
    for text in texts::all(&own, called, &mut all.notes)? {
        for (source, words) in lines(&text)? {
            let (options, operands) = normalise(words, called, command)
                .map_err(|fail| Fail::new(fail.status, format!("{source}: {}", fail.message)))?;
            text.check(&source, (&options, &operands))?;
            options.iter().try_for_each(|word| takes(&source, word, command))?;
            for word in options {
                let word = match source {
                    Source::Profile(name, _) => profiles::fitted(name, word, &mut all.notes),
                    _ => word,
                };
                all.push(&source, word, command);
            }
            all.operands.extend(operands);
        }
    }
    for word in own {
        all.push(&Source::CommandLine, word, command);
    }
    all.operands.extend(own_operands);
    Ok(all)
}

/// Whether there is such an option, and its value can be one: the parser, which has the words of
/// all texts at once, could not say where it stands.
fn takes(source: &Source, word: &OsString, command: &Command) -> Result<(), Fail> {
    let wrong = |what: String| Err(Fail::new(status::LOST, format!("{source}: {what}")));
    // the parser adds these itself
    if word == "--help" || word == "--version" {
        return Ok(());
    }
    let Some(arg) = arg_of(word, command) else {
        let name = word.to_string_lossy();
        let name = name.split('=').next().unwrap_or_default();
        return wrong(format!("there is no option {name}; pgrun -h shows those there are"));
    };
    let kind = arg.get_value_parser().type_id();
    let bytes = [TypeId::of::<OsString>(), TypeId::of::<PathBuf>()].iter().any(|one| kind == *one);
    match word.to_str() {
        None if !bytes => wrong(format!("{} is no UTF-8", word.to_string_lossy())),
        _ => Ok(()),
    }
}

/// The words of a text with their sources: a line's, or all at once where a quotation goes
/// on over lines.
fn lines(text: &Text) -> Result<Vec<(Source, Vec<OsString>)>, Fail> {
    let is_comment = |line: &[u8]| line.trim_ascii_start().starts_with(b"#");
    let cut = |bytes: &[u8]| {
        let words = shlex::bytes::split(bytes)?;
        Some(words.into_iter().map(OsString::from_vec).collect::<Vec<_>>())
    };
    let each = text.bytes.split(|byte| *byte == b'\n').enumerate();
    let each = each.filter(|(_, line)| !is_comment(line) && !line.trim_ascii().is_empty());
    let by_line: Option<Vec<_>> =
        each.clone().map(|(at, line)| Some((text.source(Some(at + 1)), cut(line)?))).collect();
    if let Some(all) = by_line {
        return Ok(all);
    }
    let whole = each.map(|(_, line)| line).collect::<Vec<_>>().join(&b'\n');
    let words = cut(&whole).ok_or_else(|| {
        let shown = String::from_utf8_lossy(&whole);
        let what = format!("{}: a quote has no end: {}", text.source(None), print::shown(&shown));
        Fail::new(status::LOST, what)
    })?;
    Ok(vec![(text.source(None), words)])
}
