//! Against what trying everything gives.

use super::super::{first, search};
use super::*;
use crate::bound::Bounds;
use crate::project::{Objective, Project};
use crate::{Graph, Limits};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use proptest::prelude::*;
use record::{Amount, Mode, Operation, Seconds};

/// Seconds, units of a resource that are held, units of an amount that are used up, cost.
type Way = (i64, u64, u64, u64);

/// A plan, and how much there is: of the resource, of the amount, of money.
#[derive(Clone, Debug)]
struct Case {
    ways: Vec<Vec<Way>>,
    edges: Vec<(u32, u32)>,
    held: u64,
    used: u64,
    cost: Option<u64>,
}

fn named(name: &str, units: u64) -> BTreeMap<String, Amount> {
    [(name.to_string(), Amount::from_units(units))].into()
}

impl Case {
    fn operations(&self) -> Vec<Operation> {
        let mode = |(at, &(secs, held, used, cost)): (usize, &Way)| Mode {
            mode: format!("m{at}"),
            duration: Some(Seconds::from_secs(secs)),
            cost: Some(Amount::from_units(cost)),
            resources: Some(named("held", held)),
            nonrenewable: Some(named("used", used)),
            ..Mode::default()
        };
        let modes = self.ways.iter().map(|ways| ways.iter().enumerate().map(mode).collect());
        modes.map(|modes| Operation { modes, ..Operation::default() }).collect()
    }

    fn settled(&self, objective: Objective) -> Result<Project, NoChoice> {
        self.with(&Wishes { objective, ..Wishes::default() })
    }

    fn with(&self, wishes: &Wishes) -> Result<Project, NoChoice> {
        let ops = self.operations();
        let nodes: Vec<&Operation> = ops.iter().collect();
        let graph = Graph::new(ops.len() as u32, &self.edges);
        let mut nonrenewable = named("used", self.used);
        nonrenewable.extend(self.cost.map(|cost| ("cost".to_string(), Amount::from_units(cost))));
        let resources = named("held", self.held);
        let limits = Limits { slots: None, resources, nonrenewable };
        let durations = vec![Seconds::ZERO; ops.len()];
        let mut project = Project::new(&graph, &nodes, &durations, &limits).unwrap();
        settle(&mut project, &nodes, wishes).map(|()| project)
    }

    /// Makespan and cost of the best that so many schedules find.
    fn sought(&self, objective: Objective, schedules: u64) -> Result<(i64, u64), NoChoice> {
        self.sought_with(&Wishes { objective, ..Wishes::default() }, schedules)
    }

    fn sought_with(&self, wishes: &Wishes, schedules: u64) -> Result<(i64, u64), NoChoice> {
        let project = self.with(wishes)?;
        let (first, _) = first(&project, 0, u64::MAX).unwrap();
        let mut search = search(&project, 1, first).unwrap();
        while search.made() < schedules {
            search.step();
        }
        let best = search.best();
        let schedule = project.schedule(&best.finish, &best.way);
        let cost = project.cost(&best.way) / 1000;
        self.check(&schedule, cost);
        assert!(Bounds::quick(&project).best() <= best.makespan);
        Ok((schedule.makespan.as_micros() / 1_000_000, cost))
    }

    /// The rows of the table that so many schedules find.
    fn front(&self, schedules: u64) -> Vec<(i64, u64)> {
        let mut front = Front::new(&self.settled(Objective::Makespan).unwrap(), 1);
        while front.made() < schedules && !front.is_done() {
            front.step();
        }
        let rows = front.rows().iter();
        let figures = rows.map(|row| {
            let cost = row.cost.as_millis() / 1000;
            self.check(&row.schedule, cost);
            (row.makespan.as_micros() / 1_000_000, cost)
        });
        figures.collect()
    }

    /// No more is taken and used than there is, nothing begins before what it needs has ended.
    fn check(&self, schedule: &crate::Schedule, cost: u64) {
        let secs = |time: Seconds| time.as_micros() / 1_000_000;
        let way = |op: usize| self.ways[op][schedule.mode[op] as usize];
        let ops = || 0..self.ways.len();
        for op in ops() {
            let (start, end) = (secs(schedule.start[op]), secs(schedule.end[op]));
            assert_eq!(end - start, way(op).0);
            let needs = self.edges.iter().filter(|(_, to)| *to as usize == op);
            needs.for_each(|(from, _)| assert!(secs(schedule.end[*from as usize]) <= start));
            let there = |other: &usize| {
                secs(schedule.start[*other]) <= start && start < secs(schedule.end[*other])
            };
            assert!(ops().filter(there).map(|other| way(other).1).sum::<u64>() <= self.held);
        }
        assert!(ops().map(|op| way(op).2).sum::<u64>() <= self.used);
        assert_eq!(ops().map(|op| way(op).3).sum::<u64>(), cost);
        assert!(self.cost.is_none_or(|budget| cost <= budget));
    }

