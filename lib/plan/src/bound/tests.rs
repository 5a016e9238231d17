use super::*;
use crate::schedule::{Limits, first_list};
use crate::{Graph, search};
use alloc::string::ToString;
use proptest::prelude::*;
use record::{Amount, Operation, Seconds};

fn project(secs: &[i64], edges: &[(u32, u32)], asks: &[u64], there: u64) -> Project {
    let graph = Graph::new(secs.len() as u32, edges);
    let amount = |n| [("r".to_string(), Amount::from_units(n))].into_iter().collect();
    let ops: Vec<Operation> = asks
        .iter()
        .map(|&ask| Operation { resources: amount(ask), ..Operation::default() })
        .collect();
    let nodes: Vec<&Operation> = ops.iter().collect();
    let durations: Vec<Seconds> = secs.iter().map(|s| Seconds::from_secs(*s)).collect();
    let limits = Limits { resources: amount(there), ..Limits::default() };
    Project::new(&graph, &nodes, &durations, &limits).unwrap()
}

#[test]
fn each_bound_finds_what_it_is_for() {
    // a chain
    let chain = Bounds::quick(&project(&[2, 3], &[(0, 1)], &[1, 1], 9));
    assert_eq!((chain.critical_path, chain.energy[0].1), (5, 4));
    // four of two units each, three seconds, in a room of four
    let heap = Bounds::quick(&project(&[3, 3, 3, 3], &[], &[2, 2, 2, 2], 4));
    // (three seconds are one tick)
    assert_eq!((heap.critical_path, heap.energy[0].1), (1, 2));
    // two that cannot run together though there would be energy enough
    let pair = project(&[2, 3], &[], &[3, 3], 5);
    let mut apart = Bounds::quick(&pair);
    assert_eq!(apart.best(), 3);
    apart.improve(&pair, 6);
    assert_eq!((apart.destructive, apart.best()), (Some(5), 5));
}

/// The shortest schedule, by trying every order in the serial scheme: it makes all active
/// schedules, one of which is best (Sprecher, Kolisch and Drexl, 1995).
fn shortest(secs: &[i64], edges: &[(u32, u32)], asks: &[u64], there: u64) -> i64 {
    fn extend(
        placed: &mut Vec<(usize, i64)>,
        best: &mut i64,
        (secs, edges): (&[i64], &[(u32, u32)]),
        (asks, there): (&[u64], u64),
    ) {
        if placed.len() == secs.len() {
            *best = (*best).min(placed.iter().map(|&(a, s)| s + secs[a]).max().unwrap_or(0));
            return;
        }
        let done = |a: u32, placed: &[(usize, i64)]| {
            placed.iter().find(|p| p.0 == a as usize).map(|p| p.1)
        };
        for a in 0..secs.len() {
            let needs = || edges.iter().filter(|(_, to)| *to as usize == a).map(|(from, _)| *from);
            if done(a as u32, placed).is_some() || needs().any(|n| done(n, placed).is_none()) {
                continue;
            }
            let mut start = needs()
                .filter_map(|n| Some(done(n, placed)? + secs[n as usize]))
                .max()
                .unwrap_or(0);
            let held = |at: i64| -> u64 {
                placed
                    .iter()
                    .filter(|&&(b, s)| s <= at && at < s + secs[b])
                    .map(|&(b, _)| asks[b])
                    .sum()
            };
            while (start..start + secs[a]).any(|at| held(at) + asks[a] > there) {
                start += 1;
            }
            placed.push((a, start));
            extend(placed, best, (secs, edges), (asks, there));
            placed.pop();
        }
    }
    let mut best = i64::MAX;
    extend(&mut Vec::new(), &mut best, (secs, edges), (asks, there));
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No bound is above the shortest schedule, and the search finds it.
    #[test]
    fn bounds_hold_and_the_search_finds_the_shortest(
        secs in prop::collection::vec(0_i64..5, 1..7),
        pairs in prop::collection::vec((0_u32..7, 0_u32..7), 0..8),
        asks in prop::collection::vec(0_u64..4, 7),
        there in 3_u64..6,
    ) {
        let count = secs.len() as u32;
        let edges: Vec<(u32, u32)> = pairs.into_iter().filter(|(a, b)| a < b && *b < count).collect();
        let asks = &asks[..secs.len()];
        let project = project(&secs, &edges, asks, there);
        let shortest = shortest(&secs, &edges, asks, there);
        let whole = |ticks| project.seconds(ticks).as_micros() / 1_000_000;
        let mut bounds = Bounds::quick(&project);
        let (first, _) = search::first(&project, bounds.best(), u64::MAX).unwrap();
        prop_assert!(whole(first.makespan) >= shortest);
        bounds.improve(&project, first.makespan);
        prop_assert!(whole(bounds.best()) <= shortest, "{bounds:?} {shortest}");
        let mut search = search::search(&project, 1, first).unwrap();
        while search.made() < 2000 && whole(search.best().makespan) > shortest {
            search.step();
        }
        prop_assert_eq!(whole(search.best().makespan), shortest);
        let (list, _) = first_list(&project);
        prop_assert!(whole(list.into_iter().max().unwrap_or(0)) >= shortest);
    }
}
