//! Who waited for which lock, how long, and for whom; how it was held and handed on.

use crate::run::top::Top;
use crate::sketch::Coarse;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{LockStory, LockUse, LockWaited, Seconds};

/// More locks than this are not told apart.
const MOST: usize = 100_000;

/// Less is the taking itself.
const LEAST: Seconds = Seconds::from_micros(1_000);

/// Turns of all locks that are kept, to say who got a lock from whom.
const TURNS: usize = 1 << 16;

/// Who has a lock this soon after another had it got it from that one.
const AT_ONCE: Seconds = Seconds::from_micros(100_000);

/// So many that got it from each other while others waited make a convoy.
const CONVOY: usize = 3;

/// Somebody had a lock.
#[derive(Clone, Copy, Debug)]
struct Turn {
    asked: Seconds,
    start: Seconds,
    end: Seconds,
}

#[derive(Clone, Debug, Default)]
struct Lock {
    sums: LockUse,
    takes: u64,
    held: Coarse,
    longest_held: (Seconds, String),
    longest_wait: (Seconds, String, String),
    turns: Vec<Turn>,
}

/// Somebody had a lock, and when.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// Who.
    pub who: &'a str,
    /// When it was given back.
    pub end: Seconds,
    /// How long it was held.
    pub time: Seconds,
    /// How long it had been waited for before that, where that is known.
    pub waited: Seconds,
}

/// Sums by lock and the longest waits.
#[derive(Clone, Debug)]
pub struct Locks {
    uses: HashMap<String, Lock, FixedState>,
    waits: Top<LockWaited>,
    /// Who holds what somebody waits for now: lock and waiter to holder.
    waiting: HashMap<(String, String), String, FixedState>,
    turns: usize,
}

/// What is known of the locks at the end.
#[derive(Clone, Debug, Default)]
pub struct LockTale {
    /// Locks by time waited, then held, then name.
    pub uses: Vec<LockUse>,
    /// The longest waits.
    pub waits: Vec<LockWaited>,
    /// The same locks, with all that is known of them.
    pub stories: Vec<LockStory>,
}

impl Locks {
    /// Keeps the `most` longest waits.
    pub fn new(most: usize) -> Self {
        Locks {
            uses: HashMap::default(),
            waits: Top::new(most),
            waiting: HashMap::default(),
            turns: 0,
        }
    }

    /// True where no lock was used.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.waiting.is_empty()
    }

    fn of(&mut self, name: &str) -> &mut Lock {
        let name =
            if self.uses.len() >= MOST && !self.uses.contains_key(name) { "others" } else { name };
        self.uses.entry_ref(name).or_insert_with(|| Lock {
            sums: LockUse { name: name.to_string(), ..LockUse::default() },
            ..Lock::default()
        })
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
        lock.sums.waits += 1;
        lock.sums.waited_s += time;
        let behind = told.as_deref().filter(|who| !who.is_empty()).unwrap_or(behind);
        if time > lock.longest_wait.0 {
            lock.longest_wait = (time, who.to_string(), behind.to_string());
        }
        self.waits.offer(time, || LockWaited {
            name: name.to_string(),
            id: who.to_string(),
            waited_s: time,
            behind: behind.to_string(),
        });
    }

    /// Somebody held the lock.
    pub fn held(&mut self, name: &str, held: Held<'_>) {
        let keeps = self.turns < TURNS;
        self.turns += usize::from(keeps);
        let lock = self.of(name);
        lock.sums.held_s += held.time;
        lock.takes += 1;
        lock.held.add(held.time.as_micros().max(0) as u64);
        if held.time > lock.longest_held.0 {
            lock.longest_held = (held.time, held.who.to_string());
        }
        if keeps {
            let start = held.end - held.time;
            lock.turns.push(Turn { asked: start - held.waited, start, end: held.end });
        }
    }

    /// What is known at the end of a run of that length; lists at most `most` long.
    pub fn into_told(self, wall: Option<Seconds>, most: usize) -> LockTale {
        let mut all = self.uses;
        let circles = Circles::of(&self.waiting);
        let mut unfinished: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, _) in self.waiting.keys() {
            *unfinished.entry(name).or_default() += 1;
            all.entry_ref(name.as_str()).or_insert_with(|| Lock {
                sums: LockUse { name: name.clone(), ..LockUse::default() },
                ..Lock::default()
            });
        }
        let mut locks: Vec<Lock> = all.into_values().collect();
        locks.sort_by(|a, b| {
            let key = |lock: &Lock| (lock.sums.waited_s, lock.sums.held_s);
            key(b).cmp(&key(a)).then_with(|| a.sums.name.cmp(&b.sums.name))
        });
        locks.truncate(most);
        let story = |lock: &Lock| {
            let name = lock.sums.name.as_str();
            let unfinished = unfinished.get(name).copied().unwrap_or(0);
            LockStory { unfinished, circle: circles.through(name), ..lock.story(wall) }
        };
        LockTale {
            stories: locks.iter().map(story).collect(),
            uses: locks.iter().map(|lock| lock.sums.clone()).collect(),
            waits: self.waits.into_rows().into_iter().map(|row| row.1).collect(),
        }
    }
}

