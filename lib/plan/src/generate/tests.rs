use super::*;
use crate::graph::Graph;
use crate::schedule::Limits;
use alloc::string::ToString;
use fastrand::Rng;
use proptest::prelude::*;
use record::{Amount, LockAsk, Operation, Seconds};

/// A random project: durations, edges, what each takes of two resources and a lock.
fn projects() -> impl Strategy<Value = Project> {
    let sizes = 1_usize..30;
    sizes
        .prop_flat_map(|count| {
            let edges = prop::collection::vec((0..count as u32, 0..count as u32), 0..count * 2);
            let takes = prop::collection::vec((0_i64..6, 0_u64..5, 0_u64..400, 0_u8..5), count);
            (edges, takes)
        })
        .prop_map(|(edges, takes)| {
            let edges: Vec<(u32, u32)> = edges.into_iter().filter(|(a, b)| a < b).collect();
            let op = |&(_, cpu, memory, lock): &(i64, u64, u64, u8)| Operation {
                resources: [("cpu", cpu), ("memory", memory)]
                    .map(|(name, amount)| (name.to_string(), Amount::from_units(amount)))
                    .into(),
                locks: if lock == 0 { alloc::vec![LockAsk::exclusive("one")] } else { Vec::new() },
                ..Operation::default()
            };
            let ops: Vec<Operation> = takes.iter().map(op).collect();
            let nodes: Vec<&Operation> = ops.iter().collect();
            let durations: Vec<Seconds> = takes.iter().map(|t| Seconds::from_secs(t.0)).collect();
            let there = [("cpu", 6), ("memory", 500)];
            let resources =
                there.map(|(name, amount)| (name.to_string(), Amount::from_units(amount))).into();
            let limits = Limits { slots: Some(4), resources, ..Limits::default() };
            let graph = Graph::new(takes.len() as u32, &edges);
            Project::new(&graph, &nodes, &durations, &limits).unwrap()
        })
}

/// Whether what is needed has ended, and nothing more is held than there is.
fn is_feasible(project: &Project, ends: &[i64]) -> bool {
    let ticks = |a: usize| project.ways(a as u32)[0].ticks;
    let start = |a: usize| ends[a] - ticks(a);
    let ordered = (0..ends.len()).all(|a| {
        let needs = project.before.list(a as u32);
        start(a) >= 0 && needs.iter().all(|&need| ends[need as usize] <= start(a))
    });
    let held = |at: i64, resource: u32| -> u64 {
        let runs = |a: &usize| start(*a) <= at && at < ends[*a];
        let takes = (0..ends.len()).filter(runs).flat_map(|a| &project.ways(a as u32)[0].takes);
        takes.filter(|(r, _)| *r == resource).map(|(_, amount)| amount).sum()
    };
    let within = |at: i64| {
        (0..).zip(&project.capacity).all(|(resource, &there)| held(at, resource) <= there)
    };
    ordered && (0..ends.len()).all(|a| within(start(a)))
}

/// What a profile makes of lists and ranks, in both directions, each looked at.
fn made<P: Profile>(project: &Project) -> Vec<Timing> {
    let packing = Packing::new(project);
    let mut generator = Generator::<P>::new(project, &packing);
    let (mut list, mut all) = ((0..project.len() as u32).collect::<Vec<u32>>(), Vec::new());
    let mut timing = generator.timing();
    let mut ends = Vec::new();
    for direction in [Direction::Forward, Direction::Backward, Direction::Forward] {
        generator.serial(direction, &list, &mut timing);
        generator.turn(&timing, &mut list);
        all.push(timing.clone());
    }
    let share = project.scarcest_shares();
    for (rule, _) in RULES {
        let rank = generator.rank(rule, Direction::Forward, (&project.node, &share));
        generator.parallel(Direction::Forward, &rank, &mut timing);
        all.push(timing.clone());
        generator.serial(Direction::Forward, &generator.in_order(&rank), &mut timing);
        all.push(timing.clone());
    }
    for timing in &all {
        generator.ends(timing, &mut ends);
        assert!(is_feasible(project, &ends), "{timing:?}");
    }
    all
}

proptest! {
    /// Both schemes keep all limits, and every profile and word makes the same of a list.
    #[test]
    fn schedules_are_feasible_whatever_the_profile(project in projects()) {
        let grid = made::<Grid<u64>>(&project);
        prop_assert_eq!(&grid, &made::<Steps<u64>>(&project));
        prop_assert_eq!(&grid, &made::<Grid<u128>>(&project));
        prop_assert_eq!(&grid, &made::<Steps<[u64; 8]>>(&project));
    }

    /// Justification makes no schedule longer (Valls, Ballestin and Quintanilla, 2005).
    #[test]
    fn turning_back_and_forth_makes_nothing_longer(project in projects()) {
        let timings = made::<Grid<u64>>(&project);
        prop_assert!(timings[1].makespan <= timings[0].makespan);
        prop_assert!(timings[2].makespan <= timings[1].makespan);
    }

    /// A list in which something was moved is still in order.
    #[test]
    fn what_is_moved_stays_in_order(project in projects(), places in (0_usize..30, 0_usize..30)) {
        let generator = Generator::<Grid<u64>>::new(&project, &Packing::new(&project));
        let count = project.len();
        for direction in [Direction::Forward, Direction::Backward] {
            let mut list: Vec<u32> = (0..count as u32).collect();
            if direction == Direction::Backward {
                list.reverse();
            }
            generator.shift(direction, &mut list, (places.0 % count, places.1 % count));
            let place = |a: u32| list.iter().position(|its| *its == a);
            for a in 0..count as u32 {
                for &need in project.before.list(a) {
                    let before = place(need) < place(a);
                    prop_assert_eq!(before, direction == Direction::Forward);
                }
            }
        }
    }
}

#[test]
fn lists_by_noisy_durations_are_in_order() {
    let ops: Vec<Operation> = (0..20).map(|_| Operation::default()).collect();
    let nodes: Vec<&Operation> = ops.iter().collect();
    let edges: Vec<(u32, u32)> = (0..19).map(|at| (at, at + 1)).collect();
    let durations = vec![Seconds::from_secs(1); 20];
    let graph = Graph::new(20, &edges);
    let project = Project::new(&graph, &nodes, &durations, &Limits::default()).unwrap();
    let mut generator = Generator::<Grid<u64>>::new(&project, &Packing::new(&project));
    let tails = generator.noisy_tails(1.0, &mut Rng::with_seed(3));
    assert!(tails.windows(2).all(|pair| pair[0] >= pair[1]), "{tails:?}");
    assert!(tails.windows(3).any(|three| three[0] - three[1] != three[1] - three[2]));
}
