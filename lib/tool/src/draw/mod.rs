//! Pictures, for every program that draws: Gantt charts in letters and as SVG, charts of
//! lines and of spreads as SVG.

pub mod axis;
mod chart;
pub mod lines;
mod sheet;
pub mod spread;
pub mod svg;
pub mod text;

pub use chart::{Bar, Chart, Ended, Held, Lane, position};
pub use sheet::{Place, STYLE};
