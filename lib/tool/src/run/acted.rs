//! `--explain` at the end: which of the mechanisms that hold a run down or help it on have acted,
//! and how often. What was not asked for does nothing, and has no line.

use super::drive::Runner;
use engine::{Ended, Throttle};
use record::{OpEnd, Outcome, Seconds};
use std::collections::BTreeMap;

/// Who has changed how many slots there are, or whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What finds the best number while it runs.
    Auto,
    /// What finds of which kind operations are.
    Kinds,
    /// Other runs that have a part of them.
    Share,
    /// The file of `-j`.
    File,
    Signal,
    /// Who gives orders.
    Control,
    /// What tries some on a part of the items.
    Tuning,
    Emergency,
}

impl By {
    const fn act(self) -> &'static str {
        match self {
            By::Auto => "-j auto changed the slots",
            By::Kinds => "-j KIND=N found what commands do",
            By::Share => "--share changed the slots",
            By::File => "the file of -j changed the slots",
            By::Signal => "a signal changed the slots",
            By::Control => "--control changed the slots",
            By::Tuning => "--tune or --sample changed the slots",
            By::Emergency => "--emergency began or ended a measure",
        }
    }
}

/// What was done, how often, and for how long where it takes time; nothing where nobody asks.
#[derive(Debug, Default)]
pub struct Acted(Option<BTreeMap<&'static str, (u64, Seconds)>>);

impl Acted {
    /// One that counts.
    pub fn counting() -> Self {
        Acted(Some(BTreeMap::new()))
    }

    /// Somebody wants to know.
    pub fn is_asked_for(&self) -> bool {
        self.0.is_some()
    }

    /// Something was done so often, for so long in all.
    pub fn add(&mut self, act: &'static str, (times, lasted): (u64, Seconds)) {
        if let Some(acts) = self.0.as_mut().filter(|_| times > 0) {
            let (count, sum) = acts.entry(act).or_default();
            *count += times;
            *sum += lasted;
        }
    }

    /// It was done once more, and took no time.
    pub fn once(&mut self, act: &'static str) {
        self.add(act, (1, Seconds::ZERO));
    }

    /// How many slots there are was changed.
    pub fn slots(&mut self, by: By) {
        self.once(by.act());
    }

    /// An attempt has ended: what it had waited for before, and what becomes of it.
    pub fn ended(&mut self, ended: &Ended, event: &OpEnd) {
        if !self.is_asked_for() {
            return;
        }
        for (cause, time) in &ended.blocked {
            if let Some(act) = delayed(cause) {
                self.add(act, (1, *time));
            }
        }
        if event.oom {
            self.once("the kernel killed jobs that wanted more memory");
        }
        match () {
            () if ended.evicted => self.once("jobs made room for others"),
            () if ended.last => {}
            () if event.oom => self.once("--retry-oom repeated jobs"),
            () => self.once("--retries repeated jobs"),
        }
        if ended.result == Outcome::Timeout {
            self.once("a timeout ended jobs");
        }
    }

    fn lines(&self) -> Vec<String> {
        let line = |(act, (times, lasted)): (&&str, &(u64, Seconds))| {
            let times = if *times == 1 { "once".to_string() } else { format!("{times} times") };
            let lasted = Some(*lasted).filter(|lasted| *lasted > Seconds::ZERO);
            let lasted = lasted.map_or_else(String::new, |time| format!(", {time} s in all"));
            format!("acted: {act} {times}{lasted}")
        };
        self.0.iter().flatten().map(line).collect()
    }
}

/// What delays jobs one by one, by the name in `blocked_s`. Slots and pauses after a failure are no
/// mechanisms of their own; what holds back all starts is counted by the gate.
fn delayed(cause: &str) -> Option<&'static str> {
    match cause.split_once(':').map_or(cause, |(kind, _)| kind) {
        "key" => Some("--key-limit delayed jobs"),
        "rate" => Some("--rate delayed jobs"),
        "quota" => Some("--quota delayed jobs"),
        "retry-after" => Some("--retry-after delayed jobs"),
        "resource" => Some("resources delayed jobs"),
        "lock" => Some("locks delayed jobs"),
        "token" => Some("the jobserver delayed jobs"),
        "schedule" => Some("the schedule delayed jobs"),
        // the limits of kinds; all slots together are no other mechanism than the run itself
        "slot" if cause.contains(':') => Some("-j KIND=N delayed jobs"),
        _ => None,
    }
}

fn held(throttle: Throttle) -> &'static str {
    match throttle {
        Throttle::Pause => "--control held starts back",
        Throttle::Delay => "--delay held starts back",
        Throttle::Load => "--load held starts back",
        Throttle::Cpu => "--max-cpu held starts back",
        Throttle::Memory => "--memfree or --max-mem held starts back",
        Throttle::OwnMemory => "--mem-limit held starts back",
        Throttle::Emergency => "--emergency held starts back",
        Throttle::Swap => "--noswap held starts back",
        Throttle::Ramp => "--ramp held starts back",
    }
}

impl Runner {
    /// `--explain`: a line for each mechanism that has acted.
    pub fn say_what_acted(&mut self) {
        if !self.oversight.acted.is_asked_for() {
            return;
        }
        let gate = self.engine.held(self.clock.now());
        let gate = gate.into_iter().map(|(by, times, time)| (held(by), (times, time)));
        let batches = self.feed.batches();
        let starts = self.lanes.workers.times.costs();
        let began = |kind: &str| starts.get(kind).map_or(0, |cost| cost.n);
        let others = [
            ("--batch filled batches", batches.full),
            ("--batch-wait let batches leave", batches.due),
            ("--chunk auto put items together", batches.learnt),
            ("--warm began jobs", began("warm")),
            ("--worker began jobs", began("worker")),
            ("--cpu-limit had the kernel hold jobs back", self.guard.throttled()),
        ];
        let others = others.into_iter().map(|(act, times)| (act, (times, Seconds::ZERO)));
        let acts: Vec<_> = gate.chain(others).collect();
        for (act, done) in acts {
            self.oversight.acted.add(act, done);
        }
        self.notes.extend(self.oversight.acted.lines());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_and_nothing_else() {
        let mut acted = Acted::counting();
        assert!(acted.lines().is_empty());
        acted.slots(By::Auto);
        acted.slots(By::Auto);
        acted.add(held(Throttle::Cpu), (1, Seconds::from_micros(1_500_000)));
        acted.add(held(Throttle::Load), (0, Seconds::ZERO));
        let told = [
            "acted: --max-cpu held starts back once, 1.5 s in all",
            "acted: -j auto changed the slots 2 times",
        ];
        assert_eq!(acted.lines(), told);
        let mut silent = Acted::default();
        silent.slots(By::Auto);
        assert!(silent.lines().is_empty());
    }

    #[test]
    fn a_cause_is_told_by_the_flag_that_made_it() {
        assert_eq!(delayed("key:db"), Some("--key-limit delayed jobs"));
        assert_eq!(delayed("rate"), Some("--rate delayed jobs"));
        assert_eq!(delayed("slot:cpu"), Some("-j KIND=N delayed jobs"));
        for none in ["slot", "start", "retry", "memory", "load"] {
            assert_eq!(delayed(none), None, "{none}");
        }
    }
}
