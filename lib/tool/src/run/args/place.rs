//! Flags: where and with what the commands run.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct PlaceArgs {
    /// Folder the commands run in (...: one of its own for each)
    #[arg(short = 'C', long, value_name = "DIR", conflicts_with = "run_dir", short_alias = 'W',
          aliases = ["workdir", "work-dir", "wd"])]
    pub chdir: Option<PathBuf>,
    /// Variable added to the commands' environment; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<OsString>,
    /// Folder for temporary files
    #[arg(long, value_name = "DIR", alias = "tempdir", hide_short_help = true)]
    pub tmpdir: Option<PathBuf>,
    /// Shell for commands that need one
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub shell: Option<PathBuf>,
    /// Variable that tells a command its slot, from 0
    #[arg(long, value_name = "NAME", alias = "processslotvar", hide_short_help = true)]
    pub process_slot_var: Option<String>,
    /// Lock directory, instead of $PG_LOCK_DIR or this user's own
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub lock_dir: Option<PathBuf>,
    /// Leave an inherited descriptor open for the commands; may be repeated
    #[arg(long, value_name = "FD", hide_short_help = true)]
    pub keep_fd: Vec<i32>,
    /// One at a time, with the terminal as standard input and output
    #[arg(short = 'o', long, alias = "open-tty", hide_short_help = true)]
    pub tty: bool,
}
