//! Orders for a run while it runs: `--control` takes them at a socket or from a named pipe,
//! `--ctl` gives them. `listen.rs` has the connections, `verbs.rs` what is done, `ask.rs` the
//! other end.

mod ask;
mod listen;
mod page;
mod verbs;

pub use ask::ask;
pub use listen::{Control, TOKEN_CONTROL};
pub use page::PAGE;

/// The longest order, in bytes.
const LONGEST: usize = 4 << 10;
