//! Figures of the machine and of the program that scripts ask for.

use super::config;
use super::limits;
use super::settings::{Figure, cpus};
use crate::fail::Fail;
use crate::print::Out;
use record::status;

/// The version of GNU parallel whose command line is taken: its date.
const GNU_VERSION: u64 = 20_221_122;

/// Prints one.
///
/// # Errors
/// Standard output takes no more.
pub fn print(figure: Figure) -> Result<u8, Fail> {
    let mut out = Out::new(status::LOST);
    out.line(match &figure {
        Figure::Limits(form) => return limits::show(*form),
        Figure::Profile(name) => return config::print_profile(name),
        Figure::Import(path, environment) => return config::import(path, environment.as_deref()),
        // what was said is known to who reads the words
        Figure::Config => return Ok(status::OK),
        Figure::Cpus => cpus().to_string(),
        Figure::LineLength => super::feed::LONGEST.to_string(),
        Figure::LeastVersion(_) => GNU_VERSION.to_string(),
        Figure::Citation => "there is no notice here, and nothing to agree to".to_string(),
        // scripts look for these words at the beginning
        Figure::Version => format!(
            "GNU parallel {GNU_VERSION} is what this takes the place of: pgrun {}",
            env!("CARGO_PKG_VERSION")
        ),
    })?;
    out.finish()?;
    match figure {
        Figure::LeastVersion(least) if GNU_VERSION < least => Ok(status::LOST),
        _ => Ok(status::OK),
    }
}
