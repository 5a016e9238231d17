//! `-p`: asking the user before a command. Who is asked is waited for, as nothing else is.

use super::args::FAILED;
use super::trace;
use crate::fail::Fail;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use sys::spawn::Argv;

const TERMINAL: &str = "/dev/tty";

/// The terminal, which commands read (-o), and who is asked (-p).
///
/// # Errors
/// There is none.
pub fn terminal() -> Result<File, Fail> {
    File::open(TERMINAL).map_err(|e| Fail::io(FAILED, TERMINAL, &e))
}

/// Prints the command and reads an answer from the terminal; true for one that begins
/// with y or Y.
///
/// # Errors
/// There is no terminal.
pub fn ask(argv: &Argv) -> Result<bool, Fail> {
    let terminal = terminal()?;
    let mut question = trace(argv);
    question.extend_from_slice(b"?...");
    let _ = std::io::stderr().write_all(&question);
    let mut answer = Vec::new();
    BufReader::new(terminal)
        .read_until(b'\n', &mut answer)
        .map_err(|e| Fail::io(FAILED, TERMINAL, &e))?;
    Ok(matches!(answer.first(), Some(b'y' | b'Y')))
}
