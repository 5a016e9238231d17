//! Who waited for which lock, how long, and for whom.

use crate::run::top::Top;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{LockUse, LockWaited, Seconds};

/// More locks than this are not told apart.
const MOST: usize = 100_000;

/// Less is the taking itself.
const LEAST: Seconds = Seconds::from_micros(1_000);

/// Sums by lock and the longest waits.
#[derive(Clone, Debug)]
pub struct Locks {
    uses: HashMap<String, LockUse, FixedState>,
    waits: Top<LockWaited>,
    /// Who holds what somebody waits for now: lock and waiter to holder.
    waiting: HashMap<(String, String), String, FixedState>,
}

impl Locks {
    /// Keeps the `most` longest waits.
    pub fn new(most: usize) -> Self {
        Locks { uses: HashMap::default(), waits: Top::new(most), waiting: HashMap::default() }
    }

    /// True where no lock was used.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty()
    }

    fn of(&mut self, name: &str) -> &mut LockUse {
        let name =
            if self.uses.len() >= MOST && !self.uses.contains_key(name) { "others" } else { name };
        self.uses
            .entry_ref(name)
            .or_insert_with(|| LockUse { name: name.to_string(), ..LockUse::default() })
    }

    /// Somebody begins to wait for `holder`.
    pub fn wait(&mut self, name: &str, who: &str, holder: String) {
        if self.waiting.len() < MOST {
            self.waiting.insert((name.to_string(), who.to_string()), holder);
        }
    }

    /// Somebody waited for the lock; `behind` where its events did not say for whom.
    pub fn waited(&mut self, name: &str, who: &str, (time, behind): (Seconds, &str)) {
        let told = if self.waiting.is_empty() {
            None
        } else {
            self.waiting.remove(&(name.to_string(), who.to_string()))
        };
        let lock = self.of(name);
        if time < LEAST {
            return;
        }
        lock.waits += 1;
        lock.waited_s += time;
        self.waits.offer(time, || LockWaited {
            name: name.to_string(),
            id: who.to_string(),
            waited_s: time,
            behind: told.filter(|who| !who.is_empty()).unwrap_or_else(|| behind.to_string()),
        });
    }

    /// Somebody held the lock.
    pub fn held(&mut self, name: &str, time: Seconds) {
        self.of(name).held_s += time;
    }

    /// Locks by time waited, then held, then name; and the longest waits.
    pub fn into_told(self, most: usize) -> (Vec<LockUse>, Vec<LockWaited>) {
        let mut uses: Vec<LockUse> = self.uses.into_values().collect();
        uses.sort_by(|a, b| {
            (b.waited_s, b.held_s).cmp(&(a.waited_s, a.held_s)).then_with(|| a.name.cmp(&b.name))
        });
        uses.truncate(most);
        (uses, self.waits.into_rows().into_iter().map(|row| row.1).collect())
    }
}

/// How a process is called that is no operation of the run.
pub fn pid_name(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!("pid {pid}"))
}
