//! The document that hyperfine exports: benchmarks of commands.

use crate::fields::{Bad, bad_json};
use crate::unit::Seconds;
use serde::Deserialize;

/// What `hyperfine --export-json` wrote.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Benchmarks {
    /// One a command.
    pub results: Vec<Benchmark>,
}

/// A command and how long it took, time and again.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Benchmark {
    /// The command, or the name it was given.
    pub command: String,
    /// Mean duration.
    pub mean: f64,
    /// Mean processor time in user mode.
    #[serde(default)]
    pub user: f64,
    /// Mean processor time in the kernel.
    #[serde(default)]
    pub system: f64,
    /// Each duration; left out where hyperfine was told to.
    #[serde(default)]
    pub times: Vec<f64>,
    /// Each exit status; null where a signal ended the command.
    #[serde(default)]
    pub exit_codes: Vec<Option<i32>>,
    /// Greatest resident set of each, from hyperfine 1.19.
    #[serde(default)]
    pub memory_usage_byte: Vec<u64>,
}

/// One duration of a benchmark.
#[derive(Clone, Copy, Debug)]
pub struct Timing<'a> {
    /// The command.
    pub command: &'a str,
    /// How long it took.
    pub wall: Seconds,
    /// Processor time in user mode.
    pub user: Seconds,
    /// Processor time in the kernel.
    pub system: Seconds,
    /// Greatest resident set.
    pub max_rss_bytes: Option<u64>,
    /// It ended with status 0.
    pub well: bool,
}

impl Benchmarks {
    /// Reads a whole document.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &[u8]) -> Result<Self, Bad> {
        let read: Result<Benchmarks, _> = serde_json::from_slice(text);
        let document = read.map_err(|error| {
            let bad = bad_json(&error);
            Bad::new(0, format!("line {} of what hyperfine exported: {}", error.line(), bad.what))
        })?;
        let wrong = document.results.iter().find(|one| {
            let all = one.times.iter().chain([&one.mean, &one.user, &one.system]);
            all.into_iter().any(|time| !(0.0..1e11).contains(time))
        });
        match wrong {
            Some(one) => Err(Bad::new(0, format!("a time of \"{}\" is no duration", one.command))),
            None => Ok(document),
        }
    }

    /// Gives each duration to `each`; where a command has none, its mean.
    pub fn each(&self, mut each: impl FnMut(Timing<'_>)) {
        for one in &self.results {
            let means = [one.mean];
            let times = if one.times.is_empty() { &means[..] } else { &one.times };
            for (place, time) in times.iter().enumerate() {
                each(Timing {
                    command: &one.command,
                    wall: Seconds::from_f64(*time),
                    user: Seconds::from_f64(one.user),
                    system: Seconds::from_f64(one.system),
                    max_rss_bytes: one.memory_usage_byte.get(place).copied(),
                    well: one.exit_codes.get(place).is_none_or(|exit| *exit == Some(0)),
                });
            }
        }
    }
}
