//! When the guardian is sent for: not for a single short command, which is over
//! before it would be there. Where it is known that another command will follow, it comes
//! before the first.

use super::settings::{Confined, cpus};
use record::Seconds;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use sys::cgroup::{Cgroup, Own};
use sys::guardian::{Charge, Groups, Guardian};
use sys::jobserver::Pool;
use sys::proc::cgroup::Membership;
use sys::quota::Quota;

/// A first command that runs longer than this is guarded.
const SHORT: Seconds = Seconds::from_micros(2_000);

#[derive(Debug)]
enum State {
    /// Nothing was started.
    Idle,
    /// One command was started; the guardian is due at this time.
    Due(Seconds),
    /// It is there, and so is what the commands are born in, where that can be had.
    There(Guardian),
    /// No process could be made: leaders are killed by the kernel with us, the rest is not.
    Without,
}

/// What becomes of processes that outlive their operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    Nobody,
    Strays,
}

/// Who counts the processes that are killed for want of memory.
#[derive(Debug, Default)]
struct Memory {
    own: Own,
    /// Those that have been told, or were before us.
    told: Option<u64>,
}

/// The groups of the attempts, and the guardian where there is one.
#[derive(Debug)]
pub struct Guard {
    groups: Arc<Groups>,
    state: State,
    /// Entry in the environment of every command.
    marker: String,
    /// What the commands are born in, once the guardian is there to remove it.
    cgroup: Option<Arc<Cgroup>>,
    /// Name of the run.
    run_id: String,
    /// What outlives its operation may live on.
    leave: Leave,
    memory: Memory,
    /// What the commands are held to,
    confined: Confined,
    /// and the groups that do so: all for their CPU time, and each for its memory.
    cpu: Option<Quota>,
    each: Option<Quota>,
    /// What could not be had, to be told, once.
    pub lack: Option<String>,
    lacked: bool,
    /// Nobody but us holds them to their CPU time.
    pub by_stops: bool,
    /// Tokens that may be held.
    pool: Option<Arc<Pool>>,
}

