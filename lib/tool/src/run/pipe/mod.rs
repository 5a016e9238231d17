//! `--pipe`: the input itself is divided among the jobs.
//!
//! `records` knows where records end, `split` cuts a stream there, `parts` a file
//! that is not read here. `blocks` makes a `Block` for each job, which is kept
//! until the job has ended: in memory, or in a file without a name. `writers` moves it
//! from there into a pipe, without copying it and as far as the job reads. `spool` keeps
//! an input that all jobs get; `giving` is what the loop does for all that.

mod block;
mod blocks;
mod giving;
mod open;
mod parts;
mod records;
mod split;
mod spool;
mod writers;

#[cfg(test)]
mod tests;

pub use block::{Block, Way};
pub use blocks::{Blocks, Taken};
pub use open::{Opening, open};
pub use records::{Records, bytes_regex};
pub use split::Size;
pub use writers::{TOKEN_WRITERS, Writers};
