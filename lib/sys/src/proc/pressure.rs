//! Pressure stall information: `/proc/pressure/*` and its like in cgroups.

use super::text::{Words, lines, number};

/// Time that tasks stood still for want of a resource, microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PressureReading {
    /// At least one task.
    pub some_us: u64,
    /// All tasks at once; the CPUs of a whole machine have none.
    pub full_us: Option<u64>,
}

/// Reads the text; `None` where it is not pressure stall information.
pub fn parse(text: &[u8]) -> Option<PressureReading> {
    let total = |kind: &[u8]| {
        let (_, line) = lines(text).find(|(_, line)| line.starts_with(kind))?;
        let word = Words::new(line).find_map(|word| word.strip_prefix(b"total="))?;
        number(word)
    };
    Some(PressureReading { some_us: total(b"some ")?, full_us: total(b"full ") })
}
