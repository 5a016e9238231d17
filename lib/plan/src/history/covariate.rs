//! What an operation's own amounts and words say of its duration: used where leaving
//! each past duration out shows that they help.

use super::Done;
use super::drift::Line;
use super::forecast::{Ask, Draw};
use super::quantile;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

/// Past durations as they would be now.
pub struct Fit {
    /// The covariate, or empty.
    pub by: String,
    /// One for each past duration that counts.
    pub draws: Vec<Draw>,
}

/// A past duration: run, operation, weight.
type Seen<'a> = (u32, &'a Done, f64);

/// Fewer past durations show nothing.
const FEWEST: usize = 8;
/// So many of the last ones are left out one by one.
const LEFT_OUT: usize = 32;
/// What a covariate must leave of the error without it.
const BETTER: f64 = 0.9;
/// Fewer with the same word say nothing.
const SAME_WORD: usize = 4;

/// Adjusts past durations by the covariate that helps most, if one does.
pub fn fit(ask: &Ask, seen: &[Seen<'_>]) -> Fit {
    let plain = || Fit {
        by: String::new(),
        draws: seen.iter().map(|&(run, done, weight)| draw(run, done, weight)).collect(),
    };
    if seen.len() < FEWEST || ask.sizes.is_empty() && ask.words.is_empty() {
        return plain();
    }
    let last = &seen[seen.len().saturating_sub(LEFT_OUT)..];
    let mut best = (left_out(last, alone) * BETTER, None);
    for (name, size) in &ask.sizes {
        let error = left_out(last, |one, others| {
            line(name, others).and_then(|line| finite(line.at(*one.1.sizes.get(name)?)))
        });
        if error < best.0 && line(name, last).is_some() {
            best = (error, Some(By::Size(name, *size)));
        }
    }
    for (name, word) in &ask.words {
        let error = left_out(last, |one, others| {
            let same: Vec<Seen<'_>> = others
                .iter()
                .filter(|other| other.1.words.get(name) == one.1.words.get(name))
                .copied()
                .collect();
            if same.is_empty() { alone(one, others) } else { alone(one, &same) }
        });
        let same = seen.iter().filter(|one| one.1.words.get(name) == Some(word)).count();
        if error < best.0 && same >= SAME_WORD {
            best = (error, Some(By::Word(name, word)));
        }
    }
    match best.1 {
        None => plain(),
        Some(By::Size(name, size)) => sized(name, size, (last, seen)).unwrap_or_else(plain),
        Some(By::Word(name, word)) => {
            let same = seen.iter().filter(|one| one.1.words.get(name) == Some(word));
            let draws = same.map(|&(run, done, weight)| draw(run, done, weight)).collect();
            Fit { by: name.to_owned(), draws }
        }
    }
}

enum By<'a> {
    Size(&'a str, f64),
    Word(&'a str, &'a String),
}

fn draw(run: u32, done: &Done, weight: f64) -> Draw {
    Draw { run, value: done.took.as_f64(), weight }
}

/// The durations moved along the line to the size of the operation.
fn sized(name: &str, size: f64, (last, seen): (&[Seen<'_>], &[Seen<'_>])) -> Option<Fit> {
    let line = line(name, last)?;
    let now = finite(line.at(size))?;
    let moved = |&(run, done, weight): &Seen<'_>| {
        let then = finite(line.at(*done.sizes.get(name)?))?;
        let value = (now + done.took.as_f64() - then).max(0.0);
        Some(Draw { run, value, weight })
    };
    Some(Fit { by: name.to_owned(), draws: seen.iter().filter_map(moved).collect() })
}

/// Mean absolute error of telling each one from the others.
fn left_out<'a>(all: &[Seen<'a>], tell: impl Fn(&Seen<'a>, &[Seen<'a>]) -> Option<f64>) -> f64 {
    let mut others: Vec<Seen<'a>> = Vec::with_capacity(all.len());
    let (mut sum, mut count) = (0.0, 0.0);
    for (place, one) in all.iter().enumerate() {
        others.clear();
        others.extend(all.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, o)| *o));
        let Some(told) = tell(one, &others) else { return f64::INFINITY };
        sum += (told - one.1.took.as_f64()).abs();
        count += 1.0;
    }
    sum / count
}

fn alone(_: &Seen<'_>, others: &[Seen<'_>]) -> Option<f64> {
    let mut list: Vec<quantile::Weighed> =
        others.iter().map(|(_, done, weight)| (done.took.as_f64(), *weight)).collect();
    quantile::sort(&mut list);
    quantile::median(list.into_iter())
}

/// The line of durations by size, where all sizes are known.
fn line(name: &str, points: &[Seen<'_>]) -> Option<Line> {
    let point = |(_, done, _): &Seen<'_>| Some((*done.sizes.get(name)?, done.took.as_f64()));
    let points: Option<Vec<(f64, f64)>> = points.iter().map(point).collect();
    Line::through(&points?)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
