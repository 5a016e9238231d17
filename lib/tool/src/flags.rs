//! Flags that several programs have; each is defined here once.

use clap::{Args, ValueEnum};
use std::io::IsTerminal as _;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Even into a pipe.
    Always,
    /// Never.
    Never,
}

/// Colour, the same in every program.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Color {
    /// Colour on a terminal (auto), always or never
    #[arg(
        long = "color",
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    pub when: ColorWhen,
}

impl Color {
    /// Whether to colour what goes to `stream`.
    pub fn on(self, stream: &impl std::io::IsTerminal) -> bool {
        match self.when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            }
        }
    }
}

/// True where a person looks at standard output.
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// A duration in the words of `record`, for clap.
///
/// # Errors
/// What is accepted instead.
pub fn seconds(text: &str) -> Result<record::Seconds, String> {
    record::parse_seconds(text)
}

/// How much there is of what operations hold.
#[derive(Clone, Debug, Default, Args)]
pub struct Resources {
    /// Capacity of what operations hold, such as memory=8GiB
    #[arg(long, value_name = "NAME=AMOUNT", value_parser = named_amount)]
    pub resource: Vec<(String, record::Amount)>,
}

/// `--budget`.
#[derive(Clone, Debug, Default, Args)]
pub struct Budget {
    /// Use up no more of an amount than this, such as cost=45; may be repeated
    #[arg(
        long,
        hide_short_help = true,
        value_name = "NAME=AMOUNT",
        value_parser = named_amount
    )]
    pub budget: Vec<(String, record::Amount)>,
}

/// A name and an amount, for clap.
///
/// # Errors
/// What is accepted instead.
pub fn named_amount(text: &str) -> Result<(String, record::Amount), String> {
    let (name, amount) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write NAME=AMOUNT, such as memory=8GiB")?;
    Ok((name.to_string(), record::parse_amount(amount)?))
}

/// Output forms of the programs that report.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Form {
    /// Records, one JSON object a line
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values with a header line
    #[arg(long)]
    pub csv: bool,
}

/// Records instead of text, for programs whose text is no table of values.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Json {
    /// Records, one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// The folder of the runs that are kept: as it was named, else that of PG_HISTORY, if it is
/// set and not empty.
pub fn history_folder(named: Option<std::path::PathBuf>) -> Option<std::path::PathBuf> {
    let set = || std::env::var_os("PG_HISTORY").filter(|dir| !dir.is_empty());
    named.or_else(|| set().map(Into::into))
}

/// A pattern that turns success into failure.
#[derive(Clone, Debug, Default, Args)]
pub struct FailIf {
    /// Output that matches REGEX makes an operation fail
    #[arg(long, value_name = "REGEX")]
    pub fail_if: Option<String>,
}

/// Going on in spite of bad input.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct SkipBad {
    /// Leave out operations that cannot be read, instead of running nothing
    #[arg(long)]
    pub skip_bad: bool,
}

/// Where the events go.
#[derive(Clone, Debug, Default, Args)]
pub struct Events {
    /// Write the events to FILE (- is standard output)
    #[arg(long, value_name = "FILE")]
    pub events: Option<std::path::PathBuf>,
}

/// Talk.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Verbose {
    /// Say on standard error what is done
    #[arg(short, long)]
    pub verbose: bool,
}

/// How wide what is drawn is.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Width {
    /// Width in columns, or in pixels of a picture (default: the terminal's or 80; 1200)
    #[arg(long = "width", value_name = "N", hide_short_help = true, value_parser = clap::value_parser!(u32).range(40..=20_000))]
    pub asked: Option<u32>,
}

/// Columns where there is no terminal.
const COLUMNS: u32 = 80;
/// Width of a picture, in pixels.
const PIXELS: u32 = 1200;

impl Width {
    /// Columns of a text.
    pub fn columns(self) -> usize {
        let size = || terminal_size::terminal_size_of(std::io::stdout());
        let there = || size().map_or(COLUMNS, |(width, _)| u32::from(width.0).max(40));
        self.asked.unwrap_or_else(there) as usize
    }

    /// Pixels of a picture.
    pub fn pixels(self) -> u32 {
        self.asked.unwrap_or(PIXELS).max(300)
    }
}
