//! Flags of `pgstat report` for pictures: which are made, and where they go.

use super::html;
use super::picture::{self, Picture};
use super::sparks::{self, Letters};
use crate::fail::Fail;
use crate::flags::Width;
use crate::print::Out;
use crate::replace::replace;
use record::{Report, status};
use stat::{Account, Timeline};
use std::io::Write as _;
use std::path::PathBuf;

/// What is drawn.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Pictures")]
pub struct PictureArgs {
    /// Write the report as one page for a browser to FILE, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// One chart as a picture instead, such as gantt, cpu or durations
    #[arg(long, value_name = "CHART", value_enum, hide_possible_values = true, conflicts_with_all = ["json", "csv"])]
    pub svg: Option<Picture>,

    /// With bars and sparklines of the run over time
    #[arg(long, conflicts_with_all = ["json", "csv", "svg"])]
    pub text: bool,

    /// How wide.
    #[command(flatten)]
    pub width: Width,

    /// Write to FILE, replaced when it is whole
    #[arg(short, long, value_name = "FILE", requires = "svg", hide_short_help = true)]
    pub output: Option<PathBuf>,
}

impl PictureArgs {
    /// True where runs are needed over time.
    pub fn are_asked(&self) -> bool {
        self.html.is_some() || self.svg.is_some() || self.text
    }

    /// Writes the page that is asked for.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_page(&self, account: &mut Account, rows: usize) -> Result<(), Fail> {
        match &self.html {
            Some(path) => html::write(account, (path, rows)),
            None => Ok(()),
        }
    }

    /// Writes the chart that is asked for; true where one is.
    ///
    /// # Errors
    /// The log has nothing of it, or it cannot be written.
    pub fn write_chart(&self, account: &Account) -> Result<bool, Fail> {
        let Some(which) = self.svg else { return Ok(false) };
        let picture = picture::svg(account, which, self.width.pixels())?;
        let Some(path) = self.output.as_ref().filter(|path| path.as_os_str() != "-") else {
            let mut out = Out::new(status::CANNOT_WRITE);
            out.bytes(picture.as_bytes())?;
            out.finish()?;
            return Ok(true);
        };
        replace(path, |file| file.write_all(picture.as_bytes()))
            .map_err(|error| Fail::io(status::CANNOT_WRITE, path.display(), &error))?;
        Ok(true)
    }

    /// The run over time in letters, where that is asked for and known.
    pub fn letters(&self, report: &Report, line: Option<&Option<Timeline>>) -> Option<String> {
        let line = line?.as_ref().filter(|_| self.text)?;
        let width = self.width.columns();
        Some(sparks::text(report, line, (Letters::of_locale(), width)))
    }
}
