//! `--pipe`: the input itself is divided among the jobs.
//!
//! `records` knows where records end, `split` cuts a stream there, `parts` a file
//! that is not read here. `blocks` makes a `Block` for each job, which `store` keeps
//! until the job has ended: in memory, or in a file without a name. A whole block
//! needs no writing: it is a file, and the job's standard input. What needs a pipe is
//! written by `writers`, as far as the jobs read.

mod block;
mod blocks;
mod giving;
mod open;
mod parts;
mod records;
mod split;
mod spool;
mod writers;


pub use block::Block;
pub use blocks::{Blocks, Taken};
pub use open::{Opening, open};
pub use records::{Records, bytes_regex};
pub use split::Size;
pub use writers::{TOKEN_WRITERS, Writers};
