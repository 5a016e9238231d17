//! What the machine must be like for a start.

use super::jobs::parse_jobs;
use super::{parse_size, wrong};
use crate::fail::Fail;
use crate::run::args::PressureArgs;
use engine::GateRules;

/// What the load must be below for `--load 0`, as GNU parallel has it: nothing runs.
const LEAST_LOAD: f64 = 0.01;

/// Rules for starts, but for the pause between two.
///
/// # Errors
/// A value that means nothing, with what would.
pub fn pressure(args: PressureArgs) -> Result<GateRules, Fail> {
    let PressureArgs { load, memfree, noswap } = args;
    Ok(GateRules {
        delay: None,
        load: load.as_deref().map(parse_load).transpose()?,
        memory: memfree
            .map(|text| parse_size("--memfree", &text))
            .transpose()?
            .map(|size| size as u64),
        no_swapping: noswap,
    })
}

/// `--load`: as `-j`, and fractions.
fn parse_load(text: &str) -> Result<f64, Fail> {
    let plain = text.parse().ok().filter(|load: &f64| load.is_finite() && *load >= 0.0);
    let load = match plain {
        Some(load) if !text.starts_with('+') => load,
        _ => f64::from(parse_jobs(text).map_err(|_| {
            wrong(format!("--load {text}: write N, N% of the CPUs, +N or -N relative to them"))
        })?),
    };
    Ok(load.max(LEAST_LOAD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::settings::cpus;

    #[test]
    fn loads_in_all_forms() {
        let cpus = f64::from(cpus());
        assert_eq!(parse_load("0.5").unwrap(), 0.5);
        assert_eq!(parse_load("0").unwrap(), LEAST_LOAD);
        assert_eq!(parse_load("100%").unwrap(), cpus);
        assert_eq!(parse_load("+2").unwrap(), cpus + 2.0);
        for text in ["", "x", "inf", "nan", "/etc/hosts"] {
            assert!(parse_load(text).is_err(), "{text}");
        }
    }
}
