//! What a target cannot express, and what `pglock` can in its place.

use super::{Ask, Export, Program, goes_on, pattern};
use plan::Limits;
use record::{Amount, Operation};
use std::collections::BTreeMap;

/// The finest division of a resource into slots of a lock where amounts have nothing in common.
const FINEST: u64 = 1_000_000;

/// A unit of a resource, in thousandths.
const UNIT: u64 = 1000;

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
pub fn asks(op: &Operation, export: &Export<'_>) -> Vec<Ask> {
    let mut asks = lock_asks(op);
    for (name, amount) in &op.resources {
        let Some(whole) = export.limits.resources.get(name) else { continue };
        let unit = export.units.get(name).copied().unwrap_or(1);
        if *amount > Amount::ZERO {
            let (slots, take) = in_slots(*amount, *whole, unit);
            // other plans divide it otherwise, unless a slot is a unit
            let name = match unit {
                UNIT => format!("resource:{name}"),
                _ => format!("resource:{name}:{slots}"),
            };
            asks.push(Ask { name, slots, take, shared: false });
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

/// What one slot of each resource's lock stands for, in thousandths: a unit where they are few and
/// whole, else the greatest amount of which the capacity and all that is asked are multiples; where
/// that is too fine, a part of the whole.
pub fn units<'o>(
    ops: impl Iterator<Item = &'o Operation>,
    limits: &Limits,
) -> BTreeMap<String, u64> {
    let whole = |(name, whole): (&String, &Amount)| (name.clone(), whole.as_millis());
    let mut units: BTreeMap<String, u64> = limits.resources.iter().map(whole).collect();
    for (name, amount) in ops.flat_map(|op| &op.resources) {
        if let Some(unit) = units.get_mut(name) {
            *unit = greatest_divisor(*unit, amount.as_millis());
        }
    }
    for (name, unit) in &mut units {
        let whole = limits.resources.get(name).map_or(0, |whole| whole.as_millis());
        *unit = (*unit).max(1);
        if unit.is_multiple_of(UNIT) && whole / UNIT <= FINEST {
            *unit = UNIT;
        }
        if whole / *unit > u64::from(u32::MAX) {
            *unit = whole.div_ceil(FINEST);
        }
    }
    units
}

/// Euclid's algorithm; of nothing and something it is the something.
fn greatest_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// An amount of a whole as slots of a lock; never less than the amount.
fn in_slots(amount: Amount, whole: Amount, unit: u64) -> (u32, u32) {
    let slots = (whole.as_millis() / unit).max(1);
    let take = amount.as_millis().div_ceil(unit).clamp(1, slots);
    (slots as u32, take as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(asked: &[Amount], whole: Amount) -> Vec<(u32, u32)> {
        let op = |amount: &Amount| Operation {
            resources: [("r".to_string(), *amount)].into(),
            ..Operation::default()
        };
        let ops: Vec<Operation> = asked.iter().map(op).collect();
        let limits = Limits { resources: [("r".to_string(), whole)].into(), ..Limits::default() };
        let unit = units(ops.iter(), &limits)["r"];
        asked.iter().map(|amount| in_slots(*amount, whole, unit)).collect()
    }

    #[test]
    fn amounts_become_slots() {
        let units = Amount::from_units;
        assert_eq!(slots(&[units(200), units(600)], units(1000)), [(1000, 200), (1000, 600)]);
        assert_eq!(slots(&[Amount::from_millis(500)], units(4)), [(8, 1)]);
        // all of it and a half: two halves fit beside one another
        let gib = |n: u64| units(n << 30);
        assert_eq!(slots(&[gib(2), gib(3), gib(4)], gib(4)), [(4, 2), (4, 3), (4, 4)]);
        // nothing in common: a little more than was asked, never less
        let [(slots, take)] = slots(&[units(5_000_000_011)], units(16_000_000_001))[..] else {
            unreachable!("one asks")
        };
        assert!(u64::from(take) * 16 >= u64::from(slots) * 5, "{take}/{slots}");
        assert!(take * 3 <= slots && take * 4 > slots, "{take}/{slots}");
    }
}
