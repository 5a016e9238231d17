//! `--slot-init`: each slot is set up once, all at the same time, before anything is run.

use crate::fail::Fail;
use crate::run::drive::Runner;
use crate::run::job::{Job, spec_of};
use crate::run::settings::wrong;
use engine::{Cancel, Config, Engine, Input};
use record::{Bytes, Command, Operation, Seconds};

/// Slots are set up one process each, all at once: not so many.
const MOST_SLOTS: u32 = 4096;

impl Runner {
    /// Runs the set-up of each slot, as a run of its own through the same loop. Where one
    /// fails nothing else is begun.
    ///
    /// # Errors
    /// There are slots without end; the event loop fails.
    pub fn set_up_slots(&mut self) -> Result<(), Fail> {
        let Some(command) = self.settings.warm.slot_init.clone() else { return Ok(()) };
        let slots = self.engine.slots();
        if slots > MOST_SLOTS {
            return Err(wrong(format!(
                "--slot-init sets up {MOST_SLOTS} slots at most; name a number of slots with -j"
            )));
        }
        let config = Config { jobs: slots, ..Config::default() };
        let engine = std::mem::replace(&mut self.engine, Engine::new(config));
        let jobs = std::mem::take(&mut self.jobs);
        let free_keys = std::mem::take(&mut self.free_keys);
        let (order, entered) = (self.printer.set_aside(), self.progress.entered);
        // its words go to standard error, and no worker is meant
        let operations = std::mem::replace(&mut self.operations, true);
        let worker = self.settings.warm.worker.take();
        for slot in 1..=slots {
            let op = set_up(&command, slot);
            let key = Some(op.id.clone());
            let spec = spec_of(u64::from(slot), &op);
            let entered = self.enter(Job { key, ..Job::of_operation(u64::from(slot), op) });
            self.engine.handle(Seconds::ZERO, Input::Op(entered, Box::new(spec)));
        }
        self.engine.handle(Seconds::ZERO, Input::EndOfInput);
        let done = self.run();
        let failed = self.engine.tally().failed();
        self.engine = engine;
        (self.jobs, self.free_keys, self.operations) = (jobs, free_keys, operations);
        self.settings.warm.worker = worker;
        self.printer.put_back(order);
        self.progress.entered = entered;
        let now = self.clock.now();
        if self.stopped_by.is_some() {
            self.engine.handle(now, Input::Cancel(Cancel::Stop));
        } else if failed > 0 {
            self.lose(format!("--slot-init failed in {failed} of {slots} slots; nothing was run"));
            self.engine.handle(now, Input::Cancel(Cancel::Drain));
        }
        done
    }
}

/// The set-up of a slot: the slot that it runs in is another's, perhaps.
fn set_up(command: &str, slot: u32) -> Operation {
    let text = format!("PG_SLOT={slot} PARALLEL_JOBSLOT={slot}; {command}");
    Operation {
        id: format!("slot-init:{slot}"),
        cmd: Some(Command::Shell(Bytes(text.into_bytes()))),
        ..Operation::default()
    }
}
