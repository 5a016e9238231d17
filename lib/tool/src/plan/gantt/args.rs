//! Flags of `gantt`.

use crate::flags::Width;
use clap::Args;

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

    /// How wide.
    #[command(flatten)]
    pub width: Width,
}
