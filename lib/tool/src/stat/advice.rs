//! What to change in a run, with what the change would save: the log is run again on the
//! simulated machine with one limit changed at a time.

use crate::rerun::{Case, Change, Past, family, simulate};
use record::{Advice, Report, Seconds};
use stat::Told;
use std::collections::BTreeMap;

/// A run of more attempts and barriers is not kept, and not run again.
const MOST: usize = 2_000;

/// Of all runs together no more are kept: logs may have any length. The first ones stay.
const MOST_OF_ALL: usize = 100 * MOST;

/// Less of the wall than this fires nothing, and saves too little.
const LEAST: f64 = 0.02;
const LEAST_GAIN: f64 = 0.01;

/// A model that is further from the run than this says nothing.
const NEAR: f64 = 0.15;

/// CPUs this busy have no room for more.
const NO_ROOM: f64 = 0.85;

/// The runs of the logs, as far as they are short enough.
#[derive(Debug, Default)]
pub struct Runs {
    done: Vec<Past>,
    /// Attempts and barriers of them.
    size: usize,
    /// The one that is being read, unless it has become too long.
    current: Option<Past>,
    /// Lines of it.
    lines: usize,
}

/// A run whose log has more lines is not kept either: one without starts has no size.
const MOST_LINES: usize = 10 * MOST;

impl Runs {
    /// Takes a line; what is wrong with one is said by who reads it for the report.
    pub fn take(&mut self, line: &[u8]) {
        if line.first() != Some(&b'{') {
            return;
        }
        if line.starts_with(br#"{"type":"run.start""#) {
            self.end_file();
            self.current = Some(Past::default());
            self.lines = 0;
        }
        let Some(past) = &mut self.current else { return };
        // a wrong line changes nothing
        let _ = past.take(line);
        self.lines += 1;
        if self.lines > MOST_LINES || past.size() > MOST || self.size + past.size() > MOST_OF_ALL {
            self.current = None;
        }
    }

    /// What follows is of another file, and of none of the runs before.
    pub fn end_file(&mut self) {
        if let Some(past) = self.current.take() {
            self.size += past.size();
            self.done.push(past);
        }
    }

    /// Adds advice to what is told of each run.
    pub fn advise(&self, told: &mut [Told]) {
        for told in told {
            let run = told.report.run.as_str();
            let of_run = |past: &&Past| past.begun.as_ref().is_some_and(|begun| begun.run == run);
            let Some(past) = self.done.iter().find(of_run) else { continue };
            if told.report.source == "events" && !run.is_empty() {
                told.report.advice = Adviser { past, told }.advice();
            }
        }
    }
}

struct Adviser<'a> {
    past: &'a Past,
    told: &'a Told,
}

/// Something to try, and what speaks for it.
struct Idea {
    what: &'static str,
    change: String,
    fired: String,
    share: f64,
    case: Case,
    unless: String,
}

