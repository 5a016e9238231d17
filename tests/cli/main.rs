//! The programs from outside: exit statuses, streams, messages. One executable
//! for all of them; a file a program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod causes;
mod demo;
mod jobserver;
mod lock;
mod lock_events;
mod lock_fd;
mod lock_rows;
mod lock_stop;
mod mon;
mod parallel;
mod plan;
mod quoting;
mod run;
mod run_locks;
mod sem;
mod stat;
mod template;
mod xargs;

use assert_cmd::Command;

/// A built program.
#[expect(clippy::panic, reason = "a test that names no program is itself wrong")]
pub fn tool(name: &str) -> Command {
    let path = match name {
        "pgplan" => env!("CARGO_BIN_EXE_pgplan"),
        "pgrun" => env!("CARGO_BIN_EXE_pgrun"),
        "pglock" => env!("CARGO_BIN_EXE_pglock"),
        "pgmon" => env!("CARGO_BIN_EXE_pgmon"),
        "pgstat" => env!("CARGO_BIN_EXE_pgstat"),
        other => panic!("no program {other}"),
    };
    let mut command = Command::new(path);
    // a make that runs these tests shares no jobs with them
    command.env_remove("MAKEFLAGS");
    command
}
