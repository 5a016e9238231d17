//! What a tree of processes has used in all, when its members come and go.
//! Pure: readings in, totals out.
//!
//! A member's reading holds what it used and what the children it has waited for
//! used. So the total is the sum over living members, as long as each that ends
//! is waited for by another member. One that is not (its parent ignores SIGCHLD,
//! or has ended before it) takes its use with it: then its last reading is kept.
//! Whether a parent has waited is told by its counters of reaped children: what
//! they grew by explains what ended children had, and only what is not explained
//! is kept, so the total is never more than was used. A parent may be read just
//! before it waits, so a child is owed for one more reading before it is kept.

use std::collections::HashMap;
use sys::proc::process::{IoReading, ProcessReading};

/// One process of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Member {
    /// Its counters.
    pub stat: ProcessReading,
    /// What it read and wrote, where that may be read.
    pub io: IoReading,
}

/// Use in all: ticks of CPU time, bytes, faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Ticks in user mode.
    pub user: u64,
    /// Ticks in the kernel.
    pub system: u64,
    /// Page faults that had to read a disk.
    pub major_faults: u64,
    /// Bytes read from disks.
    pub read_bytes: u64,
    /// Bytes written to disks.
    pub write_bytes: u64,
    /// Page faults that needed no disk.
    pub minor_faults: u64,
    /// Bytes that read calls gave.
    pub read_chars: u64,
    /// Bytes given to write calls.
    pub write_chars: u64,
    /// Read calls.
    pub read_calls: u64,
    /// Write calls.
    pub write_calls: u64,
}

impl Used {
    fn zip(self, other: Used, with: impl Fn(u64, u64) -> u64) -> Used {
        Used {
            user: with(self.user, other.user),
            system: with(self.system, other.system),
            major_faults: with(self.major_faults, other.major_faults),
            read_bytes: with(self.read_bytes, other.read_bytes),
            write_bytes: with(self.write_bytes, other.write_bytes),
            minor_faults: with(self.minor_faults, other.minor_faults),
            read_chars: with(self.read_chars, other.read_chars),
            write_chars: with(self.write_chars, other.write_chars),
            read_calls: with(self.read_calls, other.read_calls),
            write_calls: with(self.write_calls, other.write_calls),
        }
    }

    fn plus(self, other: Used) -> Used {
        self.zip(other, u64::saturating_add)
    }
}

impl Member {
    /// What it and the children it waited for have used.
    pub fn used(&self) -> Used {
        let stat = &self.stat;
        Used {
            user: stat.user + stat.reaped_user,
            system: stat.system + stat.reaped_system,
            major_faults: stat.major_faults + stat.reaped_major_faults,
            read_bytes: self.io.read_bytes,
            write_bytes: self.io.write_bytes,
            minor_faults: stat.minor_faults + stat.reaped_minor_faults,
            read_chars: self.io.read_chars,
            write_chars: self.io.write_chars,
            read_calls: self.io.read_calls,
            write_calls: self.io.write_calls,
        }
    }

    fn is(&self, other: &Member) -> bool {
        self.stat.pid == other.stat.pid && self.stat.start == other.stat.start
    }
}

/// By how much a parent's counters of reaped children grew.
#[derive(Clone, Copy, Debug, Default)]
struct Growth {
    user: u64,
    system: u64,
    major_faults: u64,
    minor_faults: u64,
}

impl Growth {
    fn between(before: &ProcessReading, now: &ProcessReading) -> Self {
        Growth {
            user: now.reaped_user.saturating_sub(before.reaped_user),
            system: now.reaped_system.saturating_sub(before.reaped_system),
            major_faults: now.reaped_major_faults.saturating_sub(before.reaped_major_faults),
            minor_faults: now.reaped_minor_faults.saturating_sub(before.reaped_minor_faults),
        }
    }

    /// Strikes out what this growth explains.
    fn explain(&mut self, owed: &mut Owed) {
        strike(&mut self.user, &mut owed.used.user);
        strike(&mut self.system, &mut owed.used.system);
        strike(&mut self.major_faults, &mut owed.used.major_faults);
        // bytes have no counter of reaped children; but every process makes minor
        // faults, so they tell whether this one was waited for
        if owed.used.minor_faults <= self.minor_faults {
            self.minor_faults -= owed.used.minor_faults;
            let Used { user, system, major_faults, .. } = owed.used;
            owed.used = Used { user, system, major_faults, ..Used::default() };
        }
    }
}

