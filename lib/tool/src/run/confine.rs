//! What commands may have: each is put where the kernel holds it to that, and when it was
//! killed for want of memory, that is known.

use super::attempt::Attempt;
use super::drive::Runner;
use engine::Input;
use record::Seconds;
use sys::quota::Quota;
use sys::signal::SIGKILL;
use sys::wait::Ending;

impl Runner {
    /// It was killed, and not by us: had memory run out?
    fn is_out_of_memory(&mut self, attempt: &Attempt) -> bool {
        let killed = match attempt.exited {
            Some((Ending::Signal(number), ..)) => number == SIGKILL,
            // a shell whose command was
            Some((Ending::Exit(status), ..)) => status == 128 + SIGKILL,
            None => false,
        };
        killed && attempt.told.is_none() && self.guard.is_out_of_memory()
    }

    /// An attempt is over: what it was killed for. By its own limit it would be again, so
    /// that it is repeated only where that is asked for.
    pub fn judge_memory(&mut self, now: Seconds, attempt: &mut Attempt) {
        let failed = !matches!(attempt.exited, Some((Ending::Exit(0), ..)));
        let by_its_own = failed && attempt.quota.take().is_some_and(|quota| quota.kills() > 0);
        attempt.oom = by_its_own || self.is_out_of_memory(attempt);
        let asked = self.settings.confined.retry_oom.is_some();
        if by_its_own || attempt.oom && asked {
            self.engine.handle(now, Input::OutOfMemory(attempt.key));
        }
    }

    /// A command has been started: it is held to what it may have.
    pub fn confine(&mut self, pid: u32) -> Option<Quota> {
        if !self.guard.confines() {
            return None;
        }
        let quota = self.guard.confine(pid, self.lanes.starts());
        self.notes.extend(self.guard.lack.take());
        quota
    }
}
