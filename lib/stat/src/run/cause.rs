//! What an operation, and so a run, can have waited for.

use super::restraint::holds_all;
use alloc::string::String;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::Seconds;

/// A cause: the fixed ones, and locks and resources by their number in [`Causes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause(u32);

impl Cause {
    /// Operations ran that others needed.
    pub const PATH: Cause = Cause(0);
    /// Every slot was taken.
    pub const SLOTS: Cause = Cause(1);
    /// Attempts failed and were repeated.
    pub const RETRIES: Cause = Cause(2);
    /// Everything was there, and the operation was not started yet.
    pub const START: Cause = Cause(3);
    /// The reader of the output was slow.
    pub const OUTPUT: Cause = Cause(4);
    /// Nothing was ready: the input had not come.
    pub const INPUT: Cause = Cause(5);
    /// Others had all tokens of the jobserver.
    pub const TOKENS: Cause = Cause(6);
    /// Attempts ran until a timeout ended them.
    pub const TIMEOUTS: Cause = Cause(7);
}

const FIXED: [&str; 8] =
    ["path", "slots", "retries", "start", "output", "input", "tokens", "timeouts"];

/// The names of the causes of one run.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    named: Vec<String>,
    /// Which of them hold back all starts.
    shutting: Vec<bool>,
    places: HashMap<String, u32, FixedState>,
    word: String,
}

impl Causes {
    /// The cause behind a key of `blocked_s`.
    pub fn of_blocked(&mut self, key: &str) -> Cause {
        match key {
            "slot" => Cause::SLOTS,
            "retry" => Cause::RETRIES,
            "start" => Cause::START,
            "output" => Cause::OUTPUT,
            "token" => Cause::TOKENS,
            // not the machine's figures of these names
            "cpu" => self.named("", "max-cpu"),
            "memory" => self.named("", "max-mem"),
            _ => self.named("", key),
        }
    }

    /// The cause of a lock.
    pub fn lock(&mut self, name: &str) -> Cause {
        self.named("lock:", name)
    }

    /// The cause of a resource.
    pub fn resource(&mut self, name: &str) -> Cause {
        self.named("resource:", name)
    }

    fn named(&mut self, kind: &str, name: &str) -> Cause {
        self.word.clear();
        self.word.push_str(kind);
        self.word.push_str(name);
        if let Some(place) = self.places.get(self.word.as_str()) {
            return Cause(*place);
        }
        let place = (FIXED.len() + self.named.len()) as u32;
        self.named.push(self.word.clone());
        self.shutting.push(holds_all(&self.word));
        self.places.insert(self.word.clone(), place);
        Cause(place)
    }

    /// The word of a report.
    pub fn word(&self, cause: Cause) -> &str {
        let place = cause.0 as usize;
        match FIXED.get(place) {
            Some(word) => word,
            None => self.named.get(place - FIXED.len()).map_or("", String::as_str),
        }
    }

    /// The name of a lock, where the cause is one.
    pub fn lock_name(&self, cause: Cause) -> Option<&str> {
        self.word(cause).strip_prefix("lock:")
    }

    /// Microseconds waited for slots, locks, resources, anything else.
    pub fn by_kind(&self, waits: &Ledger) -> [u64; 4] {
        let mut kinds = [0; 4];
        for (cause, time) in &waits.0 {
            let kind = match *cause {
                Cause::SLOTS => 0,
                fixed if Causes::place(fixed) < FIXED.len() => 3,
                named if self.lock_name(named).is_some() => 1,
                named if self.word(named).starts_with("resource:") => 2,
                _ => 3,
            };
            kinds[kind] += time.as_micros().max(0) as u64;
        }
        kinds
    }

    /// True for what holds back all starts.
    pub fn shuts(&self, cause: Cause) -> bool {
        let named = Causes::place(cause).checked_sub(FIXED.len());
        named.is_some_and(|place| self.shutting.get(place).is_some_and(|shuts| *shuts))
    }

    /// True for what an operation holds while it runs.
    pub fn is_held(&self, cause: Cause) -> bool {
        let word = self.word(cause);
        word.starts_with("lock:") || word.starts_with("resource:")
    }

    /// Place of the cause in a list by cause.
    pub fn place(cause: Cause) -> usize {
        cause.0 as usize
    }

    /// The cause at a place.
    pub fn at(place: usize) -> Cause {
        Cause(place as u32)
    }
}

/// Time by cause, in the order in which causes first came.
#[derive(Clone, Debug, Default)]
pub struct Ledger(pub Vec<(Cause, Seconds)>);

impl Ledger {
    /// Adds time to a cause; none is no entry.
    pub fn add(&mut self, cause: Cause, time: Seconds) {
        if time <= Seconds::ZERO {
            return;
        }
        match self.0.iter_mut().find(|row| row.0 == cause) {
            Some(row) => row.1 += time,
            None => self.0.push((cause, time)),
        }
    }

    /// Takes time from a cause.
    pub fn take(&mut self, cause: Cause, time: Seconds) {
        self.0.iter_mut().filter(|row| row.0 == cause).for_each(|row| row.1 = row.1 - time);
        self.0.retain(|row| row.1 > Seconds::ZERO);
    }

    /// Time of a cause.
    pub fn get(&self, cause: Cause) -> Seconds {
        self.0.iter().find(|row| row.0 == cause).map_or(Seconds::ZERO, |row| row.1)
    }

    /// Time of all causes.
    pub fn sum(&self) -> Seconds {
        self.0.iter().map(|row| row.1).sum()
    }

    /// Shrinks every entry in proportion so that the sum is at most `room`;
    /// what rounding takes stays with the greatest.
    pub fn fit(&mut self, room: Seconds) {
        let sum = self.sum();
        let room = room.max(Seconds::ZERO);
        if sum <= room {
            return;
        }
        for (_, time) in &mut self.0 {
            let part = i128::from(time.as_micros()) * i128::from(room.as_micros());
            *time = Seconds::from_micros((part / i128::from(sum.as_micros())) as i64);
        }
        let lost = room - self.sum();
        if let Some(greatest) = self.0.iter_mut().max_by_key(|row| row.1) {
            greatest.1 += lost;
        }
    }

    /// The cause that took most; among equals the first.
    pub fn greatest(&self) -> Option<(Cause, Seconds)> {
        self.0.iter().copied().reduce(|most, row| if row.1 > most.1 { row } else { most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_fits_exactly() {
        let mut ledger = Ledger::default();
        ledger.add(Cause::SLOTS, Seconds::from_micros(7));
        ledger.add(Cause::PATH, Seconds::from_micros(6));
        ledger.fit(Seconds::from_micros(10));
        assert_eq!(ledger.sum(), Seconds::from_micros(10));
        assert_eq!(ledger.greatest().map(|row| row.0), Some(Cause::SLOTS));
    }

    #[test]
    fn causes_are_found_again_by_name() {
        let mut causes = Causes::default();
        let lock = causes.of_blocked("lock:msi");
        assert_eq!(causes.lock("msi"), lock);
        assert_ne!(causes.resource("msi"), lock);
        assert_eq!(causes.word(lock), "lock:msi");
        let token = causes.of_blocked("token");
        let held = causes.of_blocked("cpu");
        assert_eq!(causes.word(held), "max-cpu", "the CPUs themselves are another cause");
        assert_eq!((token, causes.word(token)), (Cause::TOKENS, "tokens"));
        assert_eq!((causes.lock_name(lock), causes.lock_name(Cause::PATH)), (Some("msi"), None));
    }
}
