//! Flags: when each operation may start, beyond a slot.

use clap::{ArgAction, Args};

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct AdmissionArgs {
    /// Pause between two starts
    #[arg(long, value_name = "TIME", aliases = ["ssh-delay", "sshdelay"])]
    pub delay: Option<String>,
    /// How much of a slot a job takes, or how many: a number, low, medium or high; {} is replaced
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub weight: Option<String>,
    /// What jobs must share to share the limits of a key, such as {1} or {host}
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub key: Option<String>,
    /// Of one key so many run at once; NAME=N for the key NAME alone; may be repeated
    #[arg(long, value_name = "N", hide_short_help = true, action = ArgAction::Append)]
    pub key_limit: Vec<String>,
    /// Start so many in a time, evenly, such as 10/s; key:10/s of each key, NAME=10/s of one; may be repeated
    #[arg(long, value_name = "N/TIME", hide_short_help = true, action = ArgAction::Append)]
    pub rate: Vec<String>,
    /// Never start more in any window of that length, such as 1000/h; key: and NAME= as with --rate
    #[arg(long, value_name = "N/TIME", hide_short_help = true, action = ArgAction::Append)]
    pub quota: Vec<String>,
    /// Where a failed attempt has written when to come again (Retry-After: 5), heed it, with all of its key
    #[arg(
        long,
        value_name = "REGEX",
        hide_short_help = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub retry_after: Option<String>,
    /// Read ahead so many jobs that wait, instead of one when a slot is free
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub queue: Option<u32>,
    #[command(flatten)]
    pub budget: crate::flags::Budget,
    /// Who goes first: tail=A,fails=B,fit=C weigh seconds of path, failures and the share taken
    #[arg(
        long,
        value_name = "RULE",
        hide_short_help = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub priority_rule: Option<String>,
    /// Start what has failed again before all others
    #[arg(long, hide_short_help = true)]
    pub retry_first: bool,
    /// Run each job on a CPU of its own, or on N, while there are enough
    #[arg(
        long,
        value_name = "N",
        hide_short_help = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    pub pin: Option<u32>,
}
