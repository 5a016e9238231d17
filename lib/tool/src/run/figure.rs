//! Figures of the machine that scripts ask for.

use super::settings::{Figure, cpus};
use crate::fail::Fail;
use crate::print::Out;
use record::status;

/// Prints one.
///
/// # Errors
/// Standard output takes no more.
pub fn print(figure: Figure) -> Result<u8, Fail> {
    let mut out = Out::new(status::LOST);
    out.line(match figure {
        Figure::Cpus => cpus().to_string(),
        Figure::LineLength => super::feed::LONGEST.to_string(),
    })?;
    out.finish()?;
    Ok(status::OK)
}
