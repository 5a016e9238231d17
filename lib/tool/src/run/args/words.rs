//! Puts the words of a command line into one form before they are parsed:
//! `--name=value` for every option, `--`, the command. Options end at the first word
//! that is none, values may be attached (`-j4`, `-k0`), and through the links long
//! options may be abbreviated, as getopt does it.

use super::refused::instead_of;
use crate::fail::Fail;
use crate::run::name::Called;
use clap::{Arg, Command};
use record::status;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// Options that mean something else to GNU parallel: as written there, and here.
pub const GNU_NAMES: &[(&str, &str)] = &[
    ("C", "colsep"),
    ("s", "max-chars"),
    ("v", "show-command"),
    ("verbose", "trace"),
    ("color", "gnu"),
    ("colour", "gnu"),
    ("T", "gnu"),
    ("Y", "gnu"),
    ("V", "gnu-version"),
    ("version", "gnu-version"),
    ("show-limits", "max-line-length-allowed"),
    ("showlimits", "max-line-length-allowed"),
];

/// Names that GNU parallel (20221122) has, too. Abbreviations mean these alone: a flag of
/// ours that comes later never makes one of them mean two.
const THEIRS: &str = "\
    arg-file arg-file-sep arg-sep argfile argfilesep argsep bar basenameextensionreplace \
    basenamereplace bg bibtex block block-size blocksize bner bnr cat col-sep color colsep \
    compress csv ctag ctag-string ctagstring ctrl-c ctrlc delay delimiter dirnamereplace \
    dnr dr dry-run dryrun env eof er eta exit extension-replace extensionreplace fg fifo \
    files gnu group halt halt-on-error header help id interactive jl joblog jobs \
    keep-order keeporder lb line-buffer line-buffered linebuffer linebuffered link load \
    max-args max-chars max-line-length-allowed max-lines max-procs max-replace-args \
    maxargs maxchars maxlinelengthallowed maxlines maxprocs maxreplaceargs memfree \
    minversion nice nn no-ctrl-c no-ctrlc no-k no-keep-order no-notice no-run-if-empty \
    noctrlc nok nokeeporder nonotice norunifempty noswap null number-of-cores \
    number-of-cpus number-of-threads numberofcores numberofcpus numberofthreads open-tty \
    output-as-files outputasfiles parens pipe pipe-part pipepart plain plus \
    process-slot-var processslotvar profile progress quote recend recstart regex regexp \
    remove-rec-sep removerecsep replace res result results resume resume-failed \
    resumefailed retries retry-failed retryfailed round round-robin roundrobin rrs \
    semaphore semaphore-name semaphore-timeout semaphorename semaphoretimeout seqreplace \
    shell-quote shell_quote shellquote show-limits shuf silent skip-first-line \
    skipfirstline slotreplace spreadstdin ssh-delay sshdelay st tag tag-string tagstring \
    tee tempdir term-seq termseq timeout tmpdir tollef total total-jobs totaljobs trim tty \
    ungroup verbose version wait wd will-cite willcite work-dir workdir xapply xargs";

/// Whether an option has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Perhaps,
    Value,
}

struct Normaliser<'a> {
    called: Called,
    command: &'a Command,
    rest: std::vec::IntoIter<OsString>,
    out: Vec<OsString>,
}

/// The words in one form, without the program's name: options, and what follows them.
///
/// # Errors
/// An option that is not taken, with what to do instead.
pub fn normalise(
    words: Vec<OsString>,
    called: Called,
    command: &Command,
) -> Result<(Vec<OsString>, Vec<OsString>), Fail> {
    let mut all = Normaliser { called, command, rest: words.into_iter(), out: Vec::new() };
    while let Some(word) = all.rest.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            break;
        }
        if let Some(long) = bytes.strip_prefix(b"--") {
            let long = long.to_vec();
            all.long(&word, &long)?;
        } else if bytes.len() > 1 && bytes[0] == b'-' {
            let letters = bytes[1..].to_vec();
            all.short(&letters)?;
        } else {
            let operands = std::iter::once(word).chain(all.rest).collect();
            return Ok((all.out, operands));
        }
    }
    Ok((all.out, all.rest.collect()))
}

