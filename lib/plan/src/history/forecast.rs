//! How long one operation takes.

use super::covariate::{self, Fit};
use super::drift;
use super::index::Seen;
use super::quantile::{self, Weighed};
use super::{Done, Outlook};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use record::Seconds;

/// An operation to be predicted.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Its name.
    pub id: String,
    /// Its command as one text.
    pub cmd: String,
    /// After this long it is ended.
    pub timeout: Option<Seconds>,
    /// What its file says.
    pub declared: Option<Seconds>,
    /// Amounts known of it, such as the size of its input.
    pub sizes: BTreeMap<String, f64>,
    /// Words about it.
    pub words: BTreeMap<String, String>,
}

/// What a prediction rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The operation of this id.
    Id,
    /// Another one with the same command.
    Command,
    /// Those that differ from it in digits.
    Family,
    /// What its file says.
    Declared,
    /// Its timeout: it takes no longer.
    Timeout,
    /// Nothing is known.
    #[default]
    Nothing,
}

impl Basis {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Basis::Id => "id",
            Basis::Command => "command",
            Basis::Family => "family",
            Basis::Declared => "declared",
            Basis::Timeout => "timeout",
            Basis::Nothing => "nothing",
        }
    }

    /// It comes from past runs.
    pub const fn is_past(self) -> bool {
        matches!(self, Basis::Id | Basis::Command | Basis::Family)
    }
}

/// A duration that was seen, as it would be now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub run: u32,
    pub value: f64,
    pub weight: f64,
}

/// What is predicted of an operation.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// What it rests on.
    pub basis: Basis,
    /// As likely shorter as longer.
    pub median: Option<Seconds>,
    /// Shorter in nine runs of ten.
    pub p90: Option<Seconds>,
    /// Ends of the interval that holds nine runs of ten; only from past runs.
    pub interval: Option<(Seconds, Seconds)>,
    /// How many past durations it rests on.
    pub n: u64,
    /// The share of them inside the interval that the others give (leave one out).
    pub inside: Option<f64>,
    /// The covariate that helped, or "drift": it grows or shrinks from run to run.
    pub by: String,
    /// Ascending by value.
    pub(super) draws: Vec<Draw>,
}

/// What helped where durations grow or shrink.
const DRIFT: &str = "drift";
/// So many durations are left out one by one to tell the confidence.
const LEFT_OUT: usize = 64;
/// The upper figure.
const UPPER: f64 = 0.9;

impl Outlook<'_> {
    /// Tells an operation: from its id, else its command, else its family, else what its
    /// file says, else its timeout.
    pub fn forecast(&self, ask: &Ask) -> Forecast {
        let index = &self.history.index;
        let by_command = || if ask.cmd.is_empty() { &[] } else { index.by_command(&ask.cmd) };
        let (basis, seen) = match (index.by_id(&ask.id), by_command()) {
            ([], []) => (Basis::Family, index.by_family(&ask.id, &ask.cmd)),
            ([], some) => (Basis::Command, some),
            (some, _) => (Basis::Id, some),
        };
        if !seen.is_empty() {
            return self.by_past(ask, basis, seen);
        }
        let told = match (ask.declared, ask.timeout) {
            (Some(declared), _) => (Basis::Declared, Some(declared)),
            (None, Some(timeout)) => (Basis::Timeout, Some(timeout)),
            (None, None) => (Basis::Nothing, None),
        };
        Forecast { basis: told.0, median: told.1, p90: told.1, ..Forecast::default() }
    }

    fn done(&self, (run, place): Seen) -> &Done {
        &self.history.runs[run as usize].done[place as usize]
    }

    fn by_past(&self, ask: &Ask, basis: Basis, seen: &[Seen]) -> Forecast {
        let seen: Vec<(u32, &Done, f64)> =
            seen.iter().map(|at| (at.0, self.done(*at), self.tasks()[at.0 as usize])).collect();
        let Fit { mut by, mut draws } = covariate::fit(ask, &seen);
        let next = self.history.runs.len() as u32;
        if by.is_empty() {
            let drifts;
            (draws, drifts) = drift::settle(draws, next);
            if drifts {
                by = DRIFT.into();
            }
        }
        draws.sort_by(|a, b| a.value.total_cmp(&b.value));
        let list: Vec<Weighed> = draws.iter().map(|draw| (draw.value, draw.weight)).collect();
        let time = |value: f64| Seconds::from_f64(value.max(0.0));
        let interval = self.interval(&list).map(|(low, high)| (time(low), time(high)));
        let median = quantile::median(list.iter().copied()).unwrap_or_default();
        Forecast {
            basis,
            median: Some(time(median)),
            p90: Some(time(self.upper(&list, median))),
            interval,
            n: list.len() as u64,
            inside: self.inside(&list),
            by,
            draws,
        }
    }

    /// Where few are known others tell how far durations spread.
    fn interval(&self, list: &[Weighed]) -> Option<(f64, f64)> {
        let count = quantile::effective(list);
        match self.history.index.spread() {
            Some(spread) if count < quantile::ENOUGH => {
                let median = quantile::median(list.iter().copied())?;
                let (first, last) = (list.first()?.0, list.last()?.0);
                Some((first.min(median * spread.low), last.max(median * spread.high)))
            }
            _ => quantile::interval(list, count),
        }
    }

    fn upper(&self, list: &[Weighed], median: f64) -> f64 {
        let upper = quantile::quantile(list, UPPER).unwrap_or_default();
        match self.history.index.spread() {
            Some(spread) if quantile::effective(list) < UPPER / (1.0 - UPPER) => {
                upper.max(median * spread.p90)
            }
            _ => upper,
        }
    }

    /// Of every so many the one in the middle, where there are many.
    fn inside(&self, list: &[Weighed]) -> Option<f64> {
        if list.len() < 2 {
            return None;
        }
        let step = list.len().div_ceil(LEFT_OUT);
        let mut others = Vec::with_capacity(list.len());
        let (mut inside, mut tried) = (0, 0);
        for place in (step / 2..list.len()).step_by(step) {
            quantile::without(list, place, &mut others);
            let (low, high) = self.interval(&others)?;
            inside += u32::from((low..=high).contains(&list[place].0));
            tried += 1;
        }
        (tried > 0).then(|| f64::from(inside) / f64::from(tried))
    }
}
