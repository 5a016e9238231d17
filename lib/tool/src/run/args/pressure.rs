//! Flags: what the machine must be like for a start.

use clap::{Args, ValueEnum};

/// Who makes room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EvictArg {
    /// Nobody.
    #[default]
    None,
    /// The one that was started last.
    Youngest,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct PressureArgs {
    /// Start only while fewer than N tasks run, or N% of the CPUs
    #[arg(long, value_name = "N", allow_hyphen_values = true, hide_short_help = true)]
    pub load: Option<String>,
    /// Start only while so much memory is free; below half of it the youngest job makes room
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub memfree: Option<String>,
    /// Start only while no more than P% of the memory are used, of the machine or of the control group
    #[arg(long, value_name = "P", hide_short_help = true)]
    pub max_mem: Option<String>,
    /// What the jobs of this run may use together: above it the youngest makes room
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub mem_limit: Option<String>,
    /// Start nothing while the jobs use more than P% of --mem-limit (80%)
    #[arg(long, value_name = "P", requires = "mem_limit", hide_short_help = true)]
    pub mem_soft: Option<String>,
    /// Who makes room when --max-mem is exceeded by half of what is left: none or youngest
    #[arg(long, value_name = "WHO", value_enum, default_value_t = EvictArg::None, hide_default_value = true, hide_possible_values = true, hide_short_help = true)]
    pub evict: EvictArg,
    /// Start only while the CPUs were busy for less than P% of the last second; one always runs
    #[arg(long, value_name = "P", hide_short_help = true)]
    pub max_cpu: Option<String>,
    /// Let all jobs together have no more than P% of the time of all CPUs
    #[arg(long, value_name = "P", hide_short_help = true)]
    pub cpu_limit: Option<String>,
    /// What is done in need, and undone after: 'mem>95: evict youngest; cpu_psi>60: jobs*0.7'
    #[arg(long, value_name = "RULES", hide_short_help = true)]
    pub emergency: Option<String>,
    /// What each job may use; one that takes more is killed by the kernel, and no other
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub op_mem: Option<String>,
    /// Try again, N times, what was killed for want of memory
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub retry_oom: Option<u32>,
    /// Start nothing while the machine swaps in and out
    #[arg(long, hide_short_help = true)]
    pub noswap: bool,
}
