//! What goes into the engine and what comes out.

use crate::adapt::{Does, Work};
use crate::kinds::KindFound;
use crate::machine::Machine;
use crate::op::{Key, Spec};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Outcome, Seconds};

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// An operation was read. The key is free to choose among those not in use.
    Op(Key, Box<Spec>),
    /// No more operations will come.
    EndOfInput,
    /// An operation that was told to start could not be.
    SpawnFailed(Key, SpawnFailure),
    /// The locks that were asked for are held.
    LocksTaken(Key),
    /// A lock is held by somebody else; it is waited for.
    LocksWait(Key, String),
    /// A lock cannot be had at all: the reason.
    LocksFailed(Key, String),
    /// A token was taken, as was asked.
    TokenTaken,
    /// There is no token now.
    TokenMissing,
    /// The pool may hold a token again.
    TokenReady,
    /// An attempt has written something; told where the rules listen for it.
    Heard(Key),
    /// The leader of an attempt has ended; its output or its group may not have.
    Exited(Key, Ending),
    /// Somebody is left of an attempt whose leader has ended, and is to be ended, too.
    Strays(Key),
    /// An attempt is over: leader ended, group empty, output read to its end.
    /// A verdict of the output (`fail_if`, `ok_if`) makes a success a failure.
    Over(Key, Option<String>),
    /// An attempt that is over was killed for want of memory; told before that it is over.
    OutOfMemory(Key),
    /// What an attempt does at the moment: the answer to `Observe`.
    Does(Key, Does),
    /// What an attempt that is over took; told before that it is over, where there are kinds.
    Took(Key, Work),
    /// An attempt is to be ended for a reason of its own.
    Fail(Key, String),
    /// The run is to end.
    Cancel(Cancel),
    /// There are that many slots from now on, at least one.
    Slots(u32),
    /// Nothing is to be started until `Resume`; what runs goes on.
    Pause,
    /// What may start starts again.
    Resume,
    /// An attempt was told to come again after so long: heeded if it fails.
    RetryAfter(Key, Seconds),
    /// What the machine is like: the answer to `Look`, or since something has happened there.
    Machine(Machine),
}

/// How a run is ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cancel {
    /// Start nothing more, let what runs end.
    Drain,
    /// End what runs: TERM, grace, KILL.
    Stop,
    /// Kill at once.
    Kill,
}

/// Why an attempt could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpawnFailure {
    /// A lack that may pass: processes, descriptors, memory.
    Lack(String),
    /// It never can be: not found, not executable. With the shell's status.
    Never(String, u8),
}

/// How a leader ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with a status.
    Exit(i32),
    /// A signal ended it.
    Signal(i32),
}

impl Ending {
    /// The status a shell would report.
    pub fn shell_status(self) -> u8 {
        match self {
            Ending::Exit(status) => status as u8,
            Ending::Signal(signal) => 128u8.saturating_add(signal as u8),
        }
    }
}

/// How an attempt went, for the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its leader ended.
    Ended(Ending),
    /// It could not be run; the status a shell would report.
    NotRun(u8),
}

impl How {
    /// The status a shell would report.
    pub fn shell_status(self) -> u8 {
        match self {
            How::Ended(ending) => ending.shell_status(),
            How::NotRun(status) => status,
        }
    }
}

/// Which command of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What makes its slot ready, where it is the first there.
    SetUp,
    /// The `check` that may make it unnecessary.
    Check,
    /// The operation itself.
    Main,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Take the locks of an operation, or begin to wait for them; answer with
    /// `LocksTaken`, `LocksWait` or `LocksFailed` before the next poll.
    TakeLocks(Key),
    /// Look at the machine; answer with `Machine` before the next poll.
    Look,
    /// Look what an attempt does; answer with `Does` before the next poll, if it can be seen.
    Observe(Key),
    /// It was found what operations of a family do.
    Found(KindFound),
    /// An emergency has begun, goes on or is over: say so.
    Throttled {
        /// Slots before.
        from: u32,
        /// Slots now.
        to: u32,
        /// What all rules leave of the slots, however many there are; all of them where it is
        /// `u32::MAX`.
        cap: u32,
        /// Which rule, and what of it.
        reason: String,
    },
    /// Stop waiting for locks.
    CancelLocks(Key),
    /// Give the locks back.
    DropLocks(Key),
    /// Take a token from the pool; answer with `TokenTaken` or `TokenMissing` before
    /// the next poll.
    TakeToken,
    /// Put a token back into the pool.
    GiveToken,
    /// Start an attempt.
    Spawn {
        /// The operation.
        key: Key,
        /// Which spawn of it, from 1.
        attempt: u32,
        /// Place to run, from 1.
        slot: u32,
        /// Which of its commands.
        part: Part,
        /// No further attempt can follow: its output may be streamed.
        last: bool,
    },
    /// The set-up of a slot has failed, so that the run ends: say so.
    Unfit {
        /// The slot.
        slot: u32,
        /// How it ended, or why it could not be run.
        reason: String,
    },
    /// Send an attempt's group the signal of that number.
    Signal(Key, i32),
    /// Wait no longer for an attempt's group to become empty.
    Abandon(Key),
    /// An attempt has written nothing for so long: say so.
    Silent {
        /// The operation.
        key: Key,
        /// How long.
        silent: Seconds,
    },
    /// An attempt's leader has ended, and its time for output is over: read no more.
    /// Who is left of it now has outlived it.
    CloseOutput(Key),
    /// An attempt is over and decided.
    End(Ended),
    /// Another attempt is due after a pause.
    Retry {
        /// The operation.
        key: Key,
        /// The attempt to come.
        attempt: u32,
        /// The pause.
        delay: Seconds,
        /// What failed.
        reason: String,
        /// What is run then: 0 for what was chosen first, else which of the alternatives.
        mode: u32,
    },
    /// Reality has departed from the schedule: what is left was planned anew, and may have
    /// another order now.
    Replanned {
        /// What has happened.
        reason: String,
        /// Operations that had not been started.
        left: u64,
        /// How long all would have taken from now on.
        before: Seconds,
        /// How long they take by the new plan; no less where there is none better.
        after: Seconds,
    },
    /// An operation never ran.
    Skip {
        /// The operation.
        key: Key,
        /// Skip, or error where it cannot be run.
        result: Outcome,
        /// Why.
        reason: String,
    },
    /// Everything is over.
    Done,
}

/// How an attempt was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The operation.
    pub key: Key,
    /// Which spawn of it.
    pub attempt: u32,
    /// No further attempt follows.
    pub last: bool,
    /// It made room for others, and is started again later.
    pub evicted: bool,
    /// Place it ran.
    pub slot: u32,
    /// Result of the attempt.
    pub result: Outcome,
    /// Why, where the ending alone does not say it.
    pub reason: String,
    /// From being ready to being started.
    pub queued: Seconds,
    /// The same by cause.
    pub blocked: Vec<(String, Seconds)>,
    /// When the operation was to start, in an open loop.
    pub intended: Option<Seconds>,
}
