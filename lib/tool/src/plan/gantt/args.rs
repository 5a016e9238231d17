//! Flags of `gantt`.

use clap::Args;

/// Columns where there is no terminal.
const COLUMNS: u32 = 80;
/// Width of a picture, in pixels.
const PIXELS: u32 = 1200;

/// How the chart is drawn.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Gantt chart")]
pub struct GanttArgs {
    /// A picture, SVG, for a browser
    #[arg(long, conflicts_with = "text")]
    pub svg: bool,

    /// Letters (default)
    #[arg(long, hide_short_help = true)]
    pub text: bool,

    /// Width in columns, or in pixels of a picture (default: the terminal's or 80; 1200)
    #[arg(long, value_name = "N", hide_short_help = true, value_parser = clap::value_parser!(u32).range(40..=20_000))]
    pub width: Option<u32>,
}

impl GanttArgs {
    /// Columns of a text.
    pub fn columns(&self) -> usize {
        let size = || terminal_size::terminal_size_of(std::io::stdout());
        let there = || size().map_or(COLUMNS, |(width, _)| u32::from(width.0).max(40));
        self.width.unwrap_or_else(there) as usize
    }

    /// Pixels of a picture.
    pub fn svg_width(&self) -> u32 {
        self.width.unwrap_or(PIXELS).max(300)
    }
}