    /// The least makespan of each cost, by trying every order and every choice in the serial
    /// scheme: that makes all active schedules (Sprecher, Kolisch and Drexl, 1995).
    fn everything(&self) -> BTreeMap<u64, i64> {
        let mut best = BTreeMap::new();
        self.extend(&mut Vec::new(), (0, 0), &mut best);
        best
    }

    fn extend(
        &self,
        placed: &mut Vec<(usize, Way, i64)>,
        (used, cost): (u64, u64),
        best: &mut BTreeMap<u64, i64>,
    ) {
        if used > self.used || self.cost.is_some_and(|budget| cost > budget) {
            return;
        }
        if placed.len() == self.ways.len() {
            let makespan = placed.iter().map(|(_, way, start)| start + way.0).max().unwrap_or(0);
            let known = best.entry(cost).or_insert(makespan);
            *known = makespan.min(*known);
            return;
        }
        for op in 0..self.ways.len() {
            let end = |of: usize| placed.iter().find(|p| p.0 == of).map(|p| p.2 + p.1.0);
            let needs = self.edges.iter().filter(|(_, to)| *to as usize == op);
            let ends: Option<Vec<i64>> = needs.map(|(from, _)| end(*from as usize)).collect();
            let Some(ends) = ends.filter(|_| end(op).is_none()) else { continue };
            for &way in &self.ways[op] {
                let mut start = ends.iter().copied().max().unwrap_or(0);
                let held = |at: i64| {
                    let on = placed.iter().filter(|(_, w, s)| *s <= at && at < s + w.0);
                    on.map(|(_, w, _)| w.1).sum::<u64>()
                };
                while (start..start + way.0).any(|at| held(at) + way.1 > self.held) {
                    start += 1;
                }
                placed.push((op, way, start));
                self.extend(placed, (used + way.2, cost + way.3), best);
                placed.pop();
            }
        }
    }
}

/// Of makespans by cost those that none beats, the shortest first.
fn unbeaten(all: &BTreeMap<u64, i64>) -> Vec<(i64, u64)> {
    let mut front: Vec<(i64, u64)> = Vec::new();
    for (&cost, &makespan) in all {
        if front.last().is_none_or(|(least, _)| makespan < *least) {
            front.push((makespan, cost));
        }
    }
    front.reverse();
    front
}

