//! What a list means: which operations wait for which because of their place.

use crate::unit::{Order, Reading, Unit};
use alloc::vec::Vec;
use core::ops::Range;

/// All of `after` wait for all of `before`; both are places in the list of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Places of those that come first.
    pub before: Range<usize>,
    /// Places of those that wait.
    pub after: Range<usize>,
}

/// Neighbours of the same group, and operations alone.
pub fn blocks(unit: &Unit) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for (at, draft) in unit.drafts.iter().enumerate() {
        let joins = at > 0 && draft.group.is_some() && draft.group == unit.drafts[at - 1].group;
        match blocks.last_mut().filter(|_| joins) {
            Some(last) => last.end = at + 1,
            None => blocks.push(at..at + 1),
        }
    }
    blocks
}

/// What the list of a unit says beyond the needs.
pub fn links(unit: &Unit, order: Order) -> Vec<Link> {
    let grouped = unit.drafts.iter().any(|draft| draft.group.is_some());
    match (unit.reading, order) {
        (Reading::Edges, _) | (Reading::ByOption, Order::Deps) => Vec::new(),
        (Reading::ByOption, Order::Auto) if !grouped => chain_of_undeclared(unit),
        (Reading::Listed | Reading::ByOption, _) => {
            let blocks = blocks(unit);
            let pairs = blocks.iter().zip(blocks.iter().skip(1));
            pairs.map(|(a, b)| Link { before: a.clone(), after: b.clone() }).collect()
        }
    }
}

/// Who says nothing of needs runs after the one before it.
fn chain_of_undeclared(unit: &Unit) -> Vec<Link> {
    let waits = |at: &usize| *at > 0 && !unit.drafts[*at].declares;
    (0..unit.drafts.len())
        .filter(waits)
        .map(|at| Link { before: at - 1..at, after: at..at + 1 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{Dialect, Draft};
    use alloc::string::ToString;

    fn unit(dialect: Dialect, rows: &[(&str, bool)]) -> Unit {
        let mut unit = Unit::new(dialect, "x");
        for (group, declares) in rows {
            let group = (!group.is_empty()).then(|| group.to_string());
            unit.drafts.push(Draft { group, declares: *declares, ..Draft::default() });
        }
        unit
    }

    fn pairs(unit: &Unit, order: Order) -> Vec<(Range<usize>, Range<usize>)> {
        links(unit, order).into_iter().map(|link| (link.before, link.after)).collect()
    }

    #[test]
    fn neighbours_of_a_group_run_together() {
        // the same number apart from each other is another block
        let rows =
            [("", false), ("1", false), ("1", false), ("2", false), ("2", true), ("1", false)];
        let module = unit(Dialect::Module, &rows);
        let barriers = [(0..1, 1..3), (1..3, 3..5), (3..5, 5..6)];
        assert_eq!(pairs(&module, Order::List), barriers);
        assert_eq!(pairs(&module, Order::Auto), barriers);
        assert_eq!(pairs(&module, Order::Deps), []);
    }

    #[test]
    fn without_groups_a_declared_need_frees_from_the_list() {
        let module = unit(Dialect::Module, &[("", true), ("", true), ("", false), ("", true)]);
        assert_eq!(pairs(&module, Order::Auto), [(1..2, 2..3)]);
        assert_eq!(pairs(&module, Order::List).len(), 3);
    }

    #[test]
    fn some_dialects_leave_nothing_open() {
        let rows = [("", false), ("", true)];
        for order in [Order::Auto, Order::List, Order::Deps] {
            assert!(pairs(&unit(Dialect::Lab, &rows), order).is_empty());
            assert_eq!(pairs(&unit(Dialect::Workflow, &rows), order), [(0..1, 1..2)]);
        }
    }
}