impl<'a> Normaliser<'a> {
    fn long(&mut self, word: &OsStr, text: &[u8]) -> Result<(), Fail> {
        let end = text.iter().position(|byte| *byte == b'=').unwrap_or(text.len());
        let (name, value) = (String::from_utf8_lossy(&text[..end]), text.get(end + 1..));
        let Some(arg) = self.find_long(&name) else {
            if let Some(instead) = instead_of(&name) {
                return Err(refuse(&format!("--{name}"), instead));
            }
            let several = self.meant_by(&name);
            if several.len() > 1 {
                let all: Vec<String> = several.iter().map(|name| format!("--{name}")).collect();
                let what = format!("--{name} may mean {}; write it in full", all.join(" or "));
                return Err(Fail::new(status::LOST, what));
            }
            // the parser says what is wrong with it
            self.out.push(word.to_os_string());
            return Ok(());
        };
        match (takes(arg), value) {
            (Takes::Nothing, None) => self.push(arg, None),
            (Takes::Nothing, Some(_)) => self.out.push(word.to_os_string()),
            (_, Some(value)) => self.push(arg, Some(value)),
            (takes, None) => self.push_next(arg, takes),
        }
        Ok(())
    }

    fn short(&mut self, letters: &[u8]) -> Result<(), Fail> {
        for (at, letter) in letters.iter().enumerate() {
            let name = char::from(*letter).to_string();
            let Some(arg) = self.find_short(&name) else {
                if let Some(instead) = instead_of(&name) {
                    return Err(refuse(&format!("-{name}"), instead));
                }
                self.out.push(OsString::from_vec([b"-", &letters[at..]].concat()));
                return Ok(());
            };
            let attached = &letters[at + 1..];
            match takes(arg) {
                Takes::Nothing => self.push(arg, None),
                _ if !attached.is_empty() => {
                    self.push(arg, Some(attached));
                    return Ok(());
                }
                takes => self.push_next(arg, takes),
            }
        }
        Ok(())
    }

    /// An option whose value is the next word, if it has one.
    fn push_next(&mut self, arg: &Arg, takes: Takes) {
        let next = self.rest.as_slice().first();
        let follows = match takes {
            Takes::Nothing => false,
            // GNU parallel takes any word that is no option; xargs only attached values
            Takes::Perhaps => {
                self.called.is_gnu()
                    && next.is_some_and(|next| !next.as_bytes().starts_with(b"-"))
                    && arg.get_short().is_some()
            }
            Takes::Value => true,
        };
        let value = if follows { self.rest.next() } else { None };
        self.push(arg, value.as_deref().map(OsStr::as_bytes));
    }

    fn push(&mut self, arg: &Arg, value: Option<&[u8]>) {
        let mut word = match (arg.get_long(), arg.get_short()) {
            (None, Some(letter)) => format!("-{letter}"),
            (long, _) => format!("--{}", long.unwrap_or_default()),
        }
        .into_bytes();
        if let Some(value) = value {
            word.push(b'=');
            word.extend_from_slice(value);
        }
        self.out.push(OsString::from_vec(word));
    }

    fn find_short(&self, letter: &str) -> Option<&'a Arg> {
        if let Some(long) = self.renamed(letter) {
            return self.exact(long);
        }
        let letter = letter.chars().next()?;
        let is = |arg: &&Arg| {
            arg.get_short() == Some(letter)
                || arg.get_all_short_aliases().unwrap_or_default().contains(&letter)
        };
        self.command.get_arguments().find(is)
    }

    fn find_long(&self, name: &str) -> Option<&'a Arg> {
        let name = self.renamed(name).filter(|_| name.len() > 1).unwrap_or(name);
        if let Some(arg) = self.exact(name) {
            return Some(arg);
        }
        match self.meant_by(name).as_slice() {
            [one] => self.exact(one),
            // an abbreviation of two is none
            _ => None,
        }
    }

    /// The options that a word may be an abbreviation of, a name for each.
    fn meant_by(&self, name: &str) -> Vec<&'a str> {
        if !self.called.is_link() || name.is_empty() || instead_of(name).is_some() {
            return Vec::new();
        }
        let is_theirs = |known: &str| THEIRS.split(' ').any(|theirs| theirs == known);
        let meant = |known: &&str| known.starts_with(name) && is_theirs(known);
        self.command.get_arguments().filter_map(|arg| names(arg).find(meant)).collect()
    }

    fn exact(&self, name: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| names(arg).any(|known| known == name))
    }

    fn renamed(&self, name: &str) -> Option<&'static str> {
        let found = GNU_NAMES.iter().find(|(theirs, _)| *theirs == name)?;
        self.called.is_gnu().then_some(found.1)
    }
}

