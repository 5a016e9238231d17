//! Whether the end of one operation lets another start: one table.

use record::Outcome;

/// What a dependent asks of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// That it succeeded.
    Success,
    /// That it is over: order only.
    Order,
}

/// True where an operation that ended so lets a dependent start. `is_done`:
/// it was skipped because its check, or an earlier run's log, said that it is done. `failure_satisfies`:
/// it says itself that its failure does not matter (`"on_failure":"continue"`).
pub fn satisfies(result: Outcome, edge: Edge, own: Own) -> bool {
    match (edge, result) {
        (Edge::Order, _) | (Edge::Success, Outcome::Success) => true,
        (Edge::Success, Outcome::Skip) => own.is_done,
        (Edge::Success, Outcome::Failure | Outcome::Error | Outcome::Timeout) => {
            own.failure_satisfies
        }
        (Edge::Success, Outcome::Cancellation) => false,
    }
}

/// What an operation says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// It was skipped because its check succeeded, or an earlier run has done it.
    pub is_done: bool,
    /// Its failure does not matter.
    pub failure_satisfies: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let plain = Own::default();
        let checked = Own { is_done: true, ..plain };
        let lenient = Own { failure_satisfies: true, ..plain };
        // result, own, with a plain need, with a weak one
        let rows = [
            (Outcome::Success, plain, true, true),
            (Outcome::Failure, plain, false, true),
            (Outcome::Failure, lenient, true, true),
            (Outcome::Error, plain, false, true),
            (Outcome::Error, lenient, true, true),
            (Outcome::Timeout, plain, false, true),
            (Outcome::Timeout, lenient, true, true),
            (Outcome::Cancellation, lenient, false, true),
            (Outcome::Skip, plain, false, true),
            (Outcome::Skip, lenient, false, true),
            (Outcome::Skip, checked, true, true),
        ];
        for (result, own, success, order) in rows {
            assert_eq!(satisfies(result, Edge::Success, own), success, "{result:?} {own:?}");
            assert_eq!(satisfies(result, Edge::Order, own), order, "{result:?} {own:?}");
        }
    }
}
