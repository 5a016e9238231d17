//! What becomes of the commands' output, and what is shown meanwhile.

use crate::fail::Fail;
use crate::flags::{Color, Verbose};
use crate::run::args::{CiArg, LiveArgs, OutputArgs};
use crate::run::name::Called;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// How output of lines is put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// An operation's output is printed when it has ended.
    #[default]
    Whole,
    /// The same, in the order of the input.
    Ordered,
    /// Each line as it comes.
    Lines,
    /// The commands write themselves.
    None,
}

/// What begins each line of output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tag {
    #[default]
    None,
    /// The job's arguments, or the operation's id.
    Arguments,
    /// A text in which replacement strings are replaced.
    Text(OsString),
}

/// Where output is kept, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Results {
    /// A folder for each job below this one.
    Folder(OsString),
    /// A table with this separator.
    Table(PathBuf, u8),
    /// A JSON object a line.
    Json(PathBuf),
}

/// What is printed of a command beside its output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Echo {
    #[default]
    Nothing,
    /// On standard output before its output (GNU parallel's -v).
    Out,
    /// On standard error when it starts (-t).
    Err,
}

/// What was asked for.
#[derive(Debug, Default)]
pub struct Output {
    pub grouping: Grouping,
    pub tag: Tag,
    /// Keep output in files, print their names.
    pub files: bool,
    pub results: Option<Results>,
    /// Files that each job makes.
    pub outputs: Vec<OsString>,
    /// What killed runs have left beside outputs is removed, and nothing run.
    pub clean: bool,
    pub dry_run: bool,
    /// As a dry run, each command as one word for a shell.
    pub shell_quote: bool,
    pub echo: Echo,
    pub verbose: bool,
    pub quiet: bool,
    pub color: Color,
    /// Escape sequences pass to a terminal.
    pub raw: bool,
}

/// What is shown while it runs.
#[derive(Debug, Default)]
pub struct LiveSettings {
    pub bar: bool,
    pub eta: bool,
    /// `text` or `json`.
    pub progress: Option<String>,
    pub ci: Option<CiArg>,
    pub junit: Option<PathBuf>,
    /// Files and folders whose results go into it, too.
    pub junit_merge: Vec<PathBuf>,
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would.
pub fn output(args: OutputArgs, called: Called) -> Result<Output, Fail> {
    let OutputArgs {
        keep_order,
        no_keep_order,
        group: _,
        ungroup,
        line_buffer,
        tag,
        tagstring,
        files,
        results,
        out: outputs,
        clean,
        dry_run,
        shell_quote,
        verbose: Verbose { verbose },
        show_command,
        trace,
        quiet,
        color,
        raw,
    } = args;
    let ordered = keep_order && !no_keep_order;
    let results = results.map(results_of);
    Ok(Output {
        grouping: match (ungroup, line_buffer, ordered) {
            // what is kept must come to us first
            (true, ..) if matches!(results, Some(Results::Table(..) | Results::Json(_))) => {
                Grouping::Lines
            }
            (true, ..) if results.is_some() || files => Grouping::Whole,
            (true, ..) => Grouping::None,
            (false, _, true) => Grouping::Ordered,
            (false, true, false) => Grouping::Lines,
            (false, false, false) => Grouping::Whole,
        },
        tag: match (tagstring, tag) {
            (Some(text), _) => Tag::Text(text),
            (None, true) => Tag::Arguments,
            (None, false) => Tag::None,
        },
        files,
        results,
        outputs,
        clean,
        dry_run: dry_run || shell_quote,
        shell_quote,
        echo: match (show_command > 0, trace) {
            (true, _) if called.is_gnu() || show_command > 0 => Echo::Out,
            (_, true) => Echo::Err,
            (_, false) => Echo::Nothing,
        },
        verbose,
        quiet,
        color,
        raw,
    })
}

fn results_of(name: OsString) -> Results {
    let lower = name.as_bytes().to_ascii_lowercase();
    // -.csv and the like: standard output
    let path = || PathBuf::from(if lower.starts_with(b"-.") { "-".into() } else { name.clone() });
    match lower.rsplit(|byte| *byte == b'.').next() {
        Some(b"csv") => Results::Table(path(), b','),
        Some(b"tsv") => Results::Table(path(), b'\t'),
        Some(b"json") => Results::Json(path()),
        _ => Results::Folder(name),
    }
}

/// Reads meaning into the flags.
pub fn live(args: LiveArgs) -> LiveSettings {
    let LiveArgs { bar, eta, progress, ci, junit, junit_merge } = args;
    LiveSettings { bar, eta, progress, ci, junit, junit_merge }
}
