//! What is unlike the rest, with no example of what is wrong: in a series as it comes, each value
//! by those before it ([`Detector`]), in all series that were read ([`outliers`]), and tasks of a
//! run beside those of other runs ([`TaskIntake`]).

mod expected;
mod online;
mod outliers;
mod runs;
mod tails;

pub use online::Detector;
pub use outliers::{Durations, Outliers, outliers};
pub use runs::{TaskIntake, TaskScore, Tasks};

/// Where in a period a time lies, as one of a number of equal places; a time that is not finite
/// has the first.
fn place_in((period, places): (f64, usize), time: f64) -> usize {
    let since = time - libm::floor(time / period) * period;
    ((since * places as f64 / period) as usize).min(places - 1)
}