impl Adviser<'_> {
    /// What saves something, the most first.
    fn advice(&self) -> Vec<Advice> {
        let own = Case::of("model", self.past);
        let wall = self.told.report.wall_s.as_f64();
        let Ok(model) = simulate(&own, self.past) else { return Vec::new() };
        let model = model.as_f64();
        if wall <= 0.0 || model <= 0.0 || (model / wall - 1.0).abs() > NEAR {
            return Vec::new();
        }
        let mut all: Vec<Advice> = self
            .ideas(&own)
            .into_iter()
            .filter_map(|idea| {
                // what the model is off it is off here, too
                let then = simulate(&idea.case, self.past).ok()?.as_f64() * wall / model;
                let gain = wall - then;
                (gain >= LEAST_GAIN * wall).then(|| Advice {
                    what: idea.what.to_string(),
                    change: idea.change,
                    fired: idea.fired,
                    value: rounded(idea.share),
                    predicted_s: seconds(then),
                    gain_s: seconds(gain),
                    gain_share: rounded(gain / wall),
                    unless: idea.unless,
                })
            })
            .collect();
        all.sort_by(|a, b| b.gain_s.cmp(&a.gain_s).then_with(|| a.change.cmp(&b.change)));
        all
    }

    fn ideas(&self, own: &Case) -> Vec<Idea> {
        let report = &self.told.report;
        let mut ideas = Vec::new();
        for (cause, time) in &report.lost_s {
            let share = time.as_f64() / report.wall_s.as_f64();
            if share < LEAST {
                continue;
            }
            let fired = format!("{:.0} % of the wall went to {cause}", share * 100.0);
            let idea = |what, change: String, case| Idea {
                what,
                change,
                fired: fired.clone(),
                share,
                case,
                unless: String::new(),
            };
            if let Some(name) = cause.strip_prefix("lock:") {
                ideas.extend(
                    self.wider_lock(name, own).map(|(change, case)| idea("lock", change, case)),
                );
            } else if let Some(name) = cause.strip_prefix("resource:") {
                let more = self.more_of(name, own);
                ideas.extend(more.map(|(change, case)| idea("resource", change, case)));
            } else if cause == "slots" {
                ideas.extend(self.more_slots(own).into_iter().map(|(change, case)| Idea {
                    unless: self.crowded(),
                    ..idea("jobs", change, case)
                }));
            } else if cause == "retries" || cause == "timeouts" {
                let case = Case { change: Change::FirstTry, ..own.clone() };
                ideas.push(idea("retries", "no attempt fails or hangs".to_string(), case));
            } else if cause == "path" {
                ideas.extend(self.longest_family().map(|name| {
                    let change = format!("{name}: half as long");
                    let case = Case { change: Change::Halved(name), ..own.clone() };
                    idea("family", change, case)
                }));
            }
        }
        ideas
    }

    fn wider_lock(&self, name: &str, own: &Case) -> Option<(String, Case)> {
        let mut asks = self.past.ops.iter().flat_map(|op| &op.begun.locks);
        let ask = asks.find(|lock| lock.name == name)?;
        let slots = ask.slots.max(1) + ask.take.max(1);
        let mut case = own.clone();
        case.locks.insert(name.to_string(), slots);
        Some((format!("lock {name}: {slots} at once"), case))
    }

    /// Room for one more of the greatest that asks for it.
    fn more_of(&self, name: &str, own: &Case) -> Option<(String, Case)> {
        let asked = self.past.ops.iter().filter_map(|op| op.begun.resources.get(name));
        let more = own.resources.get(name)?.saturating_add(*asked.max()?);
        let mut case = own.clone();
        case.resources.insert(name.to_string(), more);
        Some((format!("resource {name}: {more} instead of {}", own.resources[name]), case))
    }

    fn more_slots(&self, own: &Case) -> Vec<(String, Case)> {
        if own.jobs == 0 || own.jobs == u32::MAX {
            return Vec::new();
        }
        let case = |jobs: u32| (format!("-j{jobs}"), Case { jobs, ..own.clone() });
        let mut cases = vec![case(own.jobs + 1)];
        if own.jobs > 1 {
            cases.push(case(own.jobs * 2));
        }
        cases
    }

    /// Why more at once may gain nothing.
    fn crowded(&self) -> String {
        let busy = self.told.machine.as_ref().and_then(|means| means.mean.busy);
        match busy {
            None => "the CPUs were not measured; more at once gains nothing where they are busy"
                .to_string(),
            Some(busy) if busy >= NO_ROOM => {
                format!(
                    "the CPUs were busy {:.0} %: more at once gains little or nothing",
                    busy * 100.0
                )
            }
            Some(_) => String::new(),
        }
    }

    /// The family that the chain ran longest.
    fn longest_family(&self) -> Option<String> {
        let report: &Report = &self.told.report;
        let family_of = |id: &str| self.past.ops.iter().find(|op| op.begun.id == id).map(family);
        let mut times: BTreeMap<String, Seconds> = BTreeMap::new();
        for link in report.chain.iter().filter(|link| link.gave == "need" || link.gave.is_empty()) {
            if let Some(name) = family_of(&link.id) {
                *times.entry(name).or_default() += link.wall_s;
            }
        }
        times.into_iter().max_by_key(|row| row.1).map(|row| row.0)
    }
}

