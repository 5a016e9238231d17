//! What is looked at of a task.

use alloc::format;
use record::{Bad, EndView, Fields};

/// How many features there are.
pub const COUNT: usize = 14;

/// The features of a task, on the scale on which they are compared; not a number where the log
/// does not say it.
pub type Features = [f32; COUNT];

/// A feature.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// Fields that say it, whichever is there; none where it is made of others.
    names: &'static [&'static str],
    /// Less than this is not told from nothing: a tick of the clock, a page.
    small: f64,
    /// Only more of it than usual is unusual: nobody minds a task that is quick. Of work, less
    /// is as telling as more.
    pub upwards: bool,
}

const fn seconds(names: &'static [&'static str]) -> Feature {
    Feature { names, small: 0.05, upwards: true }
}

const fn work(names: &'static [&'static str]) -> Feature {
    Feature { names, small: 0.05, upwards: false }
}

const fn amount(names: &'static [&'static str], small: f64) -> Feature {
    Feature { names, small, upwards: false }
}

const RUNTIME: usize = 0;
const STAGE_IN: usize = 1;
const STAGE_OUT: usize = 2;
const REST: usize = 3;
const CPU: usize = 4;
const USER: usize = 5;
const SYSTEM: usize = 6;
const KERNEL_SHARE: usize = 7;

/// All features, in the order of the places above.
pub const FEATURES: [Feature; COUNT] = [
    seconds(&["runtime_s", "wall_s"]),
    seconds(&["stage_in_s"]),
    seconds(&["stage_out_s"]),
    // the runtime without what was fetched and brought away
    seconds(&[]),
    work(&["cpu_s"]),
    work(&["utime_s", "user_s"]),
    work(&["stime_s", "system_s"]),
    // the kernel's part of the processor time
    work(&[]),
    amount(&["read_bytes"], 4096.0),
    amount(&["write_bytes"], 4096.0),
    amount(&["out_bytes"], 4096.0),
    amount(&["max_rss_bytes"], 4096.0),
    amount(&["blocks"], 8.0),
    amount(&["voluntary_switches"], 1.0),
];

/// The features of a record.
///
/// # Errors
/// One of their fields is no number.
pub fn of_record(line: &[u8], fields: &Fields<'_>) -> Result<Features, Bad> {
    let number = |name: &str| number(line, fields, name);
    let mut read = [f64::NAN; COUNT];
    for (value, feature) in read.iter_mut().zip(&FEATURES) {
        for name in feature.names {
            if let Some(told) = number(name)? {
                *value = told;
                break;
            }
        }
    }
    if read[RUNTIME].is_nan()
        && let (Some(start), Some(end)) = (number("start")?, number("end")?)
    {
        read[RUNTIME] = end - start;
    }
    Ok(made(read))
}

/// The features of a command of which no more is known than when it ran.
pub fn of_command(end: &EndView<'_>) -> Features {
    let mut read = [f64::NAN; COUNT];
    read[RUNTIME] = end.wall.as_f64();
    made(read)
}

/// Adds what is made of others; amounts are compared by their ratios, so by their logarithms.
/// Less than nothing, which a clock that was set back leaves, says nothing.
fn made(mut read: [f64; COUNT]) -> Features {
    read[REST] = read[RUNTIME] - read[STAGE_IN].max(0.0) - read[STAGE_OUT].max(0.0);
    if read[STAGE_IN].is_nan() && read[STAGE_OUT].is_nan() {
        read[REST] = f64::NAN;
    }
    let both = read[USER] + read[SYSTEM];
    if read[CPU].is_nan() {
        read[CPU] = both;
    }
    let mut features = [f32::NAN; COUNT];
    for ((to, value), feature) in features.iter_mut().zip(read).zip(&FEATURES) {
        if value >= 0.0 {
            *to = libm::log(value + feature.small) as f32;
        }
    }
    let share = read[SYSTEM] / (both + FEATURES[SYSTEM].small);
    features[KERNEL_SHARE] = if share >= 0.0 { share as f32 } else { f32::NAN };
    features
}

/// A field that is a number; `None` where it is missing or null.
fn number(line: &[u8], fields: &Fields<'_>, name: &str) -> Result<Option<f64>, Bad> {
    let Some(raw) = fields.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null") else {
        return Ok(None);
    };
    raw.parse().ok().filter(|value: &f64| value.is_finite()).map(Some).ok_or_else(|| {
        let column = (raw.as_ptr() as usize).saturating_sub(line.as_ptr() as usize) + 1;
        Bad::new(column, format!("\"{name}\": {raw} is no number"))
    })
}
