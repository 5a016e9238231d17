use super::*;
use crate::unit::{Dialect, Draft, Unit};
use crate::{Options, Plan};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use proptest::prelude::*;
use record::{Amount, LockAsk, Need, Operation};

/// An operation of a random plan: duration, needs, amount, lock.
#[derive(Clone, Debug)]
struct Row {
    seconds: i64,
    needs: Vec<usize>,
    memory: u64,
    lock: Option<u32>,
}

/// Rows whose needs are rows before them.
fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let row = (0i64..9, proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 0u64..7);
    let row = (row, proptest::option::weighted(0.3, 0u32..2), 0u32..3);
    proptest::collection::vec(row, 1..=most).prop_map(|rows| {
        let one = |(at, ((seconds, needs, memory), lock, few))| {
            let needs: Vec<prop::sample::Index> = needs;
            let chosen = needs.iter().take(few as usize).filter(|_| at > 0);
            Row { seconds, needs: chosen.map(|index| index.index(at)).collect(), memory, lock }
        };
        rows.into_iter().enumerate().map(one).collect()
    })
}

fn plan_of(rows: &[Row]) -> Plan {
    let mut unit = Unit::new(Dialect::Operations, "");
    for (at, row) in rows.iter().enumerate() {
        let op = Operation {
            id: at.to_string(),
            duration: Some(Seconds::from_secs(row.seconds)),
            needs: row.needs.iter().map(|need| Need::from(need.to_string().as_str())).collect(),
            resources: [(String::from("memory"), Amount::from_units(row.memory))].into(),
            locks: row.lock.map(|n| LockAsk::exclusive(format!("lock-{n}"))).into_iter().collect(),
            ..Operation::default()
        };
        unit.drafts.push(Draft { op: op.into(), ..Draft::default() });
    }
    Plan::assemble(vec![unit], &Options::default())
}

fn limits(slots: u32) -> Limits {
    let resources = [(String::from("memory"), Amount::from_units(10))].into();
    Limits { slots: Some(slots), resources, ..Limits::default() }
}

/// What holds of all groups: everything once, needs before, nothing above its limit.
fn check(rows: &[Row], slots: u32, groups: &[Vec<u32>]) {
    let mut group_of = vec![usize::MAX; rows.len()];
    for (number, group) in groups.iter().enumerate() {
        assert!(!group.is_empty() && group.len() <= slots as usize, "{groups:?}");
        let held: u64 = group.iter().map(|&at| rows[at as usize].memory).sum();
        assert!(held <= 10, "{groups:?}");
        for &at in group {
            assert_eq!(group_of[at as usize], usize::MAX, "twice: {groups:?}");
            group_of[at as usize] = number;
            let lock = rows[at as usize].lock;
            let same = group.iter().filter(|&&b| lock.is_some() && rows[b as usize].lock == lock);
            assert!(same.count() <= 1, "{groups:?}");
        }
    }
    for (at, row) in rows.iter().enumerate() {
        assert_ne!(group_of[at], usize::MAX, "left out: {at}");
        assert!(row.needs.iter().all(|need| group_of[*need] < group_of[at]), "{groups:?}");
    }
}

/// The shortest by trying every group of everything that is ready.
fn brute(rows: &[Row], slots: u32, done: u32, known: &mut Vec<Option<i64>>) -> i64 {
    if done as usize + 1 == 1 << rows.len() {
        return 0;
    }
    if let Some(length) = known[done as usize] {
        return length;
    }
    let ready = |at: &usize| {
        done >> at & 1 == 0 && rows[*at].needs.iter().all(|need| done >> need & 1 == 1)
    };
    let ready: Vec<usize> = (0..rows.len()).filter(ready).collect();
    let mut best = i64::MAX;
    for choice in 1u32..1 << ready.len() {
        let group: Vec<usize> = (0..ready.len()).filter(|n| choice >> n & 1 == 1).collect();
        let group: Vec<usize> = group.into_iter().map(|n| ready[n]).collect();
        let locks: Vec<u32> = group.iter().filter_map(|at| rows[*at].lock).collect();
        let free = (0..2).all(|lock| locks.iter().filter(|l| **l == lock).count() <= 1);
        let held: u64 = group.iter().map(|at| rows[*at].memory).sum();
        if group.len() > slots as usize || held > 10 || !free {
            continue;
        }
        let takes = group.iter().map(|at| rows[*at].seconds).max().unwrap_or(0);
        let with = group.iter().fold(done, |set, at| set | 1 << at);
        best = best.min(takes + brute(rows, slots, with, known));
    }
    known[done as usize] = Some(best);
    best
}

