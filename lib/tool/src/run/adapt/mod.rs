//! `-j auto`: what the controller of slots (`lib/engine/src/adapt`) hears of and is shown.

mod family;
mod kinds;
mod own;
pub mod page;
mod share;

use super::acted::By;
use super::attempt::Attempt;
use super::drive::Runner;
use super::machine::MachineDesk;
use super::settings::Jobs;
use engine::adapt::{AdaptRules, Change, Controller, Reading, Work};
use engine::{Key, Part};
use family::Families;
pub use kinds::KindDesk;
use own::OwnDesk;
use record::{OpEnd, Seconds};
pub use share::ShareDesk;
use std::path::Path;

/// The controller, and where its readings come from.
#[derive(Debug)]
pub struct AdaptDesk {
    control: Controller,
    families: Families,
    machine: MachineDesk,
    own: OwnDesk,
}

impl AdaptDesk {
    /// One for the rules of `-j`, where it is to be found while it runs.
    pub fn of(jobs: Option<&Jobs>, now: Seconds) -> Option<Box<Self>> {
        let Some(Jobs::Auto(rules)) = jobs else { return None };
        let mut machine = MachineDesk::default();
        machine.watch_stalls(Path::new("/proc"));
        Some(Box::new(AdaptDesk {
            control: Controller::new(*rules, now),
            families: Families::default(),
            machine,
            own: OwnDesk::default(),
        }))
    }
}

impl AdaptDesk {
    /// No more slots than that from now on.
    fn bound(&mut self, now: Seconds, most: u32) -> Option<Change> {
        self.control.bound(now, most)
    }
}

/// Slots that a run begins with where they are found while it runs.
pub fn first_level(rules: &AdaptRules) -> u32 {
    Controller::new(*rules, Seconds::ZERO).level()
}

fn work_of(event: &OpEnd) -> Work {
    Work {
        wall: event.wall_s,
        cpu: event.user_s + event.system_s,
        blocks: event.blocks.unwrap_or(0),
        waits: event.voluntary_switches.unwrap_or(0),
        preempted: event.involuntary_switches.unwrap_or(0),
        rss: event.max_rss_bytes.0.unwrap_or(0),
    }
}

impl Runner {
    /// An attempt has been started.
    pub fn adapt_to_start(&mut self, attempt: &Attempt) {
        if attempt.part == Part::SetUp {
            return;
        }
        let Some(mut desk) = self.slots.auto.take() else { return };
        let family = self.job(attempt.key).map_or(0, |job| desk.families.of(job));
        desk.control.started(self.clock.now(), attempt.key, family);
        self.slots.auto = Some(desk);
    }

    /// An attempt has ended, and took this.
    pub fn adapt_to_end(&mut self, key: Key, event: &OpEnd) {
        let now = self.clock.now();
        if let Some(desk) = &mut self.slots.auto {
            desk.control.ended(now, key, &work_of(event));
        }
    }

    /// When the machine is to be looked at.
    pub fn adapt_due(&self) -> Option<Seconds> {
        self.slots.auto.as_ref().and_then(|desk| desk.control.deadline())
    }

    /// Looks at the machine if it is time, and changes how many slots there are.
    pub fn adapt_to_machine(&mut self) {
        let now = self.clock.now();
        if self.adapt_due().is_none_or(|due| due > now) || self.engine.is_cancelled() {
            return;
        }
        let Some(mut desk) = self.slots.auto.take() else { return };
        let own = desk.own.look(self.attempts.iter().flatten());
        let reading = Reading { machine: desk.machine.look(), own };
        let change = desk.control.look(now, &reading);
        self.slots.auto = Some(desk);
        if let Some(change) = change {
            self.change_slots(change.to, (By::Auto, change.reason));
        }
    }
}
