use super::{Cycle, Graph, Path};
use alloc::vec;
use alloc::vec::Vec;
use record::Seconds;

/// A small generator with a seed (xorshift64*; Vigna, 2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % u64::from(n)) as u32
    }
}

struct Case {
    nodes: u32,
    edges: Vec<(u32, u32)>,
    durations: Vec<Seconds>,
}

/// Edges run from smaller to greater under a random naming, some given twice.
fn random_dag(dice: &mut Dice) -> Case {
    let nodes = 1 + dice.below(9);
    let mut names: Vec<u32> = (0..nodes).collect();
    for i in (1..nodes).rev() {
        names.swap(i as usize, dice.below(i + 1) as usize);
    }
    let density = 1 + dice.below(9);
    let mut edges = Vec::new();
    for a in 0..nodes {
        for b in a + 1..nodes {
            if dice.below(10) < density {
                for _ in 0..=dice.below(2) {
                    edges.push((names[a as usize], names[b as usize]));
                }
            }
        }
    }
    let durations =
        (0..nodes).map(|_| Seconds::from_micros(i64::from(dice.below(5)) * 250_000)).collect();
    Case { nodes, edges, durations }
}

/// Every path from `node` on, by plain recursion.
fn paths_from(case: &Case, node: u32) -> Vec<Vec<u32>> {
    let mut next: Vec<u32> =
        case.edges.iter().filter(|(a, _)| *a == node).map(|(_, b)| *b).collect();
    next.sort_unstable();
    next.dedup();
    if next.is_empty() {
        return vec![vec![node]];
    }
    let mut all = Vec::new();
    for n in next {
        for mut path in paths_from(case, n) {
            path.insert(0, node);
            all.push(path);
        }
    }
    all
}

fn length(case: &Case, path: &[u32]) -> Seconds {
    path.iter().map(|n| case.durations[*n as usize]).sum()
}

#[test]
fn ten_thousand_random_graphs_agree_with_brute_force() {
    let mut dice = Dice(20_261_121);
    for round in 0..10_000 {
        let case = random_dag(&mut dice);
        let graph = Graph::new(case.nodes, &case.edges);
        let levels = graph.levels().unwrap();
        let times = graph.times(&case.durations).unwrap();
        let paths: Vec<Vec<Vec<u32>>> = (0..case.nodes).map(|n| paths_from(&case, n)).collect();
        let every = || paths.iter().flatten();
        for node in 0..case.nodes {
            let ahead = |path: &Vec<u32>| path.iter().position(|n| *n == node);
            let level = every().filter_map(ahead).max().unwrap() + 1;
            assert_eq!(levels[node as usize] as usize, level, "round {round}");
            let tail = paths[node as usize].iter().map(|p| length(&case, p)).max().unwrap();
            assert_eq!(times.tail[node as usize], tail, "round {round}");
            let start =
                every().filter_map(|p| ahead(p).map(|at| length(&case, &p[..at]))).max().unwrap();
            assert_eq!(times.start[node as usize], start, "round {round}");
            let through =
                every().filter(|p| p.contains(&node)).map(|p| length(&case, p)).max().unwrap();
            assert_eq!(times.slack(node), times.length - through, "round {round}");
        }
        let critical = graph.critical_path(&case.durations).unwrap();
        let longest = every().map(|p| length(&case, p)).max().unwrap();
        assert_eq!(critical.length, longest);
        assert_eq!(length(&case, &critical.nodes), longest);
        assert!(every().any(|p| *p == critical.nodes), "round {round}: no such path");
        let order = graph.order().unwrap();
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, n)| place[*n as usize] = at);
        assert!(case.edges.iter().all(|(a, b)| place[*a as usize] < place[*b as usize]));
    }
}

#[test]
fn lists_have_each_edge_once_both_ways() {
    let graph = Graph::new(4, &[(2, 0), (2, 1), (2, 0), (0, 1)]);
    assert_eq!(graph.successors(2), [0, 1]);
    assert_eq!(graph.predecessors(1), [0, 2]);
    assert_eq!((graph.nodes(), graph.edges()), (4, 3));
    assert!(graph.successors(3).is_empty() && graph.predecessors(99).is_empty());
    assert_eq!(Graph::new(0, &[]).levels(), Ok(vec![]));
    assert_eq!(Graph::new(0, &[(1, 0)]).levels(), Ok(vec![2, 1]));
    assert_eq!(Graph::default().critical_path(&[]), Ok(Path::default()));
}

#[test]
fn a_cycle_is_told_in_its_order() {
    // 4 hangs off the cycle and 5 leads into it: neither is named
    let graph = Graph::new(6, &[(1, 2), (2, 3), (3, 1), (3, 4), (5, 1)]);
    assert_eq!(graph.levels(), Err(Cycle(vec![1, 2, 3])));
    assert_eq!(graph.tails(&[]), Err(Cycle(vec![1, 2, 3])));
    assert_eq!(Graph::new(2, &[(1, 1)]).order(), Err(Cycle(vec![1])));
}

#[test]
fn random_cycles_are_cycles() {
    let mut dice = Dice(7);
    let mut found = 0;
    for _ in 0..2_000 {
        let nodes = 2 + dice.below(8);
        let edges: Vec<(u32, u32)> =
            (0..2 * nodes).map(|_| (dice.below(nodes), dice.below(nodes))).collect();
        if let Err(Cycle(cycle)) = Graph::new(nodes, &edges).levels() {
            found += 1;
            let next = cycle.iter().cycle().skip(1);
            assert!(cycle.iter().zip(next).all(|(a, b)| edges.contains(&(*a, *b))), "{cycle:?}");
        }
    }
    assert!(found > 1_000);
}

#[test]
fn a_chain_of_a_million_overflows_nothing() {
    let nodes = 1_000_000;
    let edges: Vec<(u32, u32)> = (1..nodes).rev().map(|n| (n, n - 1)).collect();
    let graph = Graph::new(nodes, &edges);
    assert_eq!(graph.levels().unwrap()[0], nodes);
    let second = vec![Seconds::from_secs(1); nodes as usize];
    let path = graph.critical_path(&second).unwrap();
    assert_eq!((path.nodes.len(), path.length), (nodes as usize, Seconds::from_secs(1_000_000)));
    let mut round = edges;
    round.push((0, nodes - 1));
    assert_eq!(Graph::new(nodes, &round).levels().unwrap_err().0.len(), nodes as usize);
}