fn seconds(secs: f64) -> Seconds {
    Seconds::from_micros((secs * 1e6).round() as i64)
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a run: `barriers`, then operations with an end, then some without.
    fn run(name: &str, (barriers, ended, open): (usize, usize, usize)) -> Vec<String> {
        let start = |n: usize| {
            format!(
                r#"{{"type":"op.start","id":"o{n}","seq":{n},"attempt":1,"slot":1,"start":{n},"cmd":["x"]}}"#
            )
        };
        let mut lines = vec![format!(
            r#"{{"type":"run.start","version":1,"run":"{name}","time":0,"tool":"pgrun 0.1.0","host":"h","pid":9,"argv":["pgrun"],"jobs":1,"resources":{{}}}}"#
        )];
        lines.extend((0..barriers).map(|n| format!(r#"{{"type":"op.barrier","id":"b{n}"}}"#)));
        for n in 1..=ended {
            lines.push(start(n));
            lines.push(format!(
                r#"{{"type":"op.end","id":"o{n}","seq":{n},"attempt":1,"final":true,"slot":1,"start":{n},"end":{},"wall_s":1,"exit":0,"result":"success"}}"#,
                n + 1
            ));
        }
        lines.extend((ended + 1..=ended + open).map(start));
        lines
    }

    fn kept<'a>(runs: &'a Runs) -> Vec<(&'a str, usize)> {
        let name = |past: &'a Past| past.begun.as_ref().map_or("", |begun| begun.run.as_str());
        runs.done.iter().map(|past| (name(past), past.size())).collect()
    }

    #[test]
    fn a_run_that_is_too_long_is_left_out_alone() {
        let mut runs = Runs::default();
        let sizes = [
            ("short", (0, 3, 1)),
            ("ends", (0, MOST + 1, 0)),
            ("open", (0, 1, MOST)),
            ("barriers", (MOST, 1, 0)),
            ("just", (1, MOST - 2, 1)),
        ];
        for (name, size) in sizes {
            run(name, size).iter().for_each(|line| runs.take(line.as_bytes()));
        }
        runs.end_file();
        assert_eq!(kept(&runs), [("short", 4), ("just", MOST)]);
    }

    #[test]
    fn the_next_file_tells_nothing_of_the_run_before() {
        let mut runs = Runs::default();
        run("one", (0, 2, 0)).iter().for_each(|line| runs.take(line.as_bytes()));
        runs.end_file();
        // a log whose begin was cut off
        run("two", (0, 9, 0)).iter().skip(1).for_each(|line| runs.take(line.as_bytes()));
        runs.end_file();
        assert_eq!(kept(&runs), [("one", 2)]);
    }

    #[test]
    fn attempts_count_and_all_runs_together_have_a_bound() {
        let mut runs = Runs::default();
        // the same operation again and again
        let again: Vec<String> = run("again", (0, 1, 0));
        again.iter().for_each(|line| runs.take(line.as_bytes()));
        (0..MOST).flat_map(|_| &again[1..]).for_each(|line| runs.take(line.as_bytes()));
        runs.end_file();
        assert_eq!(kept(&runs), []);
        runs.size = MOST_OF_ALL - 2;
        for (name, ended) in [("three", 3), ("two", 2), ("one", 1)] {
            run(name, (0, ended, 0)).iter().for_each(|line| runs.take(line.as_bytes()));
        }
        runs.end_file();
        assert_eq!(kept(&runs), [("two", 2)]);
    }
}
