//! What is fuzzed: one function a reader, from bytes. Each panics where a promise is broken:
//! a reader never panics, says a wrong input in one line, and what it has read and writes
//! again is the same.
//!
//! Run by libFuzzer (`scripts/fuzz`), over the kept corpora and over inputs made from them
//! (`main.rs`).

mod command;
mod kernel;
mod log;
mod plans;
mod words;

/// A reader under test.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in `corpus`.
    pub name: &'static str,
    /// Reads an input; panics where a promise is broken.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// All of them.
pub const ALL: &[Target] = &[
    target("alert", log::alert),
    target("cache", plans::cache),
    target("command", command::pgrun),
    target("edges", plans::edges),
    target("event", log::event),
    target("history", log::history),
    target("lines", words::lines),
    target("makeflags", words::makeflags),
    target("operation", plans::operation),
    target("outline", plans::outline),
    target("plan", plans::plan),
    target("proc", kernel::files),
    target("record", log::record),
    target("resume", command::resume),
    target("ring", log::ring),
    target("series", log::series),
    target("stat", log::stat),
    target("tasks", log::tasks),
    target("units", words::units),
    target("xargs", command::xargs),
];

/// A message for people: one line, not empty.
fn is_a_message(what: &str) {
    assert!(!what.is_empty(), "a message says something");
    assert!(!what.contains('\n'), "a message is one line: {what:?}");
}

/// A fault of a line: a message, and a column in the line or just behind it.
fn is_a_fault(bad: &record::Bad, line: &[u8]) {
    is_a_message(&bad.what);
    assert!(bad.column <= line.len() + 1, "column {} of {}", bad.column, line.len());
}
