//! `/proc/PID/cmdline`: the words of a command line.

use super::read::{Name, ReadError, Root};

/// More of a command line nobody has room to show.
const SHOWN_BYTES: usize = 1024;

/// The command line of a process, a blank between two words; empty for threads of the kernel,
/// `None` if the process has gone.
///
/// # Errors
/// It may not be read.
pub fn command_line(root: &Root, pid: u32) -> Result<Option<String>, ReadError> {
    let mut buffer = [0; SHOWN_BYTES];
    let text = root.read_short(&Name::of_pid(pid, b"cmdline"), &mut buffer)?;
    Ok(text.map(|text| {
        let text = String::from_utf8_lossy(text).replace('\0', " ");
        text.trim_end().to_string()
    }))
}
