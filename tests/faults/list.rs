//! The list of faults is whole, and `scripts/faults --peer` prints who keeps which promise.

use crate::peer::LOCKERS;
use crate::*;
use std::collections::BTreeMap;

/// Ids of all faults of this suite: a group, and how many it has.
const GROUPS: [(char, usize); 8] =
    [('A', 15), ('B', 15), ('C', 15), ('D', 3), ('E', 9), ('F', 8), ('G', 10), ('H', 3)];

fn ids() -> impl Iterator<Item = String> {
    GROUPS.into_iter().flat_map(|(group, rows)| (1..=rows).map(move |row| format!("{group}{row}")))
}

/// Rows of the table in README.md that say why a fault cannot be provoked.
fn not_provocable() -> Vec<String> {
    let text = include_str!("README.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split_once(" | "));
    cells.map(|(id, _)| id.to_string()).filter(|id| ids().any(|other| other == *id)).collect()
}

#[test]
fn every_fault_is_a_test_or_says_why_not() {
    let rows: Vec<String> = all_rows().iter().map(|row| row.id()).collect();
    let listed = not_provocable();
    let missing: Vec<String> =
        ids().filter(|id| !rows.contains(id) && !listed.contains(id)).collect();
    assert!(missing.is_empty(), "neither tests nor listed in README.md: {}", missing.join(" "));
    let both: Vec<&String> = listed.iter().filter(|id| rows.contains(id)).collect();
    assert!(both.is_empty(), "tests, and listed as not provocable: {both:?}");
}

/// Prints two tables of all rows that can be tried on other tools: each row, and who keeps
/// which promise.
#[test]
#[ignore = "takes minutes, and says what others do: scripts/faults --peer"]
fn peers() {
    let every = [&[Peer::Pgtools], RUNNERS, LOCKERS].concat();
    let titles: Vec<&str> = every.iter().map(|peer| peer.title()).collect();
    println!("| fault | promise | {} |", titles.join(" | "));
    println!("|---|---|{}", "---|".repeat(every.len()));
    let wanted = std::env::var("PG_FAULTS").unwrap_or_default();
    let mut kept: BTreeMap<&str, BTreeMap<&str, Share>> = BTreeMap::new();
    let tried = all_rows().into_iter().filter(|row| !row.peers.is_empty());
    for row in tried.filter(|row| row.name.starts_with(&wanted)) {
        let mut cells = Vec::new();
        for peer in &every {
            let cell = cell(row, *peer);
            cells.push(cell);
            if let "kept" | BROKEN = cell {
                for promise in row.promises.split(' ') {
                    let share = kept.entry(promise).or_default().entry(peer.title()).or_default();
                    share.tried += 1;
                    share.kept += usize::from(cell == "kept");
                }
            }
        }
        let title = row.name.split_once('_').map_or("", |(_, title)| title).replace('_', " ");
        println!("| {} {title} | {} | {} |", row.id(), row.promises, cells.join(" | "));
    }
    println!("\n| promise | {} |", titles.join(" | "));
    println!("|---|{}", "---|".repeat(every.len()));
    for (number, promise) in PROMISES.iter().enumerate() {
        let id = format!("P{}", number + 1);
        let Some(shares) = kept.get(id.as_str()) else { continue };
        let cell = |title: &&str| shares.get(title).map_or(String::new(), Share::text);
        let cells: Vec<String> = titles.iter().map(cell).collect();
        println!("| {id} {promise} | {} |", cells.join(" | "));
    }
}

/// Rows of one promise on one tool.
#[derive(Default)]
struct Share {
    tried: usize,
    kept: usize,
}

impl Share {
    fn text(&self) -> String {
        match self.kept == self.tried {
            true => format!("kept ({})", self.tried),
            false => format!("**{} of {}**", self.kept, self.tried),
        }
    }
}

/// The twelve promises in few words.
const PROMISES: [&str; 12] = [
    "no silent loss",
    "no survivors",
    "the whole group is ended",
    "no double run",
    "a torn record is no record",
    "time is monotonic",
    "paused is paused",
    "a lock lives as long as its work",
    "arguments are bytes, and data",
    "bounded memory and descriptors",
    "pressure is waited out",
    "a helper that fails fails alone",
];

const BROKEN: &str = "**broken**";

/// What a row came to on a peer; the details go to standard error.
fn cell(row: &Row, peer: Peer) -> &'static str {
    if peer != Peer::Pgtools && !row.peers.contains(&peer) {
        return "";
    }
    match row.on(peer) {
        Ok(()) => "kept",
        Err(Verdict::NotOffered) => "-",
        Err(Verdict::Skipped(why)) => {
            eprintln!("{} {}: skipped: {why}", row.id(), peer.title());
            "?"
        }
        Err(Verdict::Broken(what)) => {
            eprintln!("{} {}: {what}", row.id(), peer.title());
            BROKEN
        }
    }
}
