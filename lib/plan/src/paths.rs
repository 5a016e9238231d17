//! The longest paths of a graph, longest first.

use crate::graph::{Cycle, Graph, Path, duration_of};
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::Seconds;

/// A path that has come as far as `node`; `from` is where it came from.
struct Step {
    node: u32,
    from: Option<u32>,
    before: Seconds,
}

/// The `count` longest paths that begin where nothing is needed and end where
/// nothing depends, longest first, among equals the first in the input.
///
/// Best-first search: the longest remaining path is known exactly, so each path
/// that is taken from the queue is the longest that is left (Hart, Nilsson and
/// Raphael, 1968). The work is the sum of the successors along the paths.
///
/// # Errors
/// A cycle.
pub fn longest_paths(
    graph: &Graph,
    durations: &[Seconds],
    count: usize,
) -> Result<Vec<Path>, Cycle> {
    let tail = graph.tails(durations)?;
    let mut steps: Vec<Step> = Vec::new();
    let mut queue: BinaryHeap<(Seconds, Reverse<usize>)> = BinaryHeap::new();
    let roots = (0..graph.nodes()).filter(|&node| graph.predecessors(node).is_empty());
    for node in roots {
        queue.push((tail[node as usize], Reverse(steps.len())));
        steps.push(Step { node, from: None, before: Seconds::ZERO });
    }
    let mut paths = Vec::new();
    while paths.len() < count {
        let Some((length, Reverse(at))) = queue.pop() else { break };
        let Step { node, before, .. } = steps[at];
        if graph.successors(node).is_empty() {
            paths.push(Path { nodes: nodes_of(&steps, at), length });
            continue;
        }
        let before = before + duration_of(durations, node);
        for &next in graph.successors(node) {
            queue.push((before + tail[next as usize], Reverse(steps.len())));
            steps.push(Step { node: next, from: Some(at as u32), before });
        }
    }
    Ok(paths)
}

fn nodes_of(steps: &[Step], last: usize) -> Vec<u32> {
    let mut nodes = Vec::new();
    let mut at = Some(last as u32);
    while let Some(step) = at.and_then(|at| steps.get(at as usize)) {
        nodes.push(step.node);
        at = step.from;
    }
    nodes.reverse();
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_longest_first() {
        // 0 -> 1 -> 3, 0 -> 2 -> 3, 4 alone
        let graph = Graph::new(5, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
        let durations: Vec<Seconds> = [1, 5, 9, 1, 8].map(Seconds::from_secs).to_vec();
        let paths = longest_paths(&graph, &durations, 9).unwrap();
        let have: Vec<(Vec<u32>, i64)> =
            paths.into_iter().map(|p| (p.nodes, p.length.as_micros() / 1_000_000)).collect();
        let want = [(alloc::vec![0, 2, 3], 11), (alloc::vec![4], 8), (alloc::vec![0, 1, 3], 7)];
        assert_eq!(have, want);
        assert_eq!(longest_paths(&graph, &durations, 1).unwrap().len(), 1);
        assert!(longest_paths(&Graph::new(2, &[(0, 1), (1, 0)]), &[], 1).is_err());
    }
}