impl Guard {
    /// Guards nothing yet.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new(
        run_id: &str,
        pool: Option<Arc<Pool>>,
        (leave, confined): (Leave, Confined),
    ) -> io::Result<Self> {
        Ok(Guard {
            groups: Arc::new(Groups::new()?),
            state: State::Idle,
            marker: format!("PG_RUN={run_id}"),
            cgroup: None,
            run_id: run_id.to_string(),
            leave,
            memory: Memory::default(),
            confined,
            cpu: None,
            each: None,
            lack: None,
            lacked: false,
            by_stops: false,
            pool,
        })
    }

    /// Entry in the environment of every command of this run.
    pub fn marker(&self) -> &str {
        &self.marker
    }

    /// What the commands are born in from now on.
    pub fn cgroup(&self) -> Option<Arc<Cgroup>> {
        self.cgroup.clone()
    }

    /// Where the commands write their groups.
    pub fn groups(&self) -> Arc<Groups> {
        Arc::clone(&self.groups)
    }

    /// The group of this leader is in a place, whoever was there before.
    pub fn hold_at(&self, at: usize, leader: u32) {
        if let Some(place) = self.groups.place(at) {
            place.store(leader, Ordering::Relaxed);
        }
    }

    /// The group in a place has been dealt with.
    pub fn clear(&self, at: usize) {
        self.groups.clear(at);
    }

    /// A command was started, and the guardian is not there yet.
    pub fn is_due(&self) -> bool {
        matches!(self.state, State::Due(_))
    }

    /// A command has been started.
    pub fn started(&mut self, now: Seconds) {
        if matches!(self.state, State::Idle) {
            self.state = State::Due(now + SHORT);
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

    /// Sends for the guardian at once: another command is about to be started, or a token
    /// to be taken, which must not be lost with us.
    pub fn call(&mut self) {
        if matches!(self.state, State::Idle | State::Due(_)) {
            self.send();
        }
    }

    fn send(&mut self) {
        let own = Own::read();
        self.memory = Memory { told: own.out_of_memory_kills(), own };
        let ends_all = self.leave == Leave::Nobody;
        if ends_all {
            // the run's name may be a path of runs
            let name = format!("pgrun-{}", self.run_id.replace('/', "-"));
            self.cgroup = Cgroup::make(&self.memory.own, &name).ok().map(Arc::new);
        }
        self.hold();
        let quotas: Vec<PathBuf> = [&self.cpu, &self.each]
            .into_iter()
            .flatten()
            .filter_map(|quota| quota.folder().map(PathBuf::from))
            .collect();
        let charge = Charge {
            quotas: &quotas,
            groups: &self.groups,
            marker: ends_all.then_some(self.marker.as_str()),
            cgroup: self.cgroup.as_deref(),
            pool: self.pool.as_deref(),
        };
        self.state = match Guardian::begin(&charge) {
            Ok(guardian) => State::There(guardian),
            Err(_) => State::Without,
        };
    }

    /// Makes the groups that hold commands to what they may have.
    fn hold(&mut self) {
        let name = format!("pgrun-{}", self.run_id.replace('/', "-"));
        let born = self.cgroup.as_ref().map(|group| group.path());
        let make = |controller| {
            let none = || io::Error::from(io::ErrorKind::NotFound);
            let own = Membership::own(Path::new("/proc")).ok_or_else(none)?;
            Quota::make(&own, (controller, &name), born)
        };
        if let Some(share) = self.confined.cpu {
            let made = make("cpu");
            let held = made.and_then(|quota| {
                quota.limit_cpus(share * f64::from(cpus()))?;
                Ok(quota)
            });
            self.by_stops = held.is_err();
            self.cpu = held.ok();
        }
        if self.confined.memory.is_some() {
            match make("memory") {
                Ok(quota) => self.each = Some(quota),
                Err(error) => self.is_lacking(&error),
            }
        }
    }

    /// A command has been started: it is held to what it may have. Returns the group that is
    /// its own.
    pub fn confine(&mut self, pid: u32, start: u64) -> Option<Quota> {
        if let Some(quota) = &self.cpu
            && quota.folder().is_some()
        {
            // one that cannot be put there has ended, or runs as it would without
            let _ = quota.take_in(pid);
        }
        let (each, bytes) = (self.each.as_ref()?, self.confined.memory?);
        let made = each.inner(&format!("op-{start}")).and_then(|quota| {
            quota.limit_memory(bytes)?;
            quota.take_in(pid)?;
            Ok(quota)
        });
        made.map_err(|error| self.is_lacking(&error)).ok()
    }

    fn is_lacking(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.lacked, true) {
            let reason = crate::fail::reason(error);
            self.lack = Some(format!(
                "--op-mem: no control group can be had ({reason}): jobs use what they want"
            ));
        }
    }

    /// In so many periods the kernel has held commands back that had used up their CPU time.
    pub fn throttled(&self) -> u64 {
        self.cpu.as_ref().map_or(0, Quota::throttled)
    }

    /// Commands are held to something, for which their groups must be there.
    pub fn confines(&self) -> bool {
        self.confined.cpu.is_some() || self.confined.memory.is_some()
    }

    /// A command was killed by a signal that was not ours: had memory run out? Each kill
    /// that was counted explains one.
    pub fn is_out_of_memory(&mut self) -> bool {
        let (Some(told), Some(now)) = (self.memory.told, self.memory.own.out_of_memory_kills())
        else {
            return false;
        };
        if now > told {
            self.memory.told = Some(told + 1);
        }
        now > told
    }

    /// What keeps the commands together now.
    pub fn level(&self) -> &'static str {
        match (&self.state, &self.cgroup) {
            (State::There(_), Some(_)) => "cgroup+subreaper+guardian",
            (State::There(_), None) => "group+subreaper+guardian",
            (_, Some(_)) => "cgroup+subreaper",
            (_, None) => "group+subreaper",
        }
    }

    /// A process was born in what the commands are born in.
    pub fn holds(&self, pid: u32) -> bool {
        self.cgroup.as_ref().is_some_and(|group| group.holds(pid))
    }

    /// The guardian's number.
    pub fn pid(&self) -> Option<u32> {
        match &self.state {
            State::There(guardian) => Some(guardian.pid()),
            State::Idle | State::Due(_) | State::Without => None,
        }
    }

    /// Kills all that runs, wherever it has gone.
    pub fn kill_all(&self) {
        if let Some(group) = &self.cgroup {
            // without it each is killed as it is found
            let _ = group.kill();
        }
    }

    /// Stops all that runs, wherever it has gone.
    pub fn freeze(&self) {
        if let Some(group) = &self.cgroup {
            let _ = group.freeze();
        }
    }

    /// All runs again.
    pub fn thaw(&self) {
        if let Some(group) = &self.cgroup {
            let _ = group.thaw();
        }
    }

    /// None is sent for: it could not be.
    pub fn do_without(&mut self) {
        self.state = State::Without;
    }

    /// It is there, or cannot be: this process makes no copy of itself any more.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, State::There(_) | State::Without)
    }

    /// All is over and well.
    pub fn dismiss(&mut self) {
        self.cpu = None;
        self.each = None;
        if let Some(group) = self.cgroup.take() {
            group.end();
        }
        if let State::There(guardian) = std::mem::replace(&mut self.state, State::Idle) {
            guardian.dismiss();
        }
    }
}
