//! `pglock`: runs a command while holding named locks.

mod args;
pub(crate) mod config;
mod deadlock;
mod events;
mod page;
mod show;
mod taking;
pub(crate) mod work;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use crate::print::Out;
use args::Args;
use clap::CommandFactory as _;
use config::Task;
use record::status;
use std::os::unix::ffi::OsStrExt as _;
use std::process::ExitCode;
use sys::lock::{LockDir, LockError, Place};

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pglock",
    command: Args::command,
    usage_status: status::OWN,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program.
pub fn main() -> ExitCode {
    entry::main_or_plain(&TOOL, Args::plain, run)
}

fn run(args: Args) -> Result<u8, Fail> {
    match Task::from(args)? {
        Task::List(look) => {
            let views = open(&look.place)?.list().map_err(own)?;
            show::list(&views, look.form)
        }
        Task::Who(name, look) => {
            let view = open(&look.place)?.look(&name).map_err(own)?;
            show::who(&view, look.form)
        }
        Task::Path(name, place) => {
            let path = open(&place)?.lock_path(&name).map_err(own)?;
            let mut out = Out::new(status::OWN);
            out.bytes(path.as_os_str().as_bytes())?;
            out.line("")?;
            out.finish()?;
            Ok(status::OK)
        }
        Task::Deadlock(place) => deadlock::show(&open(&place)?.list().map_err(own)?),
        Task::Run(config) => work::run(&config),
        Task::Hold(config) => work::hold(&config),
        Task::Unlock(name, place, fd) => {
            let shell = std::os::unix::process::parent_id();
            open(&place)?.unlock(&name, fd, shell).map_err(own)?;
            Ok(status::OK)
        }
    }
}

fn open(place: &Place) -> Result<LockDir, Fail> {
    LockDir::open(place).map_err(own)
}

fn own(error: LockError) -> Fail {
    Fail::new(status::OWN, error.to_string())
}

/// One line of talk on standard error.
fn say(message: &str) {
    entry::complain(TOOL.name, message);
}
