//! The five programs: arguments, the drive loop, printing. A folder a program;
//! what several of them need lies beside the folders.

mod draw;
pub mod entry;
pub mod fail;
pub mod flags;
mod harmless;
mod history_words;
pub mod input;
mod joblog;
mod junit;
pub mod lock;
mod logs;
mod markdown;
pub mod mon;
pub mod openmetrics;
pub mod plan;
pub mod print;
pub mod replace;
mod rerun;
pub mod ring;
pub mod run;
pub mod stat;
mod unpack;
mod yaml;

use entry::Tool;

/// Every program of the family, for the pages and completions.
pub fn tools() -> [&'static Tool; 5] {
    [&plan::TOOL, &run::TOOL, &lock::TOOL, &mon::TOOL, &stat::TOOL]
}
