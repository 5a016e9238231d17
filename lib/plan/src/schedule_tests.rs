use super::*;
use alloc::string::ToString;
use proptest::prelude::*;

fn op(locks: &[LockAsk]) -> Operation {
    Operation { locks: locks.to_vec(), ..Operation::default() }
}

fn run(edges: &[(u32, u32)], secs: &[i64], ops: &[Operation], limits: &Limits) -> (Vec<i64>, i64) {
    let graph = Graph::new(ops.len() as u32, edges);
    let durations: Vec<Seconds> = secs.iter().map(|s| Seconds::from_secs(*s)).collect();
    let nodes: Vec<&Operation> = ops.iter().collect();
    let plan = schedule(&graph, &durations, &nodes, limits).unwrap();
    let whole = |s: &Seconds| s.as_micros() / 1_000_000;
    (plan.start.iter().map(whole).collect(), whole(&plan.makespan))
}

#[test]
fn a_lock_queues_and_the_longer_tail_goes_first() {
    let vm = [LockAsk::exclusive("vm")];
    let ops = [op(&[]), op(&[]), op(&vm), op(&vm)];
    let plan = run(&[(0, 2), (1, 3)], &[120, 180, 180, 120], &ops, &Limits::default());
    assert_eq!(plan, (vec![0, 0, 120, 300], 420));
}

#[test]
fn slots_and_resources_limit() {
    let mut ops = [op(&[]), op(&[]), op(&[])];
    let two = Limits { slots: Some(2), ..Limits::default() };
    assert_eq!(run(&[], &[1, 2, 3], &ops, &two), (vec![2, 0, 0], 3));
    let memory = |n| [("memory".to_string(), Amount::from_units(n))].into_iter().collect();
    ops.iter_mut().for_each(|op| op.resources = memory(6));
    let limits = Limits { resources: memory(10), ..Limits::default() };
    assert_eq!(run(&[], &[1, 2, 3], &ops, &limits).1, 6);
    // larger than all there is: planned as if it took all
    let small = Limits { resources: memory(5), ..Limits::default() };
    assert_eq!(run(&[], &[1, 2, 3], &ops, &small).1, 6);
}

#[test]
fn shared_and_counted_locks() {
    let shared = [LockAsk { shared: true, ..LockAsk::exclusive("db") }];
    let ops = [op(&shared), op(&shared), op(&[LockAsk::exclusive("db")])];
    assert_eq!(run(&[], &[2, 2, 1], &ops, &Limits::default()).1, 3);
    let third = [LockAsk { slots: 3, take: 1, ..LockAsk::exclusive("net") }];
    let ops: Vec<Operation> = (0..4).map(|_| op(&third)).collect();
    assert_eq!(run(&[], &[1, 1, 1, 1], &ops, &Limits::default()).1, 2);
}

#[test]
fn each_takes_the_smallest_free_slot() {
    let at = |secs: &[i64]| secs.iter().map(|s| Seconds::from_secs(*s)).collect::<Vec<_>>();
    let plan = Schedule {
        start: at(&[0, 0, 2, 3, 3, 3]),
        end: at(&[3, 2, 5, 3, 4, 4]),
        ..Schedule::default()
    };
    // node 3 takes no time, node 5 no slot
    assert_eq!(plan.slots(|node| node == 5), [1, 2, 2, 1, 1, 0]);
}

#[test]
fn nothing_takes_no_time() {
    let ops: Vec<Operation> = (0..3).map(|_| op(&[])).collect();
    let plan = run(&[(0, 1), (1, 2)], &[0, 0, 0], &ops, &Limits::default());
    assert_eq!(plan, (vec![0; 3], 0));
}

/// Level by level, each as long as its longest: what barriers between levels cost.
fn by_levels(edges: &[(u32, u32)], secs: &[i64]) -> i64 {
    let levels = Graph::new(secs.len() as u32, edges).levels().unwrap();
    let top = levels.iter().copied().max().unwrap_or(0);
    let longest = |level| (levels.iter().zip(secs)).filter(move |(l, _)| **l == level);
    (1..=top).map(|level| longest(level).map(|(_, s)| *s).max().unwrap_or(0)).sum()
}

#[test]
fn a_skewed_set_gains_by_having_no_barriers() {
    // two chains, long then short and short then long
    let edges = [(0, 1), (2, 3)];
    let secs = [9, 1, 1, 9];
    let ops: Vec<Operation> = (0..4).map(|_| op(&[])).collect();
    assert_eq!(
        (run(&edges, &secs, &ops, &Limits::default()).1, by_levels(&edges, &secs)),
        (10, 18)
    );
}

proptest! {
    /// Needs, slots and locks hold, and both lower bounds.
    #[test]
    fn schedules_are_feasible(
        secs in prop::collection::vec(0_i64..6, 1..14),
        pairs in prop::collection::vec((0_u32..14, 0_u32..14), 0..30),
        locks in prop::collection::vec(0_u8..4, 14),
        slots in 1_u32..5,
    ) {
        let count = secs.len() as u32;
        let forward = |(a, b): &(u32, u32)| a < b && *b < count;
        let edges: Vec<(u32, u32)> = pairs.into_iter().filter(forward).collect();
        let lock = |kind: u8| match kind {
            1 | 2 => vec![LockAsk::exclusive(kind.to_string())],
            _ => vec![],
        };
        let ops: Vec<Operation> =
            locks.iter().take(secs.len()).map(|kind| op(&lock(*kind))).collect();
        let limits = Limits { slots: Some(slots), ..Limits::default() };
        let (start, makespan) = run(&edges, &secs, &ops, &limits);
        for (a, b) in &edges {
            prop_assert!(start[*a as usize] + secs[*a as usize] <= start[*b as usize]);
        }
        for at in 0..=makespan {
            let running = |node: &usize| start[*node] <= at && at < start[*node] + secs[*node];
            let busy: Vec<usize> = (0..secs.len()).filter(running).collect();
            prop_assert!(busy.len() <= slots as usize);
            for kind in [1, 2] {
                prop_assert!(busy.iter().filter(|node| locks[**node] == kind).count() <= 1);
            }
        }
        let free = run(&edges, &secs, &ops.iter().map(|_| op(&[])).collect::<Vec<_>>(), &Limits::default()).1;
        prop_assert!(free <= by_levels(&edges, &secs));
        prop_assert!(makespan >= free && makespan <= secs.iter().sum());
        prop_assert!(makespan * i64::from(slots) >= secs.iter().sum());
    }
}
