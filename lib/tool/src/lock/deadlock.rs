//! Who can never get a lock: processes that wait for one another in a circle.
//!
//! The books say who holds and who waits. Somebody who holds a lock and does not wait
//! will give it back; whoever can then be served will give back, too, and so on. Who is
//! left over waits for ever. Between the locks of one `pglock` or one operation that
//! cannot happen, for they are taken in one order; between a command that takes a
//! second lock and another that does the same the other way round it can.

use super::show;
use crate::fail::Fail;
use crate::print::Out;
use record::{LockHolder, LockWaiter, status};
use sys::lock::{LockView, Standing, ancestors_of};

/// A waiter that nobody will ever serve: in which lock, and which of its waiters.
type Stuck = (usize, usize);

/// The circles, each as who waits for whom.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle(Vec<Stuck>);

/// Prints the circles: status 1 if there is one.
///
/// # Errors
/// Standard output cannot be written.
pub fn show(views: &[LockView]) -> Result<u8, Fail> {
    let circles = find(views, &ancestors_of);
    let mut out = Out::new(status::OWN);
    for circle in &circles {
        out.line(circle.words(views))?;
    }
    if circles.is_empty() {
        out.line("no deadlock")?;
    }
    out.finish()?;
    Ok(if circles.is_empty() { status::OK } else { status::FINDING })
}

/// The circle in which this process waits, in words.
pub fn of(pid: u32, views: &[LockView]) -> Option<String> {
    let circles = find(views, &ancestors_of);
    let ours = |stuck: &Stuck| waiter(views, *stuck).pid == pid;
    circles.iter().find(|circle| circle.0.iter().any(ours)).map(|circle| circle.words(views))
}

impl Circle {
    fn words(&self, views: &[LockView]) -> String {
        let step = |(at, stuck): (usize, &Stuck)| {
            let who = waiter(views, *stuck);
            let before = self.0[(at + self.0.len() - 1) % self.0.len()];
            let (name, held) = (&views[stuck.0].name, &views[before.0].name);
            let name = show::plain(&name.to_string());
            let held = show::plain(&held.to_string());
            let what = show::waiter_command(who);
            format!("pid {} ({what}), which keeps {held} busy, waits for {name}", who.pid)
        };
        let steps: Vec<String> = self.0.iter().enumerate().map(step).collect();
        format!("deadlock: {}", steps.join("; "))
    }
}

fn waiter(views: &[LockView], (lock, at): Stuck) -> &LockWaiter {
    &views[lock].waiters[at]
}

/// Finds circles; `ancestors` are the parents of a process, itself first.
fn find(views: &[LockView], ancestors: &dyn Fn(u32) -> Vec<u32>) -> Vec<Circle> {
    let mut stuck: Vec<Stuck> = Vec::new();
    for (lock, view) in views.iter().enumerate() {
        stuck.extend((0..view.waiters.len()).map(|at| (lock, at)));
    }
    let families: Vec<Vec<u32>> =
        stuck.iter().map(|who| ancestors(waiter(views, *who).pid)).collect();
    let mut stuck: Vec<(Stuck, Vec<u32>)> = stuck.into_iter().zip(families).collect();
    loop {
        let served = stuck.iter().position(|(who, _)| hindered_by(views, *who, &stuck).is_none());
        match served {
            Some(at) => stuck.remove(at),
            None => break,
        };
    }
    circles_of(views, &stuck)
}

/// From each follows who hinders it, until somebody comes a second time.
fn circles_of(views: &[LockView], stuck: &[(Stuck, Vec<u32>)]) -> Vec<Circle> {
    let mut seen: Vec<Stuck> = Vec::new();
    let mut circles = Vec::new();
    for (first, _) in stuck {
        let mut path: Vec<Stuck> = Vec::new();
        let mut next = Some(*first);
        while let Some(who) = next.filter(|who| !seen.contains(who)) {
            seen.push(who);
            path.push(who);
            next = hindered_by(views, who, stuck);
        }
        let begin = next.and_then(|who| path.iter().position(|other| *other == who));
        if let Some(begin) = begin {
            // in the order in which each keeps busy what the one before waits for
            let mut circle = path.split_off(begin);
            circle.reverse();
            circles.push(Circle(circle));
        }
    }
    circles
}

/// One of those who wait for ever and because of whom this one does, too.
fn hindered_by(views: &[LockView], who: Stuck, stuck: &[(Stuck, Vec<u32>)]) -> Option<Stuck> {
    let (view, at) = (&views[who.0], who.1);
    let asker = &view.waiters[at];
    // nobody passes those who came before
    let mut before = stuck.iter().rev().map(|(other, _)| *other);
    if let Some(before) = before.find(|other| other.0 == who.0 && other.1 < at) {
        return Some(before);
    }
    let keepers: Vec<(&LockHolder, Stuck)> = view
        .holders
        .iter()
        .filter_map(|holder| {
            let waits =
                stuck.iter().find(|(other, family)| keeps(holder, waiter(views, *other), family));
            waits.map(|(other, _)| (holder, *other))
        })
        .collect();
    let in_units = |mode: &str| mode == "slots";
    let conflicts =
        keepers.iter().find(|(holder, _)| asker.mode == "exclusive" || holder.mode == "exclusive");
    if let Some((_, other)) = conflicts {
        return Some(*other);
    }
    if !in_units(&asker.mode) || view.standing == Standing::Free {
        return None;
    }
    let kept = keepers.iter().filter(|(holder, _)| in_units(&holder.mode));
    let kept: u64 = kept.map(|(holder, _)| u64::from(holder.take.unwrap_or(1))).sum();
    let (take, slots) = (asker.take.unwrap_or(1), asker.slots.unwrap_or(u32::MAX));
    let too_few = kept + u64::from(take) > u64::from(slots);
    keepers.first().filter(|_| too_few).map(|(_, other)| *other)
}

