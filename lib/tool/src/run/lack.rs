//! A lack that may pass: of processes and descriptors for another start, of the kernel's
//! memory for another watch.

use super::attempt::Attempt;
use super::drive::{Runner, attempt_token};
use engine::{Cancel, Input};
use record::Seconds;
use sys::poller::{Ready, Want};

/// A lack of processes or descriptors that has lasted so long is told.
const TELL_LACK: Seconds = Seconds::from_secs(1);

/// One that has lasted so long, while nothing ran, ends the run.
const MOST_LACK: Seconds = Seconds::from_secs(60);

/// What the kernel would not watch is looked at after so long.
pub const LOOK_AGAIN: Seconds = Seconds::from_micros(100_000);

impl Runner {
    /// There is too little of something to start a command. The engine tries again when
    /// another has ended, and after a while; that is said once it has lasted. Where nothing
    /// of ours runs and it lasts, it does not pass by itself.
    pub fn bear_lack(&mut self, now: Seconds, reason: &str) {
        let (since, told) = *self.room.lack.get_or_insert((now, false));
        let lasted = now - since;
        if lasted >= TELL_LACK && !told {
            self.room.lack = Some((since, true));
            self.notes.push(format!("no command can be started: {reason}; it is tried again"));
        }
        if lasted >= MOST_LACK && self.engine.running() == 0 && !self.engine.is_cancelled() {
            self.lose(format!(
                "no command could be started for {} s: {reason}; what was left was not run",
                MOST_LACK.to_duration().as_secs()
            ));
            self.engine.handle(now, Input::Cancel(Cancel::Drain));
        }
    }

    /// Watches an attempt's output from now on.
    pub fn watch_pipes(&mut self, attempt: &mut Attempt, at: usize) {
        if attempt.watched {
            return;
        }
        attempt.watched = true;
        for which in 0..attempt.pipes.len() {
            self.watch_one(attempt, at, which + 1);
        }
    }

    /// Watches one descriptor of an attempt: 0 its process, 1 and 2 its output.
    fn watch_one(&mut self, attempt: &Attempt, at: usize, which: usize) {
        let token = attempt_token(at, which);
        let Some(poller) = self.lanes.poller(attempt.lane) else { return };
        let watched = match which {
            0 => poller.add(&attempt.child.pidfd, token, Want::Read),
            _ => match attempt.pipes.get(which - 1).and_then(Option::as_ref) {
                Some(pipe) => poller.add(pipe, token, Want::Read),
                None => return,
            },
        };
        if watched.is_err_and(|e| e.kind() != std::io::ErrorKind::AlreadyExists) {
            self.hear_later(token);
        }
    }

    /// A descriptor that the kernel would not watch: it is looked at after a while.
    pub fn hear_later(&mut self, token: usize) {
        if !self.room.unheard.contains(&token) {
            self.room.unheard.push(token);
        }
        self.room.hear_due.get_or_insert(self.clock.now() + LOOK_AGAIN);
    }

    /// Looks at what the kernel would not watch, and asks it once more.
    pub fn hear_unwatched(&mut self) {
        let now = self.clock.now();
        if self.room.hear_due.is_none_or(|due| due > now) {
            return;
        }
        self.room.hear_due = None;
        for token in std::mem::take(&mut self.room.unheard) {
            // watched first: what comes between is then heard of
            if let Some((at, which)) = super::drive::attempt_of(token)
                && let Some(attempt) = self.attempts.get_mut(at).and_then(Option::take)
            {
                self.watch_one(&attempt, at, which);
                self.attempts[at] = Some(attempt);
            }
            self.hear(Ready { token, readable: true, writable: true });
        }
    }
}