proptest! {
    #[test]
    fn small_sets_are_packed_best(rows in rows(8), slots in 1u32..5) {
        let plan = plan_of(&rows);
        let packing = pack(&plan, &limits(slots)).unwrap();
        check(&rows, slots, &packing.groups);
        let shortest = brute(&rows, slots, 0, &mut vec![None; 1 << rows.len()]);
        prop_assert_eq!(packing.length, Seconds::from_secs(shortest));
        prop_assert_eq!((packing.bound, packing.method), (packing.length, Method::Exact));
        let items = Items::of(&plan, &limits(slots)).unwrap();
        prop_assert!(bound::of(&items) <= packing.length);
    }

    #[test]
    fn large_sets_stay_within_limits(rows in rows(60), slots in 1u32..9) {
        let plan = plan_of(&rows);
        let limits = limits(slots);
        let packing = pack(&plan, &limits).unwrap();
        check(&rows, slots, &packing.groups);
        prop_assert!(packing.bound <= packing.length);
        let items = Items::of(&plan, &limits).unwrap();
        check(&rows, slots, &first_fit::as_listed(&items));
        for group in &packing.groups {
            prop_assert!(group.is_sorted_by_key(|node| Reverse(items.tail[*node as usize])));
        }
    }

    /// Longest first on m machines is at most 4/3 - 1/(3m) of the best (Graham, 1969).
    #[test]
    fn longest_first_keeps_its_bound(
        seconds in proptest::collection::vec(1i64..30, 1..9),
        slots in 1u32..5,
    ) {
        let rows: Vec<Row> = seconds
            .iter()
            .map(|&seconds| Row { seconds, needs: Vec::new(), memory: 0, lock: None })
            .collect();
        let plan = plan_of(&rows);
        let made = plan.schedule(&limits(slots)).unwrap().makespan.as_micros() / 1_000_000;
        let mut loads = vec![0; slots as usize];
        let best = shortest_load(&seconds, &mut loads);
        let m = i64::from(slots);
        prop_assert!(made >= best);
        prop_assert!(3 * m * made <= (4 * m - 1) * best, "{} of {}", made, best);
    }
}

/// The least greatest load of machines, by trying all.
fn shortest_load(seconds: &[i64], loads: &mut [i64]) -> i64 {
    let Some((first, rest)) = seconds.split_first() else {
        return loads.iter().copied().max().unwrap_or(0);
    };
    let mut best = i64::MAX;
    for at in 0..loads.len() {
        loads[at] += first;
        best = best.min(shortest_load(rest, loads));
        loads[at] -= first;
    }
    best
}

#[test]
fn a_barrier_orders_and_takes_no_place() {
    let op = |id: &str, needs: &[&str], barrier| Operation {
        id: id.into(),
        barrier,
        duration: Some(Seconds::from_secs(2)),
        needs: needs.iter().map(|need| Need::from(*need)).collect(),
        ..Operation::default()
    };
    let mut unit = Unit::new(Dialect::Operations, "");
    let ops = [op("a", &[], false), op("b", &[], false), op("x", &["a", "b"], true)];
    let ops = ops.into_iter().chain([op("c", &["x"], false), op("d", &["x"], false)]);
    unit.drafts.extend(ops.map(|op| Draft { op: op.into(), ..Draft::default() }));
    let plan = Plan::assemble(vec![unit], &Options::default());
    let two = Limits { slots: Some(2), ..Limits::default() };
    let packing = pack(&plan, &two).unwrap();
    assert_eq!(packing.groups, [[0, 1], [2, 3]]);
    assert_eq!(packing.length, Seconds::from_secs(4));
}

#[test]
fn input_order_costs_what_sorting_saves() {
    let rows: Vec<Row> = [9, 1, 9, 1, 9, 1]
        .into_iter()
        .map(|seconds| Row { seconds, needs: Vec::new(), memory: 0, lock: None })
        .collect();
    let plan = plan_of(&rows);
    assert_eq!(packed_as_listed(&plan, &limits(3)).unwrap(), Seconds::from_secs(18));
    assert_eq!(pack(&plan, &limits(3)).unwrap().length, Seconds::from_secs(10));
}

/// The worst there is for the search: nothing in order, amounts that differ, all of them fit in
/// many ways. It must be found, not given up.
#[test]
fn twenty_that_are_in_no_order() {
    let rows: Vec<Row> = (0..EXACT_OPERATIONS as i64)
        .map(|at| Row {
            seconds: 10 + at * 7 % 13,
            needs: Vec::new(),
            memory: 1 + (at * 5 % 4) as u64,
            lock: None,
        })
        .collect();
    let plan = plan_of(&rows);
    let packing = pack(&plan, &limits(6)).unwrap();
    check(&rows, 6, &packing.groups);
    assert_eq!(packing.method, Method::Exact);
}
