//! Flags of `sim`.

use clap::Args;

/// What is otherwise than it was.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Limits")]
pub struct SimArgs {
    /// With sim: slots of a lock, such as msi=2; may be repeated
    #[arg(long = "lock", value_name = "NAME=SLOTS", value_parser = named_slots)]
    pub locks: Vec<(String, u32)>,
}

fn named_slots(text: &str) -> Result<(String, u32), String> {
    // a name may have a = in it
    let (name, slots) = text.rsplit_once('=').unwrap_or_default();
    let slots = slots.parse().ok().filter(|slots| *slots > 0);
    slots
        .filter(|_| !name.is_empty())
        .map(|slots| (name.to_string(), slots))
        .ok_or_else(|| "write NAME=SLOTS, such as msi=2".to_string())
}
