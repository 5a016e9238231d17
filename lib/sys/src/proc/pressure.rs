//! Pressure stall information: `/proc/pressure/*` and its like in cgroups.

use super::text::{Words, fraction, lines, number};

/// Time that tasks stood still for want of a resource, microseconds, and the kernel's
/// own means of it over 10, 60 and 300 seconds, as shares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PressureReading {
    /// At least one task.
    pub some_us: u64,
    /// All tasks at once; the CPUs of a whole machine have none on older kernels.
    pub full_us: Option<u64>,
    /// Means of at least one task; `None` where a text lacks them.
    pub some_avg: Option<[f64; 3]>,
    /// Means of all tasks at once.
    pub full_avg: Option<[f64; 3]>,
}

/// Reads the text; `None` where it is not pressure stall information. Interrupts have
/// "full" alone: while they are handled everybody on that CPU stands still, so that it is
/// "some", too.
pub fn parse(text: &[u8]) -> Option<PressureReading> {
    let (some, full) = (line_of(text, b"some "), line_of(text, b"full "));
    let (some_us, some_avg) = some.or(full)?;
    Some(PressureReading {
        some_us,
        full_us: full.map(|(total, _)| total),
        some_avg,
        full_avg: full.and_then(|(_, means)| means),
    })
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=12345`: the total, and the means.
fn line_of(text: &[u8], kind: &[u8]) -> Option<(u64, Option<[f64; 3]>)> {
    let (_, line) = lines(text).find(|(_, line)| line.starts_with(kind))?;
    let value = |key: &[u8]| Words::new(line).find_map(|word| word.strip_prefix(key));
    let mean = |key: &[u8]| Some(fraction(value(key)?)? / 100.0);
    let means = mean(b"avg10=").zip(mean(b"avg60=")).zip(mean(b"avg300="));
    let means = means.map(|((ten, sixty), more)| [ten, sixty, more]);
    Some((number(value(b"total=")?)?, means))
}
