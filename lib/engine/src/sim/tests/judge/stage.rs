//! Where an operation stands in the judge's books.

use crate::message::Part;
use crate::satisfy::Own;
use alloc::vec::Vec;
use record::{Outcome, Seconds};

/// Where an operation stands for the judge.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Not read, or waiting for its turn.
    Before,
    /// Has a slot, asks for its locks.
    Asking,
    /// Waits for a lock.
    Waiting,
    /// Has its locks, and no slot.
    Locked,
    Runs(Attempt),
    /// Pauses before its next attempt.
    Pauses,
    Decided(Outcome, Own),
}

impl Stage {
    /// It holds a slot and resources.
    pub fn has_a_place(&self) -> bool {
        match self {
            Stage::Asking => true,
            Stage::Runs(attempt) => !attempt.lacked,
            _ => false,
        }
    }

    /// Nothing stands against its start but what it has to wait for.
    pub fn may_start(&self) -> bool {
        match self {
            Stage::Before | Stage::Pauses | Stage::Locked => true,
            Stage::Runs(attempt) => attempt.lacked,
            _ => false,
        }
    }
}

/// An attempt that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub number: u32,
    pub slot: u32,
    pub part: Part,
    /// What the machine's clock showed at its start.
    pub started: Seconds,
    pub exited: bool,
    /// With status 0.
    pub ended_well: bool,
    pub over: bool,
    pub not_started: bool,
    /// That was for a lack, so that it has no place.
    pub lacked: bool,
    pub strays: bool,
    /// What the clock showed when the engine had done what it could about them.
    pub strays_since: Option<Seconds>,
    /// Somebody asked for its end: a failed output.
    pub unwanted: bool,
    pub signals: Vec<i32>,
    /// When it was signalled first, all others that ran had been started later.
    pub was_oldest: bool,
    pub closed: bool,
    pub abandoned: bool,
    /// No further attempt was to follow.
    pub last: bool,
}

impl Attempt {
    /// Its command has succeeded, and nobody has ended it.
    pub fn is_fit(&self) -> bool {
        self.ended_well && !self.unwanted
    }
}
