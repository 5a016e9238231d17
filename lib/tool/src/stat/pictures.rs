//! Flags of `pgstat report` for pictures.

use super::html;
use crate::fail::Fail;
use stat::Account;
use std::path::PathBuf;

/// What is drawn.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Pictures")]
pub struct PictureArgs {
    /// Write the report as one page for a browser to FILE, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

impl PictureArgs {
    /// True where runs are needed over time.
    pub fn are_asked(&self) -> bool {
        self.html.is_some()
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
}
