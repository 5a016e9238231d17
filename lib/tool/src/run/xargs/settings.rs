//! What the loop is told of a run as xargs.

use super::args::{Before, Given, Stdin};
use crate::run::name::Called;
use crate::run::settings::control::Jobserver;
use crate::run::settings::{
    Admission, Batches, Control, Feed, Grouping, Jobs, Output, Place, Settings,
};
use engine::Halt;
use std::ffi::CString;

/// What xargs does otherwise than the rest.
#[derive(Debug)]
pub struct XargsSettings {
    /// Name of the command, for messages.
    pub name: String,
    pub stdin: Stdin,
    pub before: Before,
    /// Variable that tells the place, from 0.
    pub slot_var: Option<Vec<u8>>,
}

impl XargsSettings {
    /// What a command's environment is given, by its slot from 1.
    pub fn slot_entry(&self, slot: u32) -> Option<CString> {
        let name = self.slot_var.as_ref()?;
        let number = slot.saturating_sub(1).to_string();
        CString::new([name, b"=".as_slice(), number.as_bytes()].concat()).ok()
    }
}

/// The run's settings. What xargs does not have is as if it were not asked for.
pub fn settings(given: Given) -> Settings {
    let name = given.command.first().map_or(&b""[..], Vec::as_slice);
    Settings {
        called: Called::Xargs,
        feed: Feed::Guess,
        template: Vec::new(),
        style: Default::default(),
        input: Default::default(),
        ops: Default::default(),
        jobs: Some(Jobs::Count(given.jobs)),
        tuning: Default::default(),
        share: None,
        explained: Vec::new(),
        admission: Admission::default(),
        batches: Batches::default(),
        gate: Default::default(),
        confined: Default::default(),
        remote: None,
        traffic: Default::default(),
        control: Control {
            allow_strays: true,
            halt: Some(Halt::xargs()),
            jobserver: Jobserver::Ignore,
            ..Control::default()
        },
        output: Output { grouping: Grouping::None, quiet: true, ..Output::default() },
        live: Default::default(),
        log: Default::default(),
        place: Place { own_stdin: given.stdin == Stdin::Ours, ..Place::default() },
        warm: Default::default(),
        pipe: None,
        sem: None,
        figure: None,
        xargs: Some(XargsSettings {
            name: String::from_utf8_lossy(name).into_owned(),
            stdin: given.stdin,
            before: given.before,
            slot_var: given.slot_var,
        }),
    }
}
