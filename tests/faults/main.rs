//! Twelve promises, broken on purpose: each fault is a row with an id, provoked on the
//! built programs and judged by a checker. `README.md` beside this file has the list.
//!
//! `cargo test --test faults` runs the rows on pgtools; `scripts/faults --peer` runs the
//! same rows on the tools they stand for and prints who keeps which promise.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod checker;
mod peer;
mod provoke;
mod row;
mod scene;

mod a;
mod b;
mod b_output;
mod c;
mod cycles;
mod d;
mod e;
mod e_output;
mod f;
mod g;
mod g_cache;
mod g_input;
mod h;
mod list;
mod sweep;

use peer::{Peer, RUNNERS};
use row::{Outcome, Row, Verdict, kept, rows};
use scene::Scene;

/// The rows of every group, in order.
fn all_rows() -> Vec<&'static Row> {
    let groups = [
        a::ROWS,
        b::ROWS,
        b_output::ROWS,
        c::ROWS,
        d::ROWS,
        e::ROWS,
        e_output::ROWS,
        f::ROWS,
        g::ROWS,
        g_cache::ROWS,
        g_input::ROWS,
        h::ROWS,
    ];
    groups.into_iter().flatten().collect()
}
