//! What was seen, by id, by command, by family.

use super::habit::Series;
use super::quantile::{self, Weighed};
use super::{Done, Run, Spread};
use crate::family::family_of;
use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Where an operation was seen: run and place in it.
pub type Seen = (u32, u32);

/// So many of the last ones of a name count.
pub const KEPT: usize = 512;
/// An operation with fewer durations says nothing of how they spread.
const FEW: usize = 5;
/// So many factors tell how durations spread; fewer than `LEAST` do not.
const FACTORS: usize = 4096;
const LEAST: usize = 20;

/// The names by which an operation may be found again, the surest first.
#[derive(Clone, Debug, Default)]
pub struct Index {
    ids: BTreeMap<String, Vec<Seen>>,
    commands: BTreeMap<String, Vec<Seen>>,
    families: BTreeMap<String, Vec<Seen>>,
    /// Durations by id, the most seen first.
    series: Vec<Series>,
    spread: Option<Spread>,
}

impl Index {
    /// Puts all operations of all runs under their names.
    pub fn of(runs: &[Run]) -> Index {
        let mut index = Index::default();
        for (run, of) in (0..).zip(runs) {
            for (place, done) in (0..).zip(&of.done).filter(|(_, done)| !done.aside) {
                index.add(done, (run, place));
            }
        }
        let mut series: Vec<Series> =
            index.ids.values().map(|seen| series_of(runs, seen)).collect();
        series.sort_by_key(|series| core::cmp::Reverse(series.len()));
        index.spread = spread_of(&series);
        index.series = series;
        index
    }

    fn add(&mut self, done: &Done, seen: Seen) {
        let put = |map: &mut BTreeMap<String, Vec<Seen>>, key: &str| match map.get_mut(key) {
            Some(list) => list.push(seen),
            None => drop(map.insert(key.to_owned(), [seen].into())),
        };
        if !done.id.is_empty() {
            put(&mut self.ids, &done.id);
        }
        if !done.cmd.is_empty() {
            put(&mut self.commands, &done.cmd);
        }
        families(&done.id, &done.cmd).iter().for_each(|key| put(&mut self.families, key));
    }

    /// What has this id.
    pub fn by_id(&self, id: &str) -> &[Seen] {
        last(self.ids.get(id))
    }

    /// What has run this command.
    pub fn by_command(&self, cmd: &str) -> &[Seen] {
        last(self.commands.get(cmd))
    }

    /// What is like an operation of this id and this command.
    pub fn by_family(&self, id: &str, cmd: &str) -> &[Seen] {
        last(families(id, cmd).iter().find_map(|key| self.families.get(key)))
    }

    /// The ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// Durations by id, the most seen first.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// How far durations of one operation lie from its median.
    pub fn spread(&self) -> Option<Spread> {
        self.spread
    }
}

fn last(seen: Option<&Vec<Seen>>) -> &[Seen] {
    seen.map_or(&[], |all| &all[all.len().saturating_sub(KEPT)..])
}

/// The families of an operation: its command with the digits masked, and its id so, with
/// the first word of the command and, since that is not always known, without.
fn families(id: &str, cmd: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut key = |kind: &str, head: &str, text: &str| {
        let mut family = String::new();
        family_of(head, text, &mut family);
        keys.push(format!("{kind}{family}"));
    };
    if !cmd.is_empty() {
        key("cmd ", "", cmd);
    }
    // a job log knows a command by itself
    if id.is_empty() || id == cmd {
        return keys;
    }
    let head = cmd.split_whitespace().next().unwrap_or_default();
    if !head.is_empty() {
        key("id+ ", head, id);
    }
    // a number alone is like any other number
    if id.contains(char::is_alphabetic) {
        key("id ", "", id);
    }
    keys
}

fn series_of(runs: &[Run], seen: &[Seen]) -> Series {
    let took =
        |(run, place): &Seen| (*run, runs[*run as usize].done[*place as usize].took.as_f64());
    let mut series: Series = seen.iter().map(took).collect();
    series.sort_by(|a, b| a.1.total_cmp(&b.1));
    series
}

/// Each duration over the median of the others of its operation.
fn spread_of(series: &[Series]) -> Option<Spread> {
    let mut factors: Vec<Weighed> = Vec::new();
    for one in series.iter().filter(|one| one.len() >= FEW) {
        for (place, (_, value)) in one.iter().enumerate() {
            let others = one.iter().enumerate().filter(|(other, _)| *other != place);
            let median = quantile::median(others.map(|(_, (_, value))| (*value, 1.0)));
            if let Some(median) = median.filter(|median| *median > 0.0) {
                factors.push((value / median, 1.0));
            }
        }
        if factors.len() >= FACTORS {
            break;
        }
    }
    if factors.len() < LEAST {
        return None;
    }
    quantile::sort(&mut factors);
    let at = |p| quantile::quantile(&factors, p);
    Some(Spread { low: at(0.05)?.min(1.0), high: at(0.95)?.max(1.0), p90: at(0.9)?.max(1.0) })
}
