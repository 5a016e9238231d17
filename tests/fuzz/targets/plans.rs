//! Plans: operations, edge lists, documents of every dialect.

use super::{is_a_fault, is_a_message};
use plan::{EdgeList, Plan};
use record::{Fields, Operation, Record as _, scan_operation};

/// One operation: what was read and written is the same operation, and so is what is read
/// without allocation.
pub fn operation(line: &[u8]) {
    let read = |line: &[u8]| Fields::parse(line).and_then(|f| Operation::parse(line, &f));
    if let Some(view) = scan_operation(line) {
        assert_eq!(read(line).map_err(|bad| bad.what), Ok(Operation::from(&view)));
    }
    match read(line) {
        Ok(op) => {
            let written = op.to_line();
            assert_eq!(read(&written).map_err(|bad| bad.what), Ok(op));
        }
        Err(bad) => is_a_fault(&bad, line),
    }
}

/// Pairs of words: an order, in which no need comes after what needs it, or a true cycle.
pub fn edges(text: &[u8]) {
    let list = match EdgeList::read(text) {
        Ok(list) => list,
        Err(odd) => {
            let lines = 1 + text.iter().filter(|byte| **byte == b'\n').count() as u64;
            assert!(odd.line >= 1 && odd.line <= lines);
            return assert!(!odd.word.is_empty());
        }
    };
    let graph = list.graph();
    match graph.order() {
        Ok(order) => {
            let mut place = vec![0; order.len()];
            order.iter().enumerate().for_each(|(at, node)| place[*node as usize] = at);
            for (needed, dependent) in &list.edges {
                assert!(place[*needed as usize] < place[*dependent as usize]);
            }
            assert_eq!(graph.levels().map(|levels| levels.len()), Ok(order.len()));
        }
        Err(cycle) => {
            let nodes = &cycle.0;
            assert!(!nodes.is_empty());
            for (at, node) in nodes.iter().enumerate() {
                let next = nodes[(at + 1) % nodes.len()];
                let joined = |one, two| list.edges.contains(&(one, two));
                assert!(joined(*node, next) || joined(next, *node), "{cycle:?}");
            }
        }
    }
}

/// Operation records: what the views of order read of them is what is in them.
pub fn outline(text: &[u8]) {
    let Ok(Some((outline, whole, wrong))) = tool::plan::readers::outline(text) else { return };
    assert!(wrong.is_empty(), "{wrong:?}");
    let ids = |plan: &Plan| (0..plan.real).map(|node| plan.id(node).to_vec()).collect::<Vec<_>>();
    assert_eq!(ids(&outline), ids(&whole));
    for node in 0..outline.graph.nodes() {
        assert_eq!(outline.graph.successors(node), whole.graph.successors(node));
    }
    assert_eq!(outline.durations, whole.durations);
    assert_eq!((outline.timed, outline.levels()), (whole.timed, whole.levels()));
    assert_eq!(outline.units[0].dialect, whole.units[0].dialect);
}

/// An entry of the cache: what was read and written is the same entry.
pub fn cache(content: &[u8]) {
    let Some(written) = tool::plan::readers::kept(content) else { return };
    // behind the digest
    let rest = written.splitn(3, |byte| *byte == b'\n').nth(2).unwrap_or_default();
    assert_eq!(tool::plan::readers::kept(rest), Some(written.clone()));
}

/// A file as `pgplan lint` reads it. The first byte says how it is called.
pub fn plan(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let name = match kind {
        b'y' => "plan.yaml",
        b'n' => "plan.ndjson",
        _ => "plan",
    };
    // YAML has more ends of lines than one
    let ends = |byte: &&u8| matches!(byte, b'\n' | b'\r' | 0x80..);
    let lines = 1 + text.iter().filter(ends).count() as u64;
    match tool::plan::readers::lint(name, text.to_vec()) {
        Ok(findings) => {
            for finding in findings {
                is_a_message(&finding.message);
                assert!(finding.line.is_none_or(|line| line <= lines), "{finding:?}");
            }
        }
        Err(fail) => is_a_message(&fail.message),
    }
}
