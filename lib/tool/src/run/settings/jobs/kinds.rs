//! `-j cpu=N,wait=N`: how many of those that compute, and of those that wait.

use super::auto::is_auto;
use super::{cpus, wrong};
use crate::fail::Fail;
use engine::Kind;

/// Places for those that wait where nothing is said: the most of the table of kinds of work.
const WAITING: u32 = 32;

/// What is said of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    cpu: Option<&'a str>,
    wait: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// What is said of one of them.
    pub fn of(&self, kind: Kind) -> Option<&'a str> {
        match kind {
            Kind::Cpu => self.cpu,
            Kind::Wait => self.wait,
        }
    }
}

/// Places where nothing is said: the CPUs, and 32.
pub fn default(kind: Kind) -> u32 {
    match kind {
        Kind::Cpu => cpus(),
        Kind::Wait => WAITING,
    }
}

/// The kind that a text begins with, and the rest after the equals sign.
fn begins(text: &str) -> Option<(Kind, &str)> {
    [Kind::Cpu, Kind::Wait].into_iter().find_map(|kind| {
        let rest = text.strip_prefix(kind.word())?.strip_prefix('=')?;
        Some((kind, rest))
    })
}

/// It is no number of anything: another kind, or what looks for all slots together.
fn is_none(part: &str) -> bool {
    part.contains('=') || is_auto(part)
}

/// The parts, each of which is a number in one of its forms or a formula, which may have
/// commas of its own; `None` where it is none of that.
///
/// # Errors
/// A kind stands there twice, or nothing is said of it.
pub fn parts(text: &str) -> Result<Option<Parts<'_>>, Fail> {
    let Some((mut kind, mut rest)) = begins(text) else { return Ok(None) };
    let mut parts = Parts::default();
    loop {
        let next = rest.match_indices(',').find_map(|(at, _)| {
            let (kind, after) = begins(&rest[at + 1..])?;
            Some((at, kind, after))
        });
        let part = next.map_or(rest, |(at, ..)| &rest[..at]);
        let place = match kind {
            Kind::Cpu => &mut parts.cpu,
            Kind::Wait => &mut parts.wait,
        };
        if part.is_empty() || is_none(part) || place.replace(part).is_some() {
            let word = kind.word();
            return Err(wrong(format!(
                "-j {text}: say once how many of {word}, as in cpu=2,wait=16"
            )));
        }
        match next {
            Some((_, other, after)) => (kind, rest) = (other, after),
            None => return Ok(Some(parts)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> [Option<&str>; 2] {
        let parts = parts(text).unwrap().unwrap();
        [parts.of(Kind::Cpu), parts.of(Kind::Wait)]
    }

    #[test]
    fn each_part_is_found_whatever_it_holds() {
        assert_eq!(of("cpu=2,wait=16"), [Some("2"), Some("16")]);
        assert_eq!(of("wait=16"), [None, Some("16")]);
        assert_eq!(of("wait=min(64,mem/100M),cpu=100%"), [Some("100%"), Some("min(64,mem/100M)")]);
        for other in ["cpu", "4", "auto", "min(2,cpu)", "cpus=2"] {
            assert_eq!(parts(other).unwrap(), None, "{other}");
        }
        for bad in ["cpu=", "cpu=2,cpu=3", "wait=,cpu=1", "cpu=wait=1", "cpu=2,x=3", "wait=auto"] {
            assert!(parts(bad).unwrap_err().message.contains("say once how many"), "{bad}");
        }
    }
}