/// This holder does not give its lock back before that wait is over.
fn keeps(holder: &LockHolder, waiter: &LockWaiter, family: &[u32]) -> bool {
    if !holder.id.is_empty() && holder.pid == holder.by {
        // an operation that waits for its next lock: all of one run have one process
        return holder.by == waiter.pid && holder.id == waiter.id;
    }
    let own = waiter.id.is_empty() && holder.by == waiter.pid;
    own || family.contains(&holder.pid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sys::lock::Name;

    fn holder(pid: u32, mode: &str) -> LockHolder {
        LockHolder { pid, by: pid + 1000, mode: mode.to_string(), ..LockHolder::default() }
    }

    fn asker(pid: u32, mode: &str) -> LockWaiter {
        LockWaiter { pid, mode: mode.to_string(), ..LockWaiter::default() }
    }

    fn view(name: &str, holders: Vec<LockHolder>, waiters: Vec<LockWaiter>) -> LockView {
        let standing = if holders.is_empty() { Standing::Free } else { Standing::Shared };
        LockView { name: Name::new(name.as_bytes()).unwrap(), standing, holders, waiters }
    }

    /// Process 10 is the parent of 11, 20 of 21, and so on.
    fn parents(pid: u32) -> Vec<u32> {
        vec![pid, pid - pid % 10]
    }

    fn count(views: &[LockView]) -> usize {
        find(views, &parents).len()
    }

    const X: &str = "exclusive";
    const S: &str = "shared";

    #[test]
    fn two_that_wait_for_each_other() {
        let both = |one: &str, two: &str| {
            [
                view("a", vec![holder(10, one)], vec![asker(21, two)]),
                view("b", vec![holder(20, one)], vec![asker(11, two)]),
            ]
        };
        assert_eq!(count(&both(X, X)), 1);
        assert_eq!(count(&both(S, X)), 1);
        assert_eq!(count(&both(S, S)), 0);
        // one of them does not wait
        let chain = [
            view("a", vec![holder(10, X)], vec![asker(21, X)]),
            view("b", vec![holder(20, X)], vec![asker(31, X)]),
        ];
        assert_eq!(count(&chain), 0);
        let words = find(&both(X, X), &parents)[0].words(&both(X, X));
        assert!(words.contains("pid 11") && words.contains("pid 21"), "{words}");
    }

    #[test]
    fn three_in_a_circle_and_one_behind() {
        let views = [
            view("a", vec![holder(10, X)], vec![asker(31, X), asker(41, X)]),
            view("b", vec![holder(20, X)], vec![asker(11, X)]),
            view("c", vec![holder(30, X)], vec![asker(21, X)]),
        ];
        let circles = find(&views, &parents);
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].0.len(), 3);
    }

    #[test]
    fn who_waits_for_what_it_holds_waits_for_itself() {
        assert_eq!(count(&[view("a", vec![holder(10, X)], vec![asker(11, X)])]), 1);
        assert_eq!(count(&[view("a", vec![holder(10, S)], vec![asker(11, S)])]), 0);
    }

    #[test]
    fn the_queue_is_part_of_it() {
        // 11 could share with 20, but stands behind 31, who waits for 10 itself
        let views = [view("a", vec![holder(10, S)], vec![asker(31, X), asker(11, S)])];
        assert_eq!(count(&views), 1);
    }

    #[test]
    fn units_that_others_give_back_are_enough() {
        let units = |pid: u32, take: u32| LockHolder {
            take: Some(take),
            slots: Some(4),
            ..holder(pid, "slots")
        };
        let wants = |pid: u32, take: u32| LockWaiter {
            take: Some(take),
            slots: Some(4),
            ..asker(pid, "slots")
        };
        let views = |take: u32| {
            [
                view("n", vec![units(10, 2), units(50, 2)], vec![wants(21, take)]),
                view("b", vec![holder(20, X)], vec![asker(11, X)]),
            ]
        };
        assert_eq!(count(&views(2)), 0);
        assert_eq!(count(&views(3)), 1);
    }

    #[test]
    fn operations_of_one_run_are_not_one_another() {
        let op = |id: &str| LockHolder { id: id.into(), by: 10, ..holder(10, X) };
        let waits = |id: &str| LockWaiter { id: id.into(), ..asker(10, X) };
        // a holds m, b waits for it; a waits for nothing
        assert_eq!(count(&[view("m", vec![op("a")], vec![waits("b")])]), 0);
        let views = [
            view("m", vec![op("a")], vec![waits("b")]),
            view("n", vec![op("b")], vec![waits("a")]),
        ];
        assert_eq!(count(&views), 1);
    }
}
