//! Pure: what happened, and why. Lines of logs go in, reports and findings
//! come out; no clock, no file, no process, no thread, no environment. The
//! compiler holds it to that: the crate is `no_std`.
//!
//! The way of a line: [`Intake`] knows the format of the file and reads the
//! line; a `Run` takes the event into its sums, its slots and its
//! history; at the end the chain cuts the wall by cause, the verdict names the
//! one that bound the run, and both become a [`record::Report`].
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod anomaly;
mod baseline;
mod bench;
mod bottleneck;
mod calibrate;
mod change;
mod compare;
mod day;
mod figures;
pub mod forecast;
mod health;
mod hyperfine;
mod intake;
mod intervals;
mod joblog;
mod leak;
mod load;
mod machine;
pub mod math;
mod ninja;
mod past;
mod pattern;
mod ranking;
mod relation;
mod run;
pub mod scaling;
mod series;
pub mod sketch;
mod story;
mod target;
mod timeline;
mod trend;
mod workload;

pub use anomaly::{Detector, Durations, Outliers, TaskIntake, TaskScore, Tasks, outliers};
pub use baseline::{BaselineIntake, Shift};
pub use bench::{BenchRun, Benched, bench_results, round_order};
pub use bottleneck::{DEFAULT as DEFAULT_THRESHOLDS, Thresholds, bottlenecks};
pub use calibrate::{Predicted, calibrate};
pub use change::{Change, Changes, What, changes};
pub use compare::{Compared, Figure, Limits, Observed, compare};
pub use day::{Days, Figure as DayFigure, figures as day_figures};
pub use figures::{Reading, each_figure, every_figure, is_known};
pub use health::health;
pub use intake::{Account, Intake, Listener};
pub use load::{Load, LoadEnd, LoadRules};
pub use past::{Past, PastIntake, Pasts, in_order, over_runs};
pub use pattern::patterns;
pub use ranking::{By, Ranking};
pub use relation::relations;
pub use run::report::Told;
pub use series::{Series, SeriesIntake, Table, timestamp};
pub use story::{Story, Told as StoryPart};
pub use target::{Measured, Metric, Target, TargetOutcome};
pub use timeline::{
    Bar, Chart, Course, Ended, Line, LockCourse, Mark, Point, SHARES, Spread, Step, Timeline,
};
pub use trend::trends;
pub use workload::workload;

/// To six decimals: what a figure is worth.
fn rounded(value: f64) -> f64 {
    libm::round(value * 1e6) / 1e6
}