fn strike(growth: &mut u64, owed: &mut u64) {
    let both = (*growth).min(*owed);
    *growth -= both;
    *owed -= both;
}

/// A member that has ended and may still show up in its parent's counters.
#[derive(Clone, Copy, Debug)]
struct Owed {
    /// The nearest living ancestor.
    parent: u32,
    /// How far above it is.
    distance: usize,
    /// What has not shown up yet.
    used: Used,
    readings: u32,
}

/// The account of one tree.
#[derive(Clone, Debug, Default)]
pub struct Account {
    members: Vec<Member>,
    owed: Vec<Owed>,
    kept: Used,
    base: Option<Used>,
    total: Used,
    vanished: u64,
}

impl Account {
    /// An account of a tree that begins with us: all of its use counts.
    pub fn from_zero() -> Self {
        Account { base: Some(Used::default()), ..Account::default() }
    }

    /// An account of a tree that was there before: use counts from the first reading.
    pub fn from_now() -> Self {
        Account::default()
    }

    /// The members of the last reading, parents before children.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Use since the account began; never less than before.
    pub fn total(&self) -> Used {
        self.total
    }

    /// Members that were seen and have gone.
    pub fn vanished(&self) -> u64 {
        self.vanished
    }

    /// Takes a reading of all living members. Use of new members that began before
    /// `since` (ticks since the machine came up) does not count.
    pub fn update(&mut self, now: Vec<Member>, since: Option<u64>) {
        let before = std::mem::replace(&mut self.members, now);
        let alive: HashMap<u32, Member> = self.members.iter().map(|m| (m.stat.pid, *m)).collect();
        let past: HashMap<u32, Member> = before.iter().map(|m| (m.stat.pid, *m)).collect();
        let lives = |pid: u32| match (alive.get(&pid), past.get(&pid)) {
            (Some(now), Some(before)) => now.is(before),
            _ => false,
        };
        for owed in &mut self.owed {
            if let Some((parent, further)) = living_ancestor(owed.parent, &past, lives) {
                owed.parent = parent;
                owed.distance += further;
            }
        }
        for member in before.iter().filter(|member| !lives(member.stat.pid)) {
            self.vanished += 1;
            match living_ancestor(member.stat.ppid, &past, lives) {
                Some((parent, distance)) => {
                    self.owed.push(Owed { parent, distance, used: member.used(), readings: 0 })
                }
                None => self.kept = self.kept.plus(member.used()),
            }
        }
        self.settle(&alive, &past);
        let sum = self.members.iter().map(Member::used).fold(self.kept, Used::plus);
        let sum = self.owed.iter().map(|owed| owed.used).fold(sum, Used::plus);
        let joined = |member: &&Member| {
            since.is_some_and(|since| member.stat.start < since) && !lives(member.stat.pid)
        };
        let brought = self.members.iter().filter(joined).map(Member::used);
        let brought = brought.fold(Used::default(), Used::plus);
        let base = self.base.map_or(sum, |base| base.plus(brought));
        self.base = Some(base);
        self.total = self.total.zip(sum.zip(base, u64::saturating_sub), u64::max);
    }

    /// Strikes out what parents have taken over; keeps what they did not take
    /// in two readings.
    fn settle(&mut self, alive: &HashMap<u32, Member>, past: &HashMap<u32, Member>) {
        let mut grown: HashMap<u32, Growth> = HashMap::new();
        let mut kept = self.kept;
        // what has just ended, and was its own child, a parent has most likely waited for
        self.owed.sort_by_key(|owed| (owed.readings, owed.distance));
        self.owed.retain_mut(|owed| {
            let growth = grown.entry(owed.parent).or_insert_with(|| {
                match (alive.get(&owed.parent), past.get(&owed.parent)) {
                    (Some(now), Some(before)) if now.is(before) => {
                        Growth::between(&before.stat, &now.stat)
                    }
                    _ => Growth::default(),
                }
            });
            growth.explain(owed);
            if owed.used == Used::default() {
                return false;
            }
            owed.readings += 1;
            if owed.readings > 1 {
                kept = kept.plus(owed.used);
            }
            owed.readings <= 1
        });
        self.kept = kept;
    }
}

