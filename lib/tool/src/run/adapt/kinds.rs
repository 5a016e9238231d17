//! `-j cpu=N,wait=N`: of which kind an operation is (`lib/engine/src/kinds`) follows from its
//! family, from looks at what runs, and from what the kernel counts of what has ended.

use super::family::Families;
use super::own::OwnDesk;
use crate::run::acted::By;
use crate::run::attempt::Attempt;
use crate::run::drive::Runner;
use crate::run::job::Job;
use crate::run::settings::Jobs;
use engine::adapt::Work;
use engine::{Input, Key, Kind, KindFound, Part, Spec};
use record::Seconds;

/// What is known of the families, and who looks.
#[derive(Debug, Default)]
pub struct KindDesk {
    families: Families,
    own: OwnDesk,
}

impl KindDesk {
    /// One, where `-j` tells the kinds apart.
    pub fn of(jobs: Option<&Jobs>) -> Option<Box<Self>> {
        matches!(jobs, Some(Jobs::Kinds(_))).then(Box::default)
    }
}

/// What the kernel has counted of an attempt.
fn work_of(attempt: &Attempt) -> Option<Work> {
    let (_, usage, at) = attempt.exited?;
    Some(Work {
        wall: at - attempt.start,
        cpu: usage.user + usage.system,
        blocks: usage.blocks,
        waits: usage.voluntary_switches,
        preempted: usage.involuntary_switches,
        rss: usage.max_rss_bytes,
    })
}

impl Runner {
    /// Gives an operation the number of its family.
    pub fn join_family(&mut self, spec: &mut Spec, job: &Job) {
        if let Some(desk) = &mut self.slots.kinds {
            spec.family = desk.families.of(job);
        }
    }

    /// Looks what an attempt does at the moment; what has just ended cannot be seen.
    pub fn observe(&mut self, key: Key) {
        let attempt = self.by_key.get(&key).and_then(|at| self.attempts[*at].as_ref());
        let Some(pid) = attempt.filter(|a| a.exited.is_none()).map(|a| a.child.pid) else { return };
        let Some(desk) = &mut self.slots.kinds else { return };
        if let Some(does) = desk.own.of_command(pid) {
            self.engine.handle(self.clock.now(), Input::Does(key, does));
        }
    }

    /// An attempt is over: what it took is told, but for a check, which is another command.
    pub fn tell_work(&mut self, now: Seconds, attempt: &Attempt) {
        if self.slots.kinds.is_some()
            && attempt.part == Part::Main
            && let Some(work) = work_of(attempt)
        {
            self.engine.handle(now, Input::Took(attempt.key, work));
        }
    }

    /// It was found what the operations of a family do.
    pub fn tell_found(&mut self, found: KindFound) {
        let Some(Jobs::Kinds(limits)) = self.settings.jobs else { return };
        let desk = self.slots.kinds.as_ref();
        let Some(name) = desk.and_then(|desk| desk.families.name(found.family)) else { return };
        let (does, places) = match found.kind {
            Kind::Cpu => ("computes", limits.cpu),
            Kind::Wait => ("waits", limits.wait),
        };
        let share = match found.share {
            Some(share) => format!(", wants a CPU for {:.0} % of its time", share * 100.0),
            None => String::new(),
        };
        let places = match places {
            u32::MAX => String::from("without a limit"),
            places => format!("{places} at once"),
        };
        let reason = format!("{name:?} {does}{share}: {places}");
        if self.settings.output.verbose && !self.settings.output.quiet {
            self.notes.push(reason.clone());
        }
        let slots = self.engine.slots();
        self.log_throttle((slots, slots), (By::Kinds, reason));
    }
}
