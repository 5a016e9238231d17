//! When the guardian is sent for: not for a single short command, which is over
//! before it would be there.

use record::Seconds;
use std::io;
use std::sync::Arc;
use sys::guardian::{Charge, Groups, Guardian};
use sys::jobserver::Pool;

/// A first command that runs longer than this is guarded.
const SHORT: Seconds = Seconds::from_micros(2_000);

#[derive(Debug)]
enum State {
    /// Nothing was started.
    Idle,
    /// One command was started; the guardian is due at this time.
    Due(Seconds),
    There(Guardian),
    /// No process could be made: leaders are killed by the kernel with us, the rest is not.
    Without,
}

/// The groups of the attempts, and the guardian where there is one.
#[derive(Debug)]
pub struct Guard {
    groups: Arc<Groups>,
    state: State,
    /// Entry in the environment of every command.
    marker: String,
    /// Tokens that may be held.
    pool: Option<Arc<Pool>>,
}

impl Guard {
    /// Guards nothing yet.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new(run_id: &str, pool: Option<Arc<Pool>>) -> io::Result<Self> {
        let marker = format!("PG_RUN={run_id}");
        Ok(Guard { groups: Arc::new(Groups::new()?), state: State::Idle, marker, pool })
    }

    /// Where the commands write their groups.
    pub fn groups(&self) -> Arc<Groups> {
        Arc::clone(&self.groups)
    }

    /// The group in a place has been dealt with.
    pub fn clear(&self, at: usize) {
        self.groups.clear(at);
    }

    /// A command has been started: the second one wants a guardian at once.
    pub fn started(&mut self, now: Seconds) {
        match self.state {
            State::Idle => self.state = State::Due(now + SHORT),
            State::Due(_) => self.send(),
            State::There(_) | State::Without => {}
        }
    }

    /// When the guardian is due, if it is not there.
    pub fn due(&self) -> Option<Seconds> {
        match self.state {
            State::Due(at) => Some(at),
            State::Idle | State::There(_) | State::Without => None,
        }
    }

    /// Sends for the guardian if it is due.
    pub fn look(&mut self, now: Seconds) {
        if self.due().is_some_and(|at| at <= now) {
            self.send();
        }
    }

    /// A token is about to be taken, which must not be lost with us.
    pub fn before_token(&mut self) {
        if matches!(self.state, State::Idle | State::Due(_)) {
            self.send();
        }
    }

    fn send(&mut self) {
        let (groups, marker) = (&self.groups, self.marker.as_str());
        let charge = Charge { groups, marker, pool: self.pool.as_deref() };
        self.state = match Guardian::begin(&charge) {
            Ok(guardian) => State::There(guardian),
            Err(_) => State::Without,
        };
    }

    /// None is sent for: it could not be.
    pub fn do_without(&mut self) {
        self.state = State::Without;
    }

    /// It is there, or cannot be: this process makes no copy of itself any more.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, State::There(_) | State::Without)
    }

    /// True where a guardian watches.
    pub fn is_there(&self) -> bool {
        matches!(self.state, State::There(_))
    }

    /// All is over and well.
    pub fn dismiss(&mut self) {
        if let State::There(guardian) = std::mem::replace(&mut self.state, State::Idle) {
            guardian.dismiss();
        }
    }
}