/// The nearest living one of a past member and its ancestors within the tree, and
/// how far above it is.
fn living_ancestor(
    pid: u32,
    past: &HashMap<u32, Member>,
    lives: impl Fn(u32) -> bool,
) -> Option<(u32, usize)> {
    let mut pid = pid;
    // a chain is never longer than the tree
    for distance in 0..=past.len() {
        if lives(pid) {
            return Some((pid, distance));
        }
        pid = past.get(&pid)?.stat.ppid;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pid, ppid, own ticks, own faults, reaped ticks, reaped faults
    fn member([pid, ppid, user, faults, reaped, reaped_faults]: [u64; 6]) -> Member {
        Member {
            stat: ProcessReading {
                pid: pid as u32,
                ppid: ppid as u32,
                user,
                minor_faults: faults,
                reaped_user: reaped,
                reaped_minor_faults: reaped_faults,
                start: pid * 10,
                ..ProcessReading::default()
            },
            io: IoReading::default(),
        }
    }

    fn totals(readings: &[&[[u64; 6]]]) -> Vec<u64> {
        let mut account = Account::from_zero();
        let each = |reading: &&[[u64; 6]]| {
            account.update(reading.iter().copied().map(member).collect(), None);
            account.total().user
        };
        readings.iter().map(each).collect()
    }

    #[test]
    fn a_child_that_was_waited_for_counts_once() {
        let all = totals(&[
            &[[1, 0, 5, 100, 0, 0], [2, 1, 30, 50, 0, 0]],
            &[[1, 0, 6, 100, 40, 60]],
            &[[1, 0, 6, 100, 40, 60]],
        ]);
        assert_eq!(all, [35, 46, 46]);
    }

    #[test]
    fn a_child_nobody_waited_for_is_kept() {
        let all = totals(&[
            &[[1, 0, 5, 100, 0, 0], [2, 1, 30, 50, 0, 0]],
            &[[1, 0, 6, 100, 0, 0]],
            &[[1, 0, 6, 100, 0, 0]],
            &[[1, 0, 7, 100, 0, 0]],
        ]);
        assert_eq!(all, [35, 36, 36, 37]);
    }

    #[test]
    fn a_parent_that_was_read_just_before_it_waited() {
        let all = totals(&[
            &[[1, 0, 5, 100, 0, 0], [2, 1, 30, 50, 0, 0]],
            &[[1, 0, 6, 100, 0, 0]],
            &[[1, 0, 6, 100, 31, 51]],
            &[[1, 0, 6, 100, 31, 51]],
        ]);
        assert_eq!(all, [35, 36, 37, 37]);
    }

    #[test]
    fn a_chain_that_ends_at_once_is_found_at_its_living_ancestor() {
        let all = totals(&[
            &[[1, 0, 5, 100, 0, 0], [2, 1, 10, 10, 0, 0], [3, 2, 20, 10, 0, 0]],
            &[[1, 0, 5, 100, 32, 25]],
            &[[1, 0, 5, 100, 32, 25]],
        ]);
        assert_eq!(all, [35, 37, 37]);
    }

    #[test]
    fn an_orphan_is_kept_and_a_number_used_again_is_another_process() {
        let mut again = member([2, 9, 3, 5, 0, 0]);
        again.stat.start = 999;
        let mut account = Account::from_zero();
        account.update(vec![member([1, 0, 5, 9, 0, 0]), member([2, 99, 30, 5, 0, 0])], None);
        account.update(vec![member([1, 0, 5, 9, 0, 0]), again], None);
        assert_eq!((account.total().user, account.vanished()), (38, 1));
    }

    #[test]
    fn what_was_there_before_does_not_count() {
        let mut account = Account::from_now();
        account.update(vec![member([1, 0, 500, 9, 70, 9])], None);
        assert_eq!(account.total().user, 0);
        account.update(vec![member([1, 0, 510, 9, 70, 9])], None);
        assert_eq!(account.total().user, 10);
        account.update(Vec::new(), None);
        assert_eq!(account.total().user, 10);
    }

    #[test]
    fn what_a_process_brings_into_a_cgroup_does_not_count() {
        let mut account = Account::from_now();
        // each began ten times its number of ticks after the machine
        account.update(vec![member([1, 0, 500, 9, 0, 0])], Some(0));
        let (moved, begun) = (member([2, 0, 300, 9, 0, 0]), member([9, 0, 4, 9, 0, 0]));
        account.update(vec![member([1, 0, 501, 9, 0, 0]), moved, begun], Some(50));
        assert_eq!(account.total().user, 5);
        account.update(vec![member([2, 0, 310, 9, 0, 0]), begun], Some(60));
        assert_eq!(account.total().user, 15);
    }

    /// A process of the model, with what it truly used.
    #[derive(Clone, Copy)]
    struct Live {
        reading: [u64; 6],
        orphan: bool,
    }

    /// Who may end in a story.
    #[derive(Clone, Copy, PartialEq)]
    enum Ends {
        Anybody,
        /// Nobody whose children live on, so nobody is orphaned.
        Leaves,
    }

    fn is_leaf(live: &[Live], at: usize) -> bool {
        let pid = live[at].reading[0];
        live.iter().all(|one| one.reading[1] != pid)
    }

    /// Readings of a tree in which everybody waits, and what it truly used at each.
    fn story(steps: &[(u8, u8, u8)], ends: Ends) -> (Vec<Vec<Member>>, Vec<u64>) {
        let mut live = vec![Live { reading: [1, 0, 0, 10, 0, 0], orphan: false }];
        let (mut next, mut truth, mut lost) = (2, 0, 0);
        let (mut readings, mut truths) = (Vec::new(), Vec::new());
        for (who, what, amount) in steps {
            let at = usize::from(*who) % live.len();
            match what % 5 {
                0 | 1 => {
                    live[at].reading[2] += u64::from(*amount);
                    truth += u64::from(*amount);
                }
                2 => {
                    let parent = live[at].reading[0];
                    live.push(Live { reading: [next, parent, 0, 10, 0, 0], orphan: false });
                    next += 1;
                }
                3 if at > 0 && (ends == Ends::Anybody || is_leaf(&live, at)) => {
                    let ended = live.remove(at);
                    let [pid, ppid, own, faults, reaped, reaped_faults] = ended.reading;
                    for child in live.iter_mut().filter(|one| one.reading[1] == pid) {
                        (child.reading[1], child.orphan) = (0, true);
                    }
                    match live.iter_mut().find(|one| one.reading[0] == ppid) {
                        Some(parent) if !ended.orphan => {
                            parent.reading[4] += own + reaped;
                            parent.reading[5] += faults + reaped_faults;
                        }
                        _ => lost += 1,
                    }
                }
                _ => {
                    readings.push(live.iter().map(|one| member(one.reading)).collect());
                    truths.push(truth);
                }
            }
        }
        // an orphan's last ticks are nobody's: then the truth is a bound from above only
        if lost == 0 {
            readings.push(live.iter().map(|one| member(one.reading)).collect());
            truths.push(truth);
        }
        (readings, truths)
    }

    proptest::proptest! {
        #[test]
        fn totals_never_run_backwards_nor_ahead(steps: Vec<(u8, u8, u8)>) {
            let (readings, truths) = story(&steps, Ends::Anybody);
            let mut account = Account::from_zero();
            let mut before = 0;
            for (reading, truth) in readings.into_iter().zip(truths) {
                account.update(reading, None);
                let total = account.total().user;
                proptest::prop_assert!(before <= total && total <= truth, "{before} {total} {truth}");
                before = total;
            }
        }

        #[test]
        fn a_tree_without_orphans_is_counted_exactly(steps: Vec<(u8, u8, u8)>) {
            let (readings, truths) = story(&steps, Ends::Leaves);
            let mut account = Account::from_zero();
            for (reading, truth) in readings.into_iter().zip(truths) {
                account.update(reading, None);
                proptest::prop_assert_eq!(account.total().user, truth);
            }
        }
    }
}
