//! The runs that are kept: a folder with a log for each of them, and an index to find them by.
//!
//! The logs are the truth, the index can be made from them at any time. While a run goes on
//! its log is plain and locked ([`Recording`]); at its end it is compressed and the index
//! learns of it. A run that was killed leaves a plain log that nobody holds: whoever looks
//! into the folder next ([`Folder::index`]) takes it in. Nothing in the folder is ever
//! changed in place: a log is there whole under its name, or not at all.
#![forbid(unsafe_code)]

mod bounds;
mod digest;
mod folder;
mod index;
mod name;
mod recording;
mod trouble;

pub use bounds::{Bounds, Gone};
pub use folder::{Folder, Looked, Told};
pub use index::{Compare, Condition, Field, Query, Value};
pub use recording::Recording;
pub use trouble::Trouble;

#[cfg(test)]
mod tests;
