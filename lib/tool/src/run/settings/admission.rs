//! When each operation may start, beyond a slot.

use super::{parse_time, wrong};
use crate::fail::Fail;
use crate::run::args::AdmissionArgs;
use record::Seconds;

/// What was asked for.
#[derive(Debug, Default)]
pub struct Admission {
    /// Least time between two starts.
    pub delay: Option<Seconds>,
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would.
pub fn admission(args: AdmissionArgs) -> Result<Admission, Fail> {
    let AdmissionArgs { delay } = args;
    Ok(Admission { delay: delay.as_deref().map(parse_delay).transpose()? })
}

fn parse_delay(text: &str) -> Result<Seconds, Fail> {
    if text.ends_with("auto") {
        return Err(wrong(format!(
            "--delay {text}: the pause does not change by itself; write it without auto, and \
             --retries N for what fails when many start at once"
        )));
    }
    parse_time("--delay", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_in_the_forms_of_gnu_parallel() {
        assert_eq!(parse_delay("100ms").unwrap(), Seconds::from_micros(100_000));
        for text in ["", "-1", "5x", "2auto", "-3%", "x%"] {
            assert!(parse_delay(text).is_err(), "{text}");
        }
        assert!(parse_delay("2auto").unwrap_err().message.contains("by itself"));
    }
}
