//! How much there is: flags, over the capacity record.

use crate::flags::Resources;
use clap::Args;
use plan::history::Past;
use record::Capacity;

/// What the command line says of slots and resources.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Slots: operations at a time (0: no limit); sim takes several: 1,2,4
    #[arg(short, long, value_name = "N", value_delimiter = ',')]
    pub jobs: Vec<u32>,

    #[command(flatten)]
    pub resources: Resources,
}

impl LimitArgs {
    /// Whether the limits are those of past runs, as far as is known.
    pub fn past(&self) -> Past {
        if self.are_none() { Past::Same } else { Past::Other }
    }

    /// True where the command line says nothing of them.
    pub fn are_none(&self) -> bool {
        self.jobs.is_empty() && self.resources.resource.is_empty()
    }

    /// Puts what was said in the place of what came with the plan.
    pub fn over(&self, capacity: &mut Option<Capacity>) {
        if self.are_none() {
            return;
        }
        let capacity = capacity.get_or_insert_with(Capacity::default);
        if let Some(jobs) = self.jobs.last() {
            capacity.jobs = Some(*jobs).filter(|jobs| *jobs > 0);
        }
        capacity.resources.extend(self.resources.resource.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Amount;

    #[test]
    fn the_command_line_wins_over_the_record() {
        let amount = |name: &str, units| (name.to_string(), Amount::from_units(units));
        let mut capacity = Some(Capacity {
            jobs: Some(4),
            resources: [amount("memory", 8), amount("net", 1)].into(),
            ..Capacity::default()
        });
        let said = LimitArgs {
            jobs: vec![2],
            resources: Resources { resource: vec![amount("memory", 16)] },
        };
        said.over(&mut capacity);
        let merged = capacity.clone().unwrap();
        assert_eq!(merged.jobs, Some(2));
        assert_eq!(merged.resources, [amount("memory", 16), amount("net", 1)].into());
        LimitArgs { jobs: vec![0], ..LimitArgs::default() }.over(&mut capacity);
        assert_eq!(capacity.unwrap().jobs, None);
        let mut none = None;
        LimitArgs::default().over(&mut none);
        assert!(none.is_none());
    }
}