fn names(arg: &Arg) -> impl Iterator<Item = &str> {
    let aliases = arg.get_all_aliases().unwrap_or_default();
    arg.get_long().into_iter().chain(aliases)
}

fn takes(arg: &Arg) -> Takes {
    if !arg.get_action().takes_values() {
        return Takes::Nothing;
    }
    match arg.get_num_args() {
        Some(range) if range.min_values() == 0 => Takes::Perhaps,
        _ => Takes::Value,
    }
}

fn refuse(option: &str, instead: &str) -> Fail {
    Fail::new(status::LOST, format!("{option} is not taken: {instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn normal(called: Called, line: &str) -> String {
        let mut command = crate::run::args::Args::command();
        command.build();
        let words = line.split(' ').map(OsString::from).collect();
        let (options, operands) = normalise(words, called, &command).unwrap();
        let text = |words: Vec<OsString>| {
            words
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        format!("{} | {}", text(options), text(operands))
    }

    #[test]
    fn options_end_at_the_first_word_that_is_none() {
        let own = |line| normal(Called::Pgrun, line);
        assert_eq!(own("-j4 -k echo -n {}"), "--jobs=4 --keep-order | echo -n {}");
        assert_eq!(own("-kj 4 -- -x"), "--keep-order --jobs=4 | -x");
        assert_eq!(own("-0j+2 a -- b"), "--null --jobs=+2 | a -- b");
        assert_eq!(own("--jobs -1 - x"), "--jobs=-1 | - x");
        assert_eq!(own("-j"), "--jobs | ");
    }

    #[test]
    fn values_that_may_be_left_out() {
        assert_eq!(normal(Called::Pgrun, "-i% -l2 -e a"), "--replace=% --max-lines=2 --eof | a");
        assert_eq!(normal(Called::Parallel, "-eta a"), "--eof=ta | a");
        assert_eq!(normal(Called::Parallel, "-i X a X"), "--replace=X | a X");
        assert_eq!(normal(Called::Pgrun, "-i X a X"), "--replace | X a X");
        assert_eq!(normal(Called::Parallel, "--progress a"), "--progress | a");
    }

    #[test]
    fn what_gnu_parallel_calls_otherwise() {
        let gnu = |line| normal(Called::Parallel, line);
        assert_eq!(gnu("-C , -s 99 -v"), "--colsep=, --max-chars=99 --show-command | ");
        assert_eq!(
            gnu("--verbose --line-buf --linebuffer"),
            "--trace --line-buffer --line-buffer | "
        );
        assert_eq!(gnu("--tags x --keep --wo d a"), "--tagstring=x --keep-order --chdir=d | a");
        let short = "--time 3 --ke --qu --min 0 --wo d --pipep";
        let full = "--timeout=3 --keep-order --quote --minversion=0 --chdir=d --pipepart | ";
        assert_eq!(gnu(short), full, "names of ours are no reason for doubt");
        assert_eq!(normal(Called::Pgrun, "-C d -sv"), "--chdir=d --quiet --verbose | ");
        assert_eq!(normal(Called::Pgrun, "--line-buf"), "--line-buf | ");
    }

    #[test]
    fn what_is_not_taken_is_refused_by_name() {
        let mut command = crate::run::args::Args::command();
        command.build();
        for line in ["-S host", "--sshlogin=a", "-kS host", "--rpl {a} x"] {
            let words = line.split(' ').map(OsString::from).collect();
            let refused = normalise(words, Called::Parallel, &command).unwrap_err();
            assert!(refused.message.contains("is not taken"), "{line}: {refused}");
        }
        let several = normalise(vec!["--resu".into()], Called::Parallel, &command).unwrap_err();
        assert!(several.message.starts_with("--resu may mean --res"), "{several}");
    }
}
