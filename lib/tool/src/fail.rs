//! The one error type of the programs: a line for the user and an exit status.

use record::Bad;
use std::fmt;

/// Why a program stops: one clear line, and the status it exits with.
#[derive(Debug)]
pub struct Fail {
    /// Exit status, from `record::status`.
    pub status: u8,
    /// What failed, where, and what to do; without the program's name.
    pub message: String,
}

impl Fail {
    /// A failure with its status.
    pub fn new(status: u8, message: impl Into<String>) -> Self {
        Fail { status, message: message.into() }
    }

    /// A system call that failed on a file or another named thing.
    pub fn io(status: u8, what: impl fmt::Display, error: &std::io::Error) -> Self {
        Fail::new(status, format!("{what}: {}", reason(error)))
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The system's words for an error, without Rust's "(os error 2)".
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_string(),
        None => text,
    }
}

/// A place in an input, as compilers write it: `file:line:column: what`.
pub fn place(file: &str, line: u64, bad: &Bad) -> String {
    if bad.column == 0 {
        format!("{file}:{line}: {}", bad.what)
    } else {
        format!("{file}:{line}:{}: {}", bad.column, bad.what)
    }
}
