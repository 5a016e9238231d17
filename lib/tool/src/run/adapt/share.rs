//! `--share NAME`: runs of one name divide the slots among them.

use crate::fail::Fail;
use crate::run::acted::By;
use crate::run::drive::Runner;
use crate::run::settings::Settings;
use record::{Seconds, status};
use std::path::PathBuf;
use sys::lock::{LockDir, Name, Place};
use sys::share::Share;

/// The kernel does not tell when somebody joins or leaves: it is looked at so often.
const LOOK_AGAIN: Seconds = Seconds::from_secs(1);

/// Our part of what several runs share.
#[derive(Debug)]
pub struct ShareDesk {
    name: String,
    share: Share,
    /// Slots of all together, as this run was told.
    slots: u32,
    due: Seconds,
    /// How many there were, and how many of them before us.
    counted: (u32, u32),
}

impl ShareDesk {
    /// Joins, where that is asked for.
    ///
    /// # Errors
    /// The name is none, or its file cannot be used.
    fn join(settings: &Settings, slots: u32) -> Result<Option<Self>, Fail> {
        let Some(name) = &settings.share else { return Ok(None) };
        let lost = |what: String| Fail::new(status::LOST, format!("--share {name}: {what}"));
        let place = settings.place.lock_dir.clone().map_or(Place::Usual, Place::At);
        let dir = LockDir::open(&place).map_err(|e| lost(e.to_string()))?;
        let file = Name::new(name.as_bytes()).ok_or_else(|| lost("is no name".to_string()))?;
        let path: PathBuf = dir.path().join(format!("{}.share", file.file()));
        let share = Share::join(&path).map_err(|e| lost(crate::fail::reason(&e)))?;
        Ok(Some(ShareDesk {
            name: name.clone(),
            share,
            slots,
            due: Seconds::ZERO,
            counted: (0, 0),
        }))
    }
}

/// Slots of one of so many runs: the earlier ones have what is left over, and each has one.
fn part(slots: u32, (runs, before): (u32, u32)) -> u32 {
    let runs = runs.max(1);
    (slots / runs + u32::from(before < slots % runs)).max(1)
}

impl Runner {
    /// Joins the others of the name, where that is asked for, and takes our part.
    ///
    /// # Errors
    /// The name is none, or its file cannot be used.
    pub fn join_share(&mut self) -> Result<(), Fail> {
        let slots = self.engine.slots();
        let most = self.settings.jobs.as_ref().map_or(slots, |jobs| jobs.most().max(slots));
        self.slots.share = ShareDesk::join(&self.settings, most)?;
        self.look_at_share();
        Ok(())
    }

    /// When it is to be looked at who shares.
    pub fn share_due(&self) -> Option<Seconds> {
        self.slots.share.as_ref().map(|desk| desk.due)
    }

    /// Looks who shares, and takes our part.
    pub fn look_at_share(&mut self) {
        let now = self.clock.now();
        let Some(desk) = self.slots.share.as_mut().filter(|desk| desk.due <= now) else { return };
        desk.due = now + LOOK_AGAIN;
        let Ok(counted) = desk.share.count() else { return };
        if desk.counted == counted {
            return;
        }
        desk.counted = counted;
        let most = part(desk.slots, counted);
        let runs = if counted.0 == 1 {
            "one run has".to_string()
        } else {
            format!("{} runs divide", counted.0)
        };
        let reason = format!("--share {}: {runs} {} slots", desk.name, desk.slots);
        match &mut self.slots.auto {
            Some(adapt) => {
                if let Some(change) = adapt.bound(now, most) {
                    self.change_slots(change.to, (By::Share, reason));
                }
            }
            None => self.change_slots(most, (By::Share, reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn the_parts_are_all_that_there_is() {
        for slots in 1..20u32 {
            for runs in 1..=slots {
                let sum: u32 = (0..runs).map(|before| part(slots, (runs, before))).sum();
                assert_eq!(sum, slots, "{runs} runs");
            }
        }
        assert_eq!(part(2, (5, 4)), 1, "each has one");
    }
}