impl Lock {
    fn story(&self, wall: Option<Seconds>) -> LockStory {
        let micros = |value: u64| Seconds::from_micros(value as i64);
        let mut turns = self.turns.clone();
        turns.sort_by_key(|turn| (turn.start, turn.end));
        LockStory {
            name: self.sums.name.clone(),
            takes: self.takes,
            waits: self.sums.waits,
            waited_s: self.sums.waited_s,
            longest_wait_s: self.longest_wait.0,
            longest_waiter: self.longest_wait.1.clone(),
            longest_behind: self.longest_wait.2.clone(),
            held_s: self.sums.held_s,
            held_p50_s: micros(self.held.quantile(0.5)).min(self.longest_held.0),
            held_p95_s: micros(self.held.quantile(0.95)).min(self.longest_held.0),
            held_max_s: self.longest_held.0,
            longest_holder: self.longest_held.1.clone(),
            busy_share: wall
                .filter(|wall| *wall > Seconds::ZERO)
                .map(|wall| crate::rounded(self.sums.held_s.as_f64() / wall.as_f64())),
            queue_max: queue_max(&turns),
            convoy: convoy(&turns),
            ..LockStory::default()
        }
    }
}

/// Most that waited at once.
fn queue_max(turns: &[Turn]) -> u64 {
    let waits = turns.iter().filter(|turn| turn.start - turn.asked >= LEAST);
    let mut edges: Vec<(Seconds, i64)> =
        waits.flat_map(|turn| [(turn.asked, 1), (turn.start, -1)]).collect();
    edges.sort_unstable();
    let mut now = 0;
    let most = edges.into_iter().map(|(_, step)| {
        now += step;
        now
    });
    most.max().unwrap_or(0).max(0) as u64
}

/// A lock convoy (Blasgen, Gray, Mitoma, Price 1979): it goes from hand to hand, and whoever
/// gets it leaves others waiting.
fn convoy(turns: &[Turn]) -> bool {
    let mut row = 1;
    turns.windows(2).any(|pair| {
        let [before, now] = pair else { return false };
        let handed = now.asked < before.end && now.start - before.end <= AT_ONCE;
        row = if handed { row + 1 } else { 1 };
        row > CONVOY && turns.iter().any(|other| other.asked < now.start && other.start > now.start)
    })
}

/// Who waits for whom in a circle.
struct Circles(Vec<(Vec<String>, Vec<String>)>);

impl Circles {
    /// From lock and waiter to holder.
    fn of(waiting: &HashMap<(String, String), String, FixedState>) -> Self {
        let next: BTreeMap<&str, (&str, &str)> = waiting
            .iter()
            .map(|((lock, who), holder)| (who.as_str(), (holder.as_str(), lock.as_str())))
            .collect();
        let mut found: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for first in next.keys() {
            let (mut who, mut names, mut locks) = (*first, Vec::new(), Vec::new());
            while let Some((holder, lock)) = next.get(who)
                && names.len() <= next.len()
            {
                names.push(who.to_string());
                locks.push((*lock).to_string());
                who = *holder;
                if who == *first {
                    found.push((names, locks));
                    break;
                }
            }
        }
        Circles(found)
    }

    /// One that a lock is part of; it begins with the least name.
    fn through(&self, lock: &str) -> Vec<String> {
        let part = self.0.iter().find(|(_, locks)| locks.iter().any(|other| other == lock));
        part.map(|(names, _)| names.clone()).unwrap_or_default()
    }
}

/// How a process is called that is no operation of the run.
pub fn pid_name(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!("pid {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: i64) -> Seconds {
        Seconds::from_secs(secs)
    }

    fn held(who: &str, (end, time, waited): (i64, i64, i64)) -> Held<'_> {
        Held { who, end: secs(end), time: secs(time), waited: secs(waited) }
    }

    #[test]
    fn a_lock_that_goes_from_hand_to_hand_is_a_convoy() {
        let mut locks = Locks::new(5);
        for (who, at) in [("a", (2, 2, 0)), ("b", (4, 2, 2)), ("c", (6, 2, 4)), ("d", (8, 2, 6))] {
            locks.waited("msi", who, (secs(at.2), "x"));
            locks.held("msi", held(who, at));
            locks.held("free", held(who, (at.0 * 10, 1, 0)));
        }
        locks.held("msi", held("e", (11, 3, 7)));
        locks.waited("msi", "e", (secs(7), "d"));
        let tale = locks.into_told(Some(secs(11)), 5);
        let story = &tale.stories[0];
        assert_eq!((story.name.as_str(), story.takes, story.waits), ("msi", 5, 4));
        assert_eq!((story.queue_max, story.convoy, story.busy_share), (4, true, Some(1.0)));
        assert_eq!((story.held_max_s, story.longest_holder.as_str()), (secs(3), "e"));
        assert_eq!((story.longest_waiter.as_str(), story.longest_behind.as_str()), ("e", "d"));
        assert_eq!((tale.stories[1].convoy, tale.stories[1].queue_max), (false, 0));
    }

    #[test]
    fn who_waits_for_each_other_is_named() {
        let mut locks = Locks::new(5);
        locks.wait("a", "pid 1", "pid 2".to_string());
        locks.wait("b", "pid 2", "pid 1".to_string());
        locks.wait("c", "pid 3", "pid 9".to_string());
        let tale = locks.into_told(None, 5);
        let circles: Vec<_> =
            tale.stories.iter().map(|s| (s.name.as_str(), s.circle.join(" "))).collect();
        let want = [("a", "pid 1 pid 2"), ("b", "pid 1 pid 2"), ("c", "")];
        assert_eq!(circles, want.map(|(name, who)| (name, who.to_string())));
        assert!(tale.stories.iter().all(|story| story.unfinished == 1));
    }
}
