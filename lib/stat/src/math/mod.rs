//! Methods of statistics, one file each, with the source of each formula.
//! All of them are exact in the numbers they are given; none has a state.

mod bootstrap;
mod distribution;
mod multiple;
mod quantile;
mod rank;
mod shift;
mod trend;

pub use bootstrap::{Interval, bootstrap};
pub use distribution::{
    binomial_interval, normal_cdf, normal_quantile, student_quantile, student_two_sided,
};
pub use multiple::benjamini_hochberg;
pub use quantile::{MAD_TO_SIGMA, mad, median, quantile, sorted};
pub use rank::{ranks, spearman};
pub use shift::{Draws, centre, centre_interval, mann_whitney, shift, shift_interval, signed_rank};
pub use trend::{MannKendall, Slope, mann_kendall, theil_sen};

#[cfg(test)]
mod tests;
