//! Flags: when each operation may start, beyond a slot.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct AdmissionArgs {
    /// Pause between two starts
    #[arg(long, value_name = "TIME", aliases = ["ssh-delay", "sshdelay"])]
    pub delay: Option<String>,
}
