//! What is out of line.

mod online;

pub use online::Detector;