fn cases() -> impl Strategy<Value = Case> {
    let way = (0_i64..6, 0_u64..4, 0_u64..4, 0_u64..5);
    let ways = prop::collection::vec(prop::collection::vec(way, 1..4), 1..6);
    let edges = prop::collection::vec((0_u32..6, 0_u32..6), 0..5);
    (ways, edges, 3_u64..6, 0_u64..12, prop::option::of(0_u64..14)).prop_map(
        |(ways, edges, held, used, cost)| {
            let count = ways.len() as u32;
            let edges = edges.into_iter().filter(|(a, b)| a < b && *b < count).collect();
            Case { ways, edges, held, used, cost }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Optimum, table and "nothing can be chosen" are those of trying everything.
    #[test]
    fn the_search_finds_what_trying_everything_finds(case in cases()) {
        let all = case.everything();
        let Some((&cheapest, &its)) = all.first_key_value() else {
            let why = case.settled(Objective::Makespan).unwrap_err();
            match why {
                NoChoice::Amount { name, least, proof, .. } => {
                    prop_assert_eq!(proof, Proof::Proved);
                    // with that much there is a schedule, with one less there is none
                    let least = least.as_millis() / 1000;
                    for (units, found) in [(Some(least), true), (least.checked_sub(1), false)] {
                        let Some(units) = units else { continue };
                        let mut other = case.clone();
                        match name.as_str() {
                            "cost" => other.cost = Some(units),
                            _ => other.used = units,
                        }
                        prop_assert_eq!(!other.everything().is_empty(), found);
                    }
                }
                NoChoice::Together(names, proof) => {
                    prop_assert_eq!((names.len(), proof), (2, Proof::Proved));
                    let alone = [Case { cost: None, ..case.clone() }, Case { used: 99, ..case.clone() }];
                    prop_assert!(alone.iter().all(|other| other.everything().is_empty()));
                }
                other => prop_assert!(false, "{:?}", other),
            }
            return Ok(());
        };
        let front = unbeaten(&all);
        prop_assert_eq!(case.sought(Objective::Makespan, 3000).unwrap().0, front[0].0);
        prop_assert_eq!(case.sought(Objective::MakespanCost, 3000).unwrap(), front[0]);
        prop_assert_eq!(case.sought(Objective::CostMakespan, 3000).unwrap(), (its, cheapest));
        prop_assert_eq!(case.front(10_000), front);
    }
}

/// Twelve operations of three modes; everything that is asked for comes from `next`.
fn twelve(edges: Vec<(u32, u32)>, held: u64) -> Case {
    let mut rng = fastrand::Rng::with_seed(7);
    // what is done sooner costs more
    let mut way = |_| {
        let secs = rng.i64(1..20);
        (secs, 1, rng.u64(0..8), (20 - secs) as u64 + rng.u64(0..5))
    };
    let ways = (0..12).map(|_| (0..3).map(&mut way).collect()).collect();
    Case { ways, edges, held, used: 40, cost: None }
}

/// The front of all choices, each as long as `makespan` says.
fn all_choices(case: &Case, makespan: impl Fn(&[Way; 12]) -> i64) -> Vec<(i64, u64)> {
    let mut best = BTreeMap::new();
    for number in 0..3_usize.pow(12) {
        let chosen: [Way; 12] =
            core::array::from_fn(|op| case.ways[op][number / 3_usize.pow(op as u32) % 3]);
        if chosen.iter().map(|way| way.2).sum::<u64>() <= case.used {
            let known = best.entry(chosen.iter().map(|way| way.3).sum()).or_insert(i64::MAX);
            *known = makespan(&chosen).min(*known);
        }
    }
    unbeaten(&best)
}

#[test]
fn of_twelve_operations_one_at_a_time_the_front_is_that_of_all_choices() {
    let case = twelve(Vec::new(), 1);
    let front = all_choices(&case, |chosen| chosen.iter().map(|way| way.0).sum());
    assert!(front.len() > 10);
    assert_eq!(case.front(300_000), front);
}

#[test]
fn of_twelve_operations_in_a_net_the_front_is_that_of_all_choices() {
    // each needs two of the row before
    let edges = (0..9_u32)
        .flat_map(|op| [(op, op / 3 * 3 + 3 + op % 3), (op, op / 3 * 3 + 3 + (op + 1) % 3)]);
    let case = twelve(edges.collect(), 12);
    let front = all_choices(&case, |chosen| {
        let mut end = [0; 12];
        for op in 0..12 {
            let needs = case.edges.iter().filter(|(_, to)| *to as usize == op);
            let ready = needs.map(|(from, _)| end[*from as usize]).max().unwrap_or(0);
            end[op] = ready + chosen[op].0;
        }
        end.into_iter().max().unwrap_or(0)
    });
    assert!(front.len() > 5);
    assert_eq!(case.front(300_000), front);
}

#[test]
fn the_preferred_mode_is_taken_where_it_changes_neither_makespan_nor_cost() {
    // a and b side by side: b may take its slower mode, a may not; c costs more in it
    let ways = vec![
        vec![(5, 0, 0, 1), (9, 0, 0, 1)],
        vec![(2, 0, 0, 1), (4, 0, 0, 1)],
        vec![(1, 0, 0, 1), (1, 0, 0, 2)],
    ];
    let case = Case { ways, edges: Vec::new(), held: 1, used: 1, cost: None };
    let modes = |objective| {
        let prefer = Some("m1".to_string());
        let project = case.with(&Wishes { objective, prefer, ..Wishes::default() }).unwrap();
        let mut search = search(&project, 1, first(&project, 0, u64::MAX).unwrap().0).unwrap();
        while search.made() < 3000 {
            search.step();
        }
        project.schedule(&search.best().finish, &search.best().way).mode
    };
    assert_eq!(modes(Objective::MakespanCost), [0, 1, 0]);
    assert_eq!(modes(Objective::CostMakespan), [0, 1, 0]);
    // where the cost does not count, the preference does
    assert_eq!(modes(Objective::Makespan), [0, 1, 1]);
    let none = Wishes { prefer: Some("m7".into()), ..Wishes::default() };
    assert_eq!(case.with(&none).unwrap_err(), NoChoice::Prefer("m7".into()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn with_routes_it_is_the_best_of_what_they_leave(
        case in cases(),
        routes in prop::collection::vec(prop::option::of(0_u32..3), 6),
    ) {
        let route: Vec<Option<u32>> = case.ways.iter().zip(&routes)
            .map(|(ways, mode)| mode.filter(|mode| (*mode as usize) < ways.len()))
            .collect();
        let mut left = case.clone();
        for (ways, mode) in left.ways.iter_mut().zip(&route) {
            if let Some(mode) = mode {
                *ways = vec![ways[*mode as usize]];
            }
        }
        let wishes = Wishes { objective: Objective::MakespanCost, route, ..Wishes::default() };
        let best = left.everything().into_iter().map(|(cost, makespan)| (makespan, cost)).min();
        match case.sought_with(&wishes, 3000) {
            Ok(found) => prop_assert_eq!(Some(found), best),
            Err(_) => prop_assert_eq!(None, best),
        }
    }
}

#[test]
fn a_route_to_a_mode_that_cannot_be_names_the_node() {
    let case = Case {
        ways: vec![vec![(1, 0, 0, 1)], vec![(2, 9, 0, 1), (4, 1, 0, 1)]],
        edges: Vec::new(),
        held: 3,
        used: 1,
        cost: None,
    };
    let to = |mode| Wishes { route: vec![None, Some(mode)], ..Wishes::default() };
    assert_eq!(case.with(&to(0)).unwrap_err(), NoChoice::Route(1));
    assert_eq!(case.with(&to(1)).unwrap().len(), 2);
}

#[test]
fn modes_below_a_quality_are_left_out() {
    let mode = |name: &str, quality| Mode { mode: name.into(), quality, ..Mode::default() };
    let op = |modes| Operation { modes, ..Operation::default() };
    let ops = [
        op(vec![mode("a", Some(0.5)), mode("b", Some(0.9)), mode("c", None)]),
        op(vec![mode("a", Some(0.7))]),
    ];
    let nodes: Vec<&Operation> = ops.iter().collect();
    let kept = |quality| {
        let durations = vec![Seconds::ZERO; 2];
        let limits = Limits::default();
        let mut project = Project::new(&Graph::new(2, &[]), &nodes, &durations, &limits).unwrap();
        project
            .keep_quality(quality)
            .map(|()| project.ways(0).iter().map(|w| w.mode).collect::<Vec<_>>())
    };
    assert_eq!(kept(0.4), Ok(vec![0, 1, 2]));
    assert_eq!(kept(0.6), Ok(vec![1, 2]));
    assert_eq!(kept(0.8), Err(1));
}

#[test]
fn a_plan_too_wide_to_be_proved_gets_a_choice_that_overdraws_nothing() {
    // four amounts of which together just enough is there: of forty operations each in its
    // own way takes 0 to 99 of each
    let mut rng = fastrand::Rng::with_seed(3);
    let names = ["a", "b", "c", "d"];
    let ops: Vec<Operation> = (0..40)
        .map(|_| {
            let modes = (0..3).map(|at| {
                let used =
                    names.iter().map(|n| (n.to_string(), Amount::from_units(rng.u64(0..100))));
                Mode {
                    mode: format!("m{at}"),
                    nonrenewable: Some(used.collect()),
                    ..Mode::default()
                }
            });
            Operation { modes: modes.collect(), ..Operation::default() }
        })
        .collect();
    let nodes: Vec<&Operation> = ops.iter().collect();
    let nonrenewable = names.iter().map(|n| (n.to_string(), Amount::from_units(1600))).collect();
    let limits = Limits { nonrenewable, ..Limits::default() };
    let durations = vec![Seconds::from_secs(1); 40];
    let mut project = Project::new(&Graph::new(40, &[]), &nodes, &durations, &limits).unwrap();
    settle(&mut project, &nodes, &Wishes::default()).unwrap();
    let (found, _) = first(&project, 0, u64::MAX).unwrap();
    for stock in 0..4 {
        let ways = found.way.iter().zip(0..).map(|(&way, a)| &project.ways(a)[way as usize]);
        assert!(ways.map(|way| way.uses_of(stock)).sum::<u64>() <= 1_600_000);
    }
}

#[test]
fn the_same_seed_and_number_of_schedules_give_the_same_schedule() {
    let case = twelve(vec![(0, 3), (1, 4), (2, 5)], 2);
    let found = |seed| {
        let project = case.settled(Objective::MakespanCost).unwrap();
        let mut search = search(&project, seed, first(&project, 0, u64::MAX).unwrap().0).unwrap();
        while search.made() < 500 {
            search.step();
        }
        (search.best().finish.clone(), search.best().way.clone())
    };
    assert_eq!(found(1), found(1));
}
