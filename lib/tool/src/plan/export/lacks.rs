//! What a target cannot express, and what `pglock` can in its place.

use super::{Ask, Export, Program, goes_on, pattern};
use plan::Limits;
use record::{Amount, Operation};
use std::collections::BTreeMap;

/// The finest division of a resource into slots of a lock.
const FINEST: u64 = 1_000_000;

/// What is lost on the way, with the operations that lose it.
#[derive(Default)]
pub struct Lacks {
    /// What, the first id, how many.
    found: BTreeMap<&'static str, (String, u64)>,
    /// About the plan as a whole.
    plan: Vec<String>,
}

impl Lacks {
    /// Notes that an operation loses something.
    pub fn add(&mut self, what: &'static str, op: &Operation) {
        self.found.entry(what).or_insert_with(|| (op.id.clone(), 0)).1 += 1;
    }

    /// Notes what the whole plan loses.
    pub fn add_to_plan(&mut self, what: impl Into<String>) {
        self.plan.push(what.into());
    }

    /// What no target knows, and what this one does not.
    pub fn of_plan(&mut self, export: &Export<'_>, program: Program) {
        let unknown = |pattern: &str| !pattern.is_empty() && !pattern::grep_knows(pattern);
        let status_alone =
            "a pattern that grep(1) reads otherwise (fail_if, ok_if) is not looked for";
        let blocking = matches!(program, Program::Make | Program::Ninja);
        for job in export.jobs.iter().filter(|job| !job.op.barrier) {
            let op = &*job.op;
            let lost = [
                (unknown(&op.fail_if) || unknown(&op.ok_if), status_alone),
                (op.rollback.is_some(), "nothing is rolled back"),
                (op.priority.is_some(), "no priorities"),
                (!op.key.is_empty(), "no keyed limits"),
                (!op.modes.is_empty(), "one mode: the planned one, or the first"),
                (!op.nonrenewable.is_empty(), "nothing that is used up"),
                (blocking && goes_on(op), "what may fail is run so that its failure is not told"),
            ];
            for (_, what) in lost.into_iter().filter(|(is_lost, _)| *is_lost) {
                self.add(what, op);
            }
            if blocking && op.needs.iter().any(|need| need.weak) {
                self.add("no order alone: a weak need is a need that must succeed", op);
            }
        }
    }

    /// One line each.
    pub fn lines(&self, program: Program) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for what in &self.plan {
            lines.push(format!("{}: {what}", program.word()));
        }
        for (what, (first, count)) in &self.found {
            let who = match count {
                1 => first.clone(),
                _ => format!("{first} and {} more", count - 1),
            };
            lines.push(format!("{}: {what} ({who})", program.word()));
        }
        lines
    }
}

/// Locks and amounts of an operation as locks for `pglock`, in one order for all operations, so
/// that none wait for one another in a circle.
pub fn asks(op: &Operation, limits: &Limits) -> Vec<Ask> {
    let mut asks = lock_asks(op);
    for (name, amount) in &op.resources {
        let Some(whole) = limits.resources.get(name) else { continue };
        if *amount > Amount::ZERO {
            let (slots, take) = in_slots(*amount, *whole);
            asks.push(Ask { name: format!("resource:{name}"), slots, take, shared: false });
        }
    }
    asks.sort_by(|a, b| a.name.cmp(&b.name));
    asks
}

/// The locks of an operation alone.
pub fn lock_asks(op: &Operation) -> Vec<Ask> {
    let ask = |lock: &record::LockAsk| Ask {
        name: lock.name.clone(),
        slots: lock.slots,
        take: lock.take,
        shared: lock.shared,
    };
    let mut asks: Vec<Ask> = op.locks.iter().map(ask).collect();
    asks.sort_by(|a, b| a.name.cmp(&b.name));
    asks
}

/// An amount of a whole as slots of a lock; never less than the amount.
fn in_slots(amount: Amount, whole: Amount) -> (u32, u32) {
    let (amount, whole) = (amount.as_millis(), whole.as_millis());
    // whole units where they are few enough
    let unit = match whole.is_multiple_of(1000) && amount.is_multiple_of(1000) {
        true => (whole.div_ceil(FINEST)).max(1000),
        false => whole.div_ceil(FINEST).max(1),
    };
    let slots = (whole / unit).max(1);
    let take = amount.div_ceil(unit).clamp(1, slots);
    (slots as u32, take as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_become_slots() {
        let units = Amount::from_units;
        assert_eq!(in_slots(units(200), units(1000)), (1000, 200));
        assert_eq!(in_slots(Amount::from_millis(500), units(4)), (4000, 500));
        let gib = |n: u64| units(n << 30);
        let (slots, take) = in_slots(gib(5), gib(16));
        assert!(u64::from(take) * 16 >= u64::from(slots) * 5 && take * 3 < slots, "{take}/{slots}");
        // three of them fit, a fourth does not
        assert!(take * 3 <= slots && take * 4 > slots);
    }
}
