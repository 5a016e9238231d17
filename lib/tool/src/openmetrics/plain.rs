//! The text format 0.0.4, made of OpenMetrics text: it has no units and no end, knows no
//! `info`, and calls a family what its points are called.

use super::Kind;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The same text in the older format.
pub fn text(openmetrics: &str, kinds: &BTreeMap<String, Kind>) -> String {
    let mut plain = String::with_capacity(openmetrics.len());
    for line in openmetrics.lines() {
        let Some(comment) = line.strip_prefix("# ") else {
            plain.push_str(line);
            plain.push('\n');
            continue;
        };
        let mut words = comment.splitn(3, ' ');
        let (Some(what), Some(name), Some(rest)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let suffix = kinds.get(name).map_or("", |kind| kind.suffix());
        let rest = if (what, rest) == ("TYPE", "info") { "gauge" } else { rest };
        if what != "UNIT" {
            // writing to memory
            let _ = writeln!(plain, "# {what} {name}{suffix} {rest}");
        }
    }
    plain
}
