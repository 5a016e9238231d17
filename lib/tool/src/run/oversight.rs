//! What watches over a run while it goes on: what the machine is like, what the commands may
//! have of it, and who gives orders.

use super::acted::Acted;
use super::control::Control;
use super::duty::Duty;
use super::machine::{MachineDesk, Trigger};
use super::settings::Settings;
use crate::fail::Fail;
use engine::Ended;
use record::OpEnd;
use std::path::Path;
use sys::poller::Poller;

/// All of it.
#[derive(Debug)]
pub struct Oversight {
    pub machine: MachineDesk,
    /// The kernel tells when memory is short.
    _trigger: Option<Trigger>,
    /// Holds commands to their CPU time where the kernel does not.
    pub duty: Duty,
    /// Who says what is to be changed.
    pub control: Control,
    /// What of it has acted.
    pub acted: Acted,
    /// Attempts that have made room.
    pub evicted: u64,
}

impl Oversight {
    /// Opens what the rules need, and tells them who will tell of what.
    ///
    /// # Errors
    /// A rule that can never hold, a place where no orders can be taken.
    pub fn open(settings: &mut Settings, poller: &Poller) -> Result<Self, Fail> {
        let proc = Path::new("/proc");
        let machine = MachineDesk::open(&settings.gate, proc)?;
        let trigger = Trigger::ask(&settings.gate, proc, poller);
        settings.gate.told_of_stalls = trigger.is_some();
        let control = Control::open(settings.remote.as_deref(), poller)?;
        let duty = Duty::of(settings.confined.cpu);
        let explains = settings.admission.explain;
        let acted = if explains { Acted::counting() } else { Acted::default() };
        Ok(Oversight { machine, _trigger: trigger, duty, control, acted, evicted: 0 })
    }

    /// An attempt has ended.
    pub fn note_end(&mut self, ended: &Ended, event: &OpEnd) {
        self.evicted += u64::from(ended.evicted);
        self.acted.ended(ended, event);
    }
}
